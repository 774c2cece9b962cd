"""Opens a column store (DuckDB): for bills and other tables of millions of rows, summed within bounded memory."""

from pathlib import Path
from typing import TYPE_CHECKING

from runtime.errors import ConfigError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_MB = 1024
"""What the store may hold in memory; beyond that it works on the disk, beside its file."""


def open_columns(path: Path, *, memory_mb: int = MEMORY_MB, threads: int = 2) -> "DuckDBPyConnection":
    """A connection to the store in `path`, made if it is not there. It loads nothing from a network.

    One process has it at a time: ConfigError while another one does.
    """
    import duckdb

    path.parent.mkdir(parents=True, exist_ok=True)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_mb}MB",
        "threads": threads,
        "temp_directory": str(path.with_suffix(".spill")),
        "autoinstall_known_extensions": False,
        "preserve_insertion_order": False,
    }
    try:
        return duckdb.connect(str(path), config=settings)
    except duckdb.IOException as error:
        remedy = "wait until the other run has ended, or name another world with --world"
        raise ConfigError(f"the store {path.name} cannot be opened: another run has it", remedy=remedy) from error
