"""Machines are judged from what is measured; what is not measured is said."""

import pytest

from tests.tools.costing import rules
from tools.backends.cloud import Machine, Metrics
from tools.costs.advice import protected
from tools.costs.rightsizing import Judgement, Use, judge, percentile

MACHINES = rules().machines
USE = Use("USD", 700.0, 0.0, "")


def judged(
    cpu: float, *, memory: float | None = 20.0, size: str = "m7i.4xlarge", use: Use = USE, hours: int = 336
) -> Judgement:
    measured = Metrics((cpu,) * hours, (memory,) * hours if memory is not None else None)
    return judge(Machine("i-1", size, "running", "acct", "eu-1"), measured, use, MACHINES)


def test_an_idle_machine_is_stopped_and_saves_all_it_costs() -> None:
    found = judged(1.0)

    assert (found.action, found.saving, found.certain) == ("stop", 700.0, True)


def test_a_large_machine_is_halved_and_saves_half() -> None:
    found = judged(20.0)

    assert (found.action, found.size, found.saving) == ("resize", "m7i.2xlarge", 350.0)
    assert "CPU p99 was 20.0 % over 336 hours, memory 20 %" in found.why


def test_memory_that_nobody_measures_leaves_it_to_a_person() -> None:
    found = judged(20.0, memory=None)

    assert (found.action, found.certain, found.evidence.memory) == ("resize", False, None)


@pytest.mark.parametrize(
    ("cpu", "memory", "why"),
    [(40.0, 20.0, "too busy"), (20.0, 50.0, "memory is used to 50 %")],
)
def test_headroom_is_kept_in_cpu_and_memory(cpu: float, memory: float, why: str) -> None:
    found = judged(cpu, memory=memory)

    assert found.action == "keep"
    assert why in found.why


def test_too_few_hours_are_no_evidence() -> None:
    assert "not enough metrics: 29 hours of 30" in judged(1.0, hours=29).why


def test_a_commitment_that_would_go_unused_is_no_saving() -> None:
    found = judged(20.0, use=Use("USD", 700.0, 690.0, "plan"))

    assert (found.action, found.stranded) == ("keep", 345.0)
    assert "345.00 of a commitment would go unused" in found.why


def test_a_machine_without_a_bill_saves_nobody_knows_what() -> None:
    assert judged(20.0, use=Use("", None, 0.0, "")).saving is None


def test_the_percentile_is_a_value_that_was_measured() -> None:
    assert percentile(tuple(float(one) for one in range(1, 101)), 99) == 99.0
    assert percentile((5.0,), 50) == 5.0
    assert percentile((), 99) is None


@pytest.mark.parametrize(
    "tags",
    [
        {"prod": "true"},
        {"PROD": "True"},
        {"protected": "yes"},
        {"Environment": "Production"},
        {"environment": " prod "},
    ],
)
def test_what_is_production_or_protected_is_so_however_it_is_spelt(tags: dict[str, str]) -> None:
    assert protected(tags, rules())


def test_other_tags_protect_nothing() -> None:
    assert protected({"environment": "dev", "protected": "no", "Name": "prod"}, rules()) == ""
