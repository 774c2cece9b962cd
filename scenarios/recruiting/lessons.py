"""What a recruiting run learns: which résumés it has recorded, so that the next reads only what is new or changed."""

from collections.abc import Sequence
from typing import Any

from runtime.facts import Fact
from runtime.records import Record
from tools.world import World

SCREENED = "screened résumés"


def learn(records: Sequence[Record], _world: World) -> Sequence[Fact]:
    """A fact per résumé that this run recorded, by the version of its file and of the job.

    One that a person has to look at is not among them: it is read, and told of, each time.
    """
    versions = {one["file"]: one["version"] for body in _results(records, "list_resumes") for one in body["result"]}
    return [
        _fact(versions[body["args"]["file"]], str(body["result"]["candidate"]))
        for body in _results(records, "record_candidate")
        if body["args"]["file"] in versions and not body["result"].get("waits_for_person")
    ]


def _fact(version: str, candidate: str) -> Fact:
    text = f"recorded as {candidate}"
    return Fact(SCREENED, version, text, trusted=True, origin="a receipt of record_candidate", subject=candidate)


def _results(records: Sequence[Record], tool: str) -> list[dict[str, Any]]:
    return [one.body for one in records if one.kind == "tool.done" and one.body["tool"] == tool]
