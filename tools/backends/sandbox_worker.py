"""The process that untrusted WebAssembly runs in: `python -I -m tools.backends.sandbox_worker FILE`.

request   4 bytes of length, then JSON {source, given (JSON text), seconds, megabytes}
answer    4 bytes of length, then JSON {answer (JSON text)} or {stopped: why}

Each program gets a fresh instance and leaves nothing to the next. The process itself has no environment, may write no
file and dump no core; whoever started it kills it if it does not answer in time.
"""

import json
import resource
import struct
import sys
import threading
from typing import IO, Any

_KINDS = (
    ("filesystem", "it asked for a file or a module that the sandbox does not have"),
    ("clock", "it asked for the time, and the sandbox has no clock"),
    ("random", "it asked for random bytes, and the sandbox has none"),
    ("socket", "it asked for the network, and the sandbox has none"),
    ("exit", "it tried to end the interpreter"),
)


def read(pipe: IO[bytes]) -> Any:
    """The next message, or None at the end. Raises EOFError for one that is cut off."""
    head = pipe.read(4)
    if not head:
        return None
    (length,) = struct.unpack(">I", head)
    body = pipe.read(length)
    if len(body) < length:
        raise EOFError
    return json.loads(body)


def write(pipe: IO[bytes], message: Any) -> None:
    """Send one message."""
    body = json.dumps(message).encode()
    pipe.write(struct.pack(">I", len(body)) + body)
    pipe.flush()


class Worker:
    """Runs one program after the other, each in an instance of its own."""

    def __init__(self, file: str) -> None:
        from wasmtime.component import Component

        from tools.backends.sandbox_build import engine

        self._engine = engine()
        self._component = Component.deserialize_file(self._engine, file)

    def ran(self, source: str, given: str, seconds: float, megabytes: int) -> dict[str, str]:
        """What the program answered, or why it was stopped."""
        from wasmtime import Store, Trap, WasmtimeError
        from wasmtime.component import Linker

        store = Store(self._engine)
        store.set_limits(memory_size=megabytes * 2**20, instances=50, tables=100, memories=10)
        store.set_epoch_deadline(1)
        late = threading.Event()
        timer = threading.Timer(seconds, self._interrupt, (late,))
        timer.start()
        try:
            instance = Linker(self._engine).instantiate(store, self._component)
            function: Any = instance.get_func(store, "run")
            return {"answer": function(store, source, given)}
        except (Trap, WasmtimeError) as error:
            return {"stopped": f"it took more than {seconds:g} seconds" if late.is_set() else _why(str(error))}
        finally:
            timer.cancel()

    def _interrupt(self, late: threading.Event) -> None:
        late.set()
        self._engine.increment_epoch()


def _why(trap: str) -> str:
    names = [line for line in trap.splitlines() if "libc.so!" in line or "<unknown>!" in line][:4]
    return next(
        (said for word, said in _KINDS if any(word in line for line in names)), "it broke, or ran out of memory"
    )


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main() -> None:
    """Answer requests on standard input until it ends."""
    worker = Worker(sys.argv[1])
    _limit()
    asked, answered = sys.stdin.buffer, sys.stdout.buffer
    write(answered, {"ready": True})
    while (request := read(asked)) is not None:
        write(answered, worker.ran(**request))


if __name__ == "__main__":
    main()
