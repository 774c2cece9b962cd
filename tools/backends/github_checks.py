"""What GitHub says of a commit in three places, as one list: check runs, statuses, attempts of workflows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tools.backends.forge import Check, Conclusion

_CONCLUSIONS: dict[str, Conclusion] = {"success": "success", "neutral": "neutral", "skipped": "skipped"}
_STATES: dict[str, Conclusion] = {"success": "success", "pending": "pending"}


def conclusion(run: Mapping[str, Any]) -> Conclusion:
    """What a check run or a workflow run came to; whatever is neither good nor under way is a failure."""
    if run.get("status") != "completed":
        return "pending"
    return _CONCLUSIONS.get(str(run.get("conclusion")), "failure")


def checks_in(
    runs: Iterable[Mapping[str, Any]],
    statuses: Iterable[Mapping[str, Any]],
    jobs: Iterable[Mapping[str, Any]],
    head: str,
    base: str,
) -> Sequence[Check]:
    """Each check's newest word by name. Where a check run and a status bear the same name, the worse one counts."""
    attempts = {str(one.get("check_suite_id")): int(one.get("run_attempt") or 1) for one in jobs}
    found: dict[str, Check] = {}
    for one in statuses:
        said = _STATES.get(str(one["state"]), "failure")
        text = str(one.get("description") or "")
        _keep(found, Check(str(one["context"]), said, head, base, tier="github", summary=text))
    for one in runs:
        suite = str((one.get("check_suite") or {}).get("id"))
        text = str((one.get("output") or {}).get("summary") or "")
        said = conclusion(one)
        _keep(found, Check(str(one["name"]), said, head, base, attempts.get(suite, 1), "github", text))
    return [found[name] for name in sorted(found)]


def _keep(found: dict[str, Check], check: Check) -> None:
    order: tuple[Conclusion, ...] = ("success", "neutral", "skipped", "pending", "failure")
    known = found.get(check.name)
    if known is None or order.index(check.conclusion) > order.index(known.conclusion):
        found[check.name] = check
