"""Blotting a person out of tables of any kind: whatever names them in a text, in a column or inside of its JSON."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Engine, MetaData, RowMapping, Table, and_, delete, inspect, select, update

from runtime.database import read, write
from runtime.sealed import ERASED
from runtime.traces import Traces


def sweep(engine: Engine, traces: Traces, tables: Collection[str] | None = None, *, dry_run: bool = False) -> int:
    """Blot the person out of every row of the tables (all, unless they are named); how many rows name them.

    A row whose key names the person is deleted: another key would be another thing.
    """
    there = [name for name in inspect(engine).get_table_names() if tables is None or name in tables]
    indexes = _searched(engine)
    known = MetaData()
    known.reflect(engine, only=[one for one in there if not one.startswith(tuple(indexes))])
    return sum(_swept(engine, table, traces, dry_run=dry_run) for table in known.sorted_tables[::-1])


def _swept(engine: Engine, table: Table, traces: Traces, *, dry_run: bool) -> int:
    with write(engine) as connection:
        rows = list(_naming(connection.execute(select(table)).mappings(), traces))
        for row, blotted in () if dry_run else rows:
            keys = list(table.primary_key) or list(table.c)
            this = and_(*(key == row[key.name] for key in keys))
            gone = any(key.name in blotted for key in keys)
            connection.execute(delete(table).where(this) if gone else update(table).where(this).values(blotted))
    return len(rows)


def _naming(rows: Any, traces: Traces) -> Iterator[tuple[RowMapping, dict[str, Any]]]:
    """The rows that name the person, each with what takes the place of the values that do."""
    for row in rows:
        values = {name: _without(value, traces) for name, value in row.items()}
        if changed := {name: value for name, value in values.items() if value != row[name]}:
            yield row, changed


def _without(value: Any, traces: Traces) -> Any:
    if isinstance(value, bytes):
        return str(ERASED).encode() if traces.named_in(value.decode("utf-8", "ignore")) else value
    if isinstance(value, dict):
        return {_without(name, traces): _without(one, traces) for name, one in value.items()}
    if isinstance(value, list):
        return [_without(one, traces) for one in value]
    if not isinstance(value, str) or not traces.named_in(value):
        return value
    try:
        inside = json.loads(value)
    except ValueError:
        return str(ERASED)
    return json.dumps(_without(inside, traces), ensure_ascii=False) if isinstance(inside, dict | list) else str(ERASED)


def _searched(engine: Engine) -> list[str]:
    """How the names of SQLite's tables for full text begin: they follow from others, or are made anew."""
    if engine.dialect.name != "sqlite":
        return []
    with read(engine) as connection:
        found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
        return [str(name) for (name,) in found]
