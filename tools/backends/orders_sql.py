"""The order book: one table, in SQLite or PostgreSQL. Caps are checked where the order is kept, so that they hold for
processes side by side."""

from collections.abc import Iterable
from dataclasses import asdict, replace

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, Text, func, insert, select, text
from sqlalchemy import update as change

from runtime.clock import Clock, stamp
from runtime.database import make_tables, read, write
from runtime.errors import CannotWork
from tools.backends.orders import Caps, Order

_METADATA = MetaData()
_ORDER = Table(
    "purchase_order",
    _METADATA,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("key", String(120), nullable=False, unique=True),
    Column("about", String(120), nullable=False, index=True),
    Column("supplier", String(40), nullable=False),
    Column("lines", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("cents", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("budget", String(40), nullable=False),
    Column("day", String(10), nullable=False),
    Column("due", String(10), nullable=False),
    Column("placed", String(32), nullable=False),
    Column("state", String(10), nullable=False),
)
_FIELDS = [_ORDER.c[name] for name in Order.__dataclass_fields__]


class OrderBook:
    """All orders of a world, oldest first."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        make_tables(engine, _METADATA)

    def all(self) -> list[Order]:
        """Every order, in the order they were placed."""
        with read(self._engine) as connection:
            return [Order(**row._mapping) for row in connection.execute(select(*_FIELDS).order_by(_ORDER.c.n))]

    def get(self, key: str) -> Order | None:
        """The order of that key."""
        with read(self._engine) as connection:
            row = connection.execute(select(*_FIELDS).where(_ORDER.c.key == key)).one_or_none()
        return Order(**row._mapping) if row else None

    def open(self, about: str) -> Order | None:
        """The open order about that thing."""
        with read(self._engine) as connection:
            return _open(connection, about)

    def spent(self, budget: str, day: str) -> tuple[int, int]:
        """What the budget has spent on that day, and in its month, in cents; cancelled orders cost nothing."""
        with read(self._engine) as connection:
            return _spent(connection, budget, day)

    def place(self, order: Order, caps: Caps) -> tuple[Order, bool]:
        """Keep the order, numbered, unless one about the same is open; and whether it was there already.
        Raises CannotWork if a cap would be crossed."""
        with write(self._engine) as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyhow
                connection.execute(text("LOCK TABLE purchase_order IN SHARE ROW EXCLUSIVE MODE"))
            if known := _open(connection, order.about):
                return known, True
            _within(order, caps, *_spent(connection, order.budget, order.day))
            count = select(func.count()).select_from(_ORDER).where(_ORDER.c.about == order.about)
            number = connection.execute(count).scalar_one() + 1
            made = replace(order, key=f"{order.key}-{number}", placed=stamp(self._clock.now()), state="open")
            connection.execute(insert(_ORDER).values(**asdict(made)))
            return made, False

    def cancel(self, key: str) -> bool:
        """Keep that it is cancelled; whether it was open until now."""
        one = change(_ORDER).where(_ORDER.c.key == key, _ORDER.c.state == "open")
        with write(self._engine) as connection:
            return connection.execute(one.values(state="cancelled")).rowcount == 1

    def arrived(self, keys: Iterable[str]) -> None:
        """Keep that these have come in."""
        some = change(_ORDER).where(_ORDER.c.key.in_(list(keys)), _ORDER.c.state == "open")
        with write(self._engine) as connection:
            connection.execute(some.values(state="arrived"))


def _open(connection: Connection, about: str) -> Order | None:
    row = connection.execute(select(*_FIELDS).where(_ORDER.c.about == about, _ORDER.c.state == "open")).first()
    return Order(**row._mapping) if row else None


def _spent(connection: Connection, budget: str, day: str) -> tuple[int, int]:
    total = select(func.coalesce(func.sum(_ORDER.c.cents), 0)).where(
        _ORDER.c.budget == budget, _ORDER.c.state != "cancelled"
    )
    on_day = connection.execute(total.where(_ORDER.c.day == day)).scalar_one()
    in_month = connection.execute(total.where(_ORDER.c.day.like(f"{day[:7]}-%"))).scalar_one()
    return int(on_day), int(in_month)


def _within(order: Order, caps: Caps, on_day: int, in_month: int) -> None:
    for span, before, most in (
        ("an order", 0, caps.order),
        ("a day", on_day, caps.day),
        ("a month", in_month, caps.month),
    ):
        if before + order.cents > most:
            raise CannotWork(
                f"{order.cents / 100:,.2f} {order.currency} is more than the budget '{order.budget}' has left: at most "
                f"{most / 100:,.2f} {span}, {before / 100:,.2f} of it spent",
                remedy="leave it; whoever keeps the budget may raise it in the file of budgets",
            )
