"""The weekly report, by what it leaves behind: one report a week, and one mail for each recipient."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crews.schedules import Schedules
from runtime.clock import FixedClock
from testkit.projects import CHECKOUT, home_in
from testkit.snapshot import mails
from tests.scenarios.trades import Played, dying, edit, go_on, play, shipped, world_of
from tools.backends.mail_maildir import MaildirMailbox
from tools.backends.reports import REPORTS


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Played, dict[str, Any]]:
    """A run in a project where stock was ordered before, and what it left behind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL", "playbook")
        project = shipped(tmp_path_factory.mktemp("report") / "project")
        return play(project, "report"), left(project)


def left(project: Path) -> dict[str, Any]:
    """The report and the mails of the world."""
    world = world_of(project, scenario="report")
    try:
        shelf = world.service(REPORTS)
        weeks = {name: shelf.get(name) for name in ("2027-W08", "2027-W09", "2027-W10")}
        return {
            "reports": {name: one.markdown for name, one in weeks.items() if one},
            "sent": mails(world.mailbox.sent()),
        }
    finally:
        world.close()


def test_the_report_is_made_and_reaches_each_recipient_of_the_file_once(ended: tuple[Played, dict[str, Any]]) -> None:
    played, state = ended

    assert played.outcome.exit_code == 0
    assert list(state["reports"]) == ["2027-W09"]
    assert sorted(to for _, to, _, _ in state["sent"]) == ["nadia@meridian.example", "omar@meridian.example"]
    assert (played.outcome.folder / "weekly" / "2027-W09.html").read_text().startswith("<!doctype html>")


@pytest.mark.statement("office", 9)
def test_every_number_cites_its_rows_and_gaps_and_missing_files_are_said(ended: tuple[Played, dict[str, Any]]) -> None:
    shown = ended[1]["reports"]["2027-W09"]

    assert "| Won deals | 21,700.50 EUR | 10,550 | +105.7 % | deals.csv:4-6 |" in shown
    assert "| Support requests | 4 requests | 2 | +100.0 % | tickets.csv:4-7 |" in shown
    assert "visits.csv:12 cannot be read; no row for Thu 4 Mar" in shown
    assert "Hours of downtime: downtime.csv is not there" in shown
    assert "there is no world 'stock' with orders yet" in shown
    assert "Cut-off" in shown


@pytest.mark.statement("office", 9)
def test_the_same_week_again_is_the_same_report_though_sources_have_changed(
    ended: tuple[Played, dict[str, Any]],
) -> None:
    project = ended[0].project
    edit(project, "report", "sources/deals.csv", lambda text: text.replace("5120.00", "9120.00"))

    assert play(project, "report", "Send the weekly report").outcome.exit_code == 0

    assert left(project) == ended[1]


def test_what_another_world_ordered_is_a_figure_with_its_orders(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    play(project, "stock")
    go_on(project)
    for name, before, after in (("stock", "03-08T09", "03-05T09"), ("report", "03-08T09", "03-15T09")):
        path = project / f"scenarios/{name}/scenario.yaml"
        path.write_text(path.read_text().replace(before, after))

    play(project, "report")

    [(name, shown)] = left(project)["reports"].items()
    assert name == "2027-W10"
    assert "1,603.40 EUR" in shown
    assert "stock:PO-PAPER-A4-1, PO-COFFEE-1KG-1, PO-SENSOR-T4-1" in shown


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_run_killed_while_it_sends_goes_on_and_sends_each_mail_once(
    tmp_path: Path, ended: tuple[Played, dict[str, Any]], nth: int, after: bool
) -> None:
    from crews.runner import resume

    project = shipped(tmp_path / "project")
    with dying(MaildirMailbox, "send", after=after, nth=nth):
        play(project, "report")
    with home_in(project):
        assert resume(project, None, by="user:ana").exit_code == 0

    assert left(project) == ended[1]


@pytest.mark.statement("office", 9)
def test_two_workers_start_the_report_once_a_week_at_its_local_time_over_the_change_of_clocks(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    (project / "config" / "schedules.yaml").write_text(uncommented("monday_report"), encoding="utf-8")
    looks = [
        datetime(2027, 3, 21, hour, minute, tzinfo=UTC) + timedelta(days=day)
        for day in (0, 1, 2, 8, 9, 15)
        for hour, minute in ((3, 59), (4, 0), (4, 59), (5, 0))
    ]
    with home_in(project):
        begun = [f"{at:%a %d %b %H:%M}" for at in looks for _worker in range(2) for _run in due_at(project, at)]

    assert begun == ["Mon 22 Mar 05:00", "Mon 29 Mar 04:00", "Mon 05 Apr 04:00"]


def uncommented(name: str) -> str:
    """The entry of that name in the shipped file, as it is without the marks of a comment."""
    text = (CHECKOUT / "config" / "schedules.yaml").read_text(encoding="utf-8")
    _, entry = text.split(f"# {name}:\n")
    lines = [line.removeprefix("# ") for line in entry.splitlines() if line.startswith("#   ")]
    return "\n".join([f"{name}:", *lines, ""])


def due_at(project: Path, at: datetime) -> list[str]:
    """The runs that a worker starts which looks at that moment."""
    worker = Schedules(project, FixedClock(at))
    try:
        return worker.start_due()
    finally:
        worker.close()
