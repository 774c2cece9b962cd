"""Hosts and URLs in one spelling: equal things become equal texts, look-alikes stay apart, and tricks are nothing.

HTTPS://Example.COM:443/a/../b    https://example.com/b
http://0x7f.1/                    http://127.0.0.1/
https://bücher.example            https://xn--bcher-kva.example/
https://house.example@evil.example/   None: nobody needs a user's name in a link
"""

import ipaddress
import posixpath
import re
import unicodedata
from urllib.parse import quote, urlsplit

from guard.disguise import hidden

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]{0,16}|\d{1,20}")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,20}", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "ssh": 22}
_UNRESERVED = re.compile(r"%([0-9A-Fa-f]{2})")
_REFUSED = re.compile(r"[\s\\<>\"`{}|^\x00-\x20\x7f]")
_HIDES_A_STEP = re.compile(r"%(?:2F|5C|[01][0-9A-F]|7F)")
_LETTERS = ("L", "M", "N")


def host(text: str) -> str | None:
    """The one spelling of a host name or address: lower case, A-labels, dotted IPv4. None if `text` is no host."""
    if text.startswith("["):
        return _ipv6(text)
    lowered = text.lower() if text.isascii() else text
    number = _ipv4(lowered)
    if number is not None:
        return number or None
    labels = [_label(label) for label in lowered.split(".")]
    known = [label for label in labels if label]
    name = ".".join(known)
    return name if len(known) == len(labels) and len(name) <= 253 else None


def url(text: str) -> str | None:
    """The one spelling of an absolute URL with a host; None for anything else and for every known trick."""
    scheme = text.partition("://")[0]
    if not _SCHEME.fullmatch(scheme) or _REFUSED.search(text) or _lists(text) or any(hidden(text)):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
        where = host(_host_of(parts.netloc))
        path, query = _path(parts.path), _encoded(parts.query)
        fragment = _encoded(parts.fragment)
    except ValueError:  # a port that is none, a bracket left open, half a surrogate pair
        return None
    if where is None or path is None:
        return None
    shown = f"[{where}]" if ":" in where else where
    at = "" if port is None or port == _PORTS.get(parts.scheme) else f":{port}"
    return f"{parts.scheme}://{shown}{at}{path}" + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def host_in(address: str) -> str | None:
    """The host of a normal URL, as `host` writes it."""
    place = address.partition("://")[2].partition("/")[0]
    return host(place[: place.index("]") + 1] if place.startswith("[") else place.partition(":")[0])


def above(address: str) -> list[str]:
    """The URLs above a normal one, nearest first: its page without a question, then folder after folder."""
    page = re.split(r"[?#]", address)[0]
    root = page.index("/", page.index("://") + 3)
    found = [page]
    while len(page) > root + 1:
        page = page[:-1] if page.endswith("/") else page[: page.rindex("/") + 1]
        found.append(page)
    return found


def composed(text: str) -> str:
    """`text` in NFC, but as it is where that would turn a foreign character into ASCII (the Kelvin sign into K)."""
    if text.isascii() or any(not one.isascii() and unicodedata.normalize("NFC", one).isascii() for one in text):
        return text
    return unicodedata.normalize("NFC", text)


def lowered(text: str) -> str | None:
    """`text` composed and in lower case; None where that would make ASCII of anything that is not."""
    if text.isascii():
        return text.lower()
    if any(
        not one.isascii() and any(map(str.isascii, unicodedata.normalize("NFC", one) + one.lower())) for one in text
    ):
        return None
    return unicodedata.normalize("NFC", text.lower())


def _label(label: str) -> str | None:
    if label.isascii():
        return label if _LABEL.fullmatch(label) else None
    small = lowered(label)
    if small is None or any(unicodedata.category(one)[0] not in _LETTERS and one != "-" for one in small):
        return None
    name = "xn--" + small.encode("punycode").decode("ascii")
    return name if _LABEL.fullmatch(name) else None


def _ipv4(text: str) -> str | None:
    """Dotted IPv4 for all that `inet_aton` takes; None if `text` is no number, empty if it is one that cannot be."""
    parts = text.split(".")
    if not _NUMBER.fullmatch(parts[-1]):
        return None
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return ""
    try:
        numbers = [_integer(part) for part in parts]
    except ValueError:
        return ""
    *heads, last = numbers
    if any(head > 255 for head in heads) or last >= 256 ** (4 - len(heads)):
        return ""
    whole = sum(head << (24 - 8 * index) for index, head in enumerate(heads)) + last
    return str(ipaddress.IPv4Address(whole))


def _integer(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") else 10)


def _ipv6(text: str) -> str | None:
    try:
        address = ipaddress.IPv6Address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    if not text.endswith("]") or address.scope_id:
        return None
    return str(address.ipv4_mapped or address)


def _host_of(netloc: str) -> str:
    return re.sub(r":\d*\Z", "", netloc)


def _path(path: str) -> str | None:
    encoded = _encoded(path)
    if _HIDES_A_STEP.search(encoded):
        return None
    normal = posixpath.normpath("/" + encoded.lstrip("/"))
    return normal if normal == "/" or not re.search(r"/\.{0,2}\Z", encoded) else normal + "/"


def _encoded(part: str) -> str:
    """`part` with each character written in one way: what need not be encoded is not."""
    decoded = _UNRESERVED.sub(_decoded, part)
    return quote(composed(decoded), safe="/%:=&?#~+!$,;'@()*[]")


def _decoded(match: re.Match[str]) -> str:
    one = chr(int(match.group(1), 16))
    return one if one.isascii() and (one.isalnum() or one in "-._~") else match.group().upper()


def _lists(text: str) -> bool:
    """Whether a list of other things might hide in a URL: mail programs would split it."""
    return "@" in text and ("," in text or ";" in text)
