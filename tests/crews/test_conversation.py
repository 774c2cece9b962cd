"""A conversation is kept by the client: its newest turns, for its time, and nothing without its name."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crews.answering import scripted
from crews.assistant import answer
from crews.conversation import LARGEST, TURNS, Conversation, forget_conversations
from runtime.clock import FixedClock
from runtime.errors import UsageError
from runtime.home import Home
from testkit.projects import home_in
from testkit.scripted import ScriptedModel
from tests.scenarios.support import project_with_support

NOON = FixedClock(datetime(2027, 3, 8, 12, tzinfo=UTC))
NIGHT = FixedClock(datetime(2027, 3, 9, 1, tzinfo=UTC))


def test_a_model_is_told_what_was_said_before_under_the_name_only(tmp_path: Path) -> None:
    project, home = project_with_support(tmp_path / "project"), Home(tmp_path / "var")
    talk = Conversation(home, "ana")
    talk.add("What's the API rate limit?", "600 requests a minute.")
    model = ScriptedModel(lambda _request: "The documents do not say.")
    with home_in(project):
        for earlier in (talk.earlier(), Conversation(home, "ben").earlier()):
            answer(
                project,
                "Can it be raised?",
                scenario="support",
                earlier=earlier,
                answering=scripted("model", "", model),
            )

    assert "A: 600 requests a minute." in str(model.requests[0].messages[1]["content"])
    assert "600 requests a minute." not in str(model.requests[1].messages[:2])


def test_the_oldest_turns_go_when_there_are_too_many_or_they_are_too_long(tmp_path: Path) -> None:
    talk = Conversation(Home(tmp_path), "ana")
    for number in range(TURNS + 2):
        talk.add(f"question {number}", "yes")
    assert "question 1\n" not in talk.earlier()
    assert "question 2\n" in talk.earlier()

    talk.add("long", "x" * (2 * LARGEST))
    assert len(talk.earlier()) < LARGEST + 300


def test_a_conversation_ends_by_itself(tmp_path: Path) -> None:
    Conversation(Home(tmp_path), "ana", NOON).add("a", "b")

    assert Conversation(Home(tmp_path), "ana", NOON).earlier() != ""
    assert Conversation(Home(tmp_path), "ana", NIGHT).earlier() == ""


def test_conversations_are_for_their_owner_alone_and_are_forgotten_together(tmp_path: Path) -> None:
    Conversation(Home(tmp_path), "ana").add("a", "b")
    [file] = (tmp_path / "conversations").iterdir()

    assert file.stat().st_mode & 0o077 == 0
    assert forget_conversations(Home(tmp_path)) == 1
    assert Conversation(Home(tmp_path), "ana").earlier() == ""


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot name a conversation"):
        Conversation(Home(tmp_path), "../ledger")
