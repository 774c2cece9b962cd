"""What is done with the answer of a crew that answers from passages: each claim is checked, and what is not answered is
handed over to a person. The assistant's questions and the crew's runs are checked alike."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from crews.grounding import Doubt, cited, claims, doubts, passages_read
from crews.opened import Opened
from crews.proposal import Proposal, for_a_person
from runtime.canonical import plain
from runtime.passages import whole
from runtime.records import Record

NO_ANSWER = "The documents do not say."
"""What a crew that answers from passages says, alone, if they hold no answer."""


@dataclass(frozen=True)
class Checked:
    """The answer as it is told, and its claims that do not stand on what was read, or a proposal in its place."""

    text: str
    doubts: list[Doubt] = field(default_factory=list)
    proposal: Proposal | None = None


def checked(opened: Opened, text: str, records: Sequence[Record], doubted: Sequence[Doubt] = ()) -> Checked:
    """Check the answer of a run with these records, and record what came of it; once, if the run is carried on.

    `doubted` is what the scenario's own code doubts already.
    """
    if not opened.scene.grounded or not opened.config.crews[opened.crew].read_only:
        return Checked(text, list(doubted))
    found = [*doubted, *_doubts(text, records)]
    proposal = _for_a_person(opened, text, found, records)
    known = {one.kind for one in records}
    if proposal:
        if "proposal.made" not in known:
            opened.record("proposal.made", **plain(asdict(proposal)))
        return Checked(NO_ANSWER, proposal=proposal)
    if found and "answer.doubted" not in known:
        opened.record("answer.doubted", claims=[asdict(one) for one in found])
    return Checked(text, found)


def _doubts(text: str, records: Sequence[Record]) -> list[Doubt]:
    if NO_ANSWER in text:
        return []
    passages = passages_read(records)
    names = {str(one["speaker"]).split()[0] for one in passages.values() if one.get("speaker")}
    return doubts(text, {mark: whole(one["title"], one["text"]) for mark, one in passages.items()}, names)


def _for_a_person(opened: Opened, text: str, found: Sequence[Doubt], records: Sequence[Record]) -> Proposal | None:
    """The hand-over, if nothing of the answer stands on a passage; because of what a look-up refused, if one did."""
    if not opened.scene.hands_over or (NO_ANSWER not in text and (cited(text) and not _all_doubted(text, found))):
        return None
    refused = [str(one.body["error"]) for one in records if one.kind == "tool.failed"]
    why = refused[-1] if refused else "no passage of the documents answers it"
    return for_a_person(opened.goal, why, list(passages_read(records)))


def _all_doubted(text: str, found: Iterable[Doubt]) -> bool:
    return {one.claim for one in found} >= set(claims(text))
