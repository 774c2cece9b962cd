"""What becomes of booked interviews: a panelist declines, a candidate proposes, somebody cancels. Played once."""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest

from crews.opening import open_run
from crews.wish import Wish
from runtime.errors import Unclear
from testkit.projects import home_in
from tests.scenarios.recruiting import POSITION, Played, play, shipped, world_of
from tests.scenarios.scheduling import play as play_goal
from tools.backends.ical import event_of
from tools.backends.protocols import Event

DANIELLE, JORG = "danielle.okafor@meridian.example", "joerg.baeumler@meridian.example"
SIOBHAN, NOVAKOVA = "siobhan.kearney@meridian.example", "maria.novakova@meridian.example"
LUKASZ, THORA, MARCUS = (
    "lukasz.zak@poczta.example",
    "thora.bjornsdottir@postur.example",
    "marcus.adeyemi@letterbox.example",
)


@dataclass(frozen=True)
class State:
    """Everything that recruiting leaves behind, after one of the runs here."""

    played: Played
    events: dict[str, Event]
    sent: list[EmailMessage]
    interviews: list[dict[str, Any]]
    stages: dict[str, str]

    def of(self, mail: str) -> Event:
        """The interview that the address takes part in as a candidate."""
        return self.events[mail]

    def told_since(self, before: "State") -> list[tuple[str, str, str, int]]:
        """Who was written to since then, with the calendar entry's method, id and number of changes; sorted."""
        return sorted(_invitation(one) for one in self.sent[len(before.sent) :])


def state(played: Played) -> State:
    with home_in(played.project):
        world = world_of(played.project)
        events = {next(p.mail for p in one.attendees if not p.host): one for one in world.agenda.events()}
        stages = {str(one["mail"]): str(one["stage"]) for one in world.ats.candidates(POSITION)}
        return State(played, events, world.mailbox.sent(), world.ats.interviews(POSITION), stages)


