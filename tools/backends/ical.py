"""Our meetings as iCalendar (RFC 5545) and as invitations (iTIP, RFC 5546).

Single meetings are in UTC, without a VTIMEZONE; a series is in its zone, which is stated by yearly rules.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from runtime.clock import Clock
from runtime.sealed import ERASED
from runtime.traces import Traces
from tools.backends.protocols import Attendee, Event, Part
from tools.backends.vtimezone import vtimezone

if TYPE_CHECKING:
    from icalendar import Calendar
    from icalendar import Event as Component

PRODID = "-//Deputy//Agenda//EN"

Method = Literal["REQUEST", "CANCEL"]
Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

_FACT = "X-DEPUTY-FACT-"
_HOST = "X-DEPUTY-HOST"
_ZONE = "X-DEPUTY-ZONE"
_ROLES: dict[Part, str] = {"required": "REQ-PARTICIPANT", "optional": "OPT-PARTICIPANT", "room": "NON-PARTICIPANT"}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def invitation(event: Event, method: Method = "REQUEST", *, clock: Clock) -> bytes:
    """The body of a `text/calendar` part that invites everybody to the event, or cancels it.

    Nothing of `facts` is in it. To cancel, give the event with its sequence raised, as `Agenda.cancel` returns it.
    """
    calendar = _calendar_for(event)
    calendar.add("METHOD", method)
    calendar.add_component(_component(event, "CANCELLED" if method == "CANCEL" else "CONFIRMED", clock, ours=False))
    return bytes(calendar.to_ical())


def stored(event: Event, status: Status, clock: Clock) -> str:
    """The event as a calendar keeps it: with its facts, and telling servers to send no mail of their own."""
    calendar = _calendar_for(event)
    calendar.add_component(_component(event, status, clock, ours=True))
    return bytes(calendar.to_ical()).decode()


def event_of(text: str) -> Event:
    """The event that `stored` wrote, or any other single event that has an end. Raises ValueError for what is none."""
    component = _single(text)
    facts = {
        name.removeprefix(_FACT).lower().replace("-", "_"): _unescaped(str(value))
        for name, value in component.items()
        if name.startswith(_FACT)
    }
    return Event(
        uid=str(component["UID"]),
        title=str(component.get("SUMMARY", "")),
        start=component.decoded("DTSTART").astimezone(UTC),
        end=component.decoded("DTEND").astimezone(UTC),
        organizer=_address(component.get("ORGANIZER", "")),
        attendees=tuple(_attendee(one) for one in _many(component.get("ATTENDEE"))),
        sequence=int(component.get("SEQUENCE", 0)),
        location=str(component.get("LOCATION", "")),
        description=str(component.get("DESCRIPTION", "")),
        facts=facts,
        **_series_of(component),
    )


def status_of(text: str) -> Status:
    """How binding the stored event is."""
    status = str(_single(text).get("STATUS", "CONFIRMED")).upper()
    return "CANCELLED" if status == "CANCELLED" else "TENTATIVE" if status == "TENTATIVE" else "CONFIRMED"


def written_here(text: str) -> bool:
    """Whether `stored` wrote the entry, be it in another place."""
    return f";{_HOST}=TRUE" in text.replace("\r\n ", "")


def blotted(text: str, traces: Traces) -> str:
    """An entry, unfolded, with the values of those properties erased that name the person; it stays an entry."""
    lines = (line.rstrip("\r") for line in text.split("\n"))
    return "\r\n".join(
        f"{re.split('[:;]', line, maxsplit=1)[0]}:{ERASED}" if traces.named_in(line) else line for line in lines
    )


def same_meeting(one: Event, other: Event) -> bool:
    """Whether both are the same people at the same times; titles and notes may differ."""
    return _what(one) == _what(other)


def staying(before: Event, after: Event) -> frozenset[str]:
    """The hosts whose time a change does not touch: those of both, if it takes place at the same times."""
    if (before.start, before.end, before.rule) != (after.start, after.end, after.rule):
        return frozenset()
    hosts = [{one.mail.lower() for one in event.attendees if one.host} for event in (before, after)]
    return frozenset(hosts[0] & hosts[1])


def next_version(event: Event) -> Event:
    """The event as changed once more."""
    return replace(event, sequence=event.sequence + 1)


def when(start: datetime, end: datetime, zone: str) -> str:
    """The time on the clocks of `zone`: `Tue 16 Mar 2027, 15:00–16:00 CET (UTC+01:00)`.

    Both ends are written out when the day or the clocks change in between.
    """
    first, last = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    if (first.date(), first.utcoffset()) == (last.date(), last.utcoffset()):
        return f"{_day(first)}, {first:%H:%M}–{last:%H:%M} {_offset(first)}"
    return f"{_day(first)}, {first:%H:%M} {_offset(first)} – {_day(last)}, {last:%H:%M} {_offset(last)}"


def new_calendar() -> "Calendar":
    """A calendar with nothing in it."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("PRODID", PRODID)
    calendar.add("VERSION", "2.0")
    return calendar


