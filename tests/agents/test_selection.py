import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.models import ModelsFile
from agents.selection import Choice, choose, listed, listening
from runtime.errors import ConfigError
from testkit.endpoint import Endpoint

OLLAMA = "http://localhost:11434/v1"
RAW = yaml.safe_load((Path(__file__).parents[2] / "config" / "models.yaml").read_text())
MODELS = ModelsFile.model_validate(RAW)


def chosen(
    environ: Mapping[str, str] | None = None,
    *,
    model: str | None = None,
    there: Mapping[str, Sequence[str]] | None = None,
    contacted: list[str] | None = None,
    models: ModelsFile = MODELS,
) -> Choice:
    """The choice where only the servers in `there` exist, each with its models; notes who was contacted."""
    servers = there or {}
    noted = contacted if contacted is not None else []

    def is_listening(url: str) -> bool:
        noted.append(url)
        return url in servers

    def models_of(url: str, _key: str | None) -> Sequence[str]:
        noted.append(url)
        if url not in servers:
            raise OSError("refused")
        return servers[url]

    return choose(models, environ or {}, model=model, listening=is_listening, listed=models_of)


def test_without_anything_playbooks_answer_and_only_this_machine_was_asked() -> None:
    contacted: list[str] = []

    choice = chosen(contacted=contacted)

    assert choice.mode == "playbook"
    assert choice.tiers == {}
    assert choice.banner == (
        "No model is configured: playbooks answer, no language model. "
        "To use one, set OPENAI_API_KEY or OPENROUTER_API_KEY in .env, or start Ollama with a model."
    )
    assert contacted == [OLLAMA]


def test_a_key_chooses_its_provider_and_nobody_is_contacted() -> None:
    contacted: list[str] = []

    choice = chosen({"OPENAI_API_KEY": "sk-secret"}, contacted=contacted)

    assert choice.mode == "model"
    assert choice.tiers == {"fast": ("gpt-5.4-mini", "gpt-4.1-mini"), "strong": ("gpt-5.4", "gpt-4.1")}
    assert choice.banner == "Model: gpt-5.4-mini (fast), gpt-5.4 (strong) at api.openai.com, with OPENAI_API_KEY."
    assert contacted == []


def test_a_second_key_does_not_bring_in_a_second_provider() -> None:
    choice = chosen({"OPENAI_API_KEY": "x", "OPENROUTER_API_KEY": "y"})

    assert {MODELS.find(name).provider for names in choice.tiers.values() for name in names} == {"openai"}


def test_an_empty_key_is_no_key() -> None:
    assert chosen({"OPENAI_API_KEY": "  "}).mode == "playbook"


def test_a_key_goes_before_ollama() -> None:
    choice = chosen({"OPENROUTER_API_KEY": "x"}, there={OLLAMA: ["qwen3:8b"]})

    assert choice.tiers["fast"] == ("claude-haiku-4.5", "gemini-3.1-flash-lite")


def test_ollama_answers_with_the_models_of_the_file_that_it_has() -> None:
    choice = chosen(there={OLLAMA: ["nomic-embed-text", "llama3:latest", "qwen3:14b"]})

    assert choice.tiers == {"fast": ("qwen3-14b",), "strong": ("qwen3-14b",)}
    assert choice.banner == "Model: qwen3-14b at localhost."


def test_ollama_answers_with_what_it_has_if_the_file_knows_none_of_it() -> None:
    choice = chosen(there={OLLAMA: ["nomic-embed-text", "llama3:latest", "phi4"]})

    assert choice.tiers == {"fast": ("ollama/llama3",), "strong": ("ollama/llama3",)}


@pytest.mark.parametrize("has", [[], ["nomic-embed-text"]])
def test_ollama_without_a_model_that_talks_is_not_chosen(has: list[str]) -> None:
    assert chosen(there={OLLAMA: has}).mode == "playbook"


@pytest.mark.parametrize("variable", ["MODEL", "MODEL_NAME", "OPENAI_MODEL_NAME"])
def test_a_model_named_in_the_environment_goes_first_in_each_tier(variable: str) -> None:
    choice = chosen({"OPENAI_API_KEY": "x", variable: "gpt-4.1"})

    assert choice.tiers == {"fast": ("gpt-4.1", "gpt-4.1-mini"), "strong": ("gpt-4.1",)}


def test_the_model_asked_for_in_the_command_goes_before_the_environment() -> None:
    environ = {"OPENAI_API_KEY": "x", "OPENROUTER_API_KEY": "y", "MODEL": "gpt-4.1"}

    choice = chosen(environ, model="claude-haiku-4.5")

    assert choice.tiers["fast"][0] == "claude-haiku-4.5"
    assert "openrouter.ai, with OPENROUTER_API_KEY" in choice.banner


def test_a_model_that_the_file_does_not_know_is_asked_at_the_configured_provider_and_its_price_is_not_known() -> None:
    choice = chosen({"OPENAI_API_KEY": "x", "MODEL": "gpt-9"})

    assert choice.tiers["fast"][0] == "openai/gpt-9"
    assert choice.banner.endswith("The price of openai/gpt-9 is not known: its cost is not counted.")


