"""What the gate and the ledger cost per tool call, against the same tool in bare CrewAI.

The same tool runs through CrewAI's own wrapper, and through ours: decided, recorded, intended, carried out, recorded.
`capped` is an effect whose calls of a day a rule counts over all runs, with a thousand calls made on that day before.
`full sync` is how the ledger is shipped (each record is on the disk before the call goes on), `no sync` leaves that to
the operating system.

    python -m benchmarks.overhead
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, cast

from sqlalchemy import Engine, event

from guard.budget import Budget
from guard.current import within
from guard.days import Days
from guard.gate import Gate
from guard.plan import Grant, Plan, Step
from guard.rules import Rule
from guard.warrant import Authority, accept
from runtime.clock import SystemClock
from runtime.database import open_database
from runtime.ledger import Ledger
from runtime.quiet import quiet
from tests.guard.worlds import a_tool
from tools.world import World

CALLS = 300
ROUNDS = 5
_CAP = Rule.model_validate(
    {"id": "day.cap", "verdict": "deny", "reason": "x", "tools": ["note"], "times": {"per": "day", "at_most": 10**6}}
)


def timed(call: Callable[[int], object]) -> float:
    """Milliseconds per call: the median of several rounds."""
    rounds = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        for index in range(CALLS):
            call(number * CALLS + index)
        rounds.append((time.perf_counter() - began) * 1000 / CALLS)
    return median(rounds)


def bare() -> Callable[[int], object]:
    """The tool as CrewAI alone has it."""
    from crewai.tools import BaseTool

    made = a_tool("note", "write")

    class Bare(BaseTool):
        def _run(self, **given: Any) -> str:
            return str(made.run(**given, world=None))

    tool = Bare(name=made.name, description=made.description, args_schema=made.args)
    return lambda index: tool.run(what=f"thing {index}")


def ours(folder: Path, effect: Any, *, sync: bool, capped: bool = False) -> Callable[[int], object]:
    """The tool behind our gate, as an agent holds it."""
    from agents.gated import gated

    engine = open_database(f"sqlite:///{folder / f'{effect}-{sync}-{capped}.sqlite'}")
    if not sync:
        _without_sync(engine)
    ledger = Ledger(engine, b"k" * 32)
    ledger.append("r1", "run.started", {"goal": "measure"})
    tools = {"note": a_tool("note", effect)}
    step = Step(id="do", role="clerk", task="do", expected="done", grants=(Grant(tool="note", times=1000),))
    rules = (_CAP,) if capped else ()
    warrant = accept(Plan(steps=(step,)), Authority(tools, {"clerk": frozenset(tools)}, rules=rules))
    budget = Budget(model_calls=1, tool_calls=10**6, usd=1, minutes=60, clock=SystemClock())
    days = Days(ledger, "r1", "", rules, SystemClock())
    tool = gated(tools["note"], "clerk", Gate("r1", ledger, warrant, cast(World, None), budget, days=days))
    for number in range(1000 if capped else 0):
        _use(ledger, number)

    def call(index: int) -> str:
        if index % 1000 == 0:
            tool._gate = Gate("r1", ledger, warrant, cast(World, None), budget, days=days)
        with within("do"):
            return str(tool.run(what=f"thing {index}"))

    return call


def _use(ledger: Ledger, number: int) -> None:
    """A call of another run of the same day, in ten runs of a hundred."""
    run = f"r-{number // 100}"
    if number % 100 == 0:
        ledger.append(run, "run.started", {"goal": "measure"})
    named = {"step": "do", "call": f"do-{number}", "tool": "note", "verdict": "allow", "args": {"what": "x"}}
    ledger.append(run, "call.decided", named)


def _without_sync(engine: Engine) -> None:
    def relax(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    event.listen(engine, "connect", relax)
    engine.dispose()


def main() -> None:
    """Print the table. The first row is what the ratios are taken to."""
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        rows = {
            "CrewAI, bare tool": timed(bare()),
            "Deputy, read, full sync": timed(ours(Path(folder), "read", sync=True)),
            "Deputy, effect, full sync": timed(ours(Path(folder), "write", sync=True)),
            "Deputy, read, no sync": timed(ours(Path(folder), "read", sync=False)),
            "Deputy, effect, no sync": timed(ours(Path(folder), "write", sync=False)),
            "Deputy, capped, no sync": timed(ours(Path(folder), "write", sync=False, capped=True)),
        }
    base = rows["CrewAI, bare tool"]
    print(f"{'':28}{'ms per call':>12}{'more than bare':>16}")
    for name, ms in rows.items():
        print(f"{name:28}{ms:12.3f}{ms - base:13.3f} ms")


if __name__ == "__main__":
    main()
