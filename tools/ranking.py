"""The order of candidates, by points that each rest on a line of their file. `rank` is pure: records and a job go in.

A must counts as met with at least half of its points, by a quote that holds one of the criterion's own words: whoever
judges may be fooled about what a line means, and not about what stands in it. What is unknown is not zero: it is
listed, adds nothing to the total and nothing to what could have been had, and as a must it is not met.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tools.documents import job_of
from tools.resumes.job import Criterion, Job
from tools.stages import is_open

if TYPE_CHECKING:
    from tools.world import World

_MET = 0.5

_WHY = {
    "needs_ocr": "the file is a picture without text: it needs character recognition, or a person who reads it",
    "needs_human": "the file cannot be read: a person has to look at it",
}


def rank(
    job: Job, candidates: Iterable[Mapping[str, Any]], merges: Iterable[Mapping[str, Any]]
) -> dict[str, list[Any]]:
    """`ranking` by total, then known points, then id; `not_ranked` with why; `shortlist`, the ids of the best.

    Of candidates who may be one person the best is ranked as itself, each other says so in `same_as`; only the first
    can be on the shortlist.
    """
    people = list(candidates)
    reasons = {one["id"]: _why_not(one) for one in people}
    ranked = sorted((one for one in people if not reasons[one["id"]]), key=_place)
    best = _best_of_each([one["id"] for one in ranked], merges)
    ranking = [_line(job, one, best[one["id"]]) for one in ranked]
    fit = [one["candidate"] for one in ranking if one["meets_must"] and not one["same_as"]]
    return {
        "ranking": ranking,
        "not_ranked": [
            {"candidate": one["id"], "status": one["status"], "why": reasons[one["id"]]}
            for one in people
            if reasons[one["id"]]
        ],
        "shortlist": fit[: job.interviews.shortlist],
    }


def shortlisted(position: str, world: "World") -> list[str]:
    """The ids of those whom the ranking shortlists now; empty where the job at hand is for another position."""
    job = job_of(world) if "job" in world.inputs else None
    if job is None or job.position != position:
        return []
    return rank(job, world.ats.candidates(position), world.ats.merges())["shortlist"]


def _why_not(candidate: Mapping[str, Any]) -> str:
    if not is_open(candidate["stage"]):
        return f"the application is closed: {candidate['stage']}"
    if candidate["status"] != "ok":
        return _WHY[candidate["status"]]
    if candidate["total"] is not None:
        return ""
    if candidate["scores"]:
        return "no criterion could be judged from the file: a person has to look at it"
    return "the candidate has no scores yet"


def _place(candidate: Mapping[str, Any]) -> tuple[float, float, str]:
    return (-candidate["total"], -candidate["known"], candidate["id"])


def _line(job: Job, candidate: Mapping[str, Any], best: str) -> dict[str, Any]:
    scores = {score["criterion"]: score for score in candidate["scores"] if score["points"] is not None}
    return {
        "candidate": candidate["id"],
        "stage": candidate["stage"],
        "total": candidate["total"],
        "known": candidate["known"],
        "of": sum(one.points for one in job.criteria),
        "meets_must": all(_met(scores.get(one.id), one) for one in job.criteria if one.must),
        "reasons": [_reason(scores[one.id]) for one in job.criteria if one.id in scores],
        "unknown": [one.id for one in job.criteria if one.id not in scores],
        "same_as": "" if best == candidate["id"] else best,
    }


def _met(score: Mapping[str, Any] | None, criterion: Criterion) -> bool:
    return score is not None and score["points"] >= _MET * score["max"] and criterion.shows_in(score["quote"])


def _reason(score: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "criterion": score["criterion"],
        "points": score["points"],
        "of": score["max"],
        "quote": score["quote"],
        "line": score["line"],
    }


def _best_of_each(ranked: list[str], merges: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """For each id the best-ranked one that may be the same person, also over a third: itself if there is none."""
    group = {one: {one} for one in ranked}
    for merge in merges:
        joined = group.get(merge["first"], {merge["first"]}) | group.get(merge["second"], {merge["second"]})
        group |= dict.fromkeys(joined, joined)
    return {one: next(other for other in ranked if other in group[one]) for one in ranked}
