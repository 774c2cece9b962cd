"""A CalDAV server as a store of calendar objects with versions: the few requests that the agenda needs.

Writes are conditional, so that nothing is overwritten that was not read. Works with any server that follows RFC 4791.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit

from runtime.authorities import REMEDY, authorities, distrusted
from runtime.errors import ConfigError, Unanswered

if TYPE_CHECKING:
    from caldav.davclient import DAVClient
    from caldav.response import DAVResponse

PATIENCE = 30
"""Seconds that a calendar server may take for an answer."""

_QUERY = """<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
  <D:prop><D:getetag/><C:calendar-data/></D:prop>
  <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
    <C:time-range start="{start:%Y%m%dT%H%M%SZ}" end="{end:%Y%m%dT%H%M%SZ}"/>
  </C:comp-filter></C:comp-filter></C:filter>
</C:calendar-query>"""


@dataclass(frozen=True)
class Stored:
    """An object of a calendar: where it is, in which version, and its iCalendar text."""

    href: str
    etag: str
    text: str


class CaldavStore:
    """One login at one server. Safe over threads: each has a connection of its own."""

    def __init__(self, url: str, username: str, password: str) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ConfigError(f"CalDAV URL '{url}' is no web address", remedy="write it as https://HOST/PATH/")
        if urlsplit(url).username:
            raise ConfigError("the CalDAV URL holds a login", remedy="give user name and password by themselves")
        self.url = url if url.endswith("/") else f"{url}/"
        self._username = username
        self._password = password
        self._mine = threading.local()
        self._open: list[DAVClient] = []

    def close(self) -> None:
        """Close all connections."""
        while self._open:
            self._open.pop().close()

    def calendars(self) -> dict[str, str]:
        """The calendars in the login's own home, by display name and by the last part of their path."""
        with self._asking(self.url) as client:
            found = client.get_calendars()
        named: dict[str, str] = {}
        for one in found:
            href = urljoin(self.url, str(one.url))
            named[unquote(href.rstrip("/").rsplit("/", 1)[-1]).lower()] = href
            named.setdefault(str(one.get_display_name() or "").lower(), href)
        return named

    def make(self, name: str) -> str:
        """A new calendar of that name in the login's own home; returns where it is."""
        with self._asking(self.url) as client:
            home = str(client.get_principal().calendar_home_set.url)
        href = urljoin(urljoin(self.url, home), quote(name, safe="@") + "/")
        if self._request(href, "MKCALENDAR").status not in (201, 405):  # 405: another process made it first
            raise ConfigError(f"no calendar can be made at {href}", remedy="name existing calendars in the settings")
        return href

    def get(self, href: str) -> Stored | None:
        """The object at `href`, if there is one."""
        response = self._request(href, "GET")
        if response.status in (404, 410):
            return None
        self._expect(response, href, "read", 200)
        if "ETag" not in response.headers:
            raise ConfigError(f"the CalDAV server tells no version of {href}", remedy="use a server that sends ETags")
        return Stored(href, response.headers["ETag"], str(response.raw))

    def put(self, href: str, text: str, *, over: Stored | None = None) -> Stored | None:
        """Write a new object, or over that very version of one. None, and nothing written, if it has changed meanwhile.

        None also when the calendar holds the same UID elsewhere.
        """
        from caldav.lib.error import AuthorizationError

        condition = {"If-Match": over.etag} if over else {"If-None-Match": "*"}
        headers = {"Content-Type": "text/calendar; charset=utf-8"} | condition
        with self._asking(href) as client:
            try:
                response = client.request(href, "PUT", text, headers)
            except AuthorizationError as error:
                if not any("no-uid-conflict" in one for one in error.preconditions):
                    raise
                return None
        if response.status in (404, 409):
            self._refuse_missing(href.rsplit("/", 1)[0] + "/")
        if response.status in (404, 409, 412):
            return None
        self._expect(response, href, "written", 200, 201, 204)
        etag = response.headers.get("ETag", "")
        return Stored(href, etag, text) if etag else self.get(href)

    def delete(self, stored: Stored) -> bool:
        """Remove that very version of an object. False if it has changed or is gone."""
        response = self._request(stored.href, "DELETE", headers={"If-Match": stored.etag})
        if response.status in (404, 410, 412):
            return False
        self._expect(response, stored.href, "removed", 200, 204)
        return True

    def between(self, calendar: str, start: datetime, end: datetime) -> list[Stored]:
        """The events and whole series of a calendar that the server places, at least in part, between the times."""
        query = _QUERY.format(start=start.astimezone(UTC), end=end.astimezone(UTC))
        response = self._request(calendar, "REPORT", query, {"Depth": "1"})
        self._expect(response, calendar, "searched", 207)
        found = response.parse_calendar_query()
        return [
            Stored(_placed(calendar, one.href), one.etag or "", one.calendar_data) for one in found if one.calendar_data
        ]

    def hrefs(self, calendar: str) -> list[str]:
        """Where the objects of a calendar are."""
        with self._asking(calendar) as client:
            response = client.propfind(calendar, props=["getetag"], depth=1)
        self._expect(response, calendar, "listed", 207)
        return [_placed(calendar, one.href) for one in response.results or ()]

    def _request(self, url: str, method: str, body: str = "", headers: dict[str, str] | None = None) -> "DAVResponse":
        with self._asking(url) as client:
            return client.request(url, method, body, headers or {})

    @contextmanager
    def _asking(self, url: str) -> Iterator["DAVClient"]:
        from caldav.lib.error import AuthorizationError, DAVError
        from caldav.lib.http_sync import requests

        try:
            yield self._client()
        except AuthorizationError as error:
            problem = f"the CalDAV server refuses the login '{self._username}' at {url}"
            login = "correct CALDAV_USERNAME and CALDAV_PASSWORD in .env"
            remedy = login if error.status == 401 else "give it rights on that calendar"
            raise ConfigError(problem, remedy=remedy) from error
        except DAVError as error:
            if error.status == 429 or (error.status or 0) >= 500:
                problem = f"the CalDAV server is too busy for {url}: it answers {error.status}"
                raise Unanswered(problem, remedy="see its log, or ask less of it") from error
            raise ConfigError(f"the CalDAV server fails at {url}: {error.reason}", remedy="see its log") from error
        except requests.exceptions.SSLError as error:
            problem = f"the certificate of the CalDAV server at {url} cannot be trusted{distrusted(error)}"
            raise ConfigError(problem, remedy=f"correct CALDAV_URL in .env; {REMEDY}") from error
        except (requests.exceptions.RequestException, OSError) as error:
            problem = f"no CalDAV server answers at {self.url}"
            raise Unanswered(problem, remedy="start it, or correct CALDAV_URL in .env") from error

    def _client(self) -> "DAVClient":
        from caldav.davclient import DAVClient

        if not hasattr(self._mine, "client"):
            self._mine.client = DAVClient(
                url=self.url,
                username=self._username,
                password=self._password,
                timeout=PATIENCE,
                ssl_verify_cert=authorities(),
                enable_rfc6764=False,
            )
            self._open.append(self._mine.client)
        client: DAVClient = self._mine.client
        return client

    def _expect(self, response: "DAVResponse", href: str, done: str, *statuses: int) -> None:
        if response.status >= 500:
            problem = f"{href} cannot be {done}: the CalDAV server answers {response.status}"
            raise Unanswered(problem, remedy="see its log, or correct CALDAV_URL in .env")
        if response.status not in statuses:
            problem = f"{href} cannot be {done}: the CalDAV server answers {response.status}"
            raise ConfigError(problem, remedy="check the calendar's path and the login's rights")

    def _refuse_missing(self, calendar: str) -> None:
        if self._request(calendar, "PROPFIND", headers={"Depth": "0"}).status == 404:
            raise ConfigError(f"there is no calendar at {calendar}", remedy="correct its path in the settings")


def _placed(calendar: str, href: str) -> str:
    """Where an object is that the server names by `href`: always at the calendar's own host."""
    return urljoin(calendar, quote(unquote(urlsplit(href).path)))
