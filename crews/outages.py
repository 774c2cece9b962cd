"""Systems that did not answer a run: what it could not do, and the way out. Such a run has not done its work."""

from collections.abc import Sequence

from runtime.errors import DeputyError, ModelFailure
from runtime.problems import counted
from runtime.records import Record

AGAIN = "then run it again: what has been done is not done twice"


def undone(records: Sequence[Record]) -> DeputyError | None:
    """The changes that a run could not make because a system did not answer; None if it made all in the end."""
    done = {one.body["key"]["hash"] for one in records if one.kind == "tool.done"}
    missed = [one for one in _away(records) if one.body["effect"] != "read" and one.body["key"]["hash"] not in done]
    if not missed:
        return None
    calls = {one.body["key"]["hash"]: one.body["tool"] for one in missed}
    names = ", ".join(sorted(set(calls.values())))
    problem = f"{counted(len(calls), 'call')} of {names} could not be made: {missed[0].body['error']}"
    return DeputyError(problem, remedy=f"{missed[0].body['remedy']}; {AGAIN}".removeprefix("; "))


def explained(error: DeputyError, records: Sequence[Record]) -> DeputyError:
    """The end of a run that broke off, with the way out if it was because a system did not answer."""
    cause = next((one for one in _away(records) if one.body["error"] in error.problem), None)
    if cause is None or error.remedy or not isinstance(error, ModelFailure):
        return error
    return ModelFailure(error.problem, remedy=f"{cause.body['remedy']}; {AGAIN}".removeprefix("; "))


def _away(records: Sequence[Record]) -> list[Record]:
    return [one for one in records if one.kind in ("tool.failed", "call.decided") and one.body.get("away")]
