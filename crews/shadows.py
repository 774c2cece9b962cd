"""Rules that never decide anything, because another rule denies every call they could speak of."""

from collections.abc import Iterator, Mapping, Sequence

from guard.conditions import Argument
from guard.rules import Rule
from tools.tool import Tool

_EVEN_MORE = ("one_of", "domain_in")
_EVEN_LESS = ("not_one_of", "domain_not_in")


def shadowed(rules: Sequence[Rule], denied: Sequence[str], tools: Mapping[str, Tool]) -> Iterator[tuple[int, str]]:
    """The index of each rule that never decides, with what is in front of it: a rule's id, or `deny`."""
    for index, rule in enumerate(rules):
        about = _about(rule, tools)
        if about and about <= set(denied):
            yield index, "deny"
            continue
        before = rules if rule.verdict == "ask" else rules[:index]
        for other in before:
            if other.verdict == "deny" and about and about <= _about(other, tools) and _covers(other, rule):
                yield index, other.id
                break


def _about(rule: Rule, tools: Mapping[str, Tool]) -> set[str]:
    """The tools that a rule speaks of; those it names that do not exist are another problem."""
    return {name for name, tool in tools.items() if name in rule.tools or tool.effect in rule.effects}


def _covers(denial: Rule, rule: Rule) -> bool:
    """Whether the denial applies to every call that the rule applies to. The tools are compared already."""
    if not _wider(denial.roles, rule.roles) or not _wider(denial.scenarios, rule.scenarios):
        return False
    if denial.hours is not None and denial.hours != rule.hours:
        return False
    if denial.untrusted and not rule.untrusted:
        return False
    if denial.times is not None and not _no_later(denial, rule):
        return False
    if denial.total is not None and not _no_dearer(denial, rule):
        return False
    if rule.verdict == "allow_only":
        return not denial.arguments
    return all(name in rule.arguments and _implies(rule.arguments[name], one) for name, one in denial.arguments.items())


def _wider(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether `first`, a list where none means all, holds whatever `second` holds."""
    return not first or bool(second and set(second) <= set(first))


def _no_later(denial: Rule, rule: Rule) -> bool:
    first, second = denial.times, rule.times
    return first is not None and second is not None and first.per == second.per and first.at_most <= second.at_most


def _no_dearer(denial: Rule, rule: Rule) -> bool:
    first, second = denial.total, rule.total
    if first is None or second is None:
        return False
    same = (first.argument, first.per) == (second.argument, second.per)
    return same and first.at_most <= second.at_most and set(rule.tools) <= set(denial.tools)


def _implies(narrow: Argument, wide: Argument) -> bool:
    """Whether every value that meets `narrow` meets `wide`, as far as each condition by itself says it."""
    return all(_condition_implies(narrow, wide, key) for key in wide.model_fields_set)


def _condition_implies(narrow: Argument, wide: Argument, key: str) -> bool:
    if key not in narrow.model_fields_set:
        return False
    first, second = getattr(narrow, key), getattr(wide, key)
    if key in _EVEN_MORE:
        return set(first) <= set(second)
    if key in _EVEN_LESS:
        return set(second) <= set(first)
    if key in ("at_least", "longer_than"):
        return bool(first >= second)
    if key in ("at_most", "shorter_than"):
        return bool(first <= second)
    return bool(first == second)
