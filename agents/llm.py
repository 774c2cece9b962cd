"""The gateway as CrewAI sees it: a `BaseLLM`, one per agent, that asks our gateway and nothing else."""

import asyncio
from collections.abc import Sequence
from typing import Any

from crewai.events.types.llm_events import LLMCallType
from crewai.llms.base_llm import BaseLLM, llm_call_context
from pydantic import PrivateAttr

from agents.chat import Reply, Request
from agents.gateway import Gateway
from agents.tokens import estimate
from guard.gate import Gate


class GatewayLLM(BaseLLM):
    """Answers CrewAI's calls. `schema_given` makes every answer follow that JSON Schema."""

    llm_type: str = "gateway"
    role: str
    context_window: int = 128_000
    schema_given: dict[str, Any] | None = None

    _gateway: Gateway = PrivateAttr()
    _gate: Gate | None = PrivateAttr(default=None)
    _answered_by: str = PrivateAttr(default="")

    @classmethod
    def over(
        cls,
        gateway: Gateway,
        *,
        role: str,
        gate: Gate | None = None,
        context_window: int = 128_000,
        schema: dict[str, Any] | None = None,
    ) -> "GatewayLLM":
        """An LLM object for the agent in `role`. Its calls are screened by `gate` before CrewAI sees them."""
        llm = cls(model="deputy", provider="deputy", role=role, context_window=context_window, schema_given=schema)
        llm._gateway = gateway
        llm._gate = gate
        return llm

    @property
    def answered_by(self) -> str:
        """The name of the model that answered last; empty before the first answer."""
        return self._answered_by

    def supports_function_calling(self) -> bool:
        """True; without this method CrewAI falls back to parsing text."""
        return True

    def supports_stop_words(self) -> bool:
        """False: tools are called natively, nothing is cut at a word."""
        return False

    def get_context_window_size(self) -> int:
        """The window in tokens; CrewAI's own default of 4096 would spill results into files."""
        return self.context_window

    def get_input_tokens_count(self, messages: Any, tools: Any = None, response_model: Any = None) -> int:
        """An estimate, so that CrewAI does not warn at each call."""
        return estimate(messages)

    def call(
        self,
        messages: Any,
        tools: Any = None,
        callbacks: Any = None,
        available_functions: Any = None,
        from_task: Any = None,
        from_agent: Any = None,
        response_model: Any = None,
    ) -> Any:
        """Ask the gateway: text, or tool calls in OpenAI's form. Raises RunStopped when no answer is to be had."""
        request = self._request(messages, tools, response_model)
        said: Any = list(request.messages)
        with llm_call_context():
            self._emit_call_started_event(messages=said, tools=tools, from_task=from_task, from_agent=from_agent)
            reply = self._gateway.ask(request)
            self._answered_by = reply.model
            self._emit_call_completed_event(
                response=reply.text or [vars(call) for call in reply.calls],
                call_type=LLMCallType.TOOL_CALL if reply.calls else LLMCallType.LLM_CALL,
                from_task=from_task,
                from_agent=from_agent,
                messages=said,
            )
        if not reply.calls:
            return reply.text
        self._screen(reply, request)
        return [
            {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments}}
            for one in reply.calls
        ]

    async def acall(self, *args: Any, **kwargs: Any) -> Any:
        """The same from an event loop, in a thread."""
        return await asyncio.to_thread(self.call, *args, **kwargs)

    def _request(self, messages: Any, tools: Any, response_model: Any) -> Request:
        schema = response_model.model_json_schema() if response_model else self.schema_given
        name = response_model.__name__ if response_model else "plan"
        return Request(tuple(_plain(self._format_messages(messages))), tuple(tools or ()), schema, name)

    def _screen(self, reply: Reply, request: Request) -> None:
        if self._gate is None:
            return
        self._gate.turn()
        offered = frozenset(tool["function"]["name"] for tool in request.tools)
        for one in reply.calls:
            self._gate.refuse(self.role, one.name, one.arguments, offered)


def _plain(messages: Sequence[Any]) -> list[dict[str, Any]]:
    """Messages with the keys that every chat endpoint knows, and no others."""
    known = ("role", "content", "tool_calls", "tool_call_id", "name")
    return [{key: message[key] for key in known if message.get(key) is not None} for message in messages]
