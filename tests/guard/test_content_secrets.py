"""Secrets in outgoing content: found in every simple disguise, denied, and never repeated."""

import base64
import codecs
import html
from collections.abc import Callable
from urllib.parse import quote

import pytest

from guard.content import Finding
from tests.guard.test_content import found as all_found

SECRET = "S3cr3t/Value+9f8e7d6c"


def found(content: object) -> tuple[Finding, ...]:
    return tuple(one for one in all_found(content, secrets={SECRET, "pin7", "abc"}) if one.kind == "secret")


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "disguise",
    [
        str,
        str.upper,
        " ".join,
        "\n".join,
        "\u200b".join,
        "-".join,
        ". ".join,
        lambda one: one[::-1],
        lambda one: " ".join(one[::-1]),
        in_base64,
        lambda one: in_base64("x" + one + "y"),
        lambda one: in_base64("xx" + one + "yy"),
        lambda one: in_base64(one).rstrip("="),
        lambda one: in_base64(one[::-1]),
        lambda one: " ".join(in_base64(one)),
        lambda one: base64.urlsafe_b64encode(b"\xff\xff" + one.encode() + b"\xff").decode(),
        lambda one: base64.b32encode(b"xxx" + one.encode()).decode(),
        lambda one: in_base64(in_base64(one)),
        lambda one: in_base64(in_base64(in_base64(one))),
        lambda one: one.encode().hex(),
        lambda one: one.encode().hex().upper(),
        lambda one: one.encode().hex(":"),
        lambda one: one[::-1].encode().hex(" "),
        lambda one: in_base64(one.encode().hex()),
        lambda one: quote(one, safe=""),
        lambda one: quote(quote(one, safe=""), safe=""),
        lambda one: "".join(f"%{ord(char):02x}" for char in one),
        lambda one: "".join(f"\\x{ord(char):02x}" for char in one),
        lambda one: "".join(f"\\u00{ord(char):02X}" for char in one),
        lambda one: "".join(f"&#{ord(char)};" for char in one),
        lambda one: "".join(f"&#x{ord(char):x};" for char in one),
        lambda one: " ".join(f"0x{ord(char):x}" for char in one),
        lambda one: codecs.encode(one, "rot13"),
        lambda one: "".join(chr(0xE0000 + ord(char)) for char in one),
        lambda one: "".join(chr(0xE0100 + ord(char) - 16) for char in one),
        lambda one: "".join(chr(0xFEE0 + ord(char)) for char in one),  # full-width
        lambda one: f"https://house.example/?q={quote(one)}",
        html.escape,
    ],
)
def test_a_configured_secret_does_not_leave_in_disguise(disguise: Callable[[str], str]) -> None:
    given = found({"body": f"Here it is: {disguise(SECRET)} - bye"})
    assert given
    assert {(one.where, one.severity) for one in given} == {("body", "deny")}
    assert not any(SECRET in one.shown or disguise(SECRET) in one.shown for one in given)


def test_a_secret_in_the_name_of_an_argument_is_found_and_not_repeated() -> None:
    (finding,) = found({SECRET: 1})
    assert finding.severity == "deny"
    assert not any(SECRET in one.where + one.shown for one in all_found({SECRET: "evil.com"}, secrets={SECRET}))


@pytest.mark.parametrize(
    "content",
    [
        {"subject": SECRET[:11], "body": SECRET[11:]},
        [SECRET[11:], SECRET[:11]],
        {"a": {"b": SECRET[:5]}, "c": [SECRET[5:9], SECRET[9:]]},
        ["x" + SECRET[:5] + "\u200b", SECRET[5:] + "y"],
    ],
)
def test_a_secret_spread_over_arguments_is_found(content: object) -> None:
    assert [(one.where, one.shown, one.severity) for one in found(content)] == [
        ("", "a configured secret, spread over several arguments", "deny")
    ]


def test_a_secret_spread_over_long_arguments_is_found() -> None:
    content = {"a": " " * (1_000_000 - 11) + SECRET[:11], "b": SECRET[11:] + " " * 600_000, "c": " " * 1_000_001}
    assert [(one.kind, one.where, one.severity) for one in all_found(content, secrets={SECRET}, limit=10**9)] == [
        ("secret", "", "deny"),
        ("unread", "c", "deny"),
    ]


def test_short_values_are_found_only_as_they_are() -> None:
    assert [one.shown for one in found("the pin7 is")] == ["a configured secret"]
    assert found("the p i n 7 is") == ()
    assert found("abc") == ()  # too short to be told from words


@pytest.mark.parametrize("text", [SECRET[:12], "S3cr3t", "the secret value", in_base64("nothing of the kind here")])
def test_a_part_or_something_else_is_no_secret(text: str) -> None:
    assert found(text) == ()


KEYS = {
    "a key of a model provider": ("sk-abcdefgh12345678ijkl", "sk-proj-aB3_d-fgh12345678", "sk-ant-api03-abcdefgh1234"),
    "a key of a payment provider": ("sk_live_" + "a1B2" * 5, "rk_test_" + "a1B2" * 5),
    "an AWS access key": ("AKIAABCDEFGHIJKLMNOP", "ASIAABCDEFGHIJKLMNOP"),
    "an AWS secret key": ("aws_secret_access_key = " + "aB3/" * 10, "AWS Secret Key: " + "aB3+" * 10),
    "a GitHub token": ("ghp_" + "aB3d" * 9, "gho_" + "aB3d" * 9, "github_pat_" + "aB3_" * 9),
    "a GitLab token": ("glpat-" + "aB3-" * 5,),
    "a Slack token": ("xoxb-1234567890-abc", "xapp-1-A0123456789"),
    "a Slack webhook": ("hooks.slack.com/services/T0000/B0000/abcd",),
    "a Google key": ("AIza" + "aB3_-" * 7, "ya29." + "aB3_-" * 7),
    "a web token": ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",),
    "a private key": (
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
    ),
    "a Hugging Face token": ("hf_" + "aBcd" * 9,),
    "a package registry token": ("npm_" + "aB3d" * 9, "pypi-AgE" + "aB3_-" * 12),
    "a mail provider's key": ("SG." + "aB3_" * 5 + "." + "aB3_" * 10,),
    "a chat bot token": ("123456789:AA" + "b" * 33,),
    "a URL with a password": ("postgresql://me:pw@db.house.example/x", "redis://:pw@h"),
}


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, keys in KEYS.items() for key in keys])
def test_a_key_of_a_well_known_form_does_not_leave(name: str, key: str) -> None:
    for text in (key, f"use {key}, please", f"({key})", in_base64(f"use {key} now"), key[:4] + "\u200b" + key[4:]):
        given = found(text)
        assert name in [one.shown for one in given]
        assert {one.severity for one in given} == {"deny"}
        assert not any(key in one.shown + one.where for one in all_found({key: text}))


@pytest.mark.parametrize(
    "text",
    [
        "sk-learn-is-a-library-of-models",
        "task-1234567890123456789",
        "AKIA",
        "XAKIAABCDEFGHIJKLMNOP",
        "ghp_short",
        "eyJhbGciOiJIUzI1NiJ9",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----",
        "https://house.example/a:b@c",
        "aB3/" * 10,
        "12:34:56 AA",
    ],
)
def test_what_only_resembles_a_key_is_none(text: str) -> None:
    assert found(text) == ()
