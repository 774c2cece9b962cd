"""An erasure as a run of its own: begun before the keys are destroyed, done after it, naming nobody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.database import DATABASE_ERRORS
from runtime.errors import DeputyError, LedgerError, UsageError
from runtime.ledger import Ledger
from runtime.subjects import Vault

_IN_USE = "end other commands that use it, then forget again"


@dataclass(frozen=True)
class Erasure:
    """What was erased: the run that says so, and what the subjects were called in the ledger."""

    run: str
    subjects: tuple[str, ...]


def _nothing() -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Forgetting:
    """Who forgets, as which run, and why. `before` and `afterwards` erase what is kept elsewhere, around the keys.

    What `afterwards` returns is recorded, too. The reason names nobody.
    """

    run: str
    by: str
    reason: str = ""
    before: Callable[[], object] = _nothing
    afterwards: Callable[[], Mapping[str, Any]] = _nothing


def forget(ledger: Ledger, vault: Vault, *subjects: str, whole: Forgetting) -> Erasure:
    """Destroy the subjects' keys, and record it. Raises UsageError if nothing was sealed for one of them.

    A crash in between can be seen: the run is then begun and not done. It names subjects by their references only.
    """
    references = tuple(_reference(vault, one) for one in subjects)
    run, called = whole.run, ", ".join(references)
    begun = {"goal": f"forget data subject {called}", "scenario": "", "principal": whole.by}
    ledger.append(run, "run.started", begun)
    try:
        whole.before()
        vault.destroy(*subjects)
        erased = dict(whole.afterwards())
    except (DeputyError, *DATABASE_ERRORS) as error:
        remedy = error.remedy if isinstance(error, DeputyError) else _IN_USE
        failed = {"error": str(error), "remedy": remedy, "exit_code": LedgerError.exit_code}
        ledger.append(run, "run.failed", failed)
        raise
    for one in references:
        said = {"subject": one, "by": whole.by, "reason": whole.reason, "erased": erased}
        ledger.append(run, "subject.erased", said)
    ledger.append(run, "run.done", {"summary": f"the key of data subject {called} is destroyed"})
    return Erasure(run, references)


def _reference(vault: Vault, subject: str) -> str:
    reference = vault.reference(subject)
    if reference is None:
        raise UsageError(
            f"there is no key for '{subject}': nothing was sealed for it, or it was erased before",
            remedy="check how the subject is named, such as a candidate's id",
        )
    return reference
