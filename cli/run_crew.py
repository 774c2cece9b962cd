"""`run_crew`: what `crewai run` starts. It takes no arguments, so everything is chosen by the environment.

SCENARIO=recruiting crewai run                 a scenario (the default)
CREW=assistant GOAL="Which positions are open?" crewai run
GOAL="Schedule a 1-hour sync with the design team today" crewai run
INPUT_RESUMES=DIR INPUT_JOB=FILE crewai run    other inputs, as `deputy run --input resumes=DIR`
"""

import os
import sys
from collections.abc import Mapping

DEFAULT_SCENARIO = "recruiting"


def arguments(environ: Mapping[str, str]) -> list[str]:
    """The `deputy` command line that the environment asks for."""
    crew, goal, scenario = (environ.get(name, "").strip() for name in ("CREW", "GOAL", "SCENARIO"))
    if crew == "assistant" and goal and not scenario:
        return ["ask", goal]
    words = ["run", *([goal] if goal else [])]
    if scenario or not goal:
        words += ["-s", scenario or DEFAULT_SCENARIO]
    if crew:
        words += ["--crew", crew]
    for name, path in sorted(environ.items()):
        if name.startswith("INPUT_") and path:
            words += ["--input", f"{name.removeprefix('INPUT_').lower()}={path}"]
    return words


def run() -> None:
    """Run what the environment asks for, and exit with its exit code."""
    from cli.main import main

    sys.argv = ["deputy", *arguments(os.environ)]
    main()
