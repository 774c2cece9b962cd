"""Reading a policy for declared tools: what it names must be declared, and each of its conditions able to hold."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from guard.approvers import wrong_person
from guard.kinds import misfits, takes
from guard.policy import PolicyFile
from runtime.checked import checked
from runtime.problems import ConfigProblems, Problem, did_you_mean
from runtime.yamlfile import Loc, Located, load_yaml
from tools.tool import Tool


def load_policy(path: Path, tools: Mapping[str, Tool], roles: Collection[str]) -> PolicyFile:
    """The policy for runs with those tools and roles. Raises ConfigProblems, also for names that do not exist."""
    located = load_yaml(path)
    policy, problems = checked(PolicyFile, located) if located.readable else (None, [])
    found = [*located.problems, *problems]
    if policy is not None:
        found += _policy_problems(policy, located, tools, roles)
    if policy is None or found:
        raise ConfigProblems(found)
    return policy


def _policy_problems(
    policy: PolicyFile, located: Located, tools: Mapping[str, Tool], roles: Collection[str]
) -> Iterator[Problem]:
    """Names in the policy of what does not exist here."""
    yield from _unknown("tool", policy.deny, tools, located, ("deny",))
    for at, approvers in _approvers(policy):
        nobody = [one for one in approvers if wrong_person(one)]
        yield from _unknown("role of approvers", nobody, policy.approvers, located, at)
    for role, people in policy.approvers.items():
        yield from (located.problem(("approvers", role, one), said) for one in people if (said := wrong_person(one)))
    for index, rule in enumerate(policy.rules):
        at = ("rules", index)
        yield from _unknown("tool", rule.tools, tools, located, (*at, "tools"))
        yield from _unknown("role", rule.roles, roles, located, (*at, "roles"))
        yield from _unknown("scenario", rule.scenarios, (), located, (*at, "scenarios"))
        for tool in (tools[one] for one in rule.tools if one in tools):
            known = tool.args.model_fields
            yield from _unknown(f"argument of '{tool.name}'", rule.arguments, known, located, (*at, "arguments"))
            added = (rule.total.argument,) if rule.total else ()
            yield from _unknown(f"argument of '{tool.name}'", added, known, located, (*at, "total", "argument"))
            owner = (rule.approver_in,) if rule.approver_in else ()
            yield from _unknown(f"target of '{tool.name}'", owner, tool.targets, located, (*at, "approver_in"))
            for name in [one for one in rule.arguments if one in known]:
                for key, message in misfits(rule.arguments[name], takes(known[name].annotation)):
                    yield located.problem((*at, "arguments", name, key), f"'{name}' of '{tool.name}': {message}")


def _approvers(policy: PolicyFile) -> Iterator[tuple[Loc, tuple[str, ...]]]:
    """Where the policy names who answers."""
    yield ("approval", "approvers"), policy.approval.approvers
    yield ("approval", "escalate", "to"), policy.approval.escalate.to if policy.approval.escalate else ()
    yield from ((("rules", index, "approvers"), rule.approvers) for index, rule in enumerate(policy.rules))


def _unknown(kind: str, names: Iterable[str], known: Collection[str], located: Located, at: Loc) -> Iterator[Problem]:
    for one in names:
        if one not in known:
            yield located.problem((*at, one), f"unknown {kind}: '{one}'", did_you_mean(one, known), key=True)
