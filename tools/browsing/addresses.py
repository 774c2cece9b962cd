"""Which address a URL may be fetched from: hosts that people listed, public addresses, resolved once and then pinned.

Refused are other schemes, ports and hosts, names and passwords in URLs, and every address that is not global unicast by
the IANA special-purpose registries (RFC 6890): private, loopback, link-local (169.254.169.254), multicast, and IPv6
that holds such an IPv4 address (mapped, 6to4, Teredo, NAT64). Decimal, octal and hexadecimal forms are resolved as
the system resolves them, and the result is looked at.
"""

import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from runtime.errors import CannotWork

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

_PORTS = {"http": 80, "https": 443}
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class Spot:
    """Where one request goes: the URL's parts, and the one address that was looked up and checked."""

    scheme: str
    host: str
    port: int
    path: str
    address: str

    @property
    def url(self) -> str:
        """The URL in one spelling."""
        at = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{at}{self.path}"


@dataclass(frozen=True)
class Allowed:
    """What people allow: hosts (`x.example`, or `*.x.example` for those below it), and, for a server of their own,
    `origins` such as 127.0.0.1:8080 that may be anywhere."""

    hosts: Collection[str]
    origins: Collection[str] = ()

    def has(self, host: str) -> bool:
        """Whether the host is listed."""
        return any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in self.hosts)


def resolve(host: str, port: int) -> list[str]:
    """Every address of the host, as the system knows it. Raises OSError."""
    return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def spot(url: str, allowed: Allowed, resolver: Resolver = resolve) -> Spot:
    """Where to fetch `url` from. Raises CannotWork with the reason if it must not be fetched."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode().lower()
    except ValueError as error:
        raise _refused(url, "it is no web address") from error
    if parts.scheme not in _PORTS or not host or any(one.isspace() or ord(one) < 32 for one in url) or "\\" in url:
        raise _refused(url, "it is no http or https address")
    if parts.username is not None or parts.password is not None:
        raise _refused(url, "it holds a user's name")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if f"{host}:{port}" in allowed.origins:
        return Spot(parts.scheme, host, port, path, _looked_up(url, host, port, resolver)[0])
    if port != _PORTS[parts.scheme]:
        raise _refused(url, f"port {port} is not a web server's own")
    if not allowed.has(host):
        raise _refused(url, f"'{host}' is not on the list of hosts")
    return Spot(parts.scheme, host, port, path, _pinned(url, host, port, resolver))


def public(text: str) -> bool:
    """Whether the address belongs to the public internet, also in what it may hide."""
    try:
        address: Address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64 or int(address) >> 32 == 0:
            inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
        if any(one is not None and not _global(one) for one in inner):
            return False
        if address.ipv4_mapped is not None:
            return True
    return _global(address)


def _global(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _pinned(url: str, host: str, port: int, resolver: Resolver) -> str:
    """The first address, if all of them are public: one that is not shows that the name is not what it seems."""
    found = _looked_up(url, host, port, resolver)
    if not all(public(one) for one in found):
        raise _refused(url, f"'{host}' leads to an address inside of a network")
    return found[0]


def _looked_up(url: str, host: str, port: int, resolver: Resolver) -> Sequence[str]:
    try:
        found = resolver(host, port)
    except (OSError, UnicodeError) as error:
        raise _refused(url, f"'{host}' has no address") from error
    if not found:
        raise _refused(url, f"'{host}' has no address")
    return found


def _refused(url: str, reason: str) -> CannotWork:
    return CannotWork(f"'{url[:200]}' is not fetched: {reason}", remedy="leave it; people list hosts in the file 'web'")
