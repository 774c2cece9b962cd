"""What a run records is sealed for whom it is about, as small as it goes: erasing one blinds nobody else."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from crews.naming import Naming
from crews.people import Names, People
from crews.sealing import Sealing
from runtime.canonical import readable
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.sealed import ERASED
from runtime.subjects import Vault
from tests.runtime.bench import ledger_of
from tools.tool import Effect, Tool

ANN, BOB = "cand-aaaa1111", "cand-bbbb2222"
TEXTS = {ANN: "tidal turbines in Bergen", BOB: "milk quotas in Leeds"}


class Two(People):
    """Ann and Bob, whose names are known once their files were recorded."""

    def __init__(self) -> None:
        self.recorded: set[str] = set()

    def everybody(self) -> Names:
        return {ANN: {"ann.pdf"}, BOB: {"bob.pdf"}}

    def one(self, subject: str) -> set[str]:
        return {"Ann Lee", "ann@mail.example"} if subject == ANN else {"Bob Ray"}


def declared(name: str, effect: Effect, *subjects: str) -> Tool:
    return Tool(name, name, effect, BaseModel, print, subjects=subjects)


TOOLS = {
    "read": declared("read", "read", "file", "candidate"),
    "record": declared("record", "write", "file", "candidate"),
    "book": declared("book", "write", "candidate", "interview"),
    "rank": declared("rank", "read", "ranking.*.candidate", "best.*"),
    "post": declared("post", "send"),
    "send": declared("send", "send", "to"),
}


class Run:
    """One run being recorded, by short words."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.vault = self.home.vault()
        self.ledger: Ledger = ledger_of(self.home)
        self.ledger.vault = self.vault
        self.ledger.sealer = Sealing(self.vault, TOOLS, Two(), scenario="hiring")
        self.ledger.append("r1", "run.started", {"goal": "hire", "scenario": "hiring"})

    def done(self, tool: str, result: Any, **args: Any) -> None:
        named = {"step": "s", "role": "r", "call": "s-1", "tool": tool, "effect": TOOLS[tool].effect, "args": args}
        named["key"] = {"hash": "5eed", "nth": 1}
        self.ledger.append("r1", "tool.done", {**named, "result": result, "ms": 1})

    def asked(self, *messages: dict[str, Any], text: str = "", calls: Any = ()) -> None:
        body = {"step": "s", "role": "r", "model": "m", "key": {"hash": "feed", "nth": 1}, "ms": 1}
        request, reply = {"messages": list(messages), "tools": []}, {"text": text, "calls": list(calls)}
        self.ledger.append("r1", "model.called", {**body, "request": request, "reply": reply, "usage": {}, "usd": 0})

    @property
    def last(self) -> dict[str, Any]:
        return self.ledger.records("r1")[-1].body

    def stored(self) -> str:
        return "".join(path.read_bytes().decode("utf-8", "ignore") for path in self.home.root.glob("ledger*"))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def papers(run: Run) -> dict[str, Any]:
    found = {ANN: {"candidate": ANN, "ok": True, "lines": TEXTS[ANN]}, BOB: {"candidate": BOB, "lines": TEXTS[BOB]}}
    run.done("read", found[ANN], file="ann.pdf")
    run.done("read", found[BOB], file="bob.pdf")
    return found


def test_a_result_is_sealed_for_whom_the_tool_says_and_read_as_it_was(run: Run) -> None:
    found = papers(run)

    assert run.last["result"] == found[BOB]
    assert run.last["args"] == {"file": "bob.pdf"}
    assert run.last["key"] == {"hash": "5eed", "nth": 1}
    assert not any(text in run.stored() for text in (*TEXTS.values(), "ann.pdf", BOB, "5eed"))

    run.vault.destroy(ANN)

    first, second = run.ledger.records("r1")[1:]
    assert first.body["result"] == {"candidate": ERASED, "ok": True, "lines": ERASED}
    assert (first.body["tool"], first.body["args"]) == ("read", {"file": ERASED})
    assert second.body["result"] == found[BOB]


def test_a_list_keeps_what_is_about_others(run: Run) -> None:
    papers(run)
    run.done("rank", {"ranking": [{"candidate": ANN, "points": 9}, {"candidate": BOB, "points": 7}], "best": [ANN]})

    run.vault.destroy(ANN)

    assert run.last["result"] == {"ranking": [{"candidate": BOB, "points": 7}], "best": []}


def test_a_request_is_sealed_message_by_message(run: Run) -> None:
    found = papers(run)
    call = {"id": "1", "type": "function", "function": {"name": "read", "arguments": '{"file": "ann.pdf"}'}}
    results = [
        {"role": "tool", "tool_call_id": str(at), "content": readable(found[who])} for at, who in enumerate(found)
    ]
    system, user = {"role": "system", "content": "You read."}, {"role": "user", "content": "Read them."}
    run.asked(system, {"role": "assistant", "tool_calls": [call]}, *results)
    whole = run.last["request"]["messages"]
    assert whole == [system, {"role": "assistant", "tool_calls": [call]}, *results]
    assert user["content"] == "Read them."

    run.vault.destroy(ANN)

    told = run.last["request"]["messages"]
    assert told[0] == system
    assert told[1]["tool_calls"] == []
    assert [one["content"] for one in told[2:]] == [ERASED, readable(found[BOB])]


