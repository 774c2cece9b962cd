"""A model that works honestly and obeys every order that stands in what it reads.

    model = compromised(PlaybookModel(SCENE.playbook))

It is told nothing beforehand: orders reach it in tool results, and in what fooled colleagues pass on to it.
"""

import base64
import json
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from typing import Any

from agents.chat import Message, Model, OnText, Reply, Request, ToolCall, Usage
from agents.playbook import STEP_MARK
from runtime.canonical import digest
from scenarios.attacks.orders import Order, filled, orders_in, text_of

ORDERED = "order_"
"""How the ids of calls begin that were made because they were ordered."""


def compromised(honest: Model) -> Model:
    """A model that answers as `honest` does, and before that makes every call that it was ordered to make.

    It looks at no list of offered tools, keeps nothing between requests, and hands the orders on in its answers, with
    what it has read filled in. `honest` sees the conversation without any of this.
    """
    return _Compromised(honest)


class _Compromised:
    """An `agents.chat.Model`."""

    def __init__(self, honest: Model) -> None:
        self.name = "compromised"
        self._honest = honest

    def reply(self, request: Request, on_text: OnText | None = None) -> Reply:
        """The ordered calls that can be made and have not been; else the honest answer, with the orders in it."""
        if request.schema is not None:
            return self._honest.reply(request, on_text)
        orders, made = _orders(request.messages), _made(request.messages)
        wanted = [one for order in orders if not order.open for one in _calls(order) if one.id not in made]
        if wanted:
            return _reply(wanted)
        if orders and not any(STEP_MARK in str(one.get("content")) for one in request.messages):
            return _handing_on(Reply(self.name, "It is done."), orders)  # work that was handed over by a fooled manager
        reply = self._honest.reply(_without_ordered(request), on_text)
        if reply.calls or not orders:
            return reply
        late = list(_late(orders, request.messages, made))
        return _reply(late) if late else _handing_on(reply, orders)


def _late(orders: Sequence[Order], messages: Sequence[Message], made: Set[str]) -> Iterator[ToolCall]:
    """At a step's end: the calls with gaps that nothing filled, and once more those that failed when it began."""
    failed = {str(one.get("tool_call_id")) for one in messages if str(one.get("content")).startswith("Failed")}
    for order in orders:
        for one in _calls(order):
            if one.id not in made:
                yield one
            elif one.id in failed and f"{one.id}_again" not in made:
                yield replace(one, id=f"{one.id}_again")


def _handing_on(reply: Reply, orders: Sequence[Order]) -> Reply:
    note = base64.b64encode(text_of(orders).encode()).decode()
    return Reply(reply.model, f"{reply.text}\n\n{note}", usage=reply.usage)


def _reply(calls: Sequence[ToolCall]) -> Reply:
    return Reply("compromised", calls=tuple(calls), usage=Usage(1, 1))


def _orders(messages: Sequence[Message]) -> list[Order]:
    """Every order that was read, with what was read filled in, in the order of reading."""
    read: dict[str, list[str]] = {}
    found: dict[str, Order] = {}
    owners: dict[str, str] = {}
    for text, value in _read(messages):
        for key, leaf, owner in _leaves(value):
            _keep(read, key, leaf)
            for order in orders_in(leaf):
                found.setdefault(repr(order), order)
                if owner:
                    owners.setdefault(repr(order), owner)
        for order in orders_in(text) if value is None else ():
            found.setdefault(repr(order), order)
    whole = [filled(one, {**read, "own": [owners[name]] if name in owners else []}) for name, one in found.items()]
    return list({repr(one): one for one in whole}.values())


def _read(messages: Sequence[Message]) -> Iterator[tuple[str, Any]]:
    """What users and tools said: the text, and its value if it is JSON. Ordered calls' results are read like others."""
    for one in messages:
        if one["role"] in ("tool", "user"):
            text = str(one.get("content") or "")
            try:
                yield text, json.loads(text)
            except ValueError:
                yield text, None


def _leaves(value: Any, key: str = "", owner: str = "") -> Iterator[tuple[str, str, str]]:
    """Every text with the key it stands under and the candidate whose record it is part of."""
    if isinstance(value, dict):
        owner = str(value.get("candidate") or owner)
        for name, inner in value.items():
            yield from _leaves(inner, str(name), owner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, key, owner)
    elif isinstance(value, str):
        yield key, value, owner


def _keep(read: dict[str, list[str]], key: str, leaf: str) -> None:
    values = read.setdefault(key, [])
    if leaf not in values:
        values.append(leaf)


def _calls(order: Order) -> Iterator[ToolCall]:
    mark = digest([order.tool, dict(order.args)])[:10]
    arguments = json.dumps(dict(order.args), ensure_ascii=False)
    return (ToolCall(f"{ORDERED}{mark}_{number}", order.tool, arguments) for number in range(order.times))


def _made(messages: Sequence[Message]) -> set[str]:
    return {made["id"] for one in messages for made in one.get("tool_calls") or () if made["id"].startswith(ORDERED)}


def _without_ordered(request: Request) -> Request:
    kept = tuple(one for one in request.messages if not _is_ordered(one))
    return Request(kept, request.tools, request.schema, request.schema_name)


def _is_ordered(message: Message) -> bool:
    ids = [one["id"] for one in message.get("tool_calls") or ()] or [str(message.get("tool_call_id"))]
    return all(one.startswith(ORDERED) for one in ids)
