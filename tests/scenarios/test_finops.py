"""The FinOps scenario to its end, judged by the acceptance statements of the trade on what it leaves behind."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime.errors import CannotWork
from testkit.projects import CHECKOUT
from tests.scenarios.finops import WISH, approved, edit, more_days, play, restate, shipped, state_of, world_of
from tests.scenarios.recruiting import Played
from tools.alerts import send_alert
from tools.spend import find_anomalies

STOPPED, RESIZED, BARE, PROD, KEPT, BOUND = (f"i-0a11ce000000000{number}" for number in (1, 2, 3, 4, 5, 6))


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


@pytest.fixture(scope="module")
def waited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Played, dict[str, Any]]:
    """A run that waits for owners, and the state it waits in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL", "playbook")
        played = play(shipped(tmp_path_factory.mktemp("finops") / "project"))
        return played, state_of(played.project)


@pytest.fixture(scope="module")
def ended(waited: tuple[Played, dict[str, Any]]) -> tuple[Played, dict[str, Any]]:
    """The same run after its owners agreed."""
    played = approved(waited[0].project)
    return played, state_of(played.project)


@pytest.mark.statement("finops", 9)
def test_a_run_tells_owners_and_waits_before_it_changes_a_machine(waited: tuple[Played, dict[str, Any]]) -> None:
    played, state = waited

    assert (played.outcome.state, played.outcome.exit_code) == ("waiting", 3)
    assert {one[2] for one in state["machines"]} == {"running"}
    assert (state["copies"], state["changes"]) == ({}, [])
    assert "waits for its owner" in (played.outcome.folder / "report.md").read_text()
    assert "**change_machines** (rightsizer, after alert_owners): waiting" in section(played, "Plan")
    assert f"allow or refuse stop_machine (machine: {STOPPED}, owner: chiara@meridian.example):" in section(
        played, "Waits for a person"
    )


