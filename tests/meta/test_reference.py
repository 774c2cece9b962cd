"""The reference pages are those of the code, and nothing that the code has is left out of the documentation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from agents.models import ModelsFile
from cli.main import COMMANDS
from crews.catalogue import catalogue
from docs.reference import keys
from docs.reference.make import FOLDER, PAGES
from docs.reference.page import definitions
from docs.reference.variables import READ, SET
from guard import decision
from guard.warrant import Authority
from runtime import errors
from runtime.checked import checked
from runtime.records import Kind
from runtime.yamlfile import load_yaml
from tests.meta.commands import command_lines, settings
from tests.meta.pages import ROOT, blocks, words

PACKAGES = ("agents", "cli", "crews", "guard", "runtime", "scenarios", "server", "tasks", "tools")
NOT_VARIABLES = {"AWS", "CALDAV_", "EUR", "USD", "URL", "USERNAME", "PASSWORD", "DIR", "GET"}
"""Upper-case words in modules that read the environment: parts of names that are there in full, and other words."""


def text_of(page: str) -> str:
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_what_its_generator_makes_of_the_code(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "run: python -m docs.reference.make"


def test_every_reference_page_has_a_generator() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == set(PAGES)


def test_every_key_without_a_description_of_its_own_is_explained_and_no_other() -> None:
    schemas = [model.model_json_schema() for _, _, model in keys._FILES]
    owners = [(one["title"], one) for one in schemas]
    owners += [(name, inner) for one in schemas for name, inner in one.get("$defs", {}).items()]
    bare = {
        f"{owner}.{key}"
        for owner, one in owners
        for key, value in one["properties"].items()
        if not value.get("description")
    }

    assert bare <= set(keys.ABOUT)
    assert set(keys.ABOUT) <= {f"{owner}.{key}" for owner, one in owners for key in one["properties"]}


def test_every_command_is_shown_at_work_outside_of_the_reference() -> None:
    shown = [found[len(settings(found)) :] for block in blocks("sh", "console") for found in command_lines(block)]

    assert {one[1] for one in shown if one[0] == "deputy"} == set(COMMANDS)
    assert {one[2] for one in shown if one[:2] == ["deputy", "new"]} == {"project", "role", "scenario"}


def test_what_closes_the_window_of_an_effect_is_told_of_each_tool_that_has_one() -> None:
    table = (ROOT / "docs" / "durable-runs.md").read_text().partition("## An effect is made once")[2]
    told = {name for row in table.splitlines() if row.startswith("| `") for name in words(row.split("|")[1])}

    assert told == {name for name, one in catalogue().items() if one.effect != "read"}


def test_every_tool_has_a_section_with_its_effect_and_arguments() -> None:
    text = text_of("reference/tools.md")

    for tool in catalogue().values():
        section = text.partition(f"\n## {tool.name}\n")[2].partition("\n## ")[0]
        assert f"Effect: `{tool.effect}`" in section, tool.name
        assert set(tool.args.model_fields) <= words(section), tool.name


BY_POLICY = {"grant.values": Authority({}, {}).outside_plan}
"""What is said where the policy decides and says nothing; to everything else a person is asked."""


def decided_rules() -> dict[str, str]:
    """Each rule that some line of the guard decides by, with its verdict."""
    found = {}
    for path, tree in sources():
        for node in ast.walk(tree) if path.parent.name == "guard" else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Decision":
                verdict, rule = node.args[:2]
                name = _rule(rule)
                found[name] = str(verdict.value) if isinstance(verdict, ast.Constant) else BY_POLICY.get(name, "ask")
    return found


def _rule(node: ast.expr) -> str:
    """The rule a line decides by: its name, a name made of a kind, or that of a rule of the policy."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        return f"{node.values[0].value!s}KIND"
    return "RULE"


@pytest.mark.parametrize("page", ["reference/errors.md", "gate-and-ledger.md"])
def test_every_decision_rule_is_documented_with_its_verdict(page: str) -> None:
    rows = dict(re.findall(r"^\| `([\w.]+)` \| (allow|ask|deny) \|", text_of(page), re.M))

    assert rows == decided_rules()


def test_the_gates_own_table_of_rules_is_complete_but_for_its_failure() -> None:
    assert {rule for rule, _ in definitions(decision.__doc__)} == set(decided_rules()) - {"gate.error"}


def test_every_kind_of_record_is_documented() -> None:
    rows = re.findall(r"^\| `([a-z.]+)` \|", text_of("reference/records.md"), re.M)

    assert sorted(rows) == sorted(get_args(Kind))


def test_every_exit_code_is_documented() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", text_of("reference/commands.md"), re.M))
    classes = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.DeputyError)]

    assert set(rows) == {"0", "3", "130", *(str(one.exit_code) for one in classes)}
    assert {one.__name__ for one in classes} <= words(text_of("reference/errors.md"))


def variables_in_code() -> set[str]:
    """Every upper-case word in a module that reads the environment, and the variables of config/models.yaml."""
    found = set[str]()
    for path, tree in sources():
        if "environ" in path.read_text(encoding="utf-8"):
            constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
            found |= {one for one in constants if isinstance(one, str) and re.fullmatch(r"[A-Z][A-Z_]{2,}", one)}
    models, _ = checked(ModelsFile, load_yaml(ROOT / "config/models.yaml"))
    assert models is not None
    for provider in models.providers.values():
        found |= {*provider.url_from, *([provider.key] if provider.key else [])}
    return found - NOT_VARIABLES


def test_every_variable_that_is_read_is_documented_and_no_other() -> None:
    documented = {name for rows in READ.values() for name in rows}
    documented = {"INPUT_" if name == "INPUT_NAME" else name for name in documented}

    assert variables_in_code() - set(SET) == documented


def test_the_search_for_variables_finds_those_of_every_kind() -> None:
    found = variables_in_code()

    assert {"DEPUTY_HOME", "NO_COLOR", "SMTP_URL", "CALDAV_PASSWORD", "MODEL", "OPENAI_BASE_URL", "SCENARIO"} <= found
