"""Carrying out: what happens to a call once the gate has let it through.

    [done before? returned] -> [intent recorded] -> effect, with retries -> outcome recorded -> text for the model

What may be made twice without harm is tried again after errors that pass: reads, and effects with a key or a probe.
Any other effect is made once. Where nobody can know whether it happened, the run waits for a person.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    stop_before_delay,
)
from tenacity.wait import wait_exponential, wait_random

from guard.breaker import BREAKERS, Breaker, Breakers
from guard.doubt import Look, identity_of, look, values_of, waits_for_person
from runtime.away import in_words
from runtime.calling import carrying
from runtime.canonical import canonical, readable
from runtime.errors import (
    ConfigError,
    DeputyError,
    InDoubt,
    RunStopped,
    ToolError,
    TryAgain,
    TryLater,
    Unanswered,
    words_of,
)
from runtime.journal import Doubt, Journal, Key
from runtime.ledger import Ledger
from runtime.records import Kind, Record
from runtime.transient import is_transient
from tools.tool import Tool
from tools.world import World

Body = dict[str, Any]

ATTEMPTS = 3
PATIENCE = 20.0
"""Seconds after which no third attempt begins. A second one always does: a client may wait longer for its answer."""

_BACK_OFF = wait_exponential(multiplier=0.2) + wait_random(0, 0.2)
_STOP = stop_after_attempt(ATTEMPTS) | (stop_after_attempt(2) & stop_before_delay(PATIENCE))


def patient(again: Callable[[BaseException], bool] = is_transient, **more: Any) -> Retrying:
    """What makes a call, and makes it again after errors for which `again` holds. The last error is raised."""
    return Retrying(retry=retry_if_exception(again), stop=_STOP, wait=_BACK_OFF, reraise=True, **more)


@dataclass(frozen=True)
class Outcome:
    """What came of a call: the text the model reads, whether the tool ran and returned, and whether it ran at all.

    `refused` says that the tool said no, so that nothing was done; a tool that broke may have done something.
    """

    text: str
    done: bool
    tried: bool = True
    refused: bool = False


@dataclass(frozen=True)
class Carrying:
    """How one run's calls are carried out in its world. Safe to use from several threads.

    `learned` hears of each call that was done, also before; `clean` takes out of a tool's result what nobody may read.
    """

    run: str
    ledger: Ledger
    world: World
    tools: Mapping[str, Tool]
    journal: Journal
    learned: Callable[[Record], None] = lambda _record: None
    clean: Callable[[str, Any], Any] = lambda _tool, result: result
    check: Callable[[], None] = lambda: None
    sleep: Callable[[float], None] = time.sleep
    breakers: Breakers = field(default_factory=lambda: BREAKERS)
    _under_way: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def known(self, named: Body) -> Outcome | None:
        """What came of the call before, if it has been made already, be it in other words."""
        record = self.journal.outcome(Key.of(named))
        if record is not None:
            return self._observed(record)
        tool = self.tools[named["tool"]]
        doubt = self.journal.doubt(Key.of(named))
        return self._cleared(tool, doubt) if doubt else self._same_effect(tool, named)

    def carry_out(self, tool: Tool, named: Body) -> Outcome:
        """Make the call, and record what came of it. A tool's own error becomes text for the model.

        Raises RunStopped if nobody can know whether its effect happened.
        """
        breaker = self._breaker(tool)
        if left := breaker.closed_for():
            why = f"{breaker.why}; " if breaker.why else ""
            problem = f"{why}'{tool.backend}' has failed several times and is left alone for {left:.0f} more seconds"
            remedy = breaker.remedy or "go on with something else first"
            return self._failed(named, problem, remedy=remedy, again=True, away=True)
        if tool.effect != "read":
            self._record("tool.intended", named)
        return self._made(tool, named, breaker)

    def busy(self) -> bool:
        """Whether a call that changes the world is being made at this moment."""
        with self._lock:
            return bool(self._under_way)

    def _same_effect(self, tool: Tool, named: Body) -> Outcome | None:
        """What came of an earlier call with the same identity that this one stands for, if there is one."""
        identity = identity_of(tool, named["args"])
        if identity is None:
            return None
        for body in self.journal.effects(tool.name):
            if identity_of(tool, body["args"]) == identity:
                record = self.journal.outcome(Key.of(body))
                doubt = self.journal.doubt(Key.of(body))
                return self._observed(record) if record else self._cleared(tool, doubt) if doubt else None
        return None

    def _cleared(self, tool: Tool, doubt: Doubt) -> Outcome:
        """What comes of an effect in doubt: by what a person said of it, else by what is there."""
        if doubt.settled is not None:
            return self._settled(tool, doubt.body, doubt.settled)
        seen = self._look(tool, doubt.body)
        if seen.standing == "found":
            return self._done(doubt.body, seen.result, probed=True)
        if seen.standing == "unknown":
            raise self._unknown(doubt.body, seen.reason, told=doubt.told)
        return self._again(tool, doubt.body)

    def _look(self, tool: Tool, body: Body) -> Look:
        """Whether the effect is there; a system that does not answer is asked again."""
        again = Retrying(
            retry=retry_if_result(lambda seen: seen.passes),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_BACK_OFF,
            sleep=self.sleep,
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        seen: Look = again(look, tool, body["args"], self.world)
        return seen

    def _settled(self, tool: Tool, body: Body, said: Body) -> Outcome:
        if said["verdict"] == "skip":
            return self._failed(
                body, f"{said['by']} decided that it is not done: {said['reason'] or 'no reason given'}"
            )
        if tool.settle:
            tool.settle(said["verdict"] == "done", **values_of(tool, body["args"]), world=self.world)
        if said["verdict"] == "redo":
            return self._again(tool, body)
        seen = self._look(tool, body)
        told_by = {"done": True, "said_by": said["by"]}
        return self._done(body, seen.result if seen.standing == "found" else told_by, settled=True)

    def _again(self, tool: Tool, body: Body) -> Outcome:
        self._record("tool.intended", body)
        return self._made(tool, body, self._breaker(tool))

    def _made(self, tool: Tool, named: Body, breaker: Breaker) -> Outcome:
        began = time.monotonic()
        retrying = self._retrying(tool, named)
        try:
            with self._counted(tool, named["call"]):
                result = retrying(self._attempt, tool, named, breaker, retrying)
        except InDoubt as error:
            raise self._unknown(named, error.problem) from error
        except Unanswered as error:
            return self._broke(tool, named, error)
        except ToolError as error:
            again, later = isinstance(error, TryAgain), isinstance(error, TryLater)
            return self._failed(named, error.problem, remedy=error.remedy, again=again, refused=True, away=later)
        except Exception as error:
            return self._broke(tool, named, error)
        ms = round((time.monotonic() - began) * 1000)
        if isinstance(result, Look):
            return self._done(named, result.result, ms=ms, probed=True)
        late = {"late": True} if tool.seconds and ms > tool.seconds * 1000 else {}
        return self._done(named, result, ms=ms, **late)

    def _attempt(self, tool: Tool, named: Body, breaker: Breaker, retrying: Retrying) -> Any:
        if retrying.statistics["attempt_number"] > 1:
            self.check()  # not before the first: its intent is recorded, and would be in doubt
            if tool.probe:
                seen = self._look(tool, named)
                if seen.standing == "found":
                    return seen
                if seen.standing == "unknown":
                    raise InDoubt(seen.reason)
        try:
            with carrying(self.run, named["call"]):
                result = json.loads(canonical(self._run(tool, named["args"])))
        except Exception as error:
            self._note_failure(tool, breaker, error)
            raise
        breaker.worked()
        return result

    def _run(self, tool: Tool, args: Mapping[str, Any]) -> Any:
        values = values_of(tool, args)
        if tool.killable and tool.seconds:
            from tools.apart import Ground, run_apart

            return run_apart(tool, values, Ground.of(self.world), tool.seconds)
        return tool.run(**values, world=self.world)

    def _broke(self, tool: Tool, named: Body, error: Exception) -> Outcome:
        """What an error comes to after which nobody knows what was done, or that no tool means to raise."""
        told = error if isinstance(error, DeputyError) else in_words(error)
        problem = told.problem if told else f"'{tool.name}' broke ({type(error).__name__}: {error})"
        remedy = told.remedy if told else "the system may answer in a moment"
        if isinstance(error, ConfigError):
            return self._failed(named, problem, remedy=remedy, away=True)
        if not is_transient(error):
            return self._failed(named, problem)
        if tool.effect == "read" or (tool.keyed and not tool.probe):
            return self._failed(named, problem, remedy=remedy, again=True, away=True)
        seen = self._look(tool, named)
        if seen.standing == "found":
            return self._done(named, seen.result, probed=True)
        if seen.standing == "unknown":
            raise self._unknown(named, f"{problem}; {seen.reason}") from error
        return self._failed(named, problem, remedy=f"nothing was done; {remedy}", again=True, away=True)

    def _note_failure(self, tool: Tool, breaker: Breaker, error: Exception) -> None:
        if not is_transient(error):
            if isinstance(error, ToolError):
                breaker.worked()  # a refusal is an answer
            return
        why, remedy = words_of(error)
        if times := breaker.broke(why, remedy):
            said = {"backend": tool.backend, "failures": times, "seconds": breaker.pause, "error": why}
            self._record("backend.opened", said)

    def _retrying(self, tool: Tool, named: Body) -> Retrying:
        return patient(
            lambda error: tool.repeatable and is_transient(error),
            sleep=self.sleep,
            before_sleep=lambda state: self._note_retry(named, state),
        )

    def _note_retry(self, named: Body, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        said = {"error": words_of(error)[0], "attempt": state.attempt_number}
        kept = {name: named[name] for name in ("step", "role", "call", "tool", "key")}
        self._record("tool.retried", kept | said | {"seconds": round(state.upcoming_sleep, 3)})

    def _breaker(self, tool: Tool) -> Breaker:
        return self.breakers.of(str(getattr(self.world, "folder", "")), tool.backend)

    @contextmanager
    def _counted(self, tool: Tool, call: str) -> Iterator[None]:
        if tool.effect == "read":
            yield
            return
        with self._lock:
            self._under_way.append(call)
        try:
            yield
        finally:
            with self._lock:
                self._under_way.remove(call)

    def _unknown(self, body: Body, reason: str, *, told: bool = False) -> RunStopped:
        if not told:
            self._record("tool.unknown", body | {"reason": reason})
        return RunStopped(waits_for_person(self.run, body["call"], body["tool"], reason))

    def _done(self, named: Body, result: Any, *, ms: int = 0, **more: Any) -> Outcome:
        result = self.clean(named["tool"], json.loads(canonical(result)))
        return self._observed(self._record("tool.done", named | {"result": result, "ms": ms, **more}))

    def _failed(self, named: Body, problem: str, *, remedy: str = "", again: bool = False, **marks: bool) -> Outcome:
        """Record that it was not done. Marks are `refused`, if the tool said no and did nothing, and `away`, if its
        system did not answer, or cannot be used as it is configured."""
        said = {"error": problem, "remedy": remedy, "again": again}
        said |= {name: True for name, holds in marks.items() if holds}
        return told(self._record("tool.failed", named | said))

    def _record(self, kind: Kind, body: Body) -> Record:
        return self.ledger.append(self.run, kind, body)

    def _observed(self, record: Record) -> Outcome:
        """What the model is told of a call that ended. What its tool declares trusted in the result is so from here."""
        if record.kind == "tool.done":
            self.learned(record)
        return told(record)


def told(record: Record) -> Outcome:
    """What the model reads of a call that has ended; the same words whenever the record is read."""
    if record.kind == "tool.done":
        return Outcome(readable(record.body["result"]), done=True)
    fix = f"\n  Fix: {record.body['remedy']}" if record.body["remedy"] else ""
    advice = "Try again with what this says." if record.body["again"] else "Do not call it again for this."
    refused = bool(record.body.get("refused"))
    return Outcome(f"Failed: {record.body['error']}{fix}\n{advice}", done=False, refused=refused)
