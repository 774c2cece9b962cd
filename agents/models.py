"""config/models.yaml: who offers models, which there are and what they cost, and who answers first."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from agents.chat import Usage
from runtime.errors import ConfigError

Tier = Literal["fast", "strong"]
TIERS: tuple[Tier, ...] = ("fast", "strong")

T = TypeVar("T")
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Price(BaseModel):
    """US dollars per million tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0)

    def usd(self, usage: Usage) -> float:
        """What an exchange of that size costs."""
        return round((usage.prompt * self.prompt + usage.completion * self.completion) / 1_000_000, 9)


class Provider(BaseModel):
    """An endpoint that speaks OpenAI's protocol."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str | None = Field(default=None, description="base URL, up to and including /v1")
    url_from: tuple[Variable, ...] = Field(default=(), description="environment variables that name another URL")
    key: Variable | None = Field(default=None, description="the environment variable that holds the key")
    key_required: bool = Field(default=True, description="whether the provider is used only with its key set")
    price: Price | None = Field(default=None, description="what its models cost that give no price of their own")

    @field_validator("url")
    @classmethod
    def _is_a_base_url(cls, url: str | None) -> str | None:
        if url is not None and (wrong := _wrong_url(url)):
            raise ValueError(wrong)
        return url

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        if self.url is None and not self.url_from:
            raise ValueError("a provider needs 'url' or 'url_from'")
        return self

    def address(self, environ: Mapping[str, str]) -> str | None:
        """The base URL to call: from the environment if it names one, else `url`; None if neither says.

        Raises ConfigError if what the environment says is no URL.
        """
        for name in self.url_from:
            url = environ.get(name, "").strip()
            if url and (wrong := _wrong_url(url)):
                raise ConfigError(f"{name}: {wrong}", remedy=f"correct {name} in the environment or in .env")
            if url:
                return url
        return self.url

    def secret(self, environ: Mapping[str, str]) -> str | None:
        """The key, or None if it is not set."""
        return (environ.get(self.key, "").strip() or None) if self.key else None

    def open_to_us(self, environ: Mapping[str, str]) -> bool:
        """Whether it can be called: its address is known, and its key too if it needs one."""
        keyed = self.key is None or not self.key_required or self.secret(environ) is not None
        return keyed and self.address(environ) is not None

    def configured(self, environ: Mapping[str, str]) -> bool:
        """Whether the environment names it: by its key, or by its address if it can do without a key."""
        named = any(environ.get(name, "").strip() for name in self.url_from)
        return self.open_to_us(environ) and (named or self.secret(environ) is not None)

    @property
    def local(self) -> bool:
        """Whether it is a program on this machine that needs no key, so that it may be looked for."""
        keyless = self.key is None or not self.key_required
        return keyless and self.url is not None and urlsplit(self.url).hostname in _LOOPBACK


class ModelSpec(BaseModel):
    """One model of one provider. `context` and `answer` are in tokens, `timeout` in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str
    id: str = Field(min_length=1, description="what the provider calls it")
    context: int = Field(default=32_768, gt=0, description="the most it can read at once")
    answer: int = Field(default=8_192, gt=0, description="the longest answer to ask for; money is held for this much")
    price: Price | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    timeout: float = Field(default=120, gt=0, description="how long it may keep silent")


class Tiers(BaseModel):
    """The models of each tier, in order of fallback."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fast: tuple[str, ...] = Field(min_length=1)
    strong: tuple[str, ...] = Field(min_length=1)

    def of(self, tier: Tier) -> tuple[str, ...]:
        """The tier's models."""
        return self.fast if tier == "fast" else self.strong


class ModelsFile(BaseModel):
    """config/models.yaml, every name in it checked against the others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    providers: dict[str, Provider]
    models: dict[str, ModelSpec]
    tiers: Tiers
    auto: tuple[str, ...] = Field(default=(), description="the providers to look for, first to last")

    @field_validator("models")
    @classmethod
    def _providers_exist(cls, models: dict[str, ModelSpec], info: ValidationInfo) -> dict[str, ModelSpec]:
        known = info.data.get("providers", {})
        wrong = [_unknown("provider", spec.provider, known, at=name) for name, spec in models.items()]
        return _checked(models, wrong)

    @field_validator("tiers")
    @classmethod
    def _models_exist(cls, tiers: Tiers, info: ValidationInfo) -> Tiers:
        known = info.data.get("models", {})
        return _checked(tiers, [_unknown("model", name, known, at=tier) for tier in TIERS for name in tiers.of(tier)])

    @field_validator("auto")
    @classmethod
    def _can_be_looked_for(cls, auto: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        known = info.data.get("providers", {})
        _checked(auto, [_unknown("provider", name, known, at="auto") for name in auto])
        for name in auto:
            if name in known and known[name].key is None and not known[name].url_from and not known[name].local:
                raise ValueError(f"'{name}' has no key and is not on this machine; ask for its models by name instead")
        return auto

    def find(self, name: str) -> ModelSpec:
        """The model of that name, also one that is named only as `PROVIDER/ID`. Raises ConfigError if there is none."""
        if name in self.models:
            return self.models[name]
        provider, slash, model_id = name.partition("/")
        if slash and model_id and provider in self.providers:
            written = (spec for spec in self.models.values() if (spec.provider, spec.id) == (provider, model_id))
            return next(written, None) or ModelSpec(provider=provider, id=model_id)
        raise ConfigError(
            f"config/models.yaml has no model '{name}'",
            remedy=f"name one of {', '.join(sorted(self.models))}, or PROVIDER/ID with one of its providers "
            f"({', '.join(sorted(self.providers))})",
        )

    def price(self, name: str) -> Price | None:
        """What the model costs; None if nobody says, also for names that are no model, such as a playbook's."""
        try:
            spec = self.find(name)
        except ConfigError:
            return None
        return spec.price or self.providers[spec.provider].price


def _wrong_url(url: str) -> str:
    """What is wrong with `url` as a base URL; empty if nothing is."""
    parts = urlsplit(url)
    if parts.username or parts.password:
        return "a URL holds no key; name the environment variable that does in 'key'"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"'{url}' is not a URL; write it like https://host/v1"
    return ""


def _unknown(what: str, name: str, known: Mapping[str, object], *, at: str) -> str:
    """What to say of `name` if it is not among the known ones; empty if it is."""
    if name in known or not known:  # an empty `known` was refused for its own reasons
        return ""
    near = get_close_matches(name, known, n=1)
    return f"{at}: unknown {what} '{name}'" + (f"; did you mean '{near[0]}'?" if near else "")


def _checked(value: T, wrong: Iterable[str]) -> T:
    problems = [one for one in wrong if one]
    if problems:
        raise ValueError("; ".join(problems))
    return value
