"""The weekly report as Markdown and as HTML, from figures: all words are the program's."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape

from tools.reporting.figures import Figure
from tools.reporting.week import Week

_HEAD = ("Figure", "This week", "Week before", "Change", "Rows it comes from")
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#1c2733;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.5rem .75rem;vertical-align:top;"
    "border-bottom:1px solid #dde3ea}td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}"
    "td.s{color:#5b6875;font-size:.85rem}p.m{border-left:4px solid #c77700;padding-left:.75rem}"
)


def markdown(title: str, week: Week, figures: Sequence[Figure], zone: str) -> str:
    """The report to read as text."""
    lines = [f"# {title}, {week.name}", "", _span(week, zone), ""]
    if said := missing(figures):
        lines += ["**Missing or incomplete**", "", *(f"- {_plain(one)}" for one in said), ""]
    lines += ["| " + " | ".join(_HEAD) + " |", "|---|---:|---:|---:|---|"]
    lines += ["| " + " | ".join(_plain(cell) for cell in _cells(one)) + " |" for one in figures]
    if tops := [f"- {_plain(one.name)}: largest is {_plain(one.largest)}" for one in figures if one.largest]:
        lines += ["", *tops]
    return "\n".join(lines) + "\n"


def html(title: str, week: Week, figures: Sequence[Figure], zone: str) -> str:
    """The same as a page by itself, with no script and nothing from elsewhere."""
    said = "".join(f"<p class=m>{escape(one)}</p>" for one in missing(figures))
    kinds = ("", "n", "n", "n", "s")
    head = "".join(f"<th class='{kind}'>{one}</th>" for one, kind in zip(_HEAD, kinds, strict=True))
    rows = "".join(
        "<tr>"
        + "".join(f"<td class='{kind}'>{escape(cell)}</td>" for cell, kind in zip(_cells(one), kinds, strict=True))
        + "</tr>"
        for one in figures
    )
    tops = "".join(f"<li>{escape(one.name)}: largest is {escape(one.largest)}</li>" for one in figures if one.largest)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}, {week.name}</title>"
        f"<style>{_STYLE}</style><h1>{escape(title)}, {week.name}</h1><p>{escape(_span(week, zone))}</p>{said}"
        f"<table><tr>{head}</tr>{rows}</table>{f'<ul>{tops}</ul>' if tops else ''}</html>\n"
    )


def missing(figures: Sequence[Figure]) -> list[str]:
    """What the report could not see, a sentence each."""
    return [f"{one.name}: {one.missing}" for one in figures if one.missing]


def number(value: Decimal | None) -> str:
    """A number as people read it; a whole one without decimals."""
    if value is None:
        return "unknown"
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"


def _span(week: Week, zone: str) -> str:
    return (
        f"{week.first:%A %d %B %Y} to {week.last:%A %d %B %Y}, days of {zone}. "
        f"Cut-off: what the sources held for these days when the report was made, due {week.due:%d %B %Y %H:%M %Z}."
    )


def _cells(one: Figure) -> tuple[str, ...]:
    unit = f" {one.unit}"
    change = ""
    if one.value is not None and one.before:
        change = f"{100 * (one.value - one.before) / abs(one.before):+.1f} %"
    now = number(one.value) + (unit if one.value is not None else "")
    return (one.name, now, number(one.before), change, one.cites or "none")


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{one}" if one in "\\`*_[]<>|#!" else one for one in text)
