"""Tokens: leave to answer, signed for one person, for certain questions of one run, until a time, once.

    TOKEN = base64url(payload) "." base64url(HMAC-SHA256(key, payload))

The payload is canonical JSON; the key is derived from the ledger's, whose number stands in it, so that a rotation ends
no token and a copy of the database makes none. That a token is used once is for the ledger to know: each answer by one
keeps its `nonce`.
"""

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from runtime.canonical import canonical
from runtime.chain import Keys
from runtime.clock import stamp
from runtime.errors import Denied

_TAG = b"deputy/approval-token/1"
_AGAIN = "see 'deputy approvals', and answer by the id of the approval"


@dataclass(frozen=True)
class Token:
    """What a token says: who may answer which questions, by the digests they are bound to, or their beginnings."""

    run: str
    digests: tuple[str, ...]
    by: str
    expires: str
    nonce: str
    key: int


def issue(keys: Keys, *, run: str, digests: Sequence[str], by: str, expires: str) -> str:
    """A new token for that person."""
    number = keys.current()
    token = Token(run, tuple(digests), by, expires, secrets.token_hex(12), number)
    payload = canonical({**vars(token), "digests": list(digests)})
    return f"{_coded(payload)}.{_coded(_mac(keys, number, payload))}"


def read(keys: Keys, text: str, now: datetime) -> Token:
    """What a token says. Raises Denied for one that was not made here, was changed, or has expired."""
    try:
        payload, mac = map(_decoded, text.strip().split("."))
        said = json.loads(payload)
        token = Token(**{**said, "digests": tuple(said["digests"])})
        genuine = hmac.compare_digest(mac, _mac(keys, token.key, payload))
    except (ValueError, TypeError, KeyError, binascii.Error, RecursionError):
        genuine = False
    if not genuine:
        raise Denied("this is no token of this house", remedy=_AGAIN)
    if stamp(now) >= token.expires:
        raise Denied(f"the token expired at {token.expires}", remedy=_AGAIN)
    return token


def _mac(keys: Keys, number: int, payload: bytes) -> bytes:
    key = keys.key(number)
    if key is None:
        raise KeyError(number)
    return hmac.new(hmac.new(key, _TAG, sha256).digest(), payload, sha256).digest()


def _coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
