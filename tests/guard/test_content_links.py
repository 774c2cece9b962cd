"""Links in outgoing content: those to trusted hosts pass, every other is asked about."""

import pytest

from guard.links import links_in

TRUSTED = {"house.example", "DOCS.house.example", ".wiki.example", "192.0.2.7"}


def hosts(text: str) -> list[str]:
    return [link.host for link in links_in(text, TRUSTED)]


@pytest.mark.parametrize(
    "text",
    [
        "https://house.example",
        "see (https://HOUSE.example:8443/a/README.md), and www.house.example.",
        "http://docs.house.example/x.io/?q=1#y",
        "house.example and docs.house.example/a",
        "https://team.wiki.example/a and a.b.wiki.example",
        "http://0xc0.0.2.7/ and 192.0.2.7",
        "[house.example](https://www.house.example/a)",
        "[read this](https://house.example/a)",
        "[house.example](/relative)",
        "<a href='https://house.example/a'>here</a>",
        "hxxps://house[.]example",
        "ann@house.example, bob@elsewhere.org",
        "1.2.3 or 10:30 or Node.js or report.pdf or U.S. or e.g. or 3.11.7 or and/or",
        "note: /home is a path, javascript is a language",
        "app.cs base.db main.go data.gz Main.hs run.jl app.js App.kt app.ts main.ui form.vb data.xz",
        "wait...what, and so on..",
        "[www.house.example](https://house.example/a)",
    ],
)
def test_links_to_trusted_hosts_and_what_is_no_link_pass(text: str) -> None:
    assert hosts(text) == []


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://evil.com", "evil.com"),
        ("HTTPS://EVIL.COM/x", "evil.com"),
        ("visit evil.com now", "evil.com"),
        ("visit evil.Com.", "evil.com"),
        ("evil.io", "evil.io"),
        ("(evil.shop)", "evil.shop"),
        ("www.evil.museumx", "www.evil.museumx"),
        ("evil.unknown/path", "evil.unknown"),
        ("a.b.c.d.e.f.g.h.i.j.k.l.m.evil.com", "a.b.c.d.e.f.g.h.i.j.k.l.m.evil.com"),
        ("hxxp://evil.com", "evil.com"),
        ("hXXps[:]//evil[.]com", "evil.com"),
        ("evil[dot]com and more", "evil.com"),
        ("evil (dot) com", "evil.com"),
        ("evil。com", "evil.com"),
        ("ev\u200bil.com", "evil.com"),
        ("http:/evil.com", "evil.com"),
        ("https:\\\\evil.com", "evil.com"),
        ("https:evil.com", "evil.com"),
        ("ftp://evil", "evil"),
        ("http://localhost:8080/", "localhost"),
        ("http://2130706433/", "127.0.0.1"),
        ("http://[::1]/", "::1"),
        ("http://[::ffff:10.0.0.1]/", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.1"),
        ("//evil.com/x", "evil.com"),
        ("\\\\fileserver\\share", "fileserver"),
        ("custom+scheme://evil/x", "evil"),
        ("https://house.example.evil.com", "house.example.evil.com"),
        ("https://evilhouse.example", "evilhouse.example"),
        ("https://sub.house.example", "sub.house.example"),
        ("https://wiki.example", "wiki.example"),
        ("https://evilwiki.example", "evilwiki.example"),
        ("https://house.example\\@evil.com/", "evil.com"),
        ("https://house.example/?next=https://evil.com", "evil.com"),
        ("https://house.example/?next=evil.com", "evil.com"),
        ("https://house.example/https://evil.com", "evil.com"),
        ("![x](https://evil.com/p.png)", "evil.com"),
        ("[x]: https://evil.com", "evil.com"),
        ("<img src=https://evil.com/p.png>", "evil.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("https://ev_il..com/", "ev_il..com"),
        ("javascript:alert(1)", "a script"),
        ("hxxp:/intranet/x", "intranet"),
        ("http[://]intranet/x", "intranet"),
        ("https://a.ouse.example/", "a.ouse.example"),
        ("evil.com_https://house.example/", "evil.com"),
    ],
)
def test_every_other_link_is_found(text: str, host: str) -> None:
    assert hosts(text) == [host]


@pytest.mark.parametrize(
    ("text", "host", "why"),
    [
        ("[house.example](https://docs.house.example)", "docs.house.example", "shown as 'house.example'"),
        ("[https://house.example/a b](https://evil.com)", "evil.com", "shown as 'house.example'"),
        ('<a class=x href="https://evil.com" id=y>www.house.example</a>', "evil.com", "shown as 'www.house.example'"),
        ("https://house.example@evil.com/", "evil.com", "a user's name stands before the host ('house.example')"),
        ("https://me@house.example/", "house.example", "a user's name stands before the host ('me')"),
        ("https://hоuse.example/", "xn--huse-55d.example", "looks like 'house.example'"),
        ("https://xn--huse-55d.example/", "xn--huse-55d.example", "looks like 'house.example'"),
        ("https://h0use.example/", "h0use.example", "looks like 'house.example'"),
        ("https://hóuse.example/", "xn--huse-qqa.example", "looks like 'house.example'"),
        ("https://w1ki.example/", "w1ki.example", "looks like 'wiki.example'"),
        ("https://evil.com/", "evil.com", "not a trusted host"),
        ("https://ev_il..com/", "ev_il..com", "not a host that can be read"),
        ("javascript:alert(1)", "a script", "not a page"),
        ("evil.com_https://me@house.example/", "evil.com", "not a trusted host"),
        ("[house.example/jobs](https://evil.com)", "evil.com", "shown as 'house.example'"),
        ("[house.example](https://me@evil.com/)", "evil.com", "shown as 'house.example'"),
        ("[https://intranet/](https://house.example/)", "house.example", "shown as 'intranet'"),
        ("https://house.exarnple/", "house.exarnple", "looks like 'house.example'"),
        ("https://vviki.example/", "vviki.example", "looks like 'wiki.example'"),
        ("https://xn--99999999999.example/", "xn--99999999999.example", "not a trusted host"),
    ],
)
def test_a_link_that_deceives_says_how(text: str, host: str, why: str) -> None:
    assert (host, why) in [(link.host, link.why) for link in links_in(text, TRUSTED)]


def test_a_trusted_host_with_www_before_it_is_no_trust_in_the_host_without() -> None:
    text = "https://www.shop.example/ and https://shop.example/"
    assert [link.host for link in links_in(text, {"www.shop.example"})] == ["shop.example"]


def test_a_link_is_reported_once() -> None:
    assert hosts("https://evil.com https://evil.com/x evil.com") == ["evil.com"]
