"""Documents as passages with their marks: Markdown and text by line, PDF by page, HTML and DOCX by paragraph.

What a reader of the document cannot see is left out, as it is where values are taken from documents (see sheet.py).
"""

import re
from collections.abc import Iterator
from pathlib import PurePath

from runtime.passages import UNREAD, Passage

LONGEST = 700
"""Characters of a passage; a longer paragraph is a passage by itself, up to three times as long."""

_SCAN = "it holds no text, and may be a scan, which a text recogniser has to read first"
_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*$")


def passages_of(name: str, content: bytes) -> list[Passage]:
    """The passages of a document. One that cannot be read has a single passage that says so, begun with `UNREAD`."""
    kind = PurePath(name).suffix.lower()
    try:
        if kind == ".pdf":
            return list(_pages(name, content)) or [_unread(name, _SCAN)]
        if kind == ".docx":
            return list(_blocks(name, _docx(content)))
        text = content.decode("utf-8", "replace")
        return list(_blocks(name, _html(text) if kind in (".html", ".htm") else text))
    except Exception as error:  # readers of foreign formats raise what they like; one bad file must not hide the others
        return [_unread(name, type(error).__name__)]


def _unread(name: str, why: str) -> Passage:
    return Passage(f"{name}:1", _title(name, []), f"{UNREAD}: {why}.")


def _blocks(name: str, text: str) -> Iterator[Passage]:
    """Paragraphs under their headings, joined up to `LONGEST`."""
    headings: list[tuple[int, str]] = []
    held: list[str] = []
    began = 1
    for number, line in enumerate([*text.splitlines(), "# end"], start=1):
        heading = _HEADING.match(line)
        full = not line.strip() and sum(map(len, held)) >= LONGEST
        if (heading or full or sum(map(len, held)) > 3 * LONGEST) and held:
            yield Passage(f"{name}:{began}", _title(name, headings), "\n".join(held).strip())
            held = []
        if heading:
            headings = [one for one in headings if one[0] < len(heading[1])] + [(len(heading[1]), heading[2])]
        elif line.strip() or held:
            began = began if held else number
            held.append(line)


def _title(name: str, headings: list[tuple[int, str]]) -> str:
    return " > ".join(text for _, text in headings) or PurePath(name).stem.replace("-", " ")


def _html(text: str) -> str:
    """What a page says, without its menus, as Markdown."""
    import trafilatura
    from lxml import html

    from tools.reading.sheet_markup import is_hidden

    if not text.strip():
        return ""
    page = html.fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    for one in [one for one in page.iterdescendants() if isinstance(one.tag, str) and is_hidden(one)]:
        one.drop_tree()
    shown = html.tostring(page, encoding="unicode")
    told = trafilatura.extract(shown, output_format="markdown", include_tables=True, include_comments=False)
    return told or re.sub(r"<[^>]+>", " ", shown)


def _docx(content: bytes) -> str:
    """The paragraphs and tables of a DOCX file as Markdown."""
    from io import BytesIO

    import docx

    from tools.reading.sheet_word import blocks, cells_of, shown

    lines: list[str] = []
    for block in blocks(docx.Document(BytesIO(content))):
        if hasattr(block, "rows"):
            lines += [f"| {' | '.join(cells_of(row))} |" for row in block.rows] + [""]
            continue
        style = str(block.style.name) if block.style else ""
        level = style.removeprefix("Heading ") if style.startswith("Heading ") else "1" if style == "Title" else ""
        lines += [f"{'#' * int(level)} {shown(block)}" if level.isdigit() else shown(block), ""]
    return "\n".join(lines)


def _pages(name: str, content: bytes) -> Iterator[Passage]:
    from io import BytesIO

    import pdfplumber

    from tools.reading.sheet_pdf import visible

    with pdfplumber.open(BytesIO(content)) as pdf:
        for number, page in enumerate(pdf.pages, start=1):
            title = f"{PurePath(name).stem.replace('-', ' ')}, page {number}"
            for part, text in enumerate(_cut(visible(page).extract_text() or "")):
                mark = f"{name}:p{number}" + (f"-{part + 1}" if part else "")
                yield Passage(mark, title, text)
            page.close()


def _cut(text: str) -> Iterator[str]:
    """A page's text, up to twice `LONGEST` at a time, cut between lines where it has some."""
    while text:
        end = len(text) if len(text) <= 2 * LONGEST else text.rfind("\n", LONGEST, 2 * LONGEST) + 1 or 2 * LONGEST
        yield text[:end]
        text = text[end:]
