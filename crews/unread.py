"""What a goal says and nobody reads: exceptions, limits, other days. It is asked about, and never passed over."""

import re

from crews.goals import forbidden, plain_words
from runtime.errors import Unclear

_MANNERS = (
    r"a|all|an|and|any|are|as|at|be|by|can|could|do|does|each|every|everything|for|from|go|going|good|has"
    r"|have|hello|hey|hi|i|i'd|i'm|in|into|is|it|its|kindly|let|let's|like|me|my|need|needs|now|of|off|on|once"
    r"|one|ones|or|our|please|right|so|some|soon|thank|thanks|that|the|their|them|then|there|these|this"
    r"|those|to|today|up|us|want|wants|we|what|whatever|when|which|will|with|would|you|your"
)


def check_read(goal: str, known: str, about: str) -> None:
    """Raise Unclear if the goal has words that are neither `known` (a pattern for a whole word) nor mere manners.

    For scenarios that do one thing, whatever else is said: `about` says what that is. Quoted text does not count.
    """
    if refused := forbidden(goal):
        raise Unclear(f"what shall be done? The goal says '{refused}'", remedy="say only what shall be done")
    read = re.compile(f"{known}|{_MANNERS}", re.I)
    strange = [word for word in _words(goal) if not read.fullmatch(word)]
    if strange:
        said = " ".join(dict.fromkeys(strange))
        raise Unclear(f"what is meant by '{said}'? {about}", remedy="leave it out, or configure a model that reads it")


def _words(goal: str) -> list[str]:
    return [word.replace("’", "'").removesuffix("'s") for word in plain_words(goal).split()]
