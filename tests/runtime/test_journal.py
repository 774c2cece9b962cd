"""What a run recorded is found again, and what it would do otherwise is told."""

from typing import Any

import pytest

from runtime.drift import drift_from
from runtime.errors import CannotWork, TryAgain, TryLater
from runtime.journal import Journal, Key
from runtime.records import Record
from runtime.transient import is_transient

HELLO = {"role": "user", "content": "Good morning?"}


def asked(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"messages": list(messages), "tools": [], "schema": None, "schema_name": "answer", **more}


def a_record(seq: int, kind: Any, **body: Any) -> Record:
    return Record("r1", seq, "", kind, body, "")


def answered(seq: int, name: str, step: str = "s", role: str = "clerk") -> Record:
    key = {"hash": name, "nth": 1}
    return a_record(seq, "model.called", step=step, role=role, key=key, request=asked(HELLO), usd=0.1)


def begun(process: str = "planned") -> Record:
    return a_record(1, "run.started", process=process)


def key_of(name: str, step: str = "s") -> Key:
    return Key(step, "model", name, 1)


def test_what_nobody_claimed_yet_is_what_is_expected_of_the_role_in_the_step() -> None:
    journal = Journal(
        [begun(), answered(2, "a"), answered(3, "b"), answered(4, "c", step="t"), answered(5, "d", role="x")]
    )
    assert len(journal.expected("s", "clerk")) == 2
    assert journal.reply(key_of("a")) is not None
    assert [one["key"]["hash"] for one in journal.expected("s", "clerk")] == ["b"]
    assert journal.reply(key_of("z")) is None


def test_a_hierarchical_crew_asks_in_any_order_so_nothing_is_expected() -> None:
    assert Journal([begun("hierarchical"), answered(2, "a")]).expected("s", "clerk") == []


def test_after_a_person_accepted_another_way_the_old_one_is_not_expected_any_more() -> None:
    turned = a_record(3, "replay.diverged", step="s", role="clerk", where="", diff=[], accepted=True)
    journal = Journal([begun(), answered(2, "old"), turned, answered(4, "new")])
    assert [one["key"]["hash"] for one in journal.expected("s", "clerk")] == ["new"]
    assert journal.reply(key_of("old")) is not None, "what is asked as before is answered as before"


@pytest.mark.parametrize(
    ("now", "where", "lines"),
    [
        (
            asked(HELLO, {"role": "tool", "content": "12 candidates\nall good"}),
            "message 2 (tool)",
            ("- 11 candidates", "+ 12 candidates"),
        ),
        (
            asked({"role": "user", "content": "Good evening?"}),
            "message 1 (user)",
            ("- Good morning?", "+ Good evening?"),
        ),
        (asked(HELLO), "message 2 (tool): there is no such message any more", ()),
    ],
)
def test_the_first_difference_is_named_and_shown(now: dict[str, Any], where: str, lines: tuple[str, ...]) -> None:
    then = asked(HELLO, {"role": "tool", "content": "11 candidates\nall good"})
    drift = drift_from([then], now)
    assert (drift.where, drift.lines) == (where, lines)


def test_of_a_long_line_only_the_place_is_shown() -> None:
    then, now = "x" * 500 + "cat" + "y" * 500, "x" * 500 + "dog" + "y" * 500
    [old, new] = drift_from([asked({"role": "user", "content": then})], asked({"role": "user", "content": now})).lines
    assert old == f"- …{'x' * 40}cat{'y' * 37}…"
    assert new == f"+ …{'x' * 40}dog{'y' * 37}…"


def test_other_tools_are_a_difference_too() -> None:
    drift = drift_from([asked(HELLO, tools=[{"name": "look"}])], asked(HELLO, tools=[{"name": "put"}]))
    assert drift.where == "the tools that are offered"
    assert drift.lines == ('- "name": "look"', '+ "name": "put"')


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (TryLater("busy"), True),
        (TryAgain("other words"), False),
        (CannotWork("never"), False),
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (ValueError("bug"), False),
        (FileNotFoundError("x"), False),
    ],
)
def test_which_errors_pass_by_themselves(error: Exception, passes: bool) -> None:
    assert is_transient(error) is passes


def test_client_libraries_errors_are_known_by_name() -> None:
    import requests
    from sqlalchemy.exc import OperationalError

    assert is_transient(requests.ConnectTimeout())
    assert is_transient(OperationalError("select 1", None, Exception("the server is gone")))
    assert not is_transient(requests.HTTPError())
