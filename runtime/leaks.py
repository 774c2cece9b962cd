"""Secrets that stand in configuration files, where they would be committed. What is found is never repeated."""

import re
from dataclasses import replace
from typing import Any

from runtime.problems import Problem
from runtime.yamlfile import Loc, Located

_KEY = re.compile(r"(^|_)(password|passwd|passphrase|secret|api_?key|private_key|access_key|token|credentials?)$")
_VALUE = re.compile(
    r"\b(sk|pk|rk)-[A-Za-z0-9_-]{16,}"  # model providers
    r"|\bsk_(live|test)_[A-Za-z0-9]{16,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"  # code forges
    r"|\bxox[abeprs]-[A-Za-z0-9-]{10,}"  # chat
    r"|\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}"  # clouds
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/@]+@"  # a URL with a password
)
_HINT = "write it into .env, which is never committed"


def looks_secret(text: str) -> bool:
    """Whether something in `text` has the form of a well-known key, or is a URL with a password."""
    return bool(_VALUE.search(text))


def without_secrets(located: Located) -> Located:
    """The file with everything that looks like a secret, by its key or by its form, taken out and made a problem."""
    problems: list[Problem] = []
    data = _cleaned(located, located.data, (), problems)
    return replace(located, data=data, problems=(*located.problems, *problems))


def _cleaned(located: Located, value: Any, at: Loc, problems: list[Problem]) -> Any:
    if isinstance(value, list):
        return [_cleaned(located, inner, (*at, index), problems) for index, inner in enumerate(value)]
    if isinstance(value, dict):
        clean = {}
        for key, inner in value.items():
            if _VALUE.search(key) or (_KEY.search(key.casefold().replace("-", "_")) and not _declares(inner)):
                name = "this key" if _VALUE.search(key) else f"'{key}'"
                problems.append(located.problem((*at, key), f"{name} looks like a secret", _HINT, key=True))
            else:
                clean[key] = _cleaned(located, inner, (*at, key), problems)
        return clean
    if isinstance(value, str) and _VALUE.search(value):
        problems.append(located.problem(at, "this value looks like a secret", _HINT))
        return "[secret]"
    return value


def _declares(value: Any) -> bool:
    """Whether this is said of an argument of that name, as in config/tools.yaml, and is no value for it."""
    return isinstance(value, dict) and "type" in value
