"""What a schema says of types, and what its references point to."""

from collections.abc import Mapping
from typing import Any

DEEPEST = 6
"""References and objects within each other are followed so far."""


def types_of(schema: Mapping[str, Any]) -> list[str]:
    given = schema.get("type")
    if given is None and "enum" in schema:
        return ["string", *(["null"] if None in schema["enum"] else [])]
    if given is None and "const" in schema:
        return ["string"]
    return [given] if isinstance(given, str) else list(given or (["object"] if "properties" in schema else []))


def at_ref(whole: Any, ref: str) -> Any:
    """What a reference points to. Raises KeyError for one that leads nowhere or out of the file."""
    if not ref.startswith("#"):
        raise KeyError(ref)
    found = whole
    for part in filter(None, ref.removeprefix("#").split("/")):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    if not isinstance(found, dict):
        raise KeyError(ref)
    return found
