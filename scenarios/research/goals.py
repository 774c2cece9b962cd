"""Research in everyday English: the question that a goal asks, and the words to search for."""

import re
from collections.abc import Mapping
from typing import Any

from crews.goals import without_quotes
from runtime.errors import Unclear
from tools.world import World

_ASKS = re.compile(r"^\s*(?:please\s+)?(?:research|investigate|look\s+into|write\s+a\s+brief\s+(?:on|about))\s+", re.I)
_TAIL = re.compile(r"(?:,?\s+and)?\s+write\s+(?:me\s+)?a\s+brief.*$", re.I)
_SENDS = re.compile(r"\band\s+((?:(?:e-?)?mail|send|forward|post|publish)\s+(?:it|them|this|the)\b.*)", re.I)
_LIMITS = re.compile(
    r"\b((?:but|except|excluding|only)\b.*|(?:and\s+)?summari[sz]e\b.*|in\s+(?:\d+|an?|one|two|three|five|ten)\s+"
    r"(?:lines?|words?|sentences?|pages?|paragraphs?|bullet points)\b.*)",
    re.I,
)
_SMALL = re.compile(
    r"an?|and|are|as|at|be|by|do(?:es)?|for|from|how|i[nst]|of|on|or|that|the|to|well|wh(?:at|en|y)|with|work"
)


def understands(goal: str, _world: World) -> Mapping[str, Any]:
    """The question and the query. Raises Unclear for a goal without a question."""
    if found := _SENDS.search(goal):
        raise Unclear(f"'{found[1]}' is not part of research: what is the question?", remedy="leave it out")
    if found := _LIMITS.search(without_quotes(goal)):
        raise Unclear(
            f"what is meant by '{found[1]}'? Every brief is short, from the hosts that web.yaml lists",
            remedy="leave it out, or configure a model that reads it",
        )
    question = _TAIL.sub("", _ASKS.sub("", goal)).strip(" .,?!")
    words = [one for one in re.findall(r"[\w-]+", question.casefold()) if not _SMALL.fullmatch(one)]
    if not words:
        raise Unclear("what is to be researched?", remedy="say: research how well heat pumps work in cold weather")
    return {"research": {"question": question, "query": " ".join(words)}}
