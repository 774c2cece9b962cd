"""Who is forgotten is gone from what every kind of work has left: CRM, meetings, answers, and databases elsewhere."""

import gc
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import MetaData, select

from cli.main import deputy
from runtime.clock import FixedClock
from runtime.database import open_database, read
from runtime.facts import Fact
from runtime.memory import Memory
from runtime.traces import spelled
from testkit.postgres import Postgres
from tests.scenarios.recruiting import shipped
from tests.scenarios.trades import world_of
from tools.backends.crm import CRM
from tools.backends.orders import Caps, Order
from tools.backends.orders_sql import OrderBook

CLOCK = FixedClock(datetime(2027, 3, 8, 8, tzinfo=UTC))
WHO = "Ananya Krishnamurthy"
GOAL = "Update the CRM: Acme Robotics' contact is now Dana Fox <dana@acme.example>"


def call(*words: str) -> Result:
    result = CliRunner().invoke(deputy, list(words))
    assert result.exit_code in (0, 3), result.output
    return result


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the shipped scenarios, which is the current folder."""
    project = shipped(tmp_path / "project")
    monkeypatch.setenv("MODEL", "playbook")
    monkeypatch.delenv("DEPUTY_HOME", raising=False)
    monkeypatch.chdir(project)
    return project


def naming(project: Path, *words: str) -> set[str]:
    """The files below the home that hold one of the words, in their names or in their bytes."""
    wanted, found = [spelled(one) for one in words], set()
    for path in (one for one in (project / "var").rglob("*") if one.is_file()):
        text = spelled(f"{path.name} {path.read_bytes().decode('utf-8', 'ignore')}")
        found |= {str(path.relative_to(project / "var"))} if any(one in text for one in wanted) else set()
    return found


def naming_in(url: str, *words: str) -> set[str]:
    """The tables of a database whose rows hold one of the words."""
    wanted, found, known = [spelled(one) for one in words], set(), MetaData()
    engine = open_database(url)
    known.reflect(engine)
    with read(engine) as connection:
        for table in known.sorted_tables:
            text = spelled(" ".join(str(tuple(row)) for row in connection.execute(select(table))))
            found |= {table.name} if any(one in text for one in wanted) else set()
    engine.dispose()
    return found


def accounts(project: Path) -> dict[str, tuple[str, str, str]]:
    world = world_of(project, scenario="crm")
    try:
        return {one["account"]: (one["contact"], one["mail"], one["phone"]) for one in world.service(CRM).accounts()}
    finally:
        world.close()


def test_contacts_of_customers_are_sealed_from_the_goal_on_and_forgotten(project: Path) -> None:
    call("run", GOAL)
    call("ask", "-s", "support", "-c", "talk", "Does Dana Fox <dana@acme.example> have a contract?")
    call("run", "Schedule a 1-hour sync with the design team today about Dana Fox")
    call("run", "-s", "crm", "Update the CRM: Brandt Optik's next step is call Dana Fox")
    assert accounts(project)["acme"] == ("Dana Fox", "dana@acme.example", "+49 30 5550101")
    assert "ledger.sqlite" not in naming(project, "Dana Fox", "dana@acme.example")

    listed = call("forget", "Dana Fox", "--dry-run")
    assert "entries of the CRM" in " ".join(listed.output.split())
    call("forget", "dana@acme.example", "--yes")

    assert naming(project, "Dana Fox", "dana@acme.example") == set()
    assert accounts(project)["acme"] == ("", "", "+49 30 5550101"), "the number was the contact's before"
    assert naming(project, "Paul Weiland") != set(), "who was the contact before is somebody else"
    assert accounts(project)["brandt"][0] == "Tom Brandt"
    call("audit", "verify")


def test_what_somebody_was_told_of_their_own_account_is_sealed_and_forgotten(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER", "imani")
    monkeypatch.setenv("LOGNAME", "imani")
    account = "scenarios/support/world/accounts.yaml"
    told = call(
        "ask", "-s", "support", "-i", f"accounts={account}", "-c", "talk", "What is the mail and name of my account?"
    )
    assert "imani@achterberg.example" in told.output
    assert "ledger.sqlite" not in naming(project, "Imani Achterberg", "imani@achterberg.example")

    call("forget", "imani@achterberg.example", "--yes")

    assert naming(project, "Imani Achterberg", "imani@achterberg.example") == set()
    call("audit", "verify")


def test_who_was_the_contact_before_is_forgotten_by_their_own_address_and_not_read_in_again(project: Path) -> None:
    call("run", GOAL)

    left = call("forget", "Paul Weiland", "--dry-run")
    assert "accounts.csv" in "".join(left.output.split()), "the file it began from is the house's to clean"
    call("forget", "paul@acme.example", "--yes")

    assert naming(project, "Paul Weiland", "paul@acme.example", "+49 30 5550101") == set()
    assert accounts(project)["acme"] == ("Dana Fox", "dana@acme.example", "")
    for path in (project / "var" / "worlds" / "crm").glob("crm.sqlite*"):
        path.unlink()
    assert accounts(project)["acme"] == ("", "", ""), "the file still has them"
    assert accounts(project)["brandt"][0] == "Tom Brandt"


def test_what_is_held_about_a_contact_is_told_to_them(project: Path) -> None:
    call("run", GOAL)

    call("audit", "subject", "Dana Fox", "-o", "held.json")

    held = Path("held.json").read_text()
    assert "dana@acme.example" in held
    assert "Acme Robotics" in held
    assert "Tom Brandt" not in held


def note_elsewhere(url: str) -> None:
    """A memory and an order that name a candidate."""
    engine = open_database(url)
    Memory(engine).learn(Fact("lunch", "who", f"{WHO} eats no meat", True, "a person"), CLOCK.now())
    lines = json.dumps([{"item": "lunch", "for": WHO}, {"item": "tea", "for": "Oliver Grant"}])
    day = "2027-03-08"
    order = Order("lunch", "lunch", "bistro", lines, 2, 1800, "EUR", "marketing", day, day)
    OrderBook(engine, CLOCK).place(order, Caps(order=9999, day=9999, month=9999))
    engine.dispose()


def orders(url: str) -> list[Any]:
    engine = open_database(url)
    found = [json.loads(one.lines) for one in OrderBook(engine, CLOCK).all()]
    engine.dispose()
    return found


@pytest.mark.filterwarnings("ignore:.*was deleted while still open:ResourceWarning")
def test_everything_is_forgotten_where_ledger_and_records_are_in_postgresql(
    project: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, records = postgres.database(), postgres.database()
    monkeypatch.setenv("DATABASE_URL", ledger)
    monkeypatch.setenv("RECORDS_URL", records)
    settings = project / "config" / "settings.yaml"
    settings.write_text(settings.read_text().replace("records: sqlite", "records: postgres"))
    call("run", "-s", "recruiting")
    call("run", GOAL)
    mail = "ananya.krishnamurthy"
    note_elsewhere(records)
    tables = naming_in(records, WHO, mail)
    assert {"candidate", "purchase_order", "fact"} <= tables
    assert naming_in(records, "Dana Fox") == {"crm_account", "crm_change"}
    assert naming_in(ledger, WHO, mail, "Dana Fox") == set(), "the ledger has it sealed"

    call("forget", WHO, "--yes")
    call("forget", "Dana Fox", "--yes")

    for url in (ledger, records):
        assert naming_in(url, WHO, mail, "Dana Fox", "dana@acme.example") == set()
    assert naming(project, WHO, mail, "Dana Fox", "dana@acme.example") == set()
    assert "candidate" in naming_in(records, "Oliver Grant"), "nobody else is forgotten"
    assert orders(records) == [[{"item": "lunch", "for": "[erased]"}, {"item": "tea", "for": "Oliver Grant"}]]
    call("audit", "verify")
    gc.collect()  # commands end with their process, and leave a pooled connection to it; here the process goes on


def test_where_the_records_are_has_to_be_said(project: Path) -> None:
    call("run", GOAL)
    settings = project / "config" / "settings.yaml"
    settings.write_text(settings.read_text().replace("records: sqlite", "records: postgres"))

    result = CliRunner().invoke(deputy, ["forget", "Dana Fox", "--yes"])

    assert result.exit_code != 0
    assert "RECORDS_URL is not set" in result.output
