"""Runs in the queue: started once per key, answered by two people at once, waiting for a time, replayed from a step."""

import threading
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from agents.chat import Request
from crews.answering import Answering, scripted
from crews.answers import answer, pending
from crews.queueing import enqueue
from crews.replay import prepare_replay
from crews.runner import resume
from crews.segment import ledger_of, segment
from crews.wish import Outcome, Wish
from runtime.claims import claim_next
from runtime.database import write
from runtime.errors import Unanswered, UsageError
from runtime.records import Record
from runtime.tables import WORK
from runtime.work import due_runs, note_of
from testkit.crashscenes import WISH, Recruiting
from testkit.projects import make_project
from testkit.scripted import Answer, ScriptedModel, call

AGENTS = """
clerk: {role: Clerk, goal: Say what is open., backstory: You look it up., tools: [list_positions, wait_until]}
"""
LOOK = "look: {description: Look., expected_output: Titles., role: clerk, tools: {%s: 2}}\n"
TELL = "tell: {description: Tell., expected_output: A line., role: clerk, tools: {}, context: [look]}\n"
CREW = "desk: {process: sequential, agents: [clerk], tasks: [look, tell]}\n"
ASKS = """
budget: {model_calls: 300, tool_calls: 500, usd: 5, minutes: 60}
rules:
  - {id: looks.asked, tools: [list_positions], verdict: ask, reason: somebody should know}
"""
WANTED = Wish(goal="What is open?", crew="desk")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = make_project(
        tmp_path / "own", agents=AGENTS, tasks=LOOK % "list_positions" + TELL, crews=CREW, policies=ASKS
    )
    monkeypatch.setenv("DEPUTY_HOME", str(made / "var"))
    return made


def clerk(**args: object) -> Answering:
    """Looks once with the one tool it has, then answers."""

    def reply(request: Request) -> Answer:
        offered = [tool["function"]["name"] for tool in request.tools]
        if not offered or any(one["role"] == "tool" for one in request.messages):
            return "Nothing is open."
        return [call(offered[0], **args)]

    return scripted("model", "a test's script", ScriptedModel(reply))


def queued(project: Path, answering: Answering, key: str | None = None) -> str:
    from crews.opening import open_run
    from runtime.work import Ticket

    with closing(open_run(project, WANTED, ticket=Ticket(key=key), queued=True, answering=answering)) as opened:
        return opened.run


def moved(project: Path, answering: Answering, worker: str = "w1") -> Outcome | None:
    """One segment of whatever is due; None if nothing is."""
    with closing(ledger_of(project)) as ledger:
        held = claim_next(ledger.engine, worker)
    return segment(project, held, answering=answering) if held else None


def records(project: Path, run: str) -> list[Record]:
    with closing(ledger_of(project)) as ledger:
        ledger.verify(run)
        return ledger.records(run)


def test_a_queued_run_waits_for_a_person_and_moves_once_when_it_is_answered(project: Path) -> None:
    runs = [queued(project, clerk()) for _ in range(4)]
    outcomes = [moved(project, clerk()) for _ in range(4)]
    assert [one.state for one in outcomes if one] == ["waiting"] * 4
    assert moved(project, clerk()) is None

    asked = [one.asked.approval for one in pending(project)]
    assert len(asked) == 4

    def person(name: str) -> None:
        for approval in asked:
            try:
                answer(project, approval, "approved", by=name)
            except UsageError:
                assert approval in asked  # the other person was faster

    people = [threading.Thread(target=person, args=(name,)) for name in ("user:ana", "user:ben")]
    for one in people:
        one.start()
    for one in people:
        one.join()
    ends = []
    while (outcome := moved(project, clerk())) is not None:
        ends.append((outcome.run, outcome.state))

    assert Counter(ends) == Counter((run, "done") for run in runs)
    for run in runs:
        kinds = Counter(one.kind for one in records(project, run))
        assert (kinds["tool.done"], kinds["approval.used"], kinds["run.done"]) == (1, 1, 1)


def test_a_question_that_nobody_answers_in_time_lets_the_run_go_on_without_the_call(project: Path) -> None:
    run = queued(project, clerk())
    moved(project, clerk())
    with closing(ledger_of(project)) as ledger:
        note = note_of(ledger.engine, run)
        assert note is not None
        assert note.due is not None
        until = datetime.fromtimestamp(note.due, UTC) - datetime.now(UTC)
        assert due_runs(ledger.engine) == []

    assert timedelta(hours=23) < until <= timedelta(hours=24)
    assert [one.body["until"] for one in records(project, run) if one.kind == "run.waiting"]


