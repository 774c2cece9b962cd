"""What waits for a person after a run: calls to allow, doubts to settle, and what results say somebody has to do."""

from collections.abc import Sequence
from typing import Any

from crews.report.figures import dated, many, moment, one_line, together
from crews.report.phrases import called
from runtime.journal import Journal
from runtime.records import STATE_AFTER, Record


def waits_of(records: Sequence[Record]) -> list[str]:
    """Everything that waits, each a sentence: files left out, then what the run asks, then what its results say."""
    told = [wait for one in records for wait in _waits_in(one)]
    return [*_left_out(records[0]), *_asks_in(records), *together(told)]


def _waits_in(record: Record) -> list[str]:
    """The sentences in a tool's result that say what a person has to do."""
    return list(_waits(record.body.get("result"))) if record.kind == "tool.done" else []


def _asks_in(records: Sequence[Record]) -> list[str]:
    """What a waiting run asks of people: equal asks are one sentence, with how many calls it is about."""
    states = [STATE_AFTER[one.kind] for one in records if one.kind in STATE_AFTER]
    if not states or states[-1] != "waiting":
        return []
    from guard.approvals import Approvals

    doubts = [
        f"say whether call {one.body['call']} of {one.body['tool']} happened: nobody here can know"
        for one in Journal(records).open_doubts()
    ]
    pending = Approvals(records).pending(moment(records[-1].at))
    alike: dict[tuple[str, str, str], list[str]] = {}
    for one in pending:
        alike.setdefault((one.tool, one.rule, one.reason), []).append(called(one.tool, one.args))
    return doubts + [
        f"allow or refuse {_calls(tool, calls)}: {one_line(reason)} (rule {rule})"
        for (tool, rule, reason), calls in alike.items()
    ]


def _calls(tool: str, calls: Sequence[str]) -> str:
    return calls[0] if len(calls) == 1 else f"{many(len(calls), 'call')} of {tool}"


def _left_out(first: Record) -> list[str]:
    number = first.body.get("left_out") or 0
    whose = "whose owner was erased" if number == 1 else "whose owners were erased"
    return [f"not read: {many(number, 'file')} {whose}; 'deputy forget --lift' allows it"] if number else []


def _waits(value: Any) -> list[str]:
    if isinstance(value, list):
        return [wait for item in value for wait in _waits(item)]
    if not isinstance(value, dict):
        return []
    own = value.get("waits_for_person")
    if isinstance(own, str) and own:
        return [dated(one_line(own))]
    return [wait for item in value.values() for wait in _waits(item)]
