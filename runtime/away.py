"""A system that does not answer, whichever library says so: which one it is, and the settings that say where it is.

Libraries are known by name here, so that none has to be loaded.
"""

from collections.abc import Iterator

from runtime.errors import ConfigError, DeputyError
from runtime.transient import is_transient

SYSTEMS = {
    "psycopg": ("a PostgreSQL server", "DATABASE_URL (the ledger) or RECORDS_URL (records)"),
    "kombu": ("the broker of the workers", "DEPUTY_BROKER"),
    "redis": ("the broker of the workers", "DEPUTY_BROKER"),
    "amqp": ("the broker of the workers", "DEPUTY_BROKER"),
    "botocore": ("AWS", "AWS_REGION or AWS_ENDPOINT_URL"),
    "smtplib": ("the mail server", "SMTP_URL"),
}
"""By library: what it talks to, and the settings that say where that is."""


def in_words(error: BaseException) -> ConfigError | None:
    """The same error in words, if it is one of a library that did not reach its system; None for any other."""
    if isinstance(error, DeputyError):
        return None
    for one in _behind(error):
        library = type(one).__module__.partition(".")[0]
        if library in SYSTEMS and is_transient(one):
            what, settings = SYSTEMS[library]
            said = " ".join(str(one).split()) or type(one).__name__
            remedy = _room(one) or f"start the server, or correct {settings} in .env"
            return ConfigError(f"{what} cannot be used: {said}", remedy=remedy)
    return None


def _room(error: BaseException) -> str:
    """The way out if a PostgreSQL server has no room; empty for anything else."""
    from runtime.crowded import REMEDY, is_full

    return REMEDY if is_full(error) else ""


def _behind(error: BaseException) -> Iterator[BaseException]:
    """An error and what it wraps, innermost first."""
    wrapped = getattr(error, "orig", None) or error.__cause__
    if isinstance(wrapped, BaseException):
        yield from _behind(wrapped)
    yield error
