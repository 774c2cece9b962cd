"""Each scenario, whole, on embedded systems and on real servers: the same decisions, words and worlds, run by run."""

from pathlib import Path

import pytest

from testkit.crashplay import environment
from testkit.estate import renamed
from testkit.peers import served
from testkit.postgres import Postgres
from testkit.projects import CHECKOUT
from testkit.snapshot import mails
from tests.scenarios.peers import ROWS, played, table
from tests.scenarios.recruiting import shipped

NEEDS_A_MODEL = {"translation"}


@pytest.mark.parametrize("scenario", ROWS)
def test_real_servers_and_embedded_systems_end_in_the_same_world(
    scenario: str, tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL", "playbook")
    embedded, real = shipped(tmp_path / "embedded"), shipped(tmp_path / "served")
    with served(real, scenario, ROWS[scenario].peers, postgres) as peers:
        if peers.names:
            for project in (embedded, real):
                renamed(project / "scenarios" / scenario / "world", peers.names)
        expected = played(embedded, scenario)
        with environment(peers.environ):
            left = played(real, scenario)

    assert left == expected
    assert set(left.codes) == {0}
    if peers.post:
        assert peers.post.received
        told = [one for one in peers.post.received if not one["Message-ID"].startswith("<approval.")]
        assert mails(told) == left.worlds[-1]["sent"]


def test_every_scenario_that_runs_without_a_model_has_a_row_and_the_page_shows_it() -> None:
    shipped_ones = {path.parent.name for path in (CHECKOUT / "scenarios").glob("*/scenario.yaml")}

    assert shipped_ones == ROWS.keys() | NEEDS_A_MODEL
    assert table() in (CHECKOUT / "docs" / "backends.md").read_text(encoding="utf-8")
