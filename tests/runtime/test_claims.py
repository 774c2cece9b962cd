"""One worker at a time: claims, fences, leases, whose turn it is; the same on SQLite and on PostgreSQL."""

import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import update

from runtime.claims import Claim, Heartbeat, claim, claim_next, free, free_all_of, look, renew
from runtime.database import open_database, write
from runtime.errors import RunStopped, TakenOver
from runtime.ledger import Ledger
from runtime.limits import Limits
from runtime.tables import WORK
from runtime.work import AlreadyStarted, Ticket, ask_to_cancel, due_runs, enter, moment, note_of, rest, ring, run_of_key

KEY = b"k" * 32


@pytest.fixture(params=["sqlite", "postgres"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").database()
    else:
        url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    made = Ledger(open_database(url), KEY)
    yield made
    made.close()


def begin(ledger: Ledger, run: str, ticket: Ticket | None = None) -> None:
    """A run that is due now."""
    ledger.append(
        run,
        "run.started",
        {"goal": run},
        within=lambda connection: enter(connection, run, ticket or Ticket(), due=moment(connection)),
    )


def claimed(ledger: Ledger, run: str, worker: str) -> Claim:
    made = claim(ledger.engine, run, worker)
    assert isinstance(made, Claim)
    return made


def expire(ledger: Ledger, run: str) -> None:
    """Let the lease be over, as if time had passed."""
    with write(ledger.engine) as connection:
        connection.execute(update(WORK).where(WORK.c.run == run).values(due=moment(connection) - 1))


def test_a_run_is_carried_on_by_one_worker_until_it_is_given_back(ledger: Ledger) -> None:
    begin(ledger, "r1")
    first = claimed(ledger, "r1", "w1")

    assert claim(ledger.engine, "r1", "w2") == "w1"
    assert claim_next(ledger.engine, "w2") is None
    free(ledger.engine, first)
    second = claim_next(ledger.engine, "w2")

    assert second is not None
    assert (second.run, second.fence, second.lost) == ("r1", 2, 0)


def test_a_zombie_writes_nothing_after_its_run_was_taken_over(ledger: Ledger) -> None:
    begin(ledger, "r1")
    frozen = claimed(ledger, "r1", "w1")
    ledger.hold("r1", frozen.fence)
    ledger.append("r1", "step.started", {"step": "a"})
    expire(ledger, "r1")
    other = claim_next(ledger.engine, "w2")

    with pytest.raises(RunStopped) as stopped:
        ledger.append("r1", "tool.intended", {"step": "a"})

    assert isinstance(stopped.value.cause, TakenOver)
    assert other is not None
    assert other.lost == 1
    assert not renew(ledger.engine, frozen)
    free(ledger.engine, frozen)  # must not give back what is not its own
    assert look(ledger.engine, other).stands
    assert [one.kind for one in ledger.records("r1")] == ["run.started", "step.started"]
    assert ledger.verify("r1") == 2


def test_what_nobody_claimed_can_be_written_by_anybody(ledger: Ledger) -> None:
    begin(ledger, "r1")
    claimed(ledger, "r1", "w1")

    ledger.append("r1", "approval.answered", {"approval": "a"})

    assert len(ledger.records("r1")) == 2


def test_a_ring_during_a_segment_is_not_lost(ledger: Ledger) -> None:
    begin(ledger, "r1")
    claimed(ledger, "r1", "w1")
    with write(ledger.engine) as connection:
        ring(connection, "r1")
    assert claim_next(ledger.engine, "w2") is None
    with write(ledger.engine) as connection:
        rest(connection, "r1", until=None)

    assert due_runs(ledger.engine) == ["r1"]


def test_a_run_that_rests_is_due_at_its_time_or_when_it_is_rung(ledger: Ledger) -> None:
    begin(ledger, "r1")
    claimed(ledger, "r1", "w1")
    with write(ledger.engine) as connection:
        rest(connection, "r1", until=moment(connection) + 3600)
    assert claim_next(ledger.engine, "w2") is None
    expire(ledger, "r1")
    assert due_runs(ledger.engine) == ["r1"]

    claimed(ledger, "r1", "w1")
    with write(ledger.engine) as connection:
        rest(connection, "r1", until=None)
    for _ in range(3):
        with write(ledger.engine) as connection:
            ring(connection, "r1")

    assert due_runs(ledger.engine) == ["r1"]
    assert claim_next(ledger.engine, "w2") is not None
    assert claim_next(ledger.engine, "w3") is None


def test_what_a_dead_worker_held_is_due_at_once_and_the_loss_is_counted(ledger: Ledger) -> None:
    for run in ("r1", "r2"):
        begin(ledger, run)
        claimed(ledger, run, "dead")

    assert sorted(free_all_of(ledger.engine, "dead")) == ["r1", "r2"]
    note = note_of(ledger.engine, "r1")
    assert note is not None
    assert (note.worker, note.lost) == ("", 1)
    assert sorted(due_runs(ledger.engine)) == ["r1", "r2"]


def test_two_hundred_starts_with_one_key_are_one_run(ledger: Ledger) -> None:
    found: list[str] = []

    def start(number: int) -> None:
        try:
            begin(ledger, f"r{number}", Ticket(key="order 4711"))
            found.append(f"r{number}")
        except AlreadyStarted as other:
            found.append(other.run)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(200)]
    for batch in range(0, 200, 10):
        for one in threads[batch : batch + 10]:
            one.start()
        for one in threads[batch : batch + 10]:
            one.join()

    assert len(found) == 200
    assert len(set(found)) == 1
    assert [head.run for head in ledger.runs(1000)] == found[:1]
    assert run_of_key(ledger.engine, "order 4711") == found[0]


def test_tenants_take_turns_and_only_within_one_does_urgency_count(ledger: Ledger) -> None:
    for number in range(4):
        begin(ledger, f"a{number}", Ticket(tenant="a", priority=9 if number == 3 else 5))
    for number in range(2):
        begin(ledger, f"b{number}", Ticket(tenant="b"))

    order = []
    for _ in range(6):
        made = claim_next(ledger.engine, "w1")
        assert made is not None
        order.append(made.run)
        ledger.append(made.run, "run.done", {}, within=partial(rest, run=made.run, until=None))

    assert order == ["a3", "b0", "a0", "b1", "a1", "a2"]


def test_no_more_runs_of_a_tenant_or_a_crew_than_the_limits_allow(ledger: Ledger) -> None:
    for number in range(3):
        begin(ledger, f"a{number}", Ticket(tenant="a", crew="desk"))
        begin(ledger, f"b{number}", Ticket(tenant="b", crew="lab" if number else "desk"))
    limits = Limits(per_tenant=3, tenants={"a": 2}, crews={"desk": 2})

    made = [claim_next(ledger.engine, f"w{number}", limits=limits) for number in range(6)]

    crews = Counter(one.run[0] for one in made if one)
    held = [one.run for one in made if one]
    assert crews["a"] <= 2
    assert len({*held} & {"a0", "a1", "a2", "b0"}) == 2
    assert {"b1", "b2"} <= {*held}


def test_eight_workers_at_once_claim_each_run_exactly_once(ledger: Ledger) -> None:
    for number in range(24):
        begin(ledger, f"r{number:02}")
    got: list[str] = []

    def work(worker: str) -> None:
        while made := claim_next(ledger.engine, worker):
            got.append(made.run)

    workers = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(8)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert sorted(got) == [f"r{number:02}" for number in range(24)]


def test_the_heartbeat_keeps_a_claim_and_says_when_it_is_lost_or_cancelled(ledger: Ledger) -> None:
    for run, end in (("r1", "cancelled"), ("r2", "lost")):
        begin(ledger, run)
        held = claim(ledger.engine, run, "w1", 1.0)
        assert isinstance(held, Claim)
        heard: list[tuple[str, str]] = []
        told = threading.Event()

        def on_end(how: str, by: str, heard: list[tuple[str, str]] = heard, told: threading.Event = told) -> None:
            heard.append((how, by))
            told.set()

        beat = Heartbeat(ledger.engine, held, on_end)
        before = note_of(ledger.engine, run)
        if end == "cancelled":
            assert ask_to_cancel(ledger.engine, run, "user:ana")
        else:
            expire(ledger, run)
            assert claim_next(ledger.engine, "w2") is not None
        assert told.wait(10)
        beat.stop()

        assert before is not None
        assert heard == [(end, "user:ana" if end == "cancelled" else "")]


def test_an_earlier_ledger_gets_what_claims_need(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    first = Ledger(open_database(url), KEY)
    first.append("r1", "run.started", {"goal": "before there were fences"})
    with write(first.engine) as connection:
        connection.exec_driver_sql("ALTER TABLE head DROP COLUMN fence")
        connection.exec_driver_sql("DROP TABLE work")
    first.close()

    again = Ledger(open_database(url), KEY)

    assert claimed(again, "r1", "w1").fence == 1
    assert again.verify("r1") == 1
    again.close()
