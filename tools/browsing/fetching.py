"""Fetching a page from a pinned address: no proxy, no cookies, few redirects, each checked as the first; bounded in
size, time and kind."""

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from socket import create_connection
from urllib.parse import urljoin

from runtime.errors import CannotWork, TryLater
from tools.browsing.addresses import Allowed, Resolver, Spot, resolve, spot

MOST_BYTES = 2_000_000
MOST_HOPS = 4
SECONDS = 15.0
KINDS = ("text/html", "text/plain", "application/xhtml+xml", "application/json")

_AGENT = "deputy/1 (reads for one person)"


@dataclass(frozen=True)
class Page:
    """What came back: the URL that answered at last, its kind, its bytes."""

    url: str
    kind: str
    body: bytes


def fetch(
    url: str, allowed: Allowed, *, resolver: Resolver = resolve, headers: Mapping[str, str] | None = None,
    body: bytes | None = None, seconds: float = SECONDS
) -> Page:  # fmt: skip
    """The page at `url`. Raises CannotWork if it must not or cannot be fetched, TryLater if the server is busy or slow.
    With a `body` it is posted, and no redirect is followed."""
    end = time.monotonic() + seconds
    for _ in range(MOST_HOPS):
        at = spot(url, allowed, resolver)
        with _answer(at, end, headers or {}, body) as answer:
            if answer.status in (301, 302, 303, 307, 308) and body is None:
                url = urljoin(at.url, answer.getheader("Location", ""))
                continue
            return _page(at, answer, end)
    raise CannotWork(f"'{url[:200]}' redirects more than {MOST_HOPS} times", remedy="leave it")


@contextmanager
def _answer(at: Spot, end: float, headers: Mapping[str, str], body: bytes | None) -> Iterator[HTTPResponse]:
    connection = _Pinned(at, end) if at.scheme == "http" else _PinnedTls(at, end)
    with closing(connection):
        try:
            sent = {"User-Agent": _AGENT, "Accept": ", ".join(KINDS), "Accept-Encoding": "identity", **headers}
            connection.request("POST" if body is not None else "GET", at.path, body=body, headers=sent)
            answer = connection.getresponse()
        except ssl.SSLError as error:
            raise CannotWork(f"'{at.host}' has no valid certificate", remedy="leave it") from error
        except (OSError, HTTPException, ValueError) as error:
            raise TryLater(f"'{at.host}' does not answer: {error}", remedy="try again later") from error
        yield answer


def _page(at: Spot, answer: HTTPResponse, end: float) -> Page:
    kind = answer.getheader("Content-Type", "").partition(";")[0].strip().lower()
    if answer.status in (429, 502, 503, 504):
        raise TryLater(f"'{at.host}' is busy ({answer.status})", remedy="try again later")
    if answer.status != 200:
        raise CannotWork(f"'{at.url}' answers {answer.status}", remedy="take another page")
    if kind not in KINDS:
        raise CannotWork(f"'{at.url}' is {kind or 'of no kind'}, not a page of text", remedy="take another page")
    body = bytearray()
    try:
        while part := answer.read1(65536):
            body += part
            if len(body) > MOST_BYTES:
                raise CannotWork(f"'{at.url}' is larger than {MOST_BYTES:,} bytes", remedy="take another page")
            if time.monotonic() > end:
                raise TryLater(f"'{at.host}' is too slow", remedy="try again later")
    except (OSError, HTTPException) as error:
        raise TryLater(f"'{at.host}' stopped in the middle", remedy="try again later") from error
    return Page(at.url, kind, bytes(body))


class _Pinned(HTTPConnection):
    """A connection to the address that was checked, whatever the name says by now."""

    def __init__(self, at: Spot, end: float) -> None:
        super().__init__(at.host, at.port, timeout=max(0.1, end - time.monotonic()))
        self._address = at.address

    def connect(self) -> None:
        """Connect to the pinned address."""
        self.sock = create_connection((self._address, self.port), self.timeout)


class _PinnedTls(HTTPSConnection):
    """The same with TLS: the certificate must be the host's, not the address's."""

    def __init__(self, at: Spot, end: float) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(at.host, at.port, timeout=max(0.1, end - time.monotonic()), context=self._tls)
        self._address = at.address

    def connect(self) -> None:
        """Connect to the pinned address, and hold it to the host's certificate."""
        plain = create_connection((self._address, self.port), self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
