"""Whether an answer stands on what was read: each claim cites a passage, and the passage holds what the claim says."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.records import Record
from runtime.words import query_words

LEAST = 0.4
"""The share of a claim's words that must stand in the passages that it cites."""

_MARK = re.compile(r"\[([^\[\]\n]{1,200}?:p?\d+(?:-t?\d+)?)\]")
_ENDS = re.compile(r"(?<=[.!?\]])\s+(?![\[(])")
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_SHORTEST = 3


@dataclass(frozen=True)
class Doubt:
    """A claim that does not stand on what was read, and why."""

    claim: str
    why: str

    def __str__(self) -> str:
        """As it is told beside an answer."""
        return f"{self.claim} ({self.why})"


def doubts(text: str, passages: Mapping[str, str], names: Collection[str] = ()) -> list[Doubt]:
    """The claims of `text` that the passages, by mark, do not bear out. Code blocks claim nothing.

    A claim without a mark of its own is held against those of the next claim in its line that has some.
    Of the people in `names`, it may name those only who stand in what it cites.
    """
    found = []
    for line in _lines(text):
        parts = _sentences(line)
        for at, claim in enumerate(parts):
            marks = next((marks for one in parts[at:] if (marks := cited(one))), [])
            if why := _doubt(claim, marks, passages, names):
                found.append(Doubt(claim, why))
    return found


def claims(text: str) -> list[str]:
    """The sentences of `text` that say something; a mark behind a full stop belongs to the sentence before it."""
    return [one for line in _lines(text) for one in _sentences(line)]


def _lines(text: str) -> list[str]:
    return [one for one in _FENCE.sub("\n", text).splitlines() if one.strip()]


def _sentences(line: str) -> list[str]:
    parts = (one.strip(" \t-*#>") for one in _ENDS.split(line))
    return [one for one in parts if len(re.findall(r"\w+", _MARK.sub("", one))) >= _SHORTEST and one[-1] not in "?:"]


def cited(text: str) -> list[str]:
    """The marks in `text`, in their order, each once."""
    return list(dict.fromkeys(_MARK.findall(text)))


def passages_read(records: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """What a run has read and can cite, by mark: passages, and facts that are known."""
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        result = record.body.get("result") if record.kind == "tool.done" else None
        if isinstance(result, Mapping):
            read = [*result.get("passages", ()), *map(_as_passage, _facts(record, result))]
            found |= {str(one["mark"]): {**one, "record": record.seq} for one in read}
    return found


def _facts(record: Record, result: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    known = result.get("known", ()) if record.body.get("tool") == "recall" else ()
    return [one for one in known if "mark" in one]  # records of before facts could be cited have none


def _as_passage(fact: Mapping[str, Any]) -> dict[str, Any]:
    return {"mark": fact["mark"], "title": fact["about"], "text": fact["fact"]}


def _doubt(claim: str, marks: Sequence[str], passages: Mapping[str, str], names: Collection[str]) -> str:
    if not marks:
        return "no source is named"
    unknown = [one for one in marks if one not in passages]
    if unknown:
        return f"'{unknown[0]}' was not read"
    told = _MARK.sub(" ", claim)
    source = "\n".join(passages[one] for one in marks)
    held = set(_NUMBER.findall(source))
    missing = [one for one in names if one in told and one not in source]
    if missing:
        return f"'{missing[0]}' is not named in {', '.join(marks)}"
    strange = [one for one in _NUMBER.findall(told) if one.rstrip(".,:") not in held]
    if strange:
        return f"'{strange[0]}' does not stand in {', '.join(marks)}"
    words = [stem(one) for one in query_words(told)]
    near = {stem(one) for one in re.findall(r"\w+", source.casefold())}
    if words and sum(one in near for one in words) / len(words) < LEAST:
        return f"{', '.join(marks)} says something else"
    return ""


def stem(word: str) -> str:
    """A word without its commonest endings, so that 'limits' and 'limited' are 'limit'."""
    for ending in ("ing", "ed", "es", "s", "ly", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word.removesuffix(ending)
    return word
