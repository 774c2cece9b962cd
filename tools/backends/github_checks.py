"""What GitHub says of a commit in three places, as one list: check runs, statuses, attempts of workflows.

GitHub begins to check when something is pushed, and does not say when it has ended: whoever wants to know looks again.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.backends.forge import Check, Conclusion

_CONCLUSIONS: dict[str, Conclusion] = {"success": "success", "neutral": "neutral", "skipped": "skipped"}
_STATES: dict[str, Conclusion] = {"success": "success", "pending": "pending"}

_PAUSES = (0.5, 1, 2, 4, 8, *(15,) * 56)
"""Seconds between two looks; a quarter of an hour together."""
_BEGINS = 5
"""After so many looks that find nothing, nothing is going to be checked."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Heard:
    """Check runs, statuses and workflow runs of one commit, at one moment."""

    runs: Sequence[Row]
    statuses: Sequence[Row]
    jobs: Sequence[Row]

    @property
    def nothing(self) -> bool:
        """Whether nobody says anything of it."""
        return not (self.runs or self.statuses or self.jobs)

    def under_way(self, again: Collection[int]) -> bool:
        """Whether something has not ended; `again` are workflow runs whose second attempt is waited for."""
        waited = any(one["id"] in again and int(one.get("run_attempt") or 1) == 1 for one in self.jobs)
        runs = (conclusion(one) for one in (*self.runs, *self.jobs))
        return waited or "pending" in runs or any(one["state"] == "pending" for one in self.statuses)


def ended(hear: Callable[[], Heard], sleep: Callable[[float], None], again: Collection[int] = ()) -> Heard:
    """What is said when everything has ended, or after a quarter of an hour. `sleep` waits for a number of seconds."""
    heard = hear()
    for look, pause in enumerate(_PAUSES):
        if not heard.under_way(again) and (look >= _BEGINS or not heard.nothing):
            break
        sleep(pause)
        heard = hear()
    return heard


def conclusion(run: Mapping[str, Any]) -> Conclusion:
    """What a check run or a workflow run came to; whatever is neither good nor under way is a failure."""
    if run.get("status") != "completed":
        return "pending"
    return _CONCLUSIONS.get(str(run.get("conclusion")), "failure")


def checks_in(
    runs: Iterable[Row], statuses: Iterable[Row], jobs: Iterable[Row], head: str, base: str
) -> Sequence[Check]:
    """Each check's newest word by name. Where a check run and a status bear the same name, the worse one counts."""
    suites = {str(one.get("check_suite_id")): one for one in jobs}
    found: dict[str, Check] = {}
    for one in statuses:
        said = _STATES.get(str(one["state"]), "failure")
        text = str(one.get("description") or "")
        _keep(found, Check(str(one["context"]), said, head, base, tier="github", summary=text))
    for one in runs:
        suite = str((one.get("check_suite") or {}).get("id"))
        text = str((one.get("output") or {}).get("summary") or "")
        attempt = _attempt(one, suites.get(suite, {}))
        _keep(found, Check(str(one["name"]), conclusion(one), head, base, attempt, "github", text))
    return [found[name] for name in sorted(found)]


def _attempt(run: Row, job: Row) -> int:
    """Which attempt a check's word is of. What had passed is not run again beside what failed: it began before that."""
    began, again = str(run.get("started_at") or ""), str(job.get("run_started_at") or "")
    return 1 if began and began < again else int(job.get("run_attempt") or 1)


def _keep(found: dict[str, Check], check: Check) -> None:
    order: tuple[Conclusion, ...] = ("success", "neutral", "skipped", "pending", "failure")
    known = found.get(check.name)
    if known is None or order.index(check.conclusion) > order.index(known.conclusion):
        found[check.name] = check
