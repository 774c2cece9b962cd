"""The charts of a cost report: quiet, light, and readable at the width of a page. SVG, with letters as outlines."""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from crews.report.sections import Chart

_PAPER, _INK, _QUIET, _LINE = "#fcfbf8", "#1d2126", "#626973", "#dfdcd3"
_COLOURS = ("#1f5c66", "#c2703d", "#7a9e7e", "#8a6a9f", "#d0a94b", "#5b7db1", "#b9b4a6")
_ALARM = "#a3312a"
_MOST_NAMES = 6
_LOCKED = 60  # seconds; matplotlib writes its list of fonts in one
_WIDTH = 8.6  # inches; the page scales it

Rows = Sequence[Mapping[str, Any]]


def weeks_chart(rows: Rows) -> Chart | None:
    """Stacked bars of whole weeks by service, one panel per currency: amounts of two currencies share no axis."""
    whole = [one for one in rows if one.get("whole")]
    currencies = sorted({str(one["currency"]) for one in whole})
    if not currencies:
        return None
    with _figure(len(currencies), 2.5) as (figure, panels):
        for panel, currency in zip(panels, currencies, strict=True):
            _stack(panel, currency, [one for one in whole if one["currency"] == currency])
        svg = _svg(figure)
    return Chart("weeks", f"EffectiveCost per week and service, in {' and in '.join(currencies)}", svg)


def causes_chart(causes: Rows) -> Chart | None:
    """Six weeks of days for each cause: what its service cost, and from which day on it stands out."""
    shown = [one for one in causes if one.get("days")][:6]
    if not shown:
        return None
    with _figure((len(shown) + 1) // 2, 1.75, columns=2) as (figure, panels):
        for panel, cause in zip(panels, shown, strict=False):
            _days(panel, cause)
        for panel in panels[len(shown) :]:
            panel.set_axis_off()
        svg = _svg(figure)
    names = ", ".join(str(one["service"]) for one in shown)
    return Chart("causes", f"Daily cost over six weeks, with the days that stand out: {names}", svg)


def _stack(panel: Any, currency: str, rows: Rows) -> None:
    weeks = sorted({str(one["from"]) for one in rows})
    totals: dict[str, float] = {}
    for one in rows:
        totals[str(one["name"])] = totals.get(str(one["name"]), 0) + float(one["cost"])
    ranked = sorted(totals, key=lambda name: (-totals[name], name))
    names = [*ranked[:_MOST_NAMES], *(["all others"] if len(ranked) > _MOST_NAMES else [])]
    floor = [0.0] * len(weeks)
    for name, colour in zip(names, _COLOURS, strict=False):
        mine = ranked[_MOST_NAMES:] if name == "all others" else [name]
        cost = [
            sum(float(one["cost"]) for one in rows if one["from"] == week and one["name"] in mine) for week in weeks
        ]
        panel.bar(range(len(weeks)), cost, bottom=floor, width=0.72, color=colour, label=_short(name))
        floor = [low + high for low, high in zip(floor, cost, strict=True)]
    panel.set_xticks(range(len(weeks)), [f"{date.fromisoformat(week):%-d %b}" for week in weeks])
    panel.set_title(f"{currency} a week", loc="left", fontsize=10, color=_INK, fontweight="bold")
    _plain_axes(panel)
    handles, labels = panel.get_legend_handles_labels()
    panel.legend(
        handles[::-1],
        labels[::-1],
        loc="center left",
        bbox_to_anchor=(1.01, 0.5),
        frameon=False,
        fontsize=8,
        labelcolor=_INK,
    )


def _days(panel: Any, cause: Mapping[str, Any]) -> None:
    first = date.fromisoformat(str(cause["days"]["first"]))
    costs = [float(one) for one in cause["days"]["costs"]]
    days = [first + timedelta(days=number) for number in range(len(costs))]
    begun, over = date.fromisoformat(str(cause["first"])[:10]), date.fromisoformat(str(cause["last"]))
    odd = [number for number, day in enumerate(days) if begun <= day <= over]
    panel.fill_between(range(len(costs)), costs, color=_COLOURS[0], alpha=0.14, linewidth=0)
    panel.plot(range(len(costs)), costs, color=_COLOURS[0], linewidth=1.3)
    panel.plot(odd, [costs[number] for number in odd], color=_ALARM, linewidth=2)
    ticks = [number for number, day in enumerate(days) if day.weekday() == 0][::2]
    panel.set_xticks(ticks, [f"{days[number]:%-d %b}" for number in ticks])
    panel.set_title(
        f"{_short(str(cause['service']))}\n+{cause['daily']:,.0f} {cause['currency']} a day since {begun:%-d %b}",
        loc="left",
        fontsize=9,
        color=_INK,
    )
    _plain_axes(panel)


def _plain_axes(panel: Any) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    panel.set_facecolor(_PAPER)
    panel.set_ylim(bottom=0)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.spines["bottom"].set_color(_LINE)
    panel.grid(axis="y", color=_LINE, linewidth=0.7)
    panel.set_axisbelow(True)
    panel.tick_params(colors=_QUIET, labelsize=8, length=0)
    panel.yaxis.set_major_locator(MaxNLocator(4))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _unlock(folder: Path) -> None:
    """Remove what a killed process has left: matplotlib waits five seconds for it, in each process, for ever."""
    for one in folder.glob("*.matplotlib-lock"):
        with suppress(OSError):
            if time.time() - one.stat().st_mtime > _LOCKED:
                one.unlink()


@contextmanager
def _figure(rows: int, height: float, columns: int = 1) -> Iterator[tuple[Any, list[Any]]]:
    if "MPLCONFIGDIR" not in os.environ:  # its font list is no business of the person's home
        os.environ["MPLCONFIGDIR"] = os.path.join(tempfile.gettempdir(), "deputy-matplotlib")
        _unlock(Path(os.environ["MPLCONFIGDIR"]))
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height * rows + 0.2), layout="constrained", facecolor=_PAPER)
    panels = figure.subplots(rows, columns, squeeze=False)
    yield figure, list(panels.flat)


def _svg(figure: Any) -> str:
    """The figure as SVG, the same for the same data: no date, and no random ids."""
    from matplotlib import rc_context

    text = StringIO()
    with rc_context({"svg.hashsalt": "deputy"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def _short(name: str) -> str:
    """A service's name without what all names of its provider begin with; `$` would be read as a formula."""
    for start in ("Amazon ", "AWS ", "Azure "):
        name = name.removeprefix(start)
    name = name.replace("$", "＄")
    return name if len(name) <= 28 else f"{name[:27]}…"