def one_line(text: str) -> str:
    """`text` without line breaks, control characters and double quotes: nothing in it can end a line or a parameter."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).replace('"', "'").split())


def _component(event: Event, status: Status, clock: Clock, *, ours: bool) -> "Component":
    from icalendar import Event as Component
    from icalendar import vCalAddress, vRecur, vText

    component = Component()
    component.add("UID", event.uid)
    component.add("SEQUENCE", event.sequence)
    component.add("DTSTAMP", clock.now().replace(microsecond=0))
    zone = ZoneInfo(event.zone) if event.rule else UTC
    component.add("DTSTART", event.start.astimezone(zone))
    component.add("DTEND", event.end.astimezone(zone))
    if event.rule:
        component.add("RRULE", vRecur.from_ical(event.rule))
    component.add("SUMMARY", one_line(event.title))
    component.add("STATUS", status)
    component.add("TRANSP", "TRANSPARENT" if status == "CANCELLED" else "OPAQUE")
    for name, value in (("LOCATION", one_line(event.location)), ("DESCRIPTION", event.description)):
        if value:
            component.add(name, value)
    organizer = vCalAddress(f"mailto:{event.organizer}")
    if ours:
        organizer.params["SCHEDULE-AGENT"] = "CLIENT"
    component["ORGANIZER"] = organizer
    component["ATTENDEE"] = [_invited(one, ours=ours) for one in event.attendees]
    for name, value in sorted(event.facts.items()) if ours else ():
        component[_FACT + name.upper().replace("_", "-")] = vText(one_line(value))
    return component


def _invited(attendee: Attendee, *, ours: bool) -> Any:
    from icalendar import vCalAddress

    address = vCalAddress(f"mailto:{attendee.mail}")
    address.params.update(
        {
            "CN": one_line(attendee.name) or attendee.mail,
            "CUTYPE": "ROOM" if attendee.part == "room" else "INDIVIDUAL",
            "ROLE": _ROLES[attendee.part],
            "PARTSTAT": "NEEDS-ACTION",
            "RSVP": "TRUE",
        }
    )
    if ours:
        address.params.update({"SCHEDULE-AGENT": "CLIENT", _HOST: "TRUE" if attendee.host else "FALSE"})
        if attendee.zone:
            address.params[_ZONE] = attendee.zone
    return address


def _attendee(address: Any) -> Attendee:
    mail = _address(address)
    return Attendee(
        mail,
        str(address.params.get("CN", mail)),
        str(address.params.get(_ZONE, "")),
        host=address.params.get(_HOST) == "TRUE",
        part=next((part for part, role in _ROLES.items() if role == address.params.get("ROLE")), "required"),
    )


def _calendar_for(event: Event) -> "Calendar":
    """A calendar with the zone that the event needs, if it is a series. Raises NoRule for a zone without one."""
    calendar = new_calendar()
    if event.rule:
        calendar.add_component(vtimezone(event.zone, event.start.year))
    return calendar


def _series_of(component: "Component") -> dict[str, str]:
    if "RRULE" not in component:
        return {}
    zone = component["DTSTART"].params.get("TZID", "")
    rule = component["RRULE"].to_ical()
    return {"rule": rule.decode() if isinstance(rule, bytes) else str(rule), "zone": str(zone)}


def _what(event: Event) -> tuple[object, ...]:
    return event.uid, event.start, event.end, sorted(event.rule.split(";")), _mails(event)


def _single(text: str) -> "Component":
    from icalendar import Calendar
    from icalendar import Event as Component

    found = [one for one in Calendar.from_ical(text).walk("VEVENT") if isinstance(one, Component)]
    if len(found) != 1:
        raise ValueError(f"expected one event, found {len(found)}")
    return found[0]


def _mails(event: Event) -> frozenset[str]:
    return frozenset(one.mail.lower() for one in event.attendees)


def _many(value: Any) -> Iterator[Any]:
    if value is not None:
        yield from value if isinstance(value, list) else [value]


def _address(value: Any) -> str:
    text = str(value)
    return text[len("mailto:") :] if text.lower().startswith("mailto:") else text


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], text)


def _day(at: datetime) -> str:
    return f"{_WEEKDAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {at.year}"


def _offset(at: datetime) -> str:
    """`CET (UTC+01:00)`; only `UTC-03:00` where the zone has no abbreviation."""
    ahead = at.utcoffset() or timedelta()
    hours, minutes = divmod(abs(ahead) // timedelta(minutes=1), 60)
    text = f"UTC{'-' if ahead < timedelta() else '+'}{hours:02}:{minutes:02}"
    name = at.tzname() or ""
    return f"{name} ({text})" if name.isalpha() else text
