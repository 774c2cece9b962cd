"""Who is forgotten after a run of recruiting is gone from every file below the home; everybody else is still there."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import deputy
from crews.people import People
from runtime.home import Home
from runtime.records import Record
from runtime.traces import spelled
from testkit.projects import records_of
from tests.scenarios.recruiting import POSITION, Played, play, shipped, world_of
from tools.documents import identity_of, resume_files

WHO = "Ananya Krishnamurthy"
OTHER = "Łukasz Żak"
PHRASES = ("fraud feature jobs from Scala notebooks", "38 million card events a day")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One run, that tests copy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL", "playbook")
        return play(shipped(tmp_path_factory.mktemp("erasure") / "project"))


@pytest.fixture
def project(played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project after the run, which is the current folder."""
    monkeypatch.setenv("MODEL", "playbook")
    monkeypatch.delenv("DEPUTY_HOME", raising=False)
    copy = tmp_path / "project"
    shutil.copytree(played.project, copy, symlinks=True)
    monkeypatch.chdir(copy)
    return copy


def call(*words: str) -> Result:
    return CliRunner().invoke(deputy, list(words))


def home_of(project: Path) -> Home:
    return Home(project / "var")


def candidate(project: Path, name: str) -> dict[str, str]:
    world = world_of(project)
    try:
        return next(one for one in world.ats.candidates(POSITION) if one["name"] == name)
    finally:
        world.close()


def files(project: Path) -> Iterator[Path]:
    return (path for path in (project / "var").rglob("*") if path.is_file())


def naming(project: Path, words: str) -> list[str]:
    """The files below the home that hold the words, in any case, or are named by them."""
    wanted = spelled(words)
    found = [path for path in files(project) if wanted in spelled(path.read_bytes().decode("utf-8", "ignore"))]
    return sorted({path.name for path in [*found, *(one for one in files(project) if wanted in spelled(one.name))]})


def told(records: list[Record]) -> str:
    return json.dumps([record.body for record in records], ensure_ascii=False)


def test_nothing_that_a_run_records_of_candidates_stands_in_the_ledger_in_the_clear(played: Played) -> None:
    stored = spelled((played.project / "var" / "ledger.sqlite").read_bytes().decode("utf-8", "ignore"))
    world = world_of(played.project)
    people = world.ats.candidates(POSITION)
    world.close()

    assert len(people) == 17
    for one in people:
        for name in (one["name"], one["mail"], one["phone"], one["file"], one["id"]):
            assert not name or spelled(str(name)) not in stored, name
    for phrase in PHRASES:
        assert spelled(phrase) not in stored
        assert phrase in told(played.records)


@pytest.mark.statement("recruiting", 12)
def test_who_is_forgotten_is_gone_from_every_byte_of_the_home(project: Path, played: Played) -> None:
    one = candidate(project, WHO)
    traces = [WHO, one["mail"], one["phone"], one["file"], one["id"], *PHRASES]
    assert all(naming(project, words) for words in (WHO, one["mail"], one["phone"], *PHRASES))

    result = call("forget", one["mail"], "--yes")

    assert result.exit_code == 0, result.output
    for words in traces:
        assert naming(project, words) == [], words
    assert call("audit", "verify").exit_code == 0
    records = records_of(project, played.outcome.run)
    assert "[erased]" in told(records)
    assert not any(spelled(words) in spelled(told(records)) for words in traces)


def test_who_is_forgotten_blinds_nobody_else(project: Path, played: Played) -> None:
    other = candidate(project, OTHER)

    call("forget", WHO, "--yes")

    records = records_of(project, played.outcome.run)
    ranking = next(
        one.body["result"] for one in records if one.body.get("tool") == "rank_candidates" and "result" in one.body
    )
    assert len(ranking["ranking"]) == 14
    assert other["id"] in [one["candidate"] for one in ranking["ranking"]]
    papers = [
        one.body["result"]["lines"] for one in records if one.kind == "tool.done" and one.body["tool"] == "read_resume"
    ]
    assert papers.count("[erased]") == 1
    report = (project / "var" / "runs" / played.outcome.run / "report.md").read_text()
    assert OTHER in report
    assert "interviews booked" in report
    world = world_of(project)
    assert len(world.ats.candidates(POSITION)) == 16
    assert len(world.agenda.events()) == 3
    world.close()


