"""Whatever a model calls with whatever arguments: the gate answers, and what it allows acts on trusted things only."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guard.normal import normal
from guard.run import Run
from tests.guard.bench import ALL, EXAMPLE, SHOP, THIEF, opened

KNOWN = ("ana@house.example", "bo@house.example", "https://house.example/a", "INV-20411")
STRANGE = ("evil@else.example", "ana@house.example.evil.example", "аna@house.example", THIEF, "INV-20412", "", " ", "*")
MIXED = (
    "ana@house.example,evil@else.example",
    "evil@else.example <ana@house.example>",
    "ana@house.example\nbcc: x@y.z",
)

words = st.sampled_from((*KNOWN, *STRANGE, *MIXED, SHOP)) | st.text(max_size=20)
numbers = st.integers() | st.floats() | st.booleans() | st.none() | st.sampled_from([1, 9.5, 10**400, 2**53])
values: st.SearchStrategy[Any] = st.recursive(
    words | numbers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from((*ALL, "delete_event", "send_mial", "")) | st.text(max_size=10)
keys = st.sampled_from(("to", "cc", "subject", "body", "iban", "amount", "pin", "id", "guests", "title", "name"))
arguments = values | st.dictionaries(keys | words, values, max_size=5)
mails = st.fixed_dictionaries(
    {"to": st.lists(words, max_size=3) | values, "subject": words, "body": words},
    optional={"cc": st.lists(words, max_size=3) | st.none() | values},
)
odd = st.recursive(
    st.binary(max_size=5) | st.text(st.characters(categories=["Cs"]), max_size=3) | st.just(object()) | values,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words | st.integers(), inner, max_size=2),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run that knows a few people, and whose tools have no small caps."""
    file = tmp_path_factory.mktemp("bench") / "tools.yaml"
    file.write_text(re.sub(r"\n    times: .*", "", EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8")
    known = [(list(KNOWN), "directory"), (SHOP, "directory")]
    with opened(None, declarations=file, plan=_plan(), trusted=known) as one, one.step("all"):
        yield one


def _plan() -> Any:
    from guard.plan import Grant, Plan, Step

    grants = tuple(Grant(tool=name, times=1000) for name in ALL)
    return Plan(steps=(Step(id="all", role="agent", task="Do.", expected="x", grants=grants),))


def _is_trusted(text: str) -> bool:
    return normal(text) in {normal(one) for one in (*KNOWN, SHOP)}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names, arguments)
def test_a_call_of_any_name_with_any_arguments_is_decided(run: Run, name: str, args: Any) -> None:
    decision = run.check(name, args)

    assert decision.verdict in ("allow", "ask", "deny")
    assert decision.rule
    assert decision.reason
    assert decision.verdict != "ask" or decision.approval
    assert decision.verdict == "deny" or name in ALL


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(ALL) | odd, odd | st.dictionaries(keys, odd, max_size=3))
def test_what_is_not_even_json_is_decided_too(run: Run, name: Any, args: Any) -> None:
    assert run.check(name, args).verdict in ("allow", "ask", "deny")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mails)
def test_a_mail_that_is_allowed_goes_to_trusted_people_only(run: Run, args: dict[str, Any]) -> None:
    decision = run.check("send_mail", args)

    if decision.verdict == "allow":
        assert args["to"]
        assert [one for one in [*args["to"], *(args.get("cc") or [])] if not _is_trusted(one)] == []


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from((SHOP, THIEF, *STRANGE)) | st.text(max_size=34), st.floats() | st.integers())
def test_money_goes_to_the_trusted_account_or_nowhere(run: Run, iban: str, amount: float) -> None:
    decision = run.check("transfer", {"iban": iban, "amount": amount, "pin": "4711"})

    assert decision.verdict != "ask"
    if decision.verdict == "allow":
        assert _is_trusted(iban)
        assert 0.01 <= amount <= 1000


def test_arguments_without_an_end_are_denied() -> None:
    deep: list[Any] = []
    circle: list[Any] = []
    circle.append(circle)
    for _ in range(100_000):
        deep = [deep]
    with opened() as run:
        for value in (deep, circle):
            assert run.check("send_mail", {"to": value}).rule == "gate.error"
