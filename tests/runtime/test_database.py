"""A database is opened by many at once, also in the instant in which its file is new."""

import sqlite3
from pathlib import Path
from threading import Timer

from sqlalchemy import text

from runtime.database import open_database, write


def test_whoever_opens_a_file_while_another_first_writes_to_it_waits(tmp_path: Path) -> None:
    """SQLite itself does not wait here: switching to WAL fails at once while another holds the write lock."""
    file = tmp_path / "new.sqlite"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    done = Timer(0.2, lambda: other.execute("COMMIT"))
    done.start()

    engine = open_database(f"sqlite:///{file}")
    with write(engine) as connection:
        connection.execute(text("CREATE TABLE thing (id INTEGER)"))
        mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()

    assert mode == "wal"
    done.join()
    other.close()
    engine.dispose()
