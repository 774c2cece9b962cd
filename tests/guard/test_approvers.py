"""Who may answer, in which role, and until when; one person is one, whichever of their names they use."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.approvals import Approvals, Terms, digest_of, requested
from guard.approvers import Person, Roster, terms_of, wrong_person
from guard.decision import Decision
from guard.policy import PolicyFile
from runtime.errors import Denied, UsageError
from runtime.records import Record

NOW = datetime(2027, 3, 9, 12, tzinfo=UTC)
POLICY = PolicyFile.model_validate(
    {
        "budget": {"model_calls": 1, "tool_calls": 1, "usd": 1, "minutes": 1},
        "approvers": {"lead": ["user:ben <ben@house.example>", "user:cy"], "finance": ["dana@house.example"]},
        "approval": {"expires_minutes": 60, "approvers": ["lead"], "escalate": {"to": ["finance"], "minutes": 30}},
    }
)
ROSTER = Roster.of(POLICY)


def named(**changed: Any) -> dict[str, Any]:
    given = {"step": "pay", "role": "clerk", "call": "pay-1", "tool": "pay", "effect": "spend", "args": {"usd": 5}}
    return given | {"labels": {"to": {"trusted": True}}, "key": {"hash": "h", "nth": 1}} | changed


def asked(people: int = 1, terms: Terms | None = None) -> tuple[Approvals, str]:
    decision = Decision("ask", "pay.asked", "it is money", people=people)
    body = requested("r1", named(), decision, NOW, terms or terms_of(POLICY))
    return Approvals([Record("r1", 1, "", "approval.requested", body, "")]), body["approval"]


def answered(approvals: Approvals, approval: str, by: str, *, after: int = 0, principal: str = "user:ana") -> str:
    """The role in which somebody may answer, so many minutes after the question."""
    at = NOW + timedelta(minutes=after)
    request = approvals.find(approval)
    return approvals.checked(request, by=by, principal=principal, now=at, tool=None, roster=ROSTER)


def with_answer(approvals: Approvals, approval: str, by: str, **said: Any) -> Approvals:
    request = approvals.find(approval)
    asks = Record("r1", 1, "", "approval.requested", {**vars(request), "labels": {}}, "")
    body = {"approval": approval, "verdict": "approved", "by": by, "reason": "", "scope": "call", "args": None} | said
    return Approvals([asks, Record("r1", 2, "", "approval.answered", body, "")])


def test_a_person_answers_in_the_role_that_was_asked() -> None:
    assert answered(*asked(), "user:ben") == "lead"
    assert answered(*asked(), "BEN@house.example") == "lead"
    with pytest.raises(Denied, match="may not answer"):
        answered(*asked(), "dana@house.example")


def test_where_nobody_is_named_anybody_may() -> None:
    assert answered(*asked(terms=Terms()), "user:anybody") == ""


def test_after_the_deadline_others_are_asked_and_then_nobody() -> None:
    assert answered(*asked(), "user:ben", after=59) == "lead"
    assert answered(*asked(), "dana@house.example", after=60) == "finance"
    with pytest.raises(Denied, match="ask one of finance"):
        answered(*asked(), "user:ben", after=60)
    with pytest.raises(UsageError, match="is expired"):
        answered(*asked(), "dana@house.example", after=90)


def test_without_another_role_the_deadline_is_the_end() -> None:
    with pytest.raises(UsageError, match="is expired"):
        answered(*asked(terms=Terms(lasts=timedelta(minutes=60))), "user:ben", after=60)


def test_two_people_are_not_one_person_with_two_names() -> None:
    approvals, approval = asked(people=2)
    once = with_answer(approvals, approval, "user:ben")

    with pytest.raises(Denied, match="answered already"):
        answered(once, approval, "ben@house.example")
    assert answered(once, approval, "user:cy") == "lead"


@pytest.mark.parametrize("principal", ["user:ben", "ben@house.example", "Ben@House.Example"])
def test_who_asked_is_none_of_two_people_by_whatever_name(principal: str) -> None:
    approvals, approval = asked(people=2)

    with pytest.raises(Denied, match="asked for this run"):
        answered(approvals, approval, "user:ben", principal=principal)


def test_what_was_answered_is_not_answered_again() -> None:
    approvals, approval = asked()

    with pytest.raises(UsageError, match="is approved"):
        answered(with_answer(approvals, approval, "user:ben"), approval, "user:cy")


@pytest.mark.parametrize("written", ["ben", "user:", "user:ben ben@x", "a b@c.example", "", "ben@", "user:b <x>"])
def test_nobody_is_named_by_halves(written: str) -> None:
    with pytest.raises(ValueError, match="is nobody"):
        Person.of(written)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "step": st.just("other"),
            "tool": st.just("other"),
            "args": st.dictionaries(st.sampled_from(["usd", "to", "note"]), st.integers(0, 9), min_size=1),
            "key": st.builds(lambda nth: {"hash": "h", "nth": nth}, st.integers(2, 9)),
            "labels": st.just({"to": {"trusted": False}}),
        },
    )
)
def test_a_yes_is_bound_to_all_of_the_call(changed: dict[str, Any]) -> None:
    decision = Decision("ask", "pay.asked", "it is money")
    same = digest_of("r1", named(), decision) == digest_of("r1", named(**changed), decision)

    assert same == all(named()[name] == value for name, value in changed.items())


def test_a_yes_under_one_rule_or_in_one_run_is_none_under_another() -> None:
    decision = Decision("ask", "pay.asked", "it is money")
    other = Decision("ask", "pay.other", "it is money")

    assert digest_of("r1", named(), decision) != digest_of("r1", named(), other)
    assert digest_of("r1", named(), decision) != digest_of("r2", named(), decision)


def test_the_name_of_a_person_is_one_and_a_stranger_keeps_theirs() -> None:
    assert [ROSTER.name(who) for who in ("user:ben", "ben@house.example", "BEN@House.example")] == ["user:ben"] * 3
    assert ROSTER.name("dana@house.example") == "dana@house.example"
    assert ROSTER.name("user:eve") == "user:eve"
    assert ROSTER.name("") == ""


def test_somebody_named_by_themselves_needs_no_role_and_a_role_is_none_of_their_names() -> None:
    assert ROSTER.role_of("user:ben", ["ben@house.example"]) == ""
    assert ROSTER.role_of("user:eve", ["user:eve"]) == ""
    assert ROSTER.role_of("user:eve", ["user:ben"]) is None
    assert ROSTER.role_of("lead", ["lead"]) is None
    assert ROSTER.role_of("user:eve", ["lead", "user:eve"]) == ""
    assert ROSTER.role_of("dana@house.example", ["lead", "finance"]) == "finance"


def test_everybody_who_may_answer_is_listed_once_with_their_mail() -> None:
    ben, cy = Person("user:ben", "ben@house.example"), Person("user:cy")

    assert ROSTER.people(["lead", "ben@house.example"]) == [(ben, "lead"), (cy, "lead")]
    assert ROSTER.people(["user:ben", "finance"]) == [
        (ben, ""),
        (Person("dana@house.example", "dana@house.example"), "finance"),
    ]
    assert ROSTER.people(["eve@house.example"]) == [(Person("eve@house.example", "eve@house.example"), "")]


def test_an_answer_by_nobody_is_not_by_a_person_without_an_address() -> None:
    assert ROSTER.role_of("", ["lead"]) is None
    with pytest.raises(Denied, match="may not answer"):
        answered(*asked(), "")


def test_terms_are_those_of_the_policy() -> None:
    assert terms_of(POLICY) == Terms(timedelta(minutes=60), ("lead",), ("finance",), timedelta(minutes=30))
    plain = POLICY.model_copy(update={"approval": POLICY.approval.model_copy(update={"escalate": None})})
    assert terms_of(plain) == Terms(timedelta(minutes=60), ("lead",), (), timedelta())


def test_what_is_wrong_with_a_name_is_said() -> None:
    assert wrong_person("user:ben <ben@house.example>") == ""
    assert "'ben' is nobody; write user:NAME" in wrong_person("ben")
