"""A day's caps hold over all runs, however many processes decide in the same instant."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from guard.approvals import Approvals
from guard.days import Days
from guard.decision import Call, decide
from guard.rules import Rule
from guard.standalone import open_run
from runtime.clock import FixedClock
from runtime.database import open_database
from runtime.journal import Journal
from runtime.ledger import Ledger
from runtime.uses import Today
from testkit.postgres import Postgres
from tests.guard.bench import EXAMPLE, GOAL
from tests.guard.payer import AMOUNT, TIMES, Till, pay
from tests.guard.worlds import a_tool
from tools.tool import Tool

CLOCK = FixedClock(datetime(2027, 3, 9, 12, tzinfo=UTC))
TOOL: Tool = a_tool("put", "write", identity=("what",))
ONE_A_DAY = {"times": {"per": "day", "at_most": 1}}


class Late(Days):
    """As if everything had been looked up before others used it."""

    def seen(self, _tool: Tool | None) -> Today:
        return Today()


def a_rule(**said: Any) -> Rule:
    return Rule.model_validate({"id": "house.rule", "verdict": "deny", "reason": "so it is", **said})


def used_today(folder: Path, *rules: Rule) -> Days:
    """What run r2 learns of this day, on which r1 has put 7 on the shelf for the same tenant."""
    ledger = Ledger(open_database(f"sqlite:///{folder / 'ledger.sqlite'}"), b"k" * 32, CLOCK)
    ledger.append("r1", "run.started", {"goal": "fill it", "principal": "ana@acme"})
    named = {
        "step": "s",
        "role": "clerk",
        "call": "c",
        "tool": "put",
        "effect": "write",
        "key": {"hash": "h", "nth": 1},
    }
    ledger.append("r1", "tool.intended", {**named, "args": {"times": 7}})
    return Days(ledger, "r2", "acme", rules, CLOCK)


CAP = {"at_most": 9}


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        ({"tools": ["put"], "times": {"per": "day", **CAP}}, True),
        ({"tools": ["put"], "times": {"per": "tenant_day", **CAP}}, True),
        ({"effects": ["write"], "times": {"per": "day", **CAP}}, True),
        ({"tools": ["put"], "total": {"per": "day", "argument": "times", **CAP}}, True),
        ({"tools": ["put"], "times": {"per": "run", **CAP}}, False),
        ({"tools": ["put"], "total": {"per": "run", "argument": "times", **CAP}}, False),
        ({"tools": ["other"], "times": {"per": "day", **CAP}}, False),
        ({"effects": ["send"], "times": {"per": "day", **CAP}}, False),
        ({"tools": ["put"]}, False),
    ],
)
def test_the_day_is_looked_up_for_tools_that_a_rule_counts_by_the_day(
    tmp_path: Path, rule: dict[str, Any], known: bool
) -> None:
    today = used_today(tmp_path, a_rule(**rule))

    assert (today.seen(TOOL).times("put", "day"), today.seen(TOOL).total("put", "times", "day")) == (
        (1, 7) if known else (0, 0)
    )
    assert today.seen(TOOL).times("put", "tenant_day") == known
    assert today.seen(None) == Today()


def test_a_tool_that_no_rule_counts_by_the_day_waits_for_no_ledger(url: str) -> None:
    assert Days(cast(Ledger, None), "r1", "acme", (), CLOCK).seen(TOOL) == Today()
    gate = Till(url).gate("r1")
    call = Call("pay", "clerk", "pay", {"what": "it"}, used=0, at=CLOCK.now())
    assert gate.days is not None
    assert gate.days.holding(call, decide(call, gate.warrant), gate.warrant, "1") is None


def verdicts(till: Till, run: str) -> list[tuple[str, str]]:
    found = [one.body for one in till.ledger.records(run) if one.kind == "call.decided"]
    return [(one["verdict"], one["rule"]) for one in found]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}"


@pytest.mark.parametrize("cap", [ONE_A_DAY, {"total": {"argument": "times", "per": "day", "at_most": AMOUNT}}])
def test_of_two_runs_that_see_the_last_call_of_a_day_one_makes_it(url: str, cap: dict[str, Any]) -> None:
    till = Till(url, cap)
    first, second = till.gate("r1", Late), till.gate("r2", Late)

    assert pay(first, "the first") == '{"paid": 20}'
    assert pay(second, "the second") == "Denied (house.cap): enough for a day."
    assert till.paid == [AMOUNT]
    assert verdicts(till, "r2") == [("deny", "house.cap")], "the decision that did not hold is not on record"


def test_a_cap_of_one_tenant_is_not_used_up_by_another(url: str) -> None:
    till = Till(url, {"times": {"per": "tenant_day", "at_most": 1}})

    told = [pay(till.gate(f"r{n}", Late, tenant), "it") for n, tenant in enumerate(("acme", "other", "acme", "other"))]

    assert [one.startswith("Denied") for one in told] == [False, False, True, True]


def test_a_run_that_comes_late_still_has_what_it_used_counted_once(url: str) -> None:
    till = Till(url, {"times": {"per": "day", "at_most": 3}})
    first, second = till.gate("r1", Late), till.gate("r2", Late)

    told = [pay(first, "a"), pay(first, "b"), pay(second, "c"), pay(second, "d"), pay(first, "e")]

    assert [one.startswith("Denied") for one in told] == [False, False, False, True, True]


def test_what_others_have_spent_since_counts_beside_what_the_run_knew_of_itself(url: str) -> None:
    till = Till(url, {"total": {"argument": "times", "per": "day", "at_most": 2.5 * AMOUNT}})
    first, second = till.gate("r1", Late), till.gate("r2", Late)

    told = [pay(first, "a"), pay(second, "b"), pay(first, "c")]

    assert [one.startswith("Denied") for one in told] == [False, False, True]
    assert till.paid == [AMOUNT, AMOUNT]


def test_who_was_asked_because_of_others_that_did_not_count_in_the_end_goes_on(url: str) -> None:
    class Early(Days):
        """As if others had used the day, of whom nothing is left when it is looked at once more."""

        def seen(self, _tool: Tool | None) -> Today:
            return Today(day={("pay", ""): 1})

    till = Till(url, ONE_A_DAY | {"verdict": "ask"})
    assert pay(till.gate("r1", Early), "it") == "This waits for a person's approval."
    (asked,) = [one.body for one in till.ledger.records("r1") if one.kind == "approval.requested"]
    answered(till, "r1", asked["approval"])

    assert pay(again(till, "r1", Early), "it") == '{"paid": 20}'


def test_what_was_overtaken_uses_up_nothing_of_its_run(url: str) -> None:
    till = Till(url, {"id": "run.cap", "times": {"per": "run", "at_most": 1}}, {"id": "day.cap", **ONE_A_DAY})
    pay(till.gate("r1"), "the first")
    late = till.gate("r2", Late)

    assert [pay(late, "one"), pay(late, "two")] == ["Denied (day.cap): enough for a day."] * 2


def test_a_cap_that_asks_asks_whoever_was_overtaken(url: str) -> None:
    till = Till(url, ONE_A_DAY | {"verdict": "ask"})
    pay(till.gate("r1", Late), "the first")

    assert pay(till.gate("r2", Late), "the second") == "This waits for a person's approval."
    (asked,) = [one.body for one in till.ledger.records("r2") if one.kind == "approval.requested"]
    answered(till, "r2", asked["approval"])

    assert pay(again(till, "r2", Late), "the second") == '{"paid": 20}', "a person may allow one more"


def answered(till: Till, run: str, approval: str) -> None:
    said = {"verdict": "approved", "by": "user:ben", "role": "", "reason": "", "scope": "call", "args": None}
    till.ledger.append(run, "approval.answered", {"approval": approval, **said})


def again(till: Till, run: str, days: type[Days] = Days) -> Any:
    """The gate of a run that is carried on."""
    records = till.ledger.records(run)
    return till.gate(run, days, approvals=Approvals(records), journal=Journal(records))


def test_a_yes_of_a_person_does_not_reach_over_a_cap_that_denies(url: str) -> None:
    large = {"id": "house.large", "verdict": "ask", "arguments": {"times": {"at_least": 10}}}
    till = Till(url, large, ONE_A_DAY)
    for run in ("r1", "r2"):
        assert pay(till.gate(run), "a lot") == "This waits for a person's approval."
        (asked,) = [one.body for one in till.ledger.records(run) if one.kind == "approval.requested"]
        answered(till, run, asked["approval"])

    told = [pay(again(till, run, Late), "a lot") for run in ("r1", "r2")]

    assert told == ['{"paid": 20}', "Denied (house.cap): enough for a day."]
    assert "approval.used" not in [one.kind for one in till.ledger.records("r2")]


def test_what_was_made_before_is_returned_though_others_have_used_up_the_day(url: str) -> None:
    till = Till(url)
    pay(till.gate("r1"), "mine")
    pay(till.gate("r2"), "theirs")
    till.rules = (a_rule(id="house.cap", tools=["pay"], **ONE_A_DAY),)

    assert pay(again(till, "r1"), "mine") == '{"paid": 20}'
    assert pay(again(till, "r1"), "another").startswith("Denied")
    assert till.paid == [AMOUNT, AMOUNT], "it was not paid twice"


def test_without_the_crew_a_call_is_held_to_what_the_day_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guard.days.Days.seen", Late.seen)
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "budget: {model_calls: 1, tool_calls: 2, usd: 1, minutes: 60}\n"
        "rules:\n- {id: house.cap, verdict: deny, tools: [show_account], times: {per: day, at_most: 2}, reason: x}\n"
    )
    given: dict[str, Any] = {"principal": "user:ana", "goal": GOAL, "declarations": EXAMPLE, "tools": ["show_account"]}
    runs = [open_run(**given, policy=policy, ledger=tmp_path / "ledger.sqlite") for _ in range(2)]

    said = [(one.verdict, one.rule) for one in (run.check("show_account", {}) for run in (*runs, *runs))]
    for run in runs:
        run.close()

    assert said == [("allow", "warrant"), ("allow", "warrant"), ("deny", "house.cap"), ("deny", "house.cap")]


def payments(url: str, project: Path, cap: str) -> int:
    """How often two processes of eight runs each have paid, which would pay 48 times if they could."""
    env = {**os.environ, "PYTHONPATH": str(project)}
    commands = [[sys.executable, "-m", "tests.guard.payer", url, name, "8", cap] for name in ("a", "b")]
    running = [subprocess.Popen(one, env=env, cwd=project, stdout=subprocess.PIPE, text=True) for one in commands]
    told = [one.communicate(timeout=120)[0] for one in running]
    assert [one.returncode for one in running] == [0, 0]
    return sum(int(one) for one in told)


@pytest.mark.parametrize(("cap", "most"), [("times", TIMES["times"]["at_most"]), ("total", 5)])
def test_sixteen_runs_in_two_processes_use_a_cap_up_and_never_more_on_sqlite(
    url: str, project: Path, cap: str, most: int
) -> None:
    Ledger(open_database(url), b"k" * 32).close()

    assert payments(url, project, cap) == most


@pytest.mark.parametrize(("cap", "most"), [("times", TIMES["times"]["at_most"]), ("total", 5)])
def test_sixteen_runs_in_two_processes_use_a_cap_up_and_never_more_on_postgresql(
    postgres: Postgres, project: Path, cap: str, most: int
) -> None:
    assert payments(postgres.database(), project, cap) == most
