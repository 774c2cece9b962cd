"""How many small mistakes in our modules our tests notice: `python -m benchmarks.mutants guard`.

    PLACE...       modules, or folders of them
    --tests T...   the test files that have to notice; else those that benchmarks/mutants.yaml names for the module
    --sample N     try at most N mutants of each module, drawn by the seed (default: all)
    --seed N       of the draw (default: 1)
    --seconds N    begin no mutant of a module after so many seconds (default: no end)
    --keep FILE    read what was tried before, and add to it: only what nobody noticed, and what is new, is tried

Each mutant (benchmarks/mutation.py) is loaded in a process of its own in place of its module; those that no test
notices are listed with their line. `score` is the share that some test noticed of those tried; `less equal` leaves
aside those that benchmarks/mutants.yaml lists as no change at all, each with its reason.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.mutation import Mutant, mutants
from benchmarks.trials import try_all

TABLE = Path(__file__).with_suffix(".yaml")

Name = tuple[str, str, int]


@dataclass(frozen=True)
class Score:
    """What came of a module's mutants, or of those of all modules."""

    mutants: int
    tried: int
    noticed: int
    equal: int

    def __str__(self) -> str:
        return (
            f"{self.mutants:8} {self.tried:8} {self.noticed:8} {_share(self.noticed, self.tried):>8} {self.equal:6} "
            f"{_share(self.noticed, self.tried - self.equal):>10}"
        )


class Kept:
    """What was tried, by module: who noticed each mutant, or '' for nobody. The last word on a mutant counts."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._said: dict[str, dict[Name, str]] = {}
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        for module, text, what, nth, by in map(json.loads, lines):
            self._said.setdefault(module, {})[text, what, nth] = by

    def of(self, module: Path) -> Mapping[Name, str]:
        """Who noticed the module's mutants."""
        return self._said.get(str(module), {})

    def add(self, module: Path, one: Mutant, by: str) -> None:
        """Keep what came of a mutant."""
        self._said.setdefault(str(module), {})[one.name] = by
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps([str(module), *one.name, by]) + "\n")


def equal_ones(module: Path) -> list[dict[str, str]]:
    """The mutants of the module that change nothing, as the table lists them: `line`, `change` and `why`."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return list(table["equal"].get(str(module), ()))


def _tests(module: Path) -> list[str]:
    tests: dict[str, list[str]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))["tests"]
    if str(module) not in tests:
        sys.exit(f"{TABLE.name} names no tests for '{module}'; add them there, or use --tests")
    return tests[str(module)]


def _score(module: Path, kept: Kept) -> Score:
    every, by, listed = mutants(module.read_text(encoding="utf-8")), kept.of(module), equal_ones(module)
    tried = [one for one in every if one.name in by]
    survived = [one for one in tried if not by[one.name]]
    equal = [one for one in survived if _is_listed(one, listed)]
    return Score(len(every), len(tried), len(tried) - len(survived), len(equal))


def _is_listed(one: Mutant, listed: Sequence[Mapping[str, str]]) -> bool:
    return any((one.text, one.what) == (entry["line"], entry["change"]) for entry in listed)


def _chosen(module: Path, kept: Kept, options: argparse.Namespace) -> list[Mutant]:
    """Those that nobody noticed before, and as many of the new ones as are wanted."""
    every, by = mutants(module.read_text(encoding="utf-8")), kept.of(module)
    new = [one for one in every if one.name not in by]
    if options.sample is not None and options.sample < len(new):
        drawn = set(random.Random(options.seed).sample(range(len(new)), options.sample))
        new = [one for index, one in enumerate(new) if index in drawn]
    again = [one for one in every if one.name in by and not by[one.name] and not _is_listed(one, equal_ones(module))]
    return [*again, *new]


def _try(module: Path, kept: Kept, options: argparse.Namespace) -> None:
    def told(one: Mutant, by: str) -> None:
        kept.add(module, one, by)
        if not by and not _is_listed(one, listed):
            print(f"  {module}:{one.line}  {one.what}", flush=True)

    listed, chosen = equal_ones(module), _chosen(module, kept, options)
    if chosen:
        until = time.monotonic() + options.seconds
        try_all(module, options.tests or _tests(module), chosen, told, until)


def _modules(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        yield from sorted(place.glob("*.py")) if place.is_dir() else [place]


def _try_apart(module: Path, kept: Path, arguments: Sequence[str]) -> None:
    """Try a module's mutants in a process of their own, for what is loaded ahead differs."""
    command = [sys.executable, "-m", __spec__.name, str(module), "--apart", "--keep", str(kept), *arguments]
    if subprocess.run(command, check=False).returncode:
        sys.exit(1)


def _share(some: int, whole: int) -> str:
    return f"{100 * some / whole:.1f} %" if whole else "-"


def _options() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants")
    parser.add_argument("places", nargs="+", type=Path)
    parser.add_argument("--tests", nargs="+")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--apart", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    given: list[Any] = ["--seed", options.seed, "--seconds", options.seconds]
    given += ["--sample", options.sample] if options.sample is not None else []
    given += ["--tests", *options.tests] if options.tests else []
    return options, [*map(str, given)]


def main() -> None:
    """Try the mutants, print those that no test notices, and a line for each module."""
    options, arguments = _options()
    if options.apart:
        _try(options.places[0], Kept(options.keep), options)
        return
    file = options.keep or Path(tempfile.mkstemp(suffix=".jsonl")[1])
    modules = [one for one in _modules(options.places) if mutants(one.read_text(encoding="utf-8"))]
    scores = []
    for module in modules:
        if options.sample != 0:
            _try_apart(module, file, arguments)
        scores.append(_score(module, Kept(file)))
    print(f"{'module':28} mutants    tried  noticed    score  equal less equal")
    for module, score in zip(modules, scores, strict=True):
        print(f"{module!s:28} {score}".rstrip())
    columns = ("mutants", "tried", "noticed", "equal")
    print(f"{'all':28} {Score(*(sum(getattr(one, name) for one in scores) for name in columns))}")
    if options.keep is None:
        file.unlink()


if __name__ == "__main__":
    main()
