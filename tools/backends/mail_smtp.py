"""Mail through an SMTP server, once per Message-ID, also when the program dies in between.

    (nothing) --claim--> intended --accepted--> sent
                 ^           |
                 +- refused -+        a certain no: the mail may be tried again

A mail that is found `intended` may or may not have left: nobody here can know, so a person must look. The server's word
is certain until the last line of the mail is on its way; silence after that is not.
"""

import smtplib
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import Column, MetaData, String, Table, Text, delete, insert, select, update

from runtime.authorities import REMEDY
from runtime.database import make_tables, read, write
from runtime.errors import CannotWork, ConfigError, InDoubt, ToolError, TryLater
from tools.backends.mail_maildir import MaildirMailbox, addresses, identity, mail_index

_METADATA = MetaData()
_ATTEMPT = Table(
    "attempt",
    _METADATA,
    Column("message_id", Text, primary_key=True),
    Column("state", String(8), nullable=False),
)


PATIENCE = 20.0
"""Seconds that a mail server may take for each answer."""


class SmtpMailbox:
    """Sends through `url` (`smtp://user:password@host:port`, or `smtps://`); `folder` has its index, copies and drafts.

    TLS is used wherever it is offered, with the server's certificate checked; without it a password goes to this
    machine only. `timeout` is in seconds, for each answer of the server (PATIENCE).
    """

    def __init__(self, url: str, folder: Path, timeout: float | None = None) -> None:
        self._tls, self._host, self._port, self._user, self._password = _parts(url)
        self._timeout = PATIENCE if timeout is None else timeout
        self._copies = MaildirMailbox(folder)
        self._index = mail_index(folder)
        make_tables(self._index, _METADATA)

    def __repr__(self) -> str:
        return f"SmtpMailbox({self._where})"

    def send(self, message: EmailMessage) -> bool:
        """Hand the mail to the server unless it was handed over before.

        Raises TryLater for what may pass, CannotWork for what the server will not take, ConfigError for a
        login that it refuses, and InDoubt, with the Message-ID, where a person must find out whether the mail left.
        """
        message_id = identity(message)
        if not self._claim(message_id):
            return False
        try:
            self._transmit(message)
        except (ToolError, ConfigError):
            self.settle(message_id, left=False)
            raise
        except _NoAnswerError as silence:
            raise _unknown(message_id, str(silence)) from silence
        self._copies.send(message)
        self.settle(message_id, left=True)
        return True

    def has_sent(self, message_id: str) -> bool:
        """Whether the server took the mail. Raises InDoubt for one that was being sent when the program stopped."""
        if self._copies.has_sent(message_id):
            return True
        with read(self._index) as connection:
            query = select(_ATTEMPT.c.state).where(_ATTEMPT.c.message_id == message_id)
            state = connection.execute(query).scalar_one_or_none()
        if state == "intended":
            raise _unknown(message_id, "the program was stopped while it sent it")
        return state == "sent"

    def withdraw(self, message_id: str) -> bool:
        """Take a draft back from the folder of this machine."""
        return self._copies.withdraw(message_id)

    def draft(self, message: EmailMessage) -> bool:
        """Keep the mail in the drafts folder of this machine; it is not put on any server."""
        return self._copies.draft(message)

    def sent(self, only: Collection[str] | None = None) -> list[EmailMessage]:
        """Copies of what the server took, in order; `only` those with these Message-IDs."""
        return self._copies.sent(only)

    def sent_ids(self) -> set[str]:
        """The Message-IDs of all that the server took, as far as it is known."""
        with read(self._index) as connection:
            taken = connection.execute(select(_ATTEMPT.c.message_id).where(_ATTEMPT.c.state == "sent")).scalars()
            return self._copies.sent_ids() | set(taken)

    def drafts(self, only: Collection[str] | None = None) -> list[EmailMessage]:
        """The drafts that are still there, oldest first; `only` those with these Message-IDs."""
        return self._copies.drafts(only)

    def close(self) -> None:
        """Let go of the indexes. The mailbox can still be used."""
        self._copies.close()
        self._index.dispose()

    def settle(self, message_id: str, *, left: bool) -> None:
        """Record what is certain about a mail, such as what a person found: it left, or it did not and may be tried."""
        this = _ATTEMPT.c.message_id == message_id
        with write(self._index) as connection:
            if left:
                connection.execute(update(_ATTEMPT).where(this).values(state="sent"))
            else:
                connection.execute(delete(_ATTEMPT).where(this))

    @property
    def _where(self) -> str:
        return f"{self._host}:{self._port}"

    def _claim(self, message_id: str) -> bool:
        """Whether this call is the one to send it; durable before anything goes out."""
        with write(self._index) as connection:
            query = select(_ATTEMPT.c.state).where(_ATTEMPT.c.message_id == message_id)
            state = connection.execute(query).scalar_one_or_none()
            if state is None:
                connection.execute(insert(_ATTEMPT).values(message_id=message_id, state="intended"))
                return True
        if state == "sent" or self._copies.has_sent(message_id):
            return False
        raise _unknown(message_id, "it is being sent right now, or the program was stopped while it sent it")

    def _transmit(self, message: EmailMessage) -> None:
        """Give the mail to the server. Raises ToolError if it certainly took none, _NoAnswerError if that is open."""
        try:
            with self._session() as server:
                content = self._envelope(server, message)
                code, reply = _content(server, content)
                if code != 250:
                    raise self._refused("the mail", code, reply)
        except smtplib.SMTPResponseException as error:
            if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500:
                refused = self._refused("the login", error.smtp_code, error.smtp_error)
                raise ConfigError(refused.problem, remedy="correct the user and password in SMTP_URL in .env") from None
            raise self._refused("the connection", error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError:
            raise CannotWork(f"the mail server {self._where} offers no login", remedy="use one that does") from None
        except ssl.SSLCertVerificationError as error:
            problem = f"the certificate of the mail server {self._where} cannot be trusted: {error.verify_message}"
            raise CannotWork(problem, remedy=f"correct the host in SMTP_URL in .env; {REMEDY}") from None
        except OSError as error:  # also every other error of smtplib
            problem = f"the mail server {self._where} does not answer: {error.strerror or error}"
            remedy = "nothing was sent; start the server, or correct SMTP_URL in .env"
            raise TryLater(self._clean(problem), remedy=remedy) from None

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A connection that is ready for a mail: encrypted if that is offered, logged in if there is a user."""
        context = ssl.create_default_context()
        if self._tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, local_hostname="localhost", timeout=self._timeout, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, local_hostname="localhost", timeout=self._timeout)
        try:
            server.local_hostname = _literal(server)  # smtplib's own way would look the name up in the network
            server.ehlo_or_helo_if_needed()
            if not self._tls and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            if self._user:
                if not may_send_password(self._host, encrypted=isinstance(server.sock, ssl.SSLSocket)):
                    problem = f"the mail server {self._where} offers no encryption for the password"
                    raise CannotWork(problem, remedy="use 'smtps://', or a server with STARTTLS")
                server.login(self._user, self._password)
            yield server
            with suppress(OSError):  # the mail is accepted; how the server says goodbye changes nothing
                server.quit()
        finally:
            server.close()

    def _envelope(self, server: smtplib.SMTP, message: EmailMessage) -> bytes:
        """Name sender and recipients to the server, all or none; returns the mail's bytes as this server takes them."""
        [sender, *_], to = [*addresses(message, "From"), ""], addresses(message, "To", "Cc")
        if not sender or not to:
            raise CannotWork("the mail has no sender or no recipient", remedy="give it both")
        abroad = not "".join([sender, *to]).isascii()
        if abroad and not server.has_extn("smtputf8"):
            problem = f"the mail server {self._where} takes no addresses outside ASCII"
            raise CannotWork(problem, remedy="use another address of this person")
        code, reply = server.mail(sender, ["SMTPUTF8", "BODY=8BITMIME"] if abroad else [])
        if code != 250:
            raise self._refused(f"the sender '{sender}'", code, reply)
        for address in to:
            code, reply = server.rcpt(address)
            if code not in (250, 251):
                raise self._refused(f"the recipient '{address}'", code, reply)
        return message.as_bytes(policy=SMTPUTF8 if abroad else SMTP.clone(cte_type="7bit"))

    def _refused(self, what: str, code: int, reply: bytes | str) -> ToolError:
        words = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
        problem = self._clean(f"the mail server {self._where} refuses {what}: {code} {words}")
        if 400 <= code < 500:
            return TryLater(problem, remedy="nothing was sent; try again later")
        return CannotWork(problem, remedy="nothing was sent; change what the server names, or ask its keeper")

    def _clean(self, words: str) -> str:
        return words.replace(self._password, "***") if self._password else words


class _NoAnswerError(Exception):
    """The mail was on its way when the server fell silent."""


def may_send_password(host: str, *, encrypted: bool) -> bool:
    """Whether a password may go to that host: over TLS to any, in the clear to this machine only."""
    if encrypted or host == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False


def _content(server: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    try:
        return server.data(content)
    except smtplib.SMTPDataError:
        raise  # the server said no before it saw the mail
    except OSError as error:
        raise _NoAnswerError(str(error)) from error


def _unknown(message_id: str, why: str) -> InDoubt:
    return InDoubt(
        f"nobody knows whether the mail {message_id} left: {why}",
        remedy="a person must look for it at the mail server or ask its recipient; it is not sent again by itself",
    )


def _literal(server: smtplib.SMTP) -> str:
    assert server.sock is not None
    address = str(server.sock.getsockname()[0])
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _parts(url: str) -> tuple[bool, str, int, str, str]:
    """(TLS from the start, host, port, user, password). Raises ConfigError that does not repeat the URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ConfigError(
            "the mail server's URL is not valid", remedy="write smtp://USER:PASSWORD@HOST:PORT or smtps://…"
        )
    tls = parts.scheme == "smtps"
    return (
        tls,
        parts.hostname,
        port or (465 if tls else 587),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )
