"""Goals in everyday English: which scenario a goal is for, told from its words alone.

A scenario says what it understands in its `scenario.yaml`:

    goals:
      - say: Schedule a 1-hour sync with the design team today
        words: [[schedule, book, set up], [meeting, sync, call]]
        without: [interview]

A goal is understood if it has a word or phrase of each group of `words` and none of `without`. Quoted text does not
count, nor do the lines of a pasted mail that begin with ">": what a person quotes is a title or a message, not what
they want done.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from runtime.fields import Text

T = TypeVar("T")
Words = tuple[str, ...]

_QUOTED = re.compile(
    r"^[ \t]*>.*$|^-{2,} ?(?:original|forwarded) message\b.*\Z"
    r"|\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|`[^`]*`|(?<!\w)'[^']*'(?!\w)|(?<!\w)‘[^’]*’(?!\w)",
    re.IGNORECASE | re.MULTILINE,
)
_JOINTS = re.compile(r"(?:[.;!?]\s+|,?\s+and\s+then\s+|,?\s+then\s+|,?\s+and\s+|,\s+)", re.IGNORECASE)
_QUESTION = re.compile(
    r"(?:please\s+)?(?:who|what|which|when|where|why|how|can\s+you\s+(?:tell|show)"
    r"|tell\s+me|show\s+me|list|explain|summari[sz]e|count|look\s+up|find\s+out)\b",
    re.IGNORECASE,
)


_ACTS = re.compile(
    r"(?:please\s+|also\s+)*(?:approve|ask|avoid|hide|inform|keep|notify|tell(?!\s+me)|book|buy|cancel|charge|create|delete|deploy|draft|e-?mail|fire|forward|give|hire|merge"
    r"|move|order|pay|post|publish|reject|remove|run|send|sign|stop|transfer|trigger|update|upload|wire|write)\b",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:do\s+not|don['’]?t|never)\b.*", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class GoalForm(BaseModel):
    """One kind of goal that a scenario understands, by its words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    say: Text = Field(description="an example, in everyday words")
    words: tuple[Words, ...] = Field(min_length=1, description="groups of words or phrases; a goal has one of each")
    without: Words = Field(default=(), description="words or phrases that such a goal does not have")

    @model_validator(mode="after")
    def _fits_its_example(self) -> "GoalForm":
        if any(not group for group in self.words):
            raise ValueError("a group of words is empty; write a word, or remove it")
        if not self.fits(self.say):
            raise ValueError("its own example is not understood by it; correct 'words' or 'say'")
        return self

    def fits(self, goal: str) -> bool:
        """Whether the goal is one of this kind."""
        said = plain_words(goal)
        return all(any(_has(said, one) for one in group) for group in self.words) and not any(
            _has(said, one) for one in self.without
        )


@dataclass(frozen=True)
class Understood:
    """What a goal comes to: for one scenario, for several (each with its part), a question to look up, or unknown.

    `partly` is one of which a part asks for something that nobody here understands; `parts` are those.
    """

    kind: Literal["scenario", "several", "either", "partly", "question", "unknown"]
    scenarios: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


Forms = Mapping[str, Sequence[GoalForm]]


def understood(goal: str, forms: Forms) -> Understood:
    """What the goal is for. With several scenarios in it, `parts` holds the words for each."""
    found = parts(goal, lambda text: _claims(text, forms))
    named = tuple(dict.fromkeys(name for _, names in found for name in names))
    if len(found) > 1 and len(named) > 1 and all(len(names) == 1 for _, names in found):
        merged = {name: ", and ".join(text for text, names in found if names == (name,)) for name in named}
        return Understood("several", named, tuple(merged.values()))
    whole = _claims(goal, forms) or named
    own = [form for name in whole for form in forms[name]]
    strange = tuple(one for one in _written(goal) if not _claims(one, forms) and _strange(one, own))
    if whole and strange:
        return Understood("partly", whole, strange)
    if len(whole) == 1:
        return Understood("scenario", whole)
    if whole:
        return Understood("either", whole)
    return Understood("question" if only_asks(goal) else "unknown")


def only_asks(goal: str) -> bool:
    """Whether the goal's words ask for an answer, and for nothing to be done."""
    return bool(_QUESTION.match(goal.strip())) or goal.strip().endswith("?")


def forbidden(goal: str) -> str:
    """What the goal says shall not be done, from there to its end; empty if it forbids nothing."""
    found = _NOT.search(without_quotes(goal))
    return found[0].strip() if found else ""


def forbids_all(goal: str) -> bool:
    """Whether the goal begins with what shall not be done."""
    said = re.sub(r"^\W*(?:please\W+)?", "", goal, flags=re.IGNORECASE)
    return _NOT.match(said) is not None


def addresses(goal: str) -> list[str]:
    """The mail addresses in a goal that are not quoted."""
    return _ADDRESS.findall(without_quotes(goal))


def pieces(goal: str) -> Iterator[tuple[int, int]]:
    """Where each piece of the goal begins and ends: at "and", "then", commas and ends of sentences, never in quotes."""
    hidden = _QUOTED.sub(lambda found: "\0" * len(found[0]), goal)
    at = 0
    for joint in _JOINTS.finditer(hidden):
        yield at, joint.start()
        at = joint.end()
    yield at, len(goal)


def parts(goal: str, what: Callable[[str], T]) -> list[tuple[str, T]]:
    """The goal's pieces that are something to `what`, each with the pieces behind it that are nothing."""
    found: list[tuple[int, int, T]] = []
    for start, end in pieces(goal):
        if meant := what(goal[start:end]):
            found.append((start, end, meant))
        elif found:
            found[-1] = (found[-1][0], end, found[-1][2])
    return [(goal[start:end].strip(), meant) for start, end, meant in found]


def plain_words(text: str) -> str:
    """The words of `text` in small letters with single spaces between them, without what is quoted."""
    return " ".join(re.findall(r"[\w@.+'’-]*\w", _QUOTED.sub(" ", text).casefold()))


def without_quotes(text: str) -> str:
    """`text` without what is quoted in it."""
    return _QUOTED.sub(" ", text)


def _written(goal: str) -> list[str]:
    return [goal[start:end].strip() for start, end in pieces(goal)]


def _strange(piece: str, own: Sequence[GoalForm]) -> bool:
    """Whether a piece asks for something that has nothing to do with these forms."""
    said = plain_words(piece)
    near = any(_has(said, word) for form in own for group in form.words for word in group)
    far = any(_has(said, word) for form in own for word in form.without)
    return _ACTS.match(piece) is not None and (far or not near)


def _claims(text: str, forms: Forms) -> tuple[str, ...]:
    return tuple(name for name, own in forms.items() if any(form.fits(text) for form in own))


def _has(said: str, words: str) -> bool:
    return re.search(rf"(?<![\w'’-]){re.escape(words.casefold())}(?![\w'’-])", said) is not None
