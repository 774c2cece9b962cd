"""De-agentify: what only reads is answered by turns of the assistant, without a crew."""

import subprocess
import sys
from pathlib import Path

import pytest

from crews.wish import Wish
from testkit.job import AGENTS, TASKS, crews, worker
from testkit.projects import CHECKOUT, make_project, run_in
from testkit.scripted import ScriptedModel
from tests.scenarios.support import project_with_support

_RUN = """
import sys
from pathlib import Path
from crews.runner import start
from crews.wish import Wish
outcome = start(Path(sys.argv[1]), Wish(scenario="support", model="playbook"))
print(outcome.state, "crewai" in sys.modules, outcome.summary)
"""


def test_a_run_of_a_crew_that_only_reads_does_not_even_load_crewai(tmp_path: Path) -> None:
    project = project_with_support(tmp_path / "project")
    environ = {"DEPUTY_HOME": str(tmp_path / "var"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(project)],
        cwd=CHECKOUT,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.startswith("done False The API rate limit is 600 requests a minute"), done.stderr


@pytest.mark.parametrize(("named", "agents"), [(None, False), ("desk", True)])
def test_a_plan_that_only_reads_is_carried_out_in_turns_unless_the_crew_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str | None, agents: bool
) -> None:
    monkeypatch.setattr("crews.equipping.DEFAULT_CREW", "desk")
    project = make_project(tmp_path / "p", agents=AGENTS, tasks=TASKS, crews=crews("planned"))
    model: ScriptedModel = worker()

    outcome, records = run_in(project, Wish(goal="Say which positions are open.", crew=named), model)

    assert outcome.state == "done", outcome.summary
    assert {one.body["step"] for one in records if one.kind == "step.done"} == {"look", "ask_around", "write"}
    last = str(model.requests[-1].messages)
    assert ("Current Task" in last) is agents
    assert "look: " in last
