"""A token is leave for one person, for certain questions, until a time; nothing of it can be changed."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.tokens import issue, read
from runtime.clock import stamp
from runtime.errors import Denied
from runtime.keys import LedgerKeys, OneKey

NOW = datetime(2027, 3, 9, 12, tzinfo=UTC)
KEYS = OneKey(b"k" * 32)


def made(by: str = "ben@house.example", lasts: int = 60) -> str:
    return issue(KEYS, run="r1", digests=["d1", "d2"], by=by, expires=stamp(NOW + timedelta(minutes=lasts)))


def test_a_token_says_who_may_answer_what() -> None:
    token = read(KEYS, made(), NOW)

    assert (token.run, token.digests, token.by) == ("r1", ("d1", "d2"), "ben@house.example")


def test_two_tokens_are_never_the_same() -> None:
    assert read(KEYS, made(), NOW).nonce != read(KEYS, made(), NOW).nonce


def test_a_token_ends_at_its_time() -> None:
    with pytest.raises(Denied, match="expired"):
        read(KEYS, made(lasts=60), NOW + timedelta(minutes=60))


def test_another_house_made_no_token_of_ours() -> None:
    with pytest.raises(Denied, match="no token of this house"):
        read(OneKey(b"other" * 8), made(), NOW)


def test_a_token_outlives_a_new_key_and_not_the_loss_of_its_own(tmp_path: Path) -> None:
    keys = LedgerKeys(tmp_path)
    token = issue(keys, run="r1", digests=["d1"], by="user:ben", expires=stamp(NOW + timedelta(hours=1)))
    keys.rotate()

    assert read(keys, token, NOW).by == "user:ben"
    (tmp_path / "ledger-1.key").unlink()
    with pytest.raises(Denied):
        read(LedgerKeys(tmp_path), token, NOW)


@given(st.data())
def test_no_changed_byte_passes(data: st.DataObject) -> None:
    payload, _, mac = made().partition(".")
    raw = bytearray(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    forged = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")

    with pytest.raises(Denied):
        read(KEYS, f"{forged}.{mac}", NOW)


@given(st.text(max_size=200))
def test_no_text_that_was_not_issued_passes(text: str) -> None:
    with pytest.raises(Denied):
        read(KEYS, text, NOW)
