"""What went otherwise in a run, in one sentence: retries, systems left alone, effects in doubt, drift."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crews.report.figures import many, one_line
from runtime.records import Record

_TOLD: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "tool.retried": lambda it: f"{it['tool']} is tried again in {it['seconds']:.1f} s: {it['error']}",
    "tool.unknown": lambda it: f"whether {it['tool']} happened is not known (call {it['call']}): {it['reason']}",
    "tool.settled": lambda it: f"{it['by']} settled {it['tool']} (call {it['call']}): {it['verdict']}{_why(it)}",
    "backend.opened": lambda it: (
        f"'{it['backend']}' failed {it['failures']} times and is left alone for {it['seconds']:.0f} s: {it['error']}"
    ),
    "answer.doubted": lambda it: _unproven(it["claims"]),
    "replay.diverged": lambda it: (
        f"it asks something else than was recorded, and {'goes on' if it['accepted'] else 'stops'}: {it['where']}"
    ),
}


def incident(record: Record) -> str:
    """The sentence, or nothing for a record of another kind."""
    tell = _TOLD.get(record.kind)
    return one_line(tell(record.body)) if tell else ""


def noted(record: Record) -> str:
    """What a look-up says that it could not do as it should, or nothing."""
    result = record.body.get("result") if record.kind == "tool.done" else None
    return one_line(str(result["fell_short"])) if isinstance(result, Mapping) and result.get("fell_short") else ""


def _unproven(claims: Sequence[Mapping[str, Any]]) -> str:
    one = len(claims) == 1
    return f"{many(len(claims), 'sentence')} of the answer {'does' if one else 'do'} not stand on what was read"


def _why(body: Mapping[str, Any]) -> str:
    return f", {body['reason']}" if body.get("reason") else ""
