"""`deputy ask`: the answer alone on stdout, everything about it beside it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.session import Doors
from crews.assistant import Answer
from crews.grounding import Doubt
from runtime.errors import BudgetExceeded
from runtime.ledger import Listener
from testkit.projects import CHECKOUT
from testkit.story import ledger_in
from tests.cli.conftest import Call

ANSWER = "Two positions are open:\n- Senior Data Engineer\n- Office Manager"
SOURCES = [{"title": "list_positions", "record": 7}]


class Assistant:
    """A `cli.session.Respond` that streams its words and keeps who asked what."""

    def __init__(self, *, streamed: str = ANSWER, answer: str = ANSWER, notes: tuple[str, ...] = ()) -> None:
        self.notes = list(notes)
        self.streamed = streamed
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    def __call__(
        self,
        project: Path,
        question: str,
        *,
        principal: str,
        on_text: Callable[[str], None] | None = None,
        on_record: Listener | None = None,
        on_banner: Callable[[str], None] | None = None,
        **_given: Any,
    ) -> Answer:
        self.asked.append((principal.partition(":")[0], question))
        assert on_text is not None
        assert on_record is not None
        assert on_banner is not None
        on_banner("gpt-small answers.")
        ledger = ledger_in(project / "var")
        ledger.listen(on_record)
        ledger.append("r1", "run.started", {"goal": question, "mode": "model"})
        for word in self.streamed.splitlines(keepends=True):
            on_text(word)
        ledger.append("r1", "run.done", {"summary": self.answer})
        return Answer("r1", self.answer, SOURCES, notes=self.notes)


def test_the_answer_is_all_there_is_on_stdout(call: Call) -> None:
    assistant = Assistant()

    shown = call("ask", "Which positions are open?", doors=Doors(respond=assistant))

    assert shown.exit_code == 0
    assert shown.stdout == f"{ANSWER}\n"
    assert assistant.asked == [("user", "Which positions are open?")]


def test_who_answers_and_the_sources_stand_beside_it(call: Call) -> None:
    shown = call("ask", "Which?", doors=Doors(respond=Assistant()))

    assert "gpt-small answers." in shown.stderr
    assert "sources     1. list_positions, record 7 of r1" in shown.stderr


def test_what_a_look_up_could_not_do_is_said_beside_it(call: Call) -> None:
    assistant = Assistant(notes=("the embeddings endpoint cannot be reached; found by words alone",))

    shown = call("ask", "Which positions are open?", doors=Doors(respond=assistant))

    assert shown.stdout == f"{ANSWER}\n"
    assert "note        the embeddings endpoint cannot be reached; found by words alone" in shown.stderr


def test_json_holds_what_a_look_up_could_not_do(call: Call) -> None:
    told = call("ask", "--json", "Which?", doors=Doors(respond=Assistant(notes=("by words alone",)))).stdout

    assert json.loads(told.splitlines()[-1])["notes"] == ["by words alone"]


def test_an_answer_that_was_not_streamed_is_printed(call: Call) -> None:
    shown = call("ask", "Which?", doors=Doors(respond=Assistant(streamed="")))

    assert shown.stdout == f"{ANSWER}\n"


def test_an_answer_other_than_what_was_streamed_follows_it(call: Call) -> None:
    shown = call("ask", "Which?", doors=Doors(respond=Assistant(streamed="Let me look.")))

    assert shown.stdout == f"Let me look.\n{ANSWER}\n"


def test_escape_sequences_in_an_answer_do_not_reach_the_terminal(call: Call) -> None:
    hostile = "\x1b[2Jgone\x9b0m"

    shown = call("ask", "Which?", doors=Doors(respond=Assistant(streamed=hostile, answer=hostile)))

    assert shown.stdout == "gone0m\n"


def test_json_is_the_records_and_then_the_answer(call: Call) -> None:
    shown = call("ask", "Which?", "--json", doors=Doors(respond=Assistant()))

    told = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [one["kind"] for one in told] == ["run.started", "run.done", "answer"]
    assert told[-1] == {"kind": "answer", "run": "r1", "text": ANSWER, "sources": SOURCES}


def test_quiet_says_nothing_but_the_answer(call: Call) -> None:
    shown = call("ask", "Which?", "-q", doors=Doors(respond=Assistant()))

    assert (shown.stdout, shown.stderr) == (f"{ANSWER}\n", "")


def test_a_question_that_fails_says_why_and_ends_with_its_code(call: Call) -> None:
    def respond(*_: object, **__: object) -> Answer:
        error = BudgetExceeded("the budget is used up", remedy="raise it")
        return Answer("r1", error.problem, [], error.exit_code, error)

    shown = call("ask", "Which?", doors=Doors(respond=respond))

    assert shown.exit_code == 6
    assert shown.stdout == ""
    assert shown.stderr == "deputy: the budget is used up\nFix: raise it\n"


def test_an_interrupted_question_ends_with_130(call: Call) -> None:
    def respond(*_: object, **__: object) -> Answer:
        raise KeyboardInterrupt

    assert call("ask", "Which?", doors=Doors(respond=respond)).exit_code == 130


@pytest.mark.parametrize("words", [[], ["  "]])
def test_an_empty_question_is_refused(call: Call, words: list[str]) -> None:
    assert call("ask", *words, doors=Doors(respond=Assistant())).exit_code == 2


class Extractor:
    """A `cli.session.Respond` that answers with data, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, project: Path, question: str, **_given: Any) -> Answer:
        self.asked.append(question)
        places: list[dict[str, Any]] = [
            {"name": "total", "page": 2, "line": 14, "quote": "Total due:  5.00"},
            *({"name": f"items[{n}]", "page": None, "line": n, "quote": f"row {n}"} for n in (1, 2, 3)),
        ]
        doubts = [Doubt("the sums", "they do not add up")]
        return Answer(
            "r1", '{"total": 5}', exit_code=1, doubts=doubts, label="look at", data={"total": 5}, places=places
        )


def test_data_stands_alone_on_stdout_and_its_places_beside_it(call: Call) -> None:
    shown = call("ask", "-s", "extraction", "Extract it.", doors=Doors(respond=Extractor()))

    assert (shown.exit_code, shown.stdout) == (1, '{"total": 5}\n')
    assert shown.stderr.splitlines() == [
        "look at     the sums (they do not add up)",
        "from        total: page 2, line 14, “Total due:  5.00”",
        "            items[1]: line 1, “row 1” and 2 more rows",
    ]


def test_quiet_leaves_what_to_look_at(call: Call) -> None:
    shown = call("ask", "-q", "-s", "extraction", "Extract it.", doors=Doors(respond=Extractor()))

    assert shown.stderr == "look at     the sums (they do not add up)\n"


def test_json_has_the_data_and_every_place(call: Call) -> None:
    shown = call("ask", "--json", "-s", "extraction", "Extract it.", doors=Doors(respond=Extractor()))

    told = json.loads(shown.stdout.splitlines()[-1])
    assert told["data"] == {"total": 5}
    assert [one["name"] for one in told["places"]] == ["total", "items[1]", "items[2]", "items[3]"]


def test_without_a_question_the_scenario_is_asked_its_own(call: Call) -> None:
    extractor = Extractor()
    call("--project", str(CHECKOUT), "ask", "-s", "extraction", doors=Doors(respond=extractor))

    assert extractor.asked == ["Extract what the schema asks for."]
