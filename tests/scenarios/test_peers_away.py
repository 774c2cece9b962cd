"""What a user sees when a real server is not there or refuses: which one, and the way out; nothing half done."""

from pathlib import Path

import pytest

from cli.main import deputy
from testkit.crashplay import environment
from testkit.peers import Peer, served
from testkit.postgres import Postgres
from testkit.radicale import free_port
from tests.scenarios.recruiting import shipped
from tests.scenarios.trades import play


@pytest.mark.parametrize("setting", ["RECORDS_URL", "DATABASE_URL"])
@pytest.mark.parametrize("wrong", ["down", "unknown database"])
def test_a_database_that_cannot_be_used_is_named_with_the_settings_to_correct(
    setting: str,
    wrong: str,
    tmp_path: Path,
    postgres: Postgres,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = shipped(tmp_path / "project")
    address = f"postgresql://deputy:hidden@127.0.0.1:{free_port()}/records"
    if wrong != "down":
        address = postgres.database().replace("/test", "/nowhere")
    monkeypatch.chdir(project)
    monkeypatch.setenv("DEPUTY_HOME", str(project / "var"))
    monkeypatch.setenv("MODEL", "playbook")
    peers: tuple[Peer, ...] = ("postgres",) if setting == "RECORDS_URL" else ()
    with served(project, "crm", peers, postgres), environment({setting: address}):
        code = deputy.main(["run", "-s", "crm"], standalone_mode=False)

    told = " ".join(capsys.readouterr().err.split())
    assert code == 4
    assert "a PostgreSQL server cannot be used" in told
    assert ("Connection refused" if wrong == "down" else "does not exist") in told
    assert setting in told
    assert "hidden" not in told


def test_a_report_that_no_mail_server_takes_is_not_said_to_have_arrived(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL", "playbook")
    project = shipped(tmp_path / "project")
    with served(project, "report", ("smtp",), postgres) as peers, environment(peers.environ):
        assert peers.post is not None
        peers.post.refuse("mail", "554 not from here")
        [*_, said] = play(project, "report").only("step.done")
        received = peers.post.received

    assert "sent to 0 of 2" in said["output"]
    assert "554 not from here" in said["output"]
    assert "who all had it" not in said["output"]
    assert received == []
