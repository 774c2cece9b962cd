"""The cost store of a world: the bills of the input `bill`, loaded when it is first asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from runtime.clock import Clock, stamp
from runtime.columnar import open_columns
from runtime.errors import CannotWork
from tools.costs.causes import Cause
from tools.costs.charges import TABLES
from tools.costs.invoices import Invoice, load_invoices
from tools.costs.loading import load_folder
from tools.costs.readings import span
from tools.costs.rules import Rules, load_rules
from tools.service import Service, Site

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class CostStore:
    """Bills in a column store, with the house's rules and invoices. Safe for several threads, one at a time."""

    def __init__(
        self, connection: "DuckDBPyConnection", rules: Rules, invoices: tuple[Invoice, ...], clock: Clock
    ) -> None:
        self._connection = connection
        self._lock = RLock()
        self._clock = clock
        self.rules = rules
        self.invoices = invoices
        self.causes: list[Cause] | None = None
        connection.execute(TABLES)

    def load(self, folder: Path) -> bool:
        """Bring the store to what the bills in `folder` say. False if it was so already."""
        with self.reading() as connection:
            self.causes = None
            return load_folder(connection, folder, stamp(self._clock.now()))

    @contextmanager
    def reading(self) -> "Iterator[DuckDBPyConnection]":
        """The connection, for one reader at a time."""
        with self._lock:
            yield self._connection

    @property
    def final(self) -> date:
        """The last day whose costs are no longer provisional: providers still change the newest ones."""
        with self.reading() as connection:
            _, end = span(connection)
        if end is None:
            raise CannotWork("the bills hold no usage", remedy="give a bill with usage")
        hours = self.rules.alerts.provisional_hours
        settled = self._clock.now().replace(tzinfo=None) - timedelta(hours=hours)
        return min(settled.date(), end.date()) - timedelta(days=1)

    @property
    def today(self) -> date:
        """The world's own date."""
        return self._clock.now().date()


def _open(site: Site) -> CostStore:
    missing = [name for name in ("bill", "rules") if name not in site.inputs]
    if missing:
        raise CannotWork(f"there is no input '{missing[0]}'", remedy="run the scenario finops, or one with its inputs")
    invoices = load_invoices(site.inputs["invoices"]) if "invoices" in site.inputs else ()
    connection = open_columns(site.folder / "costs.duckdb")
    site.resources.callback(connection.close)
    store = CostStore(connection, load_rules(site.inputs["rules"]), invoices, site.clock)
    store.load(site.inputs["bill"])
    return store


COSTS = Service("costs", _open)
