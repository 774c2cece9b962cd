"""One spelling per value: canonical JSON (RFC 8785), and the digests taken over it."""

import hashlib
import json
from typing import Any

import rfc8785
from pydantic import BaseModel


def plain(value: Any) -> Any:
    """`value` as JSON types only; models become objects, tuples become lists."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def canonical(value: Any) -> bytes:
    """`value` as canonical JSON (RFC 8785), UTF-8. Raises for what JSON cannot say, such as NaN."""
    return rfc8785.dumps(plain(value))


def digest(value: Any) -> str:
    """SHA-256 over the canonical JSON of `value`, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def readable(value: Any) -> str:
    """`value` as compact JSON in its own key order, as shown to a model."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(", ", ": "))
