"""A person's own arguments are decided on like any others: an edit is no way round a rule, or round who may say yes."""

from pathlib import Path
from typing import Any

import pytest

from guard.content import Finding
from guard.gate import Gate
from tests.guard.payer import Till, pay
from tests.guard.test_days import again, answered, verdicts

LARGE = {"id": "house.large", "verdict": "ask", "arguments": {"times": {"at_least": 10}}}
TOO_LARGE = {"id": "house.too_large", "arguments": {"times": {"at_least": 1000}}}
TWO_PEOPLE = {"id": "house.two", "verdict": "ask", "people": 2, "arguments": {"times": {"at_least": 500}}}
WAITS = "This waits for a person's approval."


@pytest.fixture
def till(tmp_path: Path) -> Till:
    return Till(f"sqlite:///{tmp_path / 'ledger.sqlite'}", LARGE, TOO_LARGE, TWO_PEOPLE)


def asks(till: Till) -> list[dict[str, Any]]:
    return [one.body for one in till.ledger.records("r1") if one.kind == "approval.requested"]


def edited(till: Till, **args: Any) -> Gate:
    """The gate of a run whose first ask was answered with other arguments."""
    assert pay(till.gate("r1"), "a lot", 20) == WAITS
    answered(till, "r1", asks(till)[0]["approval"], {"what": "a lot", **args})
    gate: Gate = again(till, "r1")
    return gate


@pytest.mark.parametrize("times", [5, 30])
def test_arguments_of_which_no_other_rule_speaks_are_carried_out(till: Till, times: int) -> None:
    gate = edited(till, times=times)

    assert pay(gate, "a lot", 20) == f'{{"paid": {times}}}'
    assert till.paid == [times]


def test_what_a_rule_denies_no_edit_brings_through(till: Till) -> None:
    gate = edited(till, times=5000)

    assert pay(gate, "a lot", 20) == "Denied (house.too_large): enough for a day."
    assert till.paid == []
    assert verdicts(till, "r1")[-1] == ("deny", "house.too_large")


def test_an_edit_that_two_people_have_to_allow_is_asked_of_two(till: Till) -> None:
    gate = edited(till, times=600)

    assert pay(gate, "a lot", 20) == WAITS
    second = asks(till)[1]
    assert (second["rule"], second["people"], second["args"]["times"]) == ("house.two", 2, 600)
    answered(till, "r1", second["approval"])
    assert pay(again(till, "r1"), "a lot", 20) == WAITS, "one yes is not two"
    said = {"verdict": "approved", "by": "user:ana", "role": "", "reason": "", "scope": "call", "args": None}
    till.ledger.append("r1", "approval.answered", {"approval": second["approval"], **said})
    assert pay(again(till, "r1"), "a lot", 20) == '{"paid": 600}'
    assert till.paid == [600]
    assert len(asks(till)) == 2, "it was asked once"


def test_a_secret_that_a_person_pastes_in_does_not_leave(till: Till) -> None:
    gate = edited(till, times=30)
    gate.inspect = found_in_edits("secret", "deny")

    assert pay(gate, "a lot", 20) == "Denied (content.secret): 'what' holds a key."
    assert till.paid == []


def test_what_a_person_wrote_and_saw_is_not_asked_about_again(till: Till) -> None:
    till.effect = "send"
    gate = edited(till, times=30)
    gate.inspect = found_in_edits("link", "ask")

    assert pay(gate, "a lot", 20) == '{"paid": 30}'


def found_in_edits(kind: Any, severity: Any) -> Any:
    """Finds something in arguments that are not those of the model."""
    return lambda _tool, args, _origins: (Finding(kind, "what", "a key", severity),) if args["times"] == 30 else ()
