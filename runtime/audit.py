"""Verifying a ledger: every chain walked, every head compared, and all of it held against the checkpoints.

Records are read as they come, so that memory does not grow with them; what is kept per run is one line of a checkpoint.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from sqlalchemy import Engine

from runtime import census
from runtime.chain import Findings, Head, Keys, Row, Signed, Walk
from runtime.checkpoints import Checkpoint
from runtime.database import DATABASE_ERRORS
from runtime.errors import LedgerError
from runtime.tables import head_of, rows, runs_without_records, snapshot

Watch = Callable[[Row], None]
Ended = Callable[[Head], None]


def verify(
    engine: Engine,
    keys: Keys | None,
    run: str | None = None,
    checkpoints: Iterable[Checkpoint] = (),
    *,
    watch: Watch | None = None,
    ended: Ended | None = None,
) -> Findings:
    """What a walk along all chains (or one run's) finds. Without keys, only checkpoints can tell what was written.

    `watch` is given each record after it was walked, `ended` each run's head after its last record.
    """
    try:
        with snapshot(engine) as connection:
            found = held_against(
                rows(connection, run), partial(head_of, connection), keys, checkpoints, run, watch=watch, ended=ended
            )
            for lost in runs_without_records(connection, run):
                found.add("lost", lost, 0, "the run has a head, and its records are not there")
            if keys and run is None:
                census.compare(connection, keys, found)
    except DATABASE_ERRORS as error:
        first = str(error).splitlines()[0]
        raise LedgerError(f"the ledger cannot be read: {first}", remedy="restore the ledger from a copy") from error
    return found


def held_against(
    records: Iterator[Row],
    head: Callable[[str], Head | None],
    keys: Keys | None,
    checkpoints: Iterable[Checkpoint],
    only: str | None = None,
    *,
    watch: Watch | None = None,
    ended: Ended | None = None,
) -> Findings:
    """The same over records from anywhere, which must come in order of run and number."""
    found, expected = Findings(), _Expected.of(checkpoints, only)
    for run, group in groupby(records, key=lambda row: row.run):
        walk = Walk(run, keys, expected.signed(run), found)
        for row in group:
            walk.take(row)
            if watch:
                watch(row)
        there = head(run) if isinstance(run, str) else None
        walk.end(there)
        if ended and there:
            ended(there)
    expected.compare(found)
    return found


@dataclass
class _Expected:
    """What the checkpoints saw, by run and record number; what of it was found again is noted by checkpoint."""

    digests: dict[str, dict[int, str]] = field(default_factory=dict)
    numbers: dict[tuple[str, int], int] = field(default_factory=dict)
    stamps: dict[int, str] = field(default_factory=dict)
    met: dict[tuple[str, int], bool] = field(default_factory=dict)
    walked: set[str] = field(default_factory=set)
    floor: int = 0

    @classmethod
    def of(cls, checkpoints: Iterable[Checkpoint], only: str | None) -> "_Expected":
        """What `checkpoints` saw, or what they saw of one run."""
        expected = cls()
        for one in checkpoints:
            expected.floor = one.key
            expected.stamps[one.number] = one.at
            for mark in one.runs:
                if only in (None, mark.run):
                    expected.digests.setdefault(mark.run, {})[mark.seq] = mark.digest
                    expected.numbers[mark.run, mark.seq] = one.number
        return expected

    def signed(self, run: str) -> Signed:
        """What they saw of one run, which is walked now."""
        if run in self.digests:
            self.walked.add(run)

        def seen(seq: int, same: bool) -> None:
            self.met[run, seq] = same

        return Signed(self.digests.get(run, {}), self.floor, seen)

    def compare(self, found: Findings) -> None:
        """Add what checkpoints saw and the walk did not."""
        for (run, seq), number in self.numbers.items():
            at = f"checkpoint {number} of {self.stamps[number]}"
            if self.met.get((run, seq)) is False:
                found.add("checkpoint", run, seq, f"record {seq} is not what {at} signed")
            elif (run, seq) not in self.met:
                if run not in self.walked:
                    found.add("missing", run, 0, f"the run is not there; {at} saw {seq} records of it")
                else:
                    found.add("truncated", run, seq, f"record {seq}, which {at} saw, is not there")
        self._older(found)

    def _older(self, found: Findings) -> None:
        """If nothing is there that was signed after the first thing missing, the ledger as a whole is a former one."""
        absent = {number for mark, number in self.numbers.items() if mark not in self.met}
        if not absent:
            return
        first, last = min(absent), max(self.stamps)
        if all(number <= first for mark, number in self.numbers.items() if mark in self.met):
            text = f"the ledger is older than checkpoint {first} of {self.stamps[first]}"
            more = f" (the newest is {last} of {self.stamps[last]})" if last > first else ""
            found.add("older", "", 0, f"{text}{more}: an old copy was restored, or its end was cut off")
