"""What recruiting did is taken back; a run in doubt waits for a person; a changed prompt stops a replay."""

import json
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import deputy
from crews.catalogue import catalogue
from crews.undoing import undoing_of
from runtime.database import open_database
from runtime.errors import InDoubt, ReplayDiverged
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.records import Record
from testkit.projects import home_in, records_of
from tests.scenarios.recruiting import POSITION, Played, play, shipped, world_of
from tests.scenarios.test_recruiting_resume import carried_on, with_budget
from tools.backends.mail_maildir import MaildirMailbox


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL", "playbook")
        yield play(shipped(tmp_path_factory.mktemp("played") / "project"))


def deputy_says(project: Path, *args: str) -> Result:
    with home_in(project):
        return CliRunner().invoke(deputy, ["--project", str(project), *args])


def test_undo_shows_what_it_would_take_back_and_does_nothing_without_a_yes(played: Played) -> None:
    told = deputy_says(played.project, "undo", played.outcome.run)

    assert told.exit_code == 0
    assert told.output.count("send_cancellation: interview") == 12
    assert "stages only go forward" in told.output
    assert f"deputy undo {played.outcome.run} --yes" in " ".join(told.output.split())
    assert len(world_of(played.project).agenda.events()) == 4


@pytest.mark.statement("office", 12)
def test_undoing_the_schedule_takes_the_invitations_along_and_everything_agrees(played: Played) -> None:
    run = played.outcome.run
    told = deputy_says(played.project, "undo", run, "schedule", "--yes")
    assert told.exit_code == 3, "the fourth cancellation is one that the policy asks about"
    [asked] = [json.loads(line) for line in deputy_says(played.project, "approvals", "--json").output.splitlines()]
    told = deputy_says(played.project, "approve", asked["approval"])
    assert told.exit_code == 0, told.output

    world = world_of(played.project)
    cancelled = [one for one in world.mailbox.sent() if str(one["Subject"]).startswith("Cancelled")]
    assert (world.agenda.events(), world.ats.interviews(POSITION), len(cancelled)) == ([], [], 12)
    assert world.ats.candidates(POSITION, "interview") == []
    assert len(world.mailbox.drafts()) == 10, "another step's drafts stay"
    undo = records_of(played.project, asked["run"])
    assert (undo[0].body["wish"]["undoes"], undo[-1].kind) == (run, "run.done")
    assert not [one for one in undo if one.kind == "model.called"]
    assert "Nothing can be taken back." in deputy_says(played.project, "undo", run, "schedule").output


def test_an_unknown_step_is_named_with_those_there_are(played: Played) -> None:
    told = deputy_says(played.project, "undo", played.outcome.run, "shedule")
    assert told.exit_code == 2
    assert "has no step 'shedule'" in told.output


def ledger_of(project: Path) -> Ledger:
    with home_in(project):
        home = Home.here(project)
        return Ledger(open_database(home.ledger_url), home.ledger_key())


def cut_off(project: Path, run: str, tool: str) -> Record:
    """An effect that was begun and has no outcome, as a crash leaves it."""
    with closing(ledger_of(project)) as ledger:
        done = next(one for one in ledger.records(run) if one.kind == "tool.done" and one.body["tool"] == tool)
        body = {name: done.body[name] for name in ("step", "role", "tool", "effect", "args")}
        key = {"hash": "cut off", "nth": 1}
        return ledger.append(run, "tool.intended", {**body, "call": "screen-99", "key": key})


def test_what_is_in_doubt_is_not_undone_but_settled_by_a_person(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    with_budget(project, 9)
    run = play(project).outcome.run
    body = cut_off(project, run, "record_candidate").body
    with closing(ledger_of(project)) as ledger:
        kept = undoing_of(ledger, run, "", catalogue()).kept
        ledger.append(run, "tool.unknown", {**body, "reason": "a test says so"})
    assert ("screen-99", "whether it happened is not known; settle it first") in [
        (one.call, one.reason) for one in kept
    ]

    assert "screen-99" in deputy_says(project, "settle", run).output
    told = deputy_says(project, "settle", run, "screen-99", "--skip", "-m", "it is old", "--later")
    assert told.exit_code == 0, told.output
    [settled] = [one.body for one in records_of(project, run) if one.kind == "tool.settled"]
    assert (settled["verdict"], settled["reason"], settled["by"][:5]) == ("skip", "it is old", "user:")
    assert "Nothing is in doubt" in deputy_says(project, "settle", run).output
    assert deputy_says(project, "settle", run, "screen-98", "--done").exit_code == 2


def test_a_mail_that_may_have_left_stops_its_step_until_a_person_has_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = shipped(tmp_path / "project")
    send, silent = MaildirMailbox.send, [True]

    def cut_off_once(self: MaildirMailbox, message: EmailMessage) -> bool:
        if silent and str(message["To"]).endswith("@letterbox.example>"):
            silent.clear()
            raise InDoubt("the server fell silent")
        return send(self, message)

    monkeypatch.setattr(MaildirMailbox, "send", cut_off_once)
    waiting = play(project)
    assert (waiting.outcome.state, waiting.outcome.exit_code) == ("waiting", 3)
    assert "whether 'send_invitation' (call invite-" in waiting.outcome.summary
    [unknown] = waiting.only("tool.unknown")
    assert waiting.only("step.done")[-1]["step"] in ("decline", "schedule"), "steps that need it not went on"

    told = deputy_says(project, "settle", waiting.outcome.run, unknown["call"], "--redo", "-m", "no trace of it")
    assert told.exit_code == 0, told.output
    assert len(world_of(project).mailbox.sent()) == 12
    records = records_of(project, waiting.outcome.run)
    assert len([one for one in records if one.kind == "tool.intended" and one.body["call"] == unknown["call"]]) == 2


def test_a_changed_prompt_stops_the_replay_with_its_first_difference(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    with_budget(project, 9)
    run = play(project).outcome.run
    with_budget(project, 300)
    cards = project / "config" / "agents.yaml"
    cards.write_text(
        cards.read_text().replace("You compare", "You carefully compare", 1).replace("goal: ", "goal: Now, ", 2)
    )

    with pytest.raises(Exception, match="another configuration"):
        carried_on(project)

    told = carried_on(project, accept_drift=True)
    drifted = [one.body for one in records_of(project, run) if one.kind == "replay.diverged"]
    assert told.exit_code == 0
    assert [one["accepted"] for one in drifted] == [True] * len(drifted)
    assert any("Now, " in line for one in drifted for line in one["diff"])
    done = [one.body for one in records_of(project, run) if one.kind == "tool.done" and one.body["effect"] != "read"]
    identities = [
        (one["tool"], json.dumps(one["args"].get("file"))) for one in done if one["tool"] == "record_candidate"
    ]
    assert len(identities) == len(set(identities)), "an effect was made twice"


def test_code_that_asks_otherwise_stops_a_replay_until_a_person_accepts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = shipped(tmp_path / "project")
    with_budget(project, 9)
    run = play(project).outcome.run
    with_budget(project, 300)
    monkeypatch.setattr("crews.builder.STEP_MARK", "STEP: ")  # as another version of the code would

    stopped = carried_on(project)
    assert isinstance(stopped.error, ReplayDiverged)
    assert (stopped.state, stopped.exit_code) == ("failed", 4)
    assert "asks something else than the run has recorded: message" in stopped.error.problem
    assert f"deputy resume {run} --accept-drift" in stopped.error.remedy
    [drifted] = [one.body for one in records_of(project, run) if one.kind == "replay.diverged"]
    assert (drifted["accepted"], drifted["diff"][-1][:2]) == (False, "+ ")
