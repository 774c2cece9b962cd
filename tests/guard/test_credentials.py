"""Secrets by themselves: which forms are looked for, how deep, and how a text that holds one is shown."""

import base64
import codecs

import pytest

from guard.credentials import masked, secrets_in, secrets_of, spread

SECRET = "S3cr3t/Value+9f8e7d6c"
KNOWN = secrets_of((SECRET, "p&77"))
DISGUISED = ["a configured secret in disguise"]


def kinds(text: str, *values: str) -> list[str]:
    return list(secrets_in(text, secrets_of(values or (SECRET,))))


def in_base64(text: str, times: int = 1) -> str:
    for _ in range(times):
        text = base64.b64encode(text.encode()).decode()
    return text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("nothing", "nothing"),
        (f"it is {SECRET}.", "it is [secret]."),
        ("it is p%2677.", "it is [secret]."),
        ("it is p&amp;77.", "it is [secret]."),
        ("my AKIAIOSFODNN7EXAMPLE ok", "my [secret] ok"),
        (f"{SECRET} and AKIAIOSFODNN7EXAMPLE", "[secret] and [secret]"),
        (f"it is {SECRET[::-1]}", "[held back]"),
    ],
)
def test_a_text_is_shown_without_its_secrets_or_not_at_all(text: str, shown: str) -> None:
    assert masked(text, KNOWN) == shown


def test_what_is_found_is_told_by_its_kind_once() -> None:
    assert kinds(f"{SECRET} {SECRET}") == ["a configured secret"]
    assert kinds(f"{SECRET[:5]}\u200b{SECRET[5:]}") == ["a configured secret"]
    assert kinds(SECRET.upper()) == DISGUISED
    assert kinds("a\u200bb\u200bc", "a\u200bb\u200bc") == ["a configured secret"], "hidden characters may be part of it"


def test_eight_characters_are_enough_for_a_disguise_and_seven_are_not() -> None:
    assert kinds("a-b-c-d-1-2-3-4", "abcd1234") == DISGUISED
    assert kinds("a-b-c-d-1-2-3", "abcd123") == []
    assert kinds(in_base64("xabcd1234y"), "abcd1234")
    assert kinds("a-b-c-d-1-2-3", "abcd-123") == [], "signs do not count"


def test_encodings_are_read_four_deep_and_no_deeper() -> None:
    assert kinds(in_base64(SECRET, 4)) == DISGUISED
    assert kinds(in_base64(SECRET, 5)) == []


@pytest.mark.parametrize(
    "text",
    [
        SECRET.encode().hex(" "),
        f"AKIA {SECRET.encode().hex()}",
        SECRET[::-1].encode().hex(),
        in_base64(f"line\r\n\tand {SECRET} then"),
        f"{in_base64('some words here')} {in_base64('and ' + SECRET)}",
        f"{b'other words'.hex()} {in_base64(SECRET).encode().hex()}",
        f"{in_base64(SECRET).encode().hex()}f",
        base64.urlsafe_b64encode(f"ÿÿÿ>>>???{in_base64(SECRET)}".encode()).decode(),
        in_base64(in_base64(SECRET)).rstrip("=") + "AAA",
        in_base64(in_base64(SECRET)).rstrip("=") + "AAA=",
        base64.b32encode(f"xx{SECRET}".encode()).decode(),
        base64.b32encode(f"xxxx{SECRET[::-1]}".encode()).decode(),
    ],
)
def test_a_secret_is_found_in_what_an_encoding_says(text: str) -> None:
    assert "a configured secret" in " ".join(kinds(text))


@pytest.mark.parametrize("before", ["", "x", "xx", "xxx", "xxxx"])
def test_a_secret_is_found_at_every_place_in_a_longer_text_that_is_encoded_with_noise(before: str) -> None:
    noise = b"\xff\xfe\x80" * 40
    for encode in (base64.b64encode, base64.urlsafe_b64encode, base64.b32encode):
        for value in (SECRET, SECRET[::-1]):
            assert kinds(encode(before.encode() + value.encode() + noise).decode()) == DISGUISED


def test_in_what_cannot_be_read_a_secret_is_found_and_a_part_of_it_is_not() -> None:
    noise = b"\xff\xfe\x80" * 40
    for encode in (base64.b64encode, base64.urlsafe_b64encode, base64.b32encode, bytes.hex):
        for value, part in (("abcd1234", "abcd12"), (SECRET, SECRET[:-1]), (SECRET[::-1], SECRET[::-1][:-1])):
            found, nothing = (encode(noise + one.encode() + noise) for one in (value, part))
            known = ("abcd1234", SECRET)
            assert kinds(found if isinstance(found, str) else found.decode(), *known) == DISGUISED
            assert kinds(nothing if isinstance(nothing, str) else nothing.decode(), *known) == []


def test_what_an_encoding_says_is_read_if_seven_tenths_of_it_are_text() -> None:
    turned = codecs.encode(SECRET, "rot13").encode()
    assert len(turned) == 21
    assert kinds(base64.b64encode(turned + b"\xff" * 9).decode()) == DISGUISED
    assert kinds(base64.b64encode(turned + b"\xff" * 10).decode()) == []
    assert kinds(in_base64("\r\n\t".join(SECRET))) == DISGUISED, "line ends are text"


def test_pieces_of_code_are_read_apart() -> None:
    key = "AKIAIOSFODNN7EXAMPLE"
    assert kinds(f"{in_base64('some words here')} {in_base64(key)}") == ["an AWS access key"]
    assert kinds(f"{b'other words here'.hex()} | {key.encode().hex()}") == ["an AWS access key"]


def test_a_value_that_is_no_text_is_looked_for_as_well_as_can_be() -> None:
    broken = "pass\ud800word9"
    assert kinds(f"it is {broken}", broken) == ["a configured secret"]
    assert kinds("nothing of the kind", broken) == []
    assert kinds("%ff%fe nothing", broken) == []
    assert kinds("%25ff%25fe nothing", broken) == []


def test_a_secret_is_spread_only_if_no_part_holds_all_of_it() -> None:
    known = secrets_of((SECRET,))
    assert spread([SECRET[:9], SECRET[9:]], known)
    assert spread([SECRET[9:], SECRET[:9]], known)
    assert not spread([SECRET, "more"], known)
    assert not spread([SECRET[:9], "more", SECRET[9:]], known)
