"""What a live run says, and its footer."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.layout import Line
from cli.live import Live
from runtime.records import Kind, Record
from testkit.story import Story, ledger_in


class Screen:
    """Keeps what is said, and holds the clock."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.time = 0.0
        self.live = Live(self.lines.append, clock=lambda: self.time)

    def footer(self) -> str:
        return " | ".join(line.text for line in self.live.footer())


Part = Callable[[str], list[Record]]


@pytest.fixture
def until(tmp_path: Path) -> Part:
    """The records of a story up to the first whose kind is given, and that one."""
    records = Story(ledger_in(tmp_path), "r1", mode="model").play()

    def part(kind: str) -> list[Record]:
        end = next(index for index, record in enumerate(records) if record.kind == kind)
        return records[: end + 1]

    return part


def test_the_footer_says_what_goes_on_and_what_it_has_taken(until: Part) -> None:
    screen = Screen()
    before = screen.footer()
    for record in until("tool.failed"):
        screen.live.take(record)
    screen.time = 65.2

    assert before == "getting ready | 0 model calls · 0 tool calls · $0.00 · 0.0 s"
    assert screen.footer() == (
        "schedule book_interview ×2   decline draft_rejection | 17 model calls · 37 tool calls · $0.0070 · 1 min 05 s"
    )


def test_with_a_playbook_the_footer_counts_no_model_call_and_no_cost(tmp_path: Path) -> None:
    screen = Screen()
    for record in Story(ledger_in(tmp_path), "r1").play("open"):
        screen.live.take(record)

    assert screen.footer() == "invite send_invitation ×12 | 23 playbook answers · 57 tool calls · 0.0 s"


def test_a_finished_step_leaves_the_footer(tmp_path: Path) -> None:
    screen = Screen()
    for record in Story(ledger_in(tmp_path), "r1").play():
        screen.live.take(record)

    assert screen.live.footer()[0].text == "getting ready"


def test_the_footer_can_be_asked_for_while_a_line_is_being_said() -> None:
    answered: list[bool] = []

    def say(_line: Line) -> None:
        asking = threading.Thread(target=live.footer, daemon=True)
        asking.start()
        asking.join(5)
        answered.append(not asking.is_alive())

    live = Live(say)
    live.banner("gpt-small answers.")

    assert answered == [True]


def test_lines_of_steps_side_by_side_stay_whole_and_in_their_order(tmp_path: Path) -> None:
    screen = Screen()
    stories = [Story(ledger_in(tmp_path / name), name).play() for name in ("r1", "r2")]

    def tell(records: list[Record]) -> None:
        for record in records:
            screen.live.take(record)

    threads = [threading.Thread(target=tell, args=[records]) for records in stories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    said = [line.text for line in screen.lines if line.text.startswith("invitation mailed to")]
    assert len(said) == 24
    assert screen.footer().split(" | ")[1].startswith("46 playbook answers · 114 tool calls")


def test_the_gutter_names_a_step_only_when_it_changes(until: Part) -> None:
    screen = Screen()
    for record in until("tool.failed"):
        screen.live.take(record)

    steps = [line.gutter for line in screen.lines if line.gutter in ("screen", "schedule", "decline")]
    assert steps == ["screen", "schedule", "decline", "schedule", "decline", "schedule"]


def test_a_tool_that_failed_says_whether_it_may_be_tried_again(until: Part) -> None:
    screen = Screen()
    for record in until("tool.failed"):
        screen.live.take(record)

    assert screen.lines[-1].mark == "failed"
    assert screen.lines[-1].text.endswith("jonas@meridian.example is busy; it may be tried again")


def test_a_model_that_does_not_answer_is_named() -> None:
    screen = Screen()
    body = {"step": "screen", "role": "researcher", "model": "gpt-small", "key": {}, "error": "429", "again": True}

    screen.live.take(Record("r1", 2, "2026-11-22T12:45:02.137Z", "model.failed", body, "mac"))

    assert screen.lines == [Line("screen", "failed", "gpt-small did not answer: 429; trying again")]


def test_equal_calls_that_wait_for_a_person_are_said_once() -> None:
    screen = Screen()
    body = {"step": "s", "role": "r", "call": "s-1", "tool": "pay", "effect": "spend", "args": {"usd": 9}}
    decision = {"verdict": "ask", "rule": "spend.cap", "reason": "more than 5 USD"}

    for seq in (2, 3):
        screen.live.take(Record("r1", seq, "2026-11-22T12:45:02.137Z", "call.decided", body | decision, "mac"))

    assert screen.lines == [Line("s", "wait", "pay waits for a person: more than 5 USD")]


def test_a_step_whose_call_waits_for_a_person_is_not_said_to_have_failed() -> None:
    screen = Screen()
    body = {"step": "s", "role": "r", "call": "s-1", "tool": "pay", "effect": "spend", "args": {"usd": 9}}
    decision = {"verdict": "ask", "rule": "spend.cap", "reason": "more than 5 USD"}
    told: dict[Kind, dict[str, Any]] = {
        "call.decided": body | decision,
        "step.failed": {"step": "s", "error": "step 's' waits for a person"},
    }

    for seq, (kind, said) in enumerate(told.items(), start=2):
        screen.live.take(Record("r1", seq, "2026-11-22T12:45:02.137Z", kind, said, "mac"))

    assert [(line.mark, line.text) for line in screen.lines] == [
        ("wait", "pay waits for a person: more than 5 USD"),
        ("wait", "step 's' waits for a person"),
    ]
