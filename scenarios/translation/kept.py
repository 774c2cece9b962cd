"""What a translation must leave as it is, found in the source and counted in the translation.

Numbers as they are written, placeholders, tags, code, addresses, names, and the form of the Markdown; terms of the
glossary have the translation that it gives. A name is two or more words in a row with capitals, or a word with capitals
within it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from runtime.problems import joined

_CODE = re.compile(r"`[^`\n]+`|⟦code \d+⟧")
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"']*[^\s<>()\[\]\"'.,;:!?]|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PLACEHOLDER = re.compile(
    r"\{\{.*?\}\}|\$\{[^}]*\}|\{[A-Za-z_]\w*(?:[.:!][^{}\s]*)?\}|%\([A-Za-z_]\w*\)[sdif]|%(?:\d+\$)?[sdif]\b|</?[A-Za-z][^<>]*>|&[a-z]+;"
)
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+|[ \u00a0’']\d{3}(?!\d))*")
_CAPITALS = r"[A-ZÀ-ÖØ-Þ][\w’'-]*"
_NAME = re.compile(rf"(?<![\w’'-])(?:(?:Dr|Mr|Mrs|Ms|Prof)\.\s+)?{_CAPITALS}(?:[ \u00a0]{_CAPITALS})+")
_MIXED = re.compile(r"(?<![\w-])(?:[A-Za-z]*[a-z][A-Z]\w*|[A-Z]{2,}+(?!s\b)\w*|[A-Z]+\d[\w-]*)(?![\w-])")
_OPENERS = re.compile(r"(?:^|[.!?:]\s+|^\W+)$")
_COMMON = frozenset(
    ["a", "all", "an", "and", "any", "april", "as", "ask", "at", "august", "be", "before", "by", "can", "choose",
     "click", "december", "do", "does", "each", "enter", "every", "february", "for", "friday", "from", "he", "her",
     "his", "how", "i", "if", "in", "is", "it", "january", "july", "june", "let", "march", "may", "monday", "most",
     "my", "no", "not", "november", "october", "on", "one", "open", "or", "our", "please", "press", "read",
     "saturday", "see", "select", "send", "september", "set", "she", "some", "sunday", "that", "the", "their",
     "then", "there", "these", "they", "this", "thursday", "to", "tuesday", "use", "we", "wednesday", "what", "when",
     "where", "which", "who", "why", "with", "you", "your", ""]
)  # fmt: skip
_SHORT, _LONG = 0.2, 2.5  # Chinese takes about a third of the letters of English
_ENOUGH = 80
"""Characters from which on the lengths of source and translation say something."""


def changes(source: str, target: str, terms: Mapping[str, str]) -> list[str]:
    """What the translation has not left as it must, each as a sentence; empty if it is all right."""
    found = [*_counted(source, target), *_terms(target, terms), *_names(source, target, terms), *_form(source, target)]
    return found + list(_whole(source, target))


def _counted(source: str, target: str) -> Iterator[str]:
    """Each kind of what is kept as written, in both texts; what one kind has taken is not looked at by the next."""
    for kind, pattern in (("code", _CODE), ("address", _ADDRESS), ("placeholder", _PLACEHOLDER), ("number", _NUMBER)):
        before, after = Counter(pattern.findall(source)), Counter(pattern.findall(target))
        lost, new = before - after, after - before
        yield from (f"the {kind} {one} is missing" for one in lost)
        yield from (f"the {kind} {one} is not in the source" for one in new)
        source, target = pattern.sub(" ", source), pattern.sub(" ", target)


def _terms(target: str, terms: Mapping[str, str]) -> Iterator[str]:
    said = target.casefold()
    for term, fixed in terms.items():
        if fixed.casefold() not in said:
            yield f"'{term}' is not '{fixed}', as the glossary says"


def _names(source: str, target: str, terms: Mapping[str, str]) -> Iterator[str]:
    fixed = {one.casefold() for one in terms}
    for name in dict.fromkeys(names(source)):
        if name.casefold() not in fixed and name not in target:
            yield f"the name {name} is missing"


def names(text: str) -> Iterator[str]:
    """The names in running text; headings and the heads of tables have capitals of their own."""
    plain = _PLACEHOLDER.sub(" ", _ADDRESS.sub(" ", _CODE.sub(" ", text)))
    for line in plain.splitlines():
        if line.lstrip().startswith(("#", "|")):
            continue
        for found in _NAME.finditer(line):
            words = found[0].split()
            if _opens(line[: found.start()]) and words[0].casefold() in _COMMON:
                words = words[1:]
            while words and words[0].casefold() in _COMMON:
                words = words[1:]
            if len(words) > 1 and not {one.casefold() for one in words} & _COMMON:
                yield " ".join(words)
        yield from (one for one in _MIXED.findall(line) if not one.isupper() or any(c.isdigit() for c in one))


def _opens(before: str) -> bool:
    return bool(_OPENERS.search(before))


def _form(source: str, target: str) -> Iterator[str]:
    before, after = _shape(source), _shape(target)
    if before != after:
        wrong = [kind for kind in dict.fromkeys([*before, *after]) if before.count(kind) != after.count(kind)]
        yield f"the Markdown has other {joined(wrong)} than the source" if wrong else "the Markdown is in another order"
    if source.count("](") != target.count("]("):
        yield "the Markdown has other links than the source"


def _shape(text: str) -> list[str]:
    """The kinds of lines that give a text its form, in their order."""
    return [kind for line in text.splitlines() if (kind := _kind(line))]


def _kind(line: str) -> str:
    bare = line.strip()
    if found := re.match(r"(#{1,6})\s", bare):
        return f"headings of level {len(found[1])}"
    if re.match(r"[-*+]\s", bare):
        return "list items"
    if re.match(r"\d+[.)]\s", bare):
        return "numbered items"
    if bare.startswith("|"):
        return f"table rows of {bare.strip('|').count('|') + 1} cells"
    return "quotes" if bare.startswith(">") else ""


def _whole(source: str, target: str) -> Iterator[str]:
    if not target.strip():
        yield "the translation is empty"
    elif len(source) > _ENOUGH and source.strip() == target.strip():
        yield "the text is not translated"
    elif len(source) > _ENOUGH and not _SHORT < len(target) / len(source) < _LONG:
        yield "the translation is far shorter or longer than the source"