def test_a_models_words_are_sealed_for_everybody_it_has_read_of(run: Run) -> None:
    papers(run)
    run.asked(text="The first one is better.", calls=[{"id": "2", "name": "read", "arguments": '{"file": "bob.pdf"}'}])
    run.ledger.append("r1", "step.done", {"step": "s", "role": "r", "output": "The one from Norway it is."})
    run.ledger.append("r1", "run.done", {"summary": "The one from Norway it is."})
    assert not any(words in run.stored() for words in ("The first one", "from Norway"))

    run.vault.destroy(ANN)

    reply, output, summary = (one.body for one in run.ledger.records("r1")[3:])
    assert reply["reply"]["text"] == ERASED
    assert reply["reply"]["calls"] == [{"id": "2", "name": "read", "arguments": '{"file": "bob.pdf"}'}]
    assert (output["output"], summary["summary"]) == (ERASED, ERASED)


def test_what_earlier_steps_said_stays_sealed_where_it_is_handed_on(run: Run) -> None:
    papers(run)
    run.ledger.append("r1", "step.done", {"step": "s", "role": "r", "output": "The one from Norway it is."})
    run.asked({"role": "user", "content": "Context: s: The one from Norway it is.\nNow write."})

    assert "Norway" not in run.stored()
    assert run.last["request"]["messages"][0]["content"].endswith("Now write.")


def test_whoever_is_named_is_meant_once_the_records_know_the_name(run: Run) -> None:
    run.done("record", {"candidate": ANN, "changed": True}, file="ann.pdf")
    run.ledger.append("r1", "run.waiting", {"reason": "ask ANN  LEE (ann@mail.example) first"})
    run.ledger.append("r1", "run.resumed", {"by": "user:jo", "reason": "somebody else"})

    stored = run.stored()
    assert "LEE" not in stored
    assert "somebody else" in stored


def test_the_id_of_a_persons_meeting_is_known_from_its_booking_on(run: Run) -> None:
    run.done("book", {"candidate": BOB, "interview": "uid-7@house.example"}, candidate=BOB)
    run.done("send", {"sent": True}, to="uid-7@house.example")

    assert "uid-7@house.example" not in run.stored()
    assert run.last["args"] == {"to": "uid-7@house.example"}


def test_what_is_told_to_a_tool_that_declares_nobody_may_be_about_whomever_the_step_has_read(run: Run) -> None:
    run.done("post", {"posted": True}, text="nobody yet")
    papers(run)
    run.done("post", {"posted": True}, text="the one from Norway")

    assert "nobody yet" in run.stored()
    assert "Norway" not in run.stored()
    assert run.last["args"] == {"text": "the one from Norway"}


def test_an_approval_and_its_answer_are_sealed_like_the_call(run: Run) -> None:
    named = {"step": "s", "role": "r", "call": "s-9", "tool": "send", "effect": "send", "args": {"to": "ann.pdf"}}
    asked = {"approval": "ab12", "digest": "ab12ffff", "rule": "x", "reason": "'ann.pdf' is new", "labels": {}}
    run.ledger.append("r1", "approval.requested", named | asked | {"preview": "To: her\n\nHer letter."})
    answer = {"approval": "ab12", "verdict": "approved", "by": "user:jo", "reason": "", "scope": "call"}
    run.ledger.append("r1", "approval.answered", answer | {"args": {"to": "her private address"}})
    assert "ann.pdf" not in run.stored()
    assert "private" not in run.stored()
    assert "letter" not in run.stored()

    run.vault.destroy(ANN)

    assert run.last["args"] == {"to": ERASED}
    assert run.last["by"] == "user:jo"


def test_a_sealer_that_takes_a_run_up_again_knows_what_was_read_before(run: Run) -> None:
    papers(run)
    run.ledger.sealer = Sealing(run.vault, TOOLS, Two(), run.ledger.records("r1"))
    run.asked(text="The one from Norway it is.")

    assert "Norway" not in run.stored()


def test_arguments_that_no_tool_takes_and_words_that_are_no_json_are_recorded_all_the_same(run: Run) -> None:
    run.asked(
        calls=[{"id": "1", "name": "nothing", "arguments": "{ann.pdf"}, {"id": "2", "name": "x", "arguments": "[]"}]
    )

    assert "ann.pdf" not in run.stored()
    assert [one["id"] for one in run.last["reply"]["calls"]] == ["1", "2"]
    assert json.loads(json.dumps(run.last)) == run.last


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("Clara Weiß", "an CLARA WEISS", True),
        ("Nguyễn Thị Hạnh", "Nguye\u0302\u0303n Thi\u0323 Ha\u0323nh", True),
        ("Ann Lee", "joann leeds", False),
        ("李小龍", "請李小龍來", True),
        ("warrant", "granted by the warrant", False),
        ("jo@mail.example", "to jo@mail.example, please", True),
        ("cv.pdf", "see CV.pdf", True),
        ("+49 89 1", "call +49 89 1 now", True),
    ],
)
def test_names_are_found_however_they_are_spelled_but_not_inside_of_words(
    tmp_path: Path, name: str, text: str, named: bool
) -> None:
    vault = Vault(tmp_path / "subjects.sqlite")
    vault.know("cand-1", [name])

    assert bool(Naming(vault.names).named_in(text)) is named
