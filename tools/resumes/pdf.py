"""The visible lines of a PDF, its columns apart, and what it hides."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import Any

from tools.resumes.columns import Row, Word, reading_order, text_of
from tools.resumes.extract import Extract, Line, lines_of, tidy
from tools.resumes.paper import Finding
from tools.resumes.visible import Area, Glyph, dots, is_picture, sort_out

_MAX_PAGES = 30
_MAX_LETTERS, _MAX_SHAPES = 30_000, 3_000  # on one page
_LEAST_LETTERS = 40  # a résumé that shows fewer letters has its content somewhere else


def read_pdf(data: bytes) -> Extract:
    """The lines of a PDF, or the status that says why a person or an OCR service must look at it."""
    from io import BytesIO

    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfminer.pdfexceptions import PDFException
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        with pdfplumber.open(BytesIO(data)) as pdf:
            if len(pdf.pages) > _MAX_PAGES:
                return Extract("needs_human", f"it has {len(pdf.pages)} pages; at most {_MAX_PAGES} are read")
            return _read(pdf.pages)
    except (PdfminerException, PDFException) as error:
        causes = [error, *error.args]
        if any(isinstance(cause, PDFPasswordIncorrect) for cause in causes):
            return Extract("needs_human", "it is encrypted, and its password is not known")
        return Extract("needs_human", f"it is damaged and cannot be read ({type(causes[-1]).__name__})")
    except Exception as error:  # a damaged PDF makes its parser fail in every way there is
        return Extract("needs_human", f"it is damaged and cannot be read ({type(error).__name__})")


def _read(pages: Iterable[Any]) -> Extract:
    from tools.resumes.painting import painted

    lines: list[Line] = []
    findings: list[Finding] = []
    scans: list[int] = []
    for number, page in enumerate(pages, start=1):
        shown, marks = painted(page.page_obj)
        letters = sum(isinstance(mark, Glyph) for mark in marks)
        if letters > _MAX_LETTERS or len(marks) - letters > _MAX_SHAPES:
            return Extract("needs_human", f"page {number} is too complex to be read")
        seen = sort_out(marks, shown)
        findings += _hidden(seen, number)
        visible = [glyph for glyph, why in seen if not why]
        if is_picture(marks, shown) and _letters(visible) < _LEAST_LETTERS:
            scans.append(number)
        lines += _lines(visible, dots(marks), number)
    kept = lines_of(lines)
    return _judged(kept, tuple(findings), scans)


def _judged(lines: tuple[Line, ...], findings: tuple[Finding, ...], scans: list[int]) -> Extract:
    if scans:
        return Extract("needs_ocr", f"page {scans[0]} is a picture without text", findings=findings)
    shown = sum(letter.isalnum() for line in lines for letter in line.text)
    if shown < _LEAST_LETTERS:
        return Extract("needs_ocr", "it shows no text that can be read", findings=findings)
    garbled = sum(line.text.count("(cid:") for line in lines)
    if garbled * 8 > shown:
        return Extract("needs_ocr", "its letters have no meaning without their pictures", findings=findings)
    return Extract("ok", lines=lines, findings=findings)


def _lines(glyphs: list[Glyph], bullets: list[Area], page: int) -> list[Line]:
    words = _words([glyph for glyph in glyphs if glyph.upright])
    rows = reading_order(words + [word for dot in bullets for word in _bullet(dot, words)])
    lines = [_line(row, page, column) for column, row in rows]
    return lines + _turned([glyph for glyph in glyphs if not glyph.upright], page)


def _line(row: Row, page: int, column: str) -> Line:
    bulleted = len(row) > 1 and len(row[0].text) == 1 and not row[0].text.isalnum()
    first = row[1] if bulleted else row[0]
    size = max(word.size for word in row)
    look = f"{first.font} {first.size:.1f}"
    return Line(text_of(row), page, round(size, 1), look, first.x0, column)


def _words(glyphs: list[Glyph]) -> list[Word]:
    from pdfplumber.utils.text import extract_words

    letters = [
        {
            "text": glyph.text,
            "x0": glyph.x0,
            "x1": glyph.x1,
            "top": glyph.top,
            "bottom": glyph.bottom,
            "doctop": glyph.top,
            "upright": True,
            "size": glyph.size,
            "fontname": glyph.font,
        }
        for glyph in glyphs
    ]
    found = extract_words(letters, x_tolerance_ratio=0.15, y_tolerance=2, extra_attrs=["size", "fontname"])
    edges = ("text", "x0", "x1", "top", "bottom", "size", "fontname")
    return [Word(*(one[edge] for edge in edges)) for one in found]


def _bullet(dot: Area, words: list[Word]) -> list[Word]:
    """A drawn dot as a word, if a word begins just right of it."""
    y = (dot.top + dot.bottom) / 2
    near = [word for word in words if word.top < y < word.bottom and 0 < word.x0 - dot.x1 < 2 * word.size]
    return [replace(min(near, key=lambda word: word.x0), text="•", x0=dot.x0, x1=dot.x1)] if near else []


def _turned(glyphs: list[Glyph], page: int) -> list[Line]:
    """Text that runs up or down the page, in the order it is painted."""
    columns = groupby(glyphs, key=lambda glyph: round(glyph.x0 / 3))
    return [Line("".join(glyph.text for glyph in column), page) for _, column in columns]


def _hidden(seen: list[tuple[Glyph, str]], page: int) -> list[Finding]:
    found: list[Finding] = []
    for why, run in groupby(seen, key=lambda pair: pair[1]):
        text = tidy(_joined([glyph for glyph, _ in run])) if why else ""
        if any(letter.isalnum() for letter in text):
            found.append(Finding(kind="hidden_text", page=page, text=text, why=why))
    return found


def _joined(glyphs: list[Glyph]) -> str:
    text = ""
    for before, glyph in zip([None, *glyphs], glyphs, strict=False):
        if before and (abs(glyph.top - before.top) > before.size / 2 or glyph.x0 - before.x1 > before.size * 0.2):
            text += " "
        text += glyph.text
    return text


def _letters(glyphs: list[Glyph]) -> int:
    return sum(glyph.text.isalnum() for glyph in glyphs)
