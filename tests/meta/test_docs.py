"""What the documentation shows is so: code runs, YAML is valid, commands exist, links lead somewhere."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pydantic import BaseModel

from agents.models import ModelsFile
from crews.config import load_config
from crews.foreign.spec import ToolsFile
from crews.scenario import ScenarioSpec
from crews.timetable import LimitsFile, read_timetable
from crews.wish import Wish
from docs.reference.variables import READ
from guard.policy import PolicyFile
from runtime.checked import checked
from runtime.settings import Settings
from runtime.yamlfile import parse_yaml
from scenarios.recruiting.positions import load_positions
from testkit.job import worker
from testkit.projects import CHECKOUT, home_in, make_project, run_in, with_scenarios
from tests.meta.commands import command_lines, problem, settings
from tests.meta.pages import ROOT, Block, anchors, blocks, blocks_of, links, pages
from tools.accounts import load_accounts
from tools.backends.forge_house import HouseRules
from tools.changes import load_changes
from tools.directory import Directory
from tools.extracting.form import load_form
from tools.focus import Desk
from tools.resumes.job import load_job
from tools.translation import load_glossary

LANGUAGES = {"python", "yaml", "sh", "console", "env", "text"}
VARIABLES = {name for rows in READ.values() for name in rows}


def test_every_block_says_what_it_is_and_yaml_says_what_for() -> None:
    assert [str(one) for one in blocks() if one.language not in LANGUAGES] == []
    assert [str(one) for one in blocks("yaml") if not one.about] == []


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_in_the_documentation_runs(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    exec(compile(block.text, str(block), "exec"), {"__name__": "documentation"})


READERS: dict[str, Callable[[Path], object]] = {
    "accounts": load_accounts,
    "job": load_job,
    "people": Directory.load,
    "positions": load_positions,
    "changes": load_changes,
    "form": load_form,
    "glossary": load_glossary,
    "schedules": lambda file: read_timetable(_as_project(file)),
}
MODELS: dict[str, type[BaseModel]] = {
    "models": ModelsFile,
    "limits": LimitsFile,
    "policies": PolicyFile,
    "settings": Settings,
    "scenario": ScenarioSpec,
    "tools": ToolsFile,
    "desk": Desk,
    "house": HouseRules,
}


def _as_project(file: Path) -> Path:
    """A folder in which the file is a file of the configuration."""
    (file.parent / "config").mkdir()
    shutil.copy(file, file.parent / "config" / file.name)
    return file.parent


def _problems(kind: str, text: str, folder: Path) -> list[str]:
    """What is wrong with a block of YAML that claims to be of that kind."""
    if kind in READERS:
        (folder / f"{kind}.yaml").write_text(text, encoding="utf-8")
        READERS[kind](folder / f"{kind}.yaml")
        return []
    located = parse_yaml(text, kind)
    return [str(one) for one in [*located.problems, *checked(MODELS[kind], located)[1]]]


@pytest.mark.parametrize("block", [one for one in blocks("yaml") if ":" not in one.about], ids=str)
def test_yaml_in_the_documentation_is_what_it_claims_to_be(block: Block, tmp_path: Path) -> None:
    assert block.about in {*READERS, *MODELS}
    assert _problems(block.about, block.text, tmp_path) == []


def _followed(page: str, folder: Path) -> Path:
    """A project in which everything was written that the page says to write."""
    shipped = (CHECKOUT / "config" / "settings.yaml").read_text(encoding="utf-8")
    project = with_scenarios(make_project(folder / "deputy", settings=shipped))
    for words in (found for block in blocks_of(page) for found in command_lines(block) if block.language == "sh"):
        if words[0] == "cp":
            _copy(project, *words[2:])
    for block in blocks_of(page):
        how, _, path = block.about.partition(":")
        if block.language != "yaml" or not path:
            continue
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        before = (project / path).read_text(encoding="utf-8") if how == "add" else ""
        (project / path).write_text(before + block.text, encoding="utf-8")
    return project


def _copy(project: Path, source: str, target: str) -> None:
    for path in (project / source).rglob("*"):
        if path.is_file():
            copy = project / target / path.relative_to(project / source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())


def test_whoever_follows_the_tutorial_gets_a_run_in_which_the_courier_invites(tmp_path: Path) -> None:
    from crews.runner import start

    project = _followed("docs/tutorial.md", tmp_path)
    for path in (project / "scenarios/analytics/world/resumes").iterdir():
        if path.suffix in (".pdf", ".docx"):  # the others are enough, and quickly read
            path.unlink()
    with home_in(project):
        outcome = start(project, Wish(scenario="analytics", model="playbook"))

    report = (outcome.folder / "report.md").read_text(encoding="utf-8")
    assert outcome.state == "done", outcome.summary
    assert "**invite** (courier, after schedule)" in report
    assert "2 interviews booked" in report
    assert "6 invitations sent" in report


def test_the_change_that_the_tutorial_calls_wrong_is_refused_with_its_line(tmp_path: Path) -> None:
    from runtime.problems import ConfigProblems

    project = _followed("docs/tutorial.md", tmp_path)
    file = project / "scenarios" / "analytics" / "scenario.yaml"
    wrong = "invite: {role: courier, tools: {draft_rejection: 1}}"
    assert wrong in (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    file.write_text(file.read_text(encoding="utf-8").replace("invite: {role: courier}", wrong), encoding="utf-8")

    with pytest.raises(ConfigProblems, match="role 'courier' does not have the tool 'draft_rejection'"):
        load_config(project)


def test_the_crew_of_the_page_on_crews_reaches_its_goal(tmp_path: Path) -> None:
    project = _followed("docs/roles-and-crews.md", tmp_path)

    outcome, records = run_in(project, Wish(goal="Tell me which positions are open.", crew="desk"), worker())

    assert outcome.state == "done", outcome.summary
    done = [one.body["step"] for one in records if one.kind == "step.done"]
    assert set(done) == {"look", "ask_around", "sum_up"}
    assert done[-1] == "sum_up"


SHOWN = [(block, found) for block in blocks("sh", "console") for found in command_lines(block)]


@pytest.mark.parametrize(("block", "found"), SHOWN, ids=[f"{block} {' '.join(found)}"[:80] for block, found in SHOWN])
def test_a_command_in_the_documentation_exists_with_its_options(block: Block, found: list[str]) -> None:
    assert problem(found) == ""
    if "crewai" in found or "deputy" in found:
        assert set(settings(found)) <= VARIABLES


def test_the_check_of_commands_finds_what_does_not_exist() -> None:
    assert "there is no command" in problem(["deputy", "dance"])
    assert "No such option" in problem(["deputy", "new", "role", "--fast", "clerk"])
    assert "has no" in problem(["make", "coffee"])


def test_settings_in_the_documentation_are_variables_that_are_read() -> None:
    shown = {line.partition("=")[0] for block in blocks("env") for line in block.text.splitlines()}
    example = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.M))

    assert shown | example <= VARIABLES
    assert {"OPENAI_API_KEY", "MODEL", "CALDAV_URL", "SMTP_URL", "RECORDS_URL"} <= example


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    for link in links(page):
        path, _, heading = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not heading or heading in anchors(target), link


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, left = set[Path](), [ROOT / "README.md"]
    while left:
        page = left.pop()
        reached.add(page)
        targets = {(page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link}
        left += [one for one in targets if one.suffix == ".md" and one not in reached]

    assert set(pages()) - reached <= {ROOT / "docs/README.md"}


def test_the_picture_loads_nothing_from_elsewhere() -> None:
    text = (ROOT / "docs/images/run.svg").read_text(encoding="utf-8")

    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert text.count("://") == 1
    assert {one.tag.rpartition("}")[2] for one in root.iter()} <= {"svg", "style", "rect", "path", "circle", "text"}


def test_the_picture_shows_the_run_that_the_readme_tells_of() -> None:
    said = [one.text or "" for one in ElementTree.parse(ROOT / "docs/images/run.svg").getroot().iter()]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    for words in ("17 résumés", "12 invitations"):
        assert words in readme
        assert any(words in one for one in said)
    assert any("playbook, no language model" in one for one in said)


def test_the_changelog_begins_with_what_is_not_released_and_each_line_is_a_sentence() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    entries = re.findall(r"^- (.+(?:\n  .+)*)", text, re.M)

    assert "## [Unreleased]" in text
    assert set(re.findall(r"^### (.+)$", text, re.M)) <= {"Added", "Changed", "Fixed", "Removed", "Security"}
    assert entries
    assert [one for one in entries if not one.endswith(".")] == []
