"""A real SMTP server on a free loopback port that keeps what it receives, and misbehaves on request.

with SmtpServer() as server:
    server.refuse("rcpt", "550 no such user")
    SmtpMailbox(server.url, folder).send(message)

moment      when the server can refuse, wait or hang up
mail        the sender is named
rcpt        a recipient is named
data        the whole mail has arrived, and is thrown away
accepted    the whole mail has arrived and is kept, but the client has not heard so
"""

import asyncio
import ssl
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

Moment = Literal["mail", "rcpt", "data", "accepted"]


class SmtpServer:
    """Started by `with`, stopped at its end. `received` holds the mails it kept.

    Of each mail `envelopes` holds (sender, recipients), and `encrypted` whether it came over TLS.
    With `login` (user, password) it takes mail from that user only; with `tls` it offers STARTTLS.
    """

    def __init__(self, login: tuple[str, str] | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.encrypted: list[bool] = []
        self._login = login
        self._replies: dict[Moment, str] = {}
        self._delays: dict[Moment, float] = {}
        self._drops: set[Moment] = set()
        self._left: int | None = None
        self._controller = _OnFreePort(
            self, hostname="127.0.0.1", port=0, tls_context=tls, authenticator=self._check, auth_require_tls=False
        )

    def __enter__(self) -> "SmtpServer":
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        """Where it listens, with the login it wants."""
        login = f"{self._login[0]}:{self._login[1]}@" if self._login else ""
        return f"smtp://{login}127.0.0.1:{self._controller.port}"

    def refuse(self, moment: Moment, reply: str) -> None:
        """From now on answer `reply` (such as "550 no such user") at that moment."""
        self._replies[moment] = reply

    def delay(self, moment: Moment, seconds: float) -> None:
        """From now on wait that long at that moment before going on."""
        self._delays[moment] = seconds

    def drop(self, moment: Moment) -> None:
        """From now on hang up at that moment without a word."""
        self._drops.add(moment)

    def die_after(self, mails: int) -> None:
        """Take so many more mails, and then hang up on everybody who brings another."""
        self._left = mails

    def behave(self) -> None:
        """Forget every misbehaviour asked for so far."""
        self._replies.clear()
        self._delays.clear()
        self._drops.clear()
        self._left = None

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802 - aiosmtpd's name
        if self._login and not session.authenticated:
            return "530 5.7.0 authentication required"
        if self._left == 0:
            server.transport.abort()
            return "421 gone"
        self._left = None if self._left is None else self._left - 1
        reply = await self._at("mail", server)
        if reply == _OK:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802 - aiosmtpd's name
        reply = await self._at("rcpt", server)
        if reply == _OK:
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        reply = await self._at("data", server)
        if reply != _OK:
            return reply
        self.received.append(message_from_bytes(envelope.content, policy=default))
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        self.encrypted.append(session.ssl is not None)
        return await self._at("accepted", server)

    async def _at(self, moment: Moment, server: Any) -> str:
        await asyncio.sleep(self._delays.get(moment, 0))
        if moment in self._drops:
            server.transport.abort()
            return "421 gone"
        return self._replies.get(moment, _OK)

    def _check(self, server: Any, session: Any, envelope: Any, mechanism: str, given: LoginPassword) -> AuthResult:
        right = self._login is not None and (given.login.decode(), given.password.decode()) == self._login
        return AuthResult(success=right, handled=False)


_OK = "250 OK"


class _OnFreePort(Controller):
    """A controller that learns its port from the socket, so that no two tests can pick the same one."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd types its public methods only
