"""The embedded agenda: importing again and again, and several processes at once."""

import multiprocessing
import threading
from pathlib import Path

import pytest

from runtime.database import open_database
from runtime.errors import ConfigError
from tests.tools.test_agenda_backends import ADA, BOB, CLOCK, ZONES, at, calendar_text, interview, taken
from tools.backends.agenda_sqlite import SqliteAgenda
from tools.backends.protocols import SlotTaken


def _event(uid: str, hour: int, *, title: str = "x") -> str:
    start, end = (f"202703{16}T{one:02}0000Z" for one in (hour, hour + 1))
    return f"BEGIN:VEVENT\nUID:{uid}\nSUMMARY:{title}\nDTSTART:{start}\nDTEND:{end}\nEND:VEVENT\n"


def _write(folder: Path, mail: str, *events: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{mail}.ics").write_text(calendar_text(*events))
    return folder


def _agenda(tmp_path: Path, zones: dict[str, str] = ZONES) -> SqliteAgenda:
    return SqliteAgenda(open_database(f"sqlite:///{tmp_path / 'agenda.sqlite'}"), zones, CLOCK)


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    agenda, folder = _agenda(tmp_path), _write(tmp_path / "in", ADA, _event("a", 9))

    assert agenda.import_folder(folder) == [ADA]
    before = (tmp_path / "agenda.sqlite").read_bytes()
    assert agenda.import_folder(folder) == []
    assert _agenda(tmp_path).import_folder(folder) == []
    assert (tmp_path / "agenda.sqlite").read_bytes() == before


def test_a_changed_file_changes_adds_and_removes_but_never_what_was_booked(tmp_path: Path) -> None:
    agenda, folder = _agenda(tmp_path), tmp_path / "in"
    agenda.import_folder(_write(folder, ADA, _event("a", 8), _event("b", 10)))
    agenda.book(interview(hosts=(ADA,)))

    changed = agenda.import_folder(_write(folder, ADA, _event("a", 18), _event("c", 16)))

    assert changed == [ADA]
    assert taken(agenda, ADA) == ["14:00-15:00", "16:00-17:00", "18:00-19:00"]
    assert agenda.find("one@house.example") == interview(hosts=(ADA,))


def test_a_cancelled_interview_does_not_come_back_with_an_old_export(tmp_path: Path) -> None:
    agenda = _agenda(tmp_path)
    agenda.import_folder(_write(tmp_path / "in", ADA))
    agenda.book(interview(hosts=(ADA,)))
    agenda.export(tmp_path / "out", ["one@house.example"])
    agenda.cancel("one@house.example")

    agenda.import_folder(tmp_path / "out")

    assert agenda.find("one@house.example") is None
    assert taken(agenda, ADA) == []


def test_an_export_tells_calendars_that_an_interview_is_off(tmp_path: Path) -> None:
    agenda = _agenda(tmp_path)
    agenda.import_folder(_write(tmp_path / "in", ADA))
    agenda.book(interview(hosts=(ADA,)))
    agenda.cancel("one@house.example")

    (file,) = agenda.export(tmp_path / "out", ["one@house.example"])

    assert b"STATUS:CANCELLED" in file.read_bytes()
    assert b"SEQUENCE:1" in file.read_bytes()


def test_an_empty_calendar_is_a_calendar(tmp_path: Path) -> None:
    agenda = _agenda(tmp_path)
    agenda.import_folder(_write(tmp_path / "in", ADA))

    assert taken(agenda, ADA) == []
    with pytest.raises(KeyError):
        taken(agenda, BOB)


def test_somebody_who_moved_has_their_floating_times_moved_too(tmp_path: Path) -> None:
    folder = _write(tmp_path / "in", ADA, _event("a", 9).replace("Z\n", "\n"))
    _agenda(tmp_path).import_folder(folder)
    assert taken(_agenda(tmp_path), ADA) == ["08:00-09:00"]

    moved = _agenda(tmp_path, {**ZONES, ADA: "America/New_York"})

    assert moved.import_folder(folder) == [ADA]
    assert taken(moved, ADA) == ["13:00-14:00"]


def test_one_bad_file_means_that_none_is_imported(tmp_path: Path) -> None:
    agenda, folder = _agenda(tmp_path), _write(tmp_path / "in", ADA, _event("a", 9))
    (folder / f"{BOB}.ics").write_text("nonsense")

    with pytest.raises(ConfigError, match=r"bob@house\.example\.ics: is no calendar"):
        agenda.import_folder(folder)

    with pytest.raises(KeyError):
        taken(agenda, ADA)


def test_a_calendar_of_nobody_in_the_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'holidays' is not in the directory"):
        _agenda(tmp_path).import_folder(_write(tmp_path / "in", "holidays", _event("a", 9)))


def test_a_folder_with_no_calendars_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no \.ics file"):
        _agenda(tmp_path).import_folder(tmp_path)


def _book_in_a_process(folder: str, number: int, ready: threading.Barrier) -> str:
    agenda = _agenda(Path(folder))
    ready.wait(60)
    try:
        return str(agenda.book(interview(f"process{number}")))
    except SlotTaken:
        return "taken"


def test_of_several_processes_exactly_one_gets_the_slot(tmp_path: Path) -> None:
    agenda, folder = _agenda(tmp_path), tmp_path / "in"
    _write(folder, ADA)
    agenda.import_folder(_write(folder, BOB))
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(3) as pool:
        ready = manager.Barrier(3)
        results = pool.starmap(_book_in_a_process, [(str(tmp_path), number, ready) for number in range(3)])

    assert sorted(results) == ["True", "taken", "taken"]
    (booked,) = agenda.events()
    assert booked == interview(f"process{results.index('True')}")
    assert taken(agenda, ADA) == taken(agenda, BOB) == ["14:00-15:00"]


def test_the_recruiting_week_is_busy_as_planned(tmp_path: Path) -> None:
    from tools.directory import Directory

    world = Path(__file__).parents[2] / "scenarios/recruiting/world"
    agenda = _agenda(tmp_path, Directory.load(world / "people.yaml").zones)
    agenda.import_folder(world / "calendars")

    danielle = agenda.busy("danielle.okafor@meridian.example", at("2027-03-15"), at("2027-03-20 12:00"))

    assert [f"{one.start:%d %H:%M}-{one.end:%d %H:%M}" for one in danielle] == [
        "15 13:00-15 15:30",
        "16 13:00-16 14:00",
        "16 15:00-16 16:00",
        "17 13:00-17 15:00",
        "18 13:30-18 14:00",
        "18 16:00-18 17:00",
        "19 04:00-20 04:00",
    ]
