"""A mail leaves once through a real SMTP server, also one that refuses, dawdles or hangs up."""

import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from runtime.errors import CannotWork, ConfigError, InDoubt, TryAgain, TryLater
from testkit.smtp import Moment, SmtpServer
from testkit.wires import Fault, Wires, mail_wire
from tests.tools.test_mail_backends import mail, subjects
from tools.backends.mail_smtp import SmtpMailbox, may_send_password


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


def test_the_server_gets_the_mail_as_it_was_written(server: SmtpServer, tmp_path: Path) -> None:
    SmtpMailbox(server.url, tmp_path).send(mail(1))

    [received] = server.received
    assert received.get_content().strip() == "Grüße, see you."
    assert received["Message-ID"] == "<1@house.example>"
    assert server.envelopes == [("jobs@house.example", ["ann@mail.example"])]


def test_an_address_outside_ascii_arrives_as_it_is(server: SmtpServer, tmp_path: Path) -> None:
    SmtpMailbox(server.url, tmp_path).send(mail(1, to="ann@exämple.example"))

    assert server.envelopes == [("jobs@house.example", ["ann@exämple.example"])]
    assert server.received[0].get_content().strip() == "Grüße, see you."


def test_another_program_on_the_same_folder_does_not_send_again(server: SmtpServer, tmp_path: Path) -> None:
    SmtpMailbox(server.url, tmp_path).send(mail(1))

    assert not SmtpMailbox(server.url, tmp_path).send(mail(1))
    assert len(server.received) == 1


@pytest.mark.parametrize("moment", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(("reply", "error"), [("451 try later", TryLater), ("550 no such user", CannotWork)])
def test_a_refused_mail_says_why_and_may_be_tried_again(
    server: SmtpServer, tmp_path: Path, moment: Moment, reply: str, error: type[Exception]
) -> None:
    mailbox = SmtpMailbox(server.url, tmp_path)
    server.refuse(moment, reply)

    with pytest.raises(error, match=reply):
        mailbox.send(mail(1))
    assert (server.received, mailbox.sent()) == ([], [])

    server.behave()
    assert mailbox.send(mail(1))
    assert subjects(server.received) == ["Interview 1"]


@pytest.mark.parametrize("moment", ["mail", "rcpt"])
def test_a_server_that_hangs_up_before_the_mail_leaves_it_free_to_be_sent(
    server: SmtpServer, tmp_path: Path, moment: Moment
) -> None:
    mailbox = SmtpMailbox(server.url, tmp_path)
    server.drop(moment)

    with pytest.raises(TryAgain, match="does not answer"):
        mailbox.send(mail(1))

    server.behave()
    assert mailbox.send(mail(1))
    assert len(server.received) == 1


@pytest.mark.parametrize(("moment", "arrived"), [("data", 0), ("accepted", 1)])
def test_a_server_that_hangs_up_after_the_mail_makes_a_person_look(
    server: SmtpServer, tmp_path: Path, moment: Moment, arrived: int
) -> None:
    """To the sender both look the same: once the mail arrived, once it did not."""
    mailbox = SmtpMailbox(server.url, tmp_path)
    server.drop(moment)
    with pytest.raises(CannotWork, match=r"nobody knows whether the mail <1@house\.example> left"):
        mailbox.send(mail(1))
    server.behave()

    with pytest.raises(CannotWork, match="a person must look"):
        SmtpMailbox(server.url, tmp_path).send(mail(1))

    assert len(server.received) == arrived
    assert mailbox.send(mail(2))


def test_a_server_that_is_too_slow_with_its_last_word_makes_a_person_look(server: SmtpServer, tmp_path: Path) -> None:
    mailbox = SmtpMailbox(server.url, tmp_path, timeout=0.2)
    server.delay("accepted", 1)

    with pytest.raises(CannotWork, match=r"<1@house\.example>"):
        mailbox.send(mail(1))

    assert mailbox.sent() == []


def test_what_a_person_found_out_settles_a_mail(server: SmtpServer, tmp_path: Path) -> None:
    mailbox = SmtpMailbox(server.url, tmp_path)
    server.drop("data")
    for number in (1, 2):
        with pytest.raises(CannotWork):
            mailbox.send(mail(number))
    server.behave()

    mailbox.settle("<1@house.example>", left=False)
    mailbox.settle("<2@house.example>", left=True)

    assert [mailbox.send(mail(1)), mailbox.send(mail(2))] == [True, False]
    assert subjects(server.received) == ["Interview 1"]


KILLED = """
import os, sys
from pathlib import Path
from tests.tools.test_mail_backends import mail
from tools.backends.mail_maildir import MaildirMailbox
from tools.backends.mail_smtp import SmtpMailbox
if sys.argv[3] == "before the copy":
    MaildirMailbox.send = lambda *_: os._exit(9)
else:
    SmtpMailbox.settle = lambda *_, **__: os._exit(9)
SmtpMailbox(sys.argv[1], Path(sys.argv[2])).send(mail(1))
"""


def killed(server: SmtpServer, folder: Path, moment: str) -> None:
    """Send in a process of its own that ends at that moment, after the server took the mail."""
    command = [sys.executable, "-c", KILLED, server.url, str(folder), moment]
    assert subprocess.run(command, timeout=60).returncode == 9
    assert len(server.received) == 1


def test_a_program_killed_before_it_kept_its_copy_does_not_send_twice(server: SmtpServer, tmp_path: Path) -> None:
    killed(server, tmp_path, "before the copy")

    with pytest.raises(CannotWork, match=r"<1@house\.example>"):
        SmtpMailbox(server.url, tmp_path).send(mail(1))

    assert len(server.received) == 1


def test_a_program_killed_after_it_kept_its_copy_knows_that_the_mail_left(server: SmtpServer, tmp_path: Path) -> None:
    killed(server, tmp_path, "after the copy")

    assert not SmtpMailbox(server.url, tmp_path).send(mail(1))

    assert len(server.received) == 1


def test_two_senders_at_once_hand_the_mail_over_once(server: SmtpServer, tmp_path: Path) -> None:
    together = Barrier(2)
    server.delay("data", 0.3)

    def send(_number: int) -> str:
        mailbox = SmtpMailbox(server.url, tmp_path)
        together.wait(60)
        try:
            return str(mailbox.send(mail(1)))
        except CannotWork as refused:
            return refused.problem

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(send, range(2)))

    assert len(server.received) == 1
    assert told[0] == "True"
    assert told[1] == "False" or "being sent right now" in told[1]