def section(played: Played, title: str) -> str:
    """What the report says under a heading."""
    report = (played.outcome.folder / "report.md").read_text()
    return report.partition(f"## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.statement("finops", 7)
def test_each_planted_cause_is_one_alert_to_its_owner_and_to_finance(waited: tuple[Played, dict[str, Any]]) -> None:
    played, state = waited
    planted = yaml.safe_load((CHECKOUT / "scenarios/finops/world/planted.yaml").read_text())
    causes = played.results("find_anomalies")[0]["causes"]

    assert [(one["currency"], one["account"], one["service"], one["region"], one["resource"]) for one in causes] == [
        (one["currency"], one["account"], one["service"], one["region"], one["resource"]) for one in planted
    ]
    assert len(state["sent"]) == len(state["alerts"]) == 8
    assert {to for _, to, _ in state["alerts"]} == {
        f"{who}@meridian.example" for who in ("amara", "bruno", "dmitri", "esther")
    }


@pytest.mark.statement("finops", 7)
def test_an_alert_says_how_much_since_when_what_drives_it_and_whose_it_is(
    waited: tuple[Played, dict[str, Any]],
) -> None:
    _, state = waited

    [step] = [words for _, to, subject, words in state["sent"] if "Virtual Machines" in subject and "dmitri" in to]
    assert [one.rstrip() for one in step.splitlines() if one[:1] > " "][:7] == [
        "What:     Virtual Machines in germanywestcentral, account sub-7f20-reporting",
        "Cost:     3,479.78 EUR more so far, 316.34 EUR a day",
        "Since:    Tue 23 Feb 2027, 11:00; goes on; seen until Fri 5 Mar 2027",
        "Driver:   vm-00b3dd0f36819c748, SKU GE-Compute-Std; 79 % of the increase",
        "Also in:  Bandwidth",
        "Owner:    dmitri@meridian.example (tag)",
        "Sure:     high",
    ]
    assert "132 % over the usual, against the same weekdays of 8 weeks" in step


@pytest.mark.statement("finops", 2)
def test_what_is_no_usage_is_listed_and_raises_no_alert(waited: tuple[Played, dict[str, Any]]) -> None:
    aside = waited[0].results("find_anomalies")[0]["aside"]

    kinds = {one["what"] for one in aside}
    assert {"credit", "correction", "tax", "purchase", "fee"} <= kinds
    assert any(one["billed"] == 5200.0 and one["effective"] == 0 for one in aside)
    listed = section(waited[0], "Set aside")
    assert all(f"| {kind} " in listed for kind in kinds)
    assert "5,200.00 USD" in listed


@pytest.mark.statement("finops", 1)
@pytest.mark.statement("finops", 10)
def test_the_trend_is_effective_cost_and_no_currency_is_added_to_another(waited: tuple[Played, dict[str, Any]]) -> None:
    trend = waited[0].results("show_trend")[0]

    assert trend["metric"] == "EffectiveCost"
    services = {
        currency: {one["name"] for one in trend["rows"] if one["currency"] == currency} for currency in ("USD", "EUR")
    }
    assert services["USD"]
    assert not services["USD"] & services["EUR"]


@pytest.mark.statement("finops", 1)
@pytest.mark.statement("finops", 11)
def test_bills_agree_with_invoices_to_the_cent_or_the_gap_is_shown(waited: tuple[Played, dict[str, Any]]) -> None:
    months = waited[0].results("read_bill")[0]["invoices"]

    gaps = {(one["billing_account"], one["period"]): one.get("gap") for one in months}
    assert gaps.pop(("ba-1187", "2027-01")) == 18.40
    assert {gap for (_, period), gap in gaps.items() if period == "2027-03"} == {None}
    assert {gap for (_, period), gap in gaps.items() if period != "2027-03"} == {0.0}
    assert "+18.40" in (waited[0].outcome.folder / "report.md").read_text()


@pytest.mark.statement("finops", 3)
def test_a_commitment_that_nobody_used_is_a_line_of_its_own_with_its_owner(
    waited: tuple[Played, dict[str, Any]],
) -> None:
    [plan] = waited[0].results("find_unused_commitments")[0]["commitments"]

    assert (plan["commitment"], plan["owner"]) == ("sp-meridian-compute", "amara@meridian.example")
    assert plan["unused"] == 30 * 31.20
    assert "| 936.00 USD |  64 % | Amara Osei |" in section(waited[0], "Commitments that nobody used")


def test_the_months_end_is_worked_out_by_a_program_in_the_sandbox_over_the_bills_own_figures(
    waited: tuple[Played, dict[str, Any]],
) -> None:
    played, _ = waited
    [ran] = played.only("tool.done", "run_python")
    [bill] = played.results("daily_costs")
    found = {(one["currency"], one["case"]): one for one in ran["result"]["result"]["cases"]}

    assert ran["result"]["tier"] == "wasm"
    assert json.loads(ran["args"]["given"])["days"] == bill
    assert bill["last"] == "2027-03-04"
    for currency, costs in bill["currencies"].items():
        assert found[currency, "as it goes"]["spent"] == pytest.approx(sum(costs[-4:]), abs=0.01)
    saved = sum(one["saving"] for one in played.results("review_machines")[0]["machines"] if _free(one))
    ends, and_saved = (found["USD", case] for case in ("if what drives it up ends", "and the advice is followed"))
    assert ends["month_end"] - and_saved["month_end"] == pytest.approx(saved * 27 / 30, abs=0.02)
    report = (played.outcome.folder / "report.md").read_text()
    assert "run in the sandbox (wasm)" in report
    assert f"{found['EUR', 'as it goes']['month_end']:,.2f}" in report


def _free(machine: dict[str, Any]) -> bool:
    return machine["action"] != "keep" and not machine["forbidden"]


def test_a_question_about_the_months_end_is_answered_and_nobody_is_told_anything(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")

    played = play(project, replace(WISH, goal="What will our cloud bill be at the end of the month?"))

    assert [one["tool"] for one in played.only("tool.intended")] == ["run_python"]
    assert "by the month's end as it goes" in (played.outcome.folder / "report.md").read_text()
    assert state_of(project)["sent"] == []


def test_without_a_sandbox_the_rest_is_done_and_the_report_claims_no_outlook(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    settings = project / "config" / "settings.yaml"
    settings.write_text(settings.read_text().replace("sandbox: wasm", 'sandbox: "off"'))

    played = play(project)

    report = (played.outcome.folder / "report.md").read_text()
    assert (played.outcome.state, len(played.results("send_alert"))) == ("waiting", 8)
    assert "programs are switched off here" in report
    assert "## Where the month is going" not in report


@pytest.mark.statement("finops", 6)
def test_untagged_usage_is_told_in_money_and_percent_with_an_owner_proposed(
    waited: tuple[Played, dict[str, Any]],
) -> None:
    found = waited[0].results("find_untagged")[0]

    assert all(0 < one["percent"] < 60 and one["untagged"] < one["total"] for one in found["currencies"])
    assert all(one["proposed_owner"].endswith("@meridian.example") and one["because"] for one in found["places"])
    told = section(waited[0], "Without an owner's tag")
    for one in found["currencies"]:
        assert f"{one['untagged']:,.2f} {one['currency']} ({one['percent']:g} %)" in told


@pytest.mark.statement("finops", 8)
def test_advice_cites_its_evidence_and_what_is_unknown_or_bound_is_left(waited: tuple[Played, dict[str, Any]]) -> None:
    machines = {one["machine"]: one for one in waited[0].results("review_machines")[0]["machines"]}

    evidence = machines[RESIZED]["evidence"]
    assert (evidence["days"], evidence["hours"], evidence["percentile"]) == (14, 336, 99)
    assert (evidence["cpu"], evidence["memory"], evidence["burst_credits"]) == (20.7, 25, None)
    assert "memory unknown" in machines[BARE]["why"]
    assert machines[BARE]["forbidden"] == "its memory is not measured, so a person decides"
    assert machines[BOUND]["stranded_commitment"] > 200
    assert machines[BOUND]["action"] == "keep"
    assert (machines[RESIZED]["saving"], machines[RESIZED]["stranded_commitment"]) == (382.53, 0)
    assert machines[RESIZED]["rollback"].startswith(f"resize {RESIZED} back to m7i.4xlarge")
    assert "back: start i-0a11ce0000000001 again" in section(waited[0], "What need not be paid for")
    assert "burst credits" in machines["i-0a11ce0000000007"]["why"]
    assert "not enough metrics: 18 hours" in machines["i-0a11ce0000000008"]["why"]


@pytest.mark.statement("finops", 9)
def test_agreed_changes_happen_with_copies_and_nothing_protected_is_touched(
    ended: tuple[Played, dict[str, Any]],
) -> None:
    played, state = ended
    machines = {name: (size, now) for name, size, now, _ in state["machines"]}

    assert (played.outcome.state, played.outcome.exit_code) == ("done", 0)
    assert machines[STOPPED] == ("m7i.2xlarge", "stopped")
    assert machines[RESIZED] == ("m7i.2xlarge", "running")
    assert machines[PROD] == ("m7i.4xlarge", "running")
    assert machines[KEPT] == ("m7i.2xlarge", "running")
    assert machines[BARE] == ("m7i.2xlarge", "running")
    assert sorted(state["copies"].values()) == ["vol-0a11ce0000000001", "vol-0a11ce0000000002", "vol-0a11ce0000000093"]


@pytest.mark.statement("finops", 9)
def test_an_idle_disk_goes_in_two_steps_with_days_of_grace_between(ended: tuple[Played, dict[str, Any]]) -> None:
    disks = {name: dict(tags) for name, _, tags in ended[1]["disks"]}

    assert disks["vol-0a11ce0000000091"]["deputy:delete-after"] == "2027-03-15"
    assert "deputy:delete-after" not in disks["vol-0a11ce0000000092"]  # prod
    assert "vol-0a11ce0000000093" not in disks  # marked before, its grace was over
    assert ended[1]["copies"]["vol-0a11ce0000000093-before-delete"] == "vol-0a11ce0000000093"


def test_a_second_run_sends_and_changes_nothing_twice(ended: tuple[Played, dict[str, Any]]) -> None:
    before = ended[1]

    again = play(ended[0].project)

    assert (again.outcome.state, again.outcome.exit_code) == ("done", 0)
    assert state_of(ended[0].project) == before
    assert [one["tool"] for one in again.only("tool.intended")] == ["run_python"]
    assert again.results("check_savings")[0]["changes"][0]["verdict"].startswith("too early")


@pytest.mark.statement("finops", 5)
@pytest.mark.statement("finops", 12)
def test_a_saving_is_what_the_bill_says_after_the_change(ended: tuple[Played, dict[str, Any]]) -> None:
    project = ended[0].project
    for day in range(8, 20):
        more_days(project, date(2027, 3, day), {STOPPED: 0.0, RESIZED: 11.9})
    restate(project, 100)
    scenario = project / "scenarios/finops/scenario.yaml"
    scenario.write_text(scenario.read_text().replace("2027-03-08T09:00", "2027-03-22T09:00"))

    played = play(project)

    changes = {one["thing"]: one for one in played.results("check_savings")[0]["changes"]}
    assert changes[STOPPED]["verdict"] == "verified"
    assert changes[STOPPED]["estimated"] == pytest.approx(380, abs=5)
    assert changes[STOPPED]["saved"] == pytest.approx(343, abs=5)  # two of the days before were never billed in full
    assert changes[RESIZED]["verdict"] == "verified"
    assert "| verified |" in section(played, "What earlier changes saved")
    [day] = played.results("read_bill")[0]["restated"]
    said = f"{date.fromisoformat(day['day']):%a %-d %b %Y}"
    assert f"| {said} | USD      | {day['before']:,.2f} | {day['after']:,.2f} |" in section(
        played, "Days that were restated"
    )
    assert day["after"] - day["before"] == pytest.approx(100)


@pytest.mark.statement("finops", 7)
def test_a_snoozed_cause_is_shown_and_told_to_nobody(tmp_path: Path, waited: tuple[Played, dict[str, Any]]) -> None:
    project = shipped(tmp_path / "project")
    cause = waited[0].results("find_anomalies")[0]["causes"][0]["cause"]
    snooze = {"cause": cause, "until": date(2027, 4, 1), "why": "planned migration"}
    edit(project, "rules.yaml", lambda rules: rules["alerts"].update(snoozed=[snooze]))
    world = world_of(project)

    told = find_anomalies(world=world)["causes"]
    with pytest.raises(CannotWork, match="snoozed until 2027-04-01: planned migration"):
        send_alert(cause, "amara@meridian.example", world=world)

    assert (told[0]["cause"], told[0]["tell"], world.mailbox.sent()) == (cause, [], [])
    assert all(one["tell"] for one in told[1:])
    world.close()
