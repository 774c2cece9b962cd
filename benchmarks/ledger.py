"""What the ledger costs: appends with and without full sync, verifying, and the memory that it takes at a million rows.

    python -m benchmarks.ledger [ROWS]

The million is written in one transaction, with the same digests and macs as `append` makes; verifying runs in a process
of its own, whose memory is measured. Ratios are to appending with full sync, in the same run.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import event, insert

from runtime import census
from runtime.audit import verify
from runtime.canonical import canonical
from runtime.chain import GENESIS, Head, Row, digest_of, mac_of, tip_of
from runtime.checkpoints import checkpoint, read_checkpoints
from runtime.database import open_database, write
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.tables import HEAD, RECORD

BODY = {"step": "screen", "role": "researcher", "output": "Amina Hassan scored 91 of 100 (amina-hassan.pdf). " * 4}
PER_RUN = 1000
AT = "2026-11-22T12:45:02.137Z"


def appends(home: Home, count: int, synchronous: str, *, sealed: bool = False) -> float:
    """Appends in one second; `sealed`, with the output encrypted for one of twenty people."""
    engine = open_database(home.ledger_url)
    event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA synchronous = {synchronous}"))
    ledger = Ledger(engine, home.ledger_key())
    ledger.append("r1", "run.started", {"goal": "measure"})
    if sealed:
        vault, people = home.vault(), cycle(f"cand-{number}" for number in range(20))
        ledger.sealer = lambda _kind, body: {**body, "output": vault.seal(next(people), body["output"])}
    took = timed(lambda: [ledger.append("r1", "step.done", BODY) for _ in range(count)])
    ledger.close()
    return count / took


def timed(act: Callable[[], Any]) -> float:
    """How many seconds it takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def chained(home: Home, run: str) -> Iterator[Row]:
    """The rows of one run, chained as `append` does it."""
    key, digest = _key(home), GENESIS
    for seq in range(1, PER_RUN + 1):
        kind, body = ("step.done", BODY) if seq > 1 else ("run.started", {"goal": "measure"})
        row = Row(run, seq, AT, kind, canonical(body).decode(), 1, "")
        digest = digest_of(digest, row)
        yield row._replace(mac=mac_of(key, digest))


def _key(home: Home) -> bytes:
    key = home.ledger_key().key(1)
    assert key is not None
    return key


def fill(home: Home, rows: int) -> None:
    """A ledger with so many rows, in runs of a thousand."""
    ledger = Ledger(open_database(home.ledger_url), home.ledger_key())
    ledger.keys.current()
    with write(ledger.engine) as connection:
        for number in range(rows // PER_RUN):
            run, digest = f"r{number:06}", GENESIS
            made = list(chained(home, run))
            for row in made:
                digest = digest_of(digest, row)
            connection.execute(insert(RECORD), [row._asdict() for row in made])
            tip = tip_of(_key(home), digest)
            head = Head(run, PER_RUN, digest, made[-1].mac, "running", AT, AT, "measure", "", tip)
            connection.execute(insert(HEAD).values(head._asdict()))
        census.put(connection, ledger.keys, rows // PER_RUN)
    ledger.close()


def verified(root: Path, keyed: bool, told: Connection) -> None:
    """Verify everything, and tell seconds, rows and the memory it took over that of an empty process, in MB."""
    home = Home(root)
    ledger = Ledger(open_database(home.ledger_url), home.ledger_key())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    found = verify(ledger.engine, ledger.keys if keyed else None, None, read_checkpoints(home.checkpoints))
    took = time.perf_counter() - began
    assert found.flaws == (), found.flaws
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told.send((took, found.records, (after - before) / 1024, after / 1024))


def sign(home: Home) -> None:
    """Make a checkpoint."""
    ledger = Ledger(open_database(home.ledger_url), home.ledger_key())
    checkpoint(ledger, home)
    ledger.close()


def apart(home: Home, *, keyed: bool) -> tuple[float, int, float, float]:
    """`verified`, in a process of its own."""
    context = get_context("spawn")
    there, telling = context.Pipe(duplex=False)
    process = context.Process(target=verified, args=(home.root, keyed, telling))
    process.start()
    result: tuple[float, int, float, float] = there.recv()
    process.join()
    return result


def main(rows: int = 1_000_000) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        full, normal = (appends(Home(Path(folder) / name), 3000, name) for name in ("FULL", "NORMAL"))
        print(f"{'':34}{'per second':>12}{'ratio':>8}")
        print(f"{'append, full sync':34}{full:12,.0f}{1:8.1f}")
        shut = appends(Home(Path(folder) / "SEALED"), 3000, "FULL", sealed=True)
        print(f"{'append, full sync, sealed':34}{shut:12,.0f}{shut / full:8.1f}")
        print(f"{'append, sync at checkpoints (WAL)':34}{normal:12,.0f}{normal / full:8.1f}")
        for count in (rows // 10, rows):
            home = Home(Path(folder) / str(count))
            fill(home, count)
            signing = timed(partial(sign, home))
            for keyed in (True, False):
                took, found, grown, whole = apart(home, keyed=keyed)
                what = f"verify {found:,} rows, {'keys' if keyed else 'checkpoint only'}"
                print(f"{what:34}{found / took:12,.0f}{found / took / full:8.1f}   +{grown:.0f} MB of {whole:.0f} MB")
            size = (home.root / "ledger.sqlite").stat().st_size / count
            runs = count // PER_RUN
            print(f"{'':34}a checkpoint of {runs:,} runs takes {signing * 1000:.0f} ms; {size:.0f} bytes a row")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
