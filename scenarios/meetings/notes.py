"""Decisions and actions in what people said, by the words in which people decide and promise."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_DECIDED = re.compile(
    r"\b(?:we(?:'ve|’ve| have)? (?:decided|agreed)|(?:it's|it’s|that's|that’s) (?:decided|agreed|settled)|"
    r"the decision is|let(?:'|’)s go with|we(?:'ll|’ll| will) go with|agreed[,:])",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"\bI(?:'ll|’ll| will|'m going to|’m going to) (?!not\b|never\b|be\b|have to go\b)\w+", re.IGNORECASE
)
_NEED = re.compile(
    r"\b(?:somebody|someone) (?:should|has to|needs to|must)\b|\b(?:action item|to-do)\b|\bwe (?:still )?need to\b",
    re.IGNORECASE,
)
_UNDONE = re.compile(
    r"\b(?:not|never|n't|n’t)\b.{0,20}\b(?:decided|agreed)|\bif we (?:decided|agreed)\b", re.IGNORECASE
)
_ASKS = r"(?:,? (?:can|could|will|would) you (?:please )?\w+| (?:will|is going to) (?!not\b)\w+)"


@dataclass(frozen=True)
class Note:
    """A decision or an action. `owner` is empty unless somebody took it or was asked for it aloud."""

    kind: Literal["decision", "action"]
    text: str
    owner: str
    speaker: str
    at: str
    mark: str


def notes_of(turns: Sequence[Mapping[str, Any]]) -> list[Note]:
    """The notes in the turns, in their order."""
    people = {str(one["speaker"]) for one in turns if one["speaker"]}
    return [note for turn in turns for note in _of_turn(turn, people)]


def _of_turn(turn: Mapping[str, Any], people: Iterable[str]) -> list[Note]:
    found = []
    where = {"speaker": str(turn["speaker"]), "at": str(turn["at"]), "mark": str(turn["mark"])}
    for said in _SENTENCE.split(str(turn["text"])):
        asked = _asked(said, people)
        if _DECIDED.search(said) and not _UNDONE.search(said) and not said.endswith("?"):
            found.append(Note("decision", said, "", **where))
        elif asked:
            found.append(Note("action", said, asked, **where))
        elif _PROMISE.search(said) and not said.lower().startswith("if "):
            found.append(Note("action", said, where["speaker"], **where))
        elif _NEED.search(said):
            found.append(Note("action", said, "", **where))
    return found


def _asked(said: str, people: Iterable[str]) -> str:
    """Whom the sentence asks or says to do something, if it is one of those who are there."""
    for person in sorted(people):
        for name in (person, person.split()[0]):
            if re.search(rf"\b{re.escape(name)}{_ASKS}", said, re.IGNORECASE):
                return person
    return ""
