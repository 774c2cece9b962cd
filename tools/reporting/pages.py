"""The weekly report as Markdown and as HTML, from figures: all words are the program's."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape

from tools.reporting.figures import Figure
from tools.reporting.week import Week

_HEAD = ("Figure", "This week", "Week before", "Change", "Rows it comes from")
_STYLE = """
:root{color-scheme:light dark;--paper:#fcfbf8;--ink:#1d2126;--quiet:#626973;--line:#dfdcd3;--warn:#8a5a00}
@media(prefers-color-scheme:dark){
:root{--paper:#15181b;--ink:#e4e3df;--quiet:#9aa0a8;--line:#31363b;--warn:#e0b560}}
html{background:var(--paper)}
body{font:1rem/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;color:var(--ink);max-width:60rem;
margin:2rem auto;padding:0 1.125rem;overflow-wrap:break-word}
h1{font-size:1.625rem;line-height:1.2}h2{font-size:1.125rem;margin:1.75rem 0 .5rem}
.missing{border-left:4px solid var(--warn);padding-left:1rem;list-style:none}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.5rem 1.25rem .5rem 0;vertical-align:top;border-bottom:1px solid var(--line)}
th{font-weight:600}th.n,td.n{text-align:right;white-space:nowrap}
thead th,td.s{color:var(--quiet);font-size:.875rem;font-weight:400}
@media(max-width:40rem){
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody,tr,th,td{display:block}tr{padding:.625rem 0;border-bottom:1px solid var(--line)}
th,td,td.n{padding:.125rem 0;border:0;text-align:left}
td::before{content:attr(data-label);display:inline-block;width:9.5rem;color:var(--quiet);font-size:.875rem}
td:empty{display:none}}
@media print{:root{--paper:#fff;--ink:#000;--quiet:#444;--line:#bbb;--warn:#000}body{margin:0;max-width:none}
tr{break-inside:avoid}}
"""


def markdown(title: str, week: Week, figures: Sequence[Figure], zone: str) -> str:
    """The report to read as text."""
    lines = [f"# {title}, {week.name}", "", _span(week, zone), ""]
    if said := missing(figures):
        lines += ["**Missing or incomplete**", "", *(f"- {_plain(one)}" for one in said), ""]
    lines += ["| " + " | ".join(_HEAD) + " |", "|---|---:|---:|---:|---|"]
    lines += ["| " + " | ".join(_plain(cell) for cell in _cells(one)) + " |" for one in figures]
    if tops := _largest(figures):
        lines += ["", *(f"- {_plain(one)}" for one in tops)]
    return "\n".join(lines) + "\n"


def html(title: str, week: Week, figures: Sequence[Figure], zone: str) -> str:
    """The same as a page by itself, with no script and nothing from elsewhere."""
    kinds = ("", "n", "n", "n", "s")
    head = "".join(f'<th scope="col" class="{kind}">{one}</th>' for one, kind in zip(_HEAD, kinds, strict=True))
    name = escape(f"{title}, {week.name}")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{name}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{name}</h1>
<p>{escape(_span(week, zone))}</p>
{_listed("Missing or incomplete", missing(figures), "missing")}<table aria-label="Figures">
<thead><tr>{head}</tr></thead>
<tbody>
{"".join(_row(_cells(one), kinds) for one in figures)}</tbody>
</table>
{_listed("", _largest(figures), "largest")}</main>
</body>
</html>
"""


def _row(cells: Sequence[str], kinds: Sequence[str]) -> str:
    named = zip(_HEAD[1:], cells[1:], kinds[1:], strict=True)
    rest = "".join(f'<td class="{kind}" data-label="{label}">{escape(cell)}</td>' for label, cell, kind in named)
    return f'<tr><th scope="row">{escape(cells[0])}</th>{rest}</tr>\n'


def _listed(title: str, said: Sequence[str], kind: str) -> str:
    """A list below its title, if it has one; nothing where there is nothing to say."""
    items = "".join(f"<li>{escape(one)}</li>" for one in said)
    head = f"<h2>{title}</h2>\n" if title else ""
    return f'{head}<ul class="{kind}">{items}</ul>\n' if items else ""


def _largest(figures: Sequence[Figure]) -> list[str]:
    return [f"{one.name}: largest is {one.largest}" for one in figures if one.largest]


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
        f"{week.first:%A %-d %B %Y} to {week.last:%A %-d %B %Y}, days of {zone}. "
        f"Cut-off: what the sources held for these days when the report was made, due {week.due:%A %-d %B, %H:%M %Z}."
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