@pytest.mark.statement("recruiting", 12)
def test_the_erasure_is_a_record_that_names_nobody(project: Path) -> None:
    result = call("forget", WHO, "--yes", "--reason", "asked to be", "--json")

    run = json.loads(result.stdout.splitlines()[-1])["run"]
    records = records_of(project, run)
    assert [one.kind for one in records] == ["run.started", "subject.erased", "run.done"]
    body = records[1].body
    assert (body["reason"], body["erased"]["candidates"], body["erased"]["mails"]) == ("asked to be", 1, 3)
    assert len(body["subject"]) == 16
    assert spelled(WHO) not in spelled(told(records))


def test_a_dry_run_lists_what_would_go_and_changes_nothing(project: Path) -> None:
    before = {path: path.read_bytes() for path in files(project) if path.suffix in (".eml", ".ics", ".md")}

    result = call("forget", WHO, "--dry-run")

    assert result.exit_code == 0
    words = " ".join(result.stdout.split())
    assert "removed from worlds: 1 candidate, 2 calendar entries, 3 mails, 1 memory" in words
    assert "Ananya_Krishnamurthy_Resume.pdf" in "".join(words.split())  # the person's own file is theirs to remove
    assert {path: path.read_bytes() for path in before} == before
    assert candidate(project, WHO)


def test_nobody_is_forgotten_without_being_meant(project: Path) -> None:
    unasked, nobody = call("forget", WHO), call("forget", "Nobody Known", "--yes")
    several = call("forget", "Gabriela Fontes Moreira", "--yes")

    assert (unasked.exit_code, nobody.exit_code, several.exit_code) == (2, 2, 2)
    assert "say --yes" in unasked.output
    assert "nothing is held about 'Nobody Known'" in nobody.output
    assert "is the name of several" in several.output
    assert "cand-3e126f80" in several.output


def test_who_gives_the_houses_address_or_somebody_elses_takes_nobody_along(project: Path) -> None:
    """Otherwise an applicant could have others' records closed by asking to be forgotten."""
    other, world = candidate(project, OTHER), world_of(project)
    vault = home_of(project).vault()
    record = {
        "position": POSITION,
        "file": "m.txt",
        "digest": "0",
        "name": "Mallory Poe",
        "phone": "+1 5",
        "zone": "UTC",
    }
    for number, mail in enumerate((world.house_mail, other["mail"])):
        world.ats.put_candidate({**record, "id": f"cand-mallory{number}", "mail": mail})
    people = People(world).everybody()
    world.close()
    for subject in ("cand-mallory0", "cand-mallory1"):
        vault.know(subject, people[subject], "recruiting")

    for subject in ("cand-mallory0", "cand-mallory1"):
        assert call("forget", subject, "--yes").exit_code == 0

    assert candidate(project, OTHER)
    world = world_of(project)
    assert (len(world.mailbox.sent()), len(world.mailbox.drafts()), len(world.agenda.events())) == (12, 10, 4)
    world.close()


def test_who_was_erased_is_not_read_in_again_unless_a_person_lifts_it(project: Path) -> None:
    call("forget", WHO, "--yes")
    world = world_of(project)
    folder = world.inputs["resumes"]
    left = [path.name for path in resume_files(world)]
    assert len(left) == 16
    assert "Ananya_Krishnamurthy_Resume.pdf" not in left
    assert identity_of(folder / left[0]).startswith("cand-")

    assert call("forget", WHO, "--lift").exit_code == 0

    assert len(resume_files(world)) == 17
    world.close()
    assert call("forget", WHO, "--lift").exit_code == 2


def test_a_run_after_an_erasure_leaves_the_person_out_and_says_so(project: Path) -> None:
    call("forget", WHO, "--yes")

    again = play(project)

    assert again.outcome.exit_code == 0
    assert again.only("run.started")[0]["left_out"] == 1
    assert len(again.results("list_resumes")[0]) == 16
    assert naming(project, WHO) == naming(project, PHRASES[0]) == []
    report = (project / "var" / "runs" / again.outcome.run / "report.md").read_text()
    assert "not read: 1 file whose owner was erased" in report


