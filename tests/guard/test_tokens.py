"""A token is leave for one person, for certain questions, until a time; nothing of it can be changed."""

import base64
import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
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


def test_a_token_is_read_with_space_around_it_and_says_its_key_and_its_end() -> None:
    token = read(KEYS, f" {made()}\n", NOW)

    assert (token.key, token.expires) == (KEYS.current(), stamp(NOW + timedelta(minutes=60)))
    assert (len(token.nonce), "=" in made()) == (24, False)


def test_whoever_is_refused_is_told_what_to_do_in_place_of_it() -> None:
    for text, at in (("no token", NOW), (made(), NOW + timedelta(days=1))):
        with pytest.raises(Denied) as caught:
            read(KEYS, text, at)
        assert caught.value.remedy == "see 'deputy approvals', and answer by the id of the approval"


def test_the_key_of_a_token_is_not_the_ledgers_own() -> None:
    payload, _, mac = made().partition(".")
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    own = KEYS.key(KEYS.current()) or b""
    derived = hmac.new(own, b"deputy/approval-token/1", sha256).digest()

    made_by_own, made_by_derived = (
        base64.urlsafe_b64encode(hmac.new(key, raw, sha256).digest()).decode().rstrip("=") for key in (own, derived)
    )
    assert mac == made_by_derived != made_by_own


@pytest.mark.parametrize("more", ["!", "!!!!", " ", ".", "é"])
def test_a_token_with_letters_more_is_none(more: str) -> None:
    token = made()

    for at in (5, token.index("."), len(token) - 5):
        with pytest.raises(Denied, match="no token of this house"):
            read(KEYS, f"{token[:at]}{more}{token[at:]}", NOW)


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
