"""A mail leaves once, through every mailbox; in the folders of one, a person finds it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from runtime.errors import InDoubt, UsageError
from testkit.smtp import SmtpServer
from tools.backends.mail_maildir import MaildirMailbox
from tools.backends.mail_smtp import SmtpMailbox
from tools.backends.protocols import Mailbox


def mail(number: int = 1, to: str = "ann@mail.example", text: str = "Grüße, see you.") -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address("The House", addr_spec="jobs@house.example")
    message["To"] = Address("Ann Lee", addr_spec=to)
    message["Subject"] = f"Interview {number}"
    message["Message-ID"] = f"<{number}@house.example>"
    message.set_content(text)
    return message


def subjects(messages: list[EmailMessage]) -> list[str]:
    return [message["Subject"] for message in messages]


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture(params=["maildir", "smtp"])
def mailbox(request: pytest.FixtureRequest, tmp_path: Path) -> Mailbox:
    if request.param == "maildir":
        return MaildirMailbox(tmp_path)
    server: SmtpServer = request.getfixturevalue("server")
    return SmtpMailbox(server.url, tmp_path)


def test_the_second_mail_with_the_same_message_id_does_not_leave(mailbox: Mailbox) -> None:
    assert [mailbox.send(mail(2)), mailbox.send(mail(1)), mailbox.send(mail(2, text="other words"))] == [
        True,
        True,
        False,
    ]

    assert subjects(mailbox.sent()) == ["Interview 2", "Interview 1"]
    assert mailbox.sent()[0].get_content().strip() == "Grüße, see you."


def test_a_draft_is_kept_and_never_sent(mailbox: Mailbox) -> None:
    assert [mailbox.draft(mail(1)), mailbox.draft(mail(1))] == [True, False]

    assert subjects(mailbox.drafts()) == ["Interview 1"]
    assert mailbox.sent() == []


def test_a_draft_can_be_sent_later_under_its_own_message_id(mailbox: Mailbox) -> None:
    mailbox.draft(mail(1))

    assert mailbox.send(mailbox.drafts()[0])

    assert subjects(mailbox.sent()) == ["Interview 1"]


def test_of_all_mails_those_of_some_message_ids_are_found(mailbox: Mailbox) -> None:
    for number in (1, 2, 3):
        mailbox.send(mail(number))
    mailbox.draft(mail(4))

    assert subjects(mailbox.sent(["<3@house.example>", "<1@house.example>", "<4@house.example>"])) == [
        "Interview 1",
        "Interview 3",
    ]
    assert subjects(mailbox.drafts(["<4@house.example>", "<1@house.example>"])) == ["Interview 4"]
    assert (mailbox.sent([]), mailbox.drafts([])) == ([], [])
    assert mailbox.sent_ids() == {"<1@house.example>", "<2@house.example>", "<3@house.example>"}


def test_a_mail_that_a_person_says_has_left_is_among_those_that_left(tmp_path: Path, server: SmtpServer) -> None:
    mailbox = SmtpMailbox(server.url, tmp_path)
    server.drop("accepted")
    with pytest.raises(InDoubt):
        mailbox.send(mail(1))
    assert mailbox.sent_ids() == set()

    mailbox.settle("<1@house.example>", left=True)

    assert mailbox.sent_ids() == {"<1@house.example>"}


def test_a_mail_without_message_id_is_refused(mailbox: Mailbox) -> None:
    nameless = mail()
    del nameless["Message-ID"]

    with pytest.raises(UsageError, match="without Message-ID"):
        mailbox.send(nameless)

    assert mailbox.sent() == []


def test_a_person_finds_eml_files_named_by_number_and_recipient(tmp_path: Path) -> None:
    mailbox = MaildirMailbox(tmp_path)
    mailbox.send(mail(1))
    mailbox.draft(mail(2, to='"../bob"@mail.example'))

    [sent], [draft] = (list((tmp_path / box / "new").iterdir()) for box in ("outbox", "drafts"))
    assert (sent.name[:22], sent.suffix) == ("0001-ann@mail.example-", ".eml")
    assert draft.name.startswith("0002-_bob@mail.example-")
    assert message_from_bytes(sent.read_bytes(), policy=default)["Subject"] == "Interview 1"


def test_a_discarded_draft_does_not_come_back(tmp_path: Path) -> None:
    mailbox = MaildirMailbox(tmp_path)
    mailbox.draft(mail(1))
    [file] = (tmp_path / "drafts" / "new").iterdir()
    file.unlink()

    assert not MaildirMailbox(tmp_path).draft(mail(1))

    assert mailbox.drafts() == []


def test_a_mail_that_a_mail_program_has_opened_is_still_read_and_not_sent_again(tmp_path: Path) -> None:
    mailbox = MaildirMailbox(tmp_path)
    mailbox.send(mail(1))
    [file] = (tmp_path / "outbox" / "new").iterdir()
    file.rename(tmp_path / "outbox" / "cur" / f"{file.name}:2,S")

    assert not mailbox.send(mail(1))
    assert subjects(mailbox.sent()) == ["Interview 1"]


def test_a_kill_while_a_mail_is_written_leaves_one_mail_and_no_half_of_it(tmp_path: Path) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from tests.tools.test_mail_backends import mail
from tools.backends.mail_maildir import MaildirMailbox
mailbox = MaildirMailbox(Path(sys.argv[1]))
os.fsync = lambda _file: os.kill(os.getpid(), signal.SIGKILL)
mailbox.send(mail(1))
"""
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], timeout=60)
    box = tmp_path / "outbox"
    assert (killed.returncode, len([*(box / "tmp").iterdir()])) == (-signal.SIGKILL, 1)
    mailbox = MaildirMailbox(tmp_path)

    mailbox.send(mail(2))
    mailbox.send(mail(1))

    assert subjects(mailbox.sent()) == ["Interview 2", "Interview 1"]
    assert [*(box / "tmp").iterdir()] == []


def test_a_crash_between_file_and_index_leaves_one_mail(tmp_path: Path) -> None:
    """The file of one mail is there, its index is gone, as after a crash at that point."""
    MaildirMailbox(tmp_path).send(mail(1))
    for file in tmp_path.glob("mail.sqlite*"):
        file.unlink()

    mailbox = MaildirMailbox(tmp_path)

    assert not mailbox.send(mail(1))
    assert mailbox.send(mail(2))
    assert subjects(mailbox.sent()) == ["Interview 1", "Interview 2"]
    assert len(list((tmp_path / "outbox" / "new").iterdir())) == 2


SENDER = """
import sys
from pathlib import Path
from tests.tools.test_mail_backends import mail
from tools.backends.mail_maildir import MaildirMailbox
sys.stdin.readline()
print(sum(MaildirMailbox(Path(sys.argv[1])).send(mail(number)) for number in range(20)))
"""


def test_of_two_processes_that_send_the_same_mails_each_mail_leaves_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SENDER, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    both = [subprocess.Popen(command, text=True, **pipes) for _ in range(2)]  # type: ignore[call-overload]  # mypy cannot match unpacked keywords
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in both]

    assert sum(int(told) for told, _ in answers) == 20, answers
    assert sorted(subjects(MaildirMailbox(tmp_path).sent())) == sorted(f"Interview {number}" for number in range(20))
