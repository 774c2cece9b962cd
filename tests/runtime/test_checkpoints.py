"""Checkpoints in a second place show what a chain alone cannot: cut ends, chains computed anew, old copies."""

import json
import shutil
from multiprocessing import get_context
from pathlib import Path

import pytest

from runtime.chain import GENESIS, Row, digest_of
from runtime.checkpoints import checkpoint, read_checkpoints
from runtime.errors import LedgerError
from runtime.home import Home
from runtime.keys import Signer
from tests.runtime.bench import behind_its_back, flaws, home_with_runs, ledger_of, play, seen
from tests.runtime.test_chain import recompute


def cut(home: Home, run: str, after: int) -> None:
    """Cut the run's end off, and make its head fit."""
    with behind_its_back(home) as connection:
        where = [run, after]
        connection.execute("DELETE FROM record WHERE run = ? AND seq > ?", where)
        digest, row = GENESIS, None
        for values in connection.execute(
            "SELECT run, seq, at, kind, body, key, mac FROM record WHERE run = ? ORDER BY seq", [run]
        ):
            row = Row(*values)
            digest = digest_of(digest, row)
        assert row
        connection.execute(
            "UPDATE head SET seq = ?, updated = ?, digest = ?, mac = ?, state = 'running' WHERE run = ?",
            [after, row.at, digest, row.mac, run],
        )


def test_a_checkpoint_holds_what_has_moved_and_links_to_the_one_before(tmp_path: Path) -> None:
    first, second = seen(home_with_runs(tmp_path))

    assert [(mark.run, mark.seq) for mark in first.runs] == [("r1", 10)]
    assert [(mark.run, mark.seq) for mark in second.runs] == [("r2", 10)]
    assert (second.number, second.previous, second.total, second.key) == (2, first.digest, 2, 1)


def test_a_run_that_is_not_there_any_more_is_missing(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path, runs=3)
    remove(home, "r2")

    assert flaws(home, keys=False) == {"missing": ("r2", 0)}
    assert flaws(home) == {"missing": ("r2", 0)}


def remove(home: Home, run: str) -> None:
    """Remove a run with its head."""
    with behind_its_back(home) as connection:
        for table in ("record", "head"):
            connection.execute(f"DELETE FROM {table} WHERE run = ?", [run])


@pytest.mark.parametrize(
    "hidden", ["", "UPDATE census SET runs = 1", "DELETE FROM census", "UPDATE census SET tip = x'00'"]
)
def test_a_run_that_no_checkpoint_saw_leaves_a_gap_in_the_number_of_runs(tmp_path: Path, hidden: str) -> None:
    home = home_with_runs(tmp_path, runs=2, checkpoints=False)
    remove(home, "r2")
    with behind_its_back(home) as connection:
        connection.execute(hidden)

    assert flaws(home) == {"missing": ("", 0)}
    if hidden:
        with pytest.raises(LedgerError, match="number of the ledger's runs is not what was written"):
            play(ledger_of(home), "r3")
    else:
        play(ledger_of(home), "r3")
    assert flaws(home) == {"missing": ("", 0)}


def test_an_end_that_was_cut_off_is_found_also_where_the_head_fits(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path, runs=3)
    cut(home, "r2", 7)

    assert flaws(home)["truncated"] == ("r2", 10)
    assert flaws(home, keys=False)["truncated"] == ("r2", 10)


def test_an_end_that_no_checkpoint_saw_is_found_to_be_cut_off_by_the_keys(tmp_path: Path) -> None:
    """Cut back to exactly where the last checkpoint saw it: only the tip tells, which needs the key."""
    home = home_with_runs(tmp_path, runs=0)
    ledger = ledger_of(home)
    ledger.append("r1", "run.started", {"goal": "the goal of r1", "scenario": "demo"})
    checkpoint(ledger, home)
    ledger.append("r1", "step.done", {"output": "what is to be hidden"})
    cut(home, "r1", 1)

    assert flaws(home) == {"head": ("r1", 1)}
    with pytest.raises(LedgerError, match="was not the last written"):
        ledger.append("r1", "step.done", {"output": "that goes on from there"})
    assert flaws(home) == {"head": ("r1", 1)}


def test_a_run_whose_end_was_cut_off_is_not_signed(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path, runs=1)
    play(ledger_of(home), "r2")
    cut(home, "r2", 4)

    with pytest.raises(LedgerError, match="run r2: what is its last record was not the last written"):
        checkpoint(ledger_of(home), home)
    assert len(seen(home)) == 1


def test_the_tip_of_another_record_or_none_proves_no_end(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path, runs=2, checkpoints=False)
    for tip in ("(SELECT tip FROM head WHERE run = 'r2')", "mac", "''", "CAST(tip AS BLOB)"):
        with behind_its_back(home) as connection:
            connection.execute(f"UPDATE head SET tip = {tip} WHERE run = 'r1'")

        assert flaws(home, checkpoints=False) == {"head": ("r1", 10)}


def test_cutting_back_to_exactly_a_checkpoint_is_found_by_the_next(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path, runs=1)
    ledger = ledger_of(home)
    for text in ("more", "and more"):
        ledger.append("r1", "step.done", {"output": text})
        checkpoint(ledger, home)
    cut(home, "r1", 11)

    assert flaws(home)["truncated"] == ("r1", 12)


