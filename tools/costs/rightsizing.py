"""Whether a machine is larger than what runs on it needs: judged from metrics, with what is not known said.

Like AWS Compute Optimizer it wants at least 30 hours of metrics, takes a high percentile (nearest rank) rather than the
mean, and leaves headroom. Memory that nobody measures is unknown, and what rests on it is for a person to decide.
"""

from dataclasses import dataclass
from math import ceil
from typing import Literal

from tools.backends.cloud import Machine, Metrics
from tools.costs.rules import Machines, Size

Action = Literal["stop", "resize", "keep"]

_HOURS = 24 * 30


@dataclass(frozen=True)
class Evidence:
    """What a judgement rests on. CPU and memory at the percentile, in percent; None is not measured."""

    days: int
    hours: int
    percentile: float
    cpu: float | None
    memory: float | None
    burst_credits: float | None


@dataclass(frozen=True)
class Use:
    """What a machine costs in 30 days, and how much of that a commitment covers that would go on costing."""

    currency: str
    monthly: float | None
    covered: float
    commitment: str


@dataclass(frozen=True)
class Judgement:
    """What to do with one machine. `saving` is per 30 days, after the commitment that would go unused; None is unknown.

    `certain` is false where something that matters is not measured: then a person decides, and nothing is changed for
    them.
    """

    action: Action
    size: str
    why: str
    evidence: Evidence
    saving: float | None
    stranded: float
    certain: bool


def judge(machine: Machine, metrics: Metrics, use: Use, rules: Machines) -> Judgement:
    """What the metrics say about the machine, by the house's rules."""
    evidence = _evidence(metrics, rules)
    size = rules.sizes.get(machine.size)
    if machine.state != "running":
        return _keep(f"it is {machine.state}", evidence)
    if evidence.cpu is None or evidence.hours < rules.hours:
        return _keep(f"not enough metrics: {evidence.hours} hours of {rules.hours}", evidence)
    shown = f"CPU p{rules.percentile:g} was {evidence.cpu:.1f} % over {evidence.hours} hours"
    if evidence.cpu < rules.idle_percent:
        return _worth(Judgement("stop", "", f"idle: {shown}", evidence, *_saving(use, 0.0), True), rules)
    if size is None or not size.smaller or size.smaller not in rules.sizes:
        return _keep(f"{shown}; no smaller size is known", evidence)
    smaller = rules.sizes[size.smaller]
    wrong = _does_not_fit(evidence, size, smaller, rules)
    if wrong:
        return _keep(f"{shown}; {wrong}", evidence)
    known = evidence.memory is not None
    memory = f"memory {evidence.memory:.0f} %" if known else "memory unknown: no agent measures it"
    why = f"{shown}, {memory}; {size.smaller} leaves {rules.headroom_percent:g} % free"
    ratio = smaller.hourly / size.hourly
    return _worth(Judgement("resize", size.smaller, why, evidence, *_saving(use, ratio), known), rules)


def percentile(values: tuple[float, ...], of: float) -> float | None:
    """The nearest-rank percentile: the smallest value that at least `of` percent do not exceed. None of nothing."""
    return sorted(values)[max(1, ceil(of / 100 * len(values))) - 1] if values else None


def _evidence(metrics: Metrics, rules: Machines) -> Evidence:
    return Evidence(
        days=rules.days,
        hours=len(metrics.cpu),
        percentile=rules.percentile,
        cpu=percentile(metrics.cpu, rules.percentile),
        memory=percentile(metrics.memory, rules.percentile) if metrics.memory is not None else None,
        burst_credits=min(metrics.credits) if metrics.credits else None,
    )


def _does_not_fit(evidence: Evidence, now: Size, smaller: Size, rules: Machines) -> str:
    """Why the smaller size would be too small; empty if it would do."""
    most = 100 - rules.headroom_percent
    assert evidence.cpu is not None
    if evidence.cpu * now.cpus / smaller.cpus > most:
        return "a smaller one would be too busy"
    if evidence.memory is not None and evidence.memory * now.memory / smaller.memory > most:
        return f"its memory is used to {evidence.memory:.0f} %"
    if smaller.burst and evidence.burst_credits is not None and evidence.burst_credits < 1:
        return "it has run out of burst credits"
    return ""


def _saving(use: Use, ratio: float) -> tuple[float | None, float]:
    """The saving per 30 days at that part of the price, and the covered part that would go on costing."""
    if use.monthly is None:
        return None, 0.0
    gone = use.monthly * (1 - ratio)
    stranded = min(gone, use.covered * (1 - ratio))
    return round(gone - stranded, 2), round(stranded, 2)


def _worth(found: Judgement, rules: Machines) -> Judgement:
    """The judgement, unless what it saves is too little to bother."""
    if found.saving is not None and found.saving < rules.least_saving:
        less = f"{found.why}; but {found.saving:.2f} a month is all it saves"
        stranded = f", since {found.stranded:.2f} of a commitment would go unused" if found.stranded else ""
        return _keep(f"{less}{stranded}", found.evidence, found.stranded)
    return found


def _keep(why: str, evidence: Evidence, stranded: float = 0.0) -> Judgement:
    return Judgement("keep", "", why, evidence, None, stranded, True)
