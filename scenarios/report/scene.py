"""The weekly report in code: how many get it, the playbook, and the run's own tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from crews.goals import addresses
from crews.report.figures import minute
from crews.report.sections import Section
from crews.scene import Scene
from crews.unread import check_read
from runtime.errors import Unclear
from runtime.records import Record
from scenarios.report.playbook import PLAYBOOK
from tools.reporting.files import load_report
from tools.world import World

_KNOWN = (
    r"send|make|write|prepare|compile|create|mail|out|weekly|report|week|last|numbers|figures|recipients|readers|everybody"
    r"|everyone|sources"
)


def facts(world: World) -> Mapping[str, Any]:
    """How many people get the report."""
    return {"readers": len(load_report(world.inputs["report"]).recipients)}


def understands(goal: str, world: World) -> Mapping[str, Any]:
    """Nothing but that the report is wanted. Raises Unclear for whatever else is said: the file says who gets
    it, and of which week it is."""
    if found := addresses(goal):
        path = world.inputs["report"]
        raise Unclear(
            f"shall '{found[0]}' get the report? It goes to the recipients of {path.name} only",
            remedy=f"leave the address out, or add it to 'recipients' in {path}",
        )
    check_read(goal, _KNOWN, "The report of the week that is due is made and goes to all of its recipients")
    return {}


def sections(records: Sequence[Record], _world: World) -> Sequence[Section]:
    """The figures with their rows, as they were read first."""
    found = [one.body["result"] for one in records if one.kind == "tool.done" and one.body["tool"] == "read_sources"]
    if not found:
        return []
    rows = tuple(
        (one["name"], one["value"], one["unit"], one["before"], one["rows"] or "none", one["missing"])
        for one in found[0]["figures"]
    )
    days = f"{found[0]['from']} to {found[0]['to']}"
    note = f"Week {found[0]['week']}, {days}, as the sources were {minute(found[0]['as_of'])}."
    columns = ("Figure", "This week", "Unit", "Week before", "Rows it comes from", "Missing")
    return [Section("Figures", columns, rows, note)]


SCENE = Scene(playbook=PLAYBOOK, facts=facts, understands=understands, sections=sections)
