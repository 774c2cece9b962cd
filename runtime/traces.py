"""Where a person is still named: in texts, in any file's bytes, in lines that can be blotted out."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from runtime.sealed import ERASED

_AT_ONCE = 1 << 20


def spelled(text: str) -> str:
    """The text as names are looked for in it: case, spaces and Unicode forms do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True)
class Traces:
    """What somebody is called, each name in its one spelling."""

    names: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str]) -> "Traces":
        """The traces of these names, without those too short to mean anybody."""
        return cls(frozenset(one for one in map(spelled, names) if len(one) > 2))

    def named_in(self, text: str) -> bool:
        """Whether the text names the person."""
        words = spelled(text)
        return any(name in words for name in self.names)

    def blotted(self, text: str) -> str:
        """The text with each line that names the person blotted out."""
        return "\n".join(str(ERASED) if self.named_in(line) else line for line in text.split("\n"))

    def named_in_file(self, path: Path) -> bool:
        """Whether the file's name or bytes name the person. It is read a piece at a time."""
        if self.named_in(path.name):
            return True
        longest = max((len(name.encode()) for name in self.names), default=0) * 4
        with path.open("rb") as file:
            before = b""
            while piece := file.read(_AT_ONCE):
                if self.named_in((before + piece).decode("utf-8", "ignore")):
                    return True
                before = piece[-longest:] if longest else b""
        return False

    def files(self, folder: Path) -> Iterator[Path]:
        """The files below a folder that name the person, in their names or in their bytes."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and self.named_in_file(path):
                yield path
