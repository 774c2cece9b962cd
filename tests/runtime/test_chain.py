"""Tampering with the ledger's file is found: by its kind, and at the first record that is wrong."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.canonical import canonical
from runtime.chain import GENESIS, Row, digest_of, mac_of, tip_of
from runtime.clock import FixedClock
from runtime.errors import LedgerError
from runtime.home import Home
from runtime.keys import OneKey, derived
from runtime.tables import rows, snapshot
from tests.runtime.bench import behind_its_back, flaws, home_with_runs, ledger_of, play

FORGED = "INSERT INTO record SELECT run, {seq}, at, kind, body, key, mac FROM record WHERE run = 'r1' AND seq = 5"


@pytest.mark.parametrize(
    ("statements", "kind", "seq"),
    [
        (["UPDATE record SET body = replace(body, 's5', 's6') WHERE run = 'r1' AND seq = 5"], "changed", 5),
        (["UPDATE record SET at = '2020-01-01T00:00:00.000Z' WHERE run = 'r1' AND seq = 5"], "changed", 5),
        (["UPDATE record SET kind = 'step.failed' WHERE run = 'r1' AND seq = 5"], "changed", 5),
        (["UPDATE record SET body = body || ' ' WHERE run = 'r1' AND seq = 5"], "changed", 5),
        (["UPDATE record SET mac = upper(mac) WHERE run = 'r1' AND seq = 5"], "changed", 5),
        (["UPDATE record SET mac = 'é' WHERE run = 'r1' AND seq = 5"], "changed", 5),
        (["UPDATE record SET body = CAST(x'ff' AS TEXT) WHERE run = 'r1' AND seq = 5"], "changed", 5),
        (["DELETE FROM record WHERE run = 'r1' AND seq = 5"], "gap", 5),
        (
            [
                "DELETE FROM record WHERE run = 'r1' AND seq = 5",
                *(f"UPDATE record SET seq = {n - 1} WHERE run = 'r1' AND seq = {n}" for n in range(6, 11)),
            ],
            "changed",
            5,
        ),
        (
            [
                "UPDATE record SET seq = 99 WHERE run = 'r1' AND seq = 5",
                "UPDATE record SET seq = 5 WHERE run = 'r1' AND seq = 6",
                "UPDATE record SET seq = 6 WHERE run = 'r1' AND seq = 99",
            ],
            "changed",
            5,
        ),
        ([FORGED.format(seq=11), "UPDATE head SET seq = 11 WHERE run = 'r1'"], "changed", 11),
        ([FORGED.format(seq=11)], "changed", 11),
        (["DELETE FROM record WHERE run = 'r1' AND seq > 7"], "head", 7),
        (["DELETE FROM record WHERE run = 'r1'"], "lost", 0),
        (["DELETE FROM head WHERE run = 'r1'"], "head", 10),
        (["UPDATE head SET state = 'failed' WHERE run = 'r1'"], "head", 10),
        (["UPDATE head SET goal = 'another' WHERE run = 'r1'"], "head", 10),
        (["UPDATE record SET body = CAST(body AS BLOB) WHERE run = 'r1' AND seq = 5"], "type", 5),
        (["UPDATE record SET mac = CAST(mac AS BLOB) WHERE run = 'r1' AND seq = 5"], "type", 5),
        (["UPDATE record SET seq = 5.5 WHERE run = 'r1' AND seq = 5"], "type", 5),
        (["UPDATE record SET key = 7 WHERE run = 'r1' AND seq = 5"], "key", 5),
        (["UPDATE record SET key = 'one' WHERE run = 'r1' AND seq = 5"], "type", 5),
        (
            [
                f"UPDATE {table} SET run = '{new}' WHERE run = '{old}'"
                for table in ("record", "head")
                for old, new in (("r1", "x"), ("r2", "r1"), ("x", "r2"))
            ],
            "changed",
            1,
        ),
    ],
)
def test_what_was_done_is_named_with_its_record(tmp_path: Path, statements: list[str], kind: str, seq: int) -> None:
    home = home_with_runs(tmp_path, checkpoints=False)
    with behind_its_back(home) as connection:
        for statement in statements:
            connection.execute(statement)

    assert flaws(home, checkpoints=False)[kind] == ("r1", seq)


def test_what_was_not_tampered_with_has_no_flaw(tmp_path: Path) -> None:
    assert flaws(home_with_runs(tmp_path)) == {}


def test_a_record_that_is_there_twice_is_found_in_a_table_that_was_rebuilt_without_its_key(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path, checkpoints=False)
    with behind_its_back(home) as connection:
        connection.execute("CREATE TABLE copy AS SELECT * FROM record")
        connection.execute("INSERT INTO copy SELECT * FROM record WHERE run = 'r2' AND seq = 3")
        connection.execute("DROP TABLE record")
        connection.execute("ALTER TABLE copy RENAME TO record")

    assert flaws(home, checkpoints=False) == {"duplicate": ("r2", 3)}


def test_a_run_renamed_to_bytes_is_found(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path, checkpoints=False)
    with behind_its_back(home) as connection:
        connection.execute("UPDATE record SET run = CAST(run AS BLOB) WHERE run = 'r1'")

    assert flaws(home, checkpoints=False) == {"type": ("b'r1'", 1), "lost": ("r1", 0)}


def test_the_first_flaw_of_each_kind_is_reported_over_all_runs(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path, runs=4, checkpoints=False)
    with behind_its_back(home) as connection:
        connection.execute("UPDATE record SET at = 'then' WHERE run IN ('r1', 'r3') AND seq = 4")
        connection.execute("DELETE FROM record WHERE run = 'r2' AND seq = 6")
        connection.execute("DELETE FROM record WHERE run = 'r4' AND seq = 10")

    assert flaws(home, checkpoints=False) == {"changed": ("r1", 4), "gap": ("r2", 6), "head": ("r4", 9)}


def test_a_forger_without_the_key_who_computes_everything_anew_is_found(tmp_path: Path) -> None:
    """The digest needs no key, so the forger gets it right; the mac gives it away."""
    home = home_with_runs(tmp_path, checkpoints=False)
    recompute(home, derived(1, b"g" * 32))

    assert flaws(home, checkpoints=False) == {"changed": ("r1", 1)}
    assert flaws(home, checkpoints=False, keys=False) == {}


@pytest.mark.parametrize(
    ("body", "other"),
    [
        ('{"a":1,"a":2}', '{"a":2}'),
        ('{"a":NaN}', '{"a":null}'),
        ('{"a":1.0}', '{"a":1}'),
        ('{"a":"\\u00e9"}', '{"a":"é"}'),
        ('{"a":"e\u0301"}', '{"a":"\u00e9"}'),
    ],
)
def test_other_spellings_of_a_body_have_other_digests(body: str, other: str) -> None:
    first, second = (digest_of(GENESIS, Row("r1", 1, "at", "kind", text, 1, "")) for text in (body, other))

    assert first != second


def test_what_json_cannot_say_is_refused_before_it_is_written(tmp_path: Path) -> None:
    ledger = ledger_of(home_with_runs(tmp_path))
    for value in (float("nan"), float("inf"), 2**60, "\ud800"):
        with pytest.raises(LedgerError, match=r"'step\.done' cannot be recorded"):
            ledger.append("r1", "step.done", {"output": value})

    assert ledger.verify("r1") == 10


def test_composed_and_decomposed_text_stay_what_they_are(tmp_path: Path) -> None:
    ledger = ledger_of(home_with_runs(tmp_path))
    ledger.append("r1", "step.done", {"output": ["e\u0301", "\u00e9", "\u2028", "\x7f", "\x00"]})

    assert ledger.records("r1")[-1].body == {"output": ["e\u0301", "\u00e9", "\u2028", "\x7f", "\x00"]}
    assert ledger.verify("r1") == 11


@given(st.lists(st.text(), min_size=5, max_size=5), st.lists(st.text(), min_size=5, max_size=5))
def test_no_two_records_have_the_same_content_wherever_their_fields_are_cut(one: list[str], two: list[str]) -> None:
    digests = {digest_of(GENESIS, Row(run, 1, at, kind, body, 1, mac)) for run, at, kind, body, mac in (one, two)}

    assert len(digests) == len({tuple(fields[:4]) for fields in (one, two)})


def test_a_character_moved_over_the_edge_of_a_field_changes_the_digest() -> None:
    rows_ = [Row("r1", 1, "at", "kindx", "{}", 1, ""), Row("r1", 1, "atk", "indx", "{}", 1, "")]
    rows_ += [Row("r", 11, "at", "kindx", "{}", 1, ""), Row('r","1', 1, "at", "kindx", "{}", 1, "")]

    assert len({digest_of(GENESIS, row) for row in rows_}) == 4


def test_keys_that_hmac_itself_takes_for_the_same_give_different_macs() -> None:
    """HMAC fills short keys up with zeros, and hashes long ones: both would collide."""
    keys = [b"k", b"k\x00", b"k" * 64, b"k" * 65, derived(1, b"k")]

    assert len({mac_of(derived(1, key), GENESIS) for key in keys}) == len(keys)
    assert derived(1, b"k") != derived(2, b"k")
    assert OneKey(b"k").key(2) is None


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53) + 1, 2**53 - 1)
        | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    )
)
def test_canonical_json_says_the_same_and_is_its_own_canonical_form(value: Any) -> None:
    text = canonical(value)

    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


def test_a_clock_that_is_set_back_does_not_turn_the_order_round(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path, runs=0)
    ledger_of(home, FixedClock(datetime(2026, 11, 22, 12, tzinfo=UTC))).append("r1", "run.started", {"goal": "now"})
    ledger_of(home, FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))).append("r1", "run.done", {"summary": "before"})

    assert [record.at for record in ledger_of(home).records("r1")] == ["2026-11-22T12:00:00.000Z"] * 2
    assert flaws(home) == {}


def test_records_verify_with_the_key_they_were_written_with(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    ledger, other = ledger_of(home), ledger_of(home)
    ledger.append("r3", "run.started", {"goal": "before and after"})
    assert ledger.rotate() == 2
    other.append("r3", "run.done", {"summary": "the other process saw the new key"})

    with snapshot(ledger.engine) as connection:
        assert [row.key for row in rows(connection, "r3")] == [1, 2]
    assert flaws(home) == {}
    (home.keys / "ledger-1.key").unlink()
    assert flaws(home, checkpoints=False) == {"key": ("r1", 1)}


def test_going_back_to_an_old_key_is_found_even_if_it_is_known(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    ledger = ledger_of(home)
    ledger.rotate()
    play(ledger, "r3", records=3)
    stolen = ledger.keys.key(1)
    assert stolen is not None
    ledger.close()
    with behind_its_back(home) as connection:
        connection.execute("UPDATE record SET key = 1 WHERE run = 'r3' AND seq > 1")
    recompute(home, stolen, run="r3", keep=1)

    assert flaws(home) == {"key": ("r3", 2)}


def test_a_ledger_of_an_earlier_version_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    old = sqlite3.connect(tmp_path / "var" / "ledger.sqlite")
    old.execute("CREATE TABLE head (run TEXT PRIMARY KEY, seq INTEGER, mac TEXT)")
    old.close()

    with pytest.raises(LedgerError, match="earlier version"):
        ledger_of(Home(tmp_path / "var"))


def recompute(home: Home, key: bytes, run: str = "r1", keep: int = 0) -> None:
    """Edit the run's last record, and compute its chain anew with that key, all but the first `keep` records."""
    with behind_its_back(home) as connection:
        digest, mac = GENESIS, ""
        for values in connection.execute(
            "SELECT run, seq, at, kind, body, key, mac FROM record WHERE run = ? ORDER BY seq", [run]
        ).fetchall():
            row = Row(*values)
            if row.kind == "run.done":
                row = row._replace(body='{"summary":"forged"}')
            digest = digest_of(digest, row)
            mac = mac_of(key, digest) if row.seq > keep else row.mac
            connection.execute(
                "UPDATE record SET body = ?, mac = ? WHERE run = ? AND seq = ?", [row.body, mac, run, row.seq]
            )
        connection.execute(
            "UPDATE head SET digest = ?, mac = ?, tip = ? WHERE run = ?", [digest, mac, tip_of(key, digest), run]
        )
