"""What a new plan changes in the one that was accepted: what it narrows, which is free, and what it widens.

A plan is wider if it lets an effect happen that the other does not: a new step or tool, more often, with other values,
by another role, or without waiting for what had to come before. More to read is no wider: cards and policy limit it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from guard.plan import Grant, Plan, Step
from tools.tool import Tool


@dataclass(frozen=True)
class Changes:
    """What became wider and what narrower, a sentence each."""

    wider: tuple[str, ...]
    narrower: tuple[str, ...]

    @property
    def any(self) -> bool:
        """Whether anything became another."""
        return bool(self.wider or self.narrower)


def compare(old: Plan, new: Plan, tools: Mapping[str, Tool]) -> Changes:
    """What `new` changes in `old`."""
    before, after = ({step.id: step for step in plan.steps} for plan in (old, new))
    found = [one for step in new.steps for one in _step(before.get(step.id), step, tools)]
    found += [("narrower", f"step '{name}' is gone") for name in before if name not in after]
    return Changes(*(tuple(said for kind, said in found if kind == wanted) for wanted in ("wider", "narrower")))


def _step(old: Step | None, new: Step, tools: Mapping[str, Tool]) -> Iterator[tuple[str, str]]:
    known = {grant.tool: grant for grant in old.grants} if old else {}
    for grant in new.grants:
        for kind, said in _grant(known.get(grant.tool), grant):
            is_read = tools[grant.tool].effect == "read"
            yield ("narrower" if is_read else kind), f"step '{new.id}': {said}" + (" (reads only)" if is_read else "")
    given = {grant.tool for grant in new.grants}
    yield from (("narrower", f"step '{new.id}': no {tool} any more") for tool in known if tool not in given)
    acts = any(tools[grant.tool].effect != "read" for grant in new.grants)
    if old is not None and old.role != new.role:
        yield ("wider" if acts else "narrower"), f"step '{new.id}': done by {new.role}, not {old.role}"
    for missing in [one for one in (old.after if old else ()) if one not in new.after]:
        yield ("wider" if acts else "narrower"), f"step '{new.id}': does not wait for step '{missing}'"


def _grant(old: Grant | None, new: Grant) -> Iterator[tuple[str, str]]:
    if old is None:
        yield "wider", f"{new.tool}, up to {new.times} times, is new{_pinned(new)}"
        return
    if new.times != old.times:
        yield ("wider" if new.times > old.times else "narrower"), f"{new.tool} {new.times} times, not {old.times}"
    for name in dict.fromkeys((*old.values, *new.values)):
        before, after = _values(old, name), _values(new, name)
        if after is None:
            yield "wider", f"'{name}' of {new.tool} may be anything, not only {_listed(old, name)}"
        elif before is not None and not after <= before:
            yield "wider", f"'{name}' of {new.tool} may be {_listed(new, name)}, not only {_listed(old, name)}"
        elif after != before:
            yield "narrower", f"'{name}' of {new.tool} may only be {_listed(new, name)}"


def _values(grant: Grant, name: str) -> frozenset[tuple[type, object]] | None:
    """The values it is pinned to, each with its type, for True is not 1; None if it is free."""
    return frozenset((type(one), one) for one in grant.values[name]) if name in grant.values else None


def _listed(grant: Grant, name: str) -> str:
    return " or ".join(f"'{one}'" for one in grant.values[name])


def _pinned(grant: Grant) -> str:
    return "".join(f", with '{name}' {_listed(grant, name)}" for name in grant.values)
