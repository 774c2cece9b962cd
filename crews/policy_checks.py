"""What must be true of the policy: what its rules name exists, and each of them can come to a decision."""

from collections.abc import Collection, Iterator, Sequence

from crews.references import Known
from crews.shadows import shadowed
from crews.sources import Entry, Source
from guard.approvers import Person, Roster, wrong_person
from guard.kinds import misfits, takes
from guard.policy import PolicyFile
from guard.rules import Rule
from runtime.problems import Problem, did_you_mean
from runtime.yamlfile import Loc


def policy_problems(entry: Entry[PolicyFile], known: Known, scenarios: Collection[str]) -> Iterator[Problem]:
    """Everything in the policy that names what does not exist, or that can never decide anything."""
    policy, source = entry.value, entry.source
    if policy is None:
        return
    for tool in policy.deny:
        yield from known.unknown("tool", tool, known.tools, source, ("deny", tool))
    for index, rule in enumerate(policy.rules):
        at = Source(source.located, (*source.at, "rules", index))
        yield from _names(rule, at, known, scenarios)
        yield from _arguments(rule, at, known)
        yield from _totals(rule, at, known)
        yield from _owners(rule, at, known)
    yield from _people(policy, source)
    yield from _same_ids(policy, source)
    yield from _never_reached(policy, source, known)


def _names(rule: Rule, source: Source, known: Known, scenarios: Collection[str]) -> Iterator[Problem]:
    for tool in rule.tools:
        yield from known.unknown("tool", tool, known.tools, source, ("tools", tool))
    for role in rule.roles:
        yield from known.unknown("role", role, known.roles, source, ("roles", role))
    for scenario in rule.scenarios:
        yield from known.unknown("scenario", scenario, scenarios, source, ("scenarios", scenario))


def _arguments(rule: Rule, source: Source, known: Known) -> Iterator[Problem]:
    """Arguments that one of the rule's tools does not have, and conditions that its values can never meet."""
    for name, argument in rule.arguments.items():
        at = ("arguments", name)
        said: set[str] = set()
        for tool in (known.tools[one] for one in rule.tools if one in known.tools):
            if name not in tool.args.model_fields:
                hint = did_you_mean(name, tool.args.model_fields) if tool.args.model_fields else "it has none"
                yield source.problem(at, f"the tool '{tool.name}' has no argument '{name}'", hint, key=True)
                break
            for key, message in misfits(argument, takes(tool.args.model_fields[name].annotation)):
                if message not in said:
                    said.add(message)
                    yield source.problem((*at, key), f"'{name}' of '{tool.name}': {message}")


def _totals(rule: Rule, source: Source, known: Known) -> Iterator[Problem]:
    """An argument to be added up that one of the rule's tools does not have, or that is no number."""
    name = rule.total.argument if rule.total else ""
    acting = [known.tools[one] for one in rule.tools if one in known.tools]
    if rule.untrusted and acting and not any(tool.targets for tool in acting):
        yield source.problem(("untrusted",), "none of its tools has a target; this can never hold", key=True)
    for tool in (known.tools[one] for one in rule.tools if name and one in known.tools):
        fields = tool.args.model_fields
        at = ("total", "argument")
        if name not in fields:
            hint = did_you_mean(name, fields) if fields else "it has none"
            yield source.problem(at, f"the tool '{tool.name}' has no argument '{name}'", hint)
        elif not (kind := takes(fields[name].annotation)).anything and (kind.listed or "number" not in kind.kinds):
            yield source.problem(at, f"'{name}' of '{tool.name}' is no number, and cannot be added up")


def _owners(rule: Rule, source: Source, known: Known) -> Iterator[Problem]:
    """An argument that is to name who answers, and whose origin nobody looks at in one of the rule's tools."""
    for tool in (known.tools[one] for one in rule.tools if rule.approver_in and one in known.tools):
        if rule.approver_in not in tool.targets:
            hint = did_you_mean(str(rule.approver_in), tool.targets) if tool.targets else "it has none"
            yield source.problem(("approver_in",), f"the tool '{tool.name}' has no target '{rule.approver_in}'", hint)


def _people(policy: PolicyFile, source: Source) -> Iterator[Problem]:
    """Approvers who are nobody, roles that do not exist, and two people where there is only one."""
    for role, people in policy.approvers.items():
        for one in people:
            if said := wrong_person(one):
                yield source.problem(("approvers", role, one), said)
    named: list[tuple[Loc, tuple[str, ...], int]] = [(("approval", "approvers"), policy.approval.approvers, 1)]
    if policy.approval.escalate:
        named.append((("approval", "escalate", "to"), policy.approval.escalate.to, 1))
    named += [
        (("rules", index, "approvers"), rule.approvers, rule.people - (rule.approver_in is not None))
        for index, rule in enumerate(policy.rules)
    ]
    for at, approvers, needed in named:
        unknown = [one for one in approvers if one not in policy.approvers and wrong_person(one)]
        for one in unknown:
            yield source.problem((*at, one), f"there are no approvers '{one}'", did_you_mean(one, policy.approvers))
        if needed > 1 and approvers and not unknown and len(_members(policy, approvers)) < needed:
            problem = f"two people have to say yes, and {', '.join(approvers)} are fewer"
            yield source.problem(at, problem, "name another approver")


def _members(policy: PolicyFile, approvers: Sequence[str]) -> set[str]:
    """The people who are meant, each by one name; people who are nobody are another problem."""
    roles = {role: [Person.of(one) for one in some if not wrong_person(one)] for role, some in policy.approvers.items()}
    return {person.name for person, _ in Roster(roles).people(approvers)}


def _same_ids(policy: PolicyFile, source: Source) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, rule in enumerate(policy.rules):
        if first.setdefault(rule.id, index) != index:
            where = source.problem(("rules", first[rule.id], "id"), "").where
            hint = "give each rule an id of its own"
            yield source.problem(("rules", index, "id"), f"'{rule.id}' is the id of the rule in {where} too", hint)


def _never_reached(policy: PolicyFile, source: Source, known: Known) -> Iterator[Problem]:
    for index, front in shadowed(policy.rules, policy.deny, known.tools):
        rule = policy.rules[index]
        denies = "'deny' already denies all its tools" if front == "deny" else f"'{front}' denies all its calls"
        hint = "remove it, or narrow what stands before it"
        yield source.problem(("rules", index, "id"), f"the rule '{rule.id}' never decides: {denies}", hint)
