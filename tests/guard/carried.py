"""A gate before one tool that fails as a test says, over a ledger that can be opened again as after a crash."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from guard.breaker import Breaker, Breakers
from guard.budget import Budget
from guard.carrying import Carrying
from guard.current import within
from guard.gate import Gate
from guard.warrant import Authority, accept
from runtime.clock import SystemClock
from runtime.database import open_database
from runtime.journal import Journal
from runtime.ledger import Ledger
from tests.guard.worlds import a_plan, a_step, a_tool
from tools.tool import Effect, Tool
from tools.world import World

RUN = "r1"


class Room:
    """A world of one list of things, one tool `put`, and gates to it. `trouble` is raised by its next calls, in order,
    an error in a pair with True only after the effect."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.things: list[str] = []
        self.trouble: list[Exception | tuple[Exception, bool] | None] = []
        self.calls = 0
        self.slept: list[float] = []
        self.now = 0.0
        self.breakers = Breakers(lambda: Breaker(now=lambda: self.now))
        self.ledger = Ledger(open_database(f"sqlite:///{folder / 'ledger.sqlite'}"), b"k" * 32)
        self.ledger.append(RUN, "run.started", {"goal": "fill the room"})

    def put(self, what: str, times: int = 1, *, world: Any = None) -> dict[str, Any]:
        """Put a thing there, unless the test wants trouble."""
        self.calls += 1
        trouble = self.trouble.pop(0) if self.trouble else None
        error, after = trouble if isinstance(trouble, tuple) else (trouble, False)
        if error is None or after:
            self.things.append(what)
        if error is not None:
            raise error
        return {"put": what}

    def there(self, what: str, times: int = 1, *, world: Any = None) -> dict[str, Any] | None:
        """Whether it is there."""
        return {"put": what} if what in self.things else None

    def tool(self, effect: Effect = "write", **more: Any) -> Tool:
        """The tool `put`."""
        plain = a_tool("put", effect, self.put)
        return Tool(plain.name, plain.description, effect, plain.args, self.put, **more)

    def gate(self, tool: Tool, **more: Any) -> Gate:
        """A gate as a process that carries the run on has it."""
        warrant = accept(
            a_plan(a_step("fill", "clerk", put=50)), Authority({"put": tool}, {"clerk": frozenset({"put"})})
        )
        journal = Journal(self.ledger.records(RUN), **more)
        budget = Budget(model_calls=9, tool_calls=99, usd=1, minutes=9, clock=SystemClock())
        gate = Gate(RUN, self.ledger, warrant, cast(World, self), budget, journal=journal)
        gate._carrying = self.carrying(tool, gate.journal)
        return gate

    def carrying(self, tool: Tool, journal: Journal | None = None, **more: Any) -> Carrying:
        """What carries out the calls of the run, without a gate before it."""
        more = {"sleep": self.slept.append, "breakers": self.breakers, **more}
        return Carrying(
            RUN, self.ledger, cast(World, self), {"put": tool}, journal or Journal(self.ledger.records(RUN)), **more
        )

    def call(self, gate: Gate, what: str = "chair", **more: Any) -> str:
        """What the model is told of one call."""
        with within("fill"):
            return gate.call("clerk", "put", {"what": what, **more}).text

    def turn(self, gate: Gate, what: str = "chair") -> str:
        """What the model is told of the one call that an answer of its asks for."""
        with within("fill"):
            gate.turn()
        return self.call(gate, what)

    def kinds(self) -> list[str]:
        """The kinds of all records but the first."""
        return [str(record.kind) for record in self.ledger.records(RUN)][1:]

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        """The bodies of the records of a kind."""
        return [record.body for record in self.ledger.records(RUN) if record.kind == kind]

    def crash_after(self, happened: bool, tool: Tool, what: str = "chair") -> None:
        """Begin a call, and die before its outcome is recorded."""

        class Killed(BaseException):
            pass

        def run(**values: Any) -> None:
            if happened:
                self.things.append(values["what"])
            raise Killed

        dying = Tool(tool.name, tool.description, tool.effect, tool.args, cast(Callable[..., Any], run))
        try:
            self.call(self.gate(dying), what)
        except Killed:
            return
        raise AssertionError("the call did not die")
