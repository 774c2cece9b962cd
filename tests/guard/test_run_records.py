"""What the stand-alone gate writes into its ledger, for those who carry on, audit and explain."""

from collections.abc import Iterator
from typing import Any

import pytest

from guard.approvers import Roster
from guard.checks import printable
from guard.marks import Marks
from guard.run import Run
from guard.standalone import STEP
from runtime.errors import UsageError
from tests.guard.bench import GOAL, mail, opened, said


@pytest.fixture
def run() -> Iterator[Run]:
    with opened() as one:
        yield one


def bodies(run: Run, kind: str) -> list[dict[str, Any]]:
    return [one.body for one in run.ledger.records(run.id) if one.kind == kind]


def test_a_run_begins_with_what_was_wanted_by_whom(run: Run) -> None:
    [started], [proposed], [accepted] = (
        bodies(run, kind) for kind in ("run.started", "plan.proposed", "plan.accepted")
    )

    assert len(started.pop("config")) == 64
    assert started == {
        "goal": GOAL,
        "scenario": "",
        "crew": "",
        "process": "standalone",
        "principal": "user:ana",
        "tenant": "",
        "inputs": {},
        "world": "",
        "mode": "",
        "models": {},
        "wish": {"goal": GOAL},
    }
    assert (proposed["role"], proposed["model"]) == ("", "")
    assert proposed["plan"]["steps"][0]["id"] == STEP
    assert proposed["plan"]["steps"][0]["expected"] == "the goal is reached"
    assert {grant["tool"]: grant["times"] for grant in proposed["plan"]["steps"][0]["grants"]}["read_mail"] == 20
    assert accepted == {
        "plan": run.warrant.digest,
        "by": "the tools that were named",
        "reason": "within the declared tools and the policy",
    }


def test_a_tenant_is_what_is_given_or_what_stands_behind_the_principal() -> None:
    with opened(principal="user:ana@house") as own, opened(principal="user:ana@house", tenant="shed") as given:
        assert [bodies(one, "run.started")[0]["tenant"] for one in (own, given)] == ["house", "shed"]


def test_whoever_gives_a_plan_has_accepted_it() -> None:
    with opened() as first, opened(None, plan=first.warrant.plan) as run:
        assert bodies(run, "plan.accepted")[0]["by"] == "the caller"


def test_a_decision_is_recorded_with_the_call_and_what_would_have_been_allowed(run: Run) -> None:
    run.check("read_mail", {})
    run.check("read_mail", {"wat": 1})
    first, second = bodies(run, "call.decided")

    assert {key: first[key] for key in ("step", "role", "call", "tool", "effect", "args", "labels", "verdict")} == {
        "step": "run",
        "role": "agent",
        "call": "run-1",
        "tool": "read_mail",
        "effect": "read",
        "args": {},
        "labels": {},
        "verdict": "allow",
    }
    assert (first["key"]["nth"], first["reason"], "instead" in first) == (1, "granted to step 'run', 1 of 20", False)
    assert (second["rule"], second["instead"]) == ("args.schema", "read_mail with unread")
    assert second["args"] == {"wat": 1}, "where nothing is secret, nothing is a misspelt secret"


def test_what_cannot_be_a_call_is_recorded_as_it_was_given(run: Run) -> None:
    run.check("format_disk", [1])  # type: ignore[arg-type]  # what a careless caller does
    [record] = bodies(run, "call.decided")
    assert (record["effect"], record["args"]) == ("unknown", {"malformed": [1]})


def test_what_was_asked_is_decided_then_requested_and_not_requested_again(run: Run) -> None:
    first, second = mail(run, "bo@else.example"), mail(run, "bo@else.example")

    kinds = [one.kind for one in run.ledger.records(run.id)][3:]
    assert kinds == ["call.decided", "approval.requested", "call.decided"]
    assert first.approval == second.approval == bodies(run, "approval.requested")[0]["approval"]


def test_the_second_of_two_equal_calls_is_known_as_such(run: Run) -> None:
    for _ in range(2):
        run.check("read_mail", {})
    keys = [one["key"] for one in bodies(run, "call.decided")]
    assert [one["nth"] for one in keys] == [1, 2]
    assert keys[0]["hash"] == keys[1]["hash"]


def test_what_a_person_answered_is_recorded_and_its_use_as_well(run: Run) -> None:
    asked = mail(run, "bo@else.example")
    run.approve(str(asked.approval), by="user:bo")
    allowed = mail(run, "bo@else.example")

    [answer], [used] = bodies(run, "approval.answered"), bodies(run, "approval.used")
    assert answer == {
        "approval": asked.approval,
        "verdict": "approved",
        "by": "user:bo",
        "role": "",
        "reason": "",
        "args": None,
        "scope": "call",
    }
    assert used == {"approval": asked.approval, "call": allowed.call}
    assert (asked.reason.endswith("no trusted origin"), allowed.reason) == (True, "a person has allowed it")


