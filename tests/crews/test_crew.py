"""A crew written in YAML alone runs in each process, and goes nowhere its warrant does not."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from agents.chat import Request, ToolCall
from agents.playbook import DELEGATE
from crews.wish import Outcome, Wish
from guard.plan import Grant, Plan, Step
from runtime.records import Record
from testkit.job import AGENTS, TASKS, crews, worker
from testkit.projects import make_project, run_in
from testkit.scripted import Answer, ScriptedModel, call

WISH = Wish(goal="Say which positions are open, and who can help.", crew="desk")


def a_project(folder: Path, process: str) -> Path:
    return make_project(folder / process, agents=AGENTS, tasks=TASKS, crews=crews(process))


def run_with(folder: Path, answers: Callable[[Request], Answer]) -> tuple[Outcome, list[Record]]:
    return run_in(a_project(folder, "sequential"), WISH, ScriptedModel(answers))


def only(records: Sequence[Record], kind: str) -> list[dict[str, object]]:
    return [record.body for record in records if record.kind == kind]


@pytest.mark.parametrize("process", ["planned", "sequential", "hierarchical"])
def test_three_roles_written_in_yaml_reach_their_goal(tmp_path: Path, process: str) -> None:
    outcome, records = run_in(a_project(tmp_path, process), WISH, worker())

    assert (outcome.state, outcome.exit_code) == ("done", 0), outcome.summary
    assert {one["step"] for one in only(records, "step.done")} == {"look", "ask_around", "write"}
    assert sorted((str(one["role"]), str(one["tool"])) for one in only(records, "tool.done")) == [
        ("clerk", "list_positions"),
        ("helper", "find_people"),
        ("writer", "list_positions"),
    ]
    assert (outcome.folder / "report.md").is_file()
    assert records[-1].kind == "run.done"


def test_steps_that_need_each_other_wait_and_others_do_not(tmp_path: Path) -> None:
    _, records = run_in(a_project(tmp_path, "planned"), WISH, worker())

    order = [(record.kind, record.body["step"]) for record in records if record.kind in ("step.started", "step.done")]
    first_ends = min(order.index(("step.done", one)) for one in ("look", "ask_around"))
    assert {order.index(("step.started", "look")), order.index(("step.started", "ask_around"))} <= set(
        range(first_ends)
    )
    assert order.index(("step.started", "write")) > order.index(("step.done", "look"))
    assert order.index(("step.started", "write")) > order.index(("step.done", "ask_around"))


def test_what_a_step_found_reaches_the_steps_that_need_it(tmp_path: Path) -> None:
    model = worker()
    run_in(a_project(tmp_path, "planned"), WISH, model)

    prompts = [str(request.messages[-1]["content"]) for request in model.requests if len(request.messages) == 2]
    [writing] = [prompt for prompt in prompts if "Step: write" in prompt]
    assert "look: look is done" in writing
    assert "ask_around: ask_around is done" in writing


def refused_calls(records: Sequence[Record]) -> list[tuple[object, object]]:
    return [(one["tool"], one["rule"]) for one in only(records, "call.decided") if one["verdict"] == "deny"]


@pytest.mark.parametrize(
    ("wanted", "rule"),
    [
        (call("send_invitation", interview="x", to="x@y.example"), "role.tools"),
        (call("find_people", team="design"), "role.tools"),
        (call("fly_to_the_moon"), "tool.unknown"),
        (call("list_positions", status=["open"]), "args.schema"),
        (call("list_positions", everything="please"), "args.schema"),
    ],
)
def test_a_call_outside_the_warrant_is_denied_and_recorded_and_the_run_goes_on(
    tmp_path: Path, wanted: object, rule: str
) -> None:
    def answers(request: Request) -> Answer:
        if any(one["role"] == "tool" for one in request.messages):
            return "as far as I could"
        return [wanted]  # type: ignore[list-item]  # a ToolCall, from the table above

    outcome, records = run_with(tmp_path, answers)

    denied = refused_calls(records)
    assert (getattr(wanted, "name", ""), rule) in denied
    assert only(records, "tool.intended") == []
    assert outcome.state == "done"


def test_malformed_arguments_are_denied_and_recorded(tmp_path: Path) -> None:
    from agents.chat import ToolCall

    def answers(request: Request) -> Answer:
        if any(one["role"] == "tool" for one in request.messages):
            return "done"
        return [ToolCall("c1", "list_positions", '{"status": ')]

    _, records = run_with(tmp_path, answers)

    assert ("list_positions", "args.schema") in refused_calls(records)


def test_more_calls_than_granted_are_denied(tmp_path: Path) -> None:
    def answers(request: Request) -> Answer:
        tools = [tool["function"]["name"] for tool in request.tools]
        rounds = sum(one["role"] == "tool" for one in request.messages)
        return "enough" if rounds >= 3 or "list_positions" not in tools else [call("list_positions")]

    _, records = run_with(tmp_path, answers)

    look = [one for one in only(records, "call.decided") if one["step"] == "look"]
    assert [one["verdict"] for one in look] == ["allow", "allow", "deny"]
    assert look[-1]["rule"] == "step.times"


def test_a_plan_beyond_the_roles_is_sent_back_and_after_three_tries_the_run_is_denied(tmp_path: Path) -> None:
    grants = (Grant(tool="move_stage", times=1),)
    plan = Plan(steps=(Step(id="look", role="clerk", task="look", expected="all", grants=grants),))
    model = ScriptedModel([plan.model_dump_json()] * 3)

    outcome, records = run_in(a_project(tmp_path, "planned"), WISH, model)

    assert (outcome.state, outcome.exit_code) == ("failed", 5)
    assert "role 'clerk' does not have tool 'move_stage'" in str(model.requests[1].messages[-1]["content"])
    assert [record.kind for record in records].count("plan.proposed") == 3
    assert only(records, "step.started") == []


def test_a_model_that_stops_answering_fails_the_run_clearly(tmp_path: Path) -> None:
    outcome, records = run_in(a_project(tmp_path, "sequential"), WISH, ScriptedModel([]))

    assert (outcome.state, outcome.exit_code) == ("failed", 1)
    assert "no model gave a usable answer" in outcome.summary
    assert records[-1].kind == "run.failed"


def test_a_crew_that_breaks_says_so_in_its_records_and_prints_nothing_itself(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """CrewAI would warn of events that do not pair, in the middle of what a program reads as JSON."""
    model = worker()

    def answers(request: Request) -> Answer:
        offered = {tool["function"]["name"] for tool in request.tools}
        return [ToolCall("", DELEGATE, "")] if DELEGATE in offered else model.reply(request)

    outcome, records = run_in(a_project(tmp_path, "hierarchical"), WISH, ScriptedModel(answers))

    assert outcome.error is not None
    assert "is not making progress" in outcome.error.problem
    assert records[-1].body["error"] == outcome.error.problem
    assert capfd.readouterr().out == ""


def test_the_budget_ends_a_run_with_its_own_exit_code(tmp_path: Path) -> None:
    policies = "budget: {model_calls: 3, tool_calls: 10, usd: 1, minutes: 5}\n"
    project = make_project(tmp_path / "p", agents=AGENTS, tasks=TASKS, crews=crews("sequential"), policies=policies)

    outcome, _ = run_in(project, WISH, worker())

    assert (outcome.state, outcome.exit_code) == ("waiting", 6)
    assert "model calls" in outcome.summary
