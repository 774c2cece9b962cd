"""`deputy runs`, `show` and `artefacts`: past runs, read from the ledger."""

import json
from pathlib import Path

import pytest

from cli.session import Doors
from testkit.story import Story, ledger_in
from testkit.storyteller import RUN, storyteller
from tests.cli.conftest import Call


@pytest.fixture
def told(call: Call) -> None:
    """One finished run."""
    call("run", "-s", "recruiting", doors=Doors(start=storyteller()))


def test_looking_where_nothing_was_run_makes_no_ledger(call: Call, house: Path) -> None:
    shown = call("runs")

    assert shown.stdout == "Nothing was run here yet. Start with 'deputy run -s recruiting'.\n"
    assert not (house / "var").exists()
    assert call("show").exit_code == 4


def test_runs_lists_the_newest_first_on_one_line_each(call: Call, house: Path) -> None:
    ledger = ledger_in(house / "var")
    Story(ledger, "first").play()
    Story(ledger, "second").play("failed")

    lines = call("runs").stdout.splitlines()

    assert [line.split()[:2] for line in lines] == [["RUN", "STATE"], ["second", "failed"], ["first", "done"]]
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in call("runs", "--limit", "1").stdout.splitlines()] == ["RUN", "second"]


def test_runs_as_json_is_one_object_per_run(call: Call, told: None) -> None:
    [head] = [json.loads(line) for line in call("runs", "--json").stdout.splitlines()]

    assert (head["run"], head["state"], head["scenario"]) == (RUN, "done", "recruiting")


def test_show_tells_the_newest_run_with_times(call: Call, told: None) -> None:
    lines = call("show").stdout.splitlines()

    assert "screen      ▸ researcher begins                                         12:45:02" in lines
    assert "            + cand-1f8e22ab scored 91 of 100 (amina-hassan.pdf)         12:45:04" in lines
    assert max(map(len, lines)) <= 80


def test_show_takes_the_beginning_of_an_id(call: Call, told: None) -> None:
    assert call("show", RUN[:6]).stdout == call("show", RUN).stdout
    missing = call("show", "999")
    assert missing.exit_code == 2
    assert "deputy runs" in missing.stderr


def test_show_gives_the_rule_and_reason_of_a_refusal(call: Call, told: None) -> None:
    shown = " ".join(call("show").stdout.split())

    assert "step 'screen' may use 'read_resume', not 'send_invitation' (rule step.tools)" in shown


def test_show_of_one_step_gives_the_reason_of_every_decision_and_no_other_step(
    call: Call, told: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")

    shown = " ".join(call("show", "--step", "decline").stdout.split())

    assert shown.count("draft_rejection allowed: granted to step 'decline' (rule warrant)") == 4
    assert "read_resume" not in shown


def test_show_of_a_step_that_is_not_there_names_those_that_are(call: Call, told: None) -> None:
    shown = call("show", "--step", "sell")

    assert shown.exit_code == 2
    assert "its steps are plan, screen, schedule, decline, invite" in shown.stderr


def test_show_with_a_model_gives_the_cost_of_each_call(call: Call) -> None:
    call("run", "-s", "recruiting", doors=Doors(start=storyteller(mode="model")))

    assert "· gpt-large answers, 2,140 + 187 tokens, $0.0004" in call("show").stdout


def test_show_records_has_a_row_per_record(call: Call, house: Path, told: None) -> None:
    rows = call("show", "--records").stdout.splitlines()

    records = ledger_in(house / "var").records(RUN)
    assert [(int(row.split()[0]), row.split()[2]) for row in rows] == [(one.seq, one.kind) for one in records]
    assert max(map(len, rows)) <= 80


def test_show_as_json_is_the_records(call: Call, house: Path, told: None) -> None:
    shown = call("show", "--json", "--step", "plan")

    told_again = [json.loads(line) for line in shown.stdout.splitlines()]
    records = ledger_in(house / "var").records(RUN)
    assert told_again == [vars(one) for one in records if one.body.get("step") == "plan"]


def test_show_of_an_interrupted_run_says_that_it_runs(call: Call) -> None:
    call("run", "-s", "recruiting", doors=Doors(start=storyteller("interrupted")))

    assert "\nrunning     14 candidates recorded\n" in call("show").stdout


def test_artefacts_lists_files_with_sizes(call: Call, house: Path, told: None) -> None:
    lines = call("artefacts").stdout.splitlines()

    assert [line.split()[-1] for line in lines[:-1]] == [
        "calendars/jonas@meridian.example.ics",
        "report.html",
        "report.md",
    ]
    assert lines[0].split()[:2] == ["32", "B"]
    assert lines[-1] == f"3 files in var/runs/{RUN}"


def test_artefacts_as_json_gives_whole_paths(call: Call, house: Path, told: None) -> None:
    files = [json.loads(line) for line in call("artefacts", "--json").stdout.splitlines()]

    assert all(Path(file["path"]).stat().st_size == file["bytes"] for file in files)
    assert len(files) == 3


def test_artefacts_does_not_follow_links_out_of_the_folder(call: Call, house: Path, told: None) -> None:
    (house / "secret").write_text("secret")
    (house / "var" / "runs" / RUN / "link").symlink_to(house / "secret")

    assert "link" not in call("artefacts").stdout
