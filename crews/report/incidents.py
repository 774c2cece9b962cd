"""What went otherwise in a run, in one sentence: retries, systems left alone, effects in doubt, drift."""

from collections.abc import Callable, Mapping
from typing import Any

from crews.report.figures import one_line
from runtime.records import Record

_TOLD: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "tool.retried": lambda it: f"{it['tool']} is tried again in {it['seconds']:.1f} s: {it['error']}",
    "tool.unknown": lambda it: f"whether {it['tool']} happened is not known (call {it['call']}): {it['reason']}",
    "tool.settled": lambda it: f"{it['by']} settled {it['tool']} (call {it['call']}): {it['verdict']}{_why(it)}",
    "backend.opened": lambda it: (
        f"'{it['backend']}' failed {it['failures']} times and is left alone for {it['seconds']:.0f} s: {it['error']}"
    ),
    "replay.diverged": lambda it: (
        f"it asks something else than was recorded, and {'goes on' if it['accepted'] else 'stops'}: {it['where']}"
    ),
}


def incident(record: Record) -> str:
    """The sentence, or nothing for a record of another kind."""
    tell = _TOLD.get(record.kind)
    return one_line(tell(record.body)) if tell else ""


def _why(body: Mapping[str, Any]) -> str:
    return f", {body['reason']}" if body.get("reason") else ""
