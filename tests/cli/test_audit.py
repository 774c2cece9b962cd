"""`deputy audit`: proof at the prompt."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import Result

from runtime.home import Home
from tests.cli.conftest import Call
from tests.runtime.bench import behind_its_back, ledger_of, play


@pytest.fixture
def home(house: Path) -> Home:
    """A home with two runs."""
    home = Home(house / "var")
    for run in ("r1", "r2"):
        play(ledger_of(home), run)
    return home


def words(result: Result) -> str:
    return " ".join((result.stdout + result.stderr).split())


def edited(home: Home) -> None:
    with behind_its_back(home) as connection:
        connection.execute("UPDATE record SET body = replace(body, 's5', 's6') WHERE run = 'r1' AND seq = 5")


def test_verify_says_how_much_it_checked_and_against_what(call: Call, home: Home) -> None:
    assert words(call("audit", "verify")) == (
        "verified ✓ 20 records of 2 runs, against their keys; there are no checkpoints"
    )
    call("audit", "checkpoint")
    assert "20 records of 2 runs, against their keys and checkpoint 1 of 20" in words(call("audit", "verify"))
    assert "10 records of 1 run" in words(call("audit", "verify", "r2"))


def test_verify_of_a_changed_ledger_names_the_record_and_fails(call: Call, home: Home) -> None:
    edited(home)

    result = call("audit", "verify")

    assert result.exit_code == 1
    assert "changed ✗ run r1: record 5 is not what was written" in words(result)
    assert call("audit", "verify", "r2").exit_code == 0
    [told] = [json.loads(line) for line in call("audit", "verify", "--json").stdout.splitlines()]
    assert (told["ok"], told["flaws"][0]["kind"], told["flaws"][0]["seq"]) == (False, "changed", 5)


def test_verify_without_the_keys_needs_the_checkpoints_and_the_public_key_only(
    call: Call, home: Home, tmp_path: Path
) -> None:
    call("audit", "checkpoint")
    kept, public = tmp_path / "kept.jsonl", tmp_path / "checkpoint.pub"
    shutil.move(home.checkpoints, kept)
    shutil.move(home.keys / "checkpoint.pub", public)
    shutil.rmtree(home.keys)
    witness = ("--checkpoint", str(kept), "--public", str(public))

    assert "20 records of 2 runs, against no key and checkpoint 1" in words(call("audit", "verify", *witness))
    assert call("audit", "verify").exit_code == 4
    edited(home)
    assert "checkpoint ✗ run r1: record 10 is not what checkpoint 1" in words(call("audit", "verify", *witness))
    assert not list(home.keys.glob("*"))


def test_a_restored_old_copy_is_said_to_be_one(call: Call, home: Home, tmp_path: Path) -> None:
    call("audit", "checkpoint")
    with sqlite3.connect(home.root / "ledger.sqlite") as source, sqlite3.connect(tmp_path / "copy") as copy:
        source.backup(copy)
    source.close()
    copy.close()
    play(ledger_of(home), "r3")
    call("audit", "checkpoint")
    for file in home.root.glob("ledger.sqlite*"):
        file.unlink()
    shutil.copy(tmp_path / "copy", home.root / "ledger.sqlite")

    told = words(call("audit", "verify"))

    assert "missing ✗ run r3: the run is not there; checkpoint 2 of" in told
    assert "the ledger is older than checkpoint 2 of" in told
    assert "an old copy was restored" in told
    assert "r3" in words(call("audit", "verify", "r3"))


def test_a_ledger_that_is_gone_is_missed(call: Call, home: Home) -> None:
    call("audit", "checkpoint")
    for file in home.root.glob("ledger.sqlite*"):
        file.unlink()

    result = call("audit", "verify")

    assert result.exit_code == 1
    assert "there is no ledger, and checkpoint 1" in words(result)


def test_where_nothing_was_run_there_is_nothing_to_verify(call: Call, house: Path) -> None:
    assert call("audit", "verify").exit_code == 4
    assert not (house / "var").exists()


def test_an_export_is_written_and_verified(call: Call, home: Home, tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    assert "10 records of 1 run in" in words(call("audit", "export", "r1", "-o", str(file)))

    assert "10 records of 1 run, against its signature" in words(call("audit", "verify", "--export", str(file)))
    file.write_bytes(file.read_bytes().replace(b"s5", b"s6", 1))
    assert "is not what was signed" in words(call("audit", "verify", "--export", str(file)))
    assert call("audit", "verify", "r1", "--export", str(file)).exit_code == 2


def test_show_tells_digest_keys_and_checkpoint(call: Call, home: Home) -> None:
    assert json.loads(call("audit", "show", "r1", "--json", "-q").stdout)["checkpoint"] == "none"
    assert "key 2 is in use from checkpoint 2 on" in words(call("audit", "rotate"))
    ledger_of(home).append("r1", "step.done", {"output": "with the new key"})

    told = json.loads(call("audit", "show", "r1", "--json", "-q").stdout)

    assert (told["records"], told["keys"]) == (11, "1, 2")
    assert told["checkpoint"].startswith("1 of ")
    assert told["checkpoint"].endswith(", up to record 10")
    assert call("audit", "verify").exit_code == 0