def test_a_run_waits_until_a_time_and_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_project(tmp_path / "own", agents=AGENTS, tasks=LOOK % "wait_until" + TELL, crews=CREW)
    monkeypatch.setenv("DEPUTY_HOME", str(made / "var"))
    at = datetime.now(UTC) + timedelta(hours=2)
    script = clerk(time=at.isoformat())
    run = queued(made, script)

    waiting = moved(made, script)
    assert waiting is not None
    assert (waiting.state, waiting.exit_code) == ("waiting", 3)
    assert moved(made, script) is None
    with closing(ledger_of(made)) as ledger:
        note = note_of(ledger.engine, run)
        assert note is not None
        assert note.worker == ""
        assert note.due is not None
        assert abs(note.due - at.timestamp()) < 0.01
        with write(ledger.engine) as connection:
            connection.execute(update(WORK).values(due=0.0))
    monkeypatch.setattr("tools.waiting.SystemClock", lambda: Later(at))
    done = moved(made, script)

    assert done is not None
    assert done.state == "done"
    [waited] = [one.body["result"] for one in records(made, run) if one.kind == "tool.done"]
    assert waited == {"waited_until": at.isoformat()}


class Later:
    """A clock that is two hours on."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at


def test_a_run_that_takes_its_workers_down_fails_instead_of_going_round_for_ever(project: Path) -> None:
    run = queued(project, clerk())
    for number in range(6):
        with closing(ledger_of(project)) as ledger:
            held = claim_next(ledger.engine, f"w{number}")
            assert held is not None
            with write(ledger.engine) as connection:  # it went away, and its lease is over
                connection.execute(update(WORK).values(due=0.0))
    assert held is not None
    assert segment(project, held) is None

    last = records(project, run)[-1]
    assert last.kind == "run.failed"
    assert "took down 5 workers in a row" in last.body["error"]


def test_a_run_whose_systems_do_not_answer_is_put_off_and_fails_with_their_words_in_the_end(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resume(*_given: object, **_more: object) -> None:
        raise Unanswered("no CalDAV server answers at http://there/", remedy="start it")

    monkeypatch.setattr("crews.segment.resume", resume)
    run, ends = queued(project, clerk()), []
    for _ in range(5):
        with closing(ledger_of(project)) as ledger, write(ledger.engine) as connection:  # its time has come
            connection.execute(update(WORK).values(due=0.0))
        assert moved(project, clerk()) is None
        ends.append(records(project, run)[-1])

    assert ["failed" in one.kind for one in ends] == [False] * 4 + [True]
    assert ends[-1].body["error"] == "no CalDAV server answers at http://there/"
    assert ends[-1].body["remedy"] == "start it"


def test_a_run_whose_configuration_has_changed_fails_and_says_so(project: Path) -> None:
    run = queued(project, clerk())
    (project / "config" / "agents.yaml").write_text(AGENTS.replace("Say what is open.", "Say it."))

    assert moved(project, clerk()) is None
    assert "began with another configuration" in records(project, run)[-1].body["error"]


def test_two_hundred_starts_under_one_key_at_once_are_one_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "nobody asks it here")
    found: list[str] = []

    def start() -> None:
        for _ in range(20):
            found.append(enqueue(project, Wish(goal="What is open?", crew="desk", model="openai/x"), key="post 1").run)

    starters = [threading.Thread(target=start) for _ in range(10)]
    for one in starters:
        one.start()
    for one in starters:
        one.join()

    assert (len(found), len(set(found))) == (200, 1)
    with closing(ledger_of(project)) as ledger:
        assert [head.run for head in ledger.runs(300)] == found[:1]


def test_a_replay_goes_by_the_records_before_its_step_and_does_the_rest_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Recruiting(tmp_path, resumes=2)
    for name, value in scene.fresh().environ.items():
        monkeypatch.setenv(name, value)
    first = enqueue(scene.project, WISH).run
    with closing(ledger_of(scene.project)) as ledger:
        held = claim_next(ledger.engine, "w1")
    assert held is not None
    segment(scene.project, held)
    before, effects = records(scene.project, first), scene.effects()
    steps = [one.body["step"] for one in before if one.kind == "step.started"]

    held = prepare_replay(scene.project, first, steps[-1], by="user:ana")
    outcome = resume(scene.project, held.run, by="user:ana", held=held)

    after = records(scene.project, outcome.run)
    fresh = [one for one in after if "copied" not in one.body]
    assert (outcome.state, outcome.run != first) == ("done", True)
    assert {one.body["step"] for one in fresh if one.kind in ("model.called", "tool.done")} == {steps[-1]}
    assert after[0].body["replays"] == {"run": first, "step": steps[-1]}
    assert scene.effects() == effects
    with pytest.raises(UsageError, match="no step 'nonsense'"):
        prepare_replay(scene.project, first, "nonsense", by="user:ana")
