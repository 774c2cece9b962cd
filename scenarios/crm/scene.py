"""The CRM in code: what a goal's words come to, the playbook, and the report's table of changes."""

from collections.abc import Sequence

from crews.report.sections import Section
from crews.scene import Scene
from runtime.records import Record
from scenarios.crm.goals import understands
from scenarios.crm.playbook import PLAYBOOK
from tools.world import World


def sections(records: Sequence[Record], _world: World) -> Sequence[Section]:
    """Each change with what it was before."""
    made = [one.body["result"] for one in records if one.kind == "tool.done" and one.body["tool"] == "update_account"]
    rows = tuple(
        (one["account"], one["field"], one["before"], one["after"], "before" if one["already"] else "now")
        for one in made
    )
    note = "'deputy undo' sets the fields back to what they were."
    return [Section("Changes", ("Account", "Field", "Was", "Is", "Changed"), rows, note)] if rows else []


SCENE = Scene(playbook=PLAYBOOK, understands=understands, sections=sections)
