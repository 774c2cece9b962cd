"""Markdown for the reference pages: a page with its notice, tables whose cells cannot break them, anchors."""

import re
from collections.abc import Iterable, Sequence

NOTICE = "<!-- Made by `python -m docs.reference.make` from the code. Change the code, then make it again. -->"


def page(title: str, *parts: str) -> str:
    """A whole page: title, notice, and the parts with a blank line between them."""
    return "\n\n".join([f"# {title}", NOTICE, *(part.strip() for part in parts if part.strip())]) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; line breaks and bars in cells are made harmless."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def code(text: str) -> str:
    """`text` as code; nothing for nothing."""
    return f"`{text}`" if text else ""


def codes(names: Iterable[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(map(code, names))


def anchor(heading: str) -> str:
    """The name by which a link reaches a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def first_line(docstring: str | None) -> str:
    """The sentence a docstring begins with."""
    return (docstring or "").strip().partition("\n")[0]


def definitions(docstring: str | None, *, indent: int = 4) -> list[tuple[str, str]]:
    """The indented `word    what it means` table of a docstring; a meaning may go on in deeper lines."""
    rows: list[tuple[str, str]] = []
    for line in (docstring or "").splitlines():
        text = line.strip()
        depth = len(line) - len(line.lstrip())
        word, _, meaning = text.partition("  ")
        if depth == indent and meaning.strip():
            rows.append((word, " ".join(meaning.split())))
        elif depth > indent and text and rows:
            rows[-1] = (rows[-1][0], f"{rows[-1][1]} {text}")
    return rows


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
