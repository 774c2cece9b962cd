"""Opening, using and closing a run of the stand-alone gate: plans, ledgers, wrong use, errors inside."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

import guard
from guard.run import Checked, Run
from guard.warrant import PlanRefused
from runtime.database import open_database
from runtime.errors import UsageError
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.problems import ConfigProblems
from tests.guard.bench import BUDGET, SHOP, mail, opened, said, transfer
from tests.meta.pages import ROOT


@pytest.fixture
def run() -> Iterator[Run]:
    with opened() as one:
        yield one


def test_a_plan_says_what_each_step_may_do() -> None:
    look = guard.Step(
        id="look", role="clerk", task="Look.", expected="x", grants=(guard.Grant(tool="read_mail", times=1),)
    )
    pay = guard.Step(id="pay", role="bank", task="Pay.", expected="x", grants=(guard.Grant(tool="transfer", times=1),))
    with opened(None, plan=guard.Plan(steps=(look, pay)), trusted=[(SHOP, "directory")]) as run:
        outside = transfer(run)
        assert (*said(outside), outside.call) == ("deny", "step.unknown", "none-1")
        assert [run.ledger.records(run.id)[-1].body[key] for key in ("step", "role")] == ["", ""]
        with run.step("look"):
            assert said(transfer(run)) == ("deny", "step.tools")
            assert said(run.check("read_mail", {})) == ("allow", "warrant")
            assert said(run.check("read_mail", {})) == ("deny", "step.times")
            with opened() as other:
                assert said(other.check("read_mail", {})) == ("allow", "warrant")
        with run.step("pay"):
            assert said(transfer(run)) == ("allow", "warrant")
        assert said(transfer(run)) == ("deny", "step.unknown")
        with pytest.raises(UsageError, match="no step 'pray'"), run.step("pray"):
            pass


def test_what_a_declaration_caps_holds_for_all_steps_together() -> None:
    grants = (guard.Grant(tool="transfer", times=5),)
    steps = [guard.Step(id=name, role="bank", task="Pay.", expected="x", grants=grants) for name in ("a", "b")]
    with opened(None, plan=guard.Plan(steps=tuple(steps)), trusted=[(SHOP, "directory")]) as run:
        verdicts = []
        for name in ("a", "b"):
            with run.step(name):
                verdicts += [said(transfer(run, amount)) for amount in (1, 2)]
    assert verdicts == [("allow", "warrant")] * 2 + [("deny", "declared.times")] * 2


def test_a_plan_beyond_the_named_tools_is_refused() -> None:
    step = guard.Step(id="a", role="b", task="x", expected="x", grants=(guard.Grant(tool="transfer", times=1),))
    with pytest.raises(PlanRefused, match="does not have tool 'transfer'"):
        opened(["read_mail"], plan=guard.Plan(steps=(step,)))


def test_a_call_is_observed_once_if_it_was_allowed_in_this_run(run: Run) -> None:
    allowed, denied = run.check("read_mail", {}), run.check("format_disk", {})
    asked = mail(run, "bo@else.example")
    with opened() as other:
        strange = other.check("read_mail", {})
    twin = Checked(**vars(allowed))
    for wrong in (denied, asked, strange, twin, "run-1", None):
        with pytest.raises(UsageError, match="no allowed call"):
            run.observe(wrong, [])  # type: ignore[arg-type]  # what a careless caller does
    with pytest.raises(UsageError, match="not plain data"):
        run.observe(allowed, {"x": object()})
    run.observe(allowed, [])
    with pytest.raises(UsageError, match="no allowed call"):
        run.observe(allowed, [])


def test_a_closed_run_decides_nothing_more() -> None:
    with opened() as run:
        allowed = run.check("read_mail", {})
    run.close()
    for use in (lambda: run.check("read_mail", {}), lambda: run.observe(allowed, []), lambda: run.approve("x", by="y")):
        with pytest.raises(UsageError, match="is closed"):
            use()
    with pytest.raises(OperationalError):
        run.ledger.records(run.id)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"tools": ["send_mial"]}, "no tool 'send_mial' is declared\n  Fix: did you mean 'send_mail'"),
        ({"tools": None}, "nothing says which tools the run may call\n  Fix: give 'tools', or a 'plan'"),
        ({"tools": "send_mail"}, "'tools' is a text"),
        ({"principal": " "}, "a run needs a principal"),
        ({"goal": ""}, "a run needs a goal\n  Fix: say who wants what"),
    ],
)
def test_a_run_that_cannot_be_meant_is_not_opened(wrong: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        opened(**wrong)


def test_a_policy_with_a_mistake_opens_no_run(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("deny: [send_mial]\n", encoding="utf-8")
    with pytest.raises(ConfigProblems):
        opened(policy=tmp_path / "policy.yaml", ledger=tmp_path / "ledger.sqlite")
    assert not (tmp_path / "ledger.sqlite").exists()


@pytest.mark.parametrize("wrong", ["", "zzzzzzzz"])
def test_only_what_waits_can_be_answered(run: Run, wrong: str) -> None:
    approval = str(mail(run, "bo@else.example").approval)
    with pytest.raises(UsageError):
        run.approve(wrong, by="user:bo")
    with pytest.raises(UsageError, match="needs a person"):
        run.approve(approval, by="")
    assert mail(run, "bo@else.example").verdict == "ask"


def test_a_budget_that_is_used_up_denies(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(BUDGET.replace("50", "1"), encoding="utf-8")
    with opened(policy=tmp_path / "policy.yaml") as run:
        assert run.check("read_mail", {}).verdict == "allow"
        assert said(run.check("read_mail", {})) == ("deny", "gate.budget")


def test_a_cap_per_day_counts_the_other_runs_of_the_ledger(tmp_path: Path) -> None:
    rule = "rules: [{id: day, verdict: deny, tools: [send_mail], times: {per: day, at_most: 2}, reason: Enough.}]\n"
    (tmp_path / "policy.yaml").write_text(BUDGET + rule, encoding="utf-8")
    verdicts = []
    for _ in range(3):
        with opened(policy=tmp_path / "policy.yaml", ledger=tmp_path / "ledger.sqlite") as run:
            verdicts.append(said(mail(run, "ana@house.example")))
    assert verdicts == [("allow", "warrant")] * 2 + [("deny", "day")]


def test_a_ledger_in_a_file_stays_and_verifies(tmp_path: Path) -> None:
    with opened(ledger=tmp_path / "book" / "ledger.sqlite") as run:
        run.observe(run.check("read_mail", {}), [])
    home = Home(tmp_path / "book")
    ledger = Ledger(open_database(home.ledger_url), home.ledger_key())

    kept = ["run.started", "plan.proposed", "plan.accepted", "call.decided", "tool.done", "run.done"]
    assert [one.kind for one in ledger.records(run.id)] == kept
    assert ledger.records(run.id)[-1].body == {"summary": "1 calls were checked"}
    assert ledger.verify(run.id) == 6
    ledger.close()


def test_what_cannot_be_decided_or_recorded_is_denied(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def confused(*_: Any) -> None:
        raise RuntimeError("confused")

    with monkeypatch.context() as patch:
        patch.setattr("guard.run.decide", confused)
        assert said(run.check("read_mail", {})) == ("deny", "gate.error")
    assert run.ledger.records(run.id)[-1].body["rule"] == "gate.error"
    with monkeypatch.context() as patch:
        patch.setattr(run.ledger, "append", confused)
        assert said(run.check("read_mail", {})) == ("deny", "gate.error")
    assert said(run.check("read_mail", {})) == ("allow", "warrant")


def test_many_threads_get_no_more_than_is_granted(run: Run) -> None:
    verdicts: list[str] = []
    threads = [
        threading.Thread(target=lambda: verdicts.append(mail(run, "ana@house.example").verdict)) for _ in range(12)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(verdicts) == ["allow"] * 5 + ["deny"] * 7
    assert run.ledger.verify(run.id) == 15


def test_importing_guard_loads_nothing_until_it_is_used() -> None:
    code = (
        "import sys, guard\n"
        "heavy = {'crewai', 'sqlalchemy', 'pydantic', 'guard.standalone'}\n"
        "assert not heavy & set(sys.modules)\n"
        "guard.open_run\n"
        "assert 'sqlalchemy' not in sys.modules and 'crewai' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
