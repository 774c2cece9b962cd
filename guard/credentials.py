"""Secrets in outgoing text: configured values in any simple disguise, and the well-known forms of keys.

A configured value is found as it is, split by signs, spaces or characters that are not seen, in other case, backwards,
in base64, base32, hex, percent or backslash escapes, rotated by 13, and in encodings of encodings. What is found is
never repeated.
"""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

from guard.disguise import bare, spelled

SHORTEST = 4  # characters; shorter configured values cannot be told from words
_UNMISTAKABLE = 8  # letters and digits; from here on a value is found in disguise too
_DEPTH = 3  # encodings of encodings

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("a private key", r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
        ("a key of a model provider", r"(?<![A-Za-z0-9])(?:sk|pk|rk)-(?=[\w-]{0,60}\d)[\w-]{16,200}"),
        ("a key of a payment provider", r"(?<![A-Za-z0-9])(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,200}"),
        ("an AWS access key", r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
        ("an AWS secret key", r"(?i:aws.{0,20}(?:secret|key)\W{0,3}.{0,20}?)(?<![\w/+])[A-Za-z0-9/+]{40}(?![\w/+=])"),
        ("a GitHub token", r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255})"),
        ("a GitLab token", r"(?<![A-Za-z0-9])glpat-[\w-]{16,100}"),
        ("a Slack token", r"(?<![A-Za-z0-9])(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,200}"),
        ("a Slack webhook", r"hooks\.slack\.com/(?:services|workflows)/[\w/]{10,200}"),
        ("a Google key", r"(?<![A-Za-z0-9])AIza[\w-]{30,60}|(?<![A-Za-z0-9])ya29\.[\w-]{20,300}"),
        ("a web token", r"(?<![\w-])eyJ[\w-]{8,600}\.eyJ[\w-]{8,4000}\.[\w-]{0,800}"),
        ("a Hugging Face token", r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,60}"),
        ("a package registry token", r"(?<![A-Za-z0-9])(?:npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{50,300})"),
        ("a mail provider's key", r"(?<![A-Za-z0-9])SG\.[\w-]{16,32}\.[\w-]{32,64}"),
        ("a chat bot token", r"(?<!\d)\d{8,10}:AA[\w-]{33}(?![\w-])"),
        ("a URL with a password", r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@]{0,100}:[^\s/@]{1,200}@"),
    )
)
_BLOB = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_PAIRS = re.compile(r"(?:[0-9a-fA-F]{2}[\s:,;-]{0,2}){8,}")
_ESCAPE = re.compile(r"(?:\\x|\\u00|\\u\{|0x|&#x|%)([0-9A-Fa-f]{2})[;},]?", re.ASCII)


@dataclass(frozen=True)
class Secrets:
    """Configured values in the forms that are looked for. `exact` stand in a text, `solid` in its letters and digits,
    `tight` in it without spaces."""

    exact: tuple[str, ...]
    solid: tuple[str, ...]
    tight: tuple[str, ...]


@lru_cache(maxsize=16)
def secrets_of(values: tuple[str, ...]) -> Secrets:
    """The forms in which any of `values` might leave."""
    exact = [value for value in values if len(value.strip()) >= SHORTEST]
    long = [value for value in exact if len(_solid(value)) >= _UNMISTAKABLE]
    solid = [form for value in long for form in _solid_forms(value)]
    tight = [core for value in exact if len(value) >= _UNMISTAKABLE for core in _cores(value)]
    exact += [
        form
        for value in exact
        for form in (quote(value, safe="", errors="replace"), html.escape(value))
        if form != value
    ]
    return Secrets(*(tuple(sorted(set(group), key=lambda one: (-len(one), one))) for group in (exact, solid, tight)))


def secrets_in(text: str, known: Secrets) -> Iterator[str]:
    """What kind of secret stands in `text`, once each; never the secret."""
    found: dict[str, None] = {}
    waiting = [(text, 0)]
    while waiting:
        one, depth = waiting.pop()
        found.update(dict.fromkeys(_plainly(one, known)))
        if depth < _DEPTH:
            waiting += [(inner, depth + 1) for inner in _decoded(one) if inner and inner != one]
    yield from found


def masked(text: str, known: Secrets) -> str:
    """`text` as it may be shown: secrets taken out; all of it, where one is only there in disguise."""
    for value in known.exact:
        text = text.replace(value, "[secret]")
    for _, form in _FORMS:
        text = form.sub("[secret]", text)
    return "[held back]" if any(secrets_in(text, known)) else text


def spread(texts: list[str], known: Secrets) -> bool:
    """Whether a configured value, of which no text holds all, is in the texts one after the other, either way round."""
    solid = [_solid(bare(text)) for text in texts]
    whole = ("".join(solid), "".join(reversed(solid)))
    return any(any(form in one for one in whole) and not any(form in one for one in solid) for form in known.solid)


def _plainly(text: str, known: Secrets) -> Iterator[str]:
    seen = bare(text)
    solid, tight = _solid(seen), re.sub(r"\s+", "", seen)
    if any(value in text or value in seen for value in known.exact):
        yield "a configured secret"
    elif any(value in solid for value in known.solid) or any(value in tight for value in known.tight):
        yield "a configured secret in disguise"
    for name, form in _FORMS:
        if form.search(seen):
            yield name


def _decoded(text: str) -> Iterator[str]:
    """What `text` says when what looks encoded in it is read. Together never much longer than the text."""
    yield spelled(text)
    seen = bare(text)
    if "%" in seen or "\\" in seen or "0x" in seen or "&#" in seen:
        yield html.unescape(unquote(_ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), seen), errors="replace"))
    yield "\n".join(filter(None, map(_from_base64, _BLOB.findall(seen))))
    yield "\n".join(filter(None, map(_from_hex, _PAIRS.findall(seen))))


def _from_base64(blob: str) -> str:
    data = blob.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _readable(base64.b64decode(data[: len(data) - (len(data) % 4 == 1)] + "=" * (-len(data) % 4)))
    except (binascii.Error, ValueError):
        return ""


def _from_hex(blob: str) -> str:
    return _readable(bytes.fromhex(re.sub(r"[^0-9a-fA-F]", "", blob)))


def _readable(data: bytes) -> str:
    """The text that `data` is, or nothing if most of it is none."""
    text = data.decode("utf-8", "replace")
    shown = sum(" " <= one <= "~" or one in "\r\n\t" for one in text)
    return text if shown * 10 >= len(text) * 7 else ""


def _solid(text: str) -> str:
    """The letters and digits of `text` in lower case, whatever stands between them."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return re.sub(r"[\W_]+", "", text).lower()


def _solid_forms(value: str) -> Iterator[str]:
    solid = _solid(value)
    yield from (solid, solid[::-1], codecs.encode(solid, "rot13"))
    yield value.encode(errors="replace").hex()
    yield value[::-1].encode(errors="replace").hex()


def _cores(value: str) -> Iterator[str]:
    """What base64 and base32 of `value` look like in the middle, at each place that it can have in a longer text."""
    for data in (value.encode(errors="replace"), value[::-1].encode(errors="replace")):
        for group, bits, encode in (
            (3, 6, base64.b64encode),
            (3, 6, base64.urlsafe_b64encode),
            (5, 5, base64.b32encode),
        ):
            for shift in range(group):
                encoded = encode(b"\0" * shift + data).decode()
                first = -(-shift * 8 // bits)
                last = (shift + len(data)) * 8 // bits
                yield encoded[first:last]
