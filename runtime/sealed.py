"""Sealed values as they stand among others: told apart, marked where something only looks like one, opened in place."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runtime.subjects import Vault


class _Erased(str):
    """Text that tells itself from the same text in somebody's résumé."""

    __slots__ = ()


ERASED = _Erased("[erased]")
"""What stands where a value was whose key is gone."""

_SEALED = {"sealed", "nonce", "text"}
_ESCAPED = {"unsealed"}


def escaped(value: Any) -> Any:
    """`value` with everything marked that looks sealed and is not."""
    if isinstance(value, dict):
        inner = {name: escaped(one) for name, one in value.items()}
        return {"unsealed": inner} if value.keys() in (_SEALED, _ESCAPED) else inner
    return [escaped(one) for one in value] if isinstance(value, list) else value


def opened(value: Any, vault: "Vault | None") -> Any:
    """`value` as it was given: marks removed, and what is sealed opened if there is a vault to open it with."""
    if isinstance(value, list):
        return [opened(one, vault) for one in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == _SEALED:
        return value if vault is None else opened(vault.open(value), vault)
    if value.keys() == _ESCAPED:
        value = value["unsealed"]
    return {name: opened(one, vault) for name, one in value.items()}


def references_of(value: Mapping[str, Any]) -> tuple[str, ...]:
    """Whom a sealed value was sealed for; nobody if it is none."""
    if value.keys() != _SEALED:
        return ()
    return tuple(map(str, value["sealed"])) if isinstance(value["sealed"], list) else (str(value["sealed"]),)


def is_erased(value: Any) -> bool:
    """Whether the value, or one anywhere in it, was erased."""
    if isinstance(value, dict):
        return any(map(is_erased, value.values()))
    return any(map(is_erased, value)) if isinstance(value, list) else isinstance(value, _Erased)


def legible(value: Any) -> Any:
    """`value` as readers of records expect it: lists without what was erased from them."""
    if isinstance(value, dict):
        return {name: legible(one) for name, one in value.items()}
    if isinstance(value, list):
        return [legible(one) for one in value if not isinstance(one, _Erased)]
    return value
