"""Countries, cities and time zones, as far as the tz database knows them; unknown where it is not certain."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from runtime.fields import is_zone

_ALSO = {
    "GB": "uk,u.k.,united kingdom,great britain,britain,england,scotland,wales,northern ireland",
    "US": "usa,u.s.,u.s.a.,united states of america",
    "DE": "deutschland,allemagne,alemania,germania,niemcy",
    "AT": "österreich",
    "CH": "schweiz,suisse,svizzera",
    "FR": "frankreich",
    "ES": "españa,spanien",
    "IT": "italia,italien",
    "NL": "the netherlands,nederland,holland",
    "PL": "polska",
    "CZ": "czechia",
    "TR": "türkiye,turkiye",
    "KR": "south korea,republic of korea",
    "RU": "russian federation",
    "BR": "brasil",
    "MX": "méxico",
    "AE": "uae",
    "BE": "belgique,belgië",
    "DK": "danmark",
    "SE": "sverige",
    "NO": "norge",
    "FI": "suomi",
    "IE": "republic of ireland,éire",
    "VN": "viet nam",
    "CI": "ivory coast",
}
_ONE_ZONE = {
    "America/New_York": "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    "America/Chicago": "AR IA IL LA MN MO MS OK WI",
    "America/Denver": "CO MT NM UT WY",
    "America/Los_Angeles": "CA WA",
    "Pacific/Honolulu": "HI",
}
_STATE_ZONE = {state: zone for zone, states in _ONE_ZONE.items() for state in states.split()}
"""American states that lie in one zone as a whole; the tz database does not know states."""

_STATE = re.compile(
    r"A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
    r"|ON|QC|BC|AB|MB|SK|N[BLST]|PE|YT|NSW|VIC|QLD|TAS|ACT"
)
"""Letters after a city that name a state or a province as well as, perhaps, a country."""

_STATE_NAMES = {"georgia"}


@dataclass(frozen=True)
class Place:
    """A city, its country (ISO 3166-1 alpha-2) and its zone; None for what is not certain."""

    city: str | None = None
    country: str | None = None
    zone: str | None = None


def place_of(text: str) -> Place | None:
    """The place that `text` names, such as 'Lisbon, Portugal' or '10115 Berlin'; None if it names none for certain.

    A city without its country counts only if the tz database has one of that name and nothing else stands beside it.
    """
    parts = [part for part in (_bare(part) for part in re.split(r",|/|\(|\)|\s[-–—]\s", text)) if part]
    if not parts or len(parts) > 6:
        return None
    country = country_of(parts[-1], city=parts[0] if len(parts) > 1 else None)
    if country:
        inner = [part for part in parts[:-1] if not re.search(r"\d", part)]
        city = _city(inner, country)
        states = [_STATE_ZONE[part] for part in inner if country == "US" and part in _STATE_ZONE]
        return Place(city, country, zone_of(city, country) or next(iter(states), None))
    if len(parts) == 1 and (zone := zone_of(parts[0], None)):
        return Place(parts[0], None, zone)
    return None


def country_of(text: str, city: str | None = None) -> str | None:
    """The ISO code of a country by its name or code; a code or name that is also a state's needs a city that fits."""
    known = _countries()
    code = known.get(folded_name(text))
    if code is None and re.fullmatch(r"[A-Z]{2}", text.strip()) and text.strip() in known.values():
        code = text.strip()
    if code is None:
        return None
    doubtful = (_STATE.fullmatch(text.strip())) or folded_name(text) in _STATE_NAMES
    return None if doubtful and not (city and _zone_of_city(city, code)) else code


def zone_of(city: str | None, country: str | None) -> str | None:
    """The zone of a city, or of a country whose clocks all show the same; None where that is not certain."""
    if city and (zone := _zone_of_city(city, country)):
        return zone
    if country is None:
        return None
    zones = [name for name, codes in _zones().items() if country in codes]
    return zones[0] if zones and len({_hours(zone) for zone in zones}) == 1 else None


def zone_named(text: str) -> str | None:
    """The zone that `text` names outright, as in 'Time zone: Europe/Lisbon'."""
    for name in re.findall(r"\b[A-Z][A-Za-z_]+/[A-Z][A-Za-z_/+-]+", text):
        if is_zone(name):
            return str(name)
    return None


def folded_name(text: str) -> str:
    """`text` in lower case without accents, so that spellings of one name are equal."""
    plain = unicodedata.normalize("NFD", text.lower().replace("&", "and"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(plain.replace("_", " ").replace("ø", "o").replace("ł", "l").split())


def _city(parts: list[str], country: str) -> str | None:
    """The city among the parts before the country: the one with a zone, else the last that is no state's code."""
    named = [part for part in parts if not _STATE.fullmatch(part)]
    with_zone = [part for part in named if _zone_of_city(part, country)]
    return next(reversed(with_zone or named), None)


def _zone_of_city(city: str, country: str | None) -> str | None:
    named = [name for name in _by_city().get(folded_name(city), ()) if country is None or country in _zones()[name]]
    return named[0] if len(named) == 1 else None


def _bare(part: str) -> str:
    """A part of an address without postal codes and without what only says that it is one."""
    part = re.sub(r"^(?:based in|living in|lives in|located in|relocating to|greater)\s+", "", part.strip(), flags=re.I)
    part = re.sub(r"^(?:[A-Z]{1,2}-)?\d[\d -]{2,7}\s*(?:[A-Z]{2}\s+)?(?=\D)", "", part)
    part = re.sub(r"\s+(?:[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}|\d{4,6}(?:-\d{4})?)$", "", part)
    return part.strip(" .;:")


@cache
def _countries() -> dict[str, str]:
    names: dict[str, str] = {}
    for code, name in _table("iso3166.tab"):
        names[folded_name(re.sub(r"\s*\(.*\)", "", name))] = code
    ambiguous = ("korea", "samoa", "congo", "virgin islands", "st martin")
    names = {name: code for name, code in names.items() if name not in ambiguous}
    return names | {folded_name(name): code for code, also in _ALSO.items() for name in also.split(",")}


@cache
def _zones() -> dict[str, frozenset[str]]:
    """Each zone with the countries it is used in, the most populous of a country first."""
    zones: dict[str, set[str]] = {}
    for codes, _, name, *_ in _table("zone.tab"):
        zones.setdefault(name, set()).update(codes.split(","))
    return {name: frozenset(codes) for name, codes in zones.items()}


@cache
def _by_city() -> dict[str, tuple[str, ...]]:
    cities: dict[str, tuple[str, ...]] = {}
    for name in _zones():
        city = folded_name(name.rsplit("/", 1)[-1])
        cities[city] = (*cities.get(city, ()), name)
    return cities


@cache
def _hours(zone: str) -> tuple[timedelta | None, ...]:
    """What the zone's clocks show through the years of the tz rules in force."""
    clock = ZoneInfo(zone)
    days = (datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=7 * week) for week in range(104))
    return tuple(day.astimezone(clock).utcoffset() for day in days)


def _table(name: str) -> Iterable[list[str]]:
    text = files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
