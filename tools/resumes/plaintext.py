"""The lines of a plain text file, however it was encoded."""

import re

from tools.resumes.extract import Extract, Line, lines_of

_RULE = re.compile(r"\s*[-=_~*]{3,}\s*")
_NUMBER = re.compile(r"^\s*\d{1,2}[.)]\s+(?=\D)")
_BULLET = re.compile(r"^\s*[-*•·–o]\s+")


def read_text(data: bytes) -> Extract:
    """The lines of a text file, or the status that says why a person must look at it."""
    text = _decoded(data)
    if text is None:
        return Extract("needs_human", "its letters are in no encoding that is known")
    rows = re.sub(r"\r\n?|\f", "\n", text).split("\n")
    lines: list[Line] = []
    for row, below in zip(rows, [*rows[1:], ""], strict=True):
        if not _RULE.fullmatch(row):
            bullet = _BULLET.match(row)
            text = row if bullet else _NUMBER.sub("", row)
            indent = bullet.end() if bullet else len(row) - len(row.lstrip())
            look = "underlined" if row.strip() and _RULE.fullmatch(below) else "plain"
            lines.append(Line(text, indent=float(indent), look=look))
    kept = lines_of(lines)
    return Extract("ok", lines=kept) if kept else Extract("needs_human", "the file is empty")


def _decoded(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    letters = sum(letter.isalnum() or letter.isspace() for letter in text)
    return text if letters > 0.7 * len(text) else None
