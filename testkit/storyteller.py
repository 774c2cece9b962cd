"""Stands in for the runner: a `start` that plays a story into the project's ledger and ends as it is told to.

    CliRunner().invoke(deputy, ["run", "-s", "recruiting"], obj=Doors(start=storyteller("waiting")))

To look at what the command prints, at reading speed: `python -m testkit.storyteller 0.1 done run -s recruiting`.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cli.main import deputy
from cli.session import Doors
from crews.report import write_report
from crews.wish import Outcome, Wish
from guard.plan import Plan
from guard.warrant import Warrant
from runtime.errors import BudgetExceeded, Denied, DeputyError, ModelFailure, UsageError
from runtime.home import Home
from runtime.ledger import Listener
from runtime.records import State
from testkit.story import Ending, Story, TickingClock, ledger_in

End = Literal["done", "waiting", "failed", "denied", "budget", "cancelled", "interrupted"]

RUN = "261122-134502-a1b2"
BANNERS = {
    "playbook": "No model is configured: playbooks answer, no language model.",
    "model": "gpt-small and gpt-large answer.",
}
_ENDS: dict[End, tuple[Ending, State, DeputyError | None]] = {
    "done": ("done", "done", None),
    "waiting": ("waiting", "waiting", None),
    "failed": ("failed", "failed", ModelFailure("no model gave a usable answer: gpt-small: 500", remedy="try later")),
    "denied": ("failed", "failed", Denied("the plan is refused: no tool 'rm'", remedy="ask for less")),
    "budget": ("failed", "failed", BudgetExceeded("the budget of $0.01 is used up", remedy="raise --budget")),
    "cancelled": ("cancelled", "cancelled", UsageError("the run was cancelled")),
    "interrupted": ("open", "running", None),
}
_CODES: dict[End, int] = {"done": 0, "waiting": 3, "cancelled": 130, "interrupted": 130}


@dataclass(frozen=True)
class Storyteller:
    """A `cli.session.Start`."""

    end: End
    mode: Literal["playbook", "model"] = "playbook"
    pace: float = 0.0

    def __call__(
        self,
        project: Path,
        wish: Wish,
        *,
        on_record: Listener | None = None,
        on_banner: Callable[[str], None] | None = None,
        on_plan: Callable[[Warrant], Plan | None] | None = None,
    ) -> Outcome:
        """Play the story, whatever anybody says of its plan.

        Raises KeyboardInterrupt in the middle of it for the end `interrupted`.
        """
        home = Home.here(project)
        if on_banner:
            on_banner(BANNERS[self.mode])
        ledger = ledger_in(home.root, None if self.pace else TickingClock())
        if on_record:
            ledger.listen(on_record)
        ending, state, error = _ENDS[self.end]
        story = Story(ledger, RUN, mode=self.mode, pace=self.pace)
        folder = home.run(RUN)
        records = story.play(ending)
        if self.end == "interrupted":
            raise KeyboardInterrupt
        if state == "done":
            (folder / "calendars").mkdir(exist_ok=True)
            (folder / "calendars" / "jonas@meridian.example.ics").write_text("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
            write_report(records, folder, title="Senior Data Engineer")
        code = _CODES.get(self.end, error.exit_code if error else 0)
        return Outcome(RUN, state, code, "", folder, error)


def storyteller(
    end: End = "done", *, mode: Literal["playbook", "model"] = "playbook", pace: float = 0.0
) -> Storyteller:
    """A `start` that ends in `end`. `pace` is how many seconds to wait between records."""
    return Storyteller(end, mode, pace)


if __name__ == "__main__":
    pace, end, *words = sys.argv[1:]
    chosen = next(one for one in _ENDS if one == end)
    deputy(
        words,
        obj=Doors(start=storyteller(chosen, mode="model" if "--model" in words else "playbook", pace=float(pace))),
    )
