"""The decision on one tool call: pure, deterministic, and able to say why.

Rules in the order they are tried; the first that applies decides:

    tool.unknown      deny   no tool of that name is declared
    policy.denied     deny   the policy never allows the tool
    warrant.expired   deny   the plan was accepted too long ago
    step.unknown      deny   the call belongs to no step of the warrant
    crew.read_only    deny   the crew only reads, and the tool changes the world
    role.tools        deny   the tool is not on the role's card, or the step is another role's
    step.tools        deny   the step was not granted the tool
    step.times        deny   the step has used up its grant
    args.schema       deny   the arguments do not fit the tool's schema
    grant.values      deny   an argument has another value than the plan pins it to; asked if the policy says so
    RULE              ask    a rule of config/policies.yaml, by its id: it asks or denies
    target.untrusted  ask    whom or what it acts on comes from no trusted origin; denied where it spends or executes
    content.KIND      ask    what would be sent holds what a person should see first; secrets are denied
    warrant           allow  the warrant grants it
    approval.given    allow  a person who was asked has written the call anew, and would be asked the same about it
    tool.changed      deny   a foreign tool is not as a person accepted it; looked at last, by the gate itself

Of the four before `warrant`, what denies goes before what asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import ValidationError

from guard.content import Finding
from guard.labels import Label
from guard.plan import Grant, Step
from guard.rules import Facts, Judgement, judge
from guard.warrant import Authority, Warrant
from runtime.clock import stamp
from tools.tool import Tool

Verdict = Literal["allow", "ask", "deny"]


@dataclass(frozen=True)
class Call:
    """A tool call about to happen.

    `used` is how much of the step's grant is used up for it (`guard.uses`), `used_in` how often the tool was allowed
    per `run`, `day` and `tenant_day`, and `sums` what an argument came to there; `labels` say of each target argument
    whether it is trusted; `findings` what is wrong with the content; `at` is when the call is made; `written` are the
    arguments that a person wrote anew: what the plan pins them to binds the model, and not that person.
    """

    step: str
    role: str
    tool: str
    args: Mapping[str, Any]
    used: int
    at: datetime
    labels: Mapping[str, Label] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    used_in: Mapping[str, int] = field(default_factory=lambda: {"run": 0, "day": 0, "tenant_day": 0})
    sums: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    written: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Decision:
    """What the gate says to a call, by which rule, and why in words a person and a model can use.

    `instead` says what would have been allowed. For `ask`: how many people must approve, and who may (nobody named
    means anybody).
    """

    verdict: Verdict
    rule: str
    reason: str
    people: int = 1
    approvers: tuple[str, ...] = ()
    instead: str = ""


def decide(call: Call, warrant: Warrant) -> Decision:
    """The decision on `call` under `warrant`. Reads nothing but its arguments."""
    tool = warrant.authority.tools.get(call.tool)
    if tool is None:
        return Decision("deny", "tool.unknown", f"there is no tool '{call.tool}'")
    if call.tool in warrant.authority.denied:
        return Decision("deny", "policy.denied", f"the policy never allows '{call.tool}'")
    if warrant.expires is not None and call.at >= warrant.expires:
        return Decision("deny", "warrant.expired", f"the warrant ended at {stamp(warrant.expires)}")
    step = warrant.step(call.step)
    if step is None:
        return Decision("deny", "step.unknown", f"'{call.tool}' was called outside of the warrant's steps")
    return _within(step, call, tool, warrant)


def _within(step: Step, call: Call, tool: Tool, warrant: Warrant) -> Decision:
    if warrant.authority.read_only and tool.effect != "read":
        return Decision("deny", "crew.read_only", f"'{call.tool}' has effect '{tool.effect}', and this crew only reads")
    if call.role != step.role or call.tool not in warrant.authority.roles.get(call.role, frozenset()):
        reason = f"role '{call.role}' may not use '{call.tool}' in step '{step.id}'"
        return Decision("deny", "role.tools", reason, instead=_granted(step))
    given = next((grant for grant in step.grants if grant.tool == call.tool), None)
    if given is None:
        granted = ", ".join(f"'{grant.tool}'" for grant in step.grants) or "no tool"
        reason = f"step '{step.id}' may use {granted}, not '{call.tool}'"
        return Decision("deny", "step.tools", reason, instead=_granted(step))
    if call.used >= given.times:
        reason = f"step '{step.id}' may use '{call.tool}' {given.times} times, and has"
        return Decision("deny", "step.times", reason, instead=_granted(step, call.tool))
    wrong = argument_problems(tool, call.args)
    if wrong:
        known = ", ".join(tool.args.model_fields) or "no arguments"
        return Decision("deny", "args.schema", f"'{call.tool}': {wrong}", instead=f"{call.tool} with {known}")
    return _by_policy(call, tool, given, warrant) or Decision(
        "allow", "warrant", f"granted to step '{step.id}', {call.used + 1} of {given.times}"
    )


def _by_policy(call: Call, tool: Tool, given: Grant, warrant: Warrant) -> Decision | None:
    """What pinned values, rules, labels and findings say against a granted call, denials first; None for nothing."""
    authority, doubt = warrant.authority, _untrusted(call, tool, warrant)
    judged = judge(
        authority.rules,
        tool=tool,
        args=call.args,
        role=call.role,
        scenario=authority.scenario,
        facts=Facts(call.used_in, call.at, call.sums, untrusted=doubt is not None),
    )
    said = [_judged(judged), _unpinned(call, given, authority), doubt, *_found(call, authority)]
    return next((one for verdict in ("deny", "ask") for one in said if one and one.verdict == verdict), None)


def _found(call: Call, authority: Authority) -> list[Decision]:
    """What the findings come to; those of a tool that does not write to the outside count only if they are denials."""
    outside = authority.tools[call.tool].effect == "send"
    return [
        Decision(verdict, f"content.{one.kind}", f"'{one.where}' holds {one.shown}" if one.where else one.shown)
        for one in call.findings
        if (verdict := authority.on_finding(one.kind, one.severity)) == "deny" or outside
    ]


def _unpinned(call: Call, given: Grant, authority: Authority) -> Decision | None:
    """What is said to values outside of the pinned ones: they are another act than the one that was accepted."""
    name = given.outside(call.args, call.written)
    if not name:
        return None
    allowed = ", ".join(f"'{value}'" for value in given.values[name])
    reason = f"'{name}' is '{call.args.get(name)}', and the plan says {allowed}"
    return Decision(authority.outside_plan, "grant.values", reason, instead=f"'{name}' as the plan says: {allowed}")


def _judged(judged: Judgement) -> Decision | None:
    if judged.verdict == "pass":
        return None
    return Decision(judged.verdict, judged.rule, judged.reason, judged.people, judged.approvers)


def _untrusted(call: Call, tool: Tool, warrant: Warrant) -> Decision | None:
    for name in tool.targets:
        label = call.labels.get(name, Label(False, "nobody knows where"))
        if not label.trusted:
            shown = f"'{label.item}'" if label.item else "a value"
            reason = f"'{name}' names {shown}, which comes from {label.origin} and from no trusted origin"
            verdict = warrant.authority.on_untrusted_target(tool.effect)
            instead = f"'{name}' from the goal, the plan, the directory, or a trusted field of a tool's result"
            return Decision(verdict, "target.untrusted", reason, instead=instead)
    return None


def _granted(step: Step, less: str | None = None) -> str:
    """What the step may do, without the tool whose grant is used up."""
    left = ", ".join(f"{grant.tool} (up to {grant.times})" for grant in step.grants if grant.tool != less)
    return left or f"nothing more in step '{step.id}'"


def argument_problems(tool: Tool, args: Mapping[str, Any]) -> str:
    """What is wrong with `args` for `tool`, in one line; empty if nothing is."""
    try:
        tool.args.model_validate(dict(args))
    except ValidationError as error:
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg'].lower()}" for one in error.errors())
    return ""
