"""Approvers get one mail each, with what they need to answer; its token answers once, as them, and nothing else."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agents.chat import Request
from cli.main import deputy
from crews.answers import answer_by_token, pending
from crews.notices import remind
from crews.wish import Wish
from runtime.clock import FixedClock
from runtime.errors import Denied, UsageError
from testkit.job import AGENTS, TASKS, crews
from testkit.projects import SETTINGS, home_in, make_project, records_of, run_in
from testkit.scripted import Answer, ScriptedModel, call
from tools.backends.mail_maildir import MaildirMailbox

POLICIES = """
budget: {model_calls: 50, tool_calls: 50, usd: 1, minutes: 5}
approvers:
  lead: ["user:ben <ben@house.example>", "cy@house.example"]
  boss: ["dana@house.example"]
approval: {expires_minutes: 60, escalate: {to: [boss], minutes: 60}}
rules:
  - id: house.looking
    tools: [find_people]
    verdict: ask
    reason: somebody reads who is looked up
    approvers: [lead]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose run waits for people, with two equal asks."""
    settings = f"{SETTINGS}url: https://deputy.house.example\n"
    folder = make_project(
        tmp_path / "p", settings=settings, agents=AGENTS, tasks=TASKS, crews=crews("sequential"), policies=POLICIES
    )
    outcome, _ = run_in(folder, Wish(goal="Who can help?", crew="desk", principal="user:ana"), ScriptedModel(worked))
    assert outcome.exit_code == 3
    return folder


def worked(request: Request) -> Answer:
    offered = sorted(tool["function"]["name"] for tool in request.tools)
    if any(one["role"] == "tool" for one in request.messages):
        return "It is done."
    if offered == ["find_people"]:
        return [call("find_people", team="data platform"), call("find_people", team="people\u200b")]
    return [call("list_positions")]


def mails(project: Path) -> dict[str, EmailMessage]:
    """The newest mail to each."""
    box = MaildirMailbox(project / "var" / "mail")
    try:
        return {str(one["To"]): one for one in box.sent()}
    finally:
        box.close()


def words(mail: EmailMessage) -> str:
    return str(mail.get_content())


def token_for(project: Path, who: str) -> str:
    found = re.search(r"deputy approve --token (\S+)", words(mails(project)[who]))
    assert found
    return found[1]


def answered(project: Path, token: str, verdict: str = "approved", *, minutes: int = 0) -> bool:
    clock = FixedClock(datetime.now(UTC) + timedelta(minutes=minutes))
    with home_in(project):
        _, ready = answer_by_token(project, token, verdict, reason="because", clock=clock)  # type: ignore[arg-type]  # a word
        return ready


def test_each_approver_gets_one_mail_about_all_equal_asks(project: Path) -> None:
    told = mails(project)

    assert sorted(told) == ["ben@house.example", "cy@house.example"]
    text = words(told["ben@house.example"])
    assert "user:ana wants: Who can help?" in text
    assert "2 calls of find_people (effect: read)" in text
    assert "somebody reads who is looked up (rule house.looking)" in text
    assert "people\\u{200b}" in text
    assert "after that boss will be asked" in text
    assert f"https://deputy.house.example/approve?token={token_for(project, 'ben@house.example')}" in text


def test_a_token_answers_all_of_them_as_its_person_and_once(project: Path) -> None:
    token = token_for(project, "ben@house.example")

    assert answered(project, token)
    with pytest.raises(Denied, match="used before"):
        answered(project, token, "denied")
    with pytest.raises(UsageError, match="nothing that the token is about"):
        answered(project, token_for(project, "cy@house.example"))


def test_the_answer_keeps_who_gave_it_and_in_which_role(project: Path) -> None:
    with home_in(project):
        one, _ = pending(project)
        answer_by_token(project, token_for(project, "ben@house.example"), "approved", prefix=one.asked.approval)

    [given] = [one.body for one in records_of(project, one.run) if one.kind == "approval.answered"]
    assert (given["by"], given["role"], given["verdict"]) == ("user:ben", "lead", "approved")


def test_after_the_deadline_the_tokens_end_and_others_are_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from crews import notices

    token = token_for(project, "ben@house.example")
    with pytest.raises(Denied, match="expired"):
        answered(project, token, minutes=61)
    later = datetime.now(UTC) + timedelta(minutes=61)
    monkeypatch.setattr(notices, "SystemClock", lambda: FixedClock(later))
    with home_in(project):
        told = [notices.remind(project, {one.run for one in pending(project)}) for _ in range(2)]

    assert told == [1, 0]
    assert answered(project, token_for(project, "dana@house.example"), minutes=62)


def test_a_token_works_at_the_command_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_for(project, "cy@house.example")

    def command(*given: str) -> Result:
        with home_in(project):
            return CliRunner().invoke(deputy, ["--project", str(project), *given])

    assert command("deny", "--token", token, "-m", "not now", "--later").exit_code == 0
    assert command("approve", "--token", token).exit_code == 5
    assert command("approve", "--token", "e30.e30").exit_code == 5
    assert command("approve").exit_code == 2
    assert "Nothing waits" in command("approvals").output


def test_a_mail_that_cannot_leave_is_recorded_and_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")
    settings = SETTINGS.replace("mail: maildir", "mail: smtp")
    folder = make_project(
        tmp_path / "p", settings=settings, agents=AGENTS, tasks=TASKS, crews=crews("sequential"), policies=POLICIES
    )

    outcome, records = run_in(folder, Wish(goal="Who can help?", crew="desk"), ScriptedModel(worked))

    noted = [one.body for one in records if one.kind == "approval.notified"]
    assert outcome.exit_code == 3
    assert [(one["told"], bool(one["error"])) for one in noted] == [([], True)] * 2


def test_further_places_are_told_once_and_get_no_token(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with heard() as (url, notes), home_in(project):
        monkeypatch.setenv("DEPUTY_NOTIFY", url)
        runs = {one.run for one in pending(project)}
        told = [remind(project, runs), remind(project, runs)]

    assert told == [1, 0]
    [note] = notes
    assert note["title"] == "Deputy asks: allow 2 calls of find_people?"
    assert "somebody reads who is looked up (rule house.looking)" in note["message"]
    assert "token" not in note["message"]


@contextmanager
def heard() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A place that takes notes as JSON, and what it was sent."""
    notes: list[dict[str, str]] = []

    class Place(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            notes.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Place)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"json://127.0.0.1:{server.server_port}/", notes
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def test_nothing_in_a_notice_is_a_secret_of_the_ledger(project: Path) -> None:
    key = next((project / "var" / "keys").glob("ledger-*.key")).read_text().strip()
    with home_in(project):
        run = pending(project)[0].run

    told = json.dumps([one.body for one in records_of(project, run)])
    token = token_for(project, "ben@house.example")
    assert key not in words(mails(project)["ben@house.example"])
    assert token not in told
