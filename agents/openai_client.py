"""`ChatOpenAI`, with what it parses away. Import it inside functions only: it loads LangChain and takes seconds."""

import json
from typing import Any

import openai
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI

WRITTEN = "written_calls"
REFUSAL = "refusal"


class OpenAIClient(ChatOpenAI):
    """Adds to an answer's `additional_kwargs` its calls with their arguments as the model wrote them, and its refusal.

    LangChain keeps only what it could parse: malformed arguments, or arguments that are a list, would be lost or raise.
    """

    def _create_chat_result(
        self, response: dict[str, Any] | openai.BaseModel, generation_info: dict[str, Any] | None = None
    ) -> ChatResult:
        body = response.model_dump(warnings=False) if isinstance(response, openai.BaseModel) else response
        said = [choice["message"] for choice in body.get("choices") or ()] if isinstance(body, dict) else []
        calls = [message.pop("tool_calls", None) or [] for message in said]
        result = super()._create_chat_result(body, generation_info)
        for generation, message, written in zip(result.generations, said, calls, strict=True):
            extra = generation.message.additional_kwargs
            extra[WRITTEN] = [_written(call) for call in written]
            extra[REFUSAL] = message.get("refusal")
        return result

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
        refusal = next((choice["delta"].get("refusal") for choice in chunk.get("choices") or ()), None)
        if made is not None and refusal:
            made.message.additional_kwargs[REFUSAL] = refusal
        return made


def written_calls(message: AIMessage) -> list[dict[str, str]]:
    """The calls of an answer, streamed or whole: id, name and argument text, any of which may be empty."""
    chunks = getattr(message, "tool_call_chunks", None)
    if chunks is None:
        return list(message.additional_kwargs.get(WRITTEN, ()))
    return [{"id": one["id"] or "", "name": one["name"] or "", "arguments": one["args"] or ""} for one in chunks]


def _written(call: dict[str, Any]) -> dict[str, str]:
    function = call.get("function") or {}
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False) if arguments else ""
    return {"id": call.get("id") or "", "name": function.get("name") or "", "arguments": text}
