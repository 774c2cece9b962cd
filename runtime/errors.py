"""Every error raised on purpose, and the exit code it ends a command with.

DeputyError                 1  something failed
├── UsageError              2  the command was called wrongly
│   └── Unclear             2  a goal can be meant in several ways, or lacks something: a question
├── ConfigError             4  configuration, credentials or model missing or wrong
│   └── NoModel             4  a goal needs a language model, and none is configured
├── Waiting                 3  the run cannot go on yet
│   ├── WaitingForPerson    3  a call waits for a person's answer
│   └── WaitingForTime      3  a call waits until a time
├── Denied                  5  the gate said no, and the run cannot go on without it
├── BudgetExceeded          6  the run's budget is used up
├── ModelFailure            1  no model gave a usable answer
├── NoProgress              1  a step makes the same call over and over
├── ReplayDiverged          4  a run that is carried on would ask something else than it did
├── LedgerError             1  the ledger cannot be written or does not verify
├── TakenOver               1  another worker carries the run on
├── Drained                 1  the worker stops, and another one carries the run on
├── Cancelled             130  somebody said that the run is to stop
└── ToolError               -  told to the model, never ends a run by itself
    ├── TryAgain               the same call may work with other arguments or later
    │   ├── TryLater           nothing was done; the same call may work in a moment
    │   └── Unanswered         it may have been done; whoever repeats it looks first
    └── CannotWork             the call cannot work, whatever is changed
        └── InDoubt            nobody here can know whether the effect happened; a person has to look

RunStopped (BaseException)     unwinds a crew; frameworks that swallow `Exception` let it pass
"""

from typing import Any, ClassVar


class DeputyError(Exception):
    """Root of every error we raise on purpose."""

    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, remedy: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem}\n  Fix: {remedy}" if remedy else problem)

    def __reduce__(self) -> tuple[Any, ...]:
        """How it comes back from another process: with its problem and its remedy apart."""
        return _again, (type(self), self.args, self.__dict__)


class UsageError(DeputyError):
    """The command or function was called in a way that cannot be meant."""

    exit_code = 2


class Unclear(UsageError):
    """A goal can be meant in more than one way, or lacks something. The problem is a question, the remedy an answer."""


class ConfigError(DeputyError):
    """Configuration, credentials or a model is missing or wrong."""

    exit_code = 4


class NoModel(ConfigError):
    """A goal that no playbook knows needs a language model, and none is configured."""


class Waiting(DeputyError):
    """The run cannot go on yet, and holds nothing until it can."""

    exit_code = 3


class WaitingForPerson(Waiting):
    """The run cannot go on before a person has answered."""


class WaitingForTime(Waiting):
    """The run cannot go on before a time, `until`: seconds since 1970."""

    def __init__(self, problem: str, *, until: float, remedy: str = "") -> None:
        self.until = until
        super().__init__(problem, remedy=remedy)


class Denied(DeputyError):
    """The gate refused something that the run cannot do without."""

    exit_code = 5


class BudgetExceeded(DeputyError):
    """The next call would go over the run's budget."""

    exit_code = 6


class ModelFailure(DeputyError):
    """No configured model gave a usable answer."""


class NoProgress(DeputyError):
    """A step makes the same call with the same result over and over."""


class ReplayDiverged(DeputyError):
    """A run that is carried on asks something else than its records hold: code, configuration or model has changed."""

    exit_code = 4


class LedgerError(DeputyError):
    """The ledger cannot be written, or what it holds does not verify."""


class TakenOver(DeputyError):
    """Another worker carries the run on, because this one was silent for longer than its lease."""


class Drained(DeputyError):
    """The worker was told to stop; the run is put down where it is, for another worker."""


class Cancelled(DeputyError):
    """Somebody said that the run is to stop."""

    exit_code = 130


class ToolError(DeputyError):
    """A tool's refusal, written for the model that called it."""


class TryAgain(ToolError):
    """The call failed, and the model may try again with what the message says."""


class TryLater(TryAgain):
    """The call did nothing, and the same one may work in a moment: the system is busy or cannot be reached."""


class Unanswered(TryAgain):
    """The system did not answer. What it was asked for may have happened, and is looked for before it is repeated."""


class CannotWork(ToolError):
    """The call cannot work, whatever the model changes about it."""


class InDoubt(CannotWork):
    """The effect may have happened or not, and nobody here can know. The run waits until a person has looked."""


class RunStopped(BaseException):
    """Unwinds a run: not an `Exception`, so that no framework turns it into text for a model."""

    def __init__(self, cause: DeputyError) -> None:
        self.cause = cause
        super().__init__(str(cause))


def words_of(error: BaseException | None) -> tuple[str, str]:
    """What went wrong and the way out, of any error; the way out is empty where none is known."""
    return str(getattr(error, "problem", error)), str(getattr(error, "remedy", ""))


def _again(kind: type[DeputyError], args: tuple[Any, ...], state: dict[str, Any]) -> DeputyError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error
