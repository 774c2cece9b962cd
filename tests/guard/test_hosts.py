"""A host has one spelling, whichever of those that programs take it is written in."""

import pytest

from guard.hosts import above, host, host_in, url

LONG = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 58, "fr"])


@pytest.mark.parametrize(
    ("written", "one"),
    [
        ("0", "0.0.0.0"),
        ("0x", "0.0.0.0"),
        ("010", "0.0.0.8"),
        ("08", None),
        ("0x7f.1", "127.0.0.1"),
        ("1.2.3", "1.2.0.3"),
        ("255.2.3.255", "255.2.3.255"),
        ("256.2.3.4", None),
        ("1.2.3.256", None),
        ("1.2.65535", "1.2.255.255"),
        ("1.2.65536", None),
        ("1.16777215", "1.255.255.255"),
        ("1.16777216", None),
        ("4294967295", "255.255.255.255"),
        ("4294967296", None),
        ("1.2.3.4.5", None),
        ("evil.1", None),
        ("[::1]", "::1"),
        ("::1", None),
        ("[::1", None),
        ("[fe80::1%1]", None),
        ("bücher-laden.example", "xn--bcher-laden-thb.example"),
        ("व्हाट.example", "xn--c2b7bmu7e.example"),
        ("٣٤.example", "xn--cibc.example"),
        ("büch☃er.example", None),
        (LONG, LONG),
        (f"{LONG}x", None),
        ("1.2.3.4.0", None),
        ("+1.2.3.4", None),
        ("1_0.2.3.4", None),
        ("\u212aa.example", None),
    ],
)
def test_a_host_in_each_of_its_spellings(written: str, one: str | None) -> None:
    assert host(written) == one


@pytest.mark.parametrize(
    ("scheme", "port"), [("http", 80), ("https", 443), ("ws", 80), ("wss", 443), ("ftp", 21), ("ssh", 22)]
)
def test_the_port_of_a_scheme_goes_without_saying_and_every_other_is_said(scheme: str, port: int) -> None:
    assert (
        url(f"{scheme}://house.example:{port}/a") == url(f"{scheme}://house.example/a") == f"{scheme}://house.example/a"
    )
    assert url(f"{scheme}://house.example:{port + 1}/a") == f"{scheme}://house.example:{port + 1}/a"


@pytest.mark.parametrize(
    "text",
    [
        "c://house.example/",
        f"{'x' * 22}://house.example/",
        "https://house.example/a\u200bb",
        "https://a@house.example/",
        "https://house.example/@a,b",
        "https://house.example/@a;b",
        "house.example/a",
    ],
)
def test_what_mail_programs_and_browsers_read_in_two_ways_is_no_url(text: str) -> None:
    assert url(text) is None


@pytest.mark.parametrize("text", ["https://house.example/@a", "https://house.example/a,b", "https://house.example/a;b"])
def test_what_they_read_in_one_way_is(text: str) -> None:
    assert url(text) == text


def test_the_host_in_a_url_is_without_its_port() -> None:
    assert [host_in(one) for one in ("http://[::1]:81/a", "http://[::1]/", "ssh://house.example:81/a")] == [
        "::1",
        "::1",
        "house.example",
    ]


@pytest.mark.parametrize(
    ("address", "places"),
    [
        ("https://h/a/b.html?q=1?2#x", ["https://h/a/b.html", "https://h/a/", "https://h/a", "https://h/"]),
        ("https://h/a", ["https://h/a", "https://h/"]),
        ("https://h/", ["https://h/"]),
    ],
)
def test_above_a_url_are_its_page_and_its_folders_and_nothing_above_its_host(address: str, places: list[str]) -> None:
    assert above(address) == places
