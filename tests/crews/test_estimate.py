"""What a run will cost is said from earlier runs that the same models answered, and from where it stops."""

from pathlib import Path
from typing import Any

import pytest

from crews.estimate import estimated
from runtime.database import open_database
from runtime.ledger import Ledger

MODELS = {"fast": ["small"]}
START: dict[str, Any] = {
    "goal": "g",
    "scenario": "stock",
    "crew": "c",
    "principal": "user:ana",
    "world": "/w",
    "mode": "model",
    "models": MODELS,
    "budget": {"usd": 5.0},
}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(open_database(f"sqlite:///{tmp_path / 'ledger.sqlite'}"), b"k" * 32)


def ran(ledger: Ledger, run: str, *usd: float, **start: Any) -> None:
    ledger.append(run, "run.started", START | start)
    for number, cost in enumerate(usd):
        answer = {"step": "s", "role": "r", "model": "small", "usd": cost, "usage": {"prompt": 1, "completion": 1}}
        ledger.append(run, "model.called", answer | {"ms": 1, "key": {"hash": str(number), "nth": 1}})
    ledger.append(run, "run.done", {"summary": "x"})


def test_a_playbook_costs_nothing(ledger: Ledger) -> None:
    assert estimated(ledger, START | {"mode": "playbook"}) == "nothing: the playbook answers, no language model"


def test_without_an_earlier_run_only_the_end_of_the_money_is_known(ledger: Ledger) -> None:
    ran(ledger, "other", 1.0, scenario="lunch")
    ran(ledger, "dearer", 1.0, models={"fast": ["large"]})

    assert estimated(ledger, START) == "at most $5.00, where it stops; no earlier run tells more"


def test_earlier_runs_of_the_same_scenario_and_models_tell_what_is_usual(ledger: Ledger) -> None:
    for number, costs in enumerate(([0.1, 0.1], [0.2, 0.2], [3.0])):
        ran(ledger, f"r{number}", *costs)

    told = estimated(ledger, START)

    assert told == "about $0.40 for 2 model calls, as 3 earlier runs in the middle; at most $5.00, where it stops"
