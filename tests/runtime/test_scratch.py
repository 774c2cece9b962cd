"""Files and folders in the making: what a killed process leaves of them is in nobody's way, and does not pile up."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtime.scratch import is_unfinished, replace_text, replacing, scratch_folder

DYING = """
import os, signal, sys
from pathlib import Path
from runtime.scratch import replacing, scratch_folder
with replacing(Path(sys.argv[1])) as file, scratch_folder("made-", Path(sys.argv[2])) as folder:
    file.write(b"half")
    file.flush()
    (folder / "much").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def killed(tmp_path: Path) -> list[Path]:
    """A file with words in it, and a file and a folder whose maker was killed, a while ago."""
    (tmp_path / "said").write_text("whole")
    done = subprocess.run([sys.executable, "-c", DYING, tmp_path / "said", tmp_path], timeout=60)
    assert done.returncode == -signal.SIGKILL
    left = [one for one in tmp_path.iterdir() if one.name != "said"]
    for one in left:
        os.utime(one, (time.time() - 3600,) * 2)
    return left


def test_a_kill_leaves_the_file_as_it_was_and_the_next_writer_removes_the_rest(
    killed: list[Path], tmp_path: Path
) -> None:
    assert len(killed) == 2
    assert (tmp_path / "said").read_text() == "whole"

    replace_text(tmp_path / "said", "new")
    with scratch_folder("made-", tmp_path) as folder:
        assert [*folder.iterdir()] == []

    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("said", "new")]


def test_what_somebody_alive_makes_is_left_alone_however_old_it_is(tmp_path: Path) -> None:
    with replacing(tmp_path / "said") as file, scratch_folder("made-", tmp_path) as folder:
        [unfinished] = [one for one in tmp_path.iterdir() if is_unfinished(one)]
        for one in (unfinished, folder):
            os.utime(one, (time.time() - 3600,) * 2)
        replace_text(tmp_path / "said", "first")
        with scratch_folder("made-", tmp_path):
            pass
        file.write(b"last")
        assert folder.is_dir()

    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("said", "last")]


def test_what_was_just_begun_is_left_alone_though_it_is_not_locked_yet(tmp_path: Path) -> None:
    young = tmp_path / ".said.00000000.new"
    young.touch()

    replace_text(tmp_path / "said", "new")

    assert young.exists()


def test_a_writer_that_fails_changes_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    replace_text(tmp_path / "said", "whole", mode=0o600)

    with pytest.raises(UnicodeEncodeError):
        replace_text(tmp_path / "said", "half, and no \udcff")

    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("said", "whole")]
    assert (tmp_path / "said").stat().st_mode & 0o777 == 0o600
