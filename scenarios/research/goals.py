"""Research in everyday English: the question that a goal asks, and the words to search for."""

import re
from collections.abc import Mapping
from typing import Any

from runtime.errors import Unclear
from tools.world import World

_ASKS = re.compile(r"^\s*(?:please\s+)?(?:research|investigate|look\s+into|write\s+a\s+brief\s+(?:on|about))\s+", re.I)
_TAIL = re.compile(r"(?:,?\s+and)?\s+write\s+(?:me\s+)?a\s+brief.*$", re.I)
_SENDS = re.compile(r"\band\s+((?:(?:e-?)?mail|send|forward|post|publish)\s+(?:it|them|this|the)\b.*)", re.I)
_SMALL = re.compile(
    r"an?|and|are|as|at|be|by|do(?:es)?|for|from|how|i[nst]|of|on|or|that|the|to|well|wh(?:at|en|y)|with|work"
)


def understands(goal: str, _world: World) -> Mapping[str, Any]:
    """The question and the query. Raises Unclear for a goal without a question."""
    if found := _SENDS.search(goal):
        raise Unclear(f"'{found[1]}' is not part of research: what is the question?", remedy="leave it out")
    question = _TAIL.sub("", _ASKS.sub("", goal)).strip(" .,?!")
    words = [one for one in re.findall(r"[\w-]+", question.casefold()) if not _SMALL.fullmatch(one)]
    if not words:
        raise Unclear("what is to be researched?", remedy="say: research how well heat pumps work in cold weather")
    return {"research": {"question": question, "query": " ".join(words)}}
