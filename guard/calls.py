"""What a gate knows of its run's calls: the facts that each is decided on, and what tells it from the others."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guard.content import Finding
from guard.days import Days
from guard.decision import Call
from guard.labels import Origins
from guard.provenance import Provenance
from guard.uses import Uses, counted, effect_of
from guard.warrant import Authority
from runtime.canonical import digest
from runtime.clock import Clock
from runtime.journal import Journal, Key
from runtime.uses import Today
from tools.tool import Tool

Body = dict[str, Any]
"""A call as its records say it: step, role, tool, effect, args, key, and soon its number and its labels."""

Inspect = Callable[[Tool, Mapping[str, Any], Origins], tuple[Finding, ...]]
"""Looks through what a call would write, send or spend."""


@dataclass
class Calls:
    """One run's calls. The caller keeps other threads away."""

    authority: Authority
    journal: Journal
    origins: Origins
    provenance: Provenance
    inspect: Inspect
    days: Days | None
    clock: Clock
    _uses: Uses = field(default_factory=Uses)
    _alike: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _numbers: Counter[str] = field(default_factory=Counter)

    def call(self, step: str, role: str, name: str, args: Mapping[str, Any]) -> Call:
        """The call with all that it is decided on."""
        tool = self.authority.tools.get(name)
        targets = tool.targets if tool else ()
        today = self.days.seen(tool) if self.days else Today()
        used_in, sums = counted(name, self._uses.in_run(name), self._uses.sums_without(name, {}), today)
        leaving = tool if tool and (tool.effect != "read" or name in self.authority.declared) else None
        return Call(
            step=step,
            role=role,
            tool=name,
            args=args,
            used=self._uses.of_grant(step, name, effect_of(tool, args)),
            labels={target: self.provenance.label(name, target, args) for target in targets},
            findings=self.inspect(leaving, args, self.origins) if leaving else (),
            used_in=used_in,
            sums=sums,
            at=self.clock.now(),
        )

    def without_facts(self, step: str, role: str, name: str, args: Mapping[str, Any]) -> Call:
        """The call with nothing that would have to be looked up: what is denied whatever that is."""
        return Call(step, role, name, args, used=0, at=self.clock.now())

    def named(self, step: str, role: str, tool: str, args: Mapping[str, Any]) -> Body:
        """The call as its records say it, told from others like it in its step. Each call is named once."""
        known = self.authority.tools.get(tool)
        fingerprint = digest([role, dict(args)])
        self._alike[step, tool, fingerprint] += 1
        return {
            "step": step,
            "role": role,
            "tool": tool,
            "effect": known.effect if known else "unknown",
            "args": dict(args),
            "key": {"hash": fingerprint, "nth": self._alike[step, tool, fingerprint]},
        }

    def number(self, named: Body) -> None:
        """Give the call the name that every record of it says."""
        self._numbers[named["step"]] += 1
        before = self.journal.decision(Key.of(named))
        named["call"] = before["call"] if before else f"{named['step'] or 'none'}-{self._numbers[named['step']]}"

    def count(self, named: Body, *, times: int = 1) -> None:
        """Count a call that was not denied among the uses; with `times=-1`, one that is not made in the end no more."""
        effect = effect_of(self.authority.tools[named["tool"]], named["args"])
        self._uses.add(named["step"], named["tool"], effect, named["args"], times=times)
