"""The words of a question that say something, in English, German and French."""

import re

_COMMON = frozenset({
    "a", "about", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do",
    "does", "for", "from", "get", "give", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its",
    "let", "long", "made", "make", "many", "may", "mean", "means", "much", "me", "my", "no", "not", "of", "often",
    "on", "or", "our", "out", "please", "shall", "should", "so", "some", "tell", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "to", "us", "was", "we", "were", "what", "when", "where",
    "which", "who", "whom", "whose", "why", "will", "with", "would", "you", "your",
    # German and French, without those that say something in English
    "auf", "auch", "bei", "bekomme", "bin", "das", "dem", "den", "der", "des", "ein", "eine", "einem", "einen", "einer",
    "es", "gibt", "habe", "haben", "ich", "ihr", "ihre", "ist", "kann", "kein", "keine", "mein", "meine", "mich", "mir",
    "mit", "muss", "nicht", "oder", "sich", "sie", "sind", "und", "uns", "viel", "viele", "von", "wann", "welche",
    "welcher", "welches", "wer", "wie", "wieviel", "wir", "wird", "wo", "zu", "zum", "zur",
    "au", "aux", "avec", "ce", "combien", "comment", "dans", "de", "du", "elle", "est", "et", "il", "je", "la",
    "le", "les", "mes", "mon", "ma", "nous", "ou", "où", "par", "pas", "pour", "quand", "que", "quel", "quelle",
    "quels", "qui", "sont", "sur", "un", "une", "vos", "votre", "vous",
})  # fmt: skip
_LONGEST_QUERY = 24


def query_words(query: str) -> list[str]:
    """The words of a query that say something. Nothing that is an operator of the search language is left."""
    found = dict.fromkeys(re.findall(r"\w+", query.casefold()))
    return [one for one in found if one not in _COMMON and (len(one) > 1 or one.isdigit())][:_LONGEST_QUERY]
