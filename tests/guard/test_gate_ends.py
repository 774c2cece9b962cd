"""Every end of a call at the gate: what is recorded of it, what the model is told, what it uses up."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from guard.approvals import Approvals, Terms
from guard.budget import Budget
from guard.conditions import Argument
from guard.content import Finding
from guard.current import current_step, within
from guard.decision import decide
from guard.declarations import Declaration, declared
from guard.gate import Gate
from guard.labels import Origins
from guard.rules import Rule
from guard.warrant import Authority, Warrant, accept
from runtime.canonical import digest
from runtime.clock import FixedClock
from runtime.database import open_database
from runtime.errors import CannotWork, TryLater
from runtime.journal import Journal
from runtime.ledger import Ledger
from tests.guard.worlds import a_plan, a_step, a_tool
from tools.world import World

NOW = datetime(2027, 3, 9, 12, tzinfo=UTC)
ASK = Rule.model_validate({"id": "house.asks", "verdict": "ask", "tools": ["put"], "reason": "it is dear"})
LINK = (Finding("link", "what", "a link", "ask"),)


class Hall:
    """A hall with one thing to look at, one to put, one from elsewhere; and gates to it, each as after a restart."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []
        self.ledger = Ledger(open_database("sqlite://"), b"k" * 32)
        self.ledger.append("r1", "run.started", {"goal": "fill the hall"})
        self.check: Callable[[Any], str] = lambda _world: ""
        self.rules: tuple[Rule, ...] = ()
        self.looked: list[str] = []

    def _put(self, **given: Any) -> dict[str, Any]:
        given.pop("world")
        self.made.append(given)
        if given["what"] == "nothing":
            raise CannotWork("there is no such thing")
        return {"to": f"{given['what']}@house.example"}

    def _warrant(self) -> Warrant:
        said = {"arguments": {"what": {"type": "string"}}, "secret_results": ("pin",)}
        trusted = ["to", {"field": "note", "pattern": "[a-z]+@house"}]
        spec = Declaration.model_validate({"effect": "read", "trusted": trusted, **said})
        foreign = declared("ask_them", spec, "Ask.", run=self._them, check=lambda world: self.check(world))
        tools = {
            "look": a_tool("look", "read", self._put),
            "put": a_tool("put", "write", self._put),
            "keep": a_tool("keep", "write", self._put, identity=("what",)),
            "ask_them": foreign.tool,
        }
        authority = Authority(tools, {"clerk": frozenset(tools)}, declared={"ask_them": foreign}, rules=self.rules)
        return accept(a_plan(a_step("fill", "clerk", look=9, put=2, keep=2, ask_them=2)), authority)

    def _them(self, what: str, world: Any) -> dict[str, Any]:
        self.made.append({"them": what})
        return {"to": f"{what}@house.example", "pin": "correct-horse", "note": f"{what}@house"}

    def gate(self, **more: Any) -> Gate:
        records = self.ledger.records("r1")
        budget = Budget(model_calls=1, tool_calls=99, usd=1, minutes=9, clock=FixedClock(NOW))
        given = {"journal": Journal(records), "approvals": Approvals(records), "clock": FixedClock(NOW), **more}
        return Gate("r1", self.ledger, self._warrant(), cast(World, self), budget, inspect=self._inspect, **given)

    def _inspect(self, tool: Any, _args: Any, _origins: Origins) -> tuple[Finding, ...]:
        self.looked.append(tool.name)
        return LINK

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        return [one.body for one in self.ledger.records("r1") if one.kind == kind]

    def answer(self, **said: Any) -> None:
        asked = self.bodies("approval.requested")[-1]
        given = {"verdict": "approved", "by": "user:ana", "reason": "", "scope": "call", "args": None}
        self.ledger.append("r1", "approval.answered", {"approval": asked["approval"], **given, **said})


@pytest.fixture
def hall() -> Hall:
    return Hall()


def call(gate: Gate, tool: str, what: str = "chair", step: str = "fill", **more: Any) -> str:
    with within(step):
        return gate.call("clerk", tool, {"what": what, **more}).text


def test_a_step_ends_with_its_block() -> None:
    with within("a"):
        with within("b"):
            assert current_step() == "b"
        assert current_step() == "a"
    assert current_step() == ""


def test_what_is_denied_is_recorded_with_what_would_have_been_allowed(hall: Hall) -> None:
    gate = hall.gate()
    assert call(gate, "fly", step="") == "Denied (tool.unknown): there is no tool 'fly'."
    with within("fill"):
        outcome = gate.call("clerk", "put", {})
    assert (outcome.done, outcome.tried) == (False, False)

    unknown, misfit = hall.bodies("call.decided")
    assert {key: unknown[key] for key in ("step", "call", "effect", "verdict", "rule", "reason")} == {
        "step": "",
        "call": "none-1",
        "effect": "unknown",
        "verdict": "deny",
        "rule": "tool.unknown",
        "reason": "there is no tool 'fly'",
    }
    assert "instead" not in unknown
    assert (misfit["call"], misfit["instead"]) == ("fill-1", "put with what, times")


