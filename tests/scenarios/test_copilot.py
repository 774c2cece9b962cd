"""The copilot explains code and suggests changes as text; the repository is as it was."""

import subprocess
from pathlib import Path

import pytest

from crews.answering import scripted
from crews.assistant import Assistant
from testkit.projects import home_in, records_of
from testkit.scripted import ScriptedModel, call
from tests.scenarios.support import project_with_support

PATCH = """The total is rounded half to even [orders/total.py:1].

```diff
--- a/orders/total.py
+++ b/orders/total.py
@@ -1 +1 @@
-CENT = Decimal("0.01")
+CENT = Decimal("0.05")
```"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project_with_support(tmp_path_factory.mktemp("copilot") / "project")


def _git(folder: Path, *words: str) -> str:
    user = ("-c", "user.name=Ana", "-c", "user.email=ana@house.example")
    return subprocess.run(["git", *user, *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def _repository(folder: Path) -> Path:
    (folder / "orders").mkdir(parents=True)
    (folder / "orders" / "total.py").write_text('CENT = Decimal("0.01")\n# rounded half to even\n', encoding="utf-8")
    _git(folder, "init", "-q")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-qm", "first")
    return folder


@pytest.mark.statement("assistant", 3)
def test_a_patch_is_text_and_the_tree_is_as_it_was(project: Path, tmp_path: Path) -> None:
    repository = _repository(tmp_path / "repository")
    tree = _git(repository, "rev-parse", "HEAD^{tree}")
    commits = [call("merge_pull_request", request=1), call("propose_change", change="x")]
    model = ScriptedModel([commits, PATCH])
    with home_in(project):
        script = scripted("model", "", model)
        with Assistant(project, "copilot", inputs={"code": repository}, answering=script) as assistant:
            answer = assistant.ask("How is the total rounded? Suggest a patch for five cents.")

    assert (answer.text, answer.doubts) == (PATCH, [])
    assert _git(repository, "rev-parse", "HEAD^{tree}") == tree
    assert _git(repository, "status", "--porcelain") == ""
    decided = [one.body for one in records_of(project, answer.run) if one.kind == "call.decided"]
    assert [(one["tool"], one["verdict"]) for one in decided] == [
        ("search_code", "allow"),
        ("merge_pull_request", "deny"),
        ("propose_change", "deny"),
    ]


def test_without_a_model_the_places_are_shown_with_their_lines(project: Path) -> None:
    with home_in(project), Assistant(project, "copilot") as assistant:
        answer = assistant.ask("How is the total of an order rounded?")

    assert answer.text.startswith("[orders/total.py:1]\n```\n")
    assert "ROUND_HALF_EVEN" in answer.text


def test_what_the_copilot_says_of_code_that_it_has_not_read_is_marked(project: Path) -> None:
    model = ScriptedModel(["Stock is kept in a database with 12 tables [orders/stock.py:1]."])
    with home_in(project), Assistant(project, "copilot", answering=scripted("model", "", model)) as assistant:
        [doubt] = assistant.ask("Where is the stock reserved on the shelf?").doubts

    assert "'12' does not stand in" in doubt.why
