"""`deputy policy`: a table of calls against the rules, and what the gate decided in a run."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.policy import policy
from crews.config import load_config
from crews.policy_tables import all_tried
from runtime.problems import ConfigProblems
from testkit.projects import CHECKOUT, make_project, with_scenarios
from testkit.story import Story, ledger_in

HOUSE = "budget: {model_calls: 9, tool_calls: 9, usd: 1, minutes: 9}\n"
RULES = """\
deny: [draft_rejection]
rules:
  - id: mail.cap
    tools: [send_invitation]
    verdict: deny
    times: {per: run, at_most: 2}
    reason: two are enough
  - id: mail.elsewhere
    tools: [send_invitation]
    verdict: ask
    arguments: {to: {domain_not_in: [meridian.example]}}
    reason: it leaves the house
"""
MAIL = "{tool: send_invitation, role: notifier, args: {interview: x, to: %s}, %s}"


def _table(*cases: str) -> str:
    return "cases:\n" + "".join(f"  - {case}\n" for case in cases)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two rules, which is also the current folder."""
    folder = with_scenarios(make_project(tmp_path / "p", policies=HOUSE + RULES))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("COLUMNS", raising=False)
    return folder


def _test(place: Path, *cases: str, switches: tuple[str, ...] = ()) -> Result:
    (place / "calls.yaml").write_text(_table(*cases))
    return CliRunner().invoke(policy, ["test", "calls.yaml", *switches], standalone_mode=False)


def test_our_own_table_holds_and_reaches_every_rule() -> None:
    config = load_config(CHECKOUT)

    results = all_tried(CHECKOUT / "config" / "policy-tests.yaml", config)

    assert [one for one in results if not one.right] == []
    assert {one.rule for one in results} - {""} == {rule.id for rule in config.policies.rules}


def test_a_table_that_holds_is_shown_call_by_call(place: Path) -> None:
    result = _test(
        place,
        MAIL % ("a@meridian.example", "expect: allow"),
        MAIL % ("a@evil.example", "expect: ask, rule: mail.elsewhere"),
        MAIL % ("a@evil.example", "used: {run: 2}, expect: deny, rule: mail.cap"),
        "{tool: draft_rejection, args: {candidate: c}, expect: deny, rule: policy.denied}",
    )

    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["allow", "✓", "send_invitation", "(interview:", "x,", "to:", "a@meridian.example)"],
        ["ask", "✓", "send_invitation", "(interview:", "x,", "to:", "a@evil.example)", "mail.elsewhere"],
        ["deny", "✓", "send_invitation", "(interview:", "x,", "to:", "a@evil.example)", "mail.cap"],
        ["deny", "✓", "draft_rejection", "(candidate:", "c)", "policy.denied"],
        ["4", "calls,", "all", "decided", "as", "expected.", "Nothing", "was", "called."],
    ]
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_a_call_that_is_decided_otherwise_is_named_and_ends_with_one(place: Path) -> None:
    result = CliRunner().invoke(policy, ["test", str(_written(place))])

    assert result.exit_code == 1
    assert "! send_invitation (interview: x, to: a@evil.example)" in result.stdout
    assert "expected allow; it leaves the house" in result.stdout
    assert "expected deny by mail.cap; it leaves the house" in result.stdout
    assert "3 calls, 2 of them not as expected. Nothing was called." in result.stdout


def _written(place: Path) -> Path:
    file = place / "calls.yaml"
    file.write_text(
        _table(
            MAIL % ("a@evil.example", "expect: allow"),
            MAIL % ("a@evil.example", "expect: ask"),
            MAIL % ("a@evil.example", "expect: deny, rule: mail.cap"),
        )
    )
    return file


def test_quiet_shows_what_is_wrong_only(place: Path) -> None:
    result = CliRunner().invoke(policy, ["test", str(_written(place)), "--quiet"])

    assert len(result.stdout.splitlines()) == 5


