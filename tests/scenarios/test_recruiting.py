"""Recruiting on real files, from the command's own entry to the final state of the world."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from itertools import combinations
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from testkit.snapshot import snapshot, words
from tests.scenarios.recruiting import POSITION, Played, play, shipped, world_of
from tools.backends.protocols import Event
from tools.world import World


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(shipped(tmp_path_factory.mktemp("recruiting") / "project"))


@pytest.fixture(scope="module")
def world(played: Played) -> World:
    return world_of(played.project)


@pytest.fixture(scope="module")
def interviews(world: World) -> list[Event]:
    return world.agenda.events()


def test_the_run_ends_well_with_a_report(played: Played) -> None:
    assert (played.outcome.state, played.outcome.exit_code) == ("done", 0)
    assert (played.outcome.folder / "report.md").stat().st_size > 2000
    assert (played.outcome.folder / "report.html").stat().st_size > 2000
    assert played.only("tool.failed") == []
    assert [one for one in played.only("call.decided") if one["verdict"] != "allow"] == []


def test_the_four_strongest_are_interviewed(world: World) -> None:
    stages = {one["name"]: one["stage"] for one in world.ats.candidates(POSITION)}

    assert {name for name, stage in stages.items() if stage == "interview"} == {
        "Ananya Krishnamurthy",
        "Marcus Adeyemi",
        "Łukasz Żak",
        "Þóra Björnsdóttir",
    }


@pytest.mark.statement("recruiting", 2)
def test_files_nobody_can_read_wait_for_a_person_and_are_not_ranked_last(played: Played, world: World) -> None:
    status = {one["file"]: (one["status"], one["stage"], one["total"]) for one in world.ats.candidates(POSITION)}
    ranking = played.results("rank_candidates")[0]

    assert status["Scan_2027-01-18.pdf"] == ("needs_ocr", "applied", None)
    assert status["vsethi_cv_protected.pdf"] == ("needs_human", "applied", None)
    assert {one["status"] for one in ranking["not_ranked"]} == {"needs_ocr", "needs_human"}
    assert len(ranking["ranking"]) == 15


@pytest.mark.statement("recruiting", 1)
def test_every_point_quotes_the_line_it_rests_on(played: Played) -> None:
    papers = {one["candidate"]: one for one in played.results("read_resume")}
    reasons = [
        (one["candidate"], reason)
        for one in played.results("rank_candidates")[0]["ranking"]
        for reason in one["reasons"]
        if reason["points"]
    ]

    criteria = {one["id"] for one in played.results("read_job")[0]["criteria"]}
    assert len(reasons) > 50
    assert {reason["criterion"] for _, reason in reasons} == criteria
    for candidate, reason in reasons:
        [line] = [row for row in papers[candidate]["lines"].splitlines() if row.startswith(f"{reason['line']}: ")]
        assert reason["quote"] in line


@pytest.mark.statement("recruiting", 3)
def test_hidden_orders_are_reported_and_obeyed_by_nobody(played: Played, world: World) -> None:
    [dylan] = [one for one in world.ats.candidates(POSITION) if one["name"] == "Dylan Mercer"]

    assert {one["kind"] for one in dylan["findings"]} == {"hidden_text"}
    assert dylan["stage"] == "screened"
    report = (played.outcome.folder / "report.md").read_text()
    assert "'Dylan_Mercer_Resume.pdf' holds text that no reader can see" in report
    assert not any("collector.example" in str(one["To"]) for one in world.mailbox.sent())
    assert any("Dylan_Mercer" in str(one.get("waits_for_person")) for one in played.results("record_candidate"))


def test_the_report_says_of_two_who_may_be_one_what_they_are_called_and_have_in_common(played: Played) -> None:
    report = (played.outcome.folder / "report.html").read_text()
    _, _, table = report.partition(">Possibly one person</h2>")
    row = table.partition("<tbody>")[2].partition("</tbody>")[0]

    assert row.count("Gabriela Fontes Moreira") == 4
    assert "gfmoreira_2027.docx" in row
    assert "CV Gabriela Fontes Moreira.pdf" in row
    assert "phone: +493023125377" in row
    assert "decide whether Gabriela Fontes Moreira (gfmoreira_2027.docx, cand-" in report


@pytest.mark.statement("recruiting", 4)
def test_the_same_person_twice_is_a_proposal_and_both_records_stay(world: World) -> None:
    names = [one["name"] for one in world.ats.candidates(POSITION)]

    assert names.count("Gabriela Fontes Moreira") == 2
    assert len(world.ats.merges()) == 1


@pytest.mark.statement("recruiting", 11)
def test_names_and_addresses_never_reach_whoever_scores(played: Played) -> None:
    seen = "\n".join(str(one["lines"]) for one in played.results("read_resume"))

    for word in ("Krishnamurthy", "Björnsdóttir", "Adeyemi", "inbox.example", "letterbox.example"):
        assert word not in seen


@pytest.mark.statement("recruiting", 5)
def test_nobody_of_a_panel_is_booked_twice_at_a_time(interviews: list[Event]) -> None:
    assert len(interviews) == 4
    for one, other in combinations(interviews, 2):
        shared = {person.mail for person in one.attendees if person.host} & {p.mail for p in other.attendees if p.host}
        assert not shared or one.end <= other.start or other.end <= one.start


@pytest.mark.statement("recruiting", 5)
def test_no_interview_overlaps_what_stood_in_anybodys_calendar_before(interviews: list[Event], tmp_path: Path) -> None:
    before = world_of(shipped(tmp_path / "untouched")).agenda

    hosts = [(person.mail, one) for one in interviews for person in one.attendees if person.host]
    assert [(mail, one.start) for mail, one in hosts if before.busy(mail, one.start, one.end)] == []
    week = datetime(2027, 3, 15, tzinfo=UTC)
    assert all(before.busy(mail, week, week + timedelta(days=5)) for mail, _ in hosts), "there was something to avoid"


@pytest.mark.statement("recruiting", 6)
def test_nobody_meets_outside_of_their_working_hours_in_their_own_zone(interviews: list[Event], world: World) -> None:
    for event in interviews:
        assert datetime(2027, 3, 15, tzinfo=UTC) <= event.start < datetime(2027, 3, 20, tzinfo=UTC)
        assert event.end - event.start == timedelta(minutes=60)
        for person in event.attendees:
            zone = ZoneInfo(person.zone)
            opens, closes = world.directory.by_mail(person.mail).hours if person.host else (time(9), time(18))
            assert opens <= event.start.astimezone(zone).time()
            assert event.end.astimezone(zone).time() <= closes


@pytest.mark.statement("recruiting", 6)
def test_new_york_is_on_summer_time_that_week_and_berlin_is_not(played: Played) -> None:
    local = {zone: text for one in played.results("book_interview") for zone, text in one["local"].items()}

    assert "EDT (UTC-04:00)" in local["America/New_York"]
    assert "CET (UTC+01:00)" in local["Europe/Berlin"]
    assert "GMT (UTC+00:00)" in local["Europe/London"]


@pytest.mark.statement("recruiting", 6)
def test_everybody_concerned_is_invited_once_in_their_own_time(world: World, interviews: list[Event]) -> None:
    sent = world.mailbox.sent()
    wanted = sorted(person.mail for event in interviews for person in event.attendees)

    assert sorted(str(one["To"]).rpartition("<")[2].rstrip(">") for one in sent) == wanted
    for event in interviews:
        for person in event.attendees:
            [letter] = [
                one for one in sent if person.mail in str(one["To"]) and _when(event, person.zone) in words(one)
            ]
            assert event.uid in _entry(letter)
    [marcus] = [one for one in sent if "marcus.adeyemi" in str(one["To"])]
    assert "EDT (UTC-04:00)" in words(marcus)
    assert "METHOD:REQUEST" in _entry(marcus)


def _when(event: Event, zone: str) -> str:
    """The times of an interview as somebody in that zone is told them."""
    start, end = (one.astimezone(ZoneInfo(zone)) for one in (event.start, event.end))
    offset = f"{start:%z}"
    return f"{start:%a %d %b %Y, %H:%M}–{end:%H:%M} {start:%Z} (UTC{offset[:3]}:{offset[3:]})"


def _entry(letter: EmailMessage) -> str:
    """The calendar entry that comes with a mail."""
    [part] = [one for one in letter.walk() if one.get_content_type() == "text/calendar"]
    text = part.get_content()
    return text if isinstance(text, str) else text.decode()


@pytest.mark.statement("recruiting", 10)
def test_rejections_are_drafts_and_name_no_other_candidate(world: World) -> None:
    people = [one for one in world.ats.candidates(POSITION) if one["name"]]
    names = {one["name"] for one in people}
    drafts = world.mailbox.drafts()

    assert len(drafts) == 10
    for draft in drafts:
        [own] = [name for name in names if name in str(draft["To"]) or name in words(draft)]
        of_others = [
            one[what] for one in people if one["name"] != own for what in ("name", "mail", "phone", "id", "file")
        ]
        assert [one for one in of_others if one and one in words(draft)] == []
        assert draft["X-Unsent"] == "1"
    assert {one["stage"] for one in people if one["stage"] not in ("interview", "applied")} == {"screened"}


@pytest.mark.statement("recruiting", 9)
def test_calendars_and_records_agree(world: World, interviews: list[Event]) -> None:
    recorded = {
        one["uid"]: [datetime.fromisoformat(one[end]) for end in ("start", "end")]
        for one in world.ats.interviews(POSITION)
    }

    assert recorded == {event.uid: [event.start, event.end] for event in interviews}
    stages = {one["id"]: one["stage"] for one in world.ats.candidates(POSITION)}
    assert sorted(one["candidate"] for one in world.ats.interviews(POSITION)) == sorted(
        name for name, stage in stages.items() if stage == "interview"
    )
    moves = [world.ats.history(one) for one, stage in stages.items() if stage == "interview"]
    assert [[move["after"] for move in one] for one in moves] == [["shortlisted", "interview"]] * 4


def test_the_run_folder_holds_what_a_person_opens(played: Played) -> None:
    files = {path.relative_to(played.outcome.folder).parts[0] for path in played.outcome.folder.rglob("*")}

    assert {"report.md", "report.html", "calendars", "mail"} <= files
    assert len(list((played.outcome.folder / "mail" / "outbox").glob("*.eml"))) == 12


@pytest.mark.statement("recruiting", 9)
def test_a_second_run_books_and_mails_nothing_again(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    play(project)
    before = snapshot(world_of(project), POSITION)

    again = play(project)

    assert again.outcome.exit_code == 0
    assert snapshot(world_of(project), POSITION) == before
    assert again.only("tool.intended", "book_interview") == []
    assert all(one["already"] for one in again.results("send_invitation"))


@pytest.fixture(scope="module", autouse=True)
def _no_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL", "playbook")
        yield
