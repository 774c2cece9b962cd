"""Opening a run without CrewAI and without a project: tools from a YAML file, one ledger, the same gate.

In memory, the ledger lives as long as the run. In a file, its keys are in the folder `keys` beside it, where the
`deputy audit` commands find them if DEPUTY_HOME names that folder and the file is called ledger.sqlite.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guard.approvers import Roster, terms_of
from guard.budget import Budget
from guard.days import Days
from guard.declarations import Declared, load_declarations
from guard.labels import Origins
from guard.plan import Grant, Plan, Step
from guard.policy import PolicyFile
from guard.policy_loading import load_policy
from guard.run import Checked, Labelled, Run
from guard.warrant import Authority, accept
from runtime.canonical import digest
from runtime.clock import Clock, SystemClock
from runtime.errors import UsageError
from runtime.problems import did_you_mean
from runtime.uses import tenant_of

if TYPE_CHECKING:
    from runtime.ledger import Ledger

__all__ = ["Checked", "Labelled", "Run", "open_run"]

STEP, ROLE, TIMES = "run", "agent", 20
"""The one step of a run without a plan, its role, and how often it may call a tool that says nothing else."""


def open_run(
    *,
    principal: str,
    goal: str,
    declarations: Path | str,
    tenant: str = "",
    tools: Sequence[str] | None = None,
    plan: Plan | None = None,
    policy: Path | str | None = None,
    ledger: Path | str | None = None,
    trusted: Iterable[tuple[Any, str]] = (),
    clock: Clock | None = None,
) -> Run:
    """A run that may call `tools`, or in each step of a `plan` what it is granted of them (else of all declared tools).

    `trusted` holds more trusted values, each with its origin. Raises UsageError, ConfigProblems with all that is wrong
    with a file, and PlanRefused for a plan that asks for too much; nothing is recorded then. The `tenant` is what
    stands after the principal's last @, unless it is given.
    """
    clock = clock or SystemClock()
    declared = load_declarations(Path(declarations))
    _check(principal, goal, declared, tools, plan)
    allowed = tuple(dict.fromkeys(tools if tools is not None else declared))
    chosen = plan or _plan_of(goal, allowed, declared)
    roles = {step.role: frozenset(allowed) for step in chosen.steps}
    house = load_policy(Path(policy), {name: one.tool for name, one in declared.items()}, roles) if policy else None
    ends = clock.now() + timedelta(hours=house.plan_hours) if house and house.plan_hours else None
    warrant = replace(accept(chosen, _authority(declared, roles, house)), expires=ends)
    origins = Origins()
    origins.from_goal(goal)
    for value, origin in trusted:
        origins.trust(value, origin)
    book = _ledger(ledger, clock)
    name = f"{clock.now().astimezone():%y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    run = Run(
        name,
        principal=principal,
        warrant=warrant,
        tools=declared,
        ledger=book,
        clock=clock,
        origins=origins,
        budget=_budget(house, clock),
        days=Days(book, name, tenant or tenant_of(principal), warrant.authority.rules, clock),
        terms=terms_of(house) if house else None,
        roster=Roster.of(house) if house else None,
        step="" if plan else STEP,
    )
    by = "the caller" if plan else "the tools that were named"
    _record_start(run, goal, declared, house, tenant=tenant, by=by)
    return run


def _check(
    principal: str, goal: str, declared: Mapping[str, Declared], tools: Sequence[str] | None, plan: Plan | None
) -> None:
    if not principal.strip() or not goal.strip():
        missing = "principal" if not principal.strip() else "goal"
        raise UsageError(f"a run needs a {missing}", remedy="say who wants what")
    if isinstance(tools, str):
        raise UsageError("'tools' is a text", remedy=f"give a list, such as ['{tools}']")
    if tools is None and plan is None:
        raise UsageError("nothing says which tools the run may call", remedy="give 'tools', or a 'plan'")
    for name in tools or ():
        if name not in declared:
            raise UsageError(f"no tool '{name}' is declared", remedy=did_you_mean(name, declared))


def _plan_of(goal: str, tools: Iterable[str], declared: Mapping[str, Declared]) -> Plan:
    """One step with everything that the run may do."""
    grants = tuple(Grant(tool=name, times=declared[name].spec.times or TIMES) for name in tools)
    return Plan(steps=(Step(id=STEP, role=ROLE, task=goal, expected="the goal is reached", grants=grants),))


def _authority(
    declared: Mapping[str, Declared], roles: Mapping[str, frozenset[str]], house: PolicyFile | None
) -> Authority:
    tools = {name: one.tool for name, one in declared.items()}
    caps = tuple(rule for one in declared.values() for rule in one.caps)
    if house is None:
        return Authority(tools, roles, rules=caps)
    return Authority(
        tools,
        roles,
        denied=frozenset(house.deny),
        rules=(*caps, *house.rules),
        untrusted_target=house.untrusted_target,
        denied_content=house.content.denied,
        outside_plan=house.outside_plan,
    )


def _budget(house: PolicyFile | None, clock: Clock) -> Budget | None:
    if house is None:
        return None
    limits = house.budget
    return Budget(limits.model_calls, limits.tool_calls, limits.usd, limits.minutes, clock, tokens=limits.tokens)


def _ledger(path: Path | str | None, clock: Clock) -> "Ledger":
    from runtime.database import open_database
    from runtime.keys import LedgerKeys
    from runtime.ledger import Ledger

    if path is None:
        return Ledger(open_database("sqlite://"), secrets.token_bytes(32), clock)
    file = Path(path).resolve()
    keys = file.parent / "keys"
    keys.mkdir(parents=True, exist_ok=True)
    return Ledger(open_database(f"sqlite:///{file}"), LedgerKeys(keys), clock)


def _record_start(
    run: Run, goal: str, declared: Mapping[str, Declared], house: PolicyFile | None, *, tenant: str, by: str
) -> None:
    config = digest({"tools": {name: one.spec for name, one in declared.items()}, "policy": house})
    started = {"goal": goal, "scenario": "", "crew": "", "process": "standalone", "principal": run.principal}
    started["tenant"] = tenant or tenant_of(run.principal)
    rest: dict[str, Any] = {
        "inputs": {},
        "world": "",
        "mode": "",
        "models": {},
        "config": config,
        "wish": {"goal": goal},
    }
    run.ledger.append(run.id, "run.started", started | rest)
    run.ledger.append(run.id, "plan.proposed", {"plan": run.warrant.plan, "role": "", "model": ""})
    accepted = {"plan": run.warrant.digest, "by": by, "reason": "within the declared tools and the policy"}
    run.ledger.append(run.id, "plan.accepted", accepted)
