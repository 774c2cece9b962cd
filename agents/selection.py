"""Which models answer a run: the one asked for, else a configured provider's, else one on this machine, else none.

Nothing is contacted that is not configured, except programs on this machine (Ollama's port).
"""

import http.client
import json
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from agents.models import TIERS, ModelsFile, Provider, Tier
from runtime.errors import ConfigError

PLAYBOOK = "playbook"

_ASKING = ("MODEL", "MODEL_NAME", "OPENAI_MODEL_NAME")  # in the order in which CrewAI reads them
_CONNECT = 0.2
_PATIENCE = 2.0

Listening = Callable[[str], bool]
Listed = Callable[[str, str | None], Sequence[str]]


@dataclass(frozen=True)
class Choice:
    """Who answers. `tiers` names the models in order of fallback, empty for playbooks; `banner` tells the person."""

    mode: Literal["model", "playbook"]
    tiers: Mapping[str, tuple[str, ...]]
    banner: str


def listening(url: str) -> bool:
    """Whether something accepts connections at `url`, found out in a fraction of a second."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", _port(url)), _CONNECT):
            return True
    except OSError:
        return False


def listed(url: str, key: str | None) -> tuple[str, ...]:
    """The ids of the models that the endpoint at `url` offers. Raises OSError if it does not say."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", _port(url), timeout=_PATIENCE)
    try:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        connection.request("GET", f"{parts.path.rstrip('/')}/models", headers=headers)
        answer = connection.getresponse()
        body = json.loads(answer.read(4_000_000))
        return tuple(str(one["id"]) for one in body["data"])
    except (http.client.HTTPException, ValueError, LookupError, TypeError) as error:
        raise OSError(f"no list of models at {url}") from error
    finally:
        connection.close()


def choose(
    models: ModelsFile,
    environ: Mapping[str, str],
    *,
    model: str | None = None,
    listening: Listening = listening,
    listed: Listed = listed,
) -> Choice:
    """Who answers, given the file, the environment and what `--model` says. Raises ConfigError if that cannot be."""
    name = model or next((environ[one].strip() for one in _ASKING if environ.get(one, "").strip()), None)
    search = _Search(models, environ, listening, listed)
    if name == PLAYBOOK:
        return Choice("playbook", {}, "Playbooks answer, as asked for: no language model.")
    if name:
        return _answered_by(search.named(name), models, environ)
    if not models.auto:
        for tier in TIERS:
            for one in models.tiers.of(tier):
                search.check_open(one)
        return _answered_by({tier: models.tiers.of(tier) for tier in TIERS}, models, environ)
    for provider in search.providers():
        tiers = search.tiers(provider)
        if tiers:
            return _answered_by(tiers, models, environ)
    return Choice("playbook", {}, _no_model(models))


