"""The second run knows what the first learned, and what only a model wrote down leads nobody astray."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crews.lessons import REFUSED
from crews.memories import memory_in
from runtime.facts import Fact
from scenarios.recruiting.lessons import SCREENED
from testkit.projects import home_in
from tests.scenarios.recruiting import Played, play, shipped, world_of

NEW = "Ines Fabre\nines.fabre@mail.example\n\nExperience\n2019 - 2026 Data Engineer, Python and SQL\n"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Played]:
    project = shipped(tmp_path_factory.mktemp("remembering") / "project")
    first = play(project)
    with home_in(project), memory_in(project, "recruiting", {}) as memory:
        now = datetime.now(UTC)
        unread = next(one for one in first.results("list_resumes")[0] if one["file"] == "Dylan_Mercer_Resume.pdf")
        memory.learn(Fact(SCREENED, unread["version"], "recorded, leave it out", False, "a model"), now)
        memory.learn(Fact(REFUSED, "1", "send_invitation in step invite: never on a Friday", True, "user:ana"), now)
    (project / "scenarios" / "recruiting" / "world" / "resumes" / "fabre.txt").write_text(NEW)
    return [first, play(project)]


def test_the_second_run_reads_only_what_is_new_or_waits_for_a_person(runs: list[Played]) -> None:
    read = [{one["file"] for one in run.results("read_resume")} for run in runs]

    assert len(read[0]) == 17
    assert read[1] == {"fabre.txt", "Dylan_Mercer_Resume.pdf", "Scan_2027-01-18.pdf", "vsethi_cv_protected.pdf"}
    assert runs[1].outcome.state == "done"


def test_the_second_run_needs_fewer_calls_and_fewer_tokens(runs: list[Played]) -> None:
    tokens = [sum(one["usage"]["prompt"] for one in run.only("model.called")) for run in runs]
    calls = [len(run.only("tool.done")) for run in runs]

    assert tokens[1] < 0.5 * tokens[0]
    assert calls[1] < 0.8 * calls[0]


def test_everybody_is_still_ranked_the_new_one_too(runs: list[Played]) -> None:
    ranked = [len(run.results("rank_candidates")[0]["ranking"]) for run in runs]

    assert ranked == [15, 16]


def test_a_changed_job_has_every_resume_read_again(tmp_path: Path) -> None:
    project = shipped(tmp_path / "project")
    before = play(project).results("list_resumes")[0]
    job = project / "scenarios" / "recruiting" / "world" / "job.yaml"
    job.write_text(job.read_text() + "\n# another word\n")

    after = play(project)

    assert {one["version"] for one in after.results("list_resumes")[0]}.isdisjoint(one["version"] for one in before)
    assert len(after.results("read_resume")) == 17


def test_what_people_refused_and_why_stands_in_the_managers_brief(runs: list[Played]) -> None:
    briefs = [str(run.only("model.called")[0]["request"]["messages"]) for run in runs]

    assert "never on a Friday" not in briefs[0]
    assert "send_invitation in step invite: never on a Friday" in briefs[1]


def test_each_fact_leads_back_to_the_run_it_came_from(runs: list[Played]) -> None:
    project = runs[0].project
    with home_in(project), memory_in(project, "recruiting", {}) as memory:
        facts = [one for one in memory.recall("", datetime.now(UTC), about=SCREENED, limit=99) if one.trusted]
    world = world_of(project)
    try:
        people = {one["id"] for one in world.ats.candidates("senior-data-engineer")}
    finally:
        world.close()

    assert {one.run for one in facts} == {run.outcome.run for run in runs}
    assert {one.subject for one in facts} <= people
