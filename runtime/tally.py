"""What runs have used on a day: how often each tool was called, and what its numbers came to. One indexed query.

The table is derived: `Ledger.append` writes it in the transaction that appends the record, from the body before it is
sealed. It holds names of tools and arguments, numbers, days and tenants, and no words. A call counts once, at the first
record that says that it is made: its decision to allow, its intent or its outcome. What a person allowed counts when
their answer is used.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Float,
    Index,
    MetaData,
    String,
    Table,
    func,
    insert,
    select,
)

from runtime.database import alone, make_tables, read
from runtime.tables import HEAD
from runtime.uses import Today, amounts, tenant_of

_METADATA = MetaData()

USE = Table(
    "used",
    _METADATA,
    Column("run", String(32), primary_key=True),
    Column("call", String(128), primary_key=True),
    Column("argument", String(128), primary_key=True),
    Column("tool", String(128), nullable=False),
    Column("day", String(10), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("amount", Float, nullable=False),
    Index("used_by_day", "day", "tool", "argument"),
)


def make_tally(engine: Engine) -> None:
    """Make the table where it is not there yet."""
    make_tables(engine, _METADATA)


def count(connection: Connection, run: str, at: str, kind: str, body: Mapping[str, Any]) -> None:
    """Take note of what a record says was used. In the transaction that appends it, so that both are there or none."""
    if kind == "run.started":
        tenant = str(body.get("tenant") or tenant_of(str(body.get("principal") or "")))
        _insert(connection, run, at, "", "", tenant, {"": 0.0})
    elif _is_made(kind, body) and "call" in body:
        _count_once(connection, run, at, str(body["call"])[:128], str(body["tool"]), body["args"])


def used_on(engine: Engine, day: str, tools: Iterable[str], *, tenant: str, without: str = "") -> Today:
    """What all runs but `without` have used of the tools on `day` (such as 2027-03-15), and those of `tenant`."""
    with read(engine) as connection:
        return _used(connection, tools, tenant, USE.c.day == day, USE.c.run != without)


def take(
    connection: Connection,
    run: str,
    call: str,
    tool: str,
    args: Mapping[str, Any],
    tools: Iterable[str],
    *,
    tenant: str,
) -> Today:
    """Count the call, unless a record has, and return what all other calls of the tools have used of its day.

    In the transaction that appends a record of it: until that ends, nobody else takes anything of any day.
    """
    alone(connection, "counting a day")
    call = call[:128]
    at = str(connection.execute(select(HEAD.c.updated).where(HEAD.c.run == run)).scalar_one())
    _count_once(connection, run, at, call, tool, args)
    mine = (USE.c.run == run) & (USE.c.call == call)
    day = select(USE.c.day).where(mine).limit(1).scalar_subquery()
    return _used(connection, tools, tenant, USE.c.day == day, ~mine)


def _used(connection: Connection, tools: Iterable[str], tenant: str, *which: ColumnElement[bool]) -> Today:
    query = (
        select(USE.c.tool, USE.c.argument, USE.c.tenant, func.sum(USE.c.amount))
        .where(USE.c.call != "", USE.c.tool.in_(sorted({name[:128] for name in tools})), *which)
        .group_by(USE.c.tool, USE.c.argument, USE.c.tenant)
    )
    whole: dict[tuple[str, str], float] = {}
    own: dict[tuple[str, str], float] = {}
    for tool, argument, of, amount in connection.execute(query):
        whole[tool, argument] = whole.get((tool, argument), 0.0) + amount
        if of == tenant:
            own[tool, argument] = amount
    return Today(whole, own)


def _count_once(connection: Connection, run: str, at: str, call: str, tool: str, args: Mapping[str, Any]) -> None:
    known = select(USE.c.run).where(USE.c.run == run, USE.c.call == call).limit(1)
    if connection.execute(known).first() is None:
        began = select(USE.c.tenant).where(USE.c.run == run, USE.c.call == "")
        tenant = str(connection.execute(began).scalar() or "")
        _insert(connection, run, at, call, tool, tenant, {"": 1.0, **amounts(args)})


def _insert(
    connection: Connection, run: str, at: str, call: str, tool: str, tenant: str, numbers: Mapping[str, float]
) -> None:
    row = {"run": run, "call": call, "tool": tool[:128], "day": at[:10], "tenant": tenant[:128]}
    rows = [{**row, "argument": name[:128], "amount": amount} for name, amount in numbers.items()]
    connection.execute(insert(USE), rows)


def _is_made(kind: str, body: Mapping[str, Any]) -> bool:
    """Whether the record says that a call is made: crews note an intent, and without a crew the decision is one."""
    return kind in ("tool.intended", "tool.done") or (kind == "call.decided" and body["verdict"] == "allow")
