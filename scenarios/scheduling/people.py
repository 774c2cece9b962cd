"""Who shall take part: people and teams of the directory, and addresses, as a goal names them.

Nobody is guessed: a name that two people have, or nobody, is a question back.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from runtime.errors import Unclear
from runtime.problems import joined
from tools.directory import Directory, Person

_WITH = re.compile(
    r"\b(?:together with|meet(?: up)? with|with|invite|meet(?! the)|between"
    r"|for(?= the [\w\s]*team| everyone| everybody))\s+",
    re.I,
)
_ENDS = (
    "today tonight tomorrow yesterday last free available this next on at in about every before after from via to as "
    "for weekly daily monthly starting beginning over between because until regarding re during monday tuesday "
    "wednesday thursday friday saturday sunday"
)
_STOP = re.compile(rf"\s*(?:\b(?:{_ENDS.replace(' ', '|')})\b|[;:.?!](?:\s|$)|[\"“])", re.I)
_AND = re.compile(r"\s*(?:,\s*and\b|,|\band\b|&|\+|\bplus\b)\s*", re.I)
_MAIL = re.compile(r"[^\s@,;<>()\"]+@[^\s@,;<>()\"]+\.[a-z]{2,}", re.I)
_OPTIONAL = re.compile(r"\(?\b(?:optionally|optional|if possible|if (?:she|he|they) can)\b\)?:?\s*", re.I)
_LATER_OPTIONAL = re.compile(
    r"(?:[,;]\s*(?:and\s+)?|\()([^\W\d]\w*(?: [^\W\d]\w*)?) (?:is |as )?optional(?:ly)?\b", re.I
)
_SELF = ("me", "myself", "us", "i", "we")
_EVERYBODY = ("everyone", "everybody", "all", "the whole company", "all hands", "the company")
_VAGUE = ("someone", "somebody", "anyone", "people", "them", "the team", "my team", "team", "the client", "a client")


@dataclass
class Who:
    """The addresses of those who take part, and what to call them all."""

    needed: list[str] = field(default_factory=list)
    optional: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)


def who_in(text: str, goal: str, directory: Directory) -> Who:
    """Whom the text names. Raises Unclear with the candidates for a name that is nobody's, or several people's."""
    who = Who()
    whole = re.sub(r"\b(?:everyone|everybody|all)\s+(?:in|of|on|from)\s+(?=\w)", "", text, flags=re.I)
    for phrase in _phrases(whole):
        marked = False
        for item in filter(None, (one.strip(" .") for one in _AND.split(phrase))):
            optional = marked or bool(_OPTIONAL.search(item))
            name = _OPTIONAL.sub("", item).strip(" ()")
            marked = not name  # "and, if possible, Maria": the mark is about who comes next
            if name and name.casefold() not in _SELF:
                mails = _mails(name, goal, directory)
                (who.optional if optional else who.needed).extend(mails)
                who.called.append(name)
    for name in _LATER_OPTIONAL.findall(whole):
        if name not in who.called:
            who.optional.extend(_mails(name, goal, directory))
            who.called.append(name)
    who.needed = list(dict.fromkeys(who.needed))
    who.optional = [one for one in dict.fromkeys(who.optional) if one not in who.needed]
    return who


def _phrases(text: str) -> Iterator[str]:
    """What follows each "with", "invite", "between", up to where a time or another thought begins."""
    for found in _WITH.finditer(text):
        rest = text[found.end() :]
        if re.match(r"(?:\d|noon)", rest):
            continue
        stop = next((one for one in _STOP.finditer(rest) if not _within_mail(rest, one.start())), None)
        yield rest[: stop.start()] if stop else rest


def _within_mail(text: str, at: int) -> bool:
    return any(one.start() <= at < one.end() for one in _MAIL.finditer(text))


def _mails(name: str, goal: str, directory: Directory) -> list[str]:
    if found := _MAIL.search(name):
        return [found[0].lower()]
    if name.casefold() in _VAGUE:
        raise Unclear(f"who is '{name}'?", remedy="name people, or a team of the directory, such as 'the design team'")
    if name.casefold() in _EVERYBODY:
        return [one.mail for one in directory.people]
    if team := _team(name, directory):
        return [one.mail for one in team]
    people = _people(name, directory)
    if len(people) == 1:
        return [people[0].mail]
    raise _question(name, people, goal, directory)


def _team(name: str, directory: Directory) -> tuple[Person, ...]:
    group = r"^(?:the|our|everyone in|everybody in|all of)\s+(?:the\s+)?|\s+(?:team|people|folks|group)$"
    bare = re.sub(group, "", name, flags=re.I)
    return directory.team(re.sub(r"\s+team$", "", bare, flags=re.I))


def _people(name: str, directory: Directory) -> list[Person]:
    """Everybody whose name has all these words; else whose title is this."""
    words = folded(re.sub(r"^(?:the|our|my)\s+", "", name, flags=re.I)).split()
    by_name = [one for one in directory.people if words and set(words) <= set(folded(one.name).split())]
    return by_name or [one for one in directory.people if words and words == folded(one.title).split()]


def _question(name: str, people: list[Person], goal: str, directory: Directory) -> Unclear:
    if people:
        choices = joined([f"{one.name} ({one.title or one.team})" for one in people], "or")
        return Unclear(f"which '{name}' is meant: {choices}?", remedy=_said_again(goal, name, people[0].name))
    known = {folded(word): one.name for one in directory.people for word in (*one.name.split(), one.name)}
    close = get_close_matches(folded(name), list(known), n=1, cutoff=0.75)
    teams = joined(sorted({one.team for one in directory.people if one.team}))
    if close:
        meant = known[close[0]]
        return Unclear(f"nobody is called '{name}': is {meant} meant?", remedy=_said_again(goal, name, meant))
    return Unclear(
        f"nobody in the directory is called '{name}': who is meant?",
        remedy=f"give a full name, a mail address, or a team ({teams or 'the directory has none'})",
    )


def _said_again(goal: str, name: str, meant: str) -> str:
    return f'say for example: deputy run "{goal.replace(name, meant, 1)}"'


def folded(text: str) -> str:
    """`text` in small letters without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))
