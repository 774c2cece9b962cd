"""The sandbox: where a program runs that nobody trusts. Two tiers, chosen in config/settings.yaml, never exchanged.

wasm   CPython 3.14 as WebAssembly under wasmtime, in a worker process: no files, no clock, no network, no processes
jail   this machine's Python with numpy, under bubblewrap with seccomp and limits, as an unprivileged user (Linux)
off    no program runs
"""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from runtime.errors import CannotWork, ConfigError
from tools.service import Service, Site

Tier = Literal["wasm", "jail"]

SECONDS = 10.0
MEGABYTES = 256
LONGEST_SOURCE = 100_000
LARGEST_GIVEN = 5_000_000
LARGEST_ANSWER = 2_000_000
"""Limits of one program: wall time, memory, characters of source, and of what goes in and comes out as JSON."""


@dataclass(frozen=True)
class Ran:
    """How a program ended: its `result`, what it printed, and the error that ended it, if one did."""

    tier: Tier
    result: Any
    printed: str
    error: str | None


class Sandbox(Protocol):
    """One tier."""

    tier: Tier

    def run(self, source: str, given: Any, *, seconds: float = SECONDS, megabytes: int = MEGABYTES) -> Ran:
        """Run `source` with `given` (plain data) to its end or to its limits. Raises CannotWork if it cannot begin."""
        ...

    def close(self) -> None:
        """End what is still running."""
        ...


class Broken(CannotWork):
    """The sandbox itself cannot be had on this machine; nothing ran."""


def open_sandbox(site: Site) -> Sandbox:
    """The tier that the settings choose. Raises ConfigError where there is none; another one never stands in."""
    chosen = site.settings.sandbox
    if chosen == "off":
        raise ConfigError("programs are switched off here", remedy="set 'sandbox: wasm' in config/settings.yaml")
    sandbox = _jail() if chosen == "jail" else _wasm()
    site.resources.callback(sandbox.close)
    return sandbox


def _wasm() -> Sandbox:
    from tools.backends.sandbox_wasm import WasmSandbox

    return WasmSandbox()


def _jail() -> Sandbox:
    from tools.backends.sandbox_jail import JailSandbox

    return JailSandbox()


SANDBOX: Service[Sandbox] = Service("sandbox", open_sandbox)
