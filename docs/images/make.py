"""Pictures of a real run: `python -m docs.images.make` runs the recruiting scenario and draws what the command prints.

The run has a home of its own that is gone afterwards; no model is asked. Nothing is retouched: rows are only left out,
and where, a dim line says how many.
"""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from cli.closing import closing, places_of
from cli.layout import Line, laid_out
from cli.live import Live
from crews.report.names import names_in
from crews.report.reading import read_run
from crews.wish import Outcome, Wish
from docs.images.terminal import svg
from runtime.home import Home
from runtime.records import Record
from testkit.projects import CHECKOUT, home_in, make_project, with_scenarios

FILE = Path(__file__).parent / "run.svg"
COMMAND = "deputy run -s recruiting --model playbook"
WIDTH = 96
SHOWN = 2
"""How many of a step's effects, and of the things that wait, are shown."""


def draw() -> str:
    """The picture of a run that is made now."""
    rows = [row for line in shortened(played()) for row in laid_out(line, WIDTH)]
    return svg([[("$ ", "dim"), (COMMAND, "bold")], [], *rows], WIDTH, title=f"What '{COMMAND}' prints")


def played() -> list[Line]:
    """What the command says of a run of the scenario, line by line."""
    from crews.runner import start

    said: list[Line] = []
    records: list[Record] = []
    live = Live(said.append)

    def take(record: Record) -> None:
        records.append(record)
        live.take(record)

    with tempfile.TemporaryDirectory() as folder:
        settings = (CHECKOUT / "config" / "settings.yaml").read_text(encoding="utf-8")
        project = with_scenarios(make_project(Path(folder) / "deputy", settings=settings))
        wish = Wish(scenario="recruiting", model="playbook", principal="user:you")
        with home_in(project):
            outcome = start(project, wish, on_record=take, on_banner=live.banner)
        names = names_in(Home((project / "var").resolve()), read_run(records).world)
        return [replace(one, text=names.told(one.text)) for one in (*said, *_ending(records, outcome, project))]


def _ending(records: list[Record], outcome: Outcome, project: Path) -> Iterator[Line]:
    run = read_run(records)
    home = Home((project / "var").resolve())
    yield from closing(run, places_of(outcome.folder, home, run.world), project.resolve())


def shortened(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines without the counts of reads, with the first `SHOWN` of each step's effects and of what waits."""
    shown = ""
    for line in _counted(_placed(lines)):
        yield line if line.gutter != shown else replace(line, gutter="")
        shown = line.gutter


def _counted(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines to show; where a step or a list ends of which some are left out, how many those are."""
    count: Counter[str] = Counter()
    before = ""
    for line in lines:
        listed = line.bullet.strip().endswith(".")
        if line.mark == "done" or (before == "waits" and not listed):
            ended = line.gutter if line.mark == "done" else before
            if count[ended] > SHOWN:
                yield Line(ended, text=f"⋮ {count[ended] - SHOWN} more", style="dim")
        if line.mark == "deed" or listed:
            count[line.gutter] += 1
        if line.mark != "read" and not ((line.mark == "deed" or listed) and count[line.gutter] > SHOWN):
            yield line
        before = line.gutter


def _placed(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, each with the gutter that it stands under."""
    gutter = ""
    for line in lines:
        gutter = line.gutter or (gutter if line.text else "")
        yield replace(line, gutter=gutter)


def main() -> None:
    """Draw the picture into its file."""
    FILE.write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
