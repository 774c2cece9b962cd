"""A call that a person must allow waits without holding anything, and happens once, as it was allowed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crews.answers import Waiting, answer, pending
from crews.wish import Outcome
from runtime.clock import FixedClock
from runtime.errors import Denied, UsageError
from testkit.projects import home_in, records_of
from testkit.snapshot import snapshot, words
from tests.scenarios.recruiting import POSITION, play, shipped, world_of

BUDGET = "budget: {model_calls: 300, tool_calls: 500, usd: 5, minutes: 60}\n"
ASK = """
rules:
  - id: house.invitations
    tools: [send_invitation]
    verdict: ask
    reason: somebody of the house reads who is invited
"""


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


def asking(folder: Path, more: str = "") -> Path:
    """A project whose policy wants every invitation asked, played until it waits."""
    project = shipped(folder)
    (project / "config" / "policies.yaml").write_text(BUDGET + ASK + more)
    outcome = play(project).outcome
    assert (outcome.state, outcome.exit_code) == ("waiting", 3)
    return project


def waiting(project: Path) -> list[Waiting]:
    with home_in(project):
        return pending(project)


def answered(project: Path, approval: str, verdict: str, **more: object) -> bool:
    with home_in(project):
        _, ready = answer(project, approval, verdict, **{"by": "user:ana", **more})  # type: ignore[arg-type]  # by keyword
        return ready


def carried_on(project: Path) -> Outcome:
    from crews.runner import resume

    with home_in(project):
        return resume(project, None, by="user:ana")


def sent(project: Path) -> list[str]:
    world = world_of(project)
    to = [str(one["To"]) for one in world.mailbox.sent()]
    world.close()
    return to


def test_nothing_is_sent_while_a_person_has_not_answered(tmp_path: Path) -> None:
    project = asking(tmp_path / "project")

    requests = waiting(project)

    assert sent(project) == []
    assert len(requests) == 12
    assert {(one.asked.tool, one.asked.rule, one.asked.step) for one in requests} == {
        ("send_invitation", "house.invitations", "invite")
    }
    assert requests[0].asked.reason == "somebody of the house reads who is invited"
    for one in requests:
        assert one.asked.preview.startswith("To: ")
        assert one.asked.args["to"] in one.asked.preview.splitlines()[0]


def test_steps_that_do_not_wait_have_gone_on(tmp_path: Path) -> None:
    world = world_of(asking(tmp_path / "project"))

    assert len(world.mailbox.drafts()) == 10
    assert len(world.agenda.events()) == 4
    world.close()


def test_leave_for_the_tool_lets_the_run_end_as_if_nobody_had_been_asked(tmp_path: Path) -> None:
    plain = shipped(tmp_path / "plain")
    play(plain)
    project = asking(tmp_path / "asking")
    ready = answered(project, waiting(project)[0].asked.approval, "approved", scope="tool")

    outcome = carried_on(project)

    assert ready
    assert (outcome.state, outcome.exit_code) == ("done", 0)
    assert snapshot(world_of(project), POSITION) == snapshot(world_of(plain), POSITION)
    used = [one for one in records_of(project, outcome.run) if one.kind == "approval.used"]
    assert len(used) == 12


def test_a_denied_call_does_not_happen_and_the_others_do(tmp_path: Path) -> None:
    project = asking(tmp_path / "project")
    first, *others = waiting(project)
    answered(project, first.asked.approval, "denied", reason="she has withdrawn")
    ready = [answered(project, one.asked.approval, "approved") for one in others]

    outcome = carried_on(project)

    assert ready == [False] * 10 + [True]
    assert (outcome.state, outcome.exit_code) == ("done", 0)
    assert len(sent(project)) == 11
    assert not any(str(first.asked.args["to"]) in to and "ananya" in to for to in sent(project))
    assert "she has withdrawn" in json.dumps([one.body for one in records_of(project, outcome.run)])


def test_a_run_that_still_waits_for_some_sends_what_was_allowed_and_waits_again(tmp_path: Path) -> None:
    project = asking(tmp_path / "project")
    answered(project, waiting(project)[0].asked.approval, "approved")

    outcome = carried_on(project)

    assert (outcome.state, outcome.exit_code) == ("waiting", 3)
    assert len(sent(project)) == 1
    assert len(waiting(project)) == 11


def test_an_edited_call_happens_as_it_was_edited(tmp_path: Path) -> None:
    project = asking(tmp_path / "project")
    first, *others = waiting(project)
    answered(
        project, first.asked.approval, "approved", args={**first.asked.args, "note": "Bring nothing but questions."}
    )
    for one in others:
        answered(project, one.asked.approval, "denied", reason="later")

    carried_on(project)

    world = world_of(project)
    [mail] = world.mailbox.sent()
    assert "Bring nothing but questions." in words(mail)
    world.close()


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        (lambda project, one: answered(project, "nothing", "approved"), UsageError, "no pending approval"),
        (lambda project, one: twice(project, one), UsageError, "no pending approval"),
        (lambda project, one: answered(project, one, "approved", args={"to": 3}), UsageError, "do not fit"),
        (lambda project, one: answered(project, one, "approved", clock=tomorrow()), UsageError, "no pending approval"),
    ],
)
def test_an_answer_that_cannot_be_taken_is_refused(
    tmp_path: Path, attempt: Callable[[Path, str], object], error: type[Exception], words: str
) -> None:
    project = asking(tmp_path / "project")

    with pytest.raises(error, match=words):
        attempt(project, waiting(project)[0].asked.approval)


def twice(project: Path, approval: str) -> None:
    answered(project, approval, "approved")
    answered(project, approval, "denied", reason="I changed my mind")


def tomorrow() -> FixedClock:
    return FixedClock(datetime.now(UTC) + timedelta(hours=25))


def test_two_people_are_two_and_neither_is_the_one_who_asked(tmp_path: Path) -> None:
    project = asking(tmp_path / "project", "    people: 2\n")
    first = waiting(project)[0].asked.approval

    with pytest.raises(Denied, match="asked for this run"):
        answered(project, first, "approved", by="user")
    answered(project, first, "approved", by="user:ana")
    with pytest.raises(Denied, match="answered already"):
        answered(project, first, "approved", by="user:ana")
    assert len(waiting(project)) == 12
    answered(project, first, "approved", by="user:ben")
    assert len(waiting(project)) == 11


def test_only_the_named_approvers_may_answer(tmp_path: Path) -> None:
    project = asking(tmp_path / "project", '    approvers: ["user:ben"]\n')
    first = waiting(project)[0].asked.approval

    with pytest.raises(Denied, match="'user:ana' may not answer"):
        answered(project, first, "approved")
    answered(project, first, "approved", by="user:ben")
