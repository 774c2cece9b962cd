"""Telling people that a run waits for them: one mail to each, with all that they need to answer, and a token to do it.

A mail goes from the house's own mailbox: the one that `mail: smtp` names, else the folder `mail` of the home. What was
told is recorded (`approval.notified`), so that nobody is told twice; what could not be is recorded, too, and ends no
run. DEPUTY_NOTIFY may name further places (Apprise URLs); they get no tokens, for others may read there.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crews.answers import BOUND, Waiting, of_run
from crews.config import load_config
from crews.notice import Notice, subject_of
from guard.approvers import Person, Roster
from guard.policy import PolicyFile
from guard.tokens import issue
from runtime.authorities import shared
from runtime.clock import Clock, SystemClock
from runtime.database import open_database
from runtime.errors import DeputyError
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.records import Record
from runtime.settings import Settings

if TYPE_CHECKING:
    from email.message import EmailMessage

    from tools.backends.protocols import Mailbox

_PLACES = "DEPUTY_NOTIFY"


@dataclass(frozen=True)
class House:
    """Whose policy and mailbox it is, and in which environment."""

    home: Home
    settings: Settings
    policies: PolicyFile
    environ: Mapping[str, str]


def notify(house: House, ledger: Ledger, run: str, clock: Clock | None = None) -> int:
    """Tell everybody who has not been told of what waits in a run; how many were told. A failed mail raises nothing."""
    clock = clock or SystemClock()
    records, roster = ledger.records(run), Roster.of(house.policies)
    told = {tuple(pair) for one in records if one.kind == "approval.notified" for pair in one.body["told"]}
    sent = 0
    for asks in _alike(of_run(records, clock)):
        named = asks[0].asked.who(clock.now())
        for person, _ in roster.people(named):
            fresh = [one for one in asks if (one.asked.approval, person.name) not in told]
            if person.mail and fresh:
                sent += _mailed(house, ledger, records, fresh, person, clock.now())
        fresh = [one for one in asks if (one.asked.approval, _PLACES) not in told]
        if house.environ.get(_PLACES) and fresh:
            sent += _called_out(house, ledger, records, fresh, clock.now())
    return sent


def remind(project: Path, runs: Iterable[str]) -> int:
    """Tell whoever has not been told of what waits in these runs, such as those who are asked after a deadline."""
    config, home = load_config(project), Home.here(project)
    house = House(home, config.settings, config.policies, os.environ)
    with closing(Ledger(open_database(home.ledger_url), home.ledger_key(), vault=home.vault())) as ledger:
        return sum(notify(house, ledger, run) for run in sorted(runs))


def _alike(waiting: Sequence[Waiting]) -> Iterator[list[Waiting]]:
    """Ten equal asks are one."""
    key = lambda one: (one.asked.step, one.asked.tool, one.asked.rule, one.asked.approvers)  # noqa: E731  used twice
    for _, some in groupby(sorted(waiting, key=key), key=key):
        yield list(some)


def _mailed(
    house: House, ledger: Ledger, records: Sequence[Record], asks: Sequence[Waiting], person: Person, now: datetime
) -> int:
    digests = [one.asked.digest[:BOUND] for one in asks]
    expires = min(one.asked.expires if not one.asked.is_escalated(now) else one.asked.until for one in asks)
    token = issue(ledger.keys, run=asks[0].run, digests=digests, by=person.name, expires=expires)
    text = Notice(asks, records, now).text(token, house.settings.url)
    error = ""
    try:
        with closing(_mailbox(house)) as mailbox:
            mailbox.send(_message(house, person, subject_of(asks), text, token))
    except (DeputyError, OSError, ValueError) as problem:
        error = str(problem)
    _noted(ledger, asks, person.name, "mail", error)
    return 0 if error else 1


def _called_out(house: House, ledger: Ledger, records: Sequence[Record], asks: Sequence[Waiting], now: datetime) -> int:
    import apprise

    shared()
    places = apprise.Apprise()
    for url in house.environ[_PLACES].split():
        places.add(url)
    told = bool(places.notify(title=subject_of(asks), body=Notice(asks, records, now).text("", house.settings.url)))
    _noted(ledger, asks, _PLACES, "apprise", "" if told else f"no place of {_PLACES} took it")
    return int(told)


def _noted(ledger: Ledger, asks: Sequence[Waiting], to: str, by: str, error: str) -> None:
    told = [] if error else [[one.asked.approval, to] for one in asks]
    approvals = [one.asked.approval for one in asks]
    body: dict[str, Any] = {"approvals": approvals, "to": to, "by": by, "told": told, "error": error}
    ledger.append(asks[0].run, "approval.notified", body)


def _mailbox(house: House) -> "Mailbox":
    folder = house.home.root / "mail"
    if house.settings.mail == "smtp":
        from tools.backends.mail_smtp import SmtpMailbox

        return SmtpMailbox(house.environ["SMTP_URL"], folder)
    from tools.backends.mail_maildir import MaildirMailbox

    return MaildirMailbox(folder)


def _message(house: House, person: Person, subject: str, text: str, token: str) -> "EmailMessage":
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.policy import default
    from hashlib import sha256

    message = EmailMessage(policy=default.clone(cte_type="7bit"))
    message["From"] = Address(house.settings.house.name, addr_spec=house.settings.house.mail)
    message["To"] = Address(addr_spec=person.mail)
    message["Subject"] = subject
    domain = house.settings.house.mail.rpartition("@")[2]
    message["Message-ID"] = f"<approval.{sha256(token.encode()).hexdigest()[:32]}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
