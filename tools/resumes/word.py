"""The visible lines of a Word document: body, tables, text boxes, headers and footers, and what it hides."""

from collections.abc import Iterator
from typing import Any

from tools.resumes.dates import find_period
from tools.resumes.extract import Extract, Line, lines_of, tidy
from tools.resumes.paper import Finding
from tools.resumes.wordstyle import Styles

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MAX_UNPACKED = 100_000_000


def read_docx(data: bytes) -> Extract:
    """The lines of a .docx, or the status that says why a person must look at it."""
    from io import BytesIO
    from zipfile import ZipFile

    import docx

    try:
        with ZipFile(BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MAX_UNPACKED:
                return Extract("needs_human", "it unpacks to more than any résumé needs")
        document = docx.Document(BytesIO(data))
        return _read(document)
    except Exception as error:  # a damaged archive makes its parser fail in every way there is
        return Extract("needs_human", f"it is damaged and cannot be read ({type(error).__name__})")


def _read(document: Any) -> Extract:
    styles = Styles(document.styles.element)
    raw: list[Line] = []
    hidden: list[Finding] = []
    for root in _roots(document):
        for text, look, unseen in _lines(root, styles):
            raw += [Line(part, look=look) for part in text.split("\n")]
            hidden += [Finding(kind="hidden_text", text=tidy(what), why=why) for why, what in unseen if tidy(what)]
    kept = lines_of(raw)
    if kept:
        return Extract("ok", lines=kept, findings=tuple(hidden))
    if next(document.element.body.iter("{*}blip", "{*}imagedata"), None) is not None:
        return Extract("needs_ocr", "it holds pictures but no text", findings=tuple(hidden))
    return Extract("needs_human", "it shows no text", findings=tuple(hidden))


def _roots(document: Any) -> list[Any]:
    """Headers, body and footers, each once, as XML."""
    sections = list(document.sections)
    kinds = ("first_page", "even_page", "")
    named = {end: [f"{kind}_{end}".lstrip("_") for kind in kinds] for end in ("header", "footer")}
    parts = {
        end: [
            part for section in sections for name in names if not (part := getattr(section, name)).is_linked_to_previous
        ]
        for end, names in named.items()
    }
    return [
        *(one._element for one in parts["header"]),
        document.element.body,
        *(one._element for one in parts["footer"]),
    ]


Seen = tuple[str, str, list[tuple[str, str]]]
"""A line's visible text, its style, and (why, text) of what cannot be seen in it."""


def _lines(parent: Any, styles: Styles) -> Iterator[Seen]:
    """The lines below `parent` in reading order, tables row by row."""
    for child in parent:
        if child.tag == f"{_W}p":
            yield _paragraph(child, styles)
            for box in _text_boxes(child):
                yield from _lines(box, styles)
        elif child.tag == f"{_W}tbl":
            for row in child.iter(f"{_W}tr"):
                if next(row.iterancestors(f"{_W}tbl")) is child:
                    yield from _row(row, styles)
        elif child.tag not in (f"{_W}sectPr", f"{_W}del", _FALLBACK):
            yield from _lines(child, styles)


def _row(row: Any, styles: Styles) -> Iterator[Seen]:
    """A table row: one line if each cell holds one, otherwise cell after cell; a date stays with its neighbour."""
    cells = [[line for line in _lines(cell, styles) if tidy(line[0]) or line[2]] for cell in row.iter(f"{_W}tc")]
    if any(True for _ in row.iter(f"{_W}tbl")):
        cells = [[line for line in _lines(row, styles) if tidy(line[0]) or line[2]]]
    cells = [cell for cell in cells if cell]
    if len(cells) > 1 and all(len(cell) == 1 for cell in cells):
        yield _joined([cell[0] for cell in cells])
        return
    while len(cells) > 1 and len(cells[0]) == 1 and find_period(cells[0][0][0]):
        cells = [[_joined([cells[1][0], cells[0][0]]), *cells[1][1:]], *cells[2:]]
    for cell in cells:
        yield from cell


def _joined(lines: list[Seen]) -> Seen:
    text = " | ".join(text for text, _, _ in lines if text.strip())
    return text, lines[0][1], [part for _, _, parts in lines for part in parts]


def _paragraph(paragraph: Any, styles: Styles) -> Seen:
    text, unseen = "", list[tuple[str, str]]()
    for run in paragraph.iter(f"{_W}r"):
        if next(run.iterancestors(f"{_W}p")) is not paragraph or _dropped(run, paragraph):
            continue
        words = _words(run)
        why = styles.why_hidden(run, paragraph) if words.strip() else ""
        if not why:
            text += words
        elif unseen and unseen[-1][0] == why:
            unseen[-1] = (why, unseen[-1][1] + words)
        else:
            unseen.append((why, words))
    style = styles.name_of(paragraph)
    listed = paragraph.find(f"{_W}pPr/{_W}numPr") is not None or "list" in style.lower()
    return (f"- {text}" if listed and text.strip() else text), style, unseen


def _words(run: Any) -> str:
    parts = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
    return "".join(child.text or "" if child.tag == f"{_W}t" else parts.get(child.tag, "") for child in run)


def _dropped(run: Any, paragraph: Any) -> bool:
    """True for a run that was deleted, or that repeats another for old readers."""
    for above in run.iterancestors():
        if above is paragraph:
            return False
        if above.tag in (f"{_W}del", f"{_W}moveFrom", _FALLBACK):
            return True
    return False


def _text_boxes(paragraph: Any) -> Iterator[Any]:
    for box in paragraph.iter(f"{_W}txbxContent"):
        if next(box.iterancestors(f"{_W}p")) is paragraph and not _dropped(box, paragraph):
            yield box
