"""The tables of a recruiting report, from receipts: what tools returned, never what a model said of it."""

from collections.abc import Iterator, Sequence
from typing import Any

from crews.report.sections import Cell, Section
from runtime.records import Record
from tools.candidates import agreeing
from tools.world import World


def sections(records: Sequence[Record], world: World) -> Sequence[Section]:
    """Interviews, ranking, who is not ranked, as far as the run has receipts for them. Names come from the records."""
    names = _Names(world)
    rankings = [record.body["result"] for record in records if _receipt(record, "rank_candidates")]
    listed = [record.body["result"] for record in records if _receipt(record, "list_interviews")]
    interviews = [one for one in listed[-1] if one["attendees"]] if listed else []
    return [
        *([_interviews(interviews, names, world)] if interviews else []),
        *([_ranking(rankings[-1], names)] if rankings else []),
        *([_not_ranked(rankings[-1], names)] if rankings and rankings[-1]["not_ranked"] else []),
        *_alike(records, world),
    ]


class _Names:
    """Whose id is whose, looked up in the applicant records."""

    def __init__(self, world: World) -> None:
        self._ats = world.ats

    def of(self, candidate: str) -> str:
        return f"{self.alone(candidate)}\n{candidate}"

    def alone(self, candidate: str) -> str:
        found = self._ats.candidate(candidate) or {}
        return str(found.get("name") or found.get("file") or candidate)


def _receipt(record: Record, tool: str) -> bool:
    return record.kind == "tool.done" and record.body["tool"] == tool


def _ranking(ranking: dict[str, Any], names: _Names) -> Section:
    rows = tuple(
        (
            number,
            names.of(one["candidate"]),
            one["total"],
            one["of"] - one["known"],
            _standing(one, ranking, names),
            "\n".join(_reasons(one)),
        )
        for number, one in enumerate(ranking["ranking"], start=1)
    )
    note = "Unknown are the points that a résumé says nothing about: they are not counted, and they are not zero."
    return Section(
        "Ranking", ("#", "Candidate", "Points", "Unknown", "Standing", "Reasons, each with its line"), rows, note
    )


def _standing(one: dict[str, Any], ranking: dict[str, Any], names: _Names) -> str:
    if one["candidate"] in ranking["shortlist"]:
        return "shortlisted"
    if one.get("same_as"):
        return f"same person as {names.alone(one['same_as'])}?\n{one['same_as']}"
    return "in reserve" if one["meets_must"] else "a must is not met"


def _reasons(one: dict[str, Any]) -> Iterator[str]:
    for reason in one["reasons"]:
        if reason["points"]:
            points = f"{reason['points']:g}/{reason['of']:g}"
            yield f"{reason['criterion']} {points}: “{reason['quote']}” (line {reason['line']})"
        else:
            yield f"{reason['criterion']} 0/{reason['of']:g}: no evidence"
    if one.get("unknown"):
        yield f"unknown: {', '.join(one['unknown'])}"


def _not_ranked(ranking: dict[str, Any], names: _Names) -> Section:
    rows = tuple((names.of(one["candidate"]), one["status"], one["why"]) for one in ranking["not_ranked"])
    return Section(
        "Not ranked", ("Candidate", "Status", "Why"), rows, "These wait for a person; none of them is ranked last."
    )


def _alike(records: Sequence[Record], world: World) -> Iterator[Section]:
    """Pairs that were proposed as one person, with what they have in common."""
    pairs = [one.body["args"] for one in records if _receipt(one, "propose_merge")]
    found = [(*(world.ats.candidate(pair[each]) for each in ("first", "second")), pair["reason"]) for pair in pairs]
    rows = tuple((_whole(one), _whole(other), _common(one, other, why)) for one, other, why in found if one and other)
    if rows:
        note = "A person decides; nothing is merged, and only the better of the two can be on the shortlist."
        yield Section("Possibly one person", ("Candidate", "And", "In common"), rows, note)


def _whole(record: dict[str, Any]) -> str:
    return "\n".join(str(one) for one in (record["name"] or "no name", record["file"], record["id"]))


def _common(first: dict[str, Any], second: dict[str, Any], reason: str) -> str:
    return "\n".join(f"{field}: {value}" for field, value in agreeing(first, second).items()) or reason


def _interviews(interviews: Sequence[dict[str, Any]], names: _Names, world: World) -> Section:
    zones = sorted({zone for one in interviews for zone in one["local"]})
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (names.of(one["candidate"]), *(one["local"].get(zone, "") for zone in zones), "\n".join(_panel(one, world)))
        for one in interviews
    )
    return Section(
        "Interviews", ("Candidate", *zones, "Panel"), rows, "The same hour in each zone that somebody sits in."
    )


def _panel(one: dict[str, Any], world: World) -> Iterator[str]:
    """The names of those attendees who are of the house."""
    known = {person.mail: person.name for person in world.directory.people}
    return (known[mail] for mail in one["attendees"] if mail in known)