def test_a_failure_is_recorded_with_its_words(run: Run) -> None:
    run.failed(run.check("read_mail", {}), "the server is gone")
    [failed] = bodies(run, "tool.failed")
    assert (failed["error"], failed["remedy"], failed["again"]) == ("the server is gone", "", False)


def test_a_result_is_recorded_with_the_time_it_took(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 5.0
    monkeypatch.setattr("guard.run.time.monotonic", lambda: now)
    allowed = run.check("read_mail", {})
    now = 5.25
    run.observe(allowed, [{"id": "m1"}])
    [done] = bodies(run, "tool.done")
    assert (done["result"], done["ms"]) == ([{"id": "m1"}], 250)


def test_a_secret_that_was_seen_is_in_no_record_whoever_repeats_it(run: Run) -> None:
    run.observe(run.check("show_account", {}), {"password": "correct-horse-9"})
    asked = mail(run, "bo@else.example")
    run.failed(run.check("read_mail", {}), "wrong password: correct-horse-9")
    run.deny(str(asked.approval), by="user:bo", reason="not correct-horse-9")

    assert bodies(run, "tool.failed")[0]["error"].startswith("wrong password: [secret ")
    assert "correct-horse-9" not in repr([one.body for one in run.ledger.records(run.id)])


def test_what_the_gate_failed_on_is_recorded_without_its_arguments(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def confused(*_: Any) -> None:
        raise RuntimeError("confused")

    monkeypatch.setattr("guard.run.decide", confused)
    assert said(run.check("read_mail", {"unread": True})) == ("deny", "gate.error")
    [record] = bodies(run, "call.decided")
    assert {key: record[key] for key in ("step", "role", "call", "tool", "effect", "args")} == {
        "step": "",
        "role": "",
        "call": "run-1",
        "tool": "read_mail",
        "effect": "unknown",
        "args": {},
    }
    assert record["key"] == {"hash": "", "nth": 1}


def test_a_step_that_is_entered_and_the_end_of_the_run_are_recorded(run: Run) -> None:
    with run.step(STEP):
        assert run.check("read_mail", {}).call == "run-1"
    run.close()
    with pytest.raises(UsageError, match="is closed"), run.step(STEP):
        pass
    assert run.warrant.step(STEP) is not None


def test_an_entered_step_says_who_does_what(run: Run) -> None:
    with run.step(STEP):
        assert bodies(run, "step.started") == [{"step": "run", "role": "agent", "task": GOAL}]


def test_whoever_uses_it_wrongly_is_told_the_way_out(run: Run) -> None:
    approval = str(mail(run, "bo@else.example").approval)
    allowed = run.check("read_mail", {})
    for use, remedy in (
        (lambda: run.approve(approval, by=""), "say who answers with 'by'"),
        (lambda: run.approve("", by="user:bo"), "take it from the decision"),
        (lambda: run.observe(allowed, object()), "give JSON types"),
        (
            lambda: run.failed(mail(run, "eve@else.example"), "x"),
            "give what 'check' returned for it, once, and only if it said allow",
        ),
    ):
        with pytest.raises(UsageError) as caught:
            use()
        assert caught.value.remedy == remedy
    with pytest.raises(UsageError, match="needs the id of an approval"):
        run.approve("", by="user:bo")
    run.close()
    with pytest.raises(UsageError, match="is closed\n  Fix: open another one"):
        run.check("read_mail", {})


def test_nobody_has_a_role_in_a_run_without_a_policy(run: Run) -> None:
    assert run._roster == Roster()


def test_a_name_that_cannot_be_recorded_as_it_is_is_recorded_in_part() -> None:
    assert printable("ü" + "x" * 99) == "\\xfc" + "x" * 79
    assert printable(7) == "7"


def test_a_mark_stands_at_every_place_that_is_named_and_nowhere_else() -> None:
    marks = Marks()
    value = {"a": [{"pin": "123456"}, {"pin": "12345"}], "pin": "123456", "b": {"c": {"pin": "x"}}}
    kept = marks.on(value, ["a.*.pin"])

    assert (kept["pin"], kept["b"]) == ("123456", {"c": {"pin": "x"}})
    assert all(one["pin"].startswith("[secret ") and len(one["pin"]) == 25 for one in kept["a"])
    assert list(marks.texts) == ["123456"]
    assert marks.clean({"x": ["my 123456", 5, None]}) == {"x": [f"my {kept['a'][0]['pin']}", 5, None]}
    assert marks.clean({"123456": 1}) == {kept["a"][0]["pin"]: 1}
