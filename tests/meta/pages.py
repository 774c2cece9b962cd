"""The documentation as its tests see it: pages, their fenced blocks, links and headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from docs.reference.page import anchor

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Block:
    """A fenced block. `language` is the first word after the fence, `about` the rest."""

    page: str
    line: int
    language: str
    about: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page of the documentation, the README first."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(*languages: str) -> list[Block]:
    """The fenced blocks of all pages in those languages, or all of them."""
    return [one for page in pages() for one in _blocks(page) if not languages or one.language in languages]


def blocks_of(name: str) -> list[Block]:
    """The fenced blocks of one page."""
    return [one for one in blocks() if one.page == name]


def links(page: Path) -> Iterator[str]:
    """Where the page's links and images lead."""
    for token in _tokens(page):
        for inner in token.children or ():
            target = inner.attrGet("href") if inner.type == "link_open" else inner.attrGet("src")
            if isinstance(target, str):
                yield target


def anchors(page: Path) -> set[str]:
    """The names of the page's headings, as links give them."""
    pairs = pairwise(_tokens(page))
    return {anchor(after.content.replace("`", "")) for one, after in pairs if one.type == "heading_open"}


def words(text: str) -> set[str]:
    """Everything in `text` that is marked as code, and its parts."""
    found = set(re.findall(r"`([^`\n]+)`", text))
    return found | {part for one in found for part in re.split(r"[^\w.-]+", one)}


def _blocks(page: Path) -> Iterator[Block]:
    for token in _tokens(page):
        if token.type == "fence":
            language, _, about = token.info.partition(" ")
            line = token.map[0] + 1 if token.map else 0
            yield Block(page.relative_to(ROOT).as_posix(), line, language, about.strip(), token.content)


def _tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))
