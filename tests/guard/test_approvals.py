"""How a request stands by its answers, for which calls leave was given, and which answers are taken."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guard.approvals import Answer, Approvals, Asked, Terms, digest_of, requested
from guard.approvers import Roster
from guard.decision import Decision
from runtime.clock import stamp
from runtime.errors import Denied, UsageError
from runtime.records import Kind, Record
from tests.guard.worlds import TOOLS

NOW = datetime(2027, 3, 9, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
TERMS = Terms()
ASK = Decision("ask", "mail.asked", "it leaves the house", instead="a note")


def a_call(number: int = 1, tool: str = "mail") -> dict[str, Any]:
    named = {"step": "tell", "role": "clerk", "call": f"tell-{number}", "tool": tool, "effect": "send"}
    args = {"what": f"x{number}", "times": 1}
    return {**named, "args": args, "labels": {"what": {"trusted": True}}, "key": {"hash": "h", "nth": number}}


def a_request(number: int = 1, tool: str = "mail", terms: Terms = TERMS, **decision: Any) -> dict[str, Any]:
    return requested("r1", a_call(number, tool), replace(ASK, **decision), NOW, terms)


def run_of(*bodies: dict[str, Any]) -> Approvals:
    records = []
    for seq, one in enumerate(bodies):
        kind: Kind = "approval.requested" if "digest" in one else "approval.answered"
        records.append(Record("r1", seq, "", kind, one, ""))
    return Approvals(records)


def yes(request: dict[str, Any], by: str = "user:ben", **said: Any) -> dict[str, Any]:
    given = {"verdict": "approved", "by": by, "reason": "", "scope": "call", "args": None}
    return {"approval": request["approval"], **given, **said}


def stands(approvals: Approvals, request: dict[str, Any], after: timedelta = timedelta()) -> Answer:
    return approvals.standing(request["digest"], request["tool"], request["rule"], NOW + after, request["approvers"])


def test_a_request_says_all_that_a_person_has_to_know() -> None:
    body = a_request(people=2)

    bound = digest_of("r1", a_call(), ASK)
    assert body == {
        **{name: value for name, value in a_call().items() if name != "key"},
        "approval": bound[:8],
        "digest": bound,
        "rule": "mail.asked",
        "reason": "it leaves the house",
        "instead": "a note",
        "people": 2,
        "approvers": [],
        "expires": stamp(NOW + DAY),
    }


def test_those_whom_the_rule_names_go_before_those_of_the_terms() -> None:
    terms = Terms(timedelta(hours=1), ("lead",), ("boss",), timedelta(hours=2))

    assert a_request(terms=terms)["approvers"] == ["lead"]
    assert a_request(terms=terms, approvers=("user:ben",))["approvers"] == ["user:ben"]
    assert (a_request(terms=terms)["then"], a_request(terms=terms)["then_expires"]) == (
        ["boss"],
        stamp(NOW + timedelta(hours=3)),
    )


def test_a_request_of_an_old_record_lacks_nothing() -> None:
    old = {name: value for name, value in a_request().items() if name not in ("instead", "labels")}
    asked = Asked.of({**old, "unknown": 1})

    assert (asked.instead, asked.labels, asked.then, asked.then_expires) == ("", {}, (), "")
    assert (asked.approvers, asked.until) == ((), stamp(NOW + DAY))
    assert (asked.who(NOW + DAY), asked.is_escalated(NOW + DAY)) == ((), False)


def test_others_are_asked_from_the_deadline_on() -> None:
    asked = Asked.of(a_request(terms=Terms(DAY, ("lead",), ("boss",), DAY)))

    assert asked.who(NOW + DAY - timedelta(seconds=1)) == ("lead",)
    assert (asked.who(NOW + DAY), asked.is_escalated(NOW + DAY)) == (("boss",), True)
    assert asked.until == stamp(NOW + 2 * DAY)


def test_a_request_is_pending_until_somebody_answers_or_its_time_is_over() -> None:
    request = a_request()
    approvals = run_of(request)

    assert stands(approvals, request) == Answer("pending", request["approval"])
    assert stands(approvals, request, DAY - timedelta(seconds=1)).standing == "pending"
    assert stands(approvals, request, DAY).standing == "expired"
    assert stands(run_of(request, yes(request)), request, DAY) == Answer("approved", request["approval"])
    unasked = stands(approvals, a_request(2))
    assert (unasked.standing, unasked.approval, unasked.reason, unasked.args) == ("none", "", "", None)


def test_one_no_outweighs_every_yes_and_says_its_reason() -> None:
    request = a_request(people=2)
    no = yes(request, "user:cy", verdict="denied", reason="too early")

    assert stands(run_of(request, yes(request), no), request) == Answer("denied", request["approval"], "too early")
    silent = run_of(request, {**no, "reason": ""})
    assert stands(silent, request).reason == "user:cy gave no reason"


def test_two_people_are_two_different_ones() -> None:
    request = a_request(people=2)

    assert stands(run_of(request, yes(request), yes(request)), request).standing == "pending"
    assert stands(run_of(request, yes(request), yes(request, "user:cy")), request).standing == "approved"


def test_of_several_edits_the_last_is_made() -> None:
    request = a_request(people=3)
    edits = [yes(request, "user:a", args={"what": "1"}), yes(request, "user:b", args={"what": "2"})]

    assert stands(run_of(request, *edits, yes(request, "user:c")), request).args == {"what": "2"}


def test_leave_of_one_owner_covers_no_call_that_another_owner_is_asked_about() -> None:
    request = a_request(1, approvers=("ana@house.example",))
    same, other = (a_request(2, approvers=(f"{name}@house.example",)) for name in ("ana", "ben"))
    approvals = run_of(request, yes(request, "ana@house.example", scope="tool"), same, other)

    assert stands(approvals, same).standing == "approved"
    assert stands(approvals, other).standing == "pending"


def test_leave_for_a_tool_covers_its_later_calls_under_the_same_rule_only() -> None:
    request, later = a_request(1), a_request(2)
    approvals = run_of(request, yes(request, scope="tool"), later)

    assert stands(approvals, later) == Answer("approved", request["approval"])
    assert approvals.standing("unasked", "mail", "mail.asked", NOW, ()) == Answer("approved", request["approval"])
    assert approvals.standing("unasked", "mail", "mail.other", NOW, ()).standing == "none"
    assert approvals.standing("unasked", "post", "mail.asked", NOW, ()).standing == "none"
    assert stands(run_of(request, yes(request), later), later).standing == "pending"


def test_leave_for_a_tool_takes_as_many_people_as_the_rule_wants() -> None:
    request, later = a_request(1, people=2), a_request(2, people=2)
    one, other = yes(request, scope="tool"), yes(request, "user:cy", scope="tool")

    assert stands(run_of(request, one, later), later).standing == "pending"
    assert stands(run_of(request, one, one, later), later).standing == "pending"
    assert stands(run_of(request, one, {**other, "scope": "call"}, later), later).standing == "pending"
    assert stands(run_of(request, one, {**other, "verdict": "denied"}, later), later).standing == "pending"
    assert stands(run_of(request, one, other, later), later).standing == "approved"


def test_a_call_that_was_denied_stays_so_whatever_leave_its_tool_has() -> None:
    request, later = a_request(1), a_request(2)
    approvals = run_of(request, later, yes(later, verdict="denied", reason="no"), yes(request, scope="tool"))

    assert stands(approvals, later).standing == "denied"


def test_what_waits_is_listed_in_the_order_of_asking() -> None:
    requests = [a_request(number) for number in (3, 1, 2)]
    approvals = run_of(*requests[:2], yes(requests[1]))
    approvals.request(requests[2])

    assert [one.call for one in approvals.pending(NOW)] == ["tell-3", "tell-2"]
    assert approvals.pending(NOW + DAY) == []


def test_a_request_is_found_by_the_beginning_of_its_id() -> None:
    first, second = a_request(1), a_request(2)
    approvals = run_of(first, second)

    assert approvals.find(first["approval"]).call == "tell-1"
    with pytest.raises(UsageError, match="no approval starts with 'zz'") as caught:
        approvals.find("zz")
    assert caught.value.remedy == "see 'deputy approvals'"
    with pytest.raises(UsageError, match="several approvals start with ''"):
        approvals.find("")


def checked(approvals: Approvals, request: dict[str, Any], **said: Any) -> str:
    given: dict[str, Any] = {"by": "user:ben", "principal": "user:ana", "now": NOW, "tool": TOOLS["mail"]}
    return approvals.checked(Asked.of(request), roster=Roster(), **{**given, **said})


def test_an_edited_call_has_to_fit_its_tool() -> None:
    request = a_request()
    approvals = run_of(request)

    assert checked(approvals, request, args={"what": "y"}) == ""
    assert checked(approvals, request, tool=None) == ""
    with pytest.raises(UsageError, match="the edited arguments do not fit 'mail': what: field required") as misfit:
        checked(approvals, request, args={})
    with pytest.raises(UsageError, match="'mail' cannot be edited here") as foreign:
        checked(approvals, request, args={"what": "y"}, tool=None)
    assert misfit.value.remedy == "correct them"
    assert foreign.value.remedy == "approve it as it is, or deny it"


def test_one_person_who_asked_for_the_run_may_answer_unless_two_have_to() -> None:
    alone, pair = a_request(), a_request(2, people=2)

    assert checked(run_of(alone), alone, by="user:ana") == ""
    with pytest.raises(Denied, match="asked for this run") as own:
        checked(run_of(pair), pair, by="user:ana")
    with pytest.raises(Denied, match="has answered already") as again:
        checked(run_of(pair, yes(pair)), pair)
    assert own.value.remedy == again.value.remedy == "ask somebody else"


def test_what_is_over_is_not_answered_and_the_way_to_see_it_is_told() -> None:
    request = a_request()

    with pytest.raises(UsageError, match="is expired, and is answered once") as caught:
        checked(run_of(request), request, now=NOW + DAY)
    assert caught.value.remedy == "see 'deputy show'"


def test_whoever_may_not_answer_is_told_who_may() -> None:
    request = a_request(approvers=("user:cy", "user:dee"))

    with pytest.raises(Denied, match="'user:ben' may not answer approval") as caught:
        checked(run_of(request), request)
    assert caught.value.remedy == "ask one of user:cy, user:dee"
