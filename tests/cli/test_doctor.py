"""`deputy doctor`: each check finds what is wrong, says how to mend it, and shows no secret."""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from agents.models import ModelsFile
from cli import checks
from cli.checks import Check
from cli.main import deputy
from crews.config import load_config
from runtime.errors import TryLater
from runtime.yamlfile import load_yaml
from testkit.endpoint import Endpoint
from tests.cli.conftest import Call


def test_an_empty_project_fails_and_says_where_to_look(call: Call) -> None:
    shown = call("doctor")

    assert shown.exit_code == 4
    assert "config      ✗ fail: " in shown.stdout
    assert "Fix: run 'deputy validate' to see all of it" in shown.stdout
    assert shown.stdout.splitlines()[-1].endswith("1 failed")


def test_json_is_one_object_per_check(call: Call) -> None:
    found = [json.loads(line) for line in call("doctor", "--json").stdout.splitlines()]

    assert {"python", "packages", "bytecode", "uv", "time zones", ".env", "config", "ledger", "disk"} == {
        one["name"] for one in found
    }
    assert all(one["remedy"] for one in found if one["health"] != "ok")


def test_quiet_shows_only_what_is_not_well(call: Call) -> None:
    shown = call("doctor", "-q").stdout

    assert "python" not in shown
    assert "config" in shown


def test_the_house_itself_is_configured(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPUTY_HOME", str(tmp_path))
    monkeypatch.setenv("MODEL", "playbook")

    shown = CliRunner().invoke(deputy, ["doctor", "--json", "--project", str(project)])

    found = {one["name"]: one["health"] for one in map(json.loads, shown.stdout.splitlines())}
    assert found["config"] == "ok"
    assert found["ledger"] == "ok"
    assert {found["calendar"], found["mail"], found["records"], found["embeddings"]} == {"ok"}


@pytest.mark.parametrize(("found", "health"), [((3, 10), "fail"), ((3, 11), "ok"), ((3, 13), "ok"), ((3, 14), "fail")])
def test_only_a_python_that_deputy_runs_on_is_well(found: tuple[int, int], health: str) -> None:
    assert checks.python(found).health == health


def test_an_env_file_that_others_can_read_is_reported_without_its_values(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("OPENAI_API_KEY=sk-very-secret\n")
    path.chmod(0o644)
    open_to_all = checks.env_file(path)
    path.chmod(0o600)

    assert (open_to_all.health, checks.env_file(path).health) == ("warn", "ok")
    assert open_to_all.remedy == f"run 'chmod 600 {path}'"
    assert "secret" not in str(open_to_all)


def test_a_key_is_never_shown(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPUTY_HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-0123456789")

    shown = CliRunner().invoke(deputy, ["doctor", "--project", str(project)])

    assert "secret" not in shown.output


def test_uv_that_is_not_on_the_path_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "uv").write_text("#!/bin/sh\n")
    (tmp_path / "uv").chmod(0o755)

    assert checks.uv(str(tmp_path)).health == "ok"
    assert checks.uv(str(tmp_path / "elsewhere")).health == "warn"


def test_time_zones_are_known() -> None:
    assert checks.time_zones().health == "ok"


@pytest.mark.parametrize(("free", "health"), [(10_000_000, "fail"), (200_000_000, "warn"), (10_000_000_000, "ok")])
def test_little_room_on_the_disk_is_said_in_time(tmp_path: Path, free: int, health: str) -> None:
    assert checks.disk(tmp_path, free=free).health == health


def test_a_ledger_that_cannot_be_written_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    monkeypatch.setenv("DEPUTY_HOME", str(tmp_path / "taken"))

    found = list(checks.all_checks(tmp_path, os.environ))

    assert next(one for one in found if one.name == "ledger").health == "fail"


def test_a_server_that_listens_is_reached_and_one_that_does_not_is_named_without_its_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        up = checks.reachable("mail", "smtp", f"smtp://user:secret@127.0.0.1:{port}")
    down = checks.reachable("mail", "smtp", f"smtp://user:secret@127.0.0.1:{port}")

    assert up == Check("mail", "ok", f"smtp at 127.0.0.1:{port}")
    assert down.health == "fail"
    assert "secret" not in str(down)
    assert down.remedy == "start it, or correct SMTP_URL"


def test_without_a_model_the_playbooks_are_named(project: Path) -> None:
    config = _Models(project)

    assert checks.model(config, {"MODEL": "playbook"}).health == "warn"  # type: ignore[arg-type]  # only .models is used


class _Models:
    def __init__(self, project: Path) -> None:
        data: Mapping[str, object] = load_yaml(project / "config" / "models.yaml").data
        self.models = ModelsFile.model_validate(data)


def test_what_embeds_is_tried_with_a_word(project: Path) -> None:
    config = load_config(project)
    config = replace(config, settings=config.settings.model_copy(update={"embeddings": "endpoint"}))
    with Endpoint() as endpoint:
        there = checks.embeddings(config, {"EMBEDDINGS_URL": endpoint.url, "EMBEDDINGS_MODEL": "letters"})

    assert (there.health, there.found.partition(" at ")[0]) == ("ok", "letters")
    assert there.found.endswith("256 numbers for each text")
    assert endpoint.requests[0]["input"] == ["word"]
    with pytest.raises(TryLater, match="cannot be reached"):
        checks.embeddings(config, {"EMBEDDINGS_URL": "http://127.0.0.1:1/v1", "EMBEDDINGS_MODEL": "letters"})
