"""A valid configuration: what is read from where, what a scenario changes, and what the digest stands for."""

from dataclasses import FrozenInstanceError
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from runtime.errors import UsageError
from runtime.problems import ConfigProblems, Problem
from tasks.templates import DEFAULT_TIMES, fill, placeholders
from tests.config.house import FILES, build, edited, load

CARD = "role: Printer\ngoal: Print.\nbackstory: You print.\ntools: [post]\n"


def test_a_valid_project_is_read_whole(tmp_path: Path) -> None:
    config = load(build(tmp_path))

    assert list(config.roles) == ["manager", "writer", "reader"]
    assert config.roles["writer"].tools == ("look", "note")
    assert (config.roles["writer"].model, config.roles["writer"].max_turns) == ("fast", 25)
    assert (config.crews["press"].process, config.crews["press"].manager) == ("planned", "manager")
    assert config.crews["desk"].read_only
    assert config.models.tiers.fast == ("small",)
    assert config.policies.budget.usd == 1.5
    assert config.policies.deny == ("note",)
    assert (config.settings.calendar, config.settings.mail, config.settings.records) == (
        "embedded",
        "maildir",
        "sqlite",
    )
    assert config.settings.house.mail == "desk@press.example"
    assert config.scenarios["leaflet"].now == datetime.fromisoformat("2027-03-08T09:00:00+01:00")
    assert config.scenario_folder("leaflet") == tmp_path / "scenarios" / "leaflet"


def test_tools_of_a_task_are_counted_however_they_are_written(tmp_path: Path) -> None:
    tasks = load(build(tmp_path, edited("config/tasks.yaml", ("tools: [look]", "tools: [look: 3]")))).tasks

    assert tasks["draft"].tools == {"look": 2, "note": 1}
    assert tasks["check"].tools == {"look": 3}
    assert load(build(tmp_path)).tasks["check"].tools == {"look": DEFAULT_TIMES}


def test_a_card_may_stand_in_a_file_of_its_own_beside_the_others(tmp_path: Path) -> None:
    config = load(build(tmp_path, {"config/agents/printer.yaml": CARD}))

    assert list(config.roles) == ["manager", "writer", "reader", "printer"]
    assert config.roles["printer"].tools == ("post",)


def test_a_folder_of_cards_may_take_the_place_of_the_file(tmp_path: Path) -> None:
    changes: dict[str, str | None] = {"config/agents.yaml": None}
    for name, tools in (("manager", "[]"), ("writer", "[look, note]"), ("reader", "[look]")):
        card = f"role: {name.capitalize()}\ngoal: Work.\nbackstory: You work.\ntools: {tools}\n"
        changes[f"config/agents/{name}.yaml"] = card

    assert sorted(load(build(tmp_path, changes)).roles) == ["manager", "reader", "writer"]


def test_a_scenario_changes_cards_and_tasks_for_itself_only(tmp_path: Path) -> None:
    project = build(tmp_path)

    plain, changed = load(project), load(project, "leaflet")

    assert (plain.roles["writer"].model, changed.roles["writer"].model) == ("fast", "strong")
    assert changed.roles["writer"].tools == plain.roles["writer"].tools
    assert (plain.tasks["draft"].tools, changed.tasks["draft"].tools) == ({"look": 2, "note": 1}, {"look": 5})
    assert changed.roles["reader"] == plain.roles["reader"]


def test_a_scenario_that_does_not_exist_is_told_with_the_nearest_that_does(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        load(build(tmp_path), "leaflt")

    assert refused.value.problem == "there is no scenario 'leaflt'"
    assert refused.value.remedy == "did you mean 'leaflet'?"


def test_the_digest_stays_with_comments_and_order_and_changes_with_any_value(tmp_path: Path) -> None:
    first = load(build(tmp_path)).digest
    commented = load(build(tmp_path, {"config/policies.yaml": f"# ours\n{FILES['config/policies.yaml']}"})).digest
    longer = load(build(tmp_path, edited("config/policies.yaml", ("minutes: 5", "minutes: 6")))).digest
    other = load(
        build(tmp_path, {"config/policies.yaml": f"{FILES['config/policies.yaml']}untrusted_target: deny\n"})
    ).digest
    scenario = load(build(tmp_path), "leaflet").digest

    assert first == commented == longer, "a run goes on with a larger budget"
    assert len({first, other, scenario}) == 3


def test_what_was_loaded_cannot_be_changed(tmp_path: Path) -> None:
    config = load(build(tmp_path))

    with pytest.raises(FrozenInstanceError):
        config.digest = "x"  # type: ignore[misc]  # the refusal is what is tested
    with pytest.raises(ValidationError):
        config.roles["writer"].goal = "x"


def test_a_project_without_config_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblems) as refused:
        load(tmp_path)

    hint = "name the project's folder, or run the command inside of it"
    assert refused.value.problems == (Problem(str(tmp_path / "config"), 0, 0, "there is no such folder", hint),)
    assert refused.value.exit_code == 4


def test_problems_are_one_error_that_lists_them_all(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblems) as refused:
        load(build(tmp_path, edited("config/policies.yaml", ("deny", "denny"), ("1.5", "-1"))))

    assert str(refused.value) == (
        "the configuration has 2 problems\n"
        "  config/policies.yaml:1:48: 'usd' must be at least 0, not '-1'\n"
        "  config/policies.yaml:2:1: unknown key 'denny'; did you mean 'deny'?\n"
        "  Fix: correct what is listed, then run 'deputy validate'"
    )


def test_what_is_filled_into_a_text_is_never_expanded_again() -> None:
    assert (
        fill("{goal} for {who}, {other}", {"goal": "Print {who}", "who": "{goal}"}) == "Print {who} for {goal}, {other}"
    )
    assert placeholders("{a} {b} {a} { c } {} {d.e}") == ["a", "b"]
