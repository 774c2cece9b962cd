"""Recruiting without a language model: the same steps, prompts, tools and gate, answered by ordinary code.

Each script sees what a model would see, its prompt and the results of its calls, and computes from nothing else.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import combinations, product
from typing import Any

from agents.playbook import Brief, Playbook, Result, Script, Unknown, Wanted, after_mark, call, sentences
from guard.plan import Plan
from runtime.problems import counted
from scenarios.recruiting import interviews
from scenarios.recruiting.interviews import position_in
from scenarios.recruiting.lessons import SCREENED
from scenarios.recruiting.openings import open_positions
from scenarios.recruiting.scoring import score
from tasks.steps import Pins, step_of
from tools.resumes.job import Job
from tools.resumes.paper import Paper

_WHO = re.compile(
    r"\bwho(?:'s| is| are| works?)? (?:in|on|for) (?:the |our )?(?P<team>[\w ]+?)(?: team)?\s*\?*$"
    r"|\bwho (?:knows|can do|does|speaks) (?P<skill>[\w+# ]+?)\s*\?*$"
)

_STEPS = ("screen", "shortlist", "schedule", "invite", "decline")

NOTE = "We look forward to the conversation."
"""The playbook's own words in an invitation; everything else in it are facts."""


def plan(brief: Brief) -> Plan:
    """The tasks of the crew, with as many calls as the inputs need. Raises Unknown for a crew without these tasks."""
    if brief.facts.get("orders"):
        return interviews.plan(brief)
    for name in sorted(set(_STEPS).symmetric_difference(set(brief.tasks).difference(interviews.TASKS.values()))):
        raise Unknown(f"how to recruit {'without' if name in _STEPS else 'with'} the task '{name}'")
    resumes, chosen = int(brief.facts["resumes"]), int(brief.facts["shortlist"])
    people, panels = int(brief.facts["panel_size"]), int(brief.facts["panels"])
    times = {
        "screen": {"read_resume": resumes, "record_candidate": resumes, "propose_merge": resumes},
        "shortlist": {"move_stage": chosen},
        "schedule": {
            "find_slots": chosen * panels,
            "book_interview": chosen * panels,
            "record_interview": chosen,
        },
        "invite": {"send_invitation": chosen * (people + 1)},
        "decline": {"draft_rejection": resumes},
    }
    steps = []
    only = str(brief.facts.get("only") or ",".join(_STEPS)).split(",")
    for name, task in ((name, task) for name, task in brief.tasks.items() if name in only):
        needed = {tool: count for tool, count in times[name].items() if tool in task["tools"] and count}
        steps.append(step_of(name, task, needed, pins(brief.facts)))
    return Plan(steps=tuple(steps))


def pins(facts: Mapping[str, Any]) -> Pins:
    """What is fixed before anything is read: the position, the only stage to move to, how long an interview is, and the
    words that go out with it."""
    position, minutes = [str(facts["position"])], [int(facts["minutes"])]
    return {
        "rank_candidates": {"position": position},
        "list_candidates": {"position": position},
        "list_interviews": {"position": position},
        "move_stage": {"stage": ["shortlisted"]},
        "find_slots": {"minutes": minutes},
        "book_interview": {"minutes": minutes},
        "send_invitation": {"note": [NOTE]},
        "draft_rejection": {"note": [""]},
    }


