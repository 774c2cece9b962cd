"""Who was erased: enough to know them again, and nothing that names them.

Of each thing that identified the person, only an HMAC-SHA256 is kept, with a key of its own: `keys/erased.key`. Who
has file and key can test a guess ("was this address erased?"), and learns nothing else. Lifting removes all of them.

keys/erased.jsonl    one line per erasure: {"at": day, "marks": [hex, …]}
"""

import hmac
import json
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from runtime.keys import made_once
from runtime.scratch import replace_text
from runtime.subjects import named

_TAG = b"deputy/erased/1:"


class Erased:
    """The marks of erased people, in the folder of keys."""

    def __init__(self, keys: Path) -> None:
        self._key = keys / "erased.key"
        self._file = keys / "erased.jsonl"
        self._held: tuple[object, frozenset[str]] = (None, frozenset())

    def remember(self, names: Iterable[str], day: date) -> None:
        """Keep the marks of somebody's names."""
        marks = sorted(self._mark(one) for one in names if one.strip())
        self._keep([*self._lines(), {"at": day.isoformat(), "marks": marks}])

    def knows(self, *names: str | None) -> bool:
        """Whether somebody was erased who was called like one of these."""
        try:
            now = self._file.stat()
        except FileNotFoundError:
            return False
        looks = (now.st_mtime_ns, now.st_size, now.st_ino)
        if self._held[0] != looks:
            self._held = (looks, frozenset(mark for line in self._lines() for mark in line["marks"]))
        marks = self._held[1]
        return any(self._mark(one) in marks for one in names if one and one.strip())

    def lift(self, name: str) -> int:
        """Remove everybody who was called so; how many erasures that were."""
        lines = self._lines()
        mark = self._mark(name)
        left = [line for line in lines if mark not in line["marks"]]
        if len(left) < len(lines):
            self._keep(left)
        return len(lines) - len(left)

    def _lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._file.read_text().splitlines()] if self._file.exists() else []

    def _keep(self, lines: list[dict[str, Any]]) -> None:
        replace_text(self._file, "".join(json.dumps(line) + "\n" for line in lines), mode=0o600)

    @cached_property
    def _secret(self) -> bytes:
        return bytes.fromhex(made_once(self._key).read_text().strip())

    def _mark(self, name: str) -> str:
        return hmac.digest(self._secret, _TAG + named(name).encode(), "sha256").hex()
