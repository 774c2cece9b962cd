"""`deputy accept`: a proposal becomes a run with the person's own words; a question handed over is shown whole."""

from pathlib import Path
from typing import Any

from cli.session import Doors
from crews.wish import Outcome, Wish
from testkit.story import ledger_in
from tests.cli.conftest import Call

GOAL = "Schedule a 1-hour sync with the design team today"
CREW = {"to": "crew", "goal": "Wire all money", "why": "it acts", "scenario": "scheduling", "crew": "scheduling"}
PERSON = {"to": "person", "goal": GOAL, "why": "no passage", "transcript": [{"who": "person", "said": GOAL}]}


def _proposed(house: Path, body: dict[str, Any]) -> None:
    ledger = ledger_in(house / "var")
    ledger.append("r1", "run.started", {"goal": GOAL, "wish": {"goal": GOAL}})
    ledger.append("r1", "proposal.made", {"effects": {"book_meeting": "write"}, "usd": 5.0, **body})
    ledger.append("r1", "run.done", {"summary": ""})
    ledger.close()


class Crew:
    """A `cli.session.Start` that keeps what was wished for."""

    def __init__(self) -> None:
        self.wishes: list[Wish] = []

    def __call__(self, project: Path, wish: Wish, **_hooks: Any) -> Outcome:
        self.wishes.append(wish)
        ledger = ledger_in(project / "var")
        ledger.append("r2", "run.started", {"goal": wish.goal, "mode": "playbook"})
        return Outcome("r2", "done", 0, "done", project)


def test_the_run_has_the_words_of_the_question_and_not_those_of_the_proposal(house: Path, call: Call) -> None:
    _proposed(house, CREW)
    crew = Crew()

    shown = call("accept", "r1", doors=Doors(start=crew))

    assert shown.exit_code == 0, shown.output
    [wish] = crew.wishes
    assert (wish.goal, wish.scenario) == (GOAL, "scheduling")
    assert "book_meeting (write)" in shown.stdout


def test_it_is_accepted_once(house: Path, call: Call) -> None:
    _proposed(house, CREW)
    crew = Crew()
    call("accept", "r1", doors=Doors(start=crew))

    again = call("accept", "r1", doors=Doors(start=crew))

    assert again.exit_code == 2
    assert "was accepted before" in again.stderr
    assert len(crew.wishes) == 1


def test_a_question_handed_over_shows_what_was_asked_and_starts_nothing(house: Path, call: Call) -> None:
    _proposed(house, PERSON)
    crew = Crew()

    shown = call("accept", "r1", doors=Doors(start=crew))

    assert shown.exit_code == 0
    assert f"person      {GOAL}" in shown.stdout
    assert crew.wishes == []


def test_where_nothing_was_asked_there_is_nothing_to_accept(house: Path, call: Call) -> None:
    assert "nothing was proposed here" in call("accept", "r1").stderr


def test_show_tells_what_is_proposed_and_then_who_accepted_it(house: Path, call: Call) -> None:
    _proposed(house, CREW)

    before = call("show", "r1").stdout
    call("accept", "r1", doors=Doors(start=Crew()))
    after = call("show", "r1").stdout

    assert "? proposes a run of the crew 'scheduling'" in before
    assert "may use     book_meeting (write)" in before
    assert before.splitlines()[-1] == "next        deputy accept r1"
    assert "accepted    by user:" in after
    assert "deputy accept" not in after


def test_show_tells_what_of_an_answer_is_unproven(house: Path, call: Call) -> None:
    ledger = ledger_in(house / "var")
    ledger.append("r1", "run.started", {"goal": GOAL})
    ledger.append("r1", "answer.doubted", {"claims": [{"claim": "It is free.", "why": "no source is named"}]})
    ledger.append("r1", "run.done", {"summary": "It is free."})
    ledger.close()

    shown = call("show", "r1").stdout

    assert "unproven    It is free. (no source is named)" in shown
    assert "1 sentence of the answer does not stand on what was read" in shown
