"""Loading a folder of bills: each file once, each billing period as its newest export has it.

A file that is known by its digest is not read again. A new or changed one replaces the billing periods it speaks of,
whole, in one transaction; what that changed on which day is kept, so that restated days can be told. Rows that cannot
be read are counted, never guessed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.errors import ConfigError
from tools.costs.charges import DAILY, KINDS, known
from tools.costs.forms import Form, form_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SUFFIXES = (".csv", ".csv.gz", ".parquet")

_COLUMNS = ", ".join(f'"{name}"' for name in KINDS)
_SAME_PART = """EXISTS (SELECT 1 FROM changed WHERE changed.provider IS NOT DISTINCT FROM {0}.provider
    AND changed.billing_account IS NOT DISTINCT FROM {0}.billing_account
    AND changed.period IS NOT DISTINCT FROM {0}.period)"""
_TOTALS = """SELECT CAST("start" AS DATE) AS day, currency, sum(effective) AS cost FROM charge
    WHERE {where} GROUP BY ALL"""


@dataclass(frozen=True)
class _File:
    """One bill: its name, the digest of its bytes, how it is scanned, and its form."""

    name: str
    digest: str
    scan: str
    form: Form
    staged: str = ""

    @property
    def rows(self) -> str:
        """SQL for its rows as those of `charge`, readable or not; `lost_tags` says whose tags cannot be read."""
        if self.staged:
            return f"SELECT * FROM {self.staged}"
        columns = ", ".join(f'({sql}) AS "{name}"' for name, sql in self.form.select.items())
        return f"SELECT {columns}, ({self.form.unreadable_tags}) AS lost_tags FROM {self.scan} WHERE {self.form.keep}"


_READABLE = """("start" IS NOT NULL AND period IS NOT NULL AND billed IS NOT NULL AND effective IS NOT NULL
    AND currency IS NOT NULL AND category IS NOT NULL)"""


def load_folder(connection: "DuckDBPyConnection", folder: Path, at: str) -> bool:
    """Bring the store to what the bills below `folder` say. False if it was so already.

    Raises ConfigError for a file that is no bill, with nothing changed.
    """
    found = {_digest(path): path for path in reversed(_bills(folder))}
    before = {str(row[0]) for row in connection.execute("SELECT digest FROM source").fetchall()}
    if found.keys() <= before:
        return False
    files = {digest: _file(connection, path, folder, digest) for digest, path in found.items()}
    connection.execute("BEGIN")
    try:
        _replace(connection, [files[one] for one in files if one not in before], before & files.keys(), files, at)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return True


def _replace(
    connection: "DuckDBPyConnection", fresh: Sequence[_File], old: set[str], files: Mapping[str, _File], at: str
) -> None:
    connection.execute("CREATE OR REPLACE TEMP TABLE changed AS SELECT * FROM part WHERE false")
    fresh = [_staged(connection, number, file) for number, file in enumerate(fresh)]
    for file in fresh:
        parts = (
            f"SELECT DISTINCT '{file.digest}', provider, billing_account, period FROM ({file.rows}) WHERE {_READABLE}"
        )
        connection.execute(f"INSERT INTO part {parts}")
        connection.execute("INSERT INTO changed SELECT * FROM part WHERE digest = ?", [file.digest])
    touched = _SAME_PART.format("charge")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE was AS {_TOTALS.format(where=touched)}")
    connection.execute(f"DELETE FROM charge WHERE {touched}")
    sharing = connection.execute(f"SELECT DISTINCT digest FROM part WHERE {_SAME_PART.format('part')}").fetchall()
    for (digest,) in sharing:
        if digest in old:
            where = f"{_READABLE} AND {_SAME_PART.format('one')}"
            connection.execute(f"INSERT INTO charge SELECT {_COLUMNS} FROM ({files[digest].rows}) one WHERE {where}")
    for file in fresh:
        _insert(connection, file, at)
    connection.execute(
        f"""INSERT INTO restated SELECT day, currency, was.cost, coalesce(new.cost, 0), '{at}'
        FROM was LEFT JOIN ({_TOTALS.format(where=touched)}) new USING (day, currency)
        WHERE was.cost IS DISTINCT FROM coalesce(new.cost, 0)"""
    )
    connection.execute(DAILY)


def _staged(connection: "DuckDBPyConnection", number: int, file: _File) -> _File:
    """The file as it is if single columns of it can be read; text is read once, whatever is asked of it afterwards."""
    if file.scan.startswith("read_parquet"):
        return file
    connection.execute(f"CREATE OR REPLACE TEMP TABLE text_{number} AS {file.rows}")
    return replace(file, staged=f"text_{number}")


def _insert(connection: "DuckDBPyConnection", file: _File, at: str) -> None:
    before = _count(connection)
    connection.execute(f"INSERT INTO charge SELECT {_COLUMNS} FROM ({file.rows}) WHERE {_READABLE}")
    accepted = _count(connection) - before
    counted = f"SELECT count(*), count(*) FILTER (WHERE lost_tags) FROM ({file.rows})"
    total, lost = connection.execute(counted).fetchall()[0]
    row = [file.name, file.digest, file.form.name, accepted, total - accepted, lost, at]
    connection.execute("INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def _count(connection: "DuckDBPyConnection") -> int:
    return int(connection.execute("SELECT count(*) FROM charge").fetchall()[0][0])


def _file(connection: "DuckDBPyConnection", path: Path, folder: Path, digest: str) -> _File:
    import duckdb

    place = str(path).replace("'", "''")
    scan = (
        f"read_parquet('{place}')"
        if path.suffix == ".parquet"
        else (f"read_csv('{place}', all_varchar = true, header = true, nullstr = '', sample_size = 1000)")
    )
    name = path.relative_to(folder).as_posix()
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
    except duckdb.Error as error:
        raise ConfigError(f"{name}: cannot be read: {error}", remedy="export it again as CSV or Parquet") from error
    return _File(name, digest, scan, form_of(name, known({str(row[0]): str(row[1]) for row in described})))


def _bills(folder: Path) -> list[Path]:
    found = [one for one in sorted(folder.rglob("*")) if one.is_file() and one.name.endswith(SUFFIXES)]
    if not found:
        raise ConfigError(f"no bill in {folder.name}", remedy=f"put FOCUS files there: {', '.join(SUFFIXES)}")
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
