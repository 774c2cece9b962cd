"""Connecting to a PostgreSQL server that has no room at this moment: wait for some, and not for ever."""

import random
import time
from typing import Any

from sqlalchemy import Engine, event

PATIENCE = 30.0
"""Seconds that are waited for another process, or another thread, to let go of a connection; as long as for a file."""

REMEDY = "let the server take more connections (max_connections), or start less at once"

_SAID = ("too many clients", "too many connections", "connection slots are reserved", "no more connections allowed")
"""What PostgreSQL and PgBouncer say, in English: a refused connection has no code that the client library tells."""

_SHORTEST, _LONGEST = 0.02, 0.5


def is_full(error: BaseException | None) -> bool:
    """Whether a server refused a connection because it has as many as it takes."""
    said = str(error)
    return any(words in said for words in _SAID)


def wait_for_room(engine: Engine) -> None:
    """Let the engine wait when it connects to a server that is full. After that it raises what the server said."""
    event.listen(engine, "do_connect", _connected)


def _connected(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
    until, pause = time.monotonic() + PATIENCE, _SHORTEST
    while True:
        try:
            return dialect.connect(*arguments, **options)
        except dialect.loaded_dbapi.OperationalError as error:
            if not is_full(error) or time.monotonic() > until:
                raise
        time.sleep(random.uniform(0, pause))  # noqa: S311 - so that not all come back at one moment
        pause = min(_LONGEST, 2 * pause)
