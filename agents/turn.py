"""One agent's turn without a framework: ask, call the tools it wants, until it answers."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from agents.cards import RoleCard
from agents.chat import Message, Reply, Request, ToolCall
from agents.gateway import Gateway
from guard.gate import Gate
from runtime.errors import ModelFailure, RunStopped
from tools.tool import Tool


def take_turn(
    prompt: str,
    *,
    role: str,
    card: RoleCard,
    tools: Sequence[Tool],
    gateway: Gateway,
    gate: Gate,
    first: Sequence[ToolCall] = (),
    earlier: str = "",
    mend: Callable[[str], str] = lambda _text: "",
) -> str:
    """The agent's answer to `prompt`. Raises RunStopped if it has none after the card's `max_turns` model calls.

    The calls in `first` are made before the model is asked, and stand before it as if it had wanted them, so that the
    usual turn is one model call. `earlier` is what was said before. `mend` says what is wrong with an answer, if
    anything is: the agent is told so once, and answers again.
    """
    offered = tuple(schema_of(tool) for tool in tools)
    names = frozenset(tool.name for tool in tools)
    messages: list[Message] = [
        {"role": "system", "content": f"You are {card.role}. {card.backstory}\nYour personal goal is: {card.goal}"},
        *([{"role": "user", "content": earlier}] if earlier else []),
        {"role": "user", "content": prompt},
    ]
    if first:
        messages += _made(Reply("", calls=tuple(first)), role, names, gate)
    for _ in range(card.max_turns):
        reply = gateway.ask(Request(tuple(messages), offered))
        if not reply.calls:
            wrong = mend(reply.text)
            if not wrong:
                return reply.text
            messages += [{"role": "assistant", "content": reply.text}, {"role": "user", "content": wrong}]
            mend = _leave
            continue
        gate.turn()
        messages += _made(reply, role, names, gate)
    raise RunStopped(ModelFailure(f"role '{role}' gave no answer in {card.max_turns} model calls"))


def _leave(_text: str) -> str:
    return ""


def schema_of(tool: Tool) -> dict[str, Any]:
    """The tool as chat endpoints are told of it, in OpenAI's form."""
    function = {"name": tool.name, "description": tool.description, "parameters": tool.schema()}
    return {"type": "function", "function": function}


def _made(reply: Reply, role: str, names: frozenset[str], gate: Gate) -> list[Message]:
    """The reply as a message, and one more for what came of each of its calls."""
    messages = [_as_message(reply)]
    for one in reply.calls:
        if gate.refuse(role, one.name, one.arguments, names):
            text = "Denied: this call is not allowed here or its arguments are wrong."
        else:
            text = gate.call(role, one.name, json.loads(one.arguments or "{}")).text
        messages.append({"role": "tool", "tool_call_id": one.id, "content": text})
    return messages


def _as_message(reply: Reply) -> Message:
    calls = [
        {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments}}
        for one in reply.calls
    ]
    return {"role": "assistant", "content": reply.text or None, "tool_calls": calls}
