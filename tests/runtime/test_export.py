"""An export proves what it holds where neither the database nor the ledger's keys are."""

import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from runtime.checkpoints import read_checkpoints
from runtime.errors import LedgerError, UsageError
from runtime.export import FORMAT, Exported, export, signature_of, verify_export
from runtime.home import Home
from runtime.keys import Signer
from tests.runtime.bench import behind_its_back, home_with_runs, ledger_of, seen
from tests.runtime.test_chain import recompute


def resigned(home: Home, path: Path) -> bytes:
    """The signature of who has the key that signs, over what the file holds now."""
    digest = sha256(path.read_bytes()).hexdigest()
    signature = home.signer().sign(f"{FORMAT}\n{digest}".encode())
    return json.dumps({"sha256": digest, "signature": signature}).encode()


def exported(home: Home, path: Path, run: str | None = None) -> Exported:
    return export(ledger_of(home), home.signer(), path, run)


def test_an_export_is_checked_with_the_public_key_alone(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    made = exported(home, tmp_path / "all.jsonl")
    public, before = home.signer().public, read_checkpoints(home.checkpoints)

    found = verify_export(made.path, public, before)

    assert (made.runs, made.records) == (found.runs, found.records) == (2, 20)
    assert found.flaws == ()


def test_an_export_of_one_run_is_held_against_what_checkpoints_saw_of_that_run(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    one, everything = (exported(home, tmp_path / f"{name}.jsonl", name or None).path for name in ("r2", ""))
    public, kept = home.signer().public, seen(home)
    assert verify_export(one, public, kept).flaws == verify_export(everything, public, kept).flaws == ()

    signed_again = [one for one in everything.read_bytes().splitlines(keepends=True) if b'"r1"' not in one]
    everything.write_bytes(b"".join(signed_again).replace(b'"runs":2,"records":20', b'"runs":1,"records":10'))
    signature_of(everything).write_bytes(resigned(home, everything))
    assert [flaw.kind for flaw in verify_export(everything, public, kept).flaws] == ["missing"]


def test_an_export_has_the_records_as_they_are(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    exported(home, tmp_path / "one.jsonl", "r2")

    lines = [json.loads(line) for line in (tmp_path / "one.jsonl").read_text().splitlines()]

    records = ledger_of(home).records("r2")
    assert [json.loads(line["body"]) for line in lines if "run" in line] == [record.body for record in records]
    assert [line["head"] for line in lines if "head" in line] == ["r2"]
    assert lines[-1] == {"end": "deputy/export/1", "runs": 1, "records": 10}


@pytest.mark.parametrize(("old", "new"), [(b"s5", b"s6"), (b'"records":20', b'"records":19'), (b"r2", b"r3")])
def test_a_changed_export_is_refused(tmp_path: Path, old: bytes, new: bytes) -> None:
    home = home_with_runs(tmp_path)
    path = exported(home, tmp_path / "all.jsonl").path
    path.write_bytes(path.read_bytes().replace(old, new, 1))

    with pytest.raises(LedgerError, match="is not what was signed"):
        verify_export(path, home.signer().public)


def test_an_export_signed_by_somebody_else_or_not_at_all_is_refused(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    path = exported(home, tmp_path / "all.jsonl").path
    with pytest.raises(LedgerError, match="not signed by the key given"):
        verify_export(path, Signer(b"o" * 32).public)

    signature_of(path).unlink()
    with pytest.raises(UsageError, match=r"\.sig cannot be read"):
        verify_export(path, home.signer().public)


def test_a_ledger_with_a_flaw_is_not_exported(tmp_path: Path) -> None:
    home = home_with_runs(tmp_path)
    with behind_its_back(home) as connection:
        connection.execute("UPDATE record SET body = CAST(body AS BLOB) WHERE run = 'r1' AND seq = 5")

    with pytest.raises(LedgerError, match="record 5 its 'body' is stored as bytes; nothing is exported"):
        exported(home, tmp_path / "all.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["var"]


def test_an_export_of_a_chain_computed_anew_with_stolen_keys_differs_from_earlier_checkpoints(tmp_path: Path) -> None:
    """Who holds all keys can export a forged past; checkpoints that others keep show it."""
    home = home_with_runs(tmp_path)
    kept, stolen = seen(home), home.ledger_key().key(1)
    assert stolen is not None
    recompute(home, stolen)
    path = exported(home, tmp_path / "all.jsonl").path

    assert verify_export(path, home.signer().public).flaws == ()
    assert [flaw.kind for flaw in verify_export(path, home.signer().public, kept).flaws] == ["checkpoint"]


def script_in_the_docs(project: Path) -> str:
    text = (project / "docs" / "audit.md").read_text(encoding="utf-8")
    found = re.search(r"```text\n(# check_export\.py.*?)```", text, re.DOTALL)
    assert found
    return found[1]


def test_the_script_in_the_docs_checks_an_export_and_finds_a_change(tmp_path: Path, project: Path) -> None:
    home = home_with_runs(tmp_path)
    path = exported(home, tmp_path / "all.jsonl").path
    script = tmp_path / "check_export.py"
    script.write_text(script_in_the_docs(project), encoding="utf-8")

    def checked() -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-I", str(script), str(path), home.signer().public]
        return subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)

    good = checked()
    assert (good.returncode, good.stdout) == (0, "20 records of 2 runs are as they were signed\n"), good.stderr
    path.write_bytes(path.read_bytes().replace(b"s5", b"s6", 1))
    assert checked().returncode == 1
    assert len(script_in_the_docs(project).splitlines()) <= 34
