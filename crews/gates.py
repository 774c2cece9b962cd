"""The gate of a run, with what the run may trust from its beginning."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from crews.opened import Opened
from guard.approvals import Approvals
from guard.approvers import terms_of
from guard.content import Finding, findings
from guard.days import Days
from guard.gate import Gate
from guard.labels import Origins
from guard.warrant import Warrant
from runtime.callers import callers_in
from runtime.clock import SystemClock
from tools.tool import Tool

LONGEST_MESSAGE = 5_000
"""Characters that the content of one call may have before a person is asked."""

_SECRET = ("_KEY", "_PASSWORD", "_TOKEN", "_SECRET")
_SHORTEST_SECRET = 6


def gate_of(opened: Opened, warrant: Warrant) -> Gate:
    """The gate that lets through what `warrant` grants to this run."""
    gate = Gate(
        run=opened.run,
        ledger=opened.ledger,
        warrant=replace(warrant, expires=_ends(opened)),
        world=opened.world,
        budget=opened.budget,
        check_stop=opened.stop.check,
        on_wait=opened.stop.wait,
        journal=opened.journal,
        approvals=Approvals(opened.records),
        origins=trusted_from_the_start(opened),
        inspect=Inspector(opened).findings,
        days=Days(opened.ledger, opened.run, opened.wish.of_tenant, opened.authority.rules, SystemClock()),
        terms=terms_of(opened.config.policies),
    )
    opened.gates.append(gate)
    return gate


def _ends(opened: Opened) -> datetime | None:
    """When the plan that was accepted last is good for nothing any more, by the policy."""
    hours = opened.config.policies.plan_hours
    accepted = opened.ledger.latest(opened.run, "plan.accepted") if hours else None
    return datetime.fromisoformat(accepted.at) + timedelta(hours=hours or 0) if accepted else None


class Inspector:
    """Looks through what calls would write or send, knowing who is concerned, who else is known, and what is secret."""

    def __init__(self, opened: Opened) -> None:
        self._world = opened.world
        self._secrets = secrets_in(os.environ) | opened.config.foreign.secrets(os.environ)
        self._declared = opened.authority.declared

    def findings(self, tool: Tool, args: Mapping[str, Any], origins: Origins) -> tuple[Finding, ...]:
        """Everything to say about the arguments that say neither whom nor what the call acts on.

        Of a foreign tool, what makes two calls the same effect may be what it writes, and is looked through too.
        """
        apart = {*tool.targets} if tool.name in self._declared else {*tool.targets, *tool.identity}
        content = {name: value for name, value in args.items() if name not in apart}
        parties = self._parties(tool, args)
        return findings(
            content,
            parties=parties,
            trusted_hosts=origins.hosts(),
            secrets=self._secrets,
            others=self._others(parties),
            limit=LONGEST_MESSAGE,
        )

    def _parties(self, tool: Tool, args: Mapping[str, Any]) -> set[str]:
        """The targets, and everybody who takes part in the interview that the call is about."""
        named = [args.get(name) for name in tool.targets]
        parties = {str(one) for value in named for one in (value if isinstance(value, list) else [value]) if one}
        event = self._world.agenda.find(str(args["interview"])) if args.get("interview") else None
        for one in event.attendees if event else ():
            parties |= {one.mail, one.name}
        return parties

    def _others(self, parties: set[str]) -> set[str]:
        """Names, addresses and numbers of candidates who are not concerned."""
        people = [
            one for position in self._world.ats.positions() for one in self._world.ats.candidates(position["position"])
        ]
        known = {str(one[field]) for one in people for field in ("name", "mail", "phone") if one.get(field)}
        return known - parties


def secrets_in(environ: Mapping[str, str]) -> frozenset[str]:
    """The configured secrets: values of variables that hold keys, and passwords inside of addresses."""
    found = {value for name, value in environ.items() if name.endswith(_SECRET) and len(value) >= _SHORTEST_SECRET}
    addresses = (environ.get(name, "") for name in ("SMTP_URL", "RECORDS_URL"))
    found |= set(environ.get("APPRISE_URL", "").split())
    found |= {token for _, token in callers_in(environ) if token}
    found |= {password for one in addresses if (password := urlsplit(one).password)}
    return frozenset(found)


def trusted_from_the_start(opened: Opened) -> Origins:
    """What is trusted before anything is read: the person's words, the inputs' facts, the directory, the house."""
    origins = Origins()
    origins.from_goal(opened.goal)
    origins.trust(dict(opened.facts), "inputs")
    origins.trust(list(opened.world.directory.zones), "directory")
    origins.trust(opened.world.house_mail, "house")
    return origins