def test_nobody_listening_is_told_with_the_address_and_can_be_tried_again(tmp_path: Path) -> None:
    with SmtpServer() as gone:
        url = gone.url

    with pytest.raises(TryAgain, match=r"127\.0\.0\.1:\d+ does not answer: Connection refused"):
        SmtpMailbox(url, tmp_path).send(mail(1))


def test_the_server_learns_the_password_and_no_error_does(tmp_path: Path) -> None:
    with SmtpServer(login=("deputy", "s3cret%21")) as server:
        right = server.url.replace("s3cret%21", "s3cret%2521")
        mailbox = SmtpMailbox(right, tmp_path)
        assert mailbox.send(mail(1))
        server.refuse("rcpt", "550 your password is s3cret%21")

        with pytest.raises(CannotWork) as refused:
            mailbox.send(mail(2))
        with pytest.raises(ConfigError, match="refuses the login: 535") as wrong:
            SmtpMailbox(right.replace("s3cret", "wr0ng"), tmp_path).send(mail(3))
        server.behave()
        assert mailbox.send(mail(3))  # nothing had left, so that it is in no doubt

    assert "550 your password is ***" in str(refused.value)
    assert "wr0ng" not in f"{wrong.value!r}{wrong.value}{mailbox!r}"
    assert subjects(server.received) == ["Interview 1", "Interview 3"]


def test_a_server_that_wants_a_login_and_gets_none_refuses(tmp_path: Path) -> None:
    with SmtpServer(login=("deputy", "secret")) as server:
        without = server.url.replace("deputy:secret@", "")

        with pytest.raises(CannotWork, match="530"):
            SmtpMailbox(without, tmp_path).send(mail(1))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 with its key in one file."""
    if not shutil.which("openssl"):
        pytest.skip("the program 'openssl' is not on this machine: install the Debian package 'openssl'")
    key, made = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    options = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run(["openssl", *options, "-keyout", key, "-out", made], check=True, capture_output=True)
    made.write_text(made.read_text() + key.read_text())
    return made


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[SmtpServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with SmtpServer(login=("deputy", "secret"), tls=context) as server:
        yield server


def test_encryption_is_used_where_it_is_offered(
    tls_server: SmtpServer, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    assert SmtpMailbox(tls_server.url, tmp_path).send(mail(1))

    assert tls_server.encrypted == [True]


def test_a_certificate_that_nobody_vouches_for_stops_the_mail(tls_server: SmtpServer, tmp_path: Path) -> None:
    with pytest.raises(CannotWork, match=r"certificate .* cannot be trusted"):
        SmtpMailbox(tls_server.url, tmp_path).send(mail(1))

    assert tls_server.received == []


@pytest.mark.parametrize(
    ("host", "encrypted", "may"),
    [
        ("mail.example.org", False, False),
        ("192.0.2.7", False, False),
        ("127.0.0.1.example.org", False, False),
        ("mail.example.org", True, True),
        ("localhost", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
    ],
)
def test_a_password_in_the_clear_stays_on_this_machine(host: str, encrypted: bool, may: bool) -> None:
    assert may_send_password(host, encrypted=encrypted) is may


@pytest.mark.parametrize("url", ["https://u:secret@h", "smtp://", "smtp://u:secret@h:port", "u:secret@h"])
def test_a_wrong_url_is_refused_without_being_repeated(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="smtp://USER:PASSWORD@HOST:PORT") as refused:
        SmtpMailbox(url, tmp_path)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("fault", ["unheard", "unanswered", "silent", "busy"])
def test_whichever_command_goes_unanswered_the_mail_may_be_sent_again_or_a_person_looks(
    tmp_path: Path, fault: Fault
) -> None:
    wires, ends = Wires(), {}
    with SmtpServer(login=("deputy", "secret")) as server, mail_wire(server.url, wires) as url:
        mailbox = SmtpMailbox(url.replace("//", "//deputy:secret@"), tmp_path, timeout=0.3)
        mailbox.send(mail(0))
        commands = tuple(wires.names)
        for number, command in enumerate(commands):
            wires.cut(number, fault)
            ends[command] = _end(mailbox, number + 1)
        arrived = subjects(server.received)

    assert commands == ("CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "CONTENT", "QUIT")
    on_its_way = () if fault == "busy" else ("DATA", "CONTENT")  # smtplib does not tell which of them broke
    passing = dict.fromkeys(commands, "later, then sent") | {"QUIT": "sent"}
    assert ends == passing | dict.fromkeys(on_its_way, "a person looks")
    assert len(arrived) == len({*arrived})


def _end(mailbox: SmtpMailbox, number: int) -> str:
    """What comes of a mail, and of sending it again if it may be."""
    try:
        mailbox.send(mail(number))
    except TryLater:
        mailbox.send(mail(number))
        return "later, then sent"
    except InDoubt:
        return "a person looks"
    return "sent"
