"""Tools are found by importing the modules that declare them; one that does not load is named."""

import sys
from pathlib import Path

import pytest

import tools
from crews.catalogue import catalogue, find_tools
from runtime.problems import ConfigProblems
from tests.config.house import build, without_tools


def test_tools_are_known_by_the_names_of_their_functions() -> None:
    found = catalogue()

    assert found["find_people"].effect == "read"
    assert all(name == tool.name for name, tool in found.items())


def test_a_module_that_does_not_load_is_a_problem_at_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "odd.py").write_text('"""Odd."""\n\nraise RuntimeError("no such thing")\n')
    monkeypatch.setattr(tools, "__path__", [*tools.__path__, str(tmp_path)])
    find_tools.cache_clear()
    try:
        found = find_tools()
        with pytest.raises(ConfigProblems) as refused:
            catalogue()
    finally:
        find_tools.cache_clear()
        sys.modules.pop("tools.odd", None)

    said = "tools/odd.py:3:1: the module does not load: no such thing; correct it, or remove the file"
    assert [str(one) for one in found.problems] == [said]
    assert refused.value.problems == found.problems
    assert "find_people" in found.tools


def test_a_tool_that_may_be_missing_only_because_its_module_is_broken_is_not_called_unknown(tmp_path: Path) -> None:
    from crews.catalogue import Catalogue
    from crews.config import load_config
    from runtime.problems import Problem

    broken = Problem("tools/odd.py", 3, 1, "the module does not load: no such thing")

    with pytest.raises(ConfigProblems) as refused:
        load_config(build(tmp_path), tools=Catalogue({}, (broken,)))

    assert refused.value.problems == (broken,)
    assert load_config(build(tmp_path, without_tools()), tools=Catalogue({})).roles
