"""The `wasm` tier: a worker process that keeps the compiled interpreter, and is replaced when it does not answer.

A warm call takes a few milliseconds. The worker is started at the first program and ends with the world.
"""

import json
import select
import subprocess
import sys
import threading
from typing import Any

from tools.backends.sandbox import LARGEST_ANSWER, MEGABYTES, SECONDS, Broken, Ran, Tier
from tools.backends.sandbox_build import component
from tools.backends.sandbox_worker import read, write

_START = 60.0
_GRACE = 2.0
"""Seconds that a worker is given to start, and beyond a program's own limit to answer."""


class WasmSandbox:
    """CPython as WebAssembly. Safe to use from several threads; programs run one after the other."""

    tier: Tier = "wasm"

    def __init__(self) -> None:
        self._worker: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def run(self, source: str, given: Any, *, seconds: float = SECONDS, megabytes: int = MEGABYTES) -> Ran:
        """Run `source` in a fresh instance."""
        asked = {"source": source, "given": json.dumps(given), "seconds": seconds, "megabytes": megabytes}
        with self._lock:
            worker = self._started()
            try:
                told = self._asked(worker, asked, seconds + _GRACE)
            except (OSError, EOFError):
                told = None
            if told is None:
                self._end()
                return Ran(self.tier, None, "", f"it did not end within {seconds:g} seconds, and was killed")
        if "stopped" in told:
            return Ran(self.tier, None, "", told["stopped"])
        return answered(self.tier, told["answer"])

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            self._end()

    def _asked(self, worker: subprocess.Popen[bytes], asked: dict[str, Any], patience: float) -> Any:
        assert worker.stdin is not None
        assert worker.stdout is not None
        write(worker.stdin, asked)
        ready, _, _ = select.select([worker.stdout], [], [], patience)
        return read(worker.stdout) if ready else None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._worker is not None and self._worker.poll() is None:
            return self._worker
        self._end()
        file = component()
        worker = subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "-I", "-m", "tools.backends.sandbox_worker", str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
        )
        self._worker = worker
        assert worker.stdout is not None
        ready, _, _ = select.select([worker.stdout], [], [], _START)
        if not ready or read(worker.stdout) is None:
            self._end()
            raise Broken("the sandbox does not start", remedy="run: python -m tools.backends.sandbox_build")
        return worker

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.kill()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            if pipe is not None:
                pipe.close()


def answered(tier: Tier, answer: str) -> Ran:
    """What a program's answer says. An answer that is too long, or none of ours, counts as an error."""
    if len(answer) > LARGEST_ANSWER:
        return Ran(tier, None, "", f"its result has {len(answer)} characters of JSON, more than {LARGEST_ANSWER}")
    try:
        told = json.loads(answer)
        return Ran(tier, told["result"], str(told["printed"]), told["error"])
    except (ValueError, KeyError, TypeError):
        return Ran(tier, None, "", "it broke off without an answer")