def _invitation(message: EmailMessage) -> tuple[str, str, str, int]:
    [part] = [one for one in message.walk() if one.get_content_type() == "text/calendar"]
    entry = event_of(part.get_content())
    return message["To"].addresses[0].addr_spec, str(part.get_param("method")), entry.uid, entry.sequence


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[State]]:
    """After the first run, after its answers were dealt with, twice, and after one interview was cancelled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL", "playbook")
        project = shipped(tmp_path_factory.mktemp("interviews") / "project")
        states = [state(play(project))]
        for goal in (
            "Deal with the answers to our interview invitations",
            "Deal with the answers to our interview invitations",
            "Cancel the interview of Marcus Adeyemi",
        ):
            states.append(state(play_goal(project, goal)))
        yield states


@pytest.mark.statement("recruiting", 7)
def test_a_colleague_with_the_same_skill_sits_in_for_a_panelist_who_declines(runs: list[State]) -> None:
    before, after = runs[0].of(LUKASZ), runs[1].of(LUKASZ)

    assert [one.mail for one in before.attendees] == [LUKASZ, DANIELLE, SIOBHAN]
    assert [one.mail for one in after.attendees] == [LUKASZ, JORG, SIOBHAN]
    assert (after.uid, after.start, after.sequence) == (before.uid, before.start, before.sequence + 1)


@pytest.mark.statement("recruiting", 7)
def test_without_a_substitute_the_interview_moves_to_a_time_that_suits_everybody(runs: list[State]) -> None:
    before, after = runs[0].of(THORA), runs[1].of(THORA)

    assert (after.uid, after.sequence) == (before.uid, before.sequence + 1)
    assert after.start > before.start
    assert [one.mail for one in after.attendees] == [THORA, JORG, NOVAKOVA]
    assert "does not work" in runs[1].played.only("step.done")[0]["output"], "it says why nobody sits in"


@pytest.mark.statement("recruiting", 7)
def test_each_person_of_a_changed_interview_gets_one_mail_and_nobody_else_any(runs: list[State]) -> None:
    lukasz, thora = runs[1].of(LUKASZ), runs[1].of(THORA)
    told = runs[1].told_since(runs[0])

    assert told == sorted(
        [
            *((one, "REQUEST", lukasz.uid, 1) for one in (LUKASZ, JORG, SIOBHAN)),
            (DANIELLE, "CANCEL", lukasz.uid, 1),
            *((one, "REQUEST", thora.uid, 1) for one in (THORA, JORG, NOVAKOVA)),
        ]
    )
    letter = next(one for one in runs[1].sent[len(runs[0].sent) :] if LUKASZ in str(one["To"]))
    assert str(letter["Subject"]).startswith("Changed: Interview")


@pytest.mark.statement("recruiting", 9)
def test_calendars_and_records_agree_after_the_changes(runs: list[State]) -> None:
    for after in runs:
        booked = {one.uid: (one.start, [p.mail for p in one.attendees if p.host]) for one in after.events.values()}
        kept = {one["uid"]: (one["start"], one["panel"]) for one in after.interviews}
        assert {uid: (start.isoformat(), panel) for uid, (start, panel) in booked.items()} == {
            uid: (str(start).replace("Z", "+00:00"), list(panel)) for uid, (start, panel) in kept.items()
        }


def test_what_a_candidate_proposes_and_what_is_forged_waits_for_a_person(runs: list[State]) -> None:
    assert runs[1].of(MARCUS) == runs[0].of(MARCUS)
    waits = " ".join(
        one["waits_for_person"]
        for one in runs[1].played.results("read_interview_answers")[0]
        if "waits_for_person" in one
    )
    assert "15:00–16:00 UTC" in waits
    assert "comes from nobody who was invited" in waits
    assert "offered" not in runs[1].stages.values(), "a comment is no instruction"


def test_the_same_answers_again_change_and_send_nothing(runs: list[State]) -> None:
    assert runs[2].events == runs[1].events
    assert len(runs[2].sent) == len(runs[1].sent)


@pytest.mark.statement("recruiting", 8)
def test_a_cancelled_interview_is_cancelled_for_all_and_its_candidate_is_back_on_the_shortlist(
    runs: list[State],
) -> None:
    uid = runs[2].of(MARCUS).uid

    assert MARCUS not in runs[3].events
    assert uid not in {one["uid"] for one in runs[3].interviews}
    assert (runs[2].stages[MARCUS], runs[3].stages[MARCUS]) == ("interview", "shortlisted")
    assert runs[3].told_since(runs[2]) == sorted((one, "CANCEL", uid, 1) for one in (MARCUS, JORG, SIOBHAN))


@pytest.mark.parametrize(
    ("goal", "asks"),
    [
        ("Cancel the interview", "whose interview is meant: Ananya Krishnamurthy, Łukasz Żak or Þóra Björnsdóttir"),
        ("Cancel the interview of Marcus Adeyemi", "whose interview is meant"),
        ("Cancel the interview with Jörg", "whose interview is meant"),
        ("Move Ananya's interview", "to when shall the interview move"),
        ("Move the interview of Ananya to Thursday", "none of the job's days"),
        ("Move the interview of Ananya to 18 March at 3pm", "on whose clock"),
        ("Cancel the interview of Ananya and the roadmap workshop", "what about 'the roadmap workshop'"),
        ("Cancel the interview of Ananya and screen the résumés", "needs a plan of its own"),
    ],
)
def test_which_interview_and_when_is_asked_and_never_guessed(runs: list[State], goal: str, asks: str) -> None:
    with home_in(runs[0].played.project), pytest.raises(Unclear, match=asks):
        open_run(runs[0].played.project, Wish(goal=goal, model="playbook"))


def test_a_day_named_by_its_date_is_a_day_and_no_hour(runs: list[State]) -> None:
    with home_in(runs[0].played.project):
        opened = open_run(
            runs[0].played.project, Wish(goal="Move the interview of Ananya to 18 March", model="playbook")
        )
        [order] = opened.meant["orders"]
        opened.close()

    assert (order["do"], order["first_day"], order["last_day"]) == ("move", "2027-03-18", "2027-03-18")
