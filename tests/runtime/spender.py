"""A process of many runs that spend: `python -m tests.runtime.spender URL RUNS CALLS`, each call holding 0.30 for 0.10.

Prints how much its runs spent in all, in cents, and the most that was ever spent and held at once as it saw it.
"""

import sys
import threading

from sqlalchemy import func, select

from runtime.database import open_database, read
from runtime.errors import BudgetExceeded
from runtime.reservations import SPENDING, Caps, Purse

CAP = 3.0


def spend(url: str, runs: int, calls: int) -> tuple[int, int]:
    """What the runs spent in cents, and the most that stood in the table."""
    engine = open_database(url)
    spent, most = [0], [0]
    lock = threading.Lock()

    def run(number: int) -> None:
        purse = Purse(engine, f"run-{number}", f"user:{number % 2}", "house", Caps(day=CAP), patience=5)
        for _ in range(calls):
            try:
                held = purse.hold(0.30)
            except BudgetExceeded:
                return
            with read(engine) as connection:
                total = int(connection.execute(select(func.sum(SPENDING.c.micro))).scalar_one() or 0)
            purse.settle(held, 0.10)
            with lock:
                spent[0] += 10
                most[0] = max(most[0], total)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    return spent[0], most[0]


if __name__ == "__main__":
    sys.stdout.write("{} {}".format(*spend(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
