"""Whether a quote really stands where a score says it does."""

import unicodedata
from collections.abc import Mapping


def folded(text: str) -> str:
    """`text` in NFKC with every run of whitespace as one space."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def stands(quote: str, line: str) -> bool:
    """True if `quote` says something and stands literally in `line`, whitespace aside; letter case counts."""
    wanted = folded(quote)
    return any(letter.isalnum() for letter in wanted) and wanted in folded(line)


def where(quote: str, lines: Mapping[int, str]) -> list[int]:
    """The numbers of the lines that `quote` stands in."""
    return [number for number, line in lines.items() if stands(quote, line)]
