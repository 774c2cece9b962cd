"""The house's rules on tool calls, as config/policies.yaml lists them: which calls they look at, and what they say.

`tools` or `effects`, `roles` and `scenarios` say which calls a rule looks at; `arguments`, `times`, `total`,
`hours` and `untrusted` are its conditions, and all of them have to hold. Then

    deny         the call is denied
    ask          a person is asked
    allow_only   nothing is said; the call is denied if an argument does not meet its condition

No rule allows anything. Of those that apply, deny goes before ask, and two people before one; then the first in the
file. What cannot be judged is denied by the rule `policy.error`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from guard.conditions import MAIL, Argument, Hours, Times, Total
from runtime.fields import Text, each_once
from tools.tool import Tool

Changing = Literal["write", "send", "spend", "execute"]

ERROR = "policy.error"

_ID = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"
_OWN = frozenset(
    "approval args content crew gate grant label plan policy role step target tool warrant".split()  # noqa: SIM905
)


class Rule(BaseModel):
    """One rule. It can deny and ask, never allow what cards, plans and tools do not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=_ID, max_length=80, description="its name in decisions, words with dots between them")
    verdict: Literal["deny", "ask", "allow_only"] = Field(
        description="deny, ask (a person), or allow_only (deny unless the arguments are as said)"
    )
    tools: tuple[str, ...] = Field(default=(), description="the tools it is about, by name")
    effects: tuple[Changing, ...] = Field(default=(), description="or all tools of these effects")
    arguments: dict[str, Argument] = Field(
        default_factory=dict, min_length=1, description="what holds for the arguments, by name"
    )
    times: Times | None = Field(default=None, description="it holds once a tool was allowed so often")
    total: Total | None = Field(default=None, description="it holds once a number of its tools comes to more")
    hours: Hours | None = Field(default=None, description="it holds if the call is made outside of these hours")
    untrusted: Literal[True] | None = Field(
        default=None, description="true: it holds if whom or what the call acts on comes from no trusted origin"
    )
    roles: tuple[str, ...] = Field(default=(), description="only calls by these roles; else by all")
    scenarios: tuple[str, ...] = Field(default=(), description="only runs of these; else all runs")
    reason: Text = Field(description="why, in a sentence that the model and people read")
    approvers: tuple[str, ...] = Field(
        default=(), description="who may say yes: roles of people, or user:NAME; else anybody who may"
    )
    approver_in: Text | None = Field(
        default=None,
        description="the target whose value is the mail address of who may say yes; those in 'approvers' may too",
    )
    people: Literal[1, 2] = Field(default=1, description="how many different people have to say yes")

    instead: ClassVar[Mapping[str, str]] = {
        "name": "use 'id'",
        "tool": "use 'tools' with a list",
        "effect": "use 'effects' with a list",
        "args": "use 'arguments'",
        "when": "use 'arguments', 'times', 'total' or 'hours'",
        "sum": "use 'total'",
        "action": "use 'verdict'",
        "owner": "use 'approver_in' with the name of the argument",
    }

    @field_validator("id")
    @classmethod
    def _is_not_the_gates(cls, name: str) -> str:
        if name.partition(".")[0] in _OWN:
            raise ValueError(f"'{name}' reads like a rule of the gate itself; begin it with another word")
        return name

    @field_validator("tools", "effects", "roles", "scenarios", "approvers")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names:
            raise ValueError("it is empty; write a name, or remove the key")
        return each_once(names)

    @field_validator("arguments")
    @classmethod
    def _belong_to_tools(cls, arguments: dict[str, Argument], info: Any) -> dict[str, Argument]:
        if info.data.get("effects"):
            raise ValueError("they belong to tools; name the tools under 'tools' in place of 'effects'")
        if info.data.get("verdict") == "allow_only" and any(one.hours for one in arguments.values()):
            raise ValueError("'hours' say what is outside of them; use 'verdict: deny' or 'ask'")
        return arguments

    @field_validator("times", "total", "hours", "untrusted")
    @classmethod
    def _says_when_calls_are_refused(cls, value: Any, info: Any) -> Any:
        if value is None:
            raise ValueError("it has no value; write one, or remove the key")
        if info.data.get("verdict") == "allow_only":
            raise ValueError("it says when calls are refused; use 'verdict: deny' or 'ask'")
        return value

    @field_validator("approvers", "approver_in", "people")
    @classmethod
    def _is_about_an_ask(cls, value: Any, info: Any) -> Any:
        if info.data.get("verdict") in ("deny", "allow_only"):
            raise ValueError("nobody is asked here; use 'verdict: ask', or remove it")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> "Rule":
        if bool(self.tools) == bool(self.effects):
            raise ValueError("it must say which calls it is about; write either 'tools' or 'effects'")
        if self.total and not self.tools:
            raise ValueError("'total' adds up an argument; name the tools under 'tools' in place of 'effects'")
        if self.approver_in and not self.tools:
            raise ValueError("'approver_in' is an argument; name the tools under 'tools' in place of 'effects'")
        if self.verdict == "allow_only" and not self.arguments:
            raise ValueError("'allow_only' needs 'arguments'; say what is allowed")
        users = [one for one in self.approvers if one.startswith("user:")]
        if self.people == 2 and len(self.approvers) == len(users) == 1 and not self.approver_in:
            raise ValueError(f"two people have to say yes, and only '{users[0]}' may; name another approver")
        return self

    def looks_at(self, tool: Tool, role: str, scenario: str) -> bool:
        """Whether a call of this tool, by this role, in a run of this scenario is its business."""
        return (
            (tool.name in self.tools or tool.effect in self.effects)
            and (not self.roles or role in self.roles)
            and (not self.scenarios or scenario in self.scenarios)
        )

    def applies(self, values: Mapping[str, Any], facts: "Facts") -> bool:
        """Whether it has something to say to a call that it looks at. Raises if that cannot be found out."""
        if self.verdict == "allow_only":
            return not all(one.fits(values[name], doubt=False) for name, one in self.arguments.items())
        return (
            all(one.fits(values[name], doubt=True) for name, one in self.arguments.items())
            and (self.times is None or self.times.holds(facts.used[self.times.per]))
            and (self.total is None or self._is_too_much(self.total, values[self.total.argument], facts.sums))
            and (self.hours is None or self.hours.holds(facts.at))
            and (self.untrusted is None or facts.untrusted)
        )

    def _is_too_much(self, total: Total, value: Any, sums: Mapping[tuple[str, str, str], float]) -> bool:
        """Whether the value is, after what the argument came to over all tools of the rule."""
        return total.holds(sum(sums.get((tool, total.argument, total.per), 0.0) for tool in self.tools), value)


