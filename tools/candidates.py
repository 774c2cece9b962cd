"""Candidates in the applicant records: what was read and scored is written down; likely doubles are pointed out."""

import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from runtime.errors import CannotWork, TryAgain
from tools.documents import job_of, list_resumes, reading_of
from tools.resumes.job import Job
from tools.resumes.paper import Paper
from tools.resumes.places import folded_name
from tools.resumes.scores import Score, mistakes
from tools.tool import tool
from tools.world import World

if TYPE_CHECKING:
    from tools.resumes.read import Reading


class Recorded(BaseModel):
    """What the records hold now. `known` is the most that the criteria which are not unknown could give, `of`
    what all of them could."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    candidate: str
    status: str
    total: int | float | None = None
    known: int = 0
    of: int = 0
    changed: bool
    waits_for_person: str | None = None


class Pair(BaseModel):
    """Two candidates who may be one person; `why` names the fields that agree."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: str
    second: str
    why: str


def _unrecord(_args: Mapping[str, Any], result: Any) -> None:
    if result["changed"]:
        problem = f"candidate '{result['candidate']}' stays in the records: only a person removes somebody"
        raise CannotWork(problem, remedy="record the file again to correct what is held")


@tool(
    effect="write",
    identity=("file",),
    trusted=("candidate",),
    subjects=("file", "candidate"),
    keyed=True,
    undo=_unrecord,
)
def record_candidate(file: str, scores: list[Score], *, world: World) -> Recorded:
    """Write one candidate and the scores into the applicant records. Give a score for every criterion of the job:
    points with a quote copied from one line and that line's number, or points null if the lines do not say. Points
    that were recorded with a quote before stay if you give null. For a résumé whose status is not 'ok', give no scores
    at all."""
    job = job_of(world)
    reading = reading_of(file, world)
    given = [Score.model_validate(score) for score in scores]
    _refuse_mistakes(given, job, reading.paper)
    given = _with_evidence(given, reading.paper.candidate, world)
    changed = _put(job, reading, given, world)
    known = [score for score in given if score.points is not None]
    return Recorded(
        candidate=reading.paper.candidate,
        status=reading.paper.status,
        total=sum(score.points or 0 for score in known) if known else None,
        known=sum(_most(score, job) for score in known),
        of=sum(one.points for one in job.criteria),
        changed=changed,
        waits_for_person=_waits(reading.paper),
    )


@tool(effect="read", trusted=("*.first", "*.second"), subjects=("*.first", "*.second"))
def find_duplicates(*, world: World) -> list[Pair]:
    """Find candidates of the position who may be one person who applied twice: the same e-mail address, telephone
    number, or name and employer. Nothing is merged."""
    people = sorted(world.ats.candidates(job_of(world).position), key=lambda one: str(one["id"]))
    return [
        Pair(first=first["id"], second=second["id"], why=", ".join(agree))
        for first, second in combinations(people, 2)
        if (agree := agreeing(first, second))
    ]


def _refuse_mistakes(scores: Sequence[Score], job: Job, paper: Paper) -> None:
    if paper.status != "ok":
        if scores:
            raise TryAgain(
                f"'{paper.file}' has the status {paper.status} ({paper.why}): it has no lines to score",
                remedy="record it with an empty list of scores",
            )
        return
    wrong = mistakes(scores, job, paper.numbered())
    if wrong:
        listed = "\n".join(f"  {one}" for one in wrong)
        raise TryAgain(
            f"nothing was recorded for '{paper.file}':\n{listed}", remedy="correct all of these, then record it again"
        )


def _with_evidence(scores: Sequence[Score], candidate: str, world: World) -> list[Score]:
    """The scores, with those that were recorded by a quote before in place of unknown ones.

    A candidate is one file's bytes: what stood in a line still does, so nobody takes points away by saying nothing.
    """
    held = world.ats.candidate(candidate)
    before = {one["criterion"]: one for one in (held or {}).get("scores") or () if one["points"] is not None}
    names = Score.model_fields
    return [
        score
        if score.points is not None or score.criterion not in before
        else Score.model_validate({name: before[score.criterion][name] for name in names})
        for score in scores
    ]


def _put(job: Job, reading: "Reading", scores: Sequence[Score], world: World) -> bool:
    """Write candidate and scores; True if either changed. A candidate who is further on is never put back."""
    paper, basics = reading.paper, reading.candidate.basics
    stage = "screened" if paper.status == "ok" else "applied"
    held = world.ats.candidate(paper.candidate)
    changed = world.ats.put_candidate(
        {
            "id": paper.candidate,
            "position": job.position,
            "file": _file(paper, held, world),
            "digest": reading.digest,
            "status": paper.status,
            "name": basics.name,
            "mail": basics.email,
            "phone": basics.phone,
            "zone": basics.zone,
            "city": basics.location.city,
            "country": basics.location.country_code,
            "resume": reading.candidate.model_dump(mode="json", exclude_none=True),
            "findings": [finding.model_dump(mode="json", exclude_none=True) for finding in paper.findings],
            "stage": held["stage"] if held else stage,
        }
    )
    rows = [{**score.model_dump(), "max": _most(score, job)} for score in scores]
    changed = world.ats.put_scores(paper.candidate, rows) or changed
    if held and held["stage"] == "applied" and stage == "screened":
        changed = world.ats.move(paper.candidate, stage) or changed
    return changed


def _file(paper: Paper, held: Mapping[str, Any] | None, world: World) -> str:
    """The file's name; of two files with the same bytes, the one that was recorded first."""
    if held and held["file"] in {one.file for one in list_resumes(world=world)}:
        return str(held["file"])
    return paper.file


def _most(score: Score, job: Job) -> int:
    criterion = job.criterion(score.criterion)
    return criterion.points if criterion else 0


def _waits(paper: Paper) -> str | None:
    """What a person has to do about the file, if anything."""
    if paper.status == "needs_ocr":
        return f"'{paper.file}' has no text that can be read ({paper.why}): have it recognised, or read it yourself"
    if paper.status == "needs_human":
        return f"'{paper.file}' cannot be read ({paper.why}): ask for another file, or read it yourself"
    kinds = {finding.kind for finding in paper.findings}
    if "hidden_text" in kinds:
        return f"'{paper.file}' holds text that no reader can see: look at it before you decide; it did not count"
    if kinds:
        return f"'{paper.file}' gives orders to a machine: look at it before you decide; they did not count"
    return None


def agreeing(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, str]:
    """What two applicant records have in common that makes them look like one person: each field with its value."""
    agree = {
        field: str(first[field])
        for field, same in (("mail", _mail), ("phone", lambda one: one.get("phone")))
        if same(first) and same(first) == same(second)
    }
    same_name = bool(first.get("name")) and folded_name(first["name"]) == folded_name(second.get("name") or "")
    both = _employers(first).keys() & _employers(second).keys() if same_name else ()
    named = ", ".join([str(first["name"]), *(_employers(first)[one] for one in sorted(both))]) if both else ""
    return agree | ({"name and employer": named} if named else {})


def _mail(person: Mapping[str, Any]) -> str:
    """The address in lower case without what follows a plus sign before the @."""
    return re.sub(r"\+[^@]*(?=@)", "", (person.get("mail") or "").lower())


def _employers(person: Mapping[str, Any]) -> dict[str, str]:
    """The employers as they are written, by their folded names."""
    work = (person.get("resume") or {}).get("work") or ()
    return {folded_name(entry["name"]): str(entry["name"]) for entry in work if entry.get("name")}