@dataclass(frozen=True)
class _Search:
    models: ModelsFile
    environ: Mapping[str, str]
    listening: Listening
    listed: Listed

    def providers(self) -> Iterator[str]:
        """The providers of `auto` that are configured, or that listen on this machine."""
        for name in self.models.auto:
            provider = self.models.providers[name]
            if provider.configured(self.environ) or (provider.local and self.listening(provider.url or "")):
                yield name

    def tiers(self, name: str) -> dict[Tier, tuple[str, ...]] | None:
        """The provider's models by tier; None if it runs on this machine without a model."""
        if not self.models.providers[name].configured(self.environ):
            return self._pulled(name)
        ours = {tier: self._of(name, tier) for tier in TIERS}
        if any(ours.values()):
            either = ours["fast"] or ours["strong"]
            return {tier: ours[tier] or either for tier in TIERS}
        return dict.fromkeys(TIERS, (self._only(name),))

    def named(self, name: str) -> dict[Tier, tuple[str, ...]]:
        """The model that is asked for, before the other models that its provider has in each tier."""
        if name not in self.models.models and name.partition("/")[0] not in self.models.providers:
            name = self._at_some_provider(name)
        self.check_open(name)
        provider = self.models.find(name).provider
        if not self.models.providers[provider].configured(self.environ):
            return dict.fromkeys(TIERS, (name,))  # nobody knows what else is there
        rest = {tier: self._of(provider, tier)[1:] for tier in TIERS}
        return {tier: (name, *(one for one in rest[tier] if one != name)) for tier in TIERS}

    def check_open(self, name: str) -> None:
        """Raise ConfigError if the model's provider cannot be called."""
        provider = self.models.providers[self.models.find(name).provider]
        if provider.open_to_us(self.environ):
            return
        missing = provider.key if provider.secret(self.environ) is None and provider.key else provider.url_from[0]
        raise ConfigError(
            f"the model '{name}' needs {missing}, which is not set",
            remedy=f"set {missing} in the environment or in .env, or ask for 'playbook'",
        )

    def _at_some_provider(self, name: str) -> str:
        for provider in self.providers():
            full = f"{provider}/{name}"
            if self.models.providers[provider].configured(self.environ) or full in self._there(provider):
                return full
        raise ConfigError(
            f"the model '{name}' is asked for, but no provider is configured that may have it",
            remedy=f"set {_keys(self.models)}, or name one of config/models.yaml: "
            f"{', '.join(sorted(self.models.models))}, or '{PLAYBOOK}'",
        )

    def _of(self, provider: str, tier: Tier) -> tuple[str, ...]:
        return tuple(one for one in self.models.tiers.of(tier) if self.models.models[one].provider == provider)

    def _pulled(self, provider: str) -> dict[Tier, tuple[str, ...]] | None:
        there = self._there(provider)
        if not there:
            return None
        known = {tier: tuple(one for one in self._of(provider, tier) if self._full(one) in there) for tier in TIERS}
        either = known["fast"] or known["strong"] or there[:1]
        return {tier: known[tier] or either for tier in TIERS}

    def _there(self, provider: str) -> tuple[str, ...]:
        """What a program on this machine says it has, as `PROVIDER/ID`."""
        try:
            ids = self.listed(self.models.providers[provider].url or "", None)
        except OSError:
            return ()
        return tuple(f"{provider}/{one.removesuffix(':latest')}" for one in ids if "embed" not in one)

    def _full(self, name: str) -> str:
        spec = self.models.models[name]
        return f"{spec.provider}/{spec.id.removesuffix(':latest')}"

    def _only(self, name: str) -> str:
        """The one model of an endpoint that config/models.yaml knows no model of."""
        provider = self.models.providers[name]
        url = provider.address(self.environ) or ""
        try:
            ids = self.listed(url, provider.secret(self.environ))
        except OSError:
            ids = ()
        if len(ids) == 1:
            return f"{name}/{ids[0]}"
        some = f"one of {', '.join(ids[:10])}" if ids else "a model that it serves"
        raise ConfigError(f"no model is named for {url}", remedy=f"set MODEL to {some}")


def _answered_by(tiers: Mapping[Tier, tuple[str, ...]], models: ModelsFile, environ: Mapping[str, str]) -> Choice:
    first = {tier: names[0] for tier, names in tiers.items()}
    who = first["fast"] if len(set(first.values())) == 1 else f"{first['fast']} (fast), {first['strong']} (strong)"
    used = list(dict.fromkeys(models.find(name).provider for names in tiers.values() for name in names))
    where = " and ".join(_where(models.providers[name], environ) for name in used)
    unknown = [name for name in dict.fromkeys(first.values()) if models.price(name) is None]
    note = f" The price of {' and '.join(unknown)} is not known: its cost is not counted." if unknown else ""
    return Choice("model", {str(tier): names for tier, names in tiers.items()}, f"Model: {who} at {where}.{note}")


def _where(provider: Provider, environ: Mapping[str, str]) -> str:
    host = urlsplit(provider.address(environ) or "").hostname or ""
    return f"{host}, with {provider.key}" if provider.secret(environ) else host


def _no_model(models: ModelsFile) -> str:
    return (
        "No model is configured: playbooks answer, no language model. "
        f"To use one, set {_keys(models)} in .env, or start Ollama with a model."
    )


def _keys(models: ModelsFile) -> str:
    keys = (models.providers[name].key for name in models.auto)
    return " or ".join(dict.fromkeys(key for key in keys if key))


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)