@dataclass(frozen=True)
class Facts:
    """What rules know of a call beside its arguments.

    `used` is how often the tool was allowed before, per `run`, `day` and `tenant_day`; `sums` what arguments came to
    there, by tool and argument; `at` is when the call is made, aware; `untrusted`, whether it acts on something that
    comes from no trusted origin.
    """

    used: Mapping[str, int]
    at: datetime
    sums: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    untrusted: bool = False


@dataclass(frozen=True)
class Judgement:
    """What the rules say to a call. `rule` and `reason` are empty for `pass`; the rest is for who has to be asked."""

    verdict: Literal["deny", "ask", "pass"]
    rule: str = ""
    reason: str = ""
    people: int = 1
    approvers: tuple[str, ...] = ()


def judge(
    rules: Sequence[Rule], *, tool: Tool, args: Mapping[str, Any], role: str, scenario: str, facts: Facts
) -> Judgement:
    """What the rules say to a call. Reads nothing but its arguments, and never raises: an error inside is a denial.

    `scenario` is empty for a goal of its own.
    """
    try:
        return _heaviest(_said([one for one in rules if one.looks_at(tool, role, scenario)], tool, args, facts))
    except Exception as error:  # rules that cannot be applied protect nothing, so nothing passes
        return Judgement("deny", ERROR, f"the rules cannot be applied to '{tool.name}': {type(error).__name__}")


def _said(rules: Sequence[Rule], tool: Tool, args: Mapping[str, Any], facts: Facts) -> Iterator[Judgement]:
    """What each rule that applies says, in the order of the file."""
    values: dict[str, Any] = {}
    for rule in rules:
        if (rule.arguments or rule.total or rule.approver_in) and not values:
            given = tool.args.model_validate(dict(args))
            values = {name: getattr(given, name) for name in tool.args.model_fields}
        if rule.applies(values, facts):
            yield _judgement(rule, values)


def _judgement(rule: Rule, values: Mapping[str, Any]) -> Judgement:
    """What a rule that applies says. Where nobody can be found who may say yes, nobody is asked in their place."""
    if rule.verdict != "ask":
        return Judgement("deny", rule.id, rule.reason)
    if rule.approver_in is None:
        return Judgement("ask", rule.id, rule.reason, rule.people, rule.approvers)
    named = values[rule.approver_in]
    if not isinstance(named, str) or not re.fullmatch(MAIL, named):
        return Judgement("deny", rule.id, f"'{rule.approver_in}' names nobody who could be asked")
    return Judgement("ask", rule.id, rule.reason, rule.people, (named.casefold(), *rule.approvers))


def _heaviest(said: Iterator[Judgement]) -> Judgement:
    """One judgement for all: the first denial; else one question, of as many people as any rule wants, of those whom
    the first rule that names somebody names.
    """
    asks: list[Judgement] = []
    for one in said:
        if one.verdict == "deny":
            return one
        asks.append(one)
    if not asks:
        return Judgement("pass")
    people = max(one.people for one in asks)
    first = next((one for one in asks if one.approvers), None) or next(one for one in asks if one.people == people)
    return replace(first, people=people)
