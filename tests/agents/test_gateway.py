"""The gateway over real models: a real client and a real server where the network matters, a script elsewhere."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.chat import Model, ModelError, Reply, Request, ToolCall, Usage
from agents.gateway import ATTEMPTS, PATIENCE, Gateway
from agents.models import ModelsFile, Price
from agents.provider import ChatModel, chat_models
from guard.budget import Budget
from runtime.canonical import digest
from runtime.clock import SystemClock
from runtime.database import open_database
from runtime.errors import BudgetExceeded, DeputyError, ModelFailure, RunStopped
from runtime.ledger import Ledger
from runtime.records import Record
from testkit.endpoint import Behaviour, Endpoint, answer, calls, cut, drop, empty, hang, refuse, status
from testkit.scripted import Answer, ScriptedModel, call

RUN = "r1"
HELLO = Request(({"role": "user", "content": "Good morning?"},))
PRICE = Price(prompt=1.0, completion=10.0)


class Bench:
    """One run with a ledger of its own, and gateways into it that do not really sleep."""

    def __init__(self, folder: Path) -> None:
        self.engine = open_database(f"sqlite:///{folder / 'ledger.sqlite'}")
        self.ledger = Ledger(self.engine, b"key")
        self.ledger.append(RUN, "run.started", {"goal": "test", "scenario": ""})
        self.budget = self.limited()
        self.step = "first"
        self.slept: list[float] = []

    def limited(self, model_calls: int = 50, usd: float = 1.0) -> Budget:
        self.budget = Budget(model_calls, 50, usd, 30, SystemClock())
        return self.budget

    def gateway(self, *models: Model, **more: Any) -> Gateway:
        return Gateway(
            models,
            ledger=self.ledger,
            run=RUN,
            role="scheduler",
            budget=self.budget,
            step=lambda: self.step,
            prices=lambda _name: PRICE,
            sleep=self.slept.append,
            **more,
        )

    def scripted(self, *answers: Answer, **more: Any) -> Gateway:
        return self.gateway(ScriptedModel(answers), **more)

    def records(self) -> list[Record]:
        return self.ledger.records(RUN)[1:]

    def kinds(self) -> list[str]:
        return [one.kind for one in self.records()]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.engine.dispose()


Over = Callable[..., tuple[ChatModel, ...]]


@pytest.fixture
def over() -> Iterator[Over]:
    """Real models 'one' and 'two', each at an endpoint of its own."""
    made: list[ChatModel] = []

    def over(*endpoints: Endpoint, timeout: float = 5) -> tuple[ChatModel, ...]:
        names = ["one", "two"][: len(endpoints)]
        models = ModelsFile.model_validate(
            {
                "providers": {
                    name: {"url": at.url, "key": "SOME_KEY"} for name, at in zip(names, endpoints, strict=True)
                },
                "models": {name: {"provider": name, "id": "tiny", "timeout": timeout} for name in names},
                "tiers": {"fast": names, "strong": names},
            }
        )
        made.extend(chat_models(models, names, {"SOME_KEY": "sk-secret"}))
        return tuple(made)

    yield over
    for one in made:
        one.close()


def stopped(gateway: Gateway, request: Request = HELLO) -> DeputyError:
    with pytest.raises(RunStopped) as caught:
        gateway.ask(request)
    return caught.value.cause


def later(problem: str = "busy", **more: Any) -> ModelError:
    return ModelError(problem, again=True, **more)


def test_an_answer_is_recorded_with_all_that_was_asked_and_all_that_it_cost(bench: Bench) -> None:
    request = Request(HELLO.messages, ({"type": "function", "function": {"name": "now"}},), {"type": "object"}, "plan")
    reply = Reply("scripted", "Hi.", (ToolCall("call_1", "now", "{}"),), Usage(1000, 200))

    assert bench.scripted(reply).ask(request) == reply

    [record] = bench.records()
    asked = {"messages": list(request.messages), "tools": list(request.tools), "schema": request.schema}
    assert record.kind == "model.called"
    assert record.body.pop("ms") >= 0
    assert record.body == {
        "step": "first",
        "role": "scheduler",
        "model": "scripted",
        "key": {"hash": digest(asked | {"schema_name": "plan"}), "nth": 1},
        "request": asked | {"schema_name": "plan"},
        "reply": {"text": "Hi.", "calls": [{"id": "call_1", "name": "now", "arguments": "{}"}]},
        "usage": {"prompt": 1000, "completion": 200},
        "usd": 0.003,
        "spent": {"model_calls": 1, "tool_calls": 0, "usd": 0.003},
    }
    assert bench.budget.spent().model_calls == 1
    assert bench.budget.spent().usd == pytest.approx(0.003)


def test_the_key_counts_how_often_the_same_was_asked_in_the_same_step(bench: Bench) -> None:
    gateway = bench.scripted(*"abcd")
    other = Request(({"role": "user", "content": "Good night?"},))

    for request in (HELLO, other, HELLO):
        gateway.ask(request)
    bench.step = "second"
    gateway.ask(HELLO)

    keys = [record.body["key"] for record in bench.records()]
    assert [key["nth"] for key in keys] == [1, 1, 2, 1]
    assert keys[0]["hash"] == keys[2]["hash"] == keys[3]["hash"] != keys[1]["hash"]


def test_a_busy_server_is_asked_again_after_the_wait_that_it_asks_for(bench: Bench, over: Over) -> None:
    with Endpoint() as endpoint:
        endpoint.script = [status(429, retry_after=12), answer("Here I am.")]

        assert bench.gateway(*over(endpoint)).ask(HELLO).text == "Here I am."

    assert bench.slept == [12.0]
    assert bench.kinds() == ["model.failed", "model.called"]
    failed, called = (record.body for record in bench.records())
    assert failed["key"] == called["key"]
    assert (failed["model"], failed["again"]) == ("one", True)
    assert "asked too often" in failed["error"]
    assert bench.budget.spent().model_calls == 1


def test_failing_attempts_wait_longer_each_time_and_then_the_next_model_answers(bench: Bench, over: Over) -> None:
    with Endpoint() as first, Endpoint() as second:
        first.script = [status(500), drop(), status(503)]
        second.script = [calls(("send_mail", {"to": "ana@example.org"}))]

        reply = bench.gateway(*over(first, second)).ask(HELLO)

        assert (len(first.requests), len(second.requests)) == (ATTEMPTS, 1)
    assert reply.model == "two"
    assert reply.calls == (ToolCall("call_1", "send_mail", '{"to": "ana@example.org"}'),)
    assert [(one.kind, one.body["model"]) for one in bench.records()] == [
        *[("model.failed", "one")] * ATTEMPTS,
        ("model.called", "two"),
    ]
    assert len(bench.slept) == ATTEMPTS - 1
    assert 0.4 < bench.slept[0] < bench.slept[1] < 2


@pytest.mark.parametrize("behaviour", [status(401), refuse(), status(404)])
def test_what_cannot_get_better_is_not_tried_again_but_at_the_next_model(
    bench: Bench, over: Over, behaviour: Behaviour
) -> None:
    with Endpoint() as first, Endpoint() as second:
        first.script, second.script = [behaviour], [answer("From the second.")]

        assert bench.gateway(*over(first, second)).ask(HELLO).text == "From the second."

    assert bench.kinds() == ["model.failed", "model.called"]
    assert bench.slept == []


def test_when_no_model_answers_the_run_stops_and_says_why_each_did_not(bench: Bench, over: Over) -> None:
    with Endpoint() as first, Endpoint(key="another") as second:
        first.script = [hang(2)] * ATTEMPTS

        cause = stopped(bench.gateway(*over(first, second, timeout=0.1)))

    assert isinstance(cause, ModelFailure)
    assert cause.problem.splitlines() == [
        "no model gave a usable answer",
        "  one (3 attempts): no answer within 0.1 s",
        "  two: 127.0.0.1 does not let us in with the key in SOME_KEY (401): Incorrect API key provided: ***.",
    ]
    assert cause.remedy == (
        "raise 'timeout' of 'one' in config/models.yaml, or use a faster model; "
        "or correct SOME_KEY in the environment or in .env"
    )
    assert bench.kinds() == ["model.failed"] * 4
    assert "sk-secret" not in str([record.body for record in bench.records()])
    assert bench.budget.spent().model_calls == 0


def test_a_server_that_asks_for_too_much_patience_is_left_at_once(bench: Bench) -> None:
    busy = ScriptedModel([later(after=PATIENCE)], name="busy")

    reply = bench.gateway(busy, ScriptedModel(["Here."], name="free")).ask(HELLO)

    assert reply.model == "free"
    assert bench.slept == []


def test_an_empty_answer_is_paid_for_and_asked_again(bench: Bench, over: Over) -> None:
    with Endpoint() as endpoint:
        endpoint.script = [empty(), answer("Now I know.", counted=(11, 7))]

        assert bench.gateway(*over(endpoint)).ask(HELLO).text == "Now I know."

    failed, called = (record.body for record in bench.records())
    assert failed["usd"] == called["usd"] == PRICE.usd(Usage(11, 7))
    assert bench.budget.spent().usd == pytest.approx(2 * PRICE.usd(Usage(11, 7)))
    assert bench.budget.spent().model_calls == 1


def test_a_call_that_the_budget_does_not_cover_is_never_made(bench: Bench) -> None:
    bench.limited(usd=0.01)  # the longest answer could cost $0.08
    model = ScriptedModel(["Hi."])

    cause = stopped(bench.gateway(model))

    assert isinstance(cause, BudgetExceeded)
    assert model.requests == []
    assert bench.records() == []


def test_the_longest_answer_of_a_model_decides_how_much_is_held(bench: Bench) -> None:
    bench.limited(usd=0.01)
    model = ScriptedModel(["Hi."])
    model.longest = 100  # type: ignore[attr-defined]  # an attribute that models may have

    assert bench.gateway(model).ask(HELLO).text == "Hi."


def test_a_run_ends_with_its_last_model_call(bench: Bench) -> None:
    bench.limited(model_calls=2)
    gateway = bench.scripted(*"abc")
    gateway.ask(HELLO)
    gateway.ask(HELLO)

    cause = stopped(gateway)

    assert isinstance(cause, BudgetExceeded)
    assert cause.exit_code == 6
    assert "model calls are used up: 2 of 2" in cause.problem


def test_a_stopped_run_asks_nobody(bench: Bench) -> None:
    model = ScriptedModel(["Hi."])

    def check() -> None:
        raise RunStopped(DeputyError("stopped by a person"))

    assert stopped(bench.gateway(model, check=check)).problem == "stopped by a person"
    assert model.requests == []


def test_a_run_that_is_stopped_during_a_wait_does_not_ask_again(bench: Bench) -> None:
    model = ScriptedModel([later(), "too late"])

    def check() -> None:
        if bench.slept:
            raise RunStopped(DeputyError("stopped by a person"))

    assert stopped(bench.gateway(model, check=check)).problem == "stopped by a person"
    assert len(model.requests) == 1


def test_a_bug_in_a_model_is_not_taken_for_a_failure_and_holds_no_money(bench: Bench) -> None:
    def broken(_request: Request) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        bench.gateway(ScriptedModel(broken)).ask(HELLO)

    assert bench.budget.spent().model_calls == 0
    bench.budget.reserve(usd=1.0)  # the whole budget is there again


def test_text_is_streamed_until_an_attempt_breaks_off_and_never_twice(bench: Bench, over: Over) -> None:
    heard: list[str] = []
    with Endpoint() as endpoint:
        endpoint.script = [cut("One, two,"), answer("One, two, three.")]

        reply = bench.gateway(*over(endpoint), on_text=heard.append).ask(HELLO)

        assert [bool(one.get("stream")) for one in endpoint.requests] == [True, False]
    assert reply.text == "One, two, three."
    assert "".join(heard) == "One, two,"


def test_steps_that_run_side_by_side_are_all_counted_and_recorded_once(bench: Bench) -> None:
    gateway = bench.gateway(ScriptedModel(lambda _request: Reply("scripted", "Hi.", usage=Usage(100, 10))))

    threads = [threading.Thread(target=gateway.ask, args=(HELLO,)) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(record.body["key"]["nth"] for record in bench.records()) == list(range(1, 13))
    assert bench.budget.spent().model_calls == 12
    assert bench.budget.spent().usd == pytest.approx(12 * 0.0002)
    assert bench.ledger.verify(RUN) == 13


def test_a_script_that_is_over_ends_the_run_with_its_last_words(bench: Bench) -> None:
    gateway = bench.scripted([call("now"), call("now")])

    assert [one.id for one in gateway.ask(HELLO).calls] == ["call_1", "call_2"]
    assert "the script of 1 answers is over, at: Good morning?" in stopped(gateway).problem
