"""Documents as passages with their marks: Markdown and text by line, PDF by page, HTML and DOCX by paragraph."""

import re
from collections.abc import Iterator
from pathlib import PurePath

from runtime.passages import Passage

KINDS = (".md", ".txt", ".html", ".htm", ".pdf", ".docx")
LONGEST = 700
"""Characters of a passage; a longer paragraph is a passage by itself, up to three times as long."""

_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*$")


def passages_of(name: str, content: bytes) -> list[Passage]:
    """The passages of a document. One that cannot be read has a single passage that says so."""
    kind = PurePath(name).suffix.lower()
    try:
        if kind == ".pdf":
            return list(_pages(name, content))
        if kind == ".docx":
            return list(_blocks(name, _docx(content)))
        text = content.decode("utf-8", "replace")
        return list(_blocks(name, _html(text) if kind in (".html", ".htm") else text))
    except Exception as error:  # readers of foreign formats raise what they like; one bad file must not hide the others
        return [Passage(f"{name}:1", name, f"This file cannot be read ({type(error).__name__}).")]


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

    told = trafilatura.extract(text, output_format="markdown", include_tables=True, include_comments=False)
    return told or re.sub(r"<[^>]+>", " ", text)


def _docx(content: bytes) -> str:
    """The paragraphs and tables of a DOCX file as Markdown."""
    from io import BytesIO

    import docx

    lines: list[str] = []
    for block in docx.Document(BytesIO(content)).iter_inner_content():
        if hasattr(block, "rows"):
            lines += [f"| {' | '.join(cell.text for cell in row.cells)} |" for row in block.rows] + [""]
            continue
        style = str(block.style.name) if block.style else ""
        level = style.removeprefix("Heading ") if style.startswith("Heading ") else "1" if style == "Title" else ""
        lines += [f"{'#' * int(level)} {block.text}" if level.isdigit() else block.text, ""]
    return "\n".join(lines)


def _pages(name: str, content: bytes) -> Iterator[Passage]:
    from io import BytesIO

    import pdfplumber

    with pdfplumber.open(BytesIO(content)) as pdf:
        for number, page in enumerate(pdf.pages, start=1):
            text = page.extract_text() or ""
            title = f"{PurePath(name).stem.replace('-', ' ')}, page {number}"
            for part, start in enumerate(range(0, len(text), 2 * LONGEST)):
                mark = f"{name}:p{number}" + (f"-{part + 1}" if part else "")
                yield Passage(mark, title, text[start : start + 2 * LONGEST])
