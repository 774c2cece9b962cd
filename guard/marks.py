"""Marks: what stands in records in place of what must never be recorded as it is."""

import hmac
import secrets
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from guard.labels import leads_to, leaves
from runtime.canonical import canonical

Path = tuple[str, ...]

_SHORTEST = 6  # characters; a shorter text, such as a PIN, also stands where it is none


class Marks:
    """One run's marks. Equal values have equal marks in it; nobody can compute a mark elsewhere, or turn it back.

    `texts` holds what was marked so far, with its mark, so that it can be kept from leaving by another way.
    """

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._key = secrets.token_bytes(32)  # without a key, a short secret could be found by trying

    def on(self, value: Any, places: Iterable[str], at: Path = ()) -> Any:
        """`value`, which is plain data, with a mark in place of what stands at those dotted places (`*` for any)."""
        wanted = tuple(places)
        if any(covers(place, at) for place in wanted):
            mark = f"[secret {hmac.new(self._key, canonical(value), sha256).hexdigest()[:16]}]"
            self.texts |= {text: mark for _, leaf in leaves(value) if len(text := str(leaf)) >= _SHORTEST}
            return mark
        if isinstance(value, dict):
            return {key: self.on(inner, wanted, (*at, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.on(inner, wanted, (*at, str(index))) for index, inner in enumerate(value)]
        return value

    def clean(self, value: Any) -> Any:
        """`value`, which is plain data, with marks in place of every text that was marked before."""
        if isinstance(value, str):
            for text, mark in self.texts.items():
                value = value.replace(text, mark)
        elif isinstance(value, dict):
            return {self.clean(key): self.clean(inner) for key, inner in value.items()}
        elif isinstance(value, list):
            return [self.clean(inner) for inner in value]
        return value


def covers(place: str, path: Path) -> bool:
    """Whether the path leads to a dotted place, or into it. `*` alone is every place."""
    return leads_to(tuple(place.split(".")), path)
