"""The local forge's papers: pull requests, reviews, comments, verdicts, issues, read and written in its tables."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from runtime.clock import Clock, stamp
from runtime.database import Engine, make_tables, read, write
from tools.backends.cell import Ended
from tools.backends.forge import Check, Comment, PipelineRun, Review, Verdict
from tools.backends.forge_tables import COMMENT, ISSUE, METADATA, PIPELINE, PULL, REVIEW, VERDICT

Row = Mapping[str, Any]


class Desk:
    """The tables of all local repositories. Safe to use from several threads and processes."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        make_tables(engine, METADATA)

    def pull(self, repository: str, number: int) -> Row:
        """One pull request's row. KeyError if there is none."""
        found = self._rows(PULL, repository=repository, number=number)
        if not found:
            raise KeyError(f"{repository}#{number}")
        return found[0]

    def pulls(self, repository: str, **where: str) -> list[Row]:
        """The rows of pull requests, by number."""
        return sorted(self._rows(PULL, repository=repository, **where), key=lambda row: int(row["number"]))

    def add_pull(self, repository: str, key: str, **fields: str) -> None:
        """A new pull request for a task, unless there is one."""
        with write(self._engine) as connection:
            if _first(connection, PULL, repository=repository, key=key) is None:
                number = _next(connection, PULL, repository)
                row = {"state": "open", "merged": "", "labels": "[]", **fields}
                connection.execute(insert(PULL).values(repository=repository, number=number, key=key, **row))

    def set_pull(self, repository: str, number: int, **fields: str) -> None:
        """Change a pull request's row."""
        where = _where(PULL, {"repository": repository, "number": number})
        with write(self._engine) as connection:
            connection.execute(update(PULL).where(where).values(**fields))

    def put_label(self, repository: str, number: int, label: str, *, on: bool) -> bool:
        """Put a label on a pull request or take it off; False if nothing changed."""
        with write(self._engine) as connection:
            row = _first(connection, PULL, repository=repository, number=number)
            before = set(json.loads(row["labels"])) if row else set()
            after = before | {label} if on else before - {label}
            where = _where(PULL, {"repository": repository, "number": number})
            connection.execute(update(PULL).where(where).values(labels=json.dumps(sorted(after))))
        return after != before

    def reviews(self, repository: str, number: int) -> list[Review]:
        """All reviews, oldest first."""
        rows = self._rows(REVIEW, repository=repository, number=number)
        return [Review(row["by"], row["verdict"], row["head"]) for row in sorted(rows, key=lambda row: int(row["id"]))]

    def add_review(self, repository: str, number: int, by: str, verdict: Verdict, head: str) -> None:
        """One more review."""
        row = {"repository": repository, "number": number, "by": by, "verdict": verdict, "head": head}
        with write(self._engine) as connection:
            connection.execute(insert(REVIEW).values(**row))

    def comments(self, repository: str, number: int) -> list[Comment]:
        """All comments, oldest first."""
        rows = self._rows(COMMENT, repository=repository, number=number)
        return [Comment(row["by"], row["text"]) for row in sorted(rows, key=lambda row: int(row["id"]))]

    def put_comment(self, repository: str, number: int, by: str, text: str) -> bool:
        """Make the account's comment say this; False if it does already."""
        key = {"repository": repository, "number": number, "by": by}
        with write(self._engine) as connection:
            before = _first(connection, COMMENT, **key)
            if before is None:
                connection.execute(insert(COMMENT).values(**key, text=text))
            else:
                connection.execute(update(COMMENT).where(_where(COMMENT, key)).values(text=text))
        return before is None or before["text"] != text

    def checks(self, repository: str, head: str) -> list[Check]:
        """The newest word of each check on a commit: of the newest base, and there of the last attempt."""
        rows = sorted(
            self._rows(VERDICT, repository=repository, head=head), key=lambda row: (row["at"], row["attempt"])
        )
        newest = {row["name"]: row for row in rows}
        return [
            Check(name, row["conclusion"], head, row["base"], int(row["attempt"]), row["tier"], row["summary"])
            for name, row in sorted(newest.items())
        ]

    def checks_on(self, repository: str, head: str, base: str) -> list[Check]:
        """The last attempt of each check on a commit on top of that base."""
        rows = self._rows(VERDICT, repository=repository, head=head, base=base)
        newest = {row["name"]: row for row in sorted(rows, key=lambda row: int(row["attempt"]))}
        return [
            Check(name, row["conclusion"], head, base, int(row["attempt"]), row["tier"], row["summary"])
            for name, row in sorted(newest.items())
        ]

    def add_verdict(self, repository: str, head: str, base: str, name: str, attempt: int, ended: Ended) -> None:
        """What a check said; the first word of an attempt stands."""
        row = {"repository": repository, "head": head, "base": base, "name": name, "attempt": attempt}
        said = {"conclusion": "success" if ended.ok else "failure", "tier": ended.tier, "seconds": ended.seconds}
        self._add_once(VERDICT, row, {**said, "summary": ended.output, "at": self._now(VERDICT)})

    def pipeline_run(self, repository: str, pipeline: str, head: str, key: str) -> PipelineRun | None:
        """The run of a pipeline on a commit for a key."""
        found = self._rows(PIPELINE, repository=repository, pipeline=pipeline, head=head, key=key)
        if not found:
            return None
        row = found[0]
        run = f"{repository}/{pipeline}/{head[:12]}{f'/{key}' if key else ''}"
        return PipelineRun(run, pipeline, row["ref"], head, row["conclusion"], False, row["tier"], row["summary"])

    def pipeline_runs(self, repository: str) -> list[str]:
        """Every run, as pipeline, ref and result."""
        rows = self._rows(PIPELINE, repository=repository)
        return sorted(f"{row['pipeline']} {row['ref']} {row['conclusion']}" for row in rows)

    def add_pipeline_run(self, repository: str, pipeline: str, ref: str, head: str, key: str, ended: Ended) -> None:
        """What a pipeline came to; the first word stands."""
        row = {"repository": repository, "pipeline": pipeline, "head": head, "key": key}
        said = {"ref": ref, "conclusion": "success" if ended.ok else "failure", "tier": ended.tier}
        self._add_once(PIPELINE, row, {**said, "summary": ended.output, "at": stamp(self._clock.now())})

    def put_issue(self, repository: str, title: str, body: str, label: str) -> int:
        """The number of the issue with that title, which is made if it is not there."""
        with write(self._engine) as connection:
            known = _first(connection, ISSUE, repository=repository, title=title)
            if known is not None:
                return int(known["number"])
            number = _next(connection, ISSUE, repository)
            row = {"repository": repository, "number": number, "title": title, "body": body, "label": label}
            connection.execute(insert(ISSUE).values(**row))
        return number

    def issues(self, repository: str) -> list[str]:
        """The titles of all issues."""
        return [str(row["title"]) for row in self._rows(ISSUE, repository=repository)]

    def _now(self, table: Table) -> str:
        """The time, with a number behind it that grows: a world's clock may stand still."""
        with read(self._engine) as connection:
            rows = connection.execute(select(func.count()).select_from(table)).scalar_one()
        return f"{stamp(self._clock.now())}/{rows:08d}"

    def _add_once(self, table: Table, key: Row, fields: Row) -> None:
        try:
            with write(self._engine) as connection:
                connection.execute(insert(table).values(**key, **fields))
        except IntegrityError:
            return  # somebody else was first, and theirs is as good

    def _rows(self, table: Table, **where: Any) -> Sequence[Row]:
        with read(self._engine) as connection:
            return [dict(row) for row in connection.execute(select(table).where(_where(table, where))).mappings()]


def _where(table: Table, values: Row) -> Any:
    return and_(*(table.c[name] == value for name, value in values.items()))


def _first(connection: Connection, table: Table, **where: Any) -> Row | None:
    row = connection.execute(select(table).where(_where(table, where))).mappings().first()
    return dict(row) if row is not None else None


def _next(connection: Connection, table: Table, repository: str) -> int:
    newest = connection.execute(select(func.max(table.c.number)).where(table.c.repository == repository)).scalar()
    return (newest or 0) + 1
