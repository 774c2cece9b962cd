"""What is said about broken configurations: the exact words, the exact place, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config.house import FILES, build, edited, problems

AGENTS = "config/agents.yaml"
TASKS = "config/tasks.yaml"
CREWS = "config/crews.yaml"
POLICIES = "config/policies.yaml"
SETTINGS = "config/settings.yaml"
SCENARIO = "scenarios/leaflet/scenario.yaml"

Mistake = tuple[str, str, str, str]
"""A file, a text in it, what stands there instead, and what is said."""


def _mistakes() -> Iterator[Mistake]:
    """The table in mistakes.txt."""
    file, parts = "", {"-": "", "+": "", "=": ""}
    for line in Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8").splitlines():
        sign, text = line[:1], line[2:]
        if sign == "#":
            file = text
        elif sign in parts:
            parts[sign] = f"{parts[sign]}\n{text}" if parts[sign] else text
        elif not line and parts["="]:
            yield file, parts["-"], parts["+"], parts["="]
            parts = dict.fromkeys(parts, "")
    yield file, parts["-"], parts["+"], parts["="]


MISTAKES = list(_mistakes())


@pytest.mark.parametrize(("file", "old", "new", "said"), MISTAKES, ids=[f"{one[0]}:{one[3]}" for one in MISTAKES])
def test_a_mistake_is_told_once_and_exactly(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    project = build(tmp_path, edited(file, (old, new)))

    assert [str(one) for one in problems(project)] == [f"{file}:{said}"]


def test_the_table_of_mistakes_is_read_whole() -> None:
    assert len(MISTAKES) >= 80
    assert all(all(mistake) for mistake in MISTAKES if mistake[2])


def test_five_mistakes_in_three_files_are_told_at_once(tmp_path: Path) -> None:
    changes = {
        **edited(AGENTS, ("  goal: Write", "  gaol: Write"), ("[look]", "[lok]")),
        **edited(TASKS, ("[draft]", "[drft]")),
        **edited(POLICIES, ("deny", "denny"), ("usd: 1.5", "usd: -1")),
    }

    assert [str(one) for one in problems(build(tmp_path, changes))] == [
        "config/agents.yaml:7:3: unknown key 'gaol'; did you mean 'goal'?",
        "config/agents.yaml:14:11: unknown tool 'lok'; did you mean 'look'?",
        "config/policies.yaml:1:48: 'usd' must be at least 0, not '-1'",
        "config/policies.yaml:2:1: unknown key 'denny'; did you mean 'deny'?",
        "config/tasks.yaml:11:13: unknown task 'drft'; did you mean 'draft'?",
    ]


def test_a_syntax_error_ends_only_its_own_file_and_blames_no_other(tmp_path: Path) -> None:
    changes = {**edited(AGENTS, ("goal: Write well.", "goal: [")), **edited(POLICIES, ("deny", "denny"))}

    assert [one.where for one in problems(build(tmp_path, changes))] == [
        "config/agents.yaml:7:9",
        "config/policies.yaml:2:1",
    ]


@pytest.mark.parametrize("missing", [path for path in FILES if path.startswith("config/")])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    found = [str(one) for one in problems(build(tmp_path, {missing: None}))]

    stem = Path(missing).stem
    assert found == [
        f"{missing}: there is no such file; every project needs one; config/schema/{stem}.json describes it"
    ]


@pytest.mark.parametrize("empty", [path for path in FILES if path.startswith("config/")])
def test_an_empty_file_is_refused(tmp_path: Path, empty: str) -> None:
    found = [str(one) for one in problems(build(tmp_path, {empty: "# nothing yet\n"}))]

    assert found == [f"{empty}:1:1: the file is empty; write '{{}}' if that is meant"]


def test_a_file_that_nothing_reads_is_refused(tmp_path: Path) -> None:
    changes: dict[str, str | None] = {
        "config/policy.yaml": "deny: [post]\n",
        "config/agents/extra.yml": "role: Extra\n",
        "config/task/other.yaml": "description: x\n",
        "config/README.md": "Words.\n",
    }

    assert [str(one) for one in problems(build(tmp_path, changes))] == [
        "config/agents/extra.yml: nothing reads this file; let its name end in .yaml",
        "config/policy.yaml: nothing reads this file; did you mean 'policies.yaml'?",
        "config/task: nothing reads this folder; did you mean 'tasks'?",
    ]


def test_the_same_role_in_two_files_is_refused(tmp_path: Path) -> None:
    card = "role: Scribe\ngoal: Write.\nbackstory: You write.\n"

    assert [str(one) for one in problems(build(tmp_path, {"config/agents/writer.yaml": card}))] == [
        "config/agents/writer.yaml:1:1: 'writer' is in config/agents.yaml:5:1 already; keep one of them"
    ]


def test_names_that_plans_cannot_use_are_refused(tmp_path: Path) -> None:
    card = "role: Scribe\ngoal: Write.\nbackstory: You write.\n"

    [found] = problems(build(tmp_path, {"config/agents/Head-Writer.yaml": card}))

    assert found.where == "config/agents/Head-Writer.yaml:1:1"
    assert found.message == "'Head-Writer' cannot be a name"
    assert found.hint == "use lower-case letters, digits and '_', beginning with a letter"


def test_a_scenario_cannot_give_a_read_only_crew_a_tool_that_changes_things(tmp_path: Path) -> None:
    changes = edited(
        SCENARIO, ("crew: press", "crew: desk"), ("  writer: {model: strong}", "  reader: {tools: [look, post]}")
    )

    [found] = problems(build(tmp_path, changes))

    assert found.where == f"{SCENARIO}:3:1"
    assert found.message == "crew 'desk' is read-only, but its role 'reader' has 'post' (effect: send)"


def test_a_secret_is_never_repeated(tmp_path: Path) -> None:
    key = "sk-abcdefghijklmnop1234"
    changes = {
        **edited(AGENTS, ("[look, note]", f"[look, {key}]")),
        **edited(TASKS, ("{look: 2, note: 1}", "{api_key: hush-hush}")),
        **edited(CREWS, ("manager: manager", f"manager: {key}")),
        **edited(SETTINGS, ("assistant", f"mail: {key}\ntoken: {key}\nassistant")),
    }

    found = [str(one) for one in problems(build(tmp_path, changes))]

    assert len(found) == 5
    assert all("looks like a secret" in one for one in found)
    assert not any(secret in one for one in found for secret in (key, "hush-hush"))
