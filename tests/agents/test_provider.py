"""The real ChatOpenAI against a real server on this machine: what is sent, and what comes back."""

from collections.abc import Callable

import pytest

from agents.chat import Reply, Request, ToolCall, Usage
from testkit.endpoint import Endpoint, answer, calls, malformed_arguments
from tests.agents.asking import HELLO, KEY, Asked, model_at

SEND = {
    "type": "function",
    "function": {
        "name": "send_mail",
        "description": "Send one message.",
        "parameters": {"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]},
    },
}


def test_an_answer_comes_back_with_the_servers_own_count(ask: Asked) -> None:
    assert ask(answer("Good morning.", counted=(21, 3))) == Reply("small", "Good morning.", usage=Usage(21, 3))


def test_the_request_carries_the_messages_the_tools_and_the_longest_answer(ask: Asked, endpoint: Endpoint) -> None:
    ask(answer("Yes."), request=Request(HELLO.messages, tools=(SEND,)))

    [sent] = endpoint.requests
    assert sent["messages"] == list(HELLO.messages)
    assert sent["tools"] == [SEND]
    assert (sent["model"], sent["max_completion_tokens"]) == ("tiny", 64)
    assert "temperature" not in sent
    assert endpoint.headers[0]["authorization"] == f"Bearer {KEY}"


def test_the_temperature_of_the_file_is_asked_for(endpoint: Endpoint) -> None:
    endpoint.script = [answer("Yes.")]
    model = model_at(endpoint.url, temperature=0.3)

    model.reply(HELLO)

    assert endpoint.requests[0]["temperature"] == 0.3
    model.close()


def test_calls_come_back_with_the_arguments_as_text(ask: Asked) -> None:
    reply = ask(calls(("send_mail", {"to": "ana@example.org"}), ("send_mail", {"to": "bo@example.org"})))

    assert reply.calls == (
        ToolCall("call_1", "send_mail", '{"to": "ana@example.org"}'),
        ToolCall("call_2", "send_mail", '{"to": "bo@example.org"}'),
    )


@pytest.mark.parametrize("arguments", ['{"to": ', "[1, 2]", '{"to":   "a", "to": "b"}'])
@pytest.mark.parametrize("streamed", [False, True])
def test_arguments_come_back_as_the_model_wrote_them_even_malformed(
    ask: Asked, arguments: str, *, streamed: bool
) -> None:
    reply = ask(malformed_arguments("send_mail", arguments), on_text=print if streamed else None)

    assert reply.calls == (ToolCall("call_1", "send_mail", arguments),)


def test_a_call_without_arguments_has_an_empty_object(ask: Asked) -> None:
    assert ask(malformed_arguments("now", "")).calls == (ToolCall("call_1", "now", "{}"),)


def test_earlier_calls_are_sent_back_as_they_were_written(ask: Asked, endpoint: Endpoint) -> None:
    made = {"id": "call_1", "type": "function", "function": {"name": "send_mail", "arguments": '{"to":"ana"}'}}
    broken = {"id": "call_2", "type": "function", "function": {"name": "send_mail", "arguments": '{"to": '}}
    said = {"role": "assistant", "content": "", "tool_calls": [broken, made]}
    results = [{"role": "tool", "tool_call_id": one, "content": "done"} for one in ("call_1", "call_2")]

    ask(answer("Sent."), request=Request((*HELLO.messages, said, *results)))

    first, second = endpoint.requests[0]["messages"][2]["tool_calls"]
    assert second == made
    assert first == broken | {"function": {"name": "send_mail", "arguments": "{}"}}  # what is no JSON, servers refuse
    assert endpoint.requests[0]["messages"][3:] == results


def test_a_schema_is_sent_as_the_form_of_the_answer_also_beside_tools(ask: Asked, endpoint: Endpoint) -> None:
    schema = {"type": "object", "properties": {"fit": {"type": "boolean"}}}

    reply = ask(answer('{"fit": true}'), request=Request(HELLO.messages, (SEND,), schema, "verdict"))

    assert reply.text == '{"fit": true}'
    assert endpoint.requests[0]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "verdict", "strict": False, "schema": schema},
    }
    assert endpoint.requests[0]["tools"] == [SEND]


def test_text_arrives_piece_by_piece_and_is_counted_by_the_server(ask: Asked, endpoint: Endpoint) -> None:
    pieces: list[str] = []

    reply = ask(answer("One, two, three, four.", counted=(8, 9)), on_text=pieces.append)

    assert len(pieces) > 1
    assert "".join(pieces) == reply.text == "One, two, three, four."
    assert reply.usage == Usage(8, 9)
    assert endpoint.requests[0]["stream_options"] == {"include_usage": True}


def test_calls_and_structured_answers_can_be_streamed(ask: Asked) -> None:
    wanted = (("send_mail", {"to": "ana@example.org"}), ("send_mail", {"to": "bo@example.org"}))
    whole = ask(calls(*wanted, text="I write."))

    assert ask(calls(*wanted, text="I write."), on_text=lambda _text: None) == whole
    structured = Request(HELLO.messages, (SEND,), {"type": "object"})
    assert ask(answer('{"fit": true}'), request=structured, on_text=lambda _text: None).text == '{"fit": true}'


@pytest.mark.parametrize("on_text", [None, print])
def test_tokens_are_estimated_where_the_server_does_not_count(
    ask: Asked, on_text: Callable[[str], None] | None
) -> None:
    usage = ask(answer("Good morning to you.", counted=None), on_text=on_text).usage

    assert usage.completion == 5
    assert 10 <= usage.prompt <= 40


def test_what_receives_the_text_may_end_the_exchange(ask: Asked) -> None:
    class Stop(BaseException):
        pass

    def stop(_text: str) -> None:
        raise Stop

    with pytest.raises(Stop):
        ask(answer("One, two, three, four."), on_text=stop)


def test_our_exchanges_are_traced_to_nobody_even_where_tracing_is_on(ask: Asked) -> None:
    from langsmith import tracing_context
    from langsmith.utils import tracing_is_enabled

    seen: list[object] = []
    with tracing_context(enabled=True):
        ask(answer("Yes."), on_text=lambda _text: seen.append(tracing_is_enabled()))
        seen.append(tracing_is_enabled())

    assert seen == [False, True]
