"""The conditions of a rule: on an argument's value, on how often, and on the time of day. Plain data, no language.

Where a value cannot be read, or its spelling leaves room, `doubt` says what is taken to be true: a rule that denies or
asks takes it that the condition holds, a rule that only allows takes it that it does not. Both are against the call.
"""

import posixpath
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, field_validator, model_validator

from guard.hosts import host_in
from guard.normal import LONGEST, normal
from guard.patterns import check_pattern, matches
from runtime.fields import Text, Zone, each_once

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Per = Literal["run", "day", "tenant_day"]

Scalar = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]})]

MAIL = r"[^\s@<>,;]+@[^\s@<>,;]+"
"""A mail address, as it stands for a person."""

_DUST = 1e-9  # what sums of floats may be off by
_SIZES = frozenset({"longer_than", "shorter_than"})
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAY = 24 * 60
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
_DOMAIN = re.compile(rf"(\*\.)?{_HOST.pattern}")


class Hours(BaseModel):
    """Holds at every time outside of a span of hours. A span over midnight belongs to the day on which it begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: tuple[Day, ...] = Field(
        default=DAYS, description="the days that have the span; on others every time is outside of it"
    )
    outside: str = Field(description='the span, such as "09:00-18:00"; its end is not part of it')
    zone: Zone = Field(description="the time zone of the hours, such as Europe/Berlin")

    @field_validator("days")
    @classmethod
    def _each_day_once(cls, days: tuple[Day, ...]) -> tuple[Day, ...]:
        if not each_once(days):
            raise ValueError("it is empty; write the days, or remove the key")
        return days

    @field_validator("outside")
    @classmethod
    def _is_a_span(cls, outside: str, info: Any) -> str:
        if not _SPAN.fullmatch(outside) or max(_span(outside)) > _DAY:
            raise ValueError(f"'{outside}' is no span of hours; write it like \"09:00-18:00\"")
        first, last = _span(outside)
        if first == last:
            raise ValueError(f"'{outside}' is empty; end it later than it begins")
        if (first, last) == (0, _DAY) and set(info.data.get("days", ())) == set(DAYS):
            raise ValueError(f"nothing is outside of {outside} on all days; this can never hold")
        return outside

    def holds(self, at: datetime) -> bool:
        """Whether `at`, an aware time, is outside."""
        if at.tzinfo is None:
            raise ValueError("the time has no zone")
        local = at.astimezone(ZoneInfo(self.zone))
        first, last = _span(self.outside)
        minute, today = local.hour * 60 + local.minute, local.weekday()
        if first < last:
            return not (first <= minute < last and DAYS[today] in self.days)
        evening, morning = minute >= first, minute < last
        return not ((evening and DAYS[today] in self.days) or (morning and DAYS[today - 1] in self.days))


class Times(BaseModel):
    """Holds once the tool was allowed so often."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per: Per = Field(description="in one run, or on one day by all runs together, or by those of one tenant")
    at_most: int = Field(ge=1, le=1_000_000, description="how many calls of the tool are within it")

    def holds(self, used: int) -> bool:
        """Whether the call after `used` others is one too many."""
        return used >= self.at_most


class Total(BaseModel):
    """Holds once a number comes to more, over all calls of the rule's tools, this one included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    argument: str = Field(description="the argument that is added up, such as an amount of money")
    per: Per = Field(description="in one run, or on one day by all runs together, or by those of one tenant")
    at_most: float = Field(gt=0, le=1e12, description="what it may come to")

    instead: ClassVar[dict[str, str]] = {"sum": "use 'argument'", "of": "use 'argument'", "max": "use 'at_most'"}

    def holds(self, before: float, value: Any) -> bool:
        """Whether `value` after `before` is too much. What is no number is: it cannot be added up."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value is not None
        return not before + abs(value) <= self.at_most + _DUST


