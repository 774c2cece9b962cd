"""Models of a run, slowed down where config/limits.yaml says how fast their provider may be asked."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from agents.chat import Model
from agents.paced import Paced
from crews.config import Config
from runtime.errors import ConfigError
from runtime.pace import Pace

if TYPE_CHECKING:
    from runtime.database import Engine


def paced(models: Sequence[Model], config: Config, engine: "Engine", check: Callable[[], None]) -> Sequence[Model]:
    """The models in their order; those of a provider with a limit wait for their turn."""
    if not config.limits.providers:
        return models
    return tuple(_paced(one, config, engine, check) for one in models)


def _paced(model: Model, config: Config, engine: "Engine", check: Callable[[], None]) -> Model:
    try:
        provider = config.models.find(model.name).provider
    except ConfigError:  # a playbook, or a script of the test kit
        return model
    limit = config.limits.providers.get(provider)
    if limit is None:
        return model
    return Paced(model, Pace(engine, provider, limit.at_once, limit.per_minute), check)
