"""Writes a run's report, `report.md` and `report.html`, from its records."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crews.report import figures
from crews.report.markdown import escaped, table
from crews.report.names import Names
from crews.report.reading import Deed, Reading, read_run
from crews.report.sections import Chart, Section
from crews.report.spent import Spent
from runtime.records import Record
from runtime.scratch import is_unfinished, replace_text

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"
_ID_LIKE = re.compile(r"\S*[0-9a-f]{8,}\S*")
_OWN = ("report.md", "report.html")


@dataclass(frozen=True)
class MadeFile:
    """A file of the run's folder, by its path below that folder."""

    path: str
    bytes: int


def write_report(
    records: Sequence[Record],
    folder: Path,
    *,
    title: str,
    sections: Sequence[Section] = (),
    names: Names | None = None,
) -> tuple[Path, Path]:
    """The paths of `report.md` and `report.html`, written into `folder` from receipts only.

    A run that has not ended yet can be written too; a report that is there is replaced in one move. `names` are those
    of the candidates.
    """
    for section in sections:
        if section.chart:
            (folder / "charts").mkdir(parents=True, exist_ok=True)
            replace_text(folder / _chart_file(section.chart), section.chart.svg)
    run = _by_name(read_run(records), names) if names else read_run(records)
    shown = tuple(one.readable() for one in sections)
    facts = {"title": title, "run": run, "sections": shown, "files": made_files(folder)}
    markdown = _environment(markdown=True).get_template("report.md.j2").render(facts)
    html = _environment(markdown=False).get_template("report.html.j2").render(facts)
    return replace_text(folder / "report.md", markdown), replace_text(folder / "report.html", html)


def _by_name(run: Reading, names: Names) -> Reading:
    """The run with its people by name; everybody is met first, so that namesakes are told apart from the beginning."""
    for deed in run.deeds:
        names.told(deed.text)
    return replace(
        run,
        deeds=tuple(replace(one, text=names.told(one.text)) for one in run.deeds),
        steps=tuple(replace(one, answer=names.told(one.answer)) for one in run.steps),
        troubles=tuple(replace(one, text=names.told(one.text)) for one in run.troubles),
        waits=tuple(names.told(one) for one in run.waits),
    )


def made_files(folder: Path) -> tuple[MadeFile, ...]:
    """What the run made, sorted by path, without the report itself and without what only links elsewhere."""
    found = (path for path in folder.rglob("*") if _is_made(path))
    made = ((path.relative_to(folder).as_posix(), path.stat().st_size) for path in found)
    return tuple(MadeFile(path, count) for path, count in sorted(made) if path not in _OWN)


def _is_made(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and not is_unfinished(path)


@cache  # compiling the templates takes longer than a step of a run
def _environment(*, markdown: bool) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=not markdown,  # noqa: S701 - Markdown has an escape of its own, by `finalize`
        finalize=escaped if markdown else _shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "money": figures.money,
        "duration": figures.duration,
        "size": figures.size,
        "day": partial(_stamped, form="%A %-d %B %Y, %H:%M UTC"),
        "time": partial(_stamped, form="%H:%M:%S"),
        "number": lambda value: f"{value:,}",
        "table": table,
        "chart_file": _chart_file,
        "chart_data": _chart_data,
        "spent_table": _spent_table,
        "deeds_by_step": _deeds_by_step,
        "is_id": _is_id,
    }
    return environment


def _chart_file(chart: Chart) -> str:
    return f"charts/{chart.name}.svg"


def _chart_data(chart: Chart) -> str:
    """The picture inside of the page: as an image, so that nothing in it can run or load anything."""
    return "data:image/svg+xml;base64," + b64encode(chart.svg.encode()).decode()


def _shown(value: Any) -> Any:
    """What stands in the HTML for `value`: strangers' text loses its control characters before it is escaped."""
    return figures.clean(value) if type(value) is str else value


def _stamped(at: str, form: str) -> str:
    return figures.moment(at).strftime(form)


def _is_id(text: str) -> bool:
    """Whether a line is a machine's name for something, and for people only beside its own."""
    return bool(_ID_LIKE.fullmatch(text))


def _spent_table(spent: Sequence[Spent]) -> Any:
    columns = ("role", "model calls", "tokens in", "tokens out", "cost", "tool calls", "time")
    rows = [
        (
            one.role,
            one.model_calls,
            f"{one.prompt:,}",
            f"{one.completion:,}",
            one.cost,
            one.tool_calls,
            figures.duration(one.model_seconds + one.tool_seconds),
        )
        for one in spent
    ]
    return table(rows, columns, (False, *(True,) * 6))


def _deeds_by_step(run: Reading) -> list[tuple[str, list[Deed]]]:
    steps = dict.fromkeys(deed.step for deed in run.deeds)
    return [(step, [deed for deed in run.deeds if deed.step == step]) for step in steps]
