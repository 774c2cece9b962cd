"""What runs have used on a day: how often each tool was called, and what its numbers came to. One indexed query.

The table `used` is derived: `Ledger.append` writes it in the transaction that appends the record, from the body before
it is sealed. It holds names of tools and arguments, numbers, days and tenants, and no words. A call counts once, at the
first record that says that it is made: its decision to allow, its intent or its outcome. What a person allowed counts
when their answer is used.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select

from runtime.database import alone, read
from runtime.tables import HEAD, USED
from runtime.uses import Today, amounts, tenant_of


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
        return _used(connection, tools, tenant, USED.c.day == day, USED.c.run != without)


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
    mine = (USED.c.run == run) & (USED.c.call == call)
    day = select(USED.c.day).where(mine).limit(1).scalar_subquery()
    return _used(connection, tools, tenant, USED.c.day == day, ~mine)


def _used(connection: Connection, tools: Iterable[str], tenant: str, *which: ColumnElement[bool]) -> Today:
    query = (
        select(USED.c.tool, USED.c.argument, USED.c.tenant, func.sum(USED.c.amount))
        .where(USED.c.call != "", USED.c.tool.in_(sorted({name[:128] for name in tools})), *which)
        .group_by(USED.c.tool, USED.c.argument, USED.c.tenant)
    )
    whole: dict[tuple[str, str], float] = {}
    own: dict[tuple[str, str], float] = {}
    for tool, argument, of, amount in connection.execute(query):
        whole[tool, argument] = whole.get((tool, argument), 0.0) + amount
        if of == tenant:
            own[tool, argument] = amount
    return Today(whole, own)


def _count_once(connection: Connection, run: str, at: str, call: str, tool: str, args: Mapping[str, Any]) -> None:
    known = select(USED.c.run).where(USED.c.run == run, USED.c.call == call).limit(1)
    if connection.execute(known).first() is None:
        began = select(USED.c.tenant).where(USED.c.run == run, USED.c.call == "")
        tenant = str(connection.execute(began).scalar() or "")
        _insert(connection, run, at, call, tool, tenant, {"": 1.0, **amounts(args)})


def _insert(
    connection: Connection, run: str, at: str, call: str, tool: str, tenant: str, numbers: Mapping[str, float]
) -> None:
    row = {"run": run, "call": call, "tool": tool[:128], "day": at[:10], "tenant": tenant[:128]}
    rows = [{**row, "argument": name[:128], "amount": amount} for name, amount in numbers.items()]
    connection.execute(insert(USED), rows)


def _is_made(kind: str, body: Mapping[str, Any]) -> bool:
    """Whether the record says that a call is made: crews note an intent, and without a crew the decision is one."""
    return kind in ("tool.intended", "tool.done") or (kind == "call.decided" and body["verdict"] == "allow")
