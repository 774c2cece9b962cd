"""Lunch, by what it leaves behind: one order, on the budget that the goal names, that everybody can eat."""

from pathlib import Path

import pytest

from runtime.errors import TryAgain, Unclear
from tests.scenarios.trades import edit, go_on, play, shipped, state_of, undone, world_of
from tools.lunch import order_lunch

GOAL = "Order lunch for the team, charge it to the marketing budget"
ORDERED = [("LUNCH-marketing-2027-03-08-1", 4, 4390, "marketing", "open")]


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


def test_the_budget_s_team_gets_one_lunch_that_suits_each_diet_however_often_it_is_asked_for(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    first = play(project, "lunch", GOAL)
    again = play(project, "lunch", "Please get lunch for the marketing team today, on the marketing budget")

    assert (first.outcome.exit_code, again.outcome.exit_code) == (0, 0)
    state = state_of(project, "lunch")
    assert state["orders"] == ORDERED
    [(_, to, _, words)] = state["sent"]
    assert "kitchen@greenfork.example" in to
    assert "3 x Falafel plate" in words
    assert "1 x Lentil curry" in words  # without gluten
    options = first.results("find_lunch")[0]["options"]
    assert {one["vendor"]: one["left"] for one in options[1:]} == {
        "noodles": "closed on 2027-03-08",
        "pastabar": "nothing for luca@meridian.example",
    }

    assert undone(project, "lunch", first).outcome.exit_code == 0
    state = state_of(project, "lunch")
    assert [one[4] for one in state["orders"]] == ["cancelled"]
    assert [one[2] for one in state["sent"] if one[2].startswith("Cancelled")] == [f"Cancelled: order {ORDERED[0][0]}"]


@pytest.mark.parametrize(
    ("goal", "question"),
    [
        ("Order lunch for the team", "which budget"),
        ("Order lunch for the team on the party budget", "which budget"),
        ("Order lunch for the sales team on the marketing budget", "who is in 'sales'"),
        ("Order lunch for the team on 2027-02-30 on the marketing budget", "which day"),
    ],
)
def test_a_goal_that_can_be_meant_in_two_ways_is_a_question(tmp_path: Path, goal: str, question: str) -> None:
    project = shipped(tmp_path / "project")

    with pytest.raises(Unclear, match=question):
        play(project, "lunch", goal)


def test_a_large_lunch_waits_for_a_person_and_one_over_the_budget_is_not_ordered(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    edit(project, "lunch", "menu.csv", lambda text: text.replace(",10.80,", ",60.80,").replace(",11.50,", ",51.50,"))
    edit(project, "lunch", "suppliers.csv", lambda text: text.replace(",mon,", ",mon;tue,"))
    waits = play(project, "lunch", GOAL)
    assert waits.outcome.exit_code == 3
    assert waits.only("approval.requested")[0]["preview"].splitlines()[:2] == [
        "Lunch for 4 on 2027-03-08 from greenfork: 128.80 EUR from the budget 'marketing'",
        "2 x Chicken rice bowl",
    ]
    assert state_of(project, "lunch")["orders"] == []
    assert go_on(project).outcome.exit_code == 0
    assert [one[2] for one in state_of(project, "lunch")["orders"]] == [12880]

    played = play(project, "lunch", "Order lunch for the team tomorrow on the marketing budget")
    assert played.outcome.exit_code == 3
    edit(project, "lunch", "budgets.csv", lambda text: text.replace("300,300,900", "300,300,200"))
    go_on(project)
    assert [one[2] for one in state_of(project, "lunch")["orders"]] == [12880]


def test_a_vendor_that_costs_more_than_another_with_something_for_everybody_is_not_ordered_from(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    edit(project, "lunch", "suppliers.csv", lambda text: text.replace(",mon,", ",sun,"))
    world = world_of(project, scenario="lunch")
    lunch = {"team": "marketing", "day": "2027-03-08", "budget": "marketing"}
    try:
        with pytest.raises(TryAgain, match=r"'noodles' has something for everybody for 39\.40"):
            order_lunch(vendor="greenfork", amount=43.9, world=world, **lunch)
        assert order_lunch(vendor="noodles", amount=39.4, world=world, **lunch)["amount"] == 39.4
    finally:
        world.close()
