"""Many turns of the assistant over one opening: the configuration is read once, each question is a run."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from agents.chat import OnText
from crews.answering import Answering
from crews.equipping import budget_of, purse_of
from crews.opened import Opened
from crews.opening import Hooks, new_id, open_held, record_pins, record_start
from crews.stop import Stop
from crews.wish import Wish
from runtime.claims import Claim, worker_name
from runtime.journal import Journal
from runtime.ledger import Listener


def open_turns(
    project: Path,
    wish: Wish,
    *,
    on_record: Listener | None = None,
    on_banner: Callable[[str], None] | None = None,
    answering: Answering | None = None,
) -> Opened:
    """What the turns share. Nothing is recorded yet."""
    nobody = Claim("", worker_name(), 1)
    return open_held(project, wish, nobody, (), Hooks(on_record, on_banner, None, answering, os.environ))


def next_turn(shared: Opened, goal: str, on_text: OnText | None = None) -> Opened:
    """The run of one more question, begun. It is closed with what it shares, not by itself."""
    wish, held = replace(shared.wish, goal=goal), replace(shared.claim, run=new_id())
    shared.ledger.hold(held.run, held.fence)
    opened = replace(
        shared,
        run=held.run,
        wish=wish,
        claim=held,
        budget=budget_of(shared.config, wish),
        template=goal,
        on_text=on_text,
        journal=Journal(),
        stop=Stop(),
        gateways={},
        gates=[],
        heartbeats=[],
    )
    opened.budget.purse = purse_of(shared.config, wish, held.run, shared.ledger)
    if opened.budget.purse:
        opened.budget.purse.check = opened.stop.check
    record_start(opened, None)
    record_pins(opened)
    return opened