def test_a_read_or_a_write_that_a_tool_refused_uses_up_its_grant_unless_it_says_what_it_would_have_made(
    hall: Hall,
) -> None:
    gate = hall.gate()
    assert [call(gate, "put", "nothing", times=one)[:6] for one in range(3)] == ["Failed", "Failed", "Denied"]
    assert [call(gate, "keep", "nothing", times=one)[:6] for one in range(3)] == ["Failed"] * 3
    kept = [call(gate, "keep", what) for what in ("a", "b", "c")]
    assert [one.startswith("Denied (step.times)") for one in kept] == [False, False, True]


def test_what_waits_for_a_person_uses_up_nothing(hall: Hall) -> None:
    hall.rules = (ASK,)
    gate = hall.gate()
    told = [call(gate, "put", what) for what in ("a", "b", "c", "d")]
    assert told == ["This waits for a person's approval."] * 4
    assert len(hall.bodies("approval.requested")) == 4
    assert hall.made == []


def test_a_call_that_waits_gives_back_what_it_alone_has_used(hall: Hall) -> None:
    hall.rules = (ASK.model_copy(update={"arguments": {"what": Argument(one_of=("throne",))}}),)
    gate = hall.gate()
    told = [call(gate, "put", what) for what in ("a", "throne", "b", "c")]
    assert [one.partition(" ")[0] for one in told] == ['{"to":', "This", '{"to":', "Denied"]


def test_what_was_done_before_a_rule_forbade_it_is_returned_and_not_done_again(hall: Hall) -> None:
    done = call(hall.gate(), "put")
    hall.rules = (ASK.model_copy(update={"verdict": "deny"}),)

    assert call(hall.gate(), "put") == done
    assert (len(hall.made), len(hall.bodies("call.decided"))) == (1, 1)


def test_asking_again_in_the_same_run_asks_nobody_twice(hall: Hall) -> None:
    hall.rules = (ASK,)
    gate = hall.gate()
    call(gate, "put")
    assert len(gate.approvals.pending(NOW)) == 1
    call(hall.gate(), "put")
    assert len(hall.bodies("approval.requested")) == 1


def test_a_call_that_a_person_edited_is_made_as_edited_and_its_approval_is_used(hall: Hall) -> None:
    hall.rules = (ASK,)
    call(hall.gate(), "put")
    hall.answer(args={"what": "table", "times": 2})
    call(hall.gate(), "put")

    assert hall.made == [{"what": "table", "times": 2}]
    [used], [asked] = hall.bodies("approval.used"), hall.bodies("approval.requested")
    assert used == {"approval": asked["approval"], "call": "fill-1"}
    assert hall.bodies("tool.done")[0]["args"] == {"what": "table", "times": 2}


@pytest.mark.parametrize("expired", [True, False])
def test_a_call_that_a_person_denied_or_nobody_answered_is_not_made(hall: Hall, expired: bool) -> None:
    hall.rules = (ASK,)
    call(hall.gate(terms=Terms(lasts=timedelta(hours=1))), "put")
    if not expired:
        hall.answer(verdict="denied", reason="too dear")
    gate = hall.gate(clock=FixedClock(NOW + timedelta(hours=1)))
    told = call(gate, "put")

    assert told == f"Denied (a person): {'nobody answered in time' if expired else 'too dear'}."
    assert (hall.made, hall.bodies("approval.used")) == ([], [])


def test_a_decision_is_recorded_once_however_often_the_run_is_carried_on(hall: Hall) -> None:
    call(hall.gate(), "put")
    call(hall.gate(), "put")
    assert [one["rule"] for one in hall.bodies("call.decided")] == ["warrant"]


def test_each_equal_call_of_a_step_is_counted(hall: Hall) -> None:
    gate = hall.gate()
    for _ in range(2):
        call(gate, "look")
    assert [(one["call"], one["key"]["nth"]) for one in hall.bodies("call.decided")] == [("fill-1", 1), ("fill-2", 2)]
    assert hall.bodies("call.decided")[0]["key"]["hash"] == digest(["clerk", {"what": "chair"}])


