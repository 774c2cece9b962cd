"""Research, by what it leaves behind: one brief, its claims quoted from listed hosts, whatever pages order."""

from pathlib import Path

import pytest

from runtime.errors import CannotWork, TryAgain
from testkit.projects import home_in
from tests.scenarios.trades import dying, play, shipped, world_of
from tools.backends.web import WEB
from tools.backends.web_sql import WebShelf
from tools.web import Finding, fetch_page, search_web, write_brief

QUESTION = "how well heat pumps work in cold weather"


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


def brief(project: Path, question: str = QUESTION) -> str | None:
    """The brief that the world holds."""
    world = world_of(project, scenario="research")
    try:
        return world.service(WEB).brief(question)
    finally:
        world.close()


def test_a_goal_becomes_one_brief_whose_claims_name_listed_pages_and_a_second_run_writes_none(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    goal = "Research how well heat pumps work in cold weather"
    first, again = play(project, "research", goal), play(project, "research", goal)

    assert (first.outcome.exit_code, again.outcome.exit_code) == (0, 0)
    text = brief(project) or ""
    assert "the median of the heat pumps drew 2.9 kilowatts" in text
    assert text.count("`https://") == 3
    assert "stranger.example" not in text
    assert again.results("write_brief")[0]["already"]
    assert [path.read_text() for path in (first.outcome.folder / "briefs").iterdir()] == [text]


def test_a_claim_without_its_words_on_a_page_that_was_read_is_not_written(tmp_path: Path) -> None:
    world = world_of(shipped(tmp_path / "project"), scenario="research")
    try:
        found = [one["url"] for one in search_web("heat pumps", world=world)["results"]]
        assert "https://stranger.example/heat-pumps" not in found
        with pytest.raises(CannotWork, match="no search found"):
            fetch_page("https://stranger.example/heat-pumps", world=world)
        with pytest.raises(CannotWork, match="no search found"):
            fetch_page(f"{found[0]}?leak=secret", world=world)
        claim = Finding(claim="They never work.", url=found[0], quote="heat pumps never work at all")
        with pytest.raises(TryAgain, match="was not read"):
            write_brief("q", [claim], world=world)
        fetch_page(found[0], world=world)
        with pytest.raises(TryAgain, match="does not stand there"):
            write_brief("q", [claim], world=world)
        with pytest.raises(TryAgain, match="all findings are of one page"):
            write_brief("q", [claim, claim], world=world)
        assert world.service(WEB).brief("q") is None
    finally:
        world.close()


@pytest.mark.parametrize("after", [False, True])
def test_a_run_killed_while_it_writes_goes_on_to_the_same_brief(tmp_path: Path, after: bool) -> None:
    from crews.runner import resume

    project = shipped(tmp_path / "project")
    with dying(WebShelf, "keep", after=after):
        play(project, "research")
    with home_in(project):
        assert resume(project, None, by="user:ana").exit_code == 0

    assert (brief(project) or "").count("`https://") == 3
