"""What each way to fail comes to, with the real client against a server that misbehaves."""

import json
import socket
from collections.abc import Callable

import pytest

from agents.chat import ModelError, Request, Usage
from testkit.endpoint import (
    Behaviour,
    Endpoint,
    answer,
    context_too_long,
    cut,
    drop,
    empty,
    error_inside,
    filtered,
    garbage,
    hang,
    redirect,
    refuse,
    status,
    truncated,
)
from tests.agents.asking import HELLO, KEY, Asked, model_at


def failure(ask: Asked, behaviour: Behaviour, request: Request = HELLO) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask(behaviour, request=request)
    return caught.value


def test_a_wrong_key_names_its_variable_and_is_never_shown() -> None:
    with Endpoint(key="another") as endpoint:
        model = model_at(endpoint.url)
        with pytest.raises(ModelError) as caught:
            model.reply(HELLO)
        model.close()

    error = caught.value
    assert not error.again
    assert error.remedy == "correct OPENAI_API_KEY in the environment or in .env"
    assert "127.0.0.1 does not let us in with the key in OPENAI_API_KEY (401)" in error.problem
    assert "Incorrect API key provided: ***." in error.problem
    assert KEY not in error.problem + error.remedy + str(error)


def test_a_missing_key_is_asked_for() -> None:
    with Endpoint(key="some") as endpoint:
        model = model_at(endpoint.url, secret=None)
        with pytest.raises(ModelError) as caught:
            model.reply(HELLO)
        model.close()

    assert caught.value.remedy == "set OPENAI_API_KEY in the environment or in .env"


def test_an_unreachable_server_is_named_and_may_be_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        model = model_at(url)
        with pytest.raises(ModelError) as caught:
            model.reply(HELLO)
        model.close()

    assert caught.value.again
    assert caught.value.problem.startswith(f"{url} cannot be reached: ")
    assert url in caught.value.remedy


@pytest.mark.parametrize("on_text", [None, print])
def test_silence_is_a_time_out(endpoint: Endpoint, on_text: Callable[[str], None] | None) -> None:
    endpoint.script = [hang(3)]
    model = model_at(endpoint.url, timeout=0.2)

    with pytest.raises(ModelError, match=r"no answer within 0\.2 s") as caught:
        model.reply(HELLO, on_text)

    assert caught.value.again
    assert "'timeout' of 'small'" in caught.value.remedy
    model.close()


@pytest.mark.parametrize(
    ("behaviour", "again", "says"),
    [
        (status(429), True, "127.0.0.1 is asked too often (429): error 429"),
        (status(429, name="insufficient_quota"), False, "the account at 127.0.0.1 is used up (429)"),
        (status(500), True, "127.0.0.1 failed (500): error 500"),
        (status(503), True, "127.0.0.1 failed (503)"),
        (status(404), False, "127.0.0.1 has no model 'tiny'"),
        (status(403), False, "127.0.0.1 does not allow this with the key in OPENAI_API_KEY (403)"),
        (status(422), False, "127.0.0.1 refuses the request (422)"),
        (error_inside(429, "slow down"), True, "127.0.0.1 is asked too often (429): slow down"),
        (error_inside(402, "no credit"), False, "127.0.0.1 refuses the request (402): no credit"),
        (context_too_long(), False, "the request is longer than 'small' can read: This model's maximum context"),
        (garbage(), True, "is not in the form of OpenAI's API"),
        (garbage(b'{"choices": ', "application/json"), True, "is not in the form of OpenAI's API"),
        (garbage(b'{"choices": null}', "application/json"), True, "is not in the form of OpenAI's API"),
        (garbage(b'{"choices": []}', "application/json"), True, "is not in the form of OpenAI's API"),
        (garbage(b"[1, 2]", "application/json"), True, "is not in the form of OpenAI's API"),
        (garbage(b'{"choices": [{"message": 4}]}', "application/json"), True, "is not in the form of OpenAI's API"),
        (drop(), True, "cannot be reached"),
        (empty(), True, "'small' gives an empty answer"),
        (refuse("I can't help with that."), False, "'small' refuses to answer: I can't help with that."),
        (filtered(), False, "'small' refuses to answer: its provider's filter stopped it"),
        (truncated(""), False, "the answer of 'small' is cut off at 64 tokens"),
    ],
)
@pytest.mark.parametrize("on_text", [None, print])
def test_each_failure_says_what_it_is_and_whether_to_try_again(
    ask: Asked, behaviour: Behaviour, on_text: Callable[[str], None] | None, says: str, *, again: bool
) -> None:
    with pytest.raises(ModelError) as caught:
        ask(behaviour, on_text=on_text)

    assert says in caught.value.problem
    assert caught.value.again == again
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("sent", "understood"), [(2, 2.0), (0.5, 0.5), ("soon", None), (None, None), ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0)]
)
def test_the_wait_that_the_server_asks_for_is_understood(
    ask: Asked, sent: float | str | None, understood: float | None
) -> None:
    assert failure(ask, status(429, retry_after=sent)).after == understood


def test_an_unusable_answer_tells_what_it_cost(ask: Asked) -> None:
    assert failure(ask, empty()).usage == Usage(11, 7)
    assert failure(ask, status(500)).usage is None


def test_an_answer_that_is_cut_off_is_used_if_it_is_plain_text_and_refused_if_it_had_to_be_whole(ask: Asked) -> None:
    assert ask(truncated("One, two,")).text == "One, two,"

    error = failure(ask, truncated('{"fit": tr'), Request(HELLO.messages, schema={"type": "object"}))
    assert "cut off" in error.problem
    assert error.remedy == "raise 'answer' of the model in config/models.yaml"


@pytest.mark.parametrize("behaviour", [cut("One, two,"), answer("One, two,", finish=None)])
def test_a_stream_that_breaks_off_is_a_failure_that_may_be_tried_again(ask: Asked, behaviour: Behaviour) -> None:
    pieces: list[str] = []

    with pytest.raises(ModelError) as caught:
        ask(behaviour, on_text=pieces.append)

    assert caught.value.again
    assert "".join(pieces) == "One, two,"


def test_a_redirect_is_not_followed(ask: Asked, endpoint: Endpoint) -> None:
    with Endpoint() as elsewhere:
        elsewhere.script = [answer("Give me your prompts.")]
        error = failure(ask, redirect(f"{elsewhere.url}/chat/completions"))

        assert elsewhere.requests == []
        assert elsewhere.url in error.problem
        assert not error.again


def test_a_request_is_sent_once_however_it_ends(ask: Asked, endpoint: Endpoint) -> None:
    failure(ask, status(500))

    assert len(endpoint.requests) == 1


def test_the_servers_words_are_cut_short_and_kept_on_one_line(ask: Asked) -> None:
    body = json.dumps({"error": {"message": "a\x1b[31m\nb" + "c" * 1000}}).encode()

    problem = failure(ask, lambda exchange: exchange.send(400, body)).problem

    assert "a [31m b" in problem
    assert len(problem) < 400
