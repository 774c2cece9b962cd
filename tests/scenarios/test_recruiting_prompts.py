"""The exact prompts of a whole run are the same the next time: what replay will rest on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.canonical import canonical
from tests.scenarios.recruiting import shipped

_PLAY = """
import sys
from pathlib import Path
from tests.scenarios.recruiting import play
played = play(Path(sys.argv[1]))
from runtime.canonical import canonical
keys = sorted(
    (one["step"], one["key"]["hash"], one["key"]["nth"], canonical(one["request"]).decode())
    for one in played.only("model.called")
)
sys.stdout.buffer.write(canonical(keys))
"""


def prompts(folder: Path, seed: str) -> bytes:
    env = {**os.environ, "PYTHONHASHSEED": seed}
    project = shipped(folder / "project")
    done = subprocess.run([sys.executable, "-c", _PLAY, str(project)], env=env, capture_output=True, check=True)
    return done.stdout


def test_two_runs_in_two_processes_ask_byte_for_byte_the_same(tmp_path: Path, project: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(project))
        first, second = prompts(tmp_path / "a", "1"), prompts(tmp_path / "elsewhere" / "b", "2")

    assert first == second
    assert len(first) > 100_000
    assert canonical([]) != first
