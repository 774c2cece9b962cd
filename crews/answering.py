"""Who answers for the crew: language models by tier, or a scenario's playbook."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agents.chat import Model
from agents.models import ModelsFile, Price
from agents.playbook import CONFIGURE_A_MODEL, Playbook, PlaybookModel
from agents.selection import Choice
from runtime.errors import ConfigError

FREE = Price(prompt=0, completion=0)


@dataclass(frozen=True)
class Answering:
    """The models of each tier, in order of fallback, and what they cost. `mode` is what screens and reports say."""

    mode: str
    banner: str
    names: Mapping[str, Sequence[str]]
    models: Callable[[str], Sequence[Model]]
    price: Callable[[str], Price | None]
    context: int = 128_000


def answering_of(
    choice: Choice, models: ModelsFile, playbook: Playbook | None, goal: str, environ: Mapping[str, str]
) -> Answering:
    """What `choice` comes to. Raises ConfigError if nobody can answer: no model, and no playbook for the goal."""
    if choice.mode == "model":
        from agents.provider import chat_models

        made = {tier: chat_models(models, names, environ) for tier, names in choice.tiers.items()}
        context = min(models.find(name).context for names in choice.tiers.values() for name in names)
        names: dict[str, Sequence[str]] = {**choice.tiers}
        return Answering("model", choice.banner, names, lambda tier: made[tier], models.price, context)
    if playbook is None:
        raise ConfigError(f"no model is configured, and no playbook knows the goal: {goal}", remedy=CONFIGURE_A_MODEL)
    return scripted("playbook", choice.banner, PlaybookModel(playbook))


def scripted(mode: str, banner: str, model: Model) -> Answering:
    """One model for every tier that costs nothing: a playbook, or a test's script."""
    return Answering(mode, banner, {"all": (model.name,)}, lambda _tier: (model,), lambda _name: FREE)


def nobody() -> Answering:
    """Nobody: for a run that asks no model."""
    return Answering("records", "", {}, lambda _tier: (), lambda _name: FREE)
