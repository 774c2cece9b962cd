"""How many runs a ledger has begun, proved with its key: a run that is removed with its head leaves a gap."""

import hmac

from sqlalchemy import Connection, delete, func, insert, select

from runtime.chain import Findings, Keys
from runtime.database import alone
from runtime.errors import LedgerError
from runtime.tables import CENSUS, HEAD


def begin(connection: Connection, keys: Keys) -> None:
    """Count one run more, before it has a head. Raises LedgerError if the number there was not written by us."""
    alone(connection, "the census")
    begun = _begun(connection, keys)
    if begun is None:
        raise LedgerError(
            "the number of the ledger's runs is not what was written",
            remedy="see 'deputy audit verify'; restore the ledger from a copy",
        )
    put(connection, keys, begun + 1)


def put(connection: Connection, keys: Keys, runs: int) -> None:
    """Write that there are so many runs."""
    key = keys.key(keys.current())
    assert key is not None
    connection.execute(delete(CENSUS))
    connection.execute(insert(CENSUS).values(runs=runs, tip=_tip(key, runs)))


def compare(connection: Connection, keys: Keys, found: Findings) -> None:
    """Add to what was found that runs are missing, if another number is there than was begun."""
    begun, there = _begun(connection, keys), _there(connection)
    if begun is None:
        if not found.first.keys() & {"key"}:  # a key that is not there proves nothing, and is told already
            found.add("missing", "", 0, "how many runs were begun is not what was written")
    elif begun != there:
        found.add("missing", "", 0, f"{begun} runs were begun, and {there} are there")


def _begun(connection: Connection, keys: Keys) -> int | None:
    """How many runs were begun; None if that was not written with one of the keys."""
    rows = connection.execute(select(CENSUS.c.runs, CENSUS.c.tip)).all()
    if not rows:
        return None if _there(connection) else 0
    every = (key for number in range(keys.current(), 0, -1) if (key := keys.key(number)))
    runs, tip = rows[0]
    genuine = len(rows) == 1 and isinstance(tip, str) and any(tip == _tip(key, runs) for key in every)
    return runs if genuine else None


def _there(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(HEAD)).scalar_one()


def _tip(key: bytes, runs: int) -> str:
    return hmac.digest(key, f"deputy/census/1 {runs}".encode(), "sha256").hex()
