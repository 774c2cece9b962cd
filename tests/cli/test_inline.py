"""At a terminal, `deputy run` asks right there; whatever is answered, or left open, nothing is lost."""

import os
import pty
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from crews.answers import pending
from testkit.crashplay import environment
from testkit.posting import Posting, keep_report, reader

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it needs a pseudo-terminal")


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Posting]:
    with Posting(tmp_path, asked=True) as post, environment(post.environ):
        yield post


class Terminal:
    """`deputy run` in front of a person who types."""

    def __init__(self, post: Posting) -> None:
        wish = post.wish(0)
        command = ["-m", "cli.main", "run", "-s", "post", str(wish.goal), "--input", f"report={wish.inputs['report']}"]
        self._own, theirs = pty.openpty()
        environ = {**os.environ, "EDITOR": "true", "COLUMNS": "80"}
        self.process = subprocess.Popen(
            [sys.executable, *command, "--project", str(post.project)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environ,
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""

    def until(self, words: str) -> None:
        """Read until the terminal shows the words."""
        end = time.monotonic() + 120
        while not re.search(words, self.shown):
            assert time.monotonic() < end, self.shown
            self._read()

    def say(self, words: str) -> None:
        """Type a line."""
        os.write(self._own, f"{words}\n".encode())

    def ended(self) -> int:
        """The exit code, once everything is read."""
        while self._read():
            pass
        code = self.process.wait(60)
        os.close(self._own)
        return code

    def _read(self) -> bool:
        try:
            found = os.read(self._own, 65536)
        except OSError:  # nobody writes any more
            return False
        self.shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", found.decode("utf-8", "replace")).replace("\r", "")
        return bool(found)


def test_a_yes_is_carried_out_at_once(post: Posting) -> None:
    terminal = Terminal(post)
    terminal.until(r"Allow\?")
    assert "a person looks first" in terminal.shown
    assert reader(0) in terminal.shown
    [world] = (post.project / "var" / "worlds").glob("post-*")
    keep_report(world)
    terminal.say("yes")

    assert terminal.ended() == 0, terminal.shown
    assert post.received() == post.wanted([0])


def test_a_no_is_told_with_its_reason_and_nothing_is_sent(post: Posting) -> None:
    terminal = Terminal(post)
    terminal.until(r"Allow\?")
    terminal.say("no")
    terminal.until("Why not")
    terminal.say("she has left")
    terminal.ended()

    assert "she has left" in terminal.shown
    assert post.received() == Counter()


@pytest.mark.parametrize("words", ["leave", "edit", "\x03"])
def test_what_is_left_open_waits_and_says_how_to_go_on(post: Posting, words: str) -> None:
    """An editor that changes nothing, and Ctrl-C, leave the question open, too."""
    terminal = Terminal(post)
    terminal.until(r"Allow\?")
    terminal.say(words)
    code = terminal.ended()

    assert code in (3, 130), terminal.shown
    assert "Traceback" not in terminal.shown
    assert len(pending(post.project)) == 1
    assert post.received() == Counter()
