"""A cell holds what runs in it: no network, no files but its own, no environment, no end of time or processes."""

import os
from pathlib import Path
from textwrap import dedent

import pytest

from tools.backends.cell import Ended, empty_folder, run_in_cell


def ran(program: str, *, minutes: float = 0.5) -> Ended:
    """What came of a Python program in a cell of its own."""
    with empty_folder() as folder:
        (folder / "program.py").write_text(dedent(program))
        return run_in_cell(["python3", "program.py"], folder, tier="bubblewrap", minutes=minutes)


def test_what_ran_is_told_with_its_end_and_its_tier() -> None:
    ended = ran("print('hello'); raise SystemExit(3)")

    assert (ended.ok, ended.output, ended.tier) == (False, "hello", "bubblewrap")


def test_it_reaches_no_network() -> None:
    ended = ran(
        """
        import socket
        for where in (("127.0.0.1", 22), ("192.0.2.1", 80)):
            try:
                socket.create_connection(where, timeout=2)
            except OSError as error:
                print(error.errno)
        """
    )

    assert ended.ok
    assert set(ended.output.split()) <= {"101", "111"}  # unreachable; nothing listens on its own loopback


def test_it_sees_neither_our_environment_nor_our_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "the secret of the house")
    (tmp_path / "key").write_text("the secret of the house")
    ended = ran(
        f"""
        import os, pathlib
        print(sorted(os.environ))
        for path in ("/proc/1/environ", "/proc/self/environ", "{tmp_path}/key", "{Path(__file__)}", "/etc/shadow"):
            try:
                print(path, pathlib.Path(path).read_bytes())
            except OSError:
                print("closed")
        """
    )

    assert ended.ok
    assert "secret of the house" not in ended.output
    assert ended.output.count("closed") == 3
    assert "GITHUB_TOKEN" not in ended.output


def test_it_is_nobody_and_writes_to_its_own_folder_and_to_no_program() -> None:
    ended = ran(
        """
        import os, pathlib
        print(os.getuid())
        pathlib.Path("mine").write_text("x")
        try:
            pathlib.Path("/usr/mine").write_text("x")
        except OSError:
            print("closed")
        """
    )

    assert ended.ok
    assert ended.output.split()[1:] == ["closed"]
    assert os.getuid() != 0 or ended.output.split()[0] == "65534"


def test_it_is_stopped_when_its_time_is_over() -> None:
    ended = ran("while True: pass", minutes=0.02)

    assert not ended.ok
    assert "stopped after 0.02 minutes" in ended.output or ended.seconds < 10


def test_its_processes_and_its_memory_have_an_end() -> None:
    ended = ran(
        """
        import os, time
        children = 0
        try:
            for _ in range(600):
                if os.fork() == 0:
                    time.sleep(5)
                    os._exit(0)
                children += 1
        except OSError:
            print("no more")
        try:
            bytearray(3 << 30)
        except MemoryError:
            print("too much")
        """
    )

    assert ended.output.split("\n")[-2:] == ["no more", "too much"]


def test_a_link_in_its_folder_leads_nowhere_and_is_not_followed_when_it_is_handed_over(tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    ours.write_text("ours")
    before = ours.stat().st_uid
    with empty_folder() as folder:
        (folder / "link").symlink_to(ours)
        ended = run_in_cell(["cat", "link"], folder, tier="bubblewrap")

    assert not ended.ok
    assert ours.stat().st_uid == before
