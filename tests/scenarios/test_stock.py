"""The stock scenario, by what it leaves behind: orders, charges and mails."""

from pathlib import Path
from typing import Any

import pytest

from crews.catalogue import catalogue
from runtime.database import open_database
from runtime.errors import CannotWork
from testkit.postgres import Postgres
from testkit.projects import home_in
from tests.scenarios.trades import Played, dying, edit, go_on, play, shipped, state_of, world_of
from tools.backends.orders import Caps, Order
from tools.backends.orders_sql import OrderBook
from tools.orders import cancel_order, mail_order

ORDERED = [
    ("PO-PAPER-A4-1", 30, 12600, "office", "open"),
    ("PO-COFFEE-1KG-1", 18, 30240, "kitchen", "open"),
    ("PO-SENSOR-T4-1", 50, 117500, "lab", "open"),
]


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Played, Played, dict[str, Any]]:
    """A run that waited for a person, the same run after a yes, and what it left behind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL", "playbook")
        project = shipped(tmp_path_factory.mktemp("stock") / "project")
        waited = play(project, "stock")
        return waited, go_on(project), state_of(project, "stock")


@pytest.mark.statement("office", 10)
def test_what_is_due_is_ordered_once_and_a_large_order_after_a_person_said_yes(
    ended: tuple[Played, Played, dict[str, Any]],
) -> None:
    waited, done, state = ended

    assert (waited.outcome.exit_code, done.outcome.exit_code) == (3, 0)
    assert [one["rule"] for one in waited.only("call.decided") if one["verdict"] == "ask"] == ["orders.large"]
    assert state["orders"] == ORDERED


def test_each_supplier_hears_of_their_own_order_at_the_address_of_the_house_s_file(
    ended: tuple[Played, Played, dict[str, Any]],
) -> None:
    sent = {subject: (to, words) for _, to, subject, words in ended[2]["sent"]}

    assert {subject: to.partition("<")[2].rstrip(">") for subject, (to, _) in sent.items()} == {
        "Order PO-PAPER-A4-1": "orders@paperworks.example",
        "Order PO-COFFEE-1KG-1": "hello@roastery.example",
        "Order PO-SENSOR-T4-1": "sales@northwind.example",
    }
    assert "50 x SENSOR-T4" in sent["Order PO-SENSOR-T4-1"][1]
    assert "1,175.00 EUR, charged to 'lab'" in sent["Order PO-SENSOR-T4-1"][1]


@pytest.mark.statement("office", 10)
def test_what_is_under_way_unknown_or_over_the_budget_is_left_with_its_reason(
    ended: tuple[Played, Played, dict[str, Any]],
) -> None:
    left = {one["item"]: one["left"] for one in ended[0].results("review_stock")[0]["items"] if one["left"]}

    assert left == {
        "CHAIR-ERG": "the budget 'office' allows at most 1,500.00 an order",
        "LABEL-RFID": "no use of it is recorded, so a person decides",
        "MILK-OAT": "20 are on order already",
    }


@pytest.mark.statement("office", 10)
def test_a_second_run_orders_nothing_twice_and_after_the_goods_are_there_a_new_order_can_be(
    ended: tuple[Played, Played, dict[str, Any]],
) -> None:
    project = ended[0].project
    play(project, "stock")
    assert state_of(project, "stock") == ended[2]

    edit(project, "stock", "arrivals.csv", lambda text: f"{text}PO-PAPER-A4-1,2027-03-08\n")
    assert play(project, "stock").outcome.exit_code == 0

    orders = state_of(project, "stock")["orders"]
    assert orders[0] == (*ORDERED[0][:4], "arrived")
    assert orders[3:] == [("PO-PAPER-A4-2", 30, 12600, "office", "open")]


@pytest.mark.statement("office", 10)
def test_a_no_leaves_the_order_out_and_keeps_the_others(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    play(project, "stock")
    assert go_on(project, "denied").outcome.state == "done"

    assert state_of(project, "stock")["orders"] == ORDERED[:2]


@pytest.mark.statement("office", 12)
def test_undo_cancels_what_was_ordered_tells_whoever_knew_and_stops_at_the_supplier_s_limit(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    play(project, "stock")
    go_on(project)
    world = world_of(project, scenario="stock")
    try:
        undo = catalogue()["place_order"].undo
        assert undo is not None
        back = undo({}, {"order": "PO-PAPER-A4-1", "already": False})
        assert back is not None
        assert (back.tool, back.args) == ("cancel_order", {"order": "PO-PAPER-A4-1"})
        assert cancel_order("PO-PAPER-A4-1", world=world)["state"] == "cancelled"
        assert cancel_order("PO-PAPER-A4-1", world=world)["already"]
        with pytest.raises(CannotWork, match="is cancelled"):
            mail_order("PO-PAPER-A4-1", "orders@paperworks.example", world=world)
    finally:
        world.close()
    edit(project, "stock", "suppliers.csv", lambda text: text.replace(",,12\n", ",,0\n"))
    scenario = project / "scenarios/stock/scenario.yaml"
    scenario.write_text(scenario.read_text().replace("T09:00:00", "T10:00:00"))
    later = world_of(project, scenario="stock")
    try:
        with pytest.raises(CannotWork, match="could be cancelled until"):
            cancel_order("PO-COFFEE-1KG-1", world=later)
    finally:
        later.close()

    state = state_of(project, "stock")
    assert [one[4] for one in state["orders"]] == ["cancelled", "open", "open"]
    assert [one[2] for one in state["sent"] if one[2].startswith("Cancelled")] == ["Cancelled: order PO-PAPER-A4-1"]


def test_a_budget_s_day_and_month_hold_over_all_orders(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    edit(project, "stock", "budgets.csv", lambda text: text.replace("EUR,400,400,1200", "EUR,400,300,1200"))
    play(project, "stock")
    go_on(project)

    assert [one[3] for one in state_of(project, "stock")["orders"]] == ["office", "lab"]


def _until_done(project: Path) -> None:
    play(project, "stock")
    go_on(project)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", [1, 3])
def test_a_run_killed_at_an_order_is_carried_on_and_orders_once(tmp_path: Path, nth: int, after: bool) -> None:
    from crews.runner import resume

    project = shipped(tmp_path / "project")
    with dying(OrderBook, "place", after=after, nth=nth):
        _until_done(project)
    with home_in(project):
        if resume(project, None, by="user:ana").exit_code == 3:
            go_on(project)

    assert sorted(state_of(project, "stock")["orders"]) == sorted(ORDERED)


def test_postgres_keeps_one_open_order_and_the_caps_as_sqlite_does(tmp_path: Path, postgres: Postgres) -> None:
    world = world_of(shipped(tmp_path / "project"), scenario="stock")
    order = Order("PO-A", "A", "s", "1 x A", 1, 600, "EUR", "b", "2027-03-08", "2027-03-09")
    other = Order("PO-B", "B", "s", "1 x B", 1, 600, "EUR", "b", "2027-03-09", "2027-03-10")
    for engine in (open_database(postgres.database()), open_database(f"sqlite:///{tmp_path / 'o.sqlite'}")):
        book = OrderBook(engine, world.clock)
        assert [book.place(order, Caps(1000, 1000, 1000))[1] for _ in range(2)] == [False, True]
        with pytest.raises(CannotWork, match="a month"):
            book.place(other, Caps(1000, 1000, 1000))
        assert book.cancel("PO-A-1")
        assert book.place(other, Caps(1000, 1000, 1000))[0].key == "PO-B-1"
        assert [(one.key, one.state) for one in book.all()] == [("PO-A-1", "cancelled"), ("PO-B-1", "open")]
        engine.dispose()

    world.close()
