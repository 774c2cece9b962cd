"""`deputy show --why` and `deputy audit show`: the chain of reasons, and the records as they are stored."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli.session import Doors
from runtime.home import Home
from testkit.story import ledger_in
from testkit.storyteller import storyteller
from tests.cli.conftest import Call
from tests.runtime.bench import ledger_of

ARGS = {"to": "ann@mail.example"}


@pytest.fixture
def asked(house: Path) -> None:
    """A run in which a person was asked about one call of step 'invite'."""
    ledger = ledger_in(house / "var")

    def add(kind: Any, **body: Any) -> None:
        ledger.append("r1", kind, body)

    named: dict[str, Any] = {
        "step": "invite",
        "role": "notifier",
        "call": "invite-1",
        "tool": "send_invitation",
        "effect": "send",
    }
    named |= {"args": ARGS, "key": {"hash": "5eed" * 16, "nth": 1}}
    labels = {"to": {"trusted": False, "origin": "nothing that is trusted", "item": ""}}
    limits = {"model_calls": 9, "tool_calls": 9, "usd": 2, "minutes": 5}
    add(
        "run.started",
        goal="invite Ann",
        scenario="",
        principal="user:jo",
        config="c0ffee",
        budget=limits,
        models={"all": ["m"]},
    )
    grants = [{"tool": "send_invitation", "times": 1, "values": {"to": ["a"]}}]
    step = {"id": "invite", "role": "notifier", "task": "Invite.", "grants": grants, "after": [], "expected": ""}
    add("plan.proposed", plan={"steps": [step]}, role="manager", model="m")
    add("plan.accepted", plan="d1" * 32, by="user:jo", reason="read before it began")
    add("step.started", step="invite", role="notifier", task="Invite.")
    spent = {"model_calls": 3, "tool_calls": 0, "usd": 0.25}
    usage = {"prompt": 10, "completion": 2}
    reply = {"text": "", "calls": []}
    add(
        "model.called",
        step="invite",
        role="notifier",
        model="m",
        key={"hash": "x", "nth": 1},
        request={"messages": []},
        reply=reply,
        usage=usage,
        usd=0.25,
        ms=900,
        spent=spent,
    )
    add(
        "call.decided", **named, labels=labels, verdict="ask", rule="target.untrusted", reason="'to' comes from nowhere"
    )
    add(
        "approval.requested",
        **named,
        labels=labels,
        approval="ab12",
        digest="ab12" * 16,
        rule="target.untrusted",
        reason="x",
        people=1,
        approvers=[],
        expires="2027",
    )
    add("run.waiting", reason="a person")
    add(
        "approval.answered",
        approval="ab12",
        verdict="approved",
        by="user:ana",
        reason="I know her",
        args=None,
        scope="call",
    )
    add("run.resumed", by="user:ana")
    add("approval.used", approval="ab12", call="invite-1")
    add("tool.intended", **named)
    add("tool.done", **named, result={"to": "ann@mail.example", "already": False}, ms=7)
    add("run.done", summary="")
    ledger.close()


def test_the_chain_leads_from_the_goal_to_the_effect_and_its_cost(call: Call, asked: None) -> None:
    chain = json.loads(call("show", "r1", "--why", "invite", "--json").stdout)

    goal, plan = chain, chain["follows"][0]
    step = plan["follows"][0]
    model, one, cost = step["follows"]
    assert (goal["link"], goal["principal"], goal["config"], goal["budget"]["usd"]) == ("goal", "user:jo", "c0ffee", 2)
    assert (plan["accepted_by"], plan["accepted_record"], plan["digest"]) == ("user:jo", 3, "d1" * 32)
    assert step["grants"][0]["times"] == 1
    assert (model["model"], model["spent"]["usd"]) == ("m", 0.25)
    assert [(link["link"], link["record"]) for link in one["follows"]] == [
        ("policy", 6),
        ("approval", 7),
        ("approval", 11),
        ("intent", 12),
        ("effect", 13),
    ]
    policy, approval = one["follows"][:2]
    assert (policy["verdict"], policy["rule"], policy["labels"]["to"]["trusted"]) == ("ask", "target.untrusted", False)
    assert (approval["digest"], approval["follows"][0]["by"], approval["follows"][0]["record"]) == (
        "ab12" * 16,
        "user:ana",
        9,
    )
    assert (cost["model_calls"], cost["tool_calls"], cost["usd"], cost["tokens"]) == (1, 1, 0.25, 12)


def test_the_chain_is_a_tree_within_80_columns_that_names_its_records(call: Call, asked: None) -> None:
    lines = call("show", "r1", "--why", "invite-1").stdout.splitlines()

    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("goal      invite Ann")
    assert lines[0].endswith("#1")
    said = " ".join(re.sub(r" +#\d+$", "", "\n".join(lines), flags=re.MULTILINE).split())
    assert "asked by target.untrusted: 'to' comes from nowhere" in said
    assert "to: not trusted, from nothing that is trusted" in said
    assert "approved by user:ana at" in said
    assert ": I know her" in said
    assert "the run had then used 3 of 9 model calls and $0.25 of $2" in said
    assert "recorded before it happened, under key 5eed5eed5eed5eed, occurrence 1" in said
    assert "invitation mailed to ann@mail.example, in 7 ms" in said


def test_what_the_run_does_not_have_is_refused_with_what_it_has(call: Call, asked: None) -> None:
    missing = call("show", "r1", "--why", "decline")

    assert missing.exit_code == 2
    assert "its steps are invite" in missing.stderr


def test_the_story_of_a_whole_run_can_be_asked_why(call: Call) -> None:
    call("run", "-s", "recruiting", doors=Doors(start=storyteller()))

    lines = call("show", "--why", "screen").stdout.splitlines()

    assert max(map(len, lines)) <= 80
    assert any(line.strip().startswith("effect") for line in lines)


@pytest.fixture
def sealed(house: Path) -> Home:
    """A run with a result that is sealed for one person, and a summary for two."""
    home = Home(house / "var")
    ledger, vault = ledger_of(home), home.vault()
    ledger.append("r1", "run.started", {"goal": "look", "scenario": ""})
    ledger.sealer = lambda _kind, body: {"summary": vault.seal(["ann", "bob"], body["summary"])}
    ledger.append("r1", "run.done", {"summary": "turbines in Bergen"})
    return home


def test_audit_show_prints_records_as_stored_and_opens_them_when_asked(call: Call, sealed: Home) -> None:
    stored, opened = call("audit", "show", "r1").stdout, call("audit", "show", "r1", "--open").stdout

    assert "#2  run.done" in stored
    assert "<sealed for 2 subjects, " in stored
    assert "Bergen" not in stored
    assert "summary     turbines in Bergen" in opened
    assert max(map(len, opened.splitlines())) <= 80
    assert [json.loads(line).get("seq") for line in call("audit", "show", "r1", "--json").stdout.splitlines()] == [
        None,
        1,
        2,
    ]

    sealed.vault().destroy("ann")

    assert "summary     [erased]" in call("audit", "show", "r1", "--open").stdout
    assert "Bergen" not in call("show", "r1").stdout
