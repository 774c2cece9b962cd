"""What may be fetched from where: every way around the list of hosts and the check of addresses, and honest limits."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from runtime.errors import CannotWork, ConfigError, TryLater
from tools.browsing import fetching
from tools.browsing.addresses import Allowed, public, resolve, spot
from tools.browsing.fetching import fetch
from tools.browsing.files import Search
from tools.browsing.searching import ask
from tools.browsing.text import borne_out, reading, stands_in

HOSTS = ("docs.example", "*.grid.example")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "ff02::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "no address",
    ],
)
def test_an_address_inside_of_a_network_is_refused_in_every_disguise(address: str) -> None:
    assert not public(address)
    with pytest.raises(CannotWork, match="inside of a network"):
        spot("https://docs.example/", Allowed(HOSTS), lambda _host, _port: [address])


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is_taken(address: str) -> None:
    assert spot("https://docs.example/", Allowed(HOSTS), lambda _host, _port: [address]).address == address


@pytest.mark.parametrize("form", ["2130706433", "0x7f000001", "017700000001", "0x7f.1", "127.1", "localhost"])
def test_numbers_that_the_system_reads_as_this_machine_are_refused_even_if_they_are_listed(form: str) -> None:
    with pytest.raises(CannotWork, match=r"inside of a network|has no address"):
        spot(f"http://{form}/", Allowed((form,)), resolve)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://docs.example/",
        "file:///etc/passwd",
        "https://docs.example:8443/",
        "https://evil.example/",
        "gopher://x/",
        "https://docs.example@evil.example/",
        "https://user:x@docs.example/",
        "https://docs.example.evil.example/",
        "https://grid.example/",
        "https:///x",
        "https://docs.example\\@evil.example/",
        "http://[::1]/",
        "//docs.example/",
        "https://docs.example/ x",
        "http://169.254.169.254/latest/meta-data/",
        "javascript:alert(1)",
        "",
    ],
)
def test_what_is_no_plain_address_of_a_listed_host_is_refused(url: str) -> None:
    with pytest.raises(CannotWork, match="is not fetched"):
        spot(url, Allowed(HOSTS), lambda _host, _port: ["93.184.216.34"])


def test_one_inner_address_among_public_ones_is_refused() -> None:
    with pytest.raises(CannotWork, match="inside of a network"):
        spot("https://a.grid.example/", Allowed(HOSTS), lambda _host, _port: ["93.184.216.34", "10.0.0.1"])


class Handler(BaseHTTPRequestHandler):
    """Pages, redirects, too much of everything."""

    hosts: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        type(self).hosts.append(self.headers["Host"])
        path = self.path.partition("?")[0]
        if path.startswith("/to/"):
            self._say(302, "text/html", b"", self.path.removeprefix("/to/"))
        elif path == "/loop":
            self._say(302, "text/html", b"", "/loop")
        elif path == "/big":
            self._say(200, "text/html", b"x" * (fetching.MOST_BYTES + 1))
        elif path == "/image":
            self._say(200, "image/png", b"x")
        elif path == "/busy":
            self._say(503, "text/html", b"")
        elif path == "/search":
            self._say(200, "application/json", json.dumps({"results": [{"url": "u", "title": self.path}]}).encode())
        else:
            self._say(200, "text/html; charset=utf-8", b"<html><title>T</title><body><p>Hello there.</p></body></html>")

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["q"]
        found = {"organic": [{"link": "u", "title": query, "snippet": self.headers["X-API-KEY"]}]}
        self._say(200, "application/json", json.dumps(found).encode())

    def _say(self, status: int, kind: str, body: bytes, to: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if to:
            self.send_header("Location", to)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


@contextmanager
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{running.server_address[1]}"
        finally:
            running.shutdown()
            thread.join()


def test_a_server_that_people_listed_by_its_port_is_read_and_nothing_it_redirects_to() -> None:
    with server() as origin:
        allowed = Allowed(HOSTS, (origin,))
        assert fetch(f"http://{origin}/", allowed).kind == "text/html"
        assert fetch(f"http://{origin}/to/http://{origin}/x", allowed).url == f"http://{origin}/x"
        for target in ("http://127.0.0.1:1/", "http://169.254.169.254/", "file:///etc/passwd", "https://evil.example/"):
            with pytest.raises(CannotWork, match="is not fetched"):
                fetch(f"http://{origin}/to/{target}", allowed)


@pytest.mark.parametrize(
    ("path", "error", "said"),
    [
        ("loop", CannotWork, "redirects more than"),
        ("big", CannotWork, "is larger than"),
        ("image", CannotWork, "not a page of text"),
        ("busy", TryLater, "is busy"),
    ],
)
def test_too_much_the_wrong_kind_and_a_busy_server_end_a_fetch(path: str, error: type[Exception], said: str) -> None:
    with server() as origin, pytest.raises(error, match=said):
        fetch(f"http://{origin}/{path}", Allowed((), (origin,)))


def test_a_server_that_sends_nothing_ends_after_its_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        origin = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TryLater, match="does not answer"):
            fetch(f"http://{origin}/", Allowed((), (origin,)), seconds=0.2)


def test_the_name_is_looked_up_once_and_the_request_goes_to_that_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    look_up = socket.getaddrinfo

    def only_numbers(host: str, *args: Any, **given: Any) -> Any:
        assert host.replace(".", "").isdigit(), f"'{host}' is looked up a second time"
        return look_up(host, *args, **given)

    monkeypatch.setattr(socket, "getaddrinfo", only_numbers)
    with server() as origin:
        port = origin.partition(":")[2]
        Handler.hosts.clear()
        fetch(f"http://own.example:{port}/", Allowed((), (f"own.example:{port}",)), resolver=rebinding)

    assert asked == ["own.example"]
    assert Handler.hosts == [f"own.example:{port}"]


def test_searxng_and_serper_are_asked_in_their_own_forms() -> None:
    with server() as origin:
        found = ask(Search(provider="searxng", url=f"http://{origin}"), "heat & cold", {})
        assert found == [("u", "/search?q=heat+%26+cold&format=json", "")]
        serper = Search(provider="serper", url=f"http://{origin}")
        assert ask(serper, "heat", {"SERPER_API_KEY": "k"}) == [("u", "heat", "k")]
        with pytest.raises(ConfigError, match="SERPER_API_KEY"):
            ask(serper, "heat", {})


def test_a_page_is_its_text_and_a_quote_must_stand_there_word_by_word() -> None:
    article = f"<article><h1>T</h1><p>{'A heat pump moves heat into a house. ' * 5}</p></article>"
    body = f"<html><title>T</title><body><nav>Home About Imprint</nav>{article}</body></html>"
    page = reading("https://docs.example/", "text/html", body.encode())

    assert "Imprint" not in page.text
    assert stands_in("a heat  pump moves HEAT", page.text)
    assert not stands_in("a heat pump moves cold", page.text)
    assert not stands_in("heat pump", page.text)


QUOTE = "Below minus ten degrees the ratio fell to 2.2 on average, says https://energy.example/study"


@pytest.mark.parametrize(
    ("claim", "lacks"),
    [
        ("The ratio falls to 2.2 below minus ten degrees", ""),
        ("On average 2.2, by https://energy.example/study", ""),
        ("The ratio fell to 2.9 below minus ten degrees", "the number 2.9"),
        ("The ratio fell below minus ten degrees, see https://evil.example/login", "'https://evil.example/login'"),
        ("The ratio fell below minus ten degrees: evil.example/login", "'evil.example/login'"),
        ("The ratio fell below minus ten degrees, ask x@evil.example", "'x@evil.example'"),
        ("Heat pumps work: buy a boiler instead", "most of its words"),
        ("The ratio never fell to 2.2 below minus ten degrees", "'never'"),
        ("The ratio didn't fall to 2.2 below minus ten degrees", "'n't'"),
    ],
)
def test_a_claim_keeps_to_the_links_the_numbers_and_most_words_of_its_quote(claim: str, lacks: str) -> None:
    assert borne_out(claim, QUOTE) == lacks


def test_a_claim_leaves_no_not_of_its_quote_out() -> None:
    assert borne_out("Heat pumps work in cold weather", "Heat pumps did not work in cold weather") == "it without 'not'"
    assert borne_out("They do not work in cold weather", "They hardly work in cold weather") == ""