class Argument(BaseModel):
    """Holds for a value that meets all that is said here. Of a list, each entry is looked at, and its length."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    one_of: tuple[Scalar, ...] = Field(default=(), min_length=1, description="it is one of these")
    not_one_of: tuple[Scalar, ...] = Field(default=(), min_length=1, description="it is none of these")
    at_least: float | None = Field(default=None, description="a number: it is this or more")
    at_most: float | None = Field(default=None, description="a number: it is this or less")
    longer_than: int | None = Field(default=None, ge=0, description="it has more characters, or entries")
    shorter_than: int | None = Field(default=None, ge=1, description="it has fewer characters, or entries")
    matches: str | None = Field(default=None, description="the whole text is as this regular expression says")
    domain_in: tuple[str, ...] = Field(
        default=(), description="the host of its mail address or URL is one of these; *.x for those below"
    )
    domain_not_in: tuple[str, ...] = Field(default=(), description="that host is none of these")
    below: Text | None = Field(default=None, description="it is this path, or one below it")
    hours: Hours | None = Field(default=None, description="it is a time with its zone, outside of these hours")

    instead: ClassVar[dict[str, str]] = {
        "equals": "use 'one_of' with a list",
        "not": "use 'not_one_of' with a list",
        "min": "use 'at_least'",
        "max": "use 'at_most'",
        "regex": "use 'matches'",
        "pattern": "use 'matches'",
        "domain": "use 'domain_in' with a list",
    }

    @field_validator("at_least", "at_most", "longer_than", "shorter_than", "below", "hours")
    @classmethod
    def _is_written(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("it has no value; write one, or remove the key")
        return value

    @field_validator("one_of", "not_one_of")
    @classmethod
    def _are_values(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if any(not isinstance(one, str | int | float) for one in values):
            raise ValueError("it can hold texts, numbers, true and false only")
        return values

    @field_validator("matches")
    @classmethod
    def _is_safe(cls, pattern: str | None) -> str | None:
        check_pattern(pattern or "")
        return pattern

    @field_validator("domain_in", "domain_not_in")
    @classmethod
    def _are_domains(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        if not domains:
            raise ValueError("it is empty; write a domain, or remove the key")
        for one in domains:
            if not _DOMAIN.fullmatch(one):
                hint = "write it in lower case, like house.example, or *.house.example for what is below it"
                raise ValueError(f"'{one}' is no domain; {hint}")
        return domains

    @model_validator(mode="after")
    def _can_hold(self) -> "Argument":
        if not self.model_fields_set:
            raise ValueError("it has no condition; write one, such as 'one_of', or remove it")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"no number is at least {self.at_least:g} and at most {self.at_most:g}; swap them")
        longer, shorter = self.longer_than, self.shorter_than
        if longer is not None and shorter is not None and shorter - longer < 2:
            raise ValueError(f"nothing is longer than {longer} and shorter than {shorter}; correct one of them")
        if self.one_of and not any(self._item_fits(one, doubt=False) for one in self.one_of):
            raise ValueError("no value of 'one_of' meets the other conditions; this can never hold")
        if self.domain_in and all(_is_taken(one, self.domain_not_in) for one in self.domain_in):
            raise ValueError("'domain_not_in' takes away all of 'domain_in'; this can never hold")
        return self

    def fits(self, value: Any, *, doubt: bool) -> bool:
        """Whether the value meets all conditions; `doubt` where that cannot be said. A missing value meets none."""
        if isinstance(value, list | tuple | set | frozenset):
            if not self._size_fits(len(value)):
                return False
            some = any if doubt else all
            return not self._about_items() or some(self._item_fits(one, doubt=doubt) for one in value)
        if isinstance(value, str) and not self._size_fits(len(value)):
            return False
        return self._item_fits(value, doubt=doubt)

    def _about_items(self) -> bool:
        return not self.model_fields_set <= _SIZES

    def _size_fits(self, size: int) -> bool:
        longer, shorter = self.longer_than, self.shorter_than
        return (longer is None or size > longer) and (shorter is None or size < shorter)

    def _item_fits(self, value: Any, *, doubt: bool) -> bool:
        if value is None:
            return False
        unclear = False
        for meets in self._checks(value, doubt):
            if meets is False:
                return False
            unclear = unclear or meets is None
        return doubt or not unclear

    def _checks(self, value: Any, doubt: bool) -> Iterator[bool | None]:
        """Each condition's answer; None where the value cannot be read."""
        if self.one_of:
            yield any(_same(value, one, loose=doubt) for one in self.one_of)
        if self.not_one_of:
            yield not any(_same(value, one, loose=not doubt) for one in self.not_one_of)
        if self.at_least is not None or self.at_most is not None:
            yield _between(value, self.at_least, self.at_most)
        if self.matches is not None:
            yield matches(self.matches, value) if isinstance(value, str) else None
        if self.domain_in or self.domain_not_in:
            host = host_of(value)
            yield None if host is None else not self.domain_in or _among(host, self.domain_in)
            yield None if host is None else not _among(host, self.domain_not_in)
        if self.below is not None:
            yield _is_below(value, self.below, loose=doubt)
        if self.hours is not None:
            at = _time(value)
            yield None if at is None else self.hours.holds(at)


def host_of(value: Any) -> str | None:
    """The host of one mail address or URL, in its one spelling; None if it is not plainly one of the two."""
    return _host(value) if isinstance(value, str) and len(value) <= LONGEST else None


@lru_cache(maxsize=256)
def _host(value: str) -> str | None:
    one = normal(value.strip())
    if one.kind not in ("mail", "url"):
        return None
    host = one.text.rpartition("@")[2] if one.kind == "mail" else host_in(one.text)
    foreign = host is not None and "xn--" in host and "xn--" not in value.lower()
    return None if foreign else host  # a host in letters of another script may be meant to look like one in ours


def _among(host: str, domains: tuple[str, ...]) -> bool:
    """Whether `host` is one of `domains`, or below one that begins with `*.`."""
    return any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in domains)


def _is_taken(domain: str, away: tuple[str, ...]) -> bool:
    """Whether every host of `domain` is among those of `away`."""
    return domain in away or any(one.startswith("*.") and domain.endswith(one[1:]) for one in away)


def _same(value: Any, listed: Any, *, loose: bool) -> bool:
    if isinstance(value, str) and isinstance(listed, str):
        return value == listed or (loose and _folded(value) == _folded(listed))
    if isinstance(value, bool) or isinstance(listed, bool):
        return value is listed
    return isinstance(value, int | float) and value == listed


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _between(value: Any, least: float | None, most: float | None) -> bool | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return (least is None or value >= least) and (most is None or value <= most)


def _is_below(value: Any, folder: str, *, loose: bool) -> bool | None:
    """Whether the path is `folder` or inside of it, by its words alone: links are for the tool to refuse."""
    if not isinstance(value, str) or not value or value.startswith(("~", "//")) or re.search(r"[\\\x00-\x1f]", value):
        return None
    if value.startswith("/") != folder.startswith("/"):
        return None
    path, inside = posixpath.normpath(value), posixpath.normpath(folder)
    if loose:
        path, inside = _folded(path), _folded(inside)
    if path == ".." or path.startswith("../"):
        return None
    return inside == "." or path == inside or path.startswith(f"{inside.rstrip('/')}/")


def _time(value: Any) -> datetime | None:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else None


def _span(outside: str) -> tuple[int, int]:
    """The first minute of the day that is inside, and the first after it that is not."""
    first, last = ((int(hours) * 60 + int(minutes)) for hours, minutes in (p.split(":") for p in outside.split("-")))
    return first, last
