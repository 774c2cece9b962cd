"""A model that answers from a script and keeps every request it was asked.

model = ScriptedModel([[call("send_mail", to="ana@example.org")], "The mail is sent."])
"""

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from agents.chat import ModelError, OnText, Reply, Request, ToolCall, Usage
from agents.tokens import reply_tokens, request_tokens

Answer = str | Sequence[ToolCall] | Reply | ModelError
"""A text, tool calls, a whole reply, or the error that is raised instead."""


def call(tool: str, **args: Any) -> ToolCall:
    """The call of a tool with these arguments; the model that makes it gives it its id."""
    return ToolCall("", tool, json.dumps(args, ensure_ascii=False))


class ScriptedModel:
    """An `agents.chat.Model`. `answers` are given in order, or are a function of the request. Tokens are estimated.

    When a list is used up, the next request raises ModelError, which ends the run where a framework cannot swallow it.
    """

    def __init__(self, answers: Iterable[Answer] | Callable[[Request], Answer], *, name: str = "scripted") -> None:
        self.name = name
        self.requests: list[Request] = []
        self._answer = answers if callable(answers) else _in_order(list(answers))
        self._calls = 0
        self._lock = threading.Lock()

    def reply(self, request: Request, on_text: OnText | None = None) -> Reply:
        """The next answer. Text reaches `on_text` word by word."""
        with self._lock:
            self.requests.append(request)
            said = self._answer(request)
            if isinstance(said, ModelError):
                raise said
            reply = self._completed(self._as_reply(said), request)
        if on_text:
            for word in _words(reply.text):
                on_text(word)
        return reply

    def _as_reply(self, said: str | Sequence[ToolCall] | Reply) -> Reply:
        if isinstance(said, Reply):
            return said
        return Reply(self.name, said) if isinstance(said, str) else Reply(self.name, calls=tuple(said))

    def _completed(self, reply: Reply, request: Request) -> Reply:
        calls = tuple(replace(one, id=one.id or self._next_id()) for one in reply.calls)
        whole = replace(reply, calls=calls)
        return (
            whole
            if whole.usage != Usage()
            else replace(whole, usage=Usage(request_tokens(request), reply_tokens(whole)))
        )

    def _next_id(self) -> str:
        self._calls += 1
        return f"call_{self._calls}"


def _in_order(answers: list[Answer]) -> Callable[[Request], Answer]:
    rest = iter(answers)

    def answer(request: Request) -> Answer:
        last = str(request.messages[-1].get("content"))[:80] if request.messages else ""
        over = ModelError(f"the script of {len(answers)} answers is over, at: {last}", again=False)
        return next(rest, over)

    return answer


def _words(text: str) -> list[str]:
    return [word + " " for word in text.split(" ")[:-1]] + text.split(" ")[-1:]