def test_as_json_each_call_is_an_object(place: Path) -> None:
    result = _test(place, MAIL % ("a@evil.example", "expect: ask"), switches=("--json",))

    [one] = [json.loads(line) for line in result.stdout.splitlines()]
    assert (one["right"], one["verdict"], one["rule"]) == (True, "ask", "mail.elsewhere")
    assert one["case"]["args"] == {"interview": "x", "to": "a@evil.example"}


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (
            "{tool: send_invitaton, expect: deny}",
            "2:12: unknown tool 'send_invitaton'; did you mean 'send_invitation'?",
        ),
        (MAIL % ("a@x.example", "expect: maybe"), "2:92: 'expect' must be allow, ask or deny, not 'maybe'"),
        (MAIL % ("a@x.example", "expect: deny, rule: mail.cup"), "2:104: the policy has no rule 'mail.cup'; did you"),
        (MAIL % ("a@x.example", "expect: allow, rule: mail.cap"), "2:105: no rule allows a call; remove 'rule'"),
        ("{tool: send_invitation, args: {to: a}, expect: deny}", "2:29: 'interview' does not fit 'send_invitation'"),
        (MAIL % ("a@x.example", "role_: x, expect: deny"), "2:84: unknown key 'role_'; did you mean 'role'?"),
        ("{tool: read_job, role: nobody, expect: deny}", "2:28: unknown role 'nobody'"),
        ("{tool: read_job, scenario: nothing, expect: deny}", "2:32: unknown scenario 'nothing'"),
        ("{tool: read_job, at: 2027-03-09, expect: deny}", "2:26: 'at' must be a time with its zone"),
    ],
)
def test_a_table_that_names_what_does_not_exist_is_refused(place: Path, case: str, said: str) -> None:
    result = _test(place, case)

    assert isinstance(result.exception, ConfigProblems)
    [found] = result.exception.problems
    assert str(found).startswith(f"calls.yaml:{said}")


def _explain(*words: str) -> Result:
    return CliRunner().invoke(policy, ["explain", *words])


def _story(place: Path) -> None:
    Story(ledger_in(place / "var"), "261122-134502-a1b2").play()


def test_explain_says_which_rule_decided_and_what_would_have_been_allowed(place: Path) -> None:
    ledger = ledger_in(place / "var")
    ledger.append("r1", "run.started", {"goal": "tell them"})
    grants = [{"tool": "send_invitation", "times": 2}, {"tool": "list_interviews", "times": 1}]
    plan = {"steps": [{"id": "invite", "role": "notifier", "task": "t", "expected": "e", "grants": grants}]}
    ledger.append("r1", "plan.proposed", {"plan": plan, "role": "manager", "model": "m"})
    ledger.append("r1", "plan.accepted", {"plan": "d", "by": "policy", "reason": ""})
    for number, (verdict, rule, reason) in enumerate(
        [
            ("allow", "warrant", "granted, 1 of 2"),
            ("ask", "mail.elsewhere", "it leaves the house"),
            ("deny", "x.y", "no"),
        ]
    ):
        call = {"step": "invite", "role": "notifier", "call": f"invite-{number}", "effect": "send"}
        told = {"tool": "send_invitation", "args": {"to": "a@x.example"}, "verdict": verdict}
        ledger.append("r1", "call.decided", call | told | {"rule": rule, "reason": reason})

    result = _explain("r1", "invite")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "invite      ✓ send_invitation (to: a@x.example)",
        "              allowed by warrant: granted, 1 of 2",
        "            ? send_invitation (to: a@x.example)",
        "              asked by mail.elsewhere: it leaves the house",
        "              allowed then: send_invitation (1 more), list_interviews (1 more)",
        "            ✗ send_invitation (to: a@x.example)",
        "              denied by x.y: no",
        "              allowed then: send_invitation (1 more), list_interviews (1 more)",
        "            run r1: 3 calls, 1 allowed, 1 asked, 1 denied",
    ]
    assert _explain("r1", "--quiet").stdout.splitlines()[0] == "invite      ? send_invitation (to: a@x.example)"


def test_explain_of_a_whole_run_tells_every_decision_of_its_records(place: Path) -> None:
    _story(place)
    decided = [one for one in ledger_in(place / "var").records("261122-134502-a1b2") if one.kind == "call.decided"]

    told = [json.loads(line) for line in _explain("--json").stdout.splitlines()]

    assert [(one["seq"], one["verdict"], one["rule"], one["reason"]) for one in told] == [
        (one.seq, one.body["verdict"], one.body["rule"], one.body["reason"]) for one in decided
    ]
    assert all(one["instead"] for one in told)


def test_explain_of_a_step_that_made_no_call_names_those_that_did(place: Path) -> None:
    _story(place)

    result = CliRunner().invoke(policy, ["explain", "26", "nowhere"], standalone_mode=False)

    assert result.exception is not None
    assert "made no call in a step 'nowhere'" in str(result.exception)
    assert "screen" in str(result.exception)


def test_explain_changes_nothing(place: Path) -> None:
    _story(place)
    ledger = ledger_in(place / "var")
    before = len(ledger.records("261122-134502-a1b2"))

    _explain()

    assert len(ledger.records("261122-134502-a1b2")) == before
