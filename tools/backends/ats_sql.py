"""Applicant records in a SQL database: SQLite by default, PostgreSQL by URL, the same code for both."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from runtime.clock import Clock, SystemClock, stamp
from runtime.database import make_tables, read, write
from runtime.errors import CannotWork, UsageError
from tools.backends.ats_tables import (
    CANDIDATE,
    INTERVIEW,
    MERGE,
    METADATA,
    POSITION,
    SCORE,
    STAGE_CHANGE,
    Candidate,
    Interview,
    Position,
    Row,
    Score,
    accept,
    stored,
)
from tools.stages import moves


class SqlAts:
    """Applicant records behind `engine`. Every write is an upsert that says whether it changed anything.

    Safe for several threads and processes: a row is inserted or locked before it is compared, so that of two writers
    with the same news exactly one hears True.
    """

    def __init__(self, engine: Engine, clock: Clock | None = None) -> None:
        self._engine = engine
        self._clock = clock or SystemClock()
        make_tables(engine, METADATA)

    def put_position(self, position: Mapping[str, Any]) -> bool:
        """Store the position `position`; see `Position` for its fields."""
        with write(self._engine) as connection:
            return _upsert(connection, POSITION, accept(Position, position), key="position")

    def positions(self) -> list[dict[str, Any]]:
        """Every position, also closed and confidential ones, by `position`."""
        with read(self._engine) as connection:
            query = select(POSITION).order_by(POSITION.c.position)
            return [dict(row) for row in connection.execute(query).mappings()]

    def put_candidate(self, candidate: Mapping[str, Any]) -> bool:
        """Store the candidate `id`; see `Candidate` for its fields. Never changes the stage of one already stored."""
        with write(self._engine) as connection:
            return _upsert(connection, CANDIDATE, accept(Candidate, candidate), only_new=("stage",))

    def candidates(self, position: str, stage: str | None = None) -> list[dict[str, Any]]:
        """The position's candidates by id, with `scores`, `total` (None without any score) and `known`.

        `total` is the sum of the points, `known` the sum of what could be had for the criteria that are not unknown.
        """
        query = select(CANDIDATE).where(CANDIDATE.c.position == position).order_by(CANDIDATE.c.id)
        if stage:
            query = query.where(CANDIDATE.c.stage == stage)
        with read(self._engine) as connection:
            people = [dict(row) for row in connection.execute(query).mappings()]
            scores = _scores(connection, [person["id"] for person in people])
        return [_with_scores(person, scores.get(person["id"], [])) for person in people]

    def candidate(self, candidate_id: str) -> dict[str, Any] | None:
        """One candidate as in `candidates`, or None."""
        with read(self._engine) as connection:
            row = connection.execute(select(CANDIDATE).where(CANDIDATE.c.id == candidate_id)).mappings().one_or_none()
            return _with_scores(dict(row), _scores(connection, [candidate_id]).get(candidate_id, [])) if row else None

    def put_scores(self, candidate_id: str, scores: Iterable[Mapping[str, Any]]) -> bool:
        """Make `scores` the candidate's scores, all of them: a criterion that is not among them is forgotten."""
        rows = [accept(Score, score) for score in scores]
        if len({row.criterion for row in rows}) < len(rows):
            raise UsageError(f"candidate '{candidate_id}' has two scores for one criterion")
        with write(self._engine) as connection:
            _locked(connection, candidate_id)
            fresh = sorted(
                ({"candidate": candidate_id, **stored(row)} for row in rows), key=lambda row: row["criterion"]
            )
            held = select(SCORE).where(SCORE.c.candidate == candidate_id).order_by(SCORE.c.criterion)
            if [dict(row) for row in connection.execute(held).mappings()] == fresh:
                return False
            connection.execute(delete(SCORE).where(SCORE.c.candidate == candidate_id))
            if fresh:
                connection.execute(insert(SCORE), fresh)
            return True

    def move(self, candidate_id: str, stage: str) -> bool:
        """Move along the allowed stages and keep the move; False if the candidate is there. See `tools.stages`."""
        with write(self._engine) as connection:
            current = _locked(connection, candidate_id)["stage"]
            if not moves(candidate_id, current, stage):
                return False
            connection.execute(update(CANDIDATE).where(CANDIDATE.c.id == candidate_id).values(stage=stage))
            change = {"candidate": candidate_id, "at": stamp(self._clock.now()), "before": current, "after": stage}
            connection.execute(insert(STAGE_CHANGE), change)
            return True

    def history(self, candidate_id: str) -> list[dict[str, Any]]:
        """The candidate's moves in order: {at, before, after}."""
        columns = (STAGE_CHANGE.c.at, STAGE_CHANGE.c.before, STAGE_CHANGE.c.after)
        query = select(*columns).where(STAGE_CHANGE.c.candidate == candidate_id).order_by(STAGE_CHANGE.c.n)
        with read(self._engine) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def put_interview(self, interview: Mapping[str, Any]) -> bool:
        """Store the interview `uid`; see `Interview` for its fields. Times may be aware datetimes or ISO 8601."""
        row = accept(Interview, interview)
        with write(self._engine) as connection:
            _locked(connection, row.candidate)
            return _upsert(connection, INTERVIEW, row, key="uid")

    def interviews(self, position: str) -> list[dict[str, Any]]:
        """The position's interviews by start; times in UTC as ISO 8601."""
        query = select(INTERVIEW).where(INTERVIEW.c.position == position).order_by(INTERVIEW.c.start, INTERVIEW.c.uid)
        with read(self._engine) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def forget_interview(self, uid: str) -> bool:
        """Remove the interview `uid`; False if it is not there."""
        with write(self._engine) as connection:
            return bool(connection.execute(delete(INTERVIEW).where(INTERVIEW.c.uid == uid)).rowcount)

    def withdraw_merge(self, first: str, second: str) -> bool:
        """Take the proposal back, in either order of the two; False if it is not there."""
        least, most = sorted((first, second))
        this = (MERGE.c.first == least) & (MERGE.c.second == most)
        with write(self._engine) as connection:
            return bool(connection.execute(delete(MERGE).where(this)).rowcount)

    def propose_merge(self, first: str, second: str, reason: str) -> bool:
        """Keep that two candidates may be one person, for a person to decide. The first reason given stays."""
        if first == second:
            raise CannotWork(f"candidate '{first}' cannot be merged with itself", remedy="name two candidates")
        pair = dict(zip(("first", "second"), sorted((first, second)), strict=True))
        row = {**pair, "reason": reason.replace("\0", ""), "at": stamp(self._clock.now())}
        with write(self._engine) as connection:
            for candidate_id in pair.values():
                _locked(connection, candidate_id)
            return _inserted(connection, MERGE, row)

    def merges(self) -> list[dict[str, Any]]:
        """Every proposal: {first, second, reason, at}."""
        with read(self._engine) as connection:
            return [
                dict(row)
                for row in connection.execute(select(MERGE).order_by(MERGE.c.first, MERGE.c.second)).mappings()
            ]

    def erase(self, candidate_ids: Iterable[str], *, dry_run: bool = False) -> int:
        """Remove the candidates with all that belongs to them; how many of them there are."""
        gone = list(candidate_ids)
        with read(self._engine) as connection:
            found = len(connection.execute(select(CANDIDATE.c.id).where(CANDIDATE.c.id.in_(gone))).all())
        if dry_run or not found:
            return found
        pairs = MERGE.c.first.in_(gone) | MERGE.c.second.in_(gone)
        with write(self._engine) as connection:
            connection.execute(delete(MERGE).where(pairs))
            for table in (SCORE, INTERVIEW, STAGE_CHANGE):
                connection.execute(delete(table).where(table.c.candidate.in_(gone)))
            connection.execute(delete(CANDIDATE).where(CANDIDATE.c.id.in_(gone)))
        return found


