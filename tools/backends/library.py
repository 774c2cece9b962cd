"""The folders of documents and code of a world, indexed beside the world's other state and never written to."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.errors import ConfigError
from runtime.problems import counted
from tools.backends.embedding import embedder_of
from tools.service import Service, Site

if TYPE_CHECKING:
    from runtime.found import Found
    from runtime.passages import Leaf, Passage, Passages, Split


_TOLD = 3


@dataclass(frozen=True)
class Library:
    """The passages of a folder's files of some kinds, as the folder is at each search."""

    folder: Path
    index: "Passages"
    split: "Split"
    kinds: tuple[str, ...]
    left_out: Collection[str] = ()

    def search(self, query: str, limit: int) -> "Found[Passage]":
        """The passages that fit the query best."""
        self.index.refresh(self._leaves(), self.split)
        found = self.index.search(query, limit)
        unread = self.index.unread()
        return replace(found, note="; ".join(filter(None, (found.note, _left_out(unread))))) if unread else found

    def _leaves(self) -> "Iterator[Leaf]":
        from runtime.passages import Leaf

        for path, name, stat in self._files(str(self.folder), ""):
            yield Leaf(name, f"{stat.st_size}-{stat.st_mtime_ns}", partial(_content, path))

    def _files(self, folder: str, within: str) -> "Iterator[tuple[str, str, os.stat_result]]":
        """Each file below `folder`: its path, its name, and its size and time. Links are not followed."""
        with os.scandir(folder) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in self.left_out:
                        yield from self._files(entry.path, f"{within}{entry.name}/")
                elif entry.name.lower().endswith(self.kinds) and entry.is_file(follow_symlinks=False):
                    yield entry.path, f"{within}{entry.name}", entry.stat(follow_symlinks=False)


def _left_out(names: list[str]) -> str:
    told = ", ".join(names[:_TOLD]) + (" and others" if len(names) > _TOLD else "")
    return f"{counted(len(names), 'file')} cannot be read, and may hold the answer: {told}"


def _content(path: str) -> bytes:
    return Path(path).read_bytes()


def _folder(site: Site, name: str) -> Path:
    if name not in site.inputs:
        raise ConfigError(f"this run was given no {name}", remedy=f"add --input {name}=FOLDER")
    return site.inputs[name]


def open_library(site: Site) -> Library:
    """The library over the input `documents`. Raises ConfigError for a run that was given none."""
    from runtime.passages import Passages
    from tools.reading.sheet import KINDS
    from tools.reading.split import passages_of

    index = Passages(site.database("documents"), embedder_of(site))
    return Library(_folder(site, "documents"), index, passages_of, KINDS)


def open_code(site: Site) -> Library:
    """The library over the input `code`. Raises ConfigError for a run that was given none. Code is never embedded."""
    from runtime.passages import Passages
    from tools.reading.code import KINDS, NOT_READ, code_of

    return Library(_folder(site, "code"), Passages(site.database("code")), code_of, KINDS, NOT_READ)


LIBRARY: "Service[Library]" = Service("library", open_library)
CODE: "Service[Library]" = Service("code", open_code)
