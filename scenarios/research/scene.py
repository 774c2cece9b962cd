"""Research in code: what a goal's words come to, the playbook, and the report's tables."""

from collections.abc import Sequence

from crews.report.sections import Section
from crews.scene import Scene
from runtime.records import Record
from scenarios.research.goals import understands
from scenarios.research.playbook import PLAYBOOK
from tools.world import World


def sections(records: Sequence[Record], _world: World) -> Sequence[Section]:
    """The findings as the brief has them."""
    rows = tuple(
        (number, one["claim"], f"{one['url']}\n“{one['quote']}”")
        for record in records
        if record.kind == "tool.intended" and record.body["tool"] == "write_brief"
        for number, one in enumerate(record.body["args"]["findings"], start=1)
    )
    note = "Each quote was found on its page word by word. Whether the page is right, nobody has looked at."
    return [Section("Findings", ("No.", "Claim", "From"), rows, note)] if rows else []


SCENE = Scene(playbook=PLAYBOOK, understands=understands, sections=sections)
