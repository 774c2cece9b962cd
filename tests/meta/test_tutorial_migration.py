"""Whoever follows the tutorial on migration, block by block, sees what it says: commands are run, files written."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtime.database import open_database, write
from runtime.tables import SCHEDULE
from testkit.projects import home_in, records_of
from tests.meta.commands import command_lines
from tests.meta.pages import ROOT, Block, blocks_of

PAGE = "docs/tutorial-migration.md"
_VARYING = (r"\d{6}-\d{6}-[0-9a-f]{4,8}", r"Digest [0-9a-f]{12}", r"next \w{3} \d\d \w{3} \d{4}", r"\d+ tools")


class Reader:
    """Somebody who does what the page says, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.here = folder
        self.said: list[tuple[list[str], str]] = []

    def follow(self, block: Block) -> None:
        """Write the block's file or run its commands, and compare with what it shows."""
        how, _, path = block.about.partition(":")
        if how == "file":
            (self.here / path).write_text(block.text, encoding="utf-8")
        elif block.language in ("sh", "console"):
            shown = "".join(self.run(words) for words in command_lines(block))
            lines = [line for line in block.text.splitlines() if not line.startswith("$ ")]
            if block.language == "console":
                assert _same(shown).splitlines() == [_same(line) for line in lines], str(block)

    def run(self, words: list[str]) -> str:
        """What the command says; `cd` is done here."""
        if words[0] == "cd":
            self.here = self.here / words[1]
            return ""
        command = [sys.executable, "-m", "cli.main", *words[1:]]
        done = subprocess.run(command, cwd=self.here, env=_environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        self.said.append((words, done.stdout))
        return done.stdout


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "TZ": "UTC"}


def _same(text: str) -> str:
    for pattern in _VARYING:
        text = re.sub(pattern, "…", text)
    return text


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    reader = Reader(tmp_path_factory.mktemp("reader"))
    for block in blocks_of(PAGE):
        reader.follow(block)
    return reader


def test_each_step_shows_what_the_page_says(reader: Reader) -> None:
    ran = [" ".join(words) for words, _ in reader.said]

    assert len(ran) > 10
    assert any("deputy worker --until-idle" in one for one in ran)
    assert sum(said.count("spare key is with Maria [memory:1]") for _, said in reader.said) == 1


def test_the_crew_keeps_each_notice_once_also_when_a_worker_carries_it_out(reader: Reader) -> None:
    runs = reader.run(["deputy", "runs"]).splitlines()[1:]
    newest, first = [line.split()[0] for line in runs if "Keep the notices" in line]

    assert [_kept(reader, run) for run in (first, newest)] == [[True, True], [False, False]]


def _kept(reader: Reader, run: str) -> list[bool]:
    done = [one.body for one in records_of(reader.here, run) if one.kind == "tool.done"]
    return [one["result"]["remembered"] for one in done if one["tool"] == "remember"]


def test_a_monday_that_nobody_was_there_for_starts_one_run(reader: Reader) -> None:
    with home_in(reader.here):
        engine = open_database(f"sqlite:///{reader.here / 'var' / 'ledger.sqlite'}")
        with write(engine) as connection:
            connection.execute(SCHEDULE.update().values(seen=(datetime.now(UTC) - timedelta(days=15)).timestamp()))
        engine.dispose()

    reader.run(["deputy", "worker", "--until-idle"])

    heads = [json.loads(line)["run"] for line in reader.run(["deputy", "runs", "--json"]).splitlines()]
    began = [records_of(reader.here, run)[0].body["principal"] for run in heads]
    assert began.count("schedule:monday") == 1
    assert records_of(reader.here, heads[0])[-1].kind == "run.done"


def test_what_the_page_says_is_refused_is_refused(reader: Reader) -> None:
    task = reader.here / "config" / "tasks" / "note_notices.yaml"
    before = task.read_text()
    task.write_text(before.replace("remember: 10", "remember: 10, search_documents: 1"))
    try:
        with pytest.raises(AssertionError, match=r"note_notices\.yaml:5.*does not have the tool 'search_documents'"):
            reader.run(["deputy", "validate"])
    finally:
        task.write_text(before)
