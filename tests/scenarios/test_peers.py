"""Each scenario, whole, on embedded systems and on real servers: the same decisions, words and worlds, run by run."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from testkit.crashplay import environment
from testkit.estate import renamed
from testkit.github import ME, REPOSITORY, GitHub
from testkit.github_demo import freshened, freshened_local
from testkit.peers import served
from testkit.postgres import Postgres
from testkit.projects import CHECKOUT
from testkit.snapshot import mails
from tests.scenarios.devops import world_of
from tests.scenarios.forges import held_at_github, held_locally
from tests.scenarios.peers import ROWS, played, table
from tests.scenarios.recruiting import shipped
from tests.scenarios.trades import go_on, play
from tools.backends import forge_github, github_checks
from tools.backends.forge import FORGE, Moved
from tools.backends.forge_github import GitHubForge
from tools.backends.forge_local import LocalForge
from tools.backends.github_http import GitHubHttp

NEEDS_A_MODEL = {"translation"}
ELSEWHERE = {"devops"}
WAITED = [(ME, "At COMMIT on top of COMMIT:\n\n\nIn the way:\n")]  # for its author, who brings it up to date
MERGE, NIGHTLY = "Merge pull request 6", "Trigger the nightly.yml pipeline"


@pytest.mark.parametrize("scenario", sorted(ROWS.keys() - ELSEWHERE))
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


def test_github_ends_as_the_local_forge_does_and_every_request_and_answer_is_as_github_describes_it(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL", "playbook")
    for module in (github_checks, forge_github):  # its stand-in's checks are short
        monkeypatch.setattr(module, "_PAUSES", (0.05,) * 400)
    local, real = shipped(tmp_path / "local"), shipped(tmp_path / "real")
    play(local, "devops")
    with closing(world_of(local)) as world:
        forge = world.service(FORGE)
        assert isinstance(forge, LocalForge)
        freshened_local(forge, "orders")
        asked = [play(local, "devops", MERGE), go_on(local), play(local, "devops", NIGHTLY)]
        expected = held_locally(forge)
    with served(real, "devops", ROWS["devops"].peers, postgres) as peers, environment(peers.environ):
        assert peers.github
        assert peers.before_github
        first = play(real, "devops")
        freshened(peers.github.house)
        third = play(real, "devops", "Merge pull request 3")
        freshened(peers.github.house)
        asked_there = [play(real, "devops", MERGE), go_on(real), play(real, "devops", NIGHTLY)]
        held = held_at_github(peers.github.house)
        taken_back(peers.before_github.url, peers.github)

        assert peers.before_github.violations == []
        assert peers.before_github.handed_on > 300
    assert held == replace(expected, comments=expected.comments | {3: WAITED})
    assert [one.outcome.exit_code for one in asked_there] == [one.outcome.exit_code for one in asked] == [3, 0, 0]
    assert (first.outcome.exit_code, third.outcome.exit_code) == (0, 0)


def taken_back(url: str, github: GitHub) -> None:
    """What none of the runs does, so that Prism sees it, too: a label off, our branch up to date, our request shut."""
    http = GitHubHttp(url, github.token)
    forge = GitHubForge(http, REPOSITORY)
    assert forge.label(forge.pull_request(REPOSITORY, 6), "needs-person", on=False)
    own = forge.pull_request(REPOSITORY, 9)
    with pytest.raises(Moved):
        forge.refresh(replace(own, head=own.base))
    assert forge.refresh(own) != own.head
    forge.close(own)
    http.close()

    assert (github.house.pulls[6].labels, github.house.pulls[9].state) == (["flaky"], "closed")


def test_every_scenario_that_runs_without_a_model_has_a_row_and_the_page_shows_it() -> None:
    shipped_ones = {path.parent.name for path in (CHECKOUT / "scenarios").glob("*/scenario.yaml")}

    assert shipped_ones == ROWS.keys() | NEEDS_A_MODEL
    assert table() in (CHECKOUT / "docs" / "backends.md").read_text(encoding="utf-8")