def screen(_prompt: str) -> Script:
    """Read every résumé, score what can be scored, record all, propose a merge for people who applied twice."""
    [job_read, listed, recalled] = yield [call("read_job"), call("list_resumes"), call("recall", about=SCREENED)]
    job = Job.model_validate(job_read.needed())
    before = {one["key"] for one in recalled.needed()["known"]}
    files = [str(one["file"]) for one in listed.needed() if one["version"] not in before]
    read = (yield [call("read_resume", file=file) for file in files]) if files else []
    papers = [Paper.model_validate(one.needed()) for one in read]
    recorded = (yield [_recording(job, paper) for paper in papers]) if papers else []
    [found] = yield [call("find_duplicates")]
    pairs = found.needed()
    if pairs:
        yield [call("propose_merge", first=one["first"], second=one["second"], reason=one["why"]) for one in pairs]
    scored = [one for one in recorded if one.ok and one.value.get("total") is not None]
    return sentences(
        f"{counted(len(papers), 'résumé')} read, {len(scored)} scored",
        *([f"{len(listed.needed()) - len(files)} were recorded before and are unchanged"] if before else []),
        *(f"{paper.file} waits for a person ({paper.status})" for paper in papers if paper.status != "ok"),
        *(f"{paper.file} holds text that readers cannot see; it was left out" for paper in papers if paper.findings),
        *(f"{one['first']} and {one['second']} look like the same person; a merge is proposed" for one in pairs),
        *(f"{file}: {one.text}" for file, one in zip(files, recorded, strict=True) if not one.ok),
    )


def shortlist(prompt: str) -> Script:
    """Rank, and move those at the top who meet every must."""
    [ranked] = yield [call("rank_candidates", position=position_in(prompt))]
    ranking = ranked.needed()
    stages = {one["candidate"]: one["stage"] for one in ranking["ranking"]}
    chosen = ranking["shortlist"]
    new = [one for one in chosen if stages[one] == "screened"]
    if new:
        yield [call("move_stage", candidate=one, stage="shortlisted") for one in new]
    return sentences(
        f"{counted(len(ranking['ranking']), 'candidate')} ranked, {len(chosen)} on the shortlist: {', '.join(chosen)}",
        f"{len(new)} moved to shortlisted" if new else "all of them had been moved before",
    )


def schedule(prompt: str) -> Script:
    """Find slots for every candidate on the shortlist with a panel of the teams asked for, book them, record them.

    Candidates take different panels first, so that nobody of the house sits in all interviews; who finds no slot with
    one panel is tried with the next.
    """
    [job_read, listed] = yield [
        call("read_job"),
        call("list_candidates", position=position_in(prompt), stage="shortlisted"),
    ]
    job = Job.model_validate(job_read.needed())
    candidates = [str(one["candidate"]) for one in listed.needed()]
    if not candidates:
        return "Nobody on the shortlist waits for an interview, so nothing is booked."
    teams = yield [call("find_people", team=seat.team) for seat in job.interviews.panel]
    panels = _panels(job, teams)
    booked: list[Any] = []
    refused: dict[str, str] = dict.fromkeys(candidates, "no panel could be made of the teams")
    for turn in range(len(panels)):
        trying = [(one, panels[(index + turn) % len(panels)]) for index, one in enumerate(candidates) if one in refused]
        found = yield [_search(job, one, panel) for one, panel in trying]
        bookings = _bookings(job, trying, found, refused)
        made = (yield bookings) if bookings else []
        for booking, result in zip(bookings, made, strict=True):
            if result.ok:
                booked.append(result.value)
                del refused[str(booking.args["candidate"])]
            else:
                refused[str(booking.args["candidate"])] = result.text
        if not refused:
            break
    if booked:
        yield [call("record_interview", interview=one["interview"]) for one in booked]
    return sentences(
        f"{counted(len(booked), 'interview')} booked",
        *(f"{one} has none: {why}" for one, why in refused.items()),
    )


def invite(prompt: str) -> Script:
    """One invitation to each person of each interview."""
    [listed] = yield [call("list_interviews", position=position_in(prompt))]
    booked = listed.needed()
    if not booked:
        return "No interview is booked, so nobody is invited."
    sent = yield [
        call("send_invitation", interview=one["interview"], to=mail, note=NOTE)
        for one in booked
        for mail in one["attendees"]
    ]
    made = [one.value for one in sent if one.ok]
    before = sum(bool(one["already"]) for one in made)
    return sentences(
        f"{counted(len(made) - before, 'invitation')} sent for {counted(len(booked), 'interview')}",
        *([f"{before} had been sent before"] if before else []),
        *(one.text for one in sent if not one.ok),
    )


