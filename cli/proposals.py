"""Proposals on the screen: what the assistant hands over, to a crew or to a person."""

from typing import TYPE_CHECKING

from cli.layout import Line

if TYPE_CHECKING:
    from crews.proposal import Proposal

_READ = 3


def proposed(proposal: "Proposal") -> list[Line]:
    """A proposal in lines: who would go on, with which effects, what it costs, and why."""
    if proposal.to == "person":
        read = [one["said"].removeprefix("read ") for one in proposal.transcript if one["who"] == "assistant"][:_READ]
        return [
            Line("proposes", text="to hand the question over to a person"),
            Line("because", text=proposal.why),
            *([Line("nearest", text=", ".join(read))] if read else []),
        ]
    effects = ", ".join(f"{name} ({effect})" for name, effect in proposal.effects.items())
    last = "" if proposal.last_usd is None else f"; the last run cost {proposal.last_usd:.2f} USD"
    return [
        Line("proposes", text=f"a run of the crew '{proposal.crew}' in the scenario '{proposal.scenario}'"),
        Line("may use", text=effects),
        Line("costs", text=f"at most {proposal.usd:.2f} USD{last}" if proposal.usd is not None else "nothing"),
        Line("because", text=proposal.why),
    ]