def test_a_model_that_only_ollama_has_is_asked_there() -> None:
    choice = chosen({"MODEL": "phi4"}, there={OLLAMA: ["llama3", "phi4"]})

    assert choice.tiers == {"fast": ("ollama/phi4",), "strong": ("ollama/phi4",)}
    assert chosen({"MODEL": "ollama/phi4"}).tiers == choice.tiers


def test_playbooks_can_be_asked_for_although_there_is_a_key() -> None:
    choice = chosen({"OPENAI_API_KEY": "x"}, model="playbook")

    assert choice == Choice("playbook", {}, "Playbooks answer, as asked for: no language model.")


def test_a_model_whose_key_is_missing_is_refused_by_the_name_of_the_key() -> None:
    with pytest.raises(ConfigError, match=r"the model 'gpt-5\.4' needs OPENAI_API_KEY, which is not set") as caught:
        chosen({"MODEL": "gpt-5.4"})

    assert caught.value.exit_code == 4


def test_a_model_whose_address_is_missing_is_refused_by_the_name_of_the_address() -> None:
    with pytest.raises(ConfigError, match="needs AZURE_OPENAI_BASE_URL, which is not set"):
        chosen({"MODEL": "azure/mine", "AZURE_OPENAI_API_KEY": "x"})


def test_a_model_that_nobody_may_have_is_refused() -> None:
    with pytest.raises(ConfigError, match="the model 'phi4' is asked for, but no provider is configured") as caught:
        chosen({"MODEL": "phi4"}, there={OLLAMA: ["llama3"]})

    assert "set OPENAI_API_KEY or OPENROUTER_API_KEY" in caught.value.remedy


CUSTOM = {"OPENAI_BASE_URL": "http://models.intern:8000/v1"}


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
def test_a_base_url_of_ones_own_is_asked_and_openai_is_not(variable: str) -> None:
    choice = chosen({variable: "http://models.intern:8000/v1", "OPENAI_API_KEY": "x", "MODEL": "mine-1"})

    assert choice.tiers == {"fast": ("custom/mine-1",), "strong": ("custom/mine-1",)}
    assert "at models.intern, with OPENAI_API_KEY." in choice.banner


def test_a_model_of_openai_goes_to_the_base_url_of_ones_own_too() -> None:
    choice = chosen({**CUSTOM, "OPENAI_API_KEY": "x", "MODEL": "openai/gpt-4.1-mini"})

    assert "at models.intern" in choice.banner
    assert "api.openai.com" not in choice.banner


def test_a_base_url_needs_no_key_and_no_name_if_it_serves_one_model() -> None:
    choice = chosen(CUSTOM, there={CUSTOM["OPENAI_BASE_URL"]: ["mine-1"]})

    assert choice.tiers == {"fast": ("custom/mine-1",), "strong": ("custom/mine-1",)}


@pytest.mark.parametrize(
    ("serves", "remedy"), [(["a", "b"], "set MODEL to one of a, b"), ([], "a model that it serves")]
)
def test_a_base_url_with_several_models_or_none_asks_for_a_name(serves: list[str], remedy: str) -> None:
    with pytest.raises(ConfigError, match=r"no model is named for http://models\.intern:8000/v1") as caught:
        chosen(CUSTOM, there={CUSTOM["OPENAI_BASE_URL"]: serves} if serves else None)

    assert remedy in caught.value.remedy


def with_auto(*auto: str, **parts: Any) -> ModelsFile:
    return ModelsFile.model_validate(RAW | {"auto": list(auto)} | parts)


def test_without_auto_the_tiers_answer_as_written_across_providers() -> None:
    tiers = {"fast": ["gpt-5.4-mini", "claude-haiku-4.5"], "strong": ["gpt-5.4"]}
    models = with_auto(tiers=tiers)

    choice = chosen({"OPENAI_API_KEY": "x", "OPENROUTER_API_KEY": "y"}, models=models)

    assert choice.tiers == {"fast": ("gpt-5.4-mini", "claude-haiku-4.5"), "strong": ("gpt-5.4",)}
    assert "api.openai.com, with OPENAI_API_KEY and openrouter.ai, with OPENROUTER_API_KEY" in choice.banner
    with pytest.raises(ConfigError, match=r"'claude-haiku-4\.5' needs OPENROUTER_API_KEY"):
        chosen({"OPENAI_API_KEY": "x"}, models=models)


def test_a_provider_with_models_in_one_tier_only_answers_both_with_them() -> None:
    tiers = {"fast": ["qwen3-8b"], "strong": ["gpt-5.4"]}

    assert chosen({"OPENAI_API_KEY": "x"}, models=with_auto("openai", tiers=tiers)).tiers == {
        "fast": ("gpt-5.4",),
        "strong": ("gpt-5.4",),
    }


def test_a_server_on_this_machine_is_found_and_asked_for_its_models() -> None:
    with Endpoint(models=("llama3", "phi4")) as endpoint:
        assert listening(endpoint.url)
        assert listed(endpoint.url, None) == ("llama3", "phi4")

        with pytest.raises(OSError, match="no list of models"):
            listed(endpoint.url + "/nowhere", None)


def test_a_port_that_nobody_listens_at_is_not_listening() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"

        assert not listening(url)
        with pytest.raises(OSError):
            listed(url, None)
