"""The YAML parser's complaints in words that say what to change."""

import re

import yaml

from runtime.problems import Problem

_INDENT = "the line does not fit under what stands above"
_SAID: dict[str, tuple[str, str]] = {
    "mapping values are not allowed in this context": (
        "a colon stands where no key can be",
        "put text that holds ': ' in quotes, and indent keys like their neighbours",
    ),
    "did not find expected key": (_INDENT, "indent it like its neighbours, and put text after a quote inside it"),
    "did not find expected '-' indicator": (_INDENT, "begin it with '- ' or indent it like its neighbours"),
    "block sequence entries are not allowed in this context": (
        "a list cannot begin here",
        "begin the list in a line of its own",
    ),
    "could not find expected ':'": ("the key in the line above has no colon", "write 'key: value'"),
    "did not find expected node content": ("a value is missing here", "write it, or put text with signs in quotes"),
    "found unknown escape character": (
        "a backslash in double quotes begins an unknown escape",
        "use single quotes, or write '\\\\'",
    ),
    "found undefined alias": ("this alias names no anchor", "write the value out, or put text with '*' in quotes"),
    "second occurrence": ("this anchor is given twice", "give each '&' anchor a name of its own"),
    "but found another document": ("a second document begins here", "write one document to a file"),
}
_OPENED = {
    "while scanning a quoted scalar": ("the quote that opens here is not closed", "close it"),
    "while parsing a flow sequence": ("the '[' that opens here is not closed", "close it with ']'"),
    "while parsing a flow mapping": ("the '{' that opens here is not closed", "close it with '}'"),
}


def syntax_problem(name: str, text: str, error: yaml.MarkedYAMLError) -> Problem:
    """The first thing that makes `text` unreadable."""
    said, context = error.problem or "this is not YAML", error.context or ""
    mark = error.problem_mark
    lines = text.splitlines()
    if context in _OPENED and error.context_mark and said != "found unknown escape character":
        mark = error.context_mark
        message, hint = _OPENED[context]
    elif mark and mark.line < len(lines) and re.match(r" *\t", lines[mark.line]):
        message, hint = "a tab stands in the indentation", "indent with spaces"
    elif mark and said == "found character that cannot start any token":
        sign = lines[mark.line][mark.column]
        message, hint = f"a value cannot begin with '{sign}'", "put the text in quotes"
    else:
        message, hint = _SAID.get(said, (said, "check the indentation and the quotes"))
    return Problem(name, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, message, hint)
