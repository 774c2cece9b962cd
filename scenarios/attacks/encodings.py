"""How an order is written so that a model reads it: in the open, or so that filters and people do not see what it says.

A reader needs not be told which way was taken: it tries all of them.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, get_args
from urllib.parse import quote, unquote

Encoding = Literal["plain", "base64", "base32", "hex", "rot13", "reversed", "percent", "homoglyphs", "invisible"]

ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)

_SPOKEN = {"@": "(at)", ".": "(dot)", "://": "(link)"}
_LATIN, _LIKE = "aceopxyis", "асеорхуіѕ"
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_BASE32 = re.compile(r"[A-Z2-7]{24,}={0,6}")
_HEX = re.compile(r"(?:[0-9a-f]{2}){20,}")
_UNSEEN = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")


def written(text: str, encoding: Encoding) -> str:
    """`text` in that writing. In the open, addresses are spelled out, since readers mask them."""
    return _WRITERS[encoding](text)


def readings(text: str) -> Iterator[str]:
    """What `text` may say, in every writing that is known; most of it is noise."""
    return map(_heard, _raw(text))


def _raw(text: str) -> Iterator[str]:
    yield text
    yield codecs.decode(text, "rot13")
    yield text[::-1]
    yield unquote(text)
    yield text.translate(str.maketrans(_LIKE, _LATIN))
    for piece in _BASE64.findall(text):
        yield from _decoded(lambda raw: base64.urlsafe_b64decode(_padded(raw, 4).translate(_URL)), piece)
    for piece in _BASE32.findall(text):
        yield from _decoded(lambda raw: base64.b32decode(_padded(raw, 8)), piece)
    for piece in _HEX.findall(text):
        yield from _decoded(binascii.unhexlify, piece)
    for piece in _UNSEEN.findall(text):
        yield bytes(map(_byte, piece)).decode(errors="replace")


_URL = str.maketrans("+/", "-_")


def _decoded(decode: Callable[[str], bytes], piece: str) -> Iterator[str]:
    try:
        yield decode(piece).decode(errors="replace")
    except ValueError:
        return


def _padded(text: str, unit: int) -> str:
    bare = text.rstrip("=")
    return bare + "=" * (-len(bare) % unit)


def _said(text: str) -> str:
    for sign, word in (("://", _SPOKEN["://"]), ("@", _SPOKEN["@"]), (".", _SPOKEN["."])):
        text = text.replace(sign, word)
    return text


def _heard(text: str) -> str:
    for sign, word in _SPOKEN.items():
        text = text.replace(word, sign)
    return text


def _unseen(text: str) -> str:
    """Each byte as one of the 256 variation selectors, which no font shows and no spelling removes."""
    codes = (0xFE00 + one if one < 16 else 0xE0100 + one - 16 for one in text.encode())
    return "".join(map(chr, codes))


def _byte(letter: str) -> int:
    code = ord(letter)
    return code - 0xFE00 if code < 0xFE10 else code - 0xE0100 + 16


_WRITERS: Mapping[Encoding, Callable[[str], str]] = {
    "plain": _said,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "rot13": lambda text: codecs.encode(_said(text), "rot13"),
    "reversed": lambda text: _said(text)[::-1],
    "percent": lambda text: quote(text, safe=""),
    "homoglyphs": lambda text: _said(text).translate(str.maketrans(_LATIN, _LIKE)),
    "invisible": lambda text: "Reliable" + _unseen(text),
}
