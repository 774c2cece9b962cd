"""A server is talked to only if its certificate is trusted: what is wrong with one is said, and nothing reaches it."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import get_args
from urllib.parse import urlsplit

import pytest

from runtime.authorities import VARIABLE
from runtime.clock import SystemClock
from runtime.database import open_database
from runtime.errors import CannotWork, ConfigError, DeputyError, TryAgain
from testkit.certificates import Authority, Kind, tls_front
from testkit.radicale import Radicale, radicale
from testkit.smtp import SmtpServer
from tests.tools.github_server import Answer, github_server
from tests.tools.test_agenda_backends import ZONES
from tests.tools.test_mail_backends import mail
from tools.backends.alerts_sql import AlertOutbox
from tools.backends.caldav_store import CaldavStore
from tools.backends.github_http import GitHubHttp
from tools.backends.mail_smtp import SmtpMailbox

WRONG = {
    "unknown": "unable to get local issuer certificate",
    "self-signed": "self-signed certificate",
    "expired": "certificate has expired",
    "wrong host": "IP address mismatch, certificate is not valid for '127.0.0.1'",
}
assert set(get_args(Kind)) == {"good", *WRONG}

each_wrong = pytest.mark.parametrize("kind", WRONG)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority is trusted, as a person sets it; what the code shares with libraries is taken back."""
    monkeypatch.setenv(VARIABLE, str(authority.file))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")


@pytest.fixture(scope="module")
def calendars(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(tmp_path_factory.mktemp("radicale"), ZONES) as running:
        running.make_calendars(ZONES)
        yield running


def said(error: DeputyError, kind: str, who: str) -> None:
    """What every such error says: whose certificate, what is wrong with it, and the way out."""
    assert f"the certificate of {who}" in error.problem
    assert f"cannot be trusted: {WRONG[kind]}" in error.problem
    assert f"{VARIABLE} in .env" in error.remedy


@each_wrong
def test_a_calendar_server_that_cannot_be_trusted_is_not_asked(
    authority: Authority, calendars: Radicale, kind: Kind
) -> None:
    with tls_front(authority.context(kind), calendars.port) as front:
        url = f"https://127.0.0.1:{front.port}/"
        with closing(CaldavStore(url, calendars.service, calendars.password)) as store:
            for _try in range(2):
                with pytest.raises(ConfigError) as caught:
                    store.calendars()
                said(caught.value, kind, f"the CalDAV server at {url}")
        assert front.through == 0


def test_a_calendar_server_of_an_authority_of_ones_own_is_trusted(authority: Authority, calendars: Radicale) -> None:
    with tls_front(authority.context("good"), calendars.port) as front:
        url = f"https://127.0.0.1:{front.port}/"
        with closing(CaldavStore(url, calendars.service, calendars.password)) as store:
            assert store.calendars() is not None
        assert front.through > 0


@each_wrong
@pytest.mark.parametrize("way", ["tls", "starttls"])
def test_a_mail_server_that_cannot_be_trusted_is_told_no_password_and_no_mail(
    authority: Authority, tmp_path: Path, kind: Kind, way: str
) -> None:
    context = authority.context(kind)
    with SmtpServer(("deputy", "secret"), context if way == "starttls" else None) as server:
        port = urlsplit(server.url).port or 0
        with tls_front(context, port) as front:
            tls = way == "tls"
            mailbox = SmtpMailbox(f"smtps://deputy:secret@127.0.0.1:{front.port}" if tls else server.url, tmp_path)
            for _try in range(2):
                with pytest.raises(CannotWork) as caught:
                    mailbox.send(mail(1))
                said(caught.value, kind, "the mail server 127.0.0.1")
                assert "secret" not in str(caught.value)
        assert (server.received, server.envelopes, front.through) == ([], [], 0)


@pytest.mark.parametrize("way", ["tls", "starttls"])
def test_a_mail_that_no_server_could_be_trusted_with_leaves_once_one_can(
    authority: Authority, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = authority.context("good")
    with SmtpServer(("deputy", "secret"), context if way == "starttls" else None) as server:
        with tls_front(context, urlsplit(server.url).port or 0) as front:
            url = f"smtps://deputy:secret@127.0.0.1:{front.port}" if way == "tls" else server.url
            mailbox = SmtpMailbox(url, tmp_path)
            monkeypatch.delenv(VARIABLE)
            with pytest.raises(CannotWork, match="cannot be trusted"):
                mailbox.send(mail(1))
            monkeypatch.setenv(VARIABLE, str(authority.file))

            assert mailbox.send(mail(1))
        assert [one["Message-ID"] for one in server.received] == ["<1@house.example>"]


@each_wrong
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_github_that_cannot_be_trusted_is_sent_no_token_and_not_tried_again(
    authority: Authority, kind: Kind, method: str
) -> None:
    waited: list[float] = []
    with github_server({"GET /user": [Answer(body={})]}) as server:
        with tls_front(authority.context(kind), urlsplit(server.url).port or 0) as front:
            http = GitHubHttp(f"https://127.0.0.1:{front.port}", "a token for tests", sleep=waited.append)
            with closing(http), pytest.raises(ConfigError) as caught:
                http.send(method, "/user")
            said(caught.value, kind, f"GitHub at https://127.0.0.1:{front.port}")
            assert "a token" not in str(caught.value)
        assert (server.seen, front.through, waited) == ([], 0, [])


def test_github_of_an_authority_of_ones_own_is_trusted(authority: Authority) -> None:
    with github_server({"GET /user": [Answer(body={"login": "bot"})]}) as server, ExitStack() as stack:
        front = stack.enter_context(tls_front(authority.context("good"), urlsplit(server.url).port or 0))
        http = stack.enter_context(closing(GitHubHttp(f"https://127.0.0.1:{front.port}", "a token for tests")))

        assert http.get("/user") == {"login": "bot"}


@pytest.fixture
def room() -> Iterator[tuple[int, list[str]]]:
    """A webhook's port, and the titles that it was told."""
    told: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.append(json.loads(body)["title"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server.server_port, told
        server.shutdown()


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_webhook_is_told_only_if_it_can_be_trusted(
    authority: Authority, room: tuple[int, list[str]], tmp_path: Path, kind: Kind
) -> None:
    behind, told = room
    engine = open_database(f"sqlite:///{tmp_path / 'alerts.sqlite'}")
    with ExitStack() as stack, tls_front(authority.context(kind), behind) as front:
        stack.callback(engine.dispose)
        outbox = AlertOutbox(engine, SystemClock(), f"jsons://127.0.0.1:{front.port}/")
        if kind == "good":
            outbox.chat("A spike", "in the bill")
            assert told == ["A spike"]
        else:
            for _try in range(2):
                with pytest.raises(TryAgain, match="a chat room did not take the alert") as caught:
                    outbox.chat("A spike", "in the bill")
                assert VARIABLE in caught.value.remedy
            assert (told, front.through) == ([], 0)
