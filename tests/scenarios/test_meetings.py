"""Meetings: decisions and actions as they were spoken, each with who said it and when."""

import re
from pathlib import Path

import pytest

from crews.answering import scripted
from crews.assistant import Answer, Assistant
from testkit.projects import CHECKOUT, home_in, records_of
from testkit.scripted import ScriptedModel
from tests.scenarios.support import project_with_support
from tools.reading.transcripts import turns_of

FILE = "2027-03-08-release.vtt"
_TOLD = re.compile(
    r"- (?:[^“]+: )?“(?P<said>[^”]+)” \((?P<speaker>[^,]+), (?P<at>\d\d:\d\d:\d\d)\) \[(?P<turn>[^\]]+)\]"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project_with_support(tmp_path_factory.mktemp("meetings") / "project")


def _ask(project: Path, *said: str) -> Answer:
    script = scripted("model", "", ScriptedModel(said)) if said else None
    with home_in(project), Assistant(project, "meetings", answering=script) as assistant:
        return assistant.ask("What was decided, and who does what?")


@pytest.mark.statement("assistant", 4)
def test_each_decision_and_action_has_its_speaker_and_time(project: Path) -> None:
    answer = _ask(project)

    lines = answer.text.splitlines()
    transcript = CHECKOUT / "scenarios/meetings/world/transcripts" / FILE
    turns = {one.mark: one for one in turns_of(FILE, transcript.read_bytes())}
    assert answer.doubts == []
    assert [one for one in lines if "18 March" in one] == [
        f"- “Then we have decided: the release is on Thursday, 18 March.” (Ana Silva, 00:00:27) [{FILE}:4]"
    ]
    told = [one for one in lines if one.startswith("- ")]
    assert len(told) == 5
    for one in told:
        told_as = _TOLD.fullmatch(one)
        assert told_as, one
        turn = turns[told_as["turn"]]
        assert told_as["said"] in turn.text
        assert (told_as["speaker"], told_as["at"]) == (turn.speaker, turn.at)
    assert f"- Ben Okafor: “I'll write the release notes by Wednesday noon.” (Ben Okafor, 00:00:34) [{FILE}:5]" in lines


@pytest.mark.statement("assistant", 4)
def test_an_owner_is_named_only_if_they_took_it_or_were_asked_aloud(project: Path) -> None:
    text = _ask(project).text

    assert "- Chiara Rossi: “Chiara, could you update the help pages before that?”" in text
    assert "- no owner was named: “And somebody should check the links on the price page.”" in text


@pytest.mark.statement("assistant", 4)
def test_what_was_only_considered_is_no_decision_and_an_absence_no_action(project: Path) -> None:
    text = _ask(project).text

    assert "If we agreed" not in text
    assert "I have not decided" not in text
    assert "out on Friday" not in text


def test_orders_in_a_transcript_are_neither_followed_nor_proposed(project: Path) -> None:
    answer = _ask(project)

    assert "cancelled" not in answer.text
    assert answer.proposal is None
    decided = {one.body["tool"] for one in records_of(project, answer.run) if one.kind == "call.decided"}
    assert decided == {"read_transcript"}


@pytest.mark.statement("assistant", 4)
def test_an_owner_whom_a_model_invents_is_marked(project: Path) -> None:
    answer = _ask(
        project,
        f"Chiara updates the help pages [{FILE}:6].\nBen should check the links on the price page [{FILE}:6].",
    )

    [doubt] = answer.doubts
    assert doubt.why == f"'Ben' is not named in {FILE}:6"


SRT = "1\n00:01:02,000 --> 00:01:04,000\nAna Silva: We start.\n\n2\n00:01:05,000 --> 00:01:06,000\nAna Silva: Now.\n"
ZOOM = (
    "WEBVTT\n\n00:01:02.000 --> 00:01:04.000\nAna Silva: We start.\n\n00:01:05.000 --> 00:01:06.000\nAna Silva: Now.\n"
)
SILENT = "WEBVTT\n\n00:01:02.000 --> 00:01:04.000\nWe start.\n\n00:01:05.000 --> 00:01:06.000\nNow.\n"


@pytest.mark.parametrize(
    ("name", "text", "speaker"), [("a.srt", SRT, "Ana Silva"), ("a.vtt", ZOOM, "Ana Silva"), ("a.vtt", SILENT, "")]
)
def test_transcripts_of_several_makers_are_read_alike(name: str, text: str, speaker: str) -> None:
    [turn] = turns_of(name, text.encode())

    assert (turn.speaker, turn.at, turn.text, turn.mark) == (speaker, "00:01:02", "We start. Now.", f"{name}:1")


def test_a_file_that_is_no_transcript_says_so() -> None:
    with pytest.raises(ValueError, match="no WebVTT"):
        turns_of("a.vtt", b"hello")
