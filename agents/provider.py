"""Language models behind OpenAI-compatible endpoints, asked through LangChain's `ChatOpenAI`."""

import json
import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from agents.chat import Message, ModelError, OnText, Reply, Request, ToolCall, Usage
from agents.failures import Place, as_model_errors
from agents.models import ModelsFile, ModelSpec
from agents.tokens import reply_tokens, request_tokens

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

    from agents.openai_client import OpenAIClient

_CONNECT = 10.0


def chat_models(
    models: ModelsFile, names: Iterable[str], environ: Mapping[str, str] = os.environ
) -> tuple["ChatModel", ...]:
    """The models of these names, ready to be asked. Opens no connection, loads no library."""
    return tuple(chat_model(models, name, environ) for name in names)


def chat_model(models: ModelsFile, name: str, environ: Mapping[str, str] = os.environ) -> "ChatModel":
    """The model of that name. Raises ConfigError if config/models.yaml does not know it."""
    spec = models.find(name)
    provider = models.providers[spec.provider]
    place = Place(name, spec.id, provider.address(environ) or "", spec.timeout, provider.key, provider.secret(environ))
    return ChatModel(spec, place)


class ChatModel:
    """An `agents.chat.Model` over HTTP. Asks once, follows no redirect, traces to nobody."""

    def __init__(self, spec: ModelSpec, place: Place) -> None:
        self.name = place.model
        self.longest = spec.answer
        self._spec = spec
        self._place = place

    def reply(self, request: Request, on_text: OnText | None = None) -> Reply:
        """Answer once, streaming the text to `on_text` if it is given. Raises ModelError; never retries by itself."""
        from langsmith import tracing_context

        messages, options = [_message(one) for one in request.messages], _options(request)
        with tracing_context(enabled=False):
            if on_text is None:
                with as_model_errors(self._place):
                    message = self._client.invoke(messages, **options)
            else:
                message = self._streamed(messages, options, on_text)
        with as_model_errors(self._place):
            reply = self._reply(message, request)
        self._check(reply, message, request, streamed=on_text is not None)
        return reply

    def close(self) -> None:
        """Close the connections. The model can not be asked afterwards."""
        if "_client" in self.__dict__:
            self._client.root_client.close()

    @cached_property
    def _client(self) -> "OpenAIClient":
        import httpx
        from openai import DefaultHttpxClient
        from pydantic import SecretStr

        from agents.openai_client import OpenAIClient

        timeout = httpx.Timeout(self._spec.timeout, connect=min(self._spec.timeout, _CONNECT))
        return OpenAIClient(
            model=self._spec.id,
            base_url=self._place.url,
            api_key=SecretStr(self._place.secret or "none"),
            temperature=self._spec.temperature,
            max_completion_tokens=self._spec.answer,
            timeout=timeout,
            max_retries=0,
            openai_proxy=None,
            stream_usage=True,
            use_responses_api=False,
            cache=False,
            http_client=DefaultHttpxClient(timeout=timeout, follow_redirects=False),
        )

    def _streamed(self, messages: list["BaseMessage"], options: dict[str, Any], on_text: OnText) -> "AIMessage":
        """The answer put together from its pieces. What `on_text` raises is its own, and ends the exchange."""
        from langchain_core.messages import AIMessageChunk

        whole = AIMessageChunk(content="")
        pieces: list[AIMessageChunk] = []
        with closing(cast("Generator[AIMessageChunk]", self._client.stream(messages, **options))) as stream:
            while True:
                with as_model_errors(self._place):
                    piece = next(stream, None)
                if piece is None:
                    break
                pieces.append(piece)
                if text := str(piece.text):
                    on_text(text)
        with as_model_errors(self._place):  # joined once: piece by piece, a long answer would be copied at each
            return cast("AIMessage", whole + pieces)

    def _reply(self, message: "AIMessage", request: Request) -> Reply:
        from agents.openai_client import written_calls

        calls = tuple(
            ToolCall(one["id"] or f"call_{len(request.messages)}_{index}", one["name"], one["arguments"] or "{}")
            for index, one in enumerate(written_calls(message))
        )
        bare = Reply(self.name, str(message.text), calls)
        return Reply(self.name, bare.text, calls, _usage(message, request, bare))

    def _check(self, reply: Reply, message: "AIMessage", request: Request, *, streamed: bool) -> None:
        """Raise ModelError for an answer that is none. It was paid for, so the error carries its usage."""
        refusal = message.additional_kwargs.get("refusal")
        finish = message.response_metadata.get("finish_reason")
        if refusal or finish == "content_filter":
            words = self._place.clean(str(refusal or "its provider's filter stopped it"))
            raise self._unusable(f"'{self.name}' refuses to answer: {words}", reply, remedy="ask in another way")
        if finish == "length" and not _usable(reply, request):
            problem = f"the answer of '{self.name}' is cut off at {self._spec.answer} tokens"
            raise self._unusable(problem, reply, remedy="raise 'answer' of the model in config/models.yaml")
        if streamed and finish is None:
            raise self._unusable(f"the answer of '{self.name}' breaks off before its end", reply, again=True)
        if not reply.text.strip() and not reply.calls:
            raise self._unusable(f"'{self.name}' gives an empty answer", reply, again=True)

    @staticmethod
    def _unusable(problem: str, reply: Reply, *, again: bool = False, remedy: str = "use another model") -> ModelError:
        return ModelError(problem, again=again, remedy=remedy, usage=reply.usage)


def _options(request: Request) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if request.tools:
        options["tools"] = list(request.tools)
    if request.schema is not None:
        schema = {"name": request.schema_name, "strict": False, "schema": request.schema}
        # As a named option it would make the client parse answers itself, and refuse tools that are not strict.
        options["extra_body"] = {"response_format": {"type": "json_schema", "json_schema": schema}}
    return options


def _message(said: Message) -> "BaseMessage":
    from langchain_core.messages import AIMessage, ChatMessage, HumanMessage, SystemMessage, ToolMessage

    content = said.get("content") or ""
    match said["role"]:
        case "user":
            return HumanMessage(content, name=said.get("name"))
        case "system":
            return SystemMessage(content)
        case "tool":
            return ToolMessage(content, tool_call_id=said["tool_call_id"])
        case "assistant":
            message = AIMessage(content)
            if said.get("tool_calls"):  # set afterwards, so that LangChain does not parse and rewrite the arguments
                message.additional_kwargs["tool_calls"] = [_sendable(call) for call in said["tool_calls"]]
            return message
        case other:
            return ChatMessage(content=content, role=other)


def _sendable(call: dict[str, Any]) -> dict[str, Any]:
    """A call of an earlier answer. Servers refuse arguments that are no JSON object, so those are sent as none."""
    function = call["function"]
    if _is_object(function["arguments"]):
        return call
    return call | {"function": function | {"arguments": "{}"}}


def _usable(reply: Reply, request: Request) -> bool:
    """Whether an answer that was cut off can be used: calls and structured answers only if they are whole."""
    if reply.calls:
        return all(_is_object(call.arguments) for call in reply.calls)
    if request.schema is not None:
        return _is_object(reply.text)
    return bool(reply.text.strip())


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _usage(message: "AIMessage", request: Request, bare: Reply) -> Usage:
    """The server's own count, or an estimate if it gives none."""
    counted = message.usage_metadata
    if counted and (counted["input_tokens"] or counted["output_tokens"]):
        return Usage(counted["input_tokens"], counted["output_tokens"])
    return Usage(request_tokens(request), reply_tokens(bare))
