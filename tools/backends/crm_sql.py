"""The embedded CRM: accounts and their changes, in SQLite or PostgreSQL, begun from a CSV file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, Text, insert, select, update

from runtime.clock import Clock, stamp
from runtime.database import making, read, write
from runtime.traces import Traces
from tools.backends.crm import FIELDS, Account, Field
from tools.purchasing.tables import rows

_METADATA = MetaData()
_NOBODY = {"contact": "", "mail": "", "phone": ""}
_ACCOUNT = Table(
    "crm_account",
    _METADATA,
    Column("account", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    *(Column(name, Text, nullable=False) for name in FIELDS),
)
_CHANGE = Table(
    "crm_change",
    _METADATA,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("account", String(40), nullable=False, index=True),
    Column("field", String(20), nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("at", String(32), nullable=False),
)


class AccountRow(BaseModel):
    """A line of accounts.csv."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str
    name: str
    contact: str = ""
    mail: str = ""
    phone: str = ""
    status: str = ""
    next_step: str = ""


class CrmBook:
    """The accounts of a world. Those of the file that are not there yet are added; others stay as they have become."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        accounts: Path | None = None,
        erased: Callable[..., bool] = lambda *_names: False,
    ) -> None:
        """`erased` says whether a contact was forgotten by one of these names, and is not read in again."""
        self._engine = engine
        self._clock = clock
        begun = [one.model_dump() for one in rows(AccountRow, accounts)] if accounts else []
        with making(engine, _METADATA) as connection:
            known = set(connection.execute(select(_ACCOUNT.c.account)).scalars())
            for one in begun:
                if one["account"] not in known:
                    gone = erased(one["contact"], one["mail"], one["phone"])
                    connection.execute(insert(_ACCOUNT).values(one | (_NOBODY if gone else {})))

    def accounts(self) -> list[Account]:
        """Every account, by id."""
        with read(self._engine) as connection:
            return [dict(row._mapping) for row in connection.execute(select(_ACCOUNT).order_by(_ACCOUNT.c.account))]

    def change(self, account: str, field: Field, value: str) -> str:
        """Set a field, keep what it was, and return that. Raises KeyError for an account that is not there."""
        one = _ACCOUNT.c.account == account
        with write(self._engine) as connection:
            row = connection.execute(select(_ACCOUNT.c[field]).where(one).with_for_update()).one_or_none()
            if row is None:
                raise KeyError(account)
            before = str(row[0])
            if before != value:
                connection.execute(update(_ACCOUNT).where(one).values({field: value}))
                kept = {"account": account, "field": field, "before": before, "after": value}
                connection.execute(insert(_CHANGE).values(**kept, at=stamp(self._clock.now())))
        return before

    def erase(self, traces: Traces, *, dry_run: bool = False) -> int:
        """Empty every field that names the person, also in what fields were; how many accounts and changes had some."""
        with write(self._engine) as connection:
            found: list[tuple[Table, Any, Sequence[str]]] = []
            found += [(_ACCOUNT, row, FIELDS) for row in connection.execute(select(_ACCOUNT)).mappings()]
            found += [(_CHANGE, row, ("before", "after")) for row in connection.execute(select(_CHANGE)).mappings()]
            naming = [(of, row, [one for one in fields if traces.named_in(row[one])]) for of, row, fields in found]
            hit = [one for one in naming if one[2]]
            for table, row, fields in () if dry_run else hit:
                (key,) = table.primary_key
                emptied = update(table).where(key == row[key.name]).values(dict.fromkeys(fields, ""))
                connection.execute(emptied)
        return len(hit)

    def history(self, account: str) -> list[tuple[str, str, str]]:
        """The field, what it was and what it became, oldest first."""
        one = select(_CHANGE).where(_CHANGE.c.account == account).order_by(_CHANGE.c.n)
        with read(self._engine) as connection:
            return [(row.field, row.before, row.after) for row in connection.execute(one)]
