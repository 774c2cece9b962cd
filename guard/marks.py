"""Marks: what stands in records in place of what must never be recorded as it is."""

import hmac
import secrets
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from guard.labels import leaves
from runtime.canonical import canonical

Path = tuple[str, ...]


class Marks:
    """One run's marks. Equal values have equal marks in it; nobody can compute a mark elsewhere, or turn it back.

    `texts` holds what was marked so far, so that it can be kept from leaving by another way.
    """

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self._key = secrets.token_bytes(32)  # without a key, a short secret could be found by trying

    def on(self, value: Any, places: Iterable[str], at: Path = ()) -> Any:
        """`value`, which is plain data, with a mark in place of what stands at those dotted places (`*` for any)."""
        wanted = tuple(places)
        if any(place == "*" or (len(at) == place.count(".") + 1 and covers(place, at)) for place in wanted):
            self.texts |= {str(leaf) for _, leaf in leaves(value)}
            return f"[secret {hmac.new(self._key, canonical(value), sha256).hexdigest()[:16]}]"
        if isinstance(value, dict):
            return {key: self.on(inner, wanted, (*at, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.on(inner, wanted, (*at, str(index))) for index, inner in enumerate(value)]
        return value


def covers(place: str, path: Path) -> bool:
    """Whether the path leads to a dotted place, or into it. `*` alone is every place."""
    parts = place.split(".")
    if parts == ["*"]:
        return True
    return len(parts) <= len(path) and all(part in ("*", key) for part, key in zip(parts, path, strict=False))