def test_a_run_that_holds_data_of_an_erased_person_is_not_carried_on(project: Path, played: Played) -> None:
    from crews.reopening import refuse_erased
    from runtime.errors import UsageError

    refuse_erased(played.outcome.run, records_of(project, played.outcome.run))
    call("forget", WHO, "--yes")

    with pytest.raises(UsageError, match="holds data of somebody who was erased"):
        refuse_erased(played.outcome.run, records_of(project, played.outcome.run))


def test_what_is_held_about_a_person_is_exported_without_others(project: Path) -> None:
    out = project / "held.json"

    assert call("audit", "subject", WHO, "-o", str(out)).exit_code == 0

    held = json.loads(out.read_text())
    assert held["records"][0]["name"] == WHO
    assert len(held["mails"]) == 3
    assert held["subjects"][0]["delete_by"] > held["subjects"][0]["since"]
    assert any(PHRASES[0] in str(one.get("value")) for one in held["ledger"])
    assert {"shared": 17} in [{"shared": one["shared"]} for one in held["ledger"] if "shared" in one]
    assert OTHER not in out.read_text()


def test_the_log_of_decisions_names_nobody_and_can_be_joined(project: Path) -> None:
    log = call("audit", "selection-rates").stdout
    people = project / "said.csv"
    ids = [candidate(project, WHO)["id"], candidate(project, OTHER)["id"], candidate(project, "Oliver Grant")["id"]]
    people.write_text(
        "candidate,sex,race_ethnicity\n" + f"{ids[0]},female,asian\n{ids[1]},male,white\n{ids[2]},male,white\n"
    )

    rates = [
        json.loads(line)
        for line in call("audit", "selection-rates", "--demographics", str(people), "--json").stdout.splitlines()
    ]

    assert len(log.splitlines()) == 18
    assert "cand-" not in log
    assert rates[0]["unknown"] == 14
    assert {one["category"]: (one["selection_rate"], one["selection_ratio"]) for one in rates[0]["rates"]} == {
        "female": (1.0, 1.0),
        "male": (0.5, 0.5),
    }
    assert [one["category"] for one in rates[2]["rates"]] == ["female / asian", "male / white"]


@pytest.mark.statement("recruiting", 12)
def test_the_report_says_until_when_each_candidate_is_kept(played: Played) -> None:
    report = (played.project / "var" / "runs" / played.outcome.run / "report.md").read_text()

    assert "## Kept until" in report
    assert report.count(OTHER) >= 3


@pytest.mark.statement("recruiting", 12)
def test_whose_time_is_up_is_erased_and_nobody_else(project: Path) -> None:
    old = candidate(project, WHO)["id"]
    assert " ".join(call("forget", "--due", "--dry-run").stdout.split()) == "due nobody"
    with sqlite3.connect(project / "var" / "keys" / "subjects.sqlite") as keys:
        keys.execute("UPDATE subject SET since = '2020-01-01' WHERE subject = ?", (old,))
    keys.close()

    listed = [
        json.loads(line)["subjects"] for line in call("forget", "--due", "--dry-run", "--json").stdout.splitlines()
    ]
    assert listed == [[old]]
    assert call("forget", "--due", "--yes").exit_code == 0

    world = world_of(project)
    assert [world.ats.candidate(old), len(world.ats.candidates(POSITION))] == [None, 16]
    world.close()


def test_real_systems_are_named_and_left_alone(project: Path) -> None:
    settings = project / "config" / "settings.yaml"
    text = settings.read_text()
    for before, after in (("calendar: embedded", "calendar: caldav"), ("mail: maildir", "mail: smtp")):
        assert before in text
        text = text.replace(before, after)
    settings.write_text(text)

    left = json.loads(call("forget", WHO, "--dry-run", "--json").stdout)["left"]

    assert left[0].startswith("interviews in the calendars at CALDAV_URL")
    assert left[1].startswith("mails that were sent")
