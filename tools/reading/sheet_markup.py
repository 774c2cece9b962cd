"""HTML and Markdown as lines and tables."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

from tools.reading.sheet import Line, Row, Sheet, Table

_BLOCKS = frozenset(
    ["address", "article", "br", "caption", "dd", "div", "dt", "figcaption", "footer", "form", "h1", "h2", "h3", "h4",
     "h5", "h6", "header", "hr", "label", "legend", "li", "main", "nav", "ol", "p", "pre", "section", "table", "ul"]
)  # fmt: skip
_SILENT = frozenset(["head", "noscript", "script", "style", "template", "title"])
_HIDDEN = re.compile(r"display:\s*none|visibility:\s*hidden|font-size:\s*[0-3](?:px|pt)?\s*(?:;|$)", re.IGNORECASE)
_WHITE = re.compile(r"(?:^|[;\s])color:\s*(?:white|#fff\b|#ffffff)", re.IGNORECASE)
_PAINTED = re.compile(r"background(?:-color)?:\s*(?!white|#fff\b|#ffffff|none|transparent|inherit)\S", re.IGNORECASE)
_RULE = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*(?::?-{2,}:?\s*)?\|?\s*$")
_EMPHASIS = re.compile(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1")
_LEADING = re.compile(r"^\s*(?:#{1,6}\s+|[-*+]\s+|>\s*|\d+\.\s+)+")


def read_markdown(name: str, content: bytes) -> Sheet:
    """The sheet of a Markdown or text file; its lines count as in the file."""
    lines: list[Line] = []
    tables: list[list[Row]] = [[]]
    for number, raw in enumerate(content.decode("utf-8-sig", "replace").splitlines(), start=1):
        if _RULE.match(raw):
            continue
        cells = _pipes(raw) if raw.count("|") >= 2 else (_plain(raw),)
        if raw.count("|") >= 2 and (not tables[-1] or len(tables[-1][0].cells) == len(cells)):
            tables[-1].append(Row(cells, len(lines)))
        elif tables[-1]:
            tables.append([])
        if any(cells):
            lines.append(Line(0, number, cells))
    return Sheet(name, tuple(lines), tuple(Table(tuple(rows)) for rows in tables if len(rows) > 1))


def _pipes(raw: str) -> tuple[str, ...]:
    return tuple(_plain(one.replace("\\|", "|")) for one in re.split(r"(?<!\\)\|", raw.strip().strip("|")))


def _plain(text: str) -> str:
    return _EMPHASIS.sub(r"\2", _LEADING.sub("", text)).strip()


def read_html(name: str, content: bytes) -> Sheet:
    """The sheet of a page, with what a browser shows. Raises what the parser raises."""
    from lxml import html

    lines: list[Line] = []
    tables: list[Table] = []
    for cells, table in _shown(html.fromstring(content)):
        if table is not None and table.get("row") == "first":
            tables.append(Table(()))
        if any(cells):
            if table is not None:
                tables[-1] = Table((*tables[-1].rows, Row(cells, len(lines))))
            lines.append(Line(0, len(lines) + 1, cells))
    whole = [one for one in tables if len(one.rows) > 1]
    return Sheet(name, tuple(lines), tuple(_even(one) for one in whole))


def _even(table: Table) -> Table:
    width = max(len(one.cells) for one in table.rows)
    return Table(tuple(one for one in table.rows if len(one.cells) == width))


def _shown(element: Any) -> Iterator[tuple[tuple[str, ...], dict[str, str] | None]]:
    """Each line's cells, and for a table's row whether it is the first one."""
    held: list[str] = []
    for kind, value in _events(element):
        if kind == "text":
            held.append(value)
            continue
        if text := " ".join("".join(held).split()):
            yield (text,), None
        held = []
        if kind == "rows":
            for at, cells in enumerate(value):
                yield cells, {"row": "first" if at == 0 else "next"}
    if text := " ".join("".join(held).split()):
        yield (text,), None


def _events(element: Any) -> Iterator[tuple[str, Any]]:
    """Texts, breaks between blocks, and the rows of tables, in the order of the page."""
    if not isinstance(element.tag, str) or element.tag in _SILENT or is_hidden(element):
        return
    if element.tag in ("table", "dl"):
        yield "rows", _table(element) if element.tag == "table" else _definitions(element)
        return
    if element.tag in _BLOCKS:
        yield "break", None
    yield "text", element.text or ""
    for child in element:
        yield from _events(child)
        yield "text", child.tail or ""
    if element.tag in _BLOCKS:
        yield "break", None


def is_hidden(element: Any) -> bool:
    """Whether a browser does not show it, by its own attributes."""
    style = element.get("style", "")
    if "hidden" in element.attrib or _HIDDEN.search(style):
        return True
    behind = (one.get("style", "") for one in (element, *element.iterancestors()))
    return bool(_WHITE.search(style)) and not any(map(_PAINTED.search, behind))


def _table(element: Any) -> list[tuple[str, ...]]:
    rows = [row for row in element.iter("tr") if not is_hidden(row)]
    return [tuple(_text(cell) for cell in row if cell.tag in ("td", "th")) for row in rows]


def _definitions(element: Any) -> list[tuple[str, ...]]:
    terms = [one for one in element.iter("dt", "dd") if not is_hidden(one)]
    pairs = itertools.pairwise(terms)
    return [(_text(one), _text(two)) for one, two in pairs if one.tag == "dt" and two.tag == "dd"]


def _text(element: Any) -> str:
    parts = [value for kind, value in _events_within(element) if kind == "text"]
    return " ".join("".join(parts).split())


def _events_within(element: Any) -> Iterator[tuple[str, Any]]:
    yield "text", element.text or ""
    for child in element:
        yield from ((kind, value if kind == "text" else None) for kind, value in _events(child))
        yield "text", " " if child.tag == "br" else ""
        yield "text", child.tail or ""
