"""The words of a question that say something."""

import re

_COMMON = frozenset({
    "a", "about", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do",
    "does", "for", "from", "get", "give", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its",
    "let", "long", "made", "make", "many", "may", "mean", "means", "much", "me", "my", "no", "not", "of", "often",
    "on", "or", "our", "out", "please", "shall", "should", "so", "some", "tell", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "to", "us", "was", "we", "were", "what", "when", "where",
    "which", "who", "whom", "whose", "why", "will", "with", "would", "you", "your",
})  # fmt: skip
_LONGEST_QUERY = 24


def query_words(query: str) -> list[str]:
    """The words of a query that say something. Nothing that is an operator of the search language is left."""
    found = dict.fromkeys(re.findall(r"\w+", query.casefold()))
    return [one for one in found if one not in _COMMON and (len(one) > 1 or one.isdigit())][:_LONGEST_QUERY]