def _inserted(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert unless the key is there. On PostgreSQL this waits for another writer of the same key."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = make(table).values(values).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(row).first() is not None


def _upsert(connection: Connection, table: Table, row: Row, *, key: str = "id", only_new: tuple[str, ...] = ()) -> bool:
    if _inserted(connection, table, stored(row)):
        return True
    fresh = {name: value for name, value in stored(row, given_only=True).items() if name not in only_new}
    this = table.c[key] == fresh[key]
    held = connection.execute(select(table).where(this).with_for_update()).mappings().one()
    changed = {name: value for name, value in fresh.items() if held[name] != value}
    if changed:
        connection.execute(update(table).where(this).values(changed))
    return bool(changed)


def _locked(connection: Connection, candidate_id: str) -> Mapping[str, Any]:
    query = select(CANDIDATE).where(CANDIDATE.c.id == candidate_id).with_for_update()
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise CannotWork(f"the records hold no candidate '{candidate_id}'", remedy="take an id from list_candidates")
    return dict(row)


def _scores(connection: Connection, candidate_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    query = select(SCORE).where(SCORE.c.candidate.in_(candidate_ids)).order_by(SCORE.c.criterion)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(query).mappings():
        score = dict(row)
        score |= {"points": _number(row["points"]), "max": _number(row["max"])}
        found.setdefault(score.pop("candidate"), []).append(score)
    return found


def _with_scores(person: dict[str, Any], scores: list[dict[str, Any]]) -> dict[str, Any]:
    known = [score for score in scores if score["points"] is not None]
    total = _number(sum(score["points"] for score in known)) if known else None
    return {**person, "scores": scores, "total": total, "known": _number(sum(score["max"] for score in known))}


def _number(value: float | None) -> float | int | None:
    """`value` as a whole number where it is one, so that 8 points read as 8."""
    return int(value) if value is not None and value == int(value) else value
