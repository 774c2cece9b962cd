"""The configuration that is shipped: valid, and as short as what is paid for by the token should be."""

from pathlib import Path

import pytest

from crews.catalogue import catalogue
from crews.config import Config, load_config


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load_config(Path(__file__).resolve().parents[2])


def test_the_shipped_configuration_has_no_problems(shipped: Config) -> None:
    assert {"manager", "researcher", "scheduler", "notifier", "assistant"} <= set(shipped.roles)
    assert {"deputy", "assistant"} <= set(shipped.crews)


def test_the_assistant_can_only_read(shipped: Config) -> None:
    crew = shipped.crews["assistant"]
    effects = {catalogue()[tool].effect for role in crew.agents for tool in shipped.roles[role].tools}

    assert crew.read_only
    assert effects == {"read"}


def test_the_tasks_of_the_deputy_crew_cover_its_roles_and_run_side_by_side_where_they_can(shipped: Config) -> None:
    tasks = {name: shipped.tasks[name] for name in shipped.crews["deputy"].tasks}

    assert {task.role for task in tasks.values()} == set(shipped.crews["deputy"].agents)
    assert tasks["decline"].context == tasks["schedule"].context == ("shortlist",)


@pytest.mark.statement("recruiting", 10)
def test_no_task_of_the_shipped_crews_may_send_a_rejection(shipped: Config) -> None:
    hiring = [role for name in ("deputy", "assistant") for role in shipped.crews[name].agents]
    given = {tool for role in hiring for tool in shipped.roles[role].tools}
    sending = {tool for tool in given if catalogue()[tool].effect == "send"}

    assert sending == {"send_invitation", "send_cancellation"}


def test_cards_are_short(shipped: Config) -> None:
    lengths = {name: len(card.goal) + len(card.backstory) for name, card in shipped.roles.items()}

    assert max(lengths.values()) < 400
