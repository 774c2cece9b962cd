"""The command as a process of its own: exit codes, clean streams, a broken pipe, a terminal."""

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

from testkit.story import ledger_in
from testkit.storyteller import RUN


def _environment(house: Path, **more: str) -> dict[str, str]:
    root = Path(__file__).resolve().parents[2]
    return {**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "error", **more}


def _told(house: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "testkit.storyteller", *words]
    return subprocess.run(
        command, cwd=house, env=_environment(house, **more), capture_output=True, text=True, check=False
    )


def test_the_exit_code_reaches_the_shell(house: Path) -> None:
    assert _told(house, "0", "waiting", "run", "-s", "recruiting").returncode == 3
    assert _told(house, "0", "done", "run").returncode == 2


def test_stdout_with_json_is_json_and_nothing_else(house: Path) -> None:
    done = _told(house, "0", "done", "run", "-s", "recruiting", "--json")

    kinds = [json.loads(line)["kind"] for line in done.stdout.splitlines()]
    assert (kinds[0], kinds[-1]) == ("run.started", "run.done")
    assert done.stdout.isascii()
    assert "next        open" in done.stderr


def test_a_stream_that_cannot_say_the_marks_gets_plain_ones(house: Path) -> None:
    done = _told(house, "0", "done", "run", "-s", "recruiting", PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "            + invitation mailed to thora@bjorns.example" in done.stdout
    assert "            * 4 interviews are booked." in done.stdout


def test_a_reader_that_goes_away_does_not_stop_the_run(house: Path) -> None:
    command = [sys.executable, "-m", "testkit.storyteller", "0.001", "done", "run", "-s", "recruiting"]
    with subprocess.Popen(
        command, cwd=house, env=_environment(house), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        told = running.stderr.read()

    assert (running.returncode, told) == (0, b"")
    assert ledger_in(house / "var").find(RUN).state == "done"


def test_a_terminal_gets_colours_and_a_footer_that_is_gone_at_the_end(house: Path) -> None:
    shown = _on_terminal(house, TERM="xterm-256color")

    assert "Ctrl-C cancels" in shown
    assert "\x1b[32m" in shown
    assert "\x1b[?25h" in shown.rpartition("Ctrl-C cancels")[2]
    assert "\x1b[?1049h" not in shown


def test_a_terminal_with_no_color_gets_plain_lines(house: Path) -> None:
    shown = _on_terminal(house, TERM="xterm-256color", NO_COLOR="1")

    assert "\x1b" not in shown
    assert "Ctrl-C cancels" not in shown
    assert "next        open" in shown


def _on_terminal(house: Path, **more: str) -> str:
    """What the command writes to a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "testkit.storyteller", "0.002", "done", "run", "-s", "recruiting"]
    environment = _environment(house, COLUMNS="80", **more)
    with subprocess.Popen(command, cwd=house, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        parts: list[bytes] = []
        try:
            while select.select([ours], [], [], 30)[0]:
                parts.append(os.read(ours, 65536))
        except OSError:  # the other side is closed
            assert running.wait(30) == 0
        finally:
            running.kill()
            os.close(ours)
    assert running.returncode == 0
    return b"".join(parts).decode()
