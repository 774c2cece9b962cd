"""The calendar tools as they are declared and loaded."""

import subprocess
import sys
from pathlib import Path

from crews.catalogue import catalogue

ROOT = Path(__file__).parents[2]


def test_the_tools_declare_what_they_do() -> None:
    tools = catalogue()

    assert tools["find_slots"].effect == "read"
    assert (tools["book_interview"].effect, tools["book_interview"].targets) == ("write", ("candidate", "panel"))
    assert tools["book_interview"].identity == ("candidate",)
    assert (tools["cancel_interview"].effect, tools["cancel_interview"].targets) == ("write", ("interview",))
    assert "world" not in tools["book_interview"].schema()["properties"]


def test_importing_the_tools_loads_nothing_heavy() -> None:
    heavy = "{'icalendar', 'caldav', 'sqlalchemy', 'recurring_ical_events'}"
    code = f"import sys, tools.agenda, tools.people; print(sorted({heavy} & set(sys.modules)))"

    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "[]"