def test_a_chain_computed_anew_with_the_stolen_key_is_found(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    stolen = home.ledger_key().key(1)
    assert stolen is not None
    recompute(home, stolen)

    assert flaws(home, checkpoints=False) == {}
    assert flaws(home) == {"checkpoint": ("r1", 10)}
    assert flaws(home, keys=False) == {"checkpoint": ("r1", 10)}


def test_an_edited_record_is_found_with_the_public_key_alone(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    with behind_its_back(home) as connection:
        connection.execute("UPDATE record SET body = replace(body, 's5', 's6') WHERE run = 'r1' AND seq = 5")

    assert flaws(home, keys=False)["checkpoint"] == ("r1", 10)


def test_what_was_written_after_the_last_checkpoint_is_covered_by_the_keys_only(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    play(ledger_of(home), "r3")
    with behind_its_back(home) as connection:
        connection.execute("UPDATE record SET at = 'then' WHERE run = 'r3' AND seq = 4")

    assert flaws(home) == {"changed": ("r3", 4)}


@pytest.mark.parametrize("goes_on", [False, True])
def test_an_old_copy_that_was_restored_is_said_to_be_older_than_a_checkpoint(tmp_path: Path, goes_on: bool) -> None:
    home = home_with_runs(tmp_path, runs=2)
    backup = shutil.copy(home.root / "ledger.sqlite", tmp_path / "backup.sqlite")
    ledger = ledger_of(home)
    for run in ("r3", "r4"):
        play(ledger, run)
        checkpoint(ledger, home)
    ledger.close()
    for file in home.root.glob("ledger.sqlite*"):
        file.unlink()
    shutil.copy(backup, home.root / "ledger.sqlite")
    restored = ledger_of(home)
    if goes_on:
        play(restored, "r5")

    assert flaws(home, checkpoints=False) == {}
    assert flaws(home) == {"missing": ("r3", 0), "older": ("", 0)}
    with pytest.raises(LedgerError, match="does not hold what checkpoint 4"):
        checkpoint(restored, home)
    assert len(seen(home)) == 4


def test_a_wiped_ledger_is_found(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    for file in home.root.glob("ledger.sqlite*"):
        file.unlink()

    assert flaws(home) == {"missing": ("r1", 0), "older": ("", 0)}


def test_a_chain_computed_anew_is_not_signed(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    stolen = home.ledger_key().key(1)
    assert stolen is not None
    recompute(home, stolen)

    with pytest.raises(LedgerError, match="run r1: the ledger does not hold"):
        checkpoint(ledger_of(home), home)


def test_a_changed_checkpoint_a_missing_line_and_another_signer_are_found(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path, runs=3)
    first, second, third = home.checkpoints.read_bytes().splitlines()
    changed = json.loads(third) | {"total": 1}
    public, path = home.signer().public, tmp_path / "copy"

    for lines, problem in (
        ((first, second, json.dumps(changed).encode()), "copy:3: checkpoint 3 is not signed"),
        ((first, third), "copy:2: checkpoint 3 does not follow"),
        ((second, third), "copy:1: checkpoint 2 does not follow"),
        ((first, first, second), "copy:2: checkpoint 1 does not follow"),
    ):
        path.write_bytes(b"\n".join(lines) + b"\n")
        with pytest.raises(LedgerError, match=problem):
            read_checkpoints(path, public)
    with pytest.raises(LedgerError, match="not signed by the key given"):
        read_checkpoints(home.checkpoints, Signer(b"o" * 32).public)


def test_a_line_that_was_cut_off_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    line = home.checkpoints.read_bytes().splitlines()[-1]
    with home.checkpoints.open("ab") as file:
        file.write(line[: len(line) // 2])

    checkpoint(ledger_of(home), home)

    assert [one.number for one in seen(home)] == [1, 2, 3]
    assert flaws(home) == {}


def test_a_file_that_is_not_the_one_that_was_read_before_is_read_anew(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    ledger, path = ledger_of(home), home.checkpoints
    checkpoint(ledger, home)
    first, second, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + third)

    with pytest.raises(LedgerError, match=":2: checkpoint 3 does not follow"):
        checkpoint(ledger, home)
    path.write_bytes(first + second)
    checkpoint(ledger, home)

    assert [one.number for one in seen(home)] == [1, 2, 3]


def test_what_another_process_has_signed_meanwhile_is_followed(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    checkpoint(ledger_of(home), home)
    with get_context("spawn").Pool(1) as other:
        other.apply(_signs, (home,))

    made = checkpoint(ledger_of(home), home)

    assert (made.number, made.previous) == (5, read_checkpoints(home.checkpoints)[3].digest)


def _signs(home: Home) -> None:
    checkpoint(ledger_of(home), home)


def test_the_second_place_is_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "other" / "disk.jsonl"
    monkeypatch.setenv("DEPUTY_CHECKPOINTS", str(elsewhere))

    home = home_with_runs(tmp_path)

    assert len(elsewhere.read_bytes().splitlines()) == 2
    assert not (home.root / "checkpoints.jsonl").exists()


def test_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)

    modes = {path.name: path.stat().st_mode & 0o777 for path in home.keys.iterdir()}

    assert modes == {"ledger-1.key": 0o600, "checkpoint.key": 0o600, "checkpoint.pub": 0o644}


def write_and_sign(root: Path, name: str) -> None:
    home = Home(root)
    ledger = ledger_of(home)
    for number in range(5):
        play(ledger, f"{name}{number}", records=3)
        ledger.append("shared", "step.done", {"output": name})
        checkpoint(ledger, home)


def test_two_processes_that_write_and_sign_at_once_lose_nothing(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path, runs=1)
    ledger_of(home).append("shared", "run.started", {"goal": "two writers"})
    spawn = get_context("spawn")
    writers = [spawn.Process(target=write_and_sign, args=(home.root, name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert [one.number for one in seen(home)] == list(range(1, 12))
    assert ledger_of(home).verify("shared") == 11
    assert flaws(home) == {}
