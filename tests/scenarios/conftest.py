"""What several files of tests here look at."""

import pytest

from tests.scenarios.devops import Played, play, shipped


@pytest.fixture(scope="session")
def devops(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The DevOps scenario, played once to its end. Whoever goes on from it works on a copy."""
    return play(shipped(tmp_path_factory.mktemp("devops") / "project"))
