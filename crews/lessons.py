"""What a run leaves for later ones: what its scenario learned from receipts, and what people refused, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from crews.opened import Opened
from runtime.canonical import digest
from runtime.facts import Fact
from runtime.records import Record
from tools.backends.remembering import MEMORY
from tools.world import World

REFUSED = "refused by a person"
"""The topic of what people said when they refused a call."""

_MOST = 10


def learn(opened: Opened, records: Sequence[Record]) -> int:
    """Keep what this run is a lesson in; how many facts are new. They are trusted: no model wrote them."""
    facts = [*opened.scene.learn(records, opened.world), *_refusals(records)]
    if not facts:
        return 0
    memory, now = opened.world.service(MEMORY), opened.world.clock.now()
    return sum(memory.learn(replace(one, run=opened.run), now) for one in facts)


def lessons(world: World) -> list[str]:
    """What people said when they refused calls of earlier runs, the newest first."""
    found = world.service(MEMORY).recall("", world.clock.now(), about=REFUSED, limit=_MOST)
    return [one.text for one in found if one.trusted]


def _refusals(records: Sequence[Record]) -> Iterator[Fact]:
    asked = {one.body["approval"]: one.body for one in records if one.kind == "approval.requested"}
    for record in records:
        if record.kind == "approval.answered" and record.body["verdict"] == "denied" and record.body["reason"]:
            yield _refusal(asked[record.body["approval"]], record)


def _refusal(asked: Mapping[str, str], answered: Record) -> Fact:
    said, by = answered.body["reason"], answered.body["by"]
    text = f"{asked['tool']} in step {asked['step']}: {said}"
    return Fact(REFUSED, digest(text)[:16], text, trusted=True, origin=f"{by}, answering", call=asked["call"])
