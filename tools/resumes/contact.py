"""How to reach a candidate: e-mail addresses, telephone numbers and places, with where in a line they stand."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tools.resumes.places import Place, country_of, place_of, zone_named
from tools.resumes.titles import is_title

_DOT = r"(?:\.|\s?[\[(]dot[\])]\s?)"
MAIL = re.compile(
    rf"(?<![\w.+-])[\w.+'-]+(?:@|\s?[\[(]at[\])]\s?)[\w-]+(?:{_DOT}[\w-]+)*{_DOT}[A-Za-z]{{2,}}", re.IGNORECASE
)
URL = re.compile(
    r"(?:https?://|www\.)[^\s|,;]+|(?<![\w.-])(?:[\w-]+\.){0,4}(?:linkedin|github|gitlab|xing|twitter|medium|stackoverflow)\.(?:com|org)"
    r"(?:/[^\s|,;]*)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w/.-])(?:\+|00)\d(?:[ ()./\u2010-\u2015-]{0,3}\d){6,14}(?![\w])")
_LABELLED = re.compile(
    r"\b(?:tel|telephone|phone|mobile|mob|cell|telefon|mobil|handy|téléphone|teléfono|móvil|telefono|"
    r"cellulare|fon|t|m|p)\b[.:]*\s*(?P<number>(?:\(?\d)(?:[ ()./-]{0,3}\d){5,14})(?!\w)",
    re.IGNORECASE,
)
_PLACE_LABEL = re.compile(
    r"^(?:home |current |postal |permanent )?(?:address|location|city|residence|based in|lives in|living in|"
    r"adresse|anschrift|wohnort|ort|standort|domicilio|dirección|indirizzo|ubicación|lieu|country|land)\b\s*[:\-–]?\s*",
    re.IGNORECASE,
)
SEGMENT = re.compile(r"\s*(?:[|·•;●▪◦‖]|\s{2,}|\s[–—]\s)\s*")
"""What stands between two facts in one line of a heading."""


@dataclass(frozen=True)
class Found:
    """A fact and the text it was read from, as it stands there."""

    value: str
    text: str


def mails_in(text: str) -> list[Found]:
    """E-mail addresses in lower case, also those written with (at) and (dot)."""
    return [Found(_plain(match[0]), match[0]) for match in MAIL.finditer(text)]


def _plain(mail: str) -> str:
    with_at = re.sub(r"\s?[\[(]at[\])]\s?", "@", mail.lower())
    return re.sub(r"\s?[\[(]dot[\])]\s?", ".", with_at)


def phones_in(text: str, country: str | None) -> list[Found]:
    """Telephone numbers in E.164: those with their country's prefix, and national ones if `country` is known."""
    import phonenumbers

    found: list[Found] = []
    for match in [*_NUMBER.finditer(text), *_LABELLED.finditer(text)]:
        written = match.groupdict().get("number") or match[0]
        if any(written in one.text for one in found):
            continue
        try:
            number = phonenumbers.parse(re.sub(r"^00", "+", written), country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number) and (written[0] in "+0" or phonenumbers.is_valid_number(number)):
            found.append(Found(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), written))
    if not found and country:
        for near in phonenumbers.PhoneNumberMatcher(text, country, leniency=phonenumbers.Leniency.VALID):
            e164 = phonenumbers.format_number(near.number, phonenumbers.PhoneNumberFormat.E164)
            found.append(Found(e164, near.raw_string))
    return found


def looks_like_phone(text: str) -> list[str]:
    """Every piece of `text` that may be a telephone number, for hiding it: also those that cannot be resolved."""
    return [
        match.groupdict().get("number") or match[0] for rule in (_NUMBER, _LABELLED) for match in rule.finditer(text)
    ]


def place_in(lines: Iterable[str]) -> tuple[Place, tuple[str, ...]]:
    """The candidate's place from the lines that give contact data, and the texts that name it."""
    place, texts = Place(), list[str]()
    for text in (part for line in lines for part in SEGMENT.split(line.removeprefix("- "))):
        if MAIL.search(text) or URL.search(text) or is_title(text):
            continue
        labelled = _PLACE_LABEL.match(text)
        bare = text[labelled.end() :] if labelled else text
        found = place_of(bare)
        if not found and labelled and (code := country_of(bare)):
            found = Place(country=code)
        if found:
            texts.append(text)
            place = place if place.country or place.zone else found
        elif labelled and bare:
            texts.append(text)
            place = place if place.city or "," in bare or re.search(r"\d", bare) else Place(city=bare)
    return place, tuple(texts)


def zone_in(lines: Iterable[str]) -> str | None:
    """The zone that a line names outright."""
    return next((zone for line in lines if (zone := zone_named(line))), None)
