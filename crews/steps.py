"""A plan's step as a CrewAI task that waits for the steps it needs, and for no others.

CrewAI starts its asynchronous tasks at once and lets none depend on another. `StepTask` does: it waits for the answers
of the steps in `after` and takes them as its context. It also carries any `BaseException` to whoever waits; CrewAI's
own asynchronous task would leave them waiting for ever.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from crewai import Task
from crewai.tasks.task_output import TaskOutput
from pydantic import PrivateAttr

from guard.current import within
from runtime.errors import Drained, RunStopped, TakenOver

OnStep = Callable[[str, str, dict[str, Any]], None]
"""Receives a record's kind, the step's id and the rest of the record's body."""


class StepTask(Task):
    """One step. `step` is its id in the plan."""

    step: str

    _after: tuple["StepTask", ...] = PrivateAttr(default=())
    _finished: Future[TaskOutput] = PrivateAttr(default_factory=Future)
    _on_step: OnStep = PrivateAttr()

    def link(self, after: tuple["StepTask", ...], on_step: OnStep) -> None:
        """Name the steps whose answers this one needs, and who records its beginning and end."""
        self._after = after
        self._on_step = on_step

    def wait(self) -> None:
        """Return when the step has ended, well or badly; a step that never began counts as ended."""
        if self._finished.running():
            self._finished.exception()

    def error(self) -> BaseException | None:
        """What the step ended with, if it ended badly."""
        return self._finished.exception() if self._finished.done() and not self._finished.cancelled() else None

    def execute_sync(self, agent: Any = None, context: str | None = None, tools: Any = None) -> TaskOutput:
        """Carry the step out here and now."""
        return self._carried_out(agent, tools)

    def _execute_task_async(self, agent: Any, context: str | None, tools: Any, future: Future[TaskOutput]) -> None:
        try:
            future.set_result(self._carried_out(agent, tools))
        except BaseException as error:
            future.set_exception(error)

    def _carried_out(self, agent: Any, tools: Any) -> TaskOutput:
        self._finished.set_running_or_notify_cancel()
        try:
            context = "\n\n".join(f"{one.step}: {one._finished.result().raw}" for one in self._after)
            output = self._recorded(agent, context, tools)
        except BaseException as error:
            self._finished.set_exception(error)
            raise
        self._finished.set_result(output)
        return output

    def _recorded(self, agent: Any, context: str, tools: Any) -> TaskOutput:
        with within(self.step):
            self._on_step("step.started", self.step, {"task": self.description})
            try:
                output = super().execute_sync(agent, context, tools)
            except BaseException as error:
                if not _goes_on(error):
                    self._on_step("step.failed", self.step, {"error": str(error)})
                raise
            self._on_step("step.done", self.step, {"output": output.raw})
        return output


def _goes_on(error: BaseException) -> bool:
    """Whether another worker goes on with the step where this one stops."""
    return isinstance(error, RunStopped) and isinstance(error.cause, Drained | TakenOver)
