"""The local forge's tables: what a forge knows beside the commits, which are in git.

pull        pull requests; one for each task
review      what people said of them, and of which commit
comment     one for each account and pull request
verdict     what each check said: of a commit, on top of a base, at which attempt
pipeline    runs of pipelines; one for each commit and key
issue       open questions, one for each title
"""

from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text, UniqueConstraint

METADATA = MetaData()


def _text(name: str, *, key: bool = False) -> "Column[str]":
    return Column(name, String(200), primary_key=key, nullable=False)


def _number(name: str, *, key: bool = False) -> "Column[int]":
    return Column(name, Integer, primary_key=key, nullable=False, autoincrement=False)


PULL = Table(
    "pull",
    METADATA,
    _text("repository", key=True),
    _number("number", key=True),
    _text("key"),
    _text("author"),
    _text("branch"),
    _text("base_branch"),
    _text("state"),
    _text("head"),
    _text("merged"),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("labels", Text, nullable=False),
    UniqueConstraint("repository", "key"),
)
REVIEW = Table(
    "review",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("repository"),
    _number("number"),
    _text("by"),
    _text("verdict"),
    _text("head"),
)
COMMENT = Table(
    "comment",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("repository"),
    _number("number"),
    _text("by"),
    Column("text", Text, nullable=False),
)
VERDICT = Table(
    "verdict",
    METADATA,
    _text("repository", key=True),
    _text("head", key=True),
    _text("base", key=True),
    _text("name", key=True),
    _number("attempt", key=True),
    _text("conclusion"),
    _text("tier"),
    Column("seconds", Float, nullable=False),
    Column("summary", Text, nullable=False),
    _text("at"),
)
PIPELINE = Table(
    "pipeline",
    METADATA,
    _text("repository", key=True),
    _text("pipeline", key=True),
    _text("head", key=True),
    _text("key", key=True),
    _text("ref"),
    _text("conclusion"),
    _text("tier"),
    Column("summary", Text, nullable=False),
    _text("at"),
)
ISSUE = Table(
    "issue",
    METADATA,
    _text("repository", key=True),
    _number("number", key=True),
    _text("title"),
    _text("label"),
    Column("body", Text, nullable=False),
    UniqueConstraint("repository", "title"),
)
