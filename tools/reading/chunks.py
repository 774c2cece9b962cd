"""A text in parts that a model reads one at a time: cut between paragraphs, its code blocks taken out and put back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST = 2_400
"""Characters of a part; a longer paragraph is a part by itself."""

_FENCED = re.compile(r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL)
_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")


@dataclass(frozen=True)
class Chunks:
    """The parts in their order, what stood between them, and the code blocks by the sign that stands for each."""

    parts: tuple[str, ...]
    between: tuple[str, ...]
    code: Mapping[str, str]

    def whole(self, parts: list[str]) -> str:
        """The parts, as they are now, put together again with the code blocks in their places."""
        text = "".join(one + gap for one, gap in zip(parts, (*self.between, "\n"), strict=True))
        for sign, block in self.code.items():
            text = text.replace(sign, block)
        return text


def chunks_of(text: str) -> Chunks:
    """The text in parts."""
    code: dict[str, str] = {}

    def taken(found: re.Match[str]) -> str:
        sign = f"⟦code {len(code) + 1}⟧"
        code[sign] = found[0]
        return sign

    plain = _FENCED.sub(taken, text.replace("\r\n", "\n").strip("\n"))
    parts, between, at = [""], list[str](), 0
    for gap in [*_PARAGRAPHS.finditer(plain), None]:
        piece = plain[at : gap.start() if gap else len(plain)]
        if parts[-1] and len(parts[-1]) + len(piece) > LONGEST:
            held = parts[-1].rstrip("\n")
            between.append(parts[-1][len(held) :])
            parts[-1] = held
            parts.append("")
        parts[-1] += piece + (gap[0] if gap else "")
        at = gap.end() if gap else at
    return Chunks(tuple(parts), tuple(between), code)
