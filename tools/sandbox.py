"""Running a small program on data: for sums, tables and statistics that words get wrong."""

import json
from typing import Any

from runtime.errors import CannotWork, TryAgain
from tools.backends.sandbox import LARGEST_GIVEN, LONGEST_SOURCE, SANDBOX
from tools.tool import tool
from tools.world import World


def _again(**_arguments: Any) -> None:
    """A program leaves nothing behind, so one that was cut off is run again."""


@tool(effect="execute", identity=("program", "given"), probe=_again)
def run_python(program: str, given: str = "null", *, world: World) -> dict[str, Any]:
    """Run a short Python program in a sandbox and return its `result`. `given` is JSON text: the program finds its
    values under the name `given`, and must leave plain data under the name `result`; what it prints is returned too. It
    has no files, no clock, no network and no packages beyond the standard library's for data."""
    if len(program) > LONGEST_SOURCE:
        raise TryAgain(f"the program has {len(program)} characters", remedy=f"write at most {LONGEST_SOURCE}")
    if len(given) > LARGEST_GIVEN:
        raise CannotWork(f"'given' has {len(given)} characters", remedy=f"give at most {LARGEST_GIVEN}")
    ran = world.service(SANDBOX).run(program, _values(given))
    if ran.error is not None:
        printed = f"; it had printed: {ran.printed[-500:]}" if ran.printed else ""
        raise TryAgain(f"the program ended: {ran.error} (sandbox: {ran.tier}){printed}", remedy="correct it")
    return {"result": ran.result, "printed": ran.printed, "tier": ran.tier}


def _values(given: str) -> Any:
    try:
        return json.loads(given or "null")
    except ValueError as error:
        raise TryAgain(f"'given' is not JSON: {error}", remedy="write it as JSON text") from error
