"""What a question asks: two things at once, or something that only the question before it makes plain."""

import re

_ASKS = (
    r"who|whom|whose|what|when|where|which|why|how|is|are|do|does|did|can|could|may|must|should|will|"
    r"wer|was|wann|wo|welche[rns]?|wie|warum|qui|quand|comment|combien|quel(?:le)?s?"
)
_APART = re.compile(
    rf"(?:\?\s+(?:and\s+|und\s+|et\s+)?|[,;]?\s+(?:and|und|et)\s+|;\s*)(?=(?:{_ASKS})\b)", re.IGNORECASE
)
_FOLLOWS = re.compile(
    r"^\s*(?:and|but|or|what about|how about|und|et)\b|\b(?:it|its|that|this|those|these|they|them|there)\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"^Q: (.+)$", re.MULTILINE)


def halves_of(question: str) -> list[str]:
    """The two questions that one sentence asks; none if it asks one, or more than can be told apart."""
    parts = [one.strip(" ?,;") for one in _APART.split(question.strip())]
    return [f"{one}?" for one in parts] if len(parts) == 2 and all(parts) else []


def question_before(question: str, prompt: str) -> str:
    """The question before this one, as the client's conversation tells it, if this one cannot be meant without."""
    asked = _BEFORE.findall(prompt) if _FOLLOWS.search(question) else []
    return str(asked[-1]) if asked else ""
