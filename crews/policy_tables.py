"""Tables of calls with the verdicts that a policy has to give: read, checked, and tried. Nothing is run for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from crews.config import Config
from crews.references import Known
from crews.sources import Source
from guard.conditions import Per
from guard.policy import PolicyFile
from guard.rules import Facts, Judgement, judge
from runtime.checked import checked
from runtime.leaks import without_secrets
from runtime.problems import ConfigProblems, Problem, did_you_mean
from runtime.yamlfile import Located, load_yaml
from tools.tool import Tool

NOON = datetime(2027, 3, 9, 12, tzinfo=UTC)
"""When a call is made that does not say when: a Tuesday at noon."""


class Used(BaseModel):
    """How often the tool was allowed before the call, and what its numbers came to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: int = Field(default=0, ge=0, description="in this run")
    day: int = Field(default=0, ge=0, description="on this day, by all runs")
    tenant_day: int = Field(default=0, ge=0, description="on this day, by the tenant's runs")
    total: dict[str, dict[Per, float]] = Field(
        default_factory=dict, description="what an argument came to, per run, day or tenant_day"
    )


class Case(BaseModel):
    """One call, and what has to be said to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tool: str = Field(description="the tool that is called")
    args: dict[str, Any] = Field(default_factory=dict, description="its arguments")
    role: str = Field(default="", description="the role that calls it")
    scenario: str = Field(default="", description="the run's scenario, if it has one")
    at: AwareDatetime = Field(default=NOON, description="when the call is made, with its zone; a Tuesday at noon")
    used: Used = Field(default=Used(), description="how often the tool was allowed before")
    untrusted: bool = Field(default=False, description="true: whom or what it acts on comes from no trusted origin")
    expect: Literal["allow", "ask", "deny"] = Field(description="allow, ask or deny")
    rule: str = Field(default="", description="the id of the rule that has to decide")

    instead: ClassVar[Mapping[str, str]] = {"verdict": "use 'expect'", "arguments": "use 'args'"}


class CaseFile(BaseModel):
    """A table of calls."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cases: tuple[Case, ...] = Field(description="the calls, each with what is expected")

    @field_validator("cases")
    @classmethod
    def _are_some(cls, cases: tuple[Case, ...]) -> tuple[Case, ...]:
        if not cases:
            raise ValueError("it is empty; list at least one call")
        return cases


@dataclass(frozen=True)
class Tried:
    """One case and what the policy says to it."""

    case: Case
    verdict: Literal["allow", "ask", "deny"]
    rule: str
    reason: str

    @property
    def right(self) -> bool:
        """Whether it is what was expected, by the rule that was expected if one was."""
        return self.verdict == self.case.expect and self.case.rule in ("", self.rule)


def read_cases(file: Path, config: Config) -> tuple[Case, ...]:
    """The file's cases. Raises ConfigProblems with all that is wrong in it, such as a tool that does not exist."""
    located = without_secrets(load_yaml(file))
    if not located.readable:
        raise ConfigProblems(located.problems)
    table, problems = checked(CaseFile, located)
    problems += located.problems
    if table is not None:
        problems += _problems(table, located, config)
    if table is None or problems:
        raise ConfigProblems(problems)
    return table.cases


def tried(case: Case, policy: PolicyFile, tools: Mapping[str, Tool]) -> Tried:
    """What the policy says to the case: first the tools it denies outright, then its rules."""
    if case.tool in policy.deny:
        return Tried(case, "deny", "policy.denied", f"the policy never allows '{case.tool}'")
    said: Judgement = judge(
        policy.rules,
        tool=tools[case.tool],
        args=case.args,
        role=case.role,
        scenario=case.scenario,
        facts=Facts(
            used=case.used.model_dump(exclude={"total"}),
            at=case.at,
            sums={(case.tool, name, per): one for name, sums in case.used.total.items() for per, one in sums.items()},
            untrusted=case.untrusted,
        ),
    )
    return Tried(case, "allow" if said.verdict == "pass" else said.verdict, said.rule, said.reason)


def all_tried(file: Path, config: Config) -> list[Tried]:
    """Every case of the file, tried against the configuration's policy."""
    return [tried(case, config.policies, config.tools) for case in read_cases(file, config)]


def _problems(table: CaseFile, located: Located, config: Config) -> Iterator[Problem]:
    tools, known = config.tools, Known({}, {}, {})
    rules = [one.id for one in config.policies.rules]
    for index, case in enumerate(table.cases):
        source = Source(located, ("cases", index))
        yield from known.unknown("tool", case.tool, tools, source, ("tool",))
        if case.tool in tools:
            yield from _misfits(case, tools[case.tool], source)
            arguments = tools[case.tool].args.model_fields
            for name in case.used.total:
                yield from known.unknown("argument", name, arguments, source, ("used", "total", name))
        if case.role:
            yield from known.unknown("role", case.role, config.roles, source, ("role",))
        if case.scenario:
            yield from known.unknown("scenario", case.scenario, config.scenarios, source, ("scenario",))
        if case.rule and case.rule not in (*rules, "policy.denied"):
            yield source.problem(("rule",), f"the policy has no rule '{case.rule}'", did_you_mean(case.rule, rules))
        if case.rule and case.expect == "allow":
            yield source.problem(("rule",), "no rule allows a call", "remove 'rule', or expect 'ask' or 'deny'")


def _misfits(case: Case, tool: Tool, source: Source) -> Iterator[Problem]:
    try:
        tool.args.model_validate(case.args)
    except ValidationError as error:
        for one in error.errors():
            at = ("args", *one["loc"])
            name = ".".join(map(str, one["loc"]))
            yield source.problem(at, f"'{name}' does not fit '{tool.name}': {one['msg'].lower()}", key=True)
