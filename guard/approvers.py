"""Who may answer: the people of each role, as config/policies.yaml lists them, and how long they are waited for.

A person is `user:NAME` (who types at this machine), a mail address, or both: `user:ben <ben@house.example>`. Both names
are then one person, who counts once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from guard.approvals import Terms
from guard.conditions import MAIL
from guard.policy import PolicyFile

_PERSON = re.compile(rf"(?P<user>user:[^\s<>,;]+)(?: <(?P<beside>{MAIL})>)?|(?P<mail>{MAIL})")


@dataclass(frozen=True)
class Person:
    """Somebody who may answer: the name that records have of them, and their mail address if it is known."""

    name: str
    mail: str = ""

    @classmethod
    def of(cls, written: str) -> "Person":
        """The person that a line of the policy names. Raises ValueError for what names nobody."""
        found = _PERSON.fullmatch(written)
        if found is None:
            raise ValueError(f"'{written}' is nobody; write user:NAME, a mail address, or 'user:NAME <MAIL>'")
        mail = (found["beside"] or found["mail"] or "").casefold()
        return cls(found["user"] or mail, mail)


@dataclass(frozen=True)
class Roster:
    """The people of each role."""

    roles: Mapping[str, Sequence[Person]] = field(default_factory=dict)

    @classmethod
    def of(cls, policy: PolicyFile) -> "Roster":
        """The roster of a policy."""
        return cls({role: tuple(map(Person.of, people)) for role, people in policy.approvers.items()})

    def name(self, who: str) -> str:
        """The one name of a person, whichever of theirs is given; of others, the name as it is."""
        known = (one for people in self.roles.values() for one in people)
        return next((one.name for one in known if _is(one, who)), who)

    def role_of(self, who: str, named: Sequence[str]) -> str | None:
        """In which of the named roles a person may answer; empty for somebody named by themselves, or if nobody is
        named and so anybody may; None for whoever may not."""
        if not named:
            return ""
        for one in named:
            if one in self.roles and any(_is(person, who) for person in self.roles[one]):
                return one
            if one not in self.roles and self.name(one) == self.name(who):
                return ""
        return None

    def people(self, named: Sequence[str]) -> list[tuple[Person, str]]:
        """Everybody who may answer, each once, with their role."""
        found: dict[str, tuple[Person, str]] = {}
        for one in named:
            for person in self.roles[one] if one in self.roles else [self._person(one)]:
                found.setdefault(person.name, (person, one if one in self.roles else ""))
        return list(found.values())

    def _person(self, who: str) -> Person:
        known = (one for people in self.roles.values() for one in people)
        return next((one for one in known if _is(one, who)), Person.of(who))


def wrong_person(written: str) -> str:
    """What is wrong with the way in which somebody is named; empty if nothing is."""
    try:
        Person.of(written)
    except ValueError as error:
        return str(error)
    return ""


def terms_of(policy: PolicyFile) -> Terms:
    """How long a question stands under a policy, who answers it, and who after them."""
    approval = policy.approval
    later = approval.escalate
    return Terms(
        lasts=timedelta(minutes=approval.expires_minutes),
        approvers=approval.approvers,
        then=later.to if later else (),
        then_lasts=timedelta(minutes=later.minutes) if later else timedelta(),
    )


def _is(person: Person, who: str) -> bool:
    return who == person.name or (bool(person.mail) and who.casefold() == person.mail)