def decline(prompt: str) -> Script:
    """A draft for everybody who was ranked and is not on the shortlist. A person reads and sends it, or does not."""
    [ranked] = yield [call("rank_candidates", position=position_in(prompt))]
    ranking = ranked.needed()
    doubles = {one["candidate"] for one in ranking["ranking"] if one.get("same_as")}
    left = [
        one["candidate"]
        for one in ranking["ranking"]
        if one["candidate"] not in ranking["shortlist"]
        and one["candidate"] not in doubles
        and one["stage"] == "screened"
    ]
    if not left:
        return "Everybody who was ranked is on the shortlist; nothing is drafted."
    drafted = yield [call("draft_rejection", candidate=one, note="") for one in left]
    new = [one for one in drafted if one.ok and not one.value["already"]]
    return sentences(
        f"{counted(len(new), 'rejection')} drafted, none sent" if new else "All rejections had been drafted before",
        *(one.text for one in drafted if not one.ok),
    )


def answer(prompt: str) -> Script:
    """The assistant's answer to questions about open positions, and about who is who in the house."""
    question = after_mark(prompt, "Question: ").casefold()
    if who := _WHO.search(question):
        return (yield from _people(who["team"] or "", who["skill"] or ""))
    if not any(word in question for word in ("position", "job", "role", "opening", "vacanc")):
        raise Unknown("an answer to this question")
    [listed] = yield [call("list_positions")]
    return open_positions(question, listed.needed())


def _people(team: str, skill: str) -> Script:
    [found] = yield [call("find_people", team=team, text=skill)]
    value = found.needed()
    lines = [
        f"- {one['name']}, {one['title']} ({one['team']}, {one['zone']}): {one['mail']}" for one in value["people"]
    ]
    about = f"in the team '{team}'" if team else f"who fits '{skill}'"
    return "\n".join([f"{counted(len(lines), 'colleague')} {about}:", *lines]) if lines else str(value.get("note"))


def _recording(job: Job, paper: Paper) -> Wanted:
    scores = score(job, paper) if paper.status == "ok" else []
    return call("record_candidate", file=paper.file, scores=scores)


def _panels(job: Job, teams: list[Result]) -> list[list[str]]:
    """Every panel that the teams can make, in an order that lets all of them take turns."""
    seats = [
        combinations([str(one["mail"]) for one in found.needed()["people"]], seat.people)
        for seat, found in zip(job.interviews.panel, teams, strict=True)
    ]
    return [[mail for seat in panel for mail in seat] for panel in product(*seats)]


def _search(job: Job, candidate: str, panel: list[str]) -> Wanted:
    days = job.interviews
    return call(
        "find_slots",
        candidate=candidate,
        panel=panel,
        minutes=days.minutes,
        first_day=days.first.isoformat(),
        last_day=days.last.isoformat(),
    )


def _bookings(
    job: Job, trying: list[tuple[str, list[str]]], found: list[Result], refused: dict[str, str]
) -> list[Wanted]:
    """A booking per candidate: the first slot whose panel was not given to somebody else in this round."""
    length = timedelta(minutes=job.interviews.minutes)
    taken: list[tuple[datetime, set[str]]] = []
    wanted = []
    for (candidate, panel), slots in zip(trying, found, strict=True):
        for slot in slots.value["slots"] if slots.ok else ():
            start = datetime.fromisoformat(slot["start"])
            if all(abs(start - other) >= length or not people & set(panel) for other, people in taken):
                taken.append((start, set(panel)))
                minutes = job.interviews.minutes
                wanted.append(
                    call("book_interview", candidate=candidate, panel=panel, start=slot["start"], minutes=minutes)
                )
                break
        else:
            refused[candidate] = str(slots.value.get("why") or "no slot is free") if slots.ok else slots.text
    return wanted


PLAYBOOK = Playbook(
    plan=plan,
    steps={
        "screen": screen,
        "shortlist": shortlist,
        "schedule": schedule,
        "invite": invite,
        "decline": decline,
        "answer": answer,
        **interviews.STEPS,
    },
)
