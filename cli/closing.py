"""What is said at the end of a run: what was done, what waits, what it cost, where things are, and one next step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.layout import Line
from cli.proposals import proposed
from crews.report.figures import duration, many, moment
from crews.report.reading import Reading
from runtime.home import LEDGER_FILE

if TYPE_CHECKING:
    from runtime.home import Home


@dataclass(frozen=True)
class Place:
    """Something the run made or used, and where it is."""

    label: str
    path: Path
    note: str = ""


def heading(run: Reading) -> Iterator[Line]:
    """Who wanted what of whom, and when: the lines above a timeline."""
    yield Line("goal", text=run.goal)
    scenario = f", scenario {run.scenario}" if run.scenario else ""
    yield Line("run", text=f"{run.run}{scenario}, asked by {run.principal or 'nobody'}")
    yield Line("began", text=f"{moment(run.started).astimezone():%A %d %B %Y, %H:%M:%S %Z}")
    yield Line()


def closing(run: Reading, places: Sequence[Place], here: Path, *, shown: bool = False) -> Iterator[Line]:
    """The lines of the end. Paths are shown from `here` where that is shorter; `shown`: 'show' is not the next step."""
    yield Line()
    yield from _headline(run)
    if run.answers and run.steps:
        yield from listed("answer", [("", line) for line in run.steps[-1].answer.splitlines()])
    yield from listed("unproven", [("", one) for one in run.unproven], "bold")
    yield from _proposal(run)
    digits = len(f"{len(run.waits)}.")
    yield from listed("waits", [(f"{number}.".rjust(digits), wait) for number, wait in enumerate(run.waits, start=1)])
    yield from listed("refused", [("", refusal) for refusal in _refused(run)])
    yield Line("took", text=f"{duration(run.seconds)}, {cost(run)}")
    for place in places:
        note = f"  ({place.note})" if place.note else ""
        yield Line(place.label, text=f"{shortest(place.path, here)}{note}")
    if not shown or (run.proposal and not run.taken):
        yield Line("next", text=next_step(run, places, here))


def cost(run: Reading) -> str:
    """What the run cost, in a few words; it says so if no language model took part."""
    total = run.total
    if run.mode == "playbook":
        return f"{run.who_answered} ({many(total.model_calls, 'answer')}, {total.cost})"
    tokens = many(total.prompt + total.completion, "token")
    return f"{many(total.model_calls, 'model call')}, {tokens}, {total.cost} ({run.who_answered})"


def next_step(run: Reading, places: Sequence[Place], here: Path) -> str:
    """The one thing to do now."""
    if run.state == "waiting" and run.doubts:
        return f"deputy settle {run.run}"
    if run.state == "waiting":
        return f"deputy resume {run.run} --budget USD" if run.remedy else "deputy approvals"
    if run.proposal and not run.taken:
        return f"deputy accept {run.run}"
    report = next((place for place in places if place.label == "report"), None)
    if run.state == "done" and report:
        return f"open {shortest(report.path, here)}"
    return f"deputy show {run.run}"


def places_of(folder: Path, home: "Home", world: str) -> list[Place]:
    """Where a person finds what the run made (its folder), what it acted on (its world), and the records."""
    found = [Place("report", path) for path in (folder / "report.html",) if path.exists()]
    found += list(_children(folder))
    acted_on = home.root / "worlds" / world  # an absolute path stays as it is
    if world and acted_on.is_dir():
        names = sorted(path.name for path in acted_on.iterdir() if not path.name.endswith(("-wal", "-shm")))
        found.append(Place("world", acted_on, ", ".join(names)))
    file = home.root / LEDGER_FILE
    return [*found, Place("ledger", file)] if file.exists() else found


def shortest(path: Path, here: Path) -> str:
    """`path` from `here` if it lies below, else as it is."""
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _children(folder: Path) -> Iterator[Place]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir():
            if any(one.is_file() for one in path.rglob("*")):
                yield Place(path.name, path, ", ".join(_counted(path)))
        elif not path.name.startswith((".", "report.")):
            yield Place(path.stem, path)


def _counted(folder: Path) -> Iterator[str]:
    """How many files the folder has, by its own folders if it has any."""
    files = sum(1 for one in folder.iterdir() if one.is_file())
    if files:
        yield many(files, "file")
    for inner in sorted(one for one in folder.iterdir() if one.is_dir()):
        yield f"{sum(1 for one in inner.rglob('*') if one.is_file())} in {inner.name}"


def _headline(run: Reading) -> Iterator[Line]:
    style = {"done": "green", "waiting": "yellow", "failed": "red", "cancelled": "yellow"}.get(run.state, "")
    split = [done.partition(" ") for done in run.done]
    width = max((len(number) for number, _, _ in split), default=0)
    counted = [(number.rjust(width), what) for number, _, what in split]
    yield from listed(run.state, counted or [("", "nothing was changed")], style)
    if run.already:
        yield Line(text=f"{many(run.already, 'effect')} had happened before", style="dim")
    if run.error and run.state in ("waiting", "cancelled"):
        yield Line(text=run.error, style="dim")


def _proposal(run: Reading) -> Iterator[Line]:
    if run.proposal:
        from crews.proposal import Proposal

        known = {name: run.proposal[name] for name in Proposal.__dataclass_fields__ if name in run.proposal}
        yield from proposed(Proposal(**known))
        if run.taken:
            yield Line("accepted", text=f"by {run.taken}")


def _refused(run: Reading) -> list[str]:
    return [
        f"{one.call}: {one.text}" + (f" (rule {one.rule})" if one.rule else "")
        for one in run.troubles
        if one.verdict == "denied"
    ]


def listed(label: str, texts: Sequence[tuple[str, str]], style: str = "") -> Iterator[Line]:
    """Texts below one another, each with its bullet, the label before the first."""
    for number, (bullet, text) in enumerate(texts):
        yield Line(label if number == 0 else "", text=text, style=style, bullet=bullet)
