"""Playbooks: ordinary code that answers in a model's place, through the same gateway, crew, tools and gate.

A script is a generator for one step. It yields the calls it wants, receives what they returned, and returns the answer:

    def shortlist(prompt: str) -> Script:
        [ranking] = yield [call("rank_candidates", position="senior-data-engineer")]
        moved = yield [call("move_stage", candidate=one, stage="shortlisted") for one in ranking.value["shortlist"]]
        return f"{len(moved)} candidates are shortlisted."

The model keeps no state: at each request the script runs again from its start over the results that stand in the
messages, and goes one round further. So nothing is canned: without the tool results there is no answer.
"""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.chat import Message, ModelError, OnText, Reply, Request, ToolCall, Usage
from guard.plan import Plan
from runtime.canonical import plain, readable
from runtime.errors import ConfigError, ModelFailure, RunStopped

NAME = "playbook"
STEP_MARK = "Step: "
BRIEF_MARK = "Brief: "
DELEGATE = "delegate_work_to_coworker"
CONFIGURE_A_MODEL = "set OPENAI_API_KEY, or OPENAI_BASE_URL and MODEL, in .env, or start Ollama; see docs/models.md"


class Unknown(Exception):
    """A script's word for what no playbook knows. The run ends, and the person is told how to configure a model."""


class NeedsModel(Exception):
    """A script's word for what only a model can do. The run ends, and the person is told how to configure one."""


class Stuck(Exception):
    """A script's word for a result that it cannot do without. The run ends, and says what was missing."""


@dataclass(frozen=True)
class Wanted:
    """A call that a script wants made."""

    tool: str
    args: Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """What came of a wanted call: its value, or, if it was denied or failed, None and the text that says why."""

    value: Any
    text: str

    @property
    def ok(self) -> bool:
        """True if the call was carried out."""
        return self.value is not None

    @property
    def said(self) -> str:
        """What a refusal says to people: without what it says to models."""
        return self.text.removeprefix("Failed: ").partition("\n")[0]

    def needed(self) -> Any:
        """The value, for a script that cannot do without. Raises Stuck with the reason it is not there."""
        if not self.ok:
            raise Stuck(self.said)
        return self.value


Script = Generator[Sequence[Wanted], list[Result], str]


@dataclass(frozen=True)
class Brief:
    """What the manager plans from: the goal, the facts of the inputs, each role's tools, and the tasks known by name.

    A task has `role`, `description`, `expected`, `tools` (name to times) and `after` (names of tasks).
    """

    goal: str
    facts: Mapping[str, Any]
    roles: Mapping[str, Sequence[str]]
    tasks: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Playbook:
    """A scenario's answers: how to plan it, and a script per step."""

    plan: Callable[[Brief], Plan]
    steps: Mapping[str, Callable[[str], Script]]


def sentences(*parts: str) -> str:
    """The parts as sentences, one after the other."""
    return ". ".join(parts) + "."


def lines(*parts: str) -> str:
    """The parts as sentences, each on a line of its own; empty ones are left out."""
    return "\n".join(part if part.endswith((".", ":", ")")) else f"{part}." for part in parts if part)


def call(tool: str, **args: Any) -> Wanted:
    """The wish to call `tool` with these arguments."""
    return Wanted(tool, args)


class PlaybookModel:
    """An `agents.chat.Model` that a playbook answers for."""

    name = NAME

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook

    def reply(self, request: Request, on_text: OnText | None = None) -> Reply:
        """The next calls or the answer. Raises RunStopped with a ConfigError for what the playbook does not know."""
        try:
            return self._reply(request, on_text)
        except Unknown as error:
            raise RunStopped(ConfigError(f"no playbook knows {error}", remedy=CONFIGURE_A_MODEL)) from error
        except NeedsModel as error:
            raise RunStopped(ConfigError(str(error), remedy=CONFIGURE_A_MODEL)) from error
        except Stuck as error:
            raise RunStopped(ModelFailure(f"the playbook cannot go on: {error}")) from error

    def _reply(self, request: Request, on_text: OnText | None) -> Reply:
        prompt = _prompt(request.messages)
        offered = {tool["function"]["name"] for tool in request.tools}
        if request.schema is not None:
            text = readable(self._playbook.plan(_brief(prompt)))
            return _reply(request, text, ())
        script = _delegation(prompt) if DELEGATE in offered else self._script(prompt)
        text, wanted = _advance(script, _rounds(request.messages))
        if on_text and text:
            on_text(text)
        return _reply(request, text, wanted)

    def _script(self, prompt: str) -> Script:
        step = after_mark(prompt, STEP_MARK)
        if step not in self._playbook.steps:
            raise Unknown(f"the step '{step}'")
        return self._playbook.steps[step](prompt)


def _prompt(messages: Sequence[Message]) -> str:
    """What people said, the task first: no mark that stands in what was said before it is taken for the task's."""
    said = [one["role"] for one in messages]
    first = said.index("assistant") if "assistant" in said else len(said)
    before = [str(one["content"]) for one in messages[:first] if one["role"] == "user"]
    after = [str(one["content"]) for one in messages[first:] if one["role"] == "user"]
    return "\n".join([*before[-1:], *before[:-1], *after])


def _advance(script: Script, rounds: list[list[tuple[str, Result]]]) -> tuple[str, Sequence[Wanted]]:
    try:
        wanted = next(script)
        for made in rounds:
            if [name for name, _ in made] != [one.tool for one in wanted]:
                raise ModelError("the messages do not follow the playbook's own calls", again=False)
            wanted = script.send([result for _, result in made])
    except StopIteration as end:
        return str(end.value), ()
    return "", wanted


def _rounds(messages: Sequence[Message]) -> list[list[tuple[str, Result]]]:
    results = {one["tool_call_id"]: _result(str(one["content"])) for one in messages if one["role"] == "tool"}
    return [
        [(made["function"]["name"], results[made["id"]]) for made in one["tool_calls"]]
        for one in messages
        if one["role"] == "assistant" and one.get("tool_calls")
    ]


def _result(text: str) -> Result:
    try:
        return Result(json.loads(text), text)
    except ValueError:
        return Result(None, text)


def _reply(request: Request, text: str, wanted: Sequence[Wanted]) -> Reply:
    round_number = sum(1 for one in request.messages if one["role"] == "assistant")
    calls = tuple(
        ToolCall(f"call_{round_number}_{index}", one.tool, json.dumps(plain(dict(one.args)), ensure_ascii=False))
        for index, one in enumerate(wanted)
    )
    asked = sum(len(str(one.get("content") or "")) for one in request.messages)
    answered = len(text) + sum(len(one.arguments) for one in calls)
    return Reply(NAME, text, calls, Usage(asked // 4, answered // 4))


def _delegation(prompt: str) -> Script:
    """The manager of a hierarchical crew hands the whole task to the role that it names."""
    role = after_mark(prompt, "Role: ")
    [result] = yield [call(DELEGATE, task=prompt, context="", coworker=role)]
    return result.text


def _brief(prompt: str) -> Brief:
    return Brief(**json.loads(after_mark(prompt, BRIEF_MARK)))


def after_mark(prompt: str, mark: str) -> str:
    """What follows `mark` in the first line that begins with it (any words before the mark are the framework's)."""
    for line in prompt.splitlines():
        _, found, rest = line.partition(mark)
        if found:
            return rest.strip()
    return ""
