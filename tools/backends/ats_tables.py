"""What an applicant record holds: the tables, and the rows as they may be handed in.

    position        one opening                                          key: position
    candidate       one application, read from one file                  key: id
    score           points of a candidate for a criterion                key: candidate, criterion
    interview       one meeting, as it stands in the calendar            key: uid
    merge_proposal  two candidates who may be one person                 key: first < second
    stage_change    every move of every candidate, in order              key: n

A row that is handed in may leave fields out: a new one gets their defaults, a known one keeps what it has. Unknown
fields are refused. Text is stored without NUL characters, which PostgreSQL cannot hold and which PDFs do contain.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import JSON, Column, Float, ForeignKey, Integer, MetaData, String, Table, Text

from runtime.errors import UsageError
from tools.stages import Stage

METADATA = MetaData()

POSITION = Table(
    "position",
    METADATA,
    Column("position", String(64), primary_key=True),
    Column("title", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("location", Text, nullable=False),
    Column("opened", String(10)),
)
CANDIDATE = Table(
    "candidate",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("position", String(64), nullable=False, index=True),
    Column("file", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    *(Column(name, Text, nullable=False) for name in ("name", "mail", "phone", "zone", "city", "country")),
    Column("resume", JSON, nullable=False),
    Column("findings", JSON, nullable=False),
    Column("stage", String(16), nullable=False),
)
SCORE = Table(
    "score",
    METADATA,
    Column("candidate", String(64), ForeignKey("candidate.id"), primary_key=True),
    Column("criterion", String(64), primary_key=True),
    Column("points", Float),
    Column("quote", Text, nullable=False),
    Column("line", Integer),
    Column("max", Float, nullable=False),
)
INTERVIEW = Table(
    "interview",
    METADATA,
    Column("uid", String(255), primary_key=True),
    Column("candidate", String(64), ForeignKey("candidate.id"), nullable=False),
    Column("position", String(64), nullable=False, index=True),
    Column("start", String(20), nullable=False),
    Column("end", String(20), nullable=False),
    Column("panel", JSON, nullable=False),
)
MERGE = Table(
    "merge_proposal",
    METADATA,
    Column("first", String(64), ForeignKey("candidate.id"), primary_key=True),
    Column("second", String(64), ForeignKey("candidate.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", String(32), nullable=False),
)
STAGE_CHANGE = Table(
    "stage_change",
    METADATA,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("candidate", String(64), ForeignKey("candidate.id"), nullable=False, index=True),
    Column("at", String(32), nullable=False),
    Column("before", String(16), nullable=False),
    Column("after", String(16), nullable=False),
)

Word = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
"""Text in which unknown is empty."""

Id = Annotated[str, Field(min_length=1, max_length=64)]


class Row(BaseModel):
    """What every row that is handed in has in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Position(Row):
    """One opening. A confidential one is never listed."""

    position: Id
    title: Word = ""
    status: Literal["open", "closed", "confidential"] = "open"
    location: Word = ""
    opened: date | None = None


class Candidate(Row):
    """One application. `stage` counts only for a new one: afterwards the stage changes by `move` alone."""

    id: Id
    position: Id
    file: Word = ""
    digest: Word = ""
    status: Literal["ok", "needs_ocr", "needs_human"] = "ok"
    name: Word = ""
    mail: Word = ""
    phone: Word = ""
    zone: Word = ""
    city: Word = ""
    country: Word = ""
    resume: dict[str, Any] = {}
    findings: list[Any] = []
    stage: Stage = "applied"


class Score(Row):
    """Points for one criterion and the words in the file that they rest on. `points` None says unknown, not zero."""

    criterion: Id
    points: float | None = Field(default=None, ge=0)
    quote: Word = ""
    line: int | None = None
    max: float = Field(ge=0)

    @model_validator(mode="after")
    def _not_over_the_top(self) -> "Score":
        if self.points is not None and self.points > self.max:
            raise ValueError(f"{self.points} points are more than the most there are, {self.max}")
        return self


class Interview(Row):
    """One meeting with a candidate; `panel` are the mails of those who ask."""

    uid: Annotated[str, Field(min_length=1, max_length=255)]
    candidate: Id
    position: Id
    start: AwareDatetime
    end: AwareDatetime
    panel: list[str]


R = TypeVar("R", bound=Row)


def accept(kind: type[R], given: Mapping[str, Any]) -> R:
    """`given` as a row of that kind. Raises UsageError that names the record and every field that is wrong."""
    try:
        return kind.model_validate(dict(given))
    except ValidationError as error:
        name = next((given[key] for key in ("id", "uid", "criterion", "position") if given.get(key)), "without a key")
        wrong = "; ".join(f"'{'.'.join(map(str, one['loc']))}': {one['msg']}" for one in error.errors())
        raise UsageError(
            f"{kind.__name__.lower()} {name}: {wrong}", remedy=f"it takes {', '.join(kind.model_fields)}"
        ) from None


def stored(row: Row, *, given_only: bool = False) -> dict[str, Any]:
    """The row as it goes into its table; `given_only` leaves out what the caller left out."""
    values = row.model_dump(mode="json", exclude_unset=given_only)
    values |= {name: utc(value) for name, value in row if isinstance(value, datetime)}
    return {name: _without_nul(value) for name, value in values.items()}


def utc(at: datetime) -> str:
    """`at` in UTC to the second, as in 2026-11-30T09:00:00Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    return value
