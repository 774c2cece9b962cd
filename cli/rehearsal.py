"""`--dry-run`: the plan, what it costs, and then the run itself on a copy of its world, to see what it would do."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cli.closing import listed
from cli.layout import Line
from cli.review import Review, cost_of
from cli.session import Session, Start
from cli.watch import Watch

if TYPE_CHECKING:
    from crews.wish import Outcome, Wish
    from guard.warrant import Warrant
    from runtime.records import Record

_SEEN = ("run.started", "plan.proposed", "plan.accepted")
_NOTHING = Line("changed", text="nothing: without --dry-run it is done")


def dry_run(now: Session, wish: "Wish", start: Start) -> int:
    """Show the plan, and what it would do where that can be tried. With --json, the plan alone."""
    watch, project = _Plan(now), now.project()
    look = Review(watch.console, partial(cost_of, now, watch), ask=False)
    code = watch.through(lambda **hooks: start(project, wish, on_plan=look, **hooks))
    if look.warrant is not None and not now.as_json:
        watch.console.say(Line())
        _rehearsed(now, wish, start, watch.first, look.warrant)
        watch.console.say(_NOTHING)
    return code


def _rehearsed(now: Session, wish: "Wish", start: Start, first: "Record", warrant: "Warrant") -> None:
    """Rehearse the run whose plan was shown, and say what it would do; or why that cannot be. `first` is its start."""
    from crews.rehearsing import in_the_way, on_a_copy

    watch, project = _Rehearsal(now), now.project()  # not within: it reads .env, with the ways outside
    why = in_the_way(project, warrant, str(first.body["mode"]))
    if why:
        watch.console.say(Line("effects", text=f"they are not tried on a copy: {why}"))
        return
    watch.console.say(Line("rehearsal", text="on a copy of the world, which is gone at the end"))
    with on_a_copy(now.home(), Path(first.body["world"]).name):
        watch.through(lambda **hooks: start(project, wish, **hooks))


class _Plan(Watch):
    """A run of which the plan is looked at; that it was put aside is no news."""

    def _closing(self, outcome: "Outcome") -> None:
        if outcome.state != "cancelled":
            super()._closing(outcome)


class _Rehearsal(Watch):
    """A run on a copy: what was said of its plan is not said again, and its end says what would be."""

    def _banner(self, _text: str) -> None:
        """Who answers was said before."""

    def _take(self, record: "Record") -> None:
        if record.kind in _SEEN:
            self.recall(record)
        else:
            super()._take(record)

    def _closing(self, _outcome: "Outcome") -> None:
        told = self.told()
        done = [("", one) for one in told.done] or [("", "nothing new")]
        waits = [("", one) for one in told.waits]
        self.console.say(Line())
        for line in (*listed("would be", done, "green"), *listed("would ask", waits, "yellow")):
            self.console.say(line)
        if told.already:
            self.console.say(Line(text=f"{told.already} had happened before", style="dim"))
