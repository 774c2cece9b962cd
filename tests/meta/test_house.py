"""The house's own rules, for every file: what style alone cannot keep up."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

import pytest

from crews.catalogue import catalogue, find_tools
from crews.config import load_config
from crews.scene import load_scene
from tests.meta.pages import ROOT

PACKAGES = (
    "agents",
    "benchmarks",
    "cli",
    "crews",
    "docs",
    "guard",
    "runtime",
    "scenarios",
    "server",
    "tasks",
    "testkit",
    "tools",
)
WRITTEN = {".cfg", ".html", ".j2", ".json", ".lock", ".md", ".py", ".sh", ".svg", ".toml", ".txt", ".yaml", ".yml", ""}
NOT_OURS = {"__pycache__", "var", "htmlcov", "node_modules"}
LONGEST, MEDIAN = 350, 130

# Spelt in parts, so that this file does not hold what it looks for.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
REGISTRIES = re.compile(
    "|".join(
        ["pypi" + r"\.org", "python" + "hosted", "npmjs" + r"\.(com|org)", "crates" + r"\.io", "proxy" + r"\.golang"]
    )
)
MACHINES = re.compile(r"(?<![\w.}/-])/(" + "|".join(["ro" + "ot", "ho" + "me", "wo" + "rk", "Us" + "ers"]) + r")/")

HEAVY_FOR_TOOLS = ("crewai", "sqlalchemy", "pdfplumber", "icalendar", "langchain", "langchain_core")
HEAVY_FOR_HELP = ("pydantic", "sqlalchemy", "crewai", "rich")


@cache
def files() -> tuple[Path, ...]:
    """Every file of ours that people write, without what tools and runs leave behind."""
    return tuple(path for path in sorted(_below(ROOT)) if path.suffix in WRITTEN)


def _below(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            if path.name not in NOT_OURS and not path.name.endswith(".egg-info") and _is_ours(path):
                yield from _below(path)
        elif path.is_file() and path.name not in (".env", ".coverage", ".git"):
            yield path


def _is_ours(folder: Path) -> bool:
    return not folder.name.startswith(".") or folder.name in (".ci", ".github")


def python_files() -> list[Path]:
    return [path for path in files() if path.suffix == ".py"]


def package_files() -> list[Path]:
    return [path for path in python_files() if path.relative_to(ROOT).parts[0] in PACKAGES]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def test_python_files_are_small() -> None:
    sizes = {shown(path): lines(path) for path in python_files()}

    assert len(sizes) > 200
    assert {path: size for path, size in sizes.items() if size > LONGEST} == {}
    assert median(sizes.values()) <= MEDIAN


def test_every_file_of_a_package_says_what_it_is() -> None:
    silent = [shown(path) for path in package_files() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]

    assert silent == []


@pytest.mark.parametrize("found", [UNFINISHED, REGISTRIES, MACHINES], ids=["unfinished", "registries", "machines"])
def test_no_file_holds_what_belongs_into_none(found: re.Pattern[str]) -> None:
    held = [
        f"{shown(path)}:{number}"
        for path in files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if found.search(line)
    ]

    assert held == []


def test_the_patterns_find_what_they_are_meant_to_find() -> None:
    assert UNFINISHED.search("# TO" + "DO: later")
    assert REGISTRIES.search("https://files.python" + "hosted.org/x")
    assert MACHINES.search("see /ho" + "me/ann/x")
    assert MACHINES.search('Path("/wo' + 'rk/main")')
    assert not MACHINES.search("https://host.example/ho" + "me/ann")


def test_every_tool_says_what_it_does_and_tells_two_effects_apart() -> None:
    tools = catalogue().values()

    assert find_tools().problems == ()
    assert [one.name for one in tools if not one.description.endswith((".", "!"))] == []
    assert [one.name for one in tools if one.effect != "read" and not one.identity] == []
    assert [one.name for one in tools if one.effect == "read" and one.targets] == []


def loaded_by(code: str, names: tuple[str, ...]) -> list[str]:
    """Which of the named packages a fresh interpreter holds after running `code`."""
    asked = f"{code}\nimport json, sys\nprint(json.dumps([name for name in {names!r} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(found, list)
    return found


def test_tools_load_without_the_packages_that_only_their_calls_need() -> None:
    modules = [f"tools.{path.stem}" for path in sorted((ROOT / "tools").glob("*.py")) if path.stem != "__init__"]

    assert len(modules) > 10
    assert loaded_by(f"import {', '.join(modules)}", HEAVY_FOR_TOOLS) == []


def test_the_command_loads_nothing_heavy_before_it_knows_what_is_wanted() -> None:
    assert loaded_by("import cli.main", HEAVY_FOR_HELP) == []


@pytest.mark.parametrize("path", sorted((ROOT / "config").rglob("*.yaml")), ids=shown)
def test_every_file_of_the_configuration_names_a_schema_that_is_there(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)

    assert named is not None, f"{shown(path)} begins with: {first}"
    assert (path.parent / named[1]).is_file()


SCENARIOS = sorted(path.parent.name for path in (ROOT / "scenarios").glob("*/scenario.yaml"))
ATTACKS = "attacks"  # worlds that are attacked, run by tests and a benchmark only


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_loads_with_its_scene(name: str) -> None:
    config = load_config(ROOT, name)
    scene = load_scene(config.scenarios[name].playbook)

    assert config.scenarios[name].crew in config.crews
    assert config.scenarios[name].playbook is None or scene.playbook is not None


def test_every_folder_of_scenarios_with_files_is_a_scenario() -> None:
    folders = [path.name for path in (ROOT / "scenarios").iterdir() if path.is_dir() and path.name not in NOT_OURS]

    assert sorted({*folders} - {ATTACKS}) == SCENARIOS


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_the_name_of_every_test_is_a_sentence() -> None:
    tests = [path for path in python_files() if path.name.startswith("test_")]
    names = [(shown(path), one.name) for path in tests for one in functions(path) if one.name.startswith("test_")]

    assert len(names) > 300
    assert [one for one in names if len(one[1].split("_")) < 4] == []


def test_no_test_sleeps_but_the_test_kit_that_waits_for_its_servers() -> None:
    sleeping = {
        f"{shown(path)}:{one.name}"
        for folder in ("tests", "testkit")
        for path in python_files()
        if shown(path).startswith(f"{folder}/")
        for one in functions(path)
        for node in ast.walk(one)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "asyncio.sleep", "sleep")
    }

    assert {one for one in sleeping if not one.startswith("testkit/")} == set()
    assert sleeping <= {
        "testkit/notes.py:_result",
        "testkit/notes.py:_wait",
        "testkit/moto.py:_wait",
        "testkit/postgres.py:_wait",
        "testkit/prism.py:_wait",
        "testkit/radicale.py:_wait",
        "testkit/smtp.py:_at",
        "testkit/story.py:_tell",
    }
