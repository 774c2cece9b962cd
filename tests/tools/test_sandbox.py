"""A program gets its data in and its result out, and is told plainly why it ended; both tiers alike."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from runtime.clock import SystemClock
from runtime.errors import ConfigError, ToolError, TryAgain
from runtime.settings import Settings
from tools.backends.sandbox import SANDBOX, Sandbox, open_sandbox
from tools.backends.sandbox_jail import JailSandbox
from tools.backends.sandbox_wasm import WasmSandbox
from tools.directory import Directory
from tools.sandbox import run_python
from tools.service import Site
from tools.world import World


@pytest.fixture(scope="module", params=["wasm", "jail"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    opened: Sandbox = WasmSandbox() if request.param == "wasm" else JailSandbox()
    yield opened
    opened.close()


def site(folder: Path, tier: str) -> Site:
    settings = Settings.model_validate({"house": {"name": "H", "mail": "h@house.example"}, "sandbox": tier})
    return Site(folder, SystemClock(), {}, settings, {}, Directory(), ExitStack())


def world(folder: Path, sandbox: Sandbox) -> World:
    """A world that has this sandbox and nothing else."""
    made: World = object.__new__(World)
    fields = {"name": "w", "site": site(folder, "wasm"), "services": {SANDBOX.name: sandbox}}
    for name, value in {**World.__dataclass_fields__}.items():
        factory = value.default_factory
        object.__setattr__(made, name, fields.get(name, factory() if callable(factory) else None))
    return made


def test_data_goes_in_and_the_result_comes_out(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        "print('summing'); result = {'total': sum(one['usd'] for one in given)}", [{"usd": 2}, {"usd": 3}]
    )

    assert (ran.result, ran.printed, ran.error) == ({"total": 5}, "summing\n", None)
    assert ran.tier == sandbox.tier


def test_one_program_leaves_nothing_to_the_next(sandbox: Sandbox) -> None:
    sandbox.run("import math, builtins; math.pi = 3; builtins.left = 1; result = None", None)

    ran = sandbox.run("import math; result = [math.pi > 3, 'left' in dir(__builtins__)]", None)

    assert ran.result == [True, False]


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("result = 1 / 0", "line 1: ZeroDivisionError: division by zero"),
        ("x = 1\nresult = nothing", "line 2: NameError: name 'nothing' is not defined"),
        ("x = (", "line 1: SyntaxError"),
        ("result = {1, 2}", "'result' is not plain data"),
        ("result = float('nan')", "'result' is not plain data"),
        ("raise SystemExit('done')", "line 1: SystemExit: done"),
    ],
)
def test_a_program_that_ends_badly_says_where_and_why(sandbox: Sandbox, program: str, told: str) -> None:
    ran = sandbox.run(program, None)

    assert ran.result is None
    assert ran.error is not None
    assert told in ran.error


def test_what_is_printed_has_an_end(sandbox: Sandbox) -> None:
    ran = sandbox.run("print('x' * 1_000_000); result = 1", None)

    assert ran.result == 1
    assert len(ran.printed) < 70_000
    assert "934465 more characters were left out" in ran.printed


def test_a_result_that_is_too_large_is_an_error(sandbox: Sandbox) -> None:
    ran = sandbox.run("result = 'x' * 3_000_000", None)

    assert ran.result is None
    assert ran.error is not None
    assert "characters of JSON" in ran.error


def test_the_wasm_tier_gives_the_same_answer_each_time() -> None:
    sandbox = WasmSandbox()
    try:
        drawn = [sandbox.run("import random; result = random.random()", None).result for _ in range(2)]
    finally:
        sandbox.close()

    assert drawn[0] == drawn[1]


def test_the_jail_has_numpy(tmp_path: Path) -> None:
    assert JailSandbox().run("import numpy; result = float(numpy.arange(5).sum())", None).result == 10.0


def test_a_worker_that_was_killed_is_replaced() -> None:
    sandbox = WasmSandbox()
    try:
        assert sandbox.run("result = 1", None).result == 1
        assert sandbox._worker is not None
        sandbox._worker.kill()
        sandbox._worker.wait()

        assert sandbox.run("result = 2", None).result == 2
    finally:
        sandbox.close()


def test_the_tool_returns_result_and_tier_and_takes_json(tmp_path: Path, sandbox: Sandbox) -> None:
    done = run_python("result = max(given)", json.dumps([3, 9, 4]), world=world(tmp_path, sandbox))

    assert done == {"result": 9, "printed": "", "tier": sandbox.tier}


@pytest.mark.parametrize(
    ("program", "given", "told"),
    [
        ("result = given", "[1, 2", "not JSON"),
        ("x" * 100_001, "null", "write at most"),
        ("1/0", "null", "ended: line 1"),
    ],
)
def test_the_tool_tells_the_model_what_to_correct(
    tmp_path: Path, sandbox: Sandbox, program: str, given: str, told: str
) -> None:
    with pytest.raises(ToolError, match=told) as raised:
        run_python(program, given, world=world(tmp_path, sandbox))

    assert isinstance(raised.value, TryAgain)


def test_a_tier_that_is_not_there_is_an_error_and_no_other_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ToolError, match="needs bubblewrap"):
        open_sandbox(site(tmp_path, "jail"))


def test_programs_can_be_switched_off(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="switched off"):
        open_sandbox(site(tmp_path, "off"))
