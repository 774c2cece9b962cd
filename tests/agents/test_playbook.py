"""A playbook answers from the messages alone, one round further at each request."""

import json
from typing import Any

import pytest

from agents.chat import Message, ModelError, Reply, Request
from agents.playbook import Brief, Playbook, PlaybookModel, Script, Stuck, Unknown, call
from guard.plan import Plan, Step
from runtime.errors import ConfigError, ModelFailure, RunStopped


def add(_prompt: str) -> Script:
    one, two = yield [call("number", of="one"), call("number", of="two")]
    if not one.ok or not two.ok:
        raise Stuck(one.text if not one.ok else two.text)
    [total] = yield [call("sum", a=one.value, b=two.value)]
    return f"the sum is {total.value}"


def shrug(_prompt: str) -> Script:
    yield from ()
    raise Unknown("what to do")


def plan(brief: Brief) -> Plan:
    return Plan(steps=(Step(id="add", role="clerk", task=brief.goal, expected="a sum"),))


MODEL = PlaybookModel(Playbook(plan, {"add": add, "shrug": shrug}))


def asked(step: str = "add") -> list[Message]:
    return [
        {"role": "system", "content": "You are Clerk."},
        {"role": "user", "content": f"Current Task: Step: {step}\ngo"},
    ]


def answered(messages: list[Message], reply: Reply, *results: Any) -> list[Message]:
    calls = [
        {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments}}
        for one in reply.calls
    ]
    told = [
        {
            "role": "tool",
            "tool_call_id": one["id"],
            "content": result if isinstance(result, str) else json.dumps(result),
        }
        for one, result in zip(calls, results, strict=True)
    ]
    return [*messages, {"role": "assistant", "content": None, "tool_calls": calls}, *told]


def test_it_goes_one_round_further_at_each_request_until_it_answers() -> None:
    first = MODEL.reply(Request(tuple(asked())))
    messages = answered(asked(), first, 2, 3)
    second = MODEL.reply(Request(tuple(messages)))
    last = MODEL.reply(Request(tuple(answered(messages, second, 5))))

    assert [(one.name, json.loads(one.arguments)) for one in first.calls] == [
        ("number", {"of": "one"}),
        ("number", {"of": "two"}),
    ]
    assert json.loads(second.calls[0].arguments) == {"a": 2, "b": 3}
    assert (last.text, last.calls, last.model) == ("the sum is 5", (), "playbook")


def test_its_answer_follows_the_results_and_nothing_else() -> None:
    first = MODEL.reply(Request(tuple(asked())))
    second = MODEL.reply(Request(tuple(answered(asked(), first, 40, 2))))

    assert json.loads(second.calls[0].arguments) == {"a": 40, "b": 2}


def test_call_ids_are_the_same_each_time_and_differ_between_rounds() -> None:
    first, again = MODEL.reply(Request(tuple(asked()))), MODEL.reply(Request(tuple(asked())))
    second = MODEL.reply(Request(tuple(answered(asked(), first, 2, 3))))

    assert first == again
    assert len({one.id for one in (*first.calls, *second.calls)}) == 3


def test_a_denied_call_that_it_needs_ends_the_run_with_the_reason() -> None:
    first = MODEL.reply(Request(tuple(asked())))

    with pytest.raises(RunStopped, match=r"cannot go on: Denied \(step.times\)") as caught:
        MODEL.reply(Request(tuple(answered(asked(), first, 2, "Denied (step.times): used up."))))
    assert isinstance(caught.value.cause, ModelFailure)


@pytest.mark.parametrize(("step", "what"), [("fly", "the step 'fly'"), ("shrug", "what to do")])
def test_what_no_playbook_knows_ends_with_how_to_configure_a_model(step: str, what: str) -> None:
    with pytest.raises(RunStopped, match=f"no playbook knows {what}") as caught:
        MODEL.reply(Request(tuple(asked(step))))
    assert isinstance(caught.value.cause, ConfigError)
    assert "OPENAI_API_KEY" in caught.value.cause.remedy


def test_messages_that_do_not_follow_its_calls_are_an_error() -> None:
    other = Reply("model", calls=(MODEL.reply(Request(tuple(asked()))).calls[0],))
    with pytest.raises(ModelError, match="do not follow"):
        MODEL.reply(Request(tuple(answered(asked(), other, 1))))


def test_a_plan_is_made_from_the_brief_in_the_prompt() -> None:
    brief = json.dumps({"goal": "add one and two", "facts": {}, "roles": {"clerk": []}, "tasks": {}})
    request = Request(({"role": "user", "content": f"Plan.\nBrief: {brief}\nTools:"},), schema=Plan.model_json_schema())

    reply = MODEL.reply(request)

    assert Plan.model_validate_json(reply.text).steps[0].task == "add one and two"


def test_a_manager_with_delegation_hands_the_task_to_the_role_it_names() -> None:
    tool = {"type": "function", "function": {"name": "delegate_work_to_coworker", "parameters": {}}}
    messages = [{"role": "user", "content": "Current Task: Step: add\nRole: Clerk\nadd them"}]

    first = MODEL.reply(Request(tuple(messages), (tool,)))
    last = MODEL.reply(Request(tuple(answered(messages, first, "the sum is 5")), (tool,)))

    assert json.loads(first.calls[0].arguments)["coworker"] == "Clerk"
    assert last.text == "the sum is 5"