def test_a_foreign_tool_that_changed_is_denied_and_uses_up_nothing(hall: Hall) -> None:
    gate, said = hall.gate(), ["it changed"] * 3
    hall.check = lambda _world: said.pop() if said else ""
    told = [call(gate, "ask_them", str(one)) for one in range(5)]

    assert told[:3] == ["Denied (tool.changed): it changed."] * 3
    assert hall.made == [{"them": "3"}, {"them": "4"}]
    assert [one["verdict"] for one in hall.bodies("call.decided")] == ["deny"] * 3 + ["allow"] * 2
    assert call(gate, "ask_them", "5").startswith("Denied (step.times)")


def test_a_foreign_tool_is_not_looked_at_again_for_a_call_that_was_made(hall: Hall) -> None:
    call(hall.gate(), "ask_them")
    hall.check = lambda _world: "it changed"
    assert not call(hall.gate(), "ask_them").startswith("Denied")
    assert len(hall.made) == 1


def test_a_check_that_fails_denies_and_one_that_nobody_answers_leaves_it_to_the_call(hall: Hall) -> None:
    def broken(_world: Any) -> str:
        raise ZeroDivisionError

    def silent(_world: Any) -> str:
        raise TryLater("nobody is there", remedy="wait")

    hall.check = broken
    assert (
        call(hall.gate(), "ask_them", "a") == "Denied (gate.error): the gate failed on 'ask_them': ZeroDivisionError."
    )
    hall.check = silent
    assert not call(hall.gate(), "ask_them", "b").startswith("Denied")


def test_what_a_foreign_tool_says_is_trusted_as_declared_and_kept_as_declared(hall: Hall) -> None:
    gate = hall.gate()
    told = call(gate, "ask_them", "ann")

    assert "correct-horse" not in told
    assert hall.bodies("tool.done")[0]["result"]["pin"].startswith("[secret ")
    assert gate.origins.label("ann@house.example").trusted
    assert gate.origins.label("ann@house").trusted
    assert "correct-horse" not in call(gate, "look", "correct-horse")


def test_content_is_looked_at_where_it_leaves_or_goes_to_others_tools(hall: Hall) -> None:
    gate = hall.gate()
    for tool in ("look", "put", "ask_them"):
        call(gate, tool)
    assert hall.looked == ["put", "ask_them"]


def test_the_gate_is_busy_as_long_as_an_effect_is_made(hall: Hall) -> None:
    gate = hall.gate()
    seen: list[bool] = []
    gate._carrying = replace(gate._carrying, learned=lambda _record: None)
    gate.warrant.authority.tools["put"] = a_tool("put", "write", lambda **_: seen.append(gate.busy()))  # type: ignore[index]  # the dict beneath is one
    call(gate, "put")
    assert (seen, gate.busy()) == ([True], False)


def _confused(*_: Any) -> Any:
    raise ZeroDivisionError


def test_a_gate_that_cannot_decide_has_denied(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = hall.gate()
    monkeypatch.setattr("guard.gate.decide", _confused)

    assert call(gate, "put") == "Denied (gate.error): the gate failed on 'put': ZeroDivisionError."
    assert (hall.made, hall.bodies("call.decided")[0]["verdict"]) == ([], "deny")


def test_a_gate_that_cannot_look_through_a_call_has_denied(hall: Hall) -> None:
    gate = replace(hall.gate(), inspect=lambda *_: _confused())

    assert call(gate, "put") == "Denied (gate.error): the gate failed on 'put': ZeroDivisionError."
    assert (hall.made, hall.bodies("call.decided")[0]["call"]) == ([], "fill-1")


def test_a_gate_that_cannot_decide_on_what_a_person_wrote_has_denied(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall.rules = (ASK,)
    call(hall.gate(), "put")
    hall.answer(args={"what": "table", "times": 2})
    gate, decided = hall.gate(), decide
    seen: list[str] = []

    def confused_by_the_second(*given: Any) -> Any:
        seen.append("call")
        return decided(*given) if len(seen) == 1 else _confused()

    monkeypatch.setattr("guard.gate.decide", confused_by_the_second)
    assert "ZeroDivisionError" in call(gate, "put")
    assert hall.made == []


@pytest.mark.parametrize("verdict", ["", "denied"])
def test_a_call_that_waits_or_that_a_person_denied_was_not_tried(hall: Hall, verdict: str) -> None:
    hall.rules = (ASK,)
    call(hall.gate(), "put")
    if verdict:
        hall.answer(verdict=verdict, reason="no")
    with within("fill"):
        outcome = hall.gate().call("clerk", "put", {"what": "chair"})
    assert (outcome.done, outcome.tried) == (False, False)


def test_what_was_denied_uses_up_nothing(hall: Hall) -> None:
    gate = hall.gate()
    told = [call(gate, "put", wat=one) for one in range(3)] + [call(gate, "put", what) for what in "abc"]
    assert [one.startswith("Denied") for one in told] == [True] * 3 + [False, False, True]
