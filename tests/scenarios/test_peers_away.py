"""What a user sees when a real server is not there, refuses or dies: which one, the way out; nothing is done twice."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml

from cli.main import deputy
from crews.runner import resume
from testkit.crashplay import environment
from testkit.github import REPOSITORY
from testkit.moto import Moto
from testkit.peers import Peer, configured, served
from testkit.postgres import Postgres
from testkit.projects import home_in
from testkit.radicale import Radicale, free_port, revived
from tests.scenarios.peers import played, world_left
from tests.scenarios.recruiting import shipped
from tests.scenarios.trades import play
from tools.backends.caldav_store import CaldavStore, Stored


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
        outcome = play(project, "report").outcome
        received = peers.post.received

    assert (outcome.state, outcome.exit_code) == ("failed", 1)
    assert "sent to 0 of 2" in outcome.summary
    assert "554 not from here" in outcome.summary
    assert "who all had it" not in outcome.summary
    assert received == []


NOWHERE = f"127.0.0.1:{free_port()}"
LOGIN = {"CALDAV_USERNAME": "x", "CALDAV_PASSWORD": "hidden", "GITHUB_TOKEN": "hidden"}
WRONG: dict[str, tuple[str, Peer, dict[str, str], int, tuple[str, ...]]] = {
    "no calendars": (
        *(
            "scheduling",
            "caldav",
            {"CALDAV_URL": f"http://{NOWHERE}/", "CALDAV_USERNAME": "x", "CALDAV_PASSWORD": "hidden"},
            1,
        ),
        ("no CalDAV server answers", "correct CALDAV_URL"),
    ),
    "no login to calendars": (
        *("scheduling", "caldav", {"CALDAV_PASSWORD": "hidden"}, 4),
        ("refuses the login 'deputy'", "correct CALDAV_USERNAME and CALDAV_PASSWORD"),
    ),
    "no mail server": (
        *("report", "smtp", {"SMTP_URL": f"smtp://x:hidden@{NOWHERE}"}, 1),
        (f"the mail server {NOWHERE} does not answer", "correct SMTP_URL"),
    ),
    "no AWS": (
        *("finops", "aws", Moto(f"http://{NOWHERE}").environ | {"AWS_SECRET_ACCESS_KEY": "hidden"}, 1),
        ("AWS does not answer", "correct AWS_REGION or AWS_ENDPOINT_URL"),
    ),
    "no GitHub": (
        *(
            "devops",
            "github",
            {"GITHUB_API_URL": f"http://{NOWHERE}", "GITHUB_TOKEN": "hidden", "GITHUB_REPOSITORY": "x/y"},
            1,
        ),
        ("GitHub did not answer", "correct GITHUB_API_URL"),
    ),
    "no login to GitHub": (
        *("devops", "github", {"GITHUB_TOKEN": "hidden"}, 4),
        ("GitHub refuses the login: Bad credentials", "correct GITHUB_TOKEN"),
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_server_that_is_not_there_or_refuses_the_login_is_named_with_the_setting_to_correct(
    wrong: str,
    tmp_path: Path,
    postgres: Postgres,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    scenario, peer, environ, expected, words = WRONG[wrong]
    project = small(shipped(tmp_path / "project"))
    monkeypatch.chdir(project)
    monkeypatch.setenv("DEPUTY_HOME", str(project / "var"))
    monkeypatch.setenv("MODEL", "playbook")
    with ExitStack() as opened:
        if wrong.startswith("no login"):
            environ = opened.enter_context(served(project, scenario, (peer,), postgres)).environ | environ
        else:
            configured(project, (peer,))
        opened.enter_context(environment(environ))
        code = deputy.main(["run", "-s", scenario], standalone_mode=False)

    told = " ".join(capsys.readouterr().err.split())
    assert code == expected
    assert all(one in told for one in words), told
    assert "hidden" not in told


def test_a_mail_server_that_dies_between_two_mails_is_named_and_the_next_run_sends_the_other_one_once(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL", "playbook")
    project = shipped(tmp_path / "project")
    with served(project, "report", ("smtp",), postgres) as peers, environment(peers.environ):
        assert peers.post
        peers.post.die_after(1)
        first = play(project, "report").outcome
        assert (first.exit_code, len(peers.post.received)) == (1, 1)
        assert first.error
        assert "SMTP_URL" in first.error.remedy
        peers.post.behave()
        again = play(project, "report").outcome

        assert again.exit_code == 0
        to = sorted(str(one["To"]) for one in peers.post.received)
        assert (len(to), len(set(to))) == (2, 2)


def test_a_calendar_server_that_is_killed_while_it_books_is_named_and_everything_is_booked_once_when_it_is_back(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL", "playbook")
    embedded, real = shipped(tmp_path / "embedded"), shipped(tmp_path / "real")
    expected = played(embedded, "scheduling", (None,)).worlds[-1]
    with served(real, "scheduling", ("caldav",), postgres) as peers, environment(peers.environ):
        assert peers.calendars
        with killing(peers.calendars, nth=2):
            first = play(real, "scheduling").outcome
        assert (first.state, first.exit_code) == ("waiting", 3)
        assert "CALDAV_URL" in first.summary
        with revived(peers.calendars):
            with home_in(real):
                done = resume(real, first.run, by="user:ana")
            left = world_left(real, "scheduling")

    assert done.exit_code == 0
    assert left == expected


def test_answers_of_github_that_are_lost_and_a_github_that_dies_leave_nothing_undone_and_nothing_twice(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL", "playbook")
    project = small(shipped(tmp_path / "project"))
    with served(project, "devops", ("github",), postgres) as peers:
        assert peers.github
        github = peers.github
        with environment(peers.environ | github.environ):
            github.lose("POST", "git-receive-pack")
            github.lose("POST", "/pulls")
            github.lose("POST", "/comments")
            github.die_at("PUT", "/merge")
            first = play(project, "devops").outcome
            assert (first.state, first.exit_code) == ("waiting", 3)
            assert "GITHUB_API_URL" in first.summary
            github.start()
            with home_in(project):
                done = resume(project, first.run, by="user:ana")

    assert done.exit_code == 0
    assert [one.branch for one in github.house.pulls.values()] == ["tax-names", "deputy/ORD-101"]
    assert github.seen.count(("PUT", f"/repos/{REPOSITORY}/pulls/1/merge")) == 1
    history = github.house.git.run("log", "--first-parent", "--format=%s", "main").splitlines()
    assert [one.startswith("Merge pull request") for one in history] == [True, False, False]
    assert [len(one.comments) for one in github.house.pulls.values()] == [0, 1]


def small(project: Path) -> Path:
    """The project with one open pull request and one change in the DevOps demo."""
    world = project / "scenarios" / "devops" / "world"
    for file, key in (("requests.yaml", "requests"), ("changes.yaml", "changes")):
        said = yaml.safe_load((world / file).read_text(encoding="utf-8"))
        (world / file).write_text(yaml.safe_dump(said | {key: said[key][:1]}), encoding="utf-8")
    for patch in (world / "repository").glob("*.patch"):
        if patch.stem not in ("main", "tax-names", "cents-rounded"):
            patch.unlink()
    return project


@contextmanager
def killing(server: Radicale, *, nth: int) -> Iterator[None]:
    """Within the block, the server is killed just after it has taken the nth entry."""
    put, count = CaldavStore.put, itertools.count(1)

    def puts(self: CaldavStore, href: str, text: str, *, over: Stored | None = None) -> Stored | None:
        taken = put(self, href, text, over=over)
        if next(count) == nth:
            server.process.kill()
            server.process.wait()
        return taken

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CaldavStore, "put", puts)
        yield
