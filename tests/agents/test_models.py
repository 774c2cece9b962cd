from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from agents.chat import Usage
from agents.models import ModelsFile, Price, Provider
from runtime.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "config" / "models.yaml"


def shipped() -> ModelsFile:
    return ModelsFile.model_validate(yaml.safe_load(SHIPPED.read_text()))


def changed(**parts: Any) -> dict[str, Any]:
    """A small file that is right, with these parts in place of its own."""
    right: dict[str, Any] = {
        "providers": {
            "here": {"url": "http://localhost:1234/v1"},
            "far": {"url": "https://far.example/v1", "key": "FAR_KEY"},
        },
        "models": {"small": {"provider": "here", "id": "small-1"}, "large": {"provider": "far", "id": "large-1"}},
        "tiers": {"fast": ["small"], "strong": ["large", "small"]},
        "auto": ["far", "here"],
    }
    return right | parts


def refusal(**parts: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        ModelsFile.model_validate(changed(**parts))
    return str(caught.value)


def test_the_shipped_file_is_right_and_prices_every_model() -> None:
    models = shipped()

    assert set(models.auto) <= set(models.providers)
    assert {name for name in models.models if models.price(name) is None} == set()
    for name in (*models.tiers.fast, *models.tiers.strong):
        assert models.find(name).answer <= models.find(name).context


def test_the_shipped_file_can_be_chosen_from_with_any_of_its_providers() -> None:
    models = shipped()

    for name in ("openai", "openrouter", "ollama"):
        for tier in (models.tiers.fast, models.tiers.strong):
            assert [one for one in tier if models.models[one].provider == name]


def test_a_price_is_per_million_tokens() -> None:
    price = Price(prompt=0.75, completion=4.5)

    assert price.usd(Usage(1_000_000, 0)) == 0.75
    assert price.usd(Usage(900, 60)) == pytest.approx(0.000945)


def test_a_model_without_a_price_costs_what_its_provider_says() -> None:
    models = ModelsFile.model_validate(
        changed(providers={"here": {"url": "http://localhost/v1", "price": {"prompt": 0, "completion": 0}}}, auto=[])
        | {
            "models": {"small": {"provider": "here", "id": "small-1"}},
            "tiers": {"fast": ["small"], "strong": ["small"]},
        }
    )

    assert models.price("small") == Price(prompt=0, completion=0)


def test_a_playbook_and_an_unknown_name_have_no_price() -> None:
    assert shipped().price("playbook") is None


def test_a_model_can_be_named_as_provider_and_id() -> None:
    found = shipped().find("openrouter/meta-llama/llama-4")

    assert (found.provider, found.id) == ("openrouter", "meta-llama/llama-4")


def test_a_model_that_is_named_as_provider_and_id_is_the_one_the_file_knows() -> None:
    models = shipped()

    assert models.find("openai/gpt-4.1-mini") == models.models["gpt-4.1-mini"]
    assert models.price("openai/gpt-4.1-mini") == models.price("gpt-4.1-mini")


def test_an_unknown_model_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"config/models\.yaml has no model 'gpt-9'") as caught:
        shipped().find("gpt-9")

    assert "gpt-5.4-mini" in caught.value.remedy


def test_a_name_that_nothing_defines_is_refused_with_the_nearest() -> None:
    assert "fast: unknown model 'smal'; did you mean 'small'?" in refusal(tiers={"fast": ["smal"], "strong": ["large"]})
    assert "small: unknown provider 'hear'; did you mean 'here'?" in refusal(
        models={"small": {"provider": "hear", "id": "small-1"}}
    )
    assert "auto: unknown provider 'nobody'" in refusal(auto=["nobody"])


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"tires": {}}, "Extra inputs are not permitted"),
        ({"models": {"small": {"provider": "here", "id": "s", "temprature": 1}}}, "Extra inputs are not permitted"),
        ({"models": {"small": {"provider": "here", "id": "s", "timeout": 0}}}, "greater than 0"),
        ({"tiers": {"fast": [], "strong": ["large"]}}, "at least 1 item"),
        ({"tiers": {"fast": ["small"]}}, "Field required"),
        ({"providers": {"here": {"url": "localhost:1234"}}}, "'localhost:1234' is not a URL"),
        ({"providers": {"here": {"url": "https://me:secret@far.example/v1"}}}, "a URL holds no key"),
        ({"providers": {"here": {}}}, "a provider needs 'url' or 'url_from'"),
        ({"providers": {"here": {"url": "http://localhost/v1", "key": "sk-123"}}}, "should match pattern"),
        ({"providers": {"here": {"url": "https://far.example/v1"}}, "auto": ["here"]}, "'here' has no key"),
    ],
)
def test_what_cannot_be_meant_is_refused(parts: dict[str, Any], says: str) -> None:
    assert says in refusal(**parts)


def test_an_address_comes_from_the_environment_before_the_file() -> None:
    provider = Provider(url="https://far.example/v1", url_from=("FIRST_URL", "SECOND_URL"), key="FAR_KEY")

    assert provider.address({}) == "https://far.example/v1"
    assert provider.address({"FIRST_URL": " ", "SECOND_URL": "http://second/v1"}) == "http://second/v1"
    assert provider.address({"FIRST_URL": "http://first/v1", "SECOND_URL": "http://second/v1"}) == "http://first/v1"


def test_an_address_from_the_environment_that_is_none_names_its_variable() -> None:
    provider = Provider(url_from=("FIRST_URL",), key="FAR_KEY")

    with pytest.raises(ConfigError, match="FIRST_URL: 'localhost:8000' is not a URL"):
        provider.address({"FIRST_URL": "localhost:8000"})
    with pytest.raises(ConfigError, match="a URL holds no key") as caught:
        provider.address({"FIRST_URL": "https://me:secret@far.example/v1"})
    assert "secret" not in str(caught.value)
