"""What a run is given before it begins: its place, who answers, its budget, its authority."""

from collections.abc import Sequence
from pathlib import Path

from crews.config import Config, load_config
from crews.foreign.pinning import Pinned, pin_first
from crews.foreign.tools import ForeignTools
from crews.routing import routed
from crews.scenario import ScenarioSpec
from crews.wish import Wish
from crews.worlds import Place
from guard.budget import Budget
from guard.warrant import Authority
from runtime.clock import SteadyClock
from runtime.ledger import Ledger
from runtime.records import Record
from runtime.reservations import Caps, Purse
from tools.world import World

DEFAULT_CREW = "deputy"
UNDO = "undo"
"""The role in which a run takes back what another one did. No model has it."""


def place_of(config: Config, wish: Wish) -> Place:
    """The scenario that a wish names, else the house's own world, in which free goals and questions are met."""
    name = wish.scenario or config.settings.assistant_world
    if name is None:
        goal = wish.goal or ""
        return Place("house", config.project, ScenarioSpec(title="Goal", goal=goal, crew=wish.crew or DEFAULT_CREW))
    return Place(name, config.scenario_folder(name), config.scenarios[name])


def wish_and_config(project: Path, wish: Wish) -> tuple[Wish, Config]:
    """The wish with the scenario or crew that its goal is for, and the configuration for it."""
    config = load_config(project, wish.scenario)
    meant = routed(config, wish)
    return meant, config if meant.scenario == wish.scenario else load_config(project, meant.scenario)


def budget_of(config: Config, wish: Wish) -> Budget:
    """The policy's limits, lowered by what the wish says."""
    limits = config.policies.budget
    return Budget(
        model_calls=limits.model_calls,
        tool_calls=limits.tool_calls,
        usd=min(limits.usd, wish.usd) if wish.usd is not None else limits.usd,
        minutes=min(limits.minutes, wish.minutes or limits.minutes),
        clock=SteadyClock(),
        tokens=limits.tokens,
    )


def foreign_of(config: Config, crew: str, world: World) -> tuple[ForeignTools, list[Pinned]]:
    """The foreign tools, once all that the crew may use were seen; their sources are asked only at the first use."""
    try:
        names = {tool for role in config.crews[crew].agents for tool in config.roles[role].tools}
        return pin_first(config, names, world)
    except BaseException:
        world.close()
        raise


def purse_of(config: Config, wish: Wish, run: str, ledger: Ledger) -> Purse | None:
    """The money that the run shares with others, if there is a limit to it."""
    limits = config.policies.budget
    caps = Caps(limits.per_principal_day, limits.per_tenant_day, limits.day)
    return Purse(ledger.engine, run, wish.principal, wish.of_tenant, caps) if caps.any() else None


def raised_before(records: Sequence[Record]) -> float | None:
    """The cap in US dollars that a person gave a run when it was last carried on with another one."""
    given = [one.body["usd"] for one in records if one.kind == "run.resumed" and "usd" in one.body]
    return float(given[-1]) if given else None


def authority_of(config: Config, crew: str, wish: Wish, foreign: ForeignTools) -> Authority:
    """What the roles of the crew may do at most."""
    spec = config.crews[crew]
    roles = {role: frozenset(config.roles[role].tools) for role in spec.agents}
    policies = config.policies
    return Authority(
        tools={**config.tools, **{name: one.tool for name, one in foreign.declared.items()}},
        roles={UNDO: frozenset(config.tools)} if wish.undoes else roles,
        denied=frozenset(policies.deny),
        read_only=spec.read_only,
        rules=(*policies.rules, *(rule for one in foreign.declared.values() for rule in one.caps)),
        declared=foreign.declared,
        scenario=wish.scenario or "",
        untrusted_target=policies.untrusted_target,
        denied_content=policies.content.denied,
        outside_plan=policies.outside_plan,
    )
