"""A person may write a call anew: then it is another call, decided by what it has become."""

from pathlib import Path
from typing import Any, cast

import pytest

from guard.approvals import Approvals
from guard.budget import Budget
from guard.content import Finding
from guard.current import within
from guard.gate import Gate
from guard.labels import Origins
from guard.rules import Rule
from guard.warrant import Authority, accept
from runtime.clock import SystemClock
from runtime.database import open_database
from runtime.journal import Journal
from runtime.ledger import Ledger
from runtime.records import Record
from tests.guard.worlds import a_plan, a_step, a_tool
from tools.world import World

WAITS = "This waits for a person's approval."
SHOP, OTHER = "shop@house.example", "other@house.example"


def a_rule(name: str, verdict: str, least: int, **more: Any) -> Rule:
    limits = {"verdict": verdict, "tools": ["pay"], "arguments": {"times": {"at_least": least}}, "reason": "Much"}
    return Rule.model_validate({"id": name, **limits, **more})


TOTAL = {"argument": "times", "at_most": 60, "per": "run"}
RULES = (
    a_rule("pay.some", "ask", 10),
    a_rule("pay.much", "ask", 100, people=2),
    a_rule("pay.bosses", "ask", 500, approvers=["user:boss"]),
    a_rule("pay.never", "deny", 1000),
)


class Till:
    """A till with a gate before it; the run is built anew for each call, as it is after each wait."""

    def __init__(self, folder: Path, *rules: Rule) -> None:
        self.paid: list[tuple[str, int]] = []
        self.found: dict[int, Finding] = {}
        self._rules = rules
        self.ledger = Ledger(open_database(f"sqlite:///{folder / 'ledger.sqlite'}"), b"k" * 32)
        self.ledger.append("r1", "run.started", {"goal": f"pay {SHOP}"})

    def pay(self, *calls: int) -> list[str]:
        """What is said to a payment of each amount, in one segment of the run."""
        gate = self._gate()
        with within("pay"):
            return [gate.call("clerk", "pay", {"what": SHOP, "times": one}).text for one in calls]

    def answer(self, by: str = "user:ana", verdict: str = "approved", **args: Any) -> None:
        """Somebody's answer to the newest question; with arguments, an edit of them."""
        asked = self.of("approval.requested")[-1]
        given = {"approval": asked["approval"], "verdict": verdict, "by": by, "reason": "", "scope": "call"}
        self.ledger.append("r1", "approval.answered", {**given, "args": {**asked["args"], **args} if args else None})

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one.body for one in self._records() if one.kind == kind]

    def _records(self) -> list[Record]:
        return self.ledger.records("r1")

    def _gate(self) -> Gate:
        records = self._records()
        tools = {"pay": a_tool("pay", "spend", self._pay, targets=("what",))}
        authority = Authority(tools, {"clerk": frozenset(tools)}, rules=self._rules)
        origins = Origins()
        origins.from_goal(f"pay {SHOP}")
        return Gate(
            run="r1",
            ledger=self.ledger,
            warrant=accept(a_plan(a_step("pay", "clerk", pay=2)), authority),
            world=cast(World, self),
            budget=Budget(model_calls=1, tool_calls=99, usd=1, minutes=1, clock=SystemClock()),
            journal=Journal(records),
            approvals=Approvals(records),
            origins=origins,
            inspect=lambda _tool, args, _origins: tuple(filter(None, [self.found.get(args["times"])])),
        )

    def _pay(self, what: str, times: int, **_: Any) -> dict[str, int]:
        self.paid.append((what, times))
        return {"paid": times}


@pytest.fixture
def till(tmp_path: Path) -> Till:
    return Till(tmp_path, *RULES)


def test_an_edit_under_the_rule_that_asked_needs_no_second_question(till: Till) -> None:
    assert till.pay(20) == [WAITS]
    till.answer(times=30)

    for _ in range(2):
        till.pay(20)

    assert till.paid == [(SHOP, 30)]
    assert [(one["verdict"], one["rule"], one["args"]["times"]) for one in till.of("call.decided")] == [
        ("ask", "pay.some", 20),
        ("allow", "approval.given", 30),
    ]
    assert till.of("call.decided")[-1]["key"]["nth"] == 1
    assert len(till.of("approval.used")) == 1


def test_an_edit_that_needs_nobody_is_allowed_by_the_warrant(till: Till) -> None:
    till.pay(20)
    till.answer(times=5)
    till.pay(20)

    assert till.paid == [(SHOP, 5)]
    assert till.of("call.decided")[-1]["rule"] == "warrant"


def test_one_person_cannot_edit_a_call_into_one_that_needs_two(till: Till) -> None:
    till.pay(20)
    till.answer(times=300)

    assert till.pay(20) == [WAITS]

    asked = till.of("approval.requested")[-1]
    assert (asked["rule"], asked["people"], asked["args"]["times"]) == ("pay.much", 2, 300)
    till.answer("user:ana")
    assert till.pay(20) == [WAITS]
    till.answer("user:ben")
    till.pay(20)
    assert till.paid == [(SHOP, 300)]
    assert len(till.of("approval.requested")) == 2, "it was asked once"


