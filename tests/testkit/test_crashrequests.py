"""A request to a server that goes unanswered once leaves recruiting's end as it was: three here, all of them in
benchmarks/crashes.py."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from testkit.crashrequests import Asked, WiredRecruiting, asking, every_request
from testkit.wires import Fault


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WiredRecruiting]:
    with ExitStack() as opened:
        yield WiredRecruiting(tmp_path_factory.mktemp("wired"), opened, resumes=1)


@pytest.fixture(scope="module")
def asked(scene: WiredRecruiting) -> Asked:
    return asking(scene)


@pytest.mark.parametrize(
    ("name", "nth", "fault", "kills"),
    [
        ("PROPFIND", 5, "busy", 0),  # when a worker opens the run: it is put off
        ("PUT", -2, "killed", 1),  # one calendar has the interview, the other holds its time
        ("GET", -3, "unheard", 0),  # when the report is written
    ],
)
def test_whichever_request_goes_unanswered_the_run_ends_in_the_same_world(
    scene: WiredRecruiting, asked: Asked, name: str, nth: int, fault: Fault, kills: int
) -> None:
    number = range(asked.names.count(name))[nth]
    [trial] = every_request(scene, [number], [fault], asked, name)

    assert asked.whole.effects.total() == 5
    assert (trial.point, trial.kills, trial.state) == (f"{fault} {name}", kills, "done")
    assert not trial.wrong, trial
