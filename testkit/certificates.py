"""Certificates for tests, and servers behind them: an authority of the test's own, and what may be wrong with one.

authority = Authority(folder)
with tls_front(authority.context("good"), plain_port) as front:
    ... f"https://127.0.0.1:{front.port}" ..., with SSL_CERT_FILE set to authority.file

good          for 127.0.0.1, by the authority
unknown       for 127.0.0.1, by another authority
self-signed   for 127.0.0.1, by itself
expired       for 127.0.0.1, by the authority, until yesterday
wrong host    for elsewhere.example, by the authority
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from select import select
from threading import Thread
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Kind = Literal["good", "unknown", "self-signed", "expired", "wrong host"]
_DAY = timedelta(days=1)
_HERE = x509.IPAddress(ip_address("127.0.0.1"))
_CHUNK = 65536
_SECONDS = 10


@dataclass(frozen=True)
class _Signed:
    """A certificate with its key, and the name in it."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


class Authority:
    """A certificate authority that nobody knows but who trusts `file`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = _signed("an authority for tests")
        self.file = folder / "authority.pem"
        self.file.write_bytes(_pem(self._root.certificate))

    def context(self, kind: Kind) -> ssl.SSLContext:
        """What a server speaks TLS with whose certificate is of that kind."""
        by = {"unknown": _signed("another authority"), "self-signed": None}.get(kind, self._root)
        name: x509.GeneralName = x509.DNSName("elsewhere.example") if kind == "wrong host" else _HERE
        made = _signed("a server for tests", name, by, until=-_DAY if kind == "expired" else _DAY)
        file = self._folder / f"{kind.replace(' ', '-')}.pem"
        key = made.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(key + _pem(made.certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@dataclass
class Front:
    """Where the front listens, and how many callers trusted it."""

    port: int
    through: int = 0


@contextmanager
def tls_front(context: ssl.SSLContext, behind: int) -> Iterator[Front]:
    """A port that speaks TLS and hands everything on to the loopback port `behind`, for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        front = Front(listening.getsockname()[1])
        Thread(target=_serve, args=(listening, context, behind, front), daemon=True).start()
        try:
            yield front
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)


def _serve(listening: socket.socket, context: ssl.SSLContext, behind: int, front: Front) -> None:
    with suppress(OSError):
        while True:
            caller, _ = listening.accept()
            Thread(target=_handed_on, args=(caller, context, behind, front), daemon=True).start()


def _handed_on(caller: socket.socket, context: ssl.SSLContext, behind: int, front: Front) -> None:
    with caller, suppress(OSError):
        caller.settimeout(_SECONDS)
        with context.wrap_socket(caller, server_side=True) as secure:
            front.through += 1
            with socket.create_connection(("127.0.0.1", behind)) as server:
                while _moved(secure, server):
                    pass


def _moved(secure: ssl.SSLSocket, server: socket.socket) -> bool:
    """Hand on what one side says; False when it has ended. In one thread: a TLS connection is no place for two."""
    ready = [secure] if secure.pending() else select([secure, server], [], [], _SECONDS)[0]
    for one in ready:
        if not (data := one.recv(_CHUNK)):
            return False
        (server if one is secure else secure).sendall(data)
    return bool(ready)


def _signed(
    called: str, subject: x509.GeneralName | None = None, by: _Signed | None = None, until: timedelta = _DAY
) -> _Signed:
    """A certificate for `subject` (an authority's without one), signed by `by` or by itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
    made = (
        x509.CertificateBuilder(by.name if by else name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - 10 * _DAY)
        .not_valid_after(now + until)
        .add_extension(x509.BasicConstraints(ca=subject is None, path_length=None), critical=True)
    )
    if subject is not None:
        made = made.add_extension(x509.SubjectAlternativeName([subject]), critical=False)
    return _Signed(name, key, made.sign(by.key if by else key, hashes.SHA256()))


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
