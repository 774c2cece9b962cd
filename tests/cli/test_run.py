"""`deputy run`: what is shown while a run goes on and when it has ended, and how the command ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.session import Doors
from crews.wish import Outcome, Wish
from runtime.ledger import Listener
from runtime.records import Record
from testkit.story import ledger_in
from testkit.storyteller import RUN, End, storyteller
from tests.cli.conftest import Call


def test_without_a_terminal_it_is_plain_lines_of_80_columns(call: Call) -> None:
    shown = call("run", "-s", "recruiting", doors=Doors(start=storyteller()))

    assert shown.exit_code == 0
    assert "\x1b" not in shown.stdout
    assert "\r" not in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_it_shows_who_answers_the_goal_and_the_plan_with_its_dependencies(call: Call) -> None:
    lines = call("run", "-s", "recruiting", doors=Doors(start=storyteller())).stdout.splitlines()

    assert lines[0] == "answers     No model is configured: playbooks answer, no language model."
    assert lines[1].startswith("goal        Screen the applicants")
    assert "            1  screen    researcher" in lines
    assert "            2  schedule  scheduler   after screen" in lines


def test_reads_are_one_line_and_effects_a_line_each(call: Call) -> None:
    shown = call("run", "-s", "recruiting", doors=Doors(start=storyteller())).stdout

    assert "· 16 reads: read_resume ×14, read_job, list_resumes" in shown
    assert shown.count("+ invitation mailed to ") == 12
    assert "+ invitation mailed to thora@bjorns.example" in shown
    assert "Tue 16 Mar 2027, 14:00–15:00 GMT (UTC+00:00) Atlantic/Reykjavik" in shown


def test_a_refused_call_shows_whom_it_was_for_and_the_rule(call: Call) -> None:
    shown = " ".join(call("run", "-s", "recruiting", doors=Doors(start=storyteller())).stdout.split())

    assert "✗ denied: send_invitation (interview: none, to: hr-list@collector.example" in shown
    assert "step 'screen' may use 'read_resume', not 'send_invitation' (rule step.tools)" in shown


def test_an_effect_that_was_there_already_is_not_counted_as_done(call: Call) -> None:
    shown = call("run", "-s", "recruiting", doors=Doors(start=storyteller())).stdout

    assert shown.count("(was so") == 1
    assert " 3 interviews booked" in shown
    assert "1 effect had happened before" in shown


def test_the_end_says_what_waits_what_it_took_and_where_things_are(call: Call) -> None:
    shown = call("run", "-s", "recruiting", doors=Doors(start=storyteller())).stdout

    assert "waits       1. look at 'k-novak.pdf': it holds hidden text that gives orders" in shown
    assert "playbook, no language model (23 answers, $0.00)" in shown
    assert f"report      var/runs/{RUN}/report.html" in shown
    assert f"calendars   var/runs/{RUN}/calendars  (1 file)" in shown
    assert f"next        open var/runs/{RUN}/report.html" in shown


def test_with_a_model_it_shows_calls_tokens_and_cost(call: Call) -> None:
    shown = call("run", "-s", "recruiting", doors=Doors(start=storyteller(mode="model"))).stdout

    assert "23 model calls, 53,521 tokens, $0.0094 (gpt-large, gpt-small)" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("end", "code"), [("done", 0), ("failed", 1), ("waiting", 3), ("denied", 5), ("budget", 6), ("cancelled", 130)]
)
def test_the_exit_code_says_how_it_ended(call: Call, end: End, code: int) -> None:
    assert call("run", "-s", "recruiting", doors=Doors(start=storyteller(end))).exit_code == code


def test_a_failed_run_says_why_and_what_to_do(call: Call) -> None:
    shown = call("run", "-s", "recruiting", doors=Doors(start=storyteller("failed")))

    assert shown.stderr == "deputy: no model gave a usable answer: gpt-small: 500\nFix: try later\n"
    assert f"next        deputy show {RUN}" in shown.stdout


def test_an_interrupt_says_how_to_look_at_the_run(call: Call) -> None:
    shown = call("run", "-s", "recruiting", doors=Doors(start=storyteller("interrupted")))

    assert shown.exit_code == 130
    assert f"deputy: cancelled; see 'deputy show {RUN}'" in shown.stderr


def test_json_is_the_ledger_and_nothing_else_on_stdout(call: Call, house: Path) -> None:
    shown = call("run", "-s", "recruiting", "--json", doors=Doors(start=storyteller()))

    told = [json.loads(line) for line in shown.stdout.splitlines()]
    assert told == [vars(record) for record in ledger_in(house / "var").records(RUN)]
    assert "✓ 4 interviews are booked." in shown.stderr


def test_quiet_shows_only_what_came_of_it(call: Call) -> None:
    shown = call("-q", "run", "-s", "recruiting", doors=Doors(start=storyteller())).stdout

    assert shown.split("\n")[:2] == ["", "done        14 candidates recorded"]
    assert "researcher" not in shown


def test_a_wish_carries_all_that_was_asked_for(call: Call, house: Path) -> None:
    wishes: list[Wish] = []
    (house / "cvs").mkdir()

    call(
        *("run", "Hire somebody", "-s", "recruiting", "-i", "resumes=cvs", "--crew", "deputy"),
        *("--world", "mine", "--model", "gpt", "--budget", "0.5"),
        doors=Doors(start=_noting(wishes)),
    )

    [wish] = wishes
    assert wish.principal.startswith("user:")
    assert (wish.goal, wish.scenario, wish.crew, wish.world, wish.model, wish.usd) == (
        *("Hire somebody", "recruiting", "deputy", "mine", "gpt"),
        0.5,
    )
    assert wish.inputs == {"resumes": house / "cvs"}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "give a GOAL in quotes, or a scenario with -s NAME"),
        (["-s", "x", "-i", "resumes"], "'resumes' is not NAME=PATH"),
        (["-s", "x", "-i", "resumes=nowhere"], "'resumes': there is no file or folder 'nowhere'"),
        (["-s", "x", "-i", "a=config", "-i", "a=config"], "'a' is given twice"),
        (["-s", "x", "--budget", "-1"], "-1"),
        (["Book", "a", "room"], "unexpected extra arguments"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_starts(call: Call, words: list[str], problem: str) -> None:
    wishes: list[Wish] = []

    shown = call("run", *words, doors=Doors(start=_noting(wishes)))

    assert shown.exit_code == 2
    assert problem in shown.stderr
    assert wishes == []


def test_a_record_that_cannot_be_shown_does_not_end_the_run(call: Call, house: Path) -> None:
    def start(project: Path, wish: Wish, *, on_record: Listener, **rest: Any) -> Outcome:
        on_record(Record(RUN, 1, "2026-11-22T12:45:02.137Z", "step.started", {"unheard": "of"}, "mac"))
        return storyteller()(project, wish, on_record=on_record)

    shown = call("run", "-s", "recruiting", doors=Doors(start=start))  # type: ignore[arg-type]  # it asks for on_record

    assert "the display broke off (KeyError: 'step'); the run did not" in shown.stderr
    assert ledger_in(house / "var").find(None).state == "done"


def _noting(wishes: list[Wish]) -> Callable[..., Outcome]:
    def start(project: Path, wish: Wish, **_: object) -> Outcome:
        wishes.append(wish)
        return Outcome("none", "done", 0, "", project / "var")

    return start