def test_what_one_of_two_has_allowed_is_not_what_the_other_makes_of_it(till: Till) -> None:
    till.pay(100)
    till.answer("user:ana")
    till.answer("user:ben", times=400)

    assert till.pay(100) == [WAITS]

    assert till.paid == []
    assert till.of("approval.requested")[-1]["args"]["times"] == 400
    till.answer("user:ana")
    till.answer("user:ben")
    till.pay(100)
    assert till.paid == [(SHOP, 400)]


def test_an_edit_does_not_answer_for_those_whom_another_rule_names(tmp_path: Path) -> None:
    till = Till(tmp_path, RULES[0], RULES[2])
    till.pay(20)
    till.answer(times=600)

    assert till.pay(20) == [WAITS]

    asked = till.of("approval.requested")[-1]
    assert (till.paid, asked["approvers"], asked["args"]["times"]) == ([], ["user:boss"], 600)


def test_nobody_can_edit_a_call_into_one_that_is_denied(till: Till) -> None:
    till.pay(20)
    till.answer(times=2000)

    assert till.pay(20) == ["Denied (pay.never): Much."]
    assert till.paid == []
    assert [till.of("call.decided")[-1][key] for key in ("verdict", "rule")] == ["deny", "pay.never"]


@pytest.mark.parametrize("later", [False, True])
def test_an_edited_amount_counts_as_edited_also_after_a_wait(tmp_path: Path, later: bool) -> None:
    cap = Rule.model_validate({"id": "pay.sum", "verdict": "deny", "tools": ["pay"], "total": TOTAL, "reason": "Much"})
    till = Till(tmp_path, RULES[0], cap)
    till.pay(20)
    till.answer(times=55)
    if later:
        till.pay(20)

    said = till.pay(20, 6)

    assert said[1] == "Denied (pay.sum): Much."
    assert till.paid == [(SHOP, 55)]


@pytest.mark.parametrize("again", [False, True])
def test_an_amount_that_others_had_to_allow_after_an_edit_counts_as_edited(tmp_path: Path, again: bool) -> None:
    cap = {"id": "pay.sum", "verdict": "deny", "tools": ["pay"], "total": TOTAL | {"at_most": 305}, "reason": "Much"}
    till = Till(tmp_path, *RULES, Rule.model_validate(cap))
    till.pay(20)
    till.answer(times=300)
    till.pay(20)
    if again:
        till.answer(times=299)
        till.pay(20)
    till.answer("user:ana")
    till.answer("user:ben")

    assert till.pay(20, 7)[1] == "Denied (pay.sum): Much."
    assert till.paid == [(SHOP, 299 if again else 300)]


def test_an_edited_call_uses_up_one_grant(till: Till) -> None:
    till.pay(20)
    till.answer(times=30)

    assert [text.startswith("Denied") for text in till.pay(20, 1, 2)] == [False, False, True]
    assert till.paid == [(SHOP, 30), (SHOP, 1)]


def test_a_call_that_is_edited_is_not_counted_beside_itself(till: Till) -> None:
    assert till.pay(1, 20)[1] == WAITS
    till.answer(times=30)

    assert [text.startswith("Denied") for text in till.pay(1, 20, 2)] == [False, False, True]
    assert till.paid == [(SHOP, 1), (SHOP, 30)]


def test_a_secret_that_a_person_pastes_in_does_not_leave(till: Till) -> None:
    till.found[30] = Finding("secret", "what", "a key", "deny")
    till.pay(20)
    till.answer(times=30)

    assert till.pay(20) == ["Denied (content.secret): 'what' holds a key."]
    assert till.paid == []


def test_what_a_person_wrote_and_saw_is_not_asked_about_again(till: Till) -> None:
    till.found[30] = Finding("link", "what", "a link", "ask")
    till.pay(20)
    till.answer(times=30)
    till.pay(20)

    assert till.paid == [(SHOP, 30)]


def test_whom_a_person_wrote_is_trusted_and_whom_they_left_is_as_before(till: Till) -> None:
    till.pay(20)
    till.answer(what=OTHER)
    till.pay(20)

    assert till.paid == [(OTHER, 20)]
    assert till.of("tool.intended")[-1]["labels"]["what"] == {
        "trusted": True,
        "origin": "a person who was asked",
        "item": "",
    }


def test_an_answer_that_repeats_the_arguments_is_no_edit(till: Till) -> None:
    till.pay(100)
    till.answer("user:ana", times=100)
    assert till.pay(100) == [WAITS]
    till.answer("user:ben")
    till.pay(100)

    assert till.paid == [(SHOP, 100)]
    assert len(till.of("approval.requested")) == 1


def test_nobody_edits_a_call_into_one_that_another_owner_answers_for(tmp_path: Path) -> None:
    rule = {"id": "pay.owner", "verdict": "ask", "tools": ["pay"], "reason": "Theirs", "approver_in": "what"}
    till = Till(tmp_path, Rule.model_validate(rule))
    till.pay(20)
    till.answer(by=SHOP, what=OTHER)

    assert till.pay(20) == [WAITS]

    assert [one["approvers"] for one in till.of("approval.requested")] == [[SHOP], [OTHER]]
    assert till.paid == []
