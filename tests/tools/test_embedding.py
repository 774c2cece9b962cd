"""Texts become vectors at a real endpoint on this machine, or by a model in a folder, made here from a seed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers

from runtime.errors import CannotWork, ConfigError, TryLater
from runtime.settings import Settings
from testkit.endpoint import Behaviour, Endpoint, Exchange, drop, garbage, redirect, status
from testkit.letters import letter_vectors
from tools.backends.embedding import embedder_from
from tools.backends.embedding_endpoint import EndpointEmbedder
from tools.backends.embedding_folder import FolderEmbedder

HOUSE = {"name": "The House", "mail": "desk@house.example"}
WIDTH, HEADS, INNER = 8, 2, 16
WORDS = ["[PAD]", "[UNK]", "when", "is", "lunch", "served", "bills", "are", "sent"]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint(key="secret") as started:
        yield started


@pytest.fixture
def embedder(endpoint: Endpoint) -> Iterator[EndpointEmbedder]:
    made = EndpointEmbedder(endpoint.url, "letters", "secret")
    yield made
    made.close()


def _backwards(exchange: Exchange) -> None:
    rows = [{"index": at, "embedding": row} for at, row in enumerate(letter_vectors(exchange.body["input"]))]
    exchange.send(200, json.dumps({"data": rows[::-1]}).encode())


def _one_only(exchange: Exchange) -> None:
    exchange.send(200, json.dumps({"data": [{"index": 0, "embedding": [1.0, 2.0]}]}).encode())


def _no_numbers(exchange: Exchange) -> None:
    rows = [{"index": at, "embedding": [0.0, 0.0]} for at in range(2)]
    exchange.send(200, json.dumps({"data": rows}).encode())


def test_the_endpoint_is_asked_by_model_and_key_and_rows_come_in_the_order_of_the_texts(
    endpoint: Endpoint, embedder: EndpointEmbedder
) -> None:
    endpoint.script = [_backwards]

    rows = embedder.embed(["lunch", "bills"])

    assert np.allclose(rows, letter_vectors(["lunch", "bills"]), atol=1e-6)
    assert endpoint.requests == [{"model": "letters", "input": ["lunch", "bills"], "encoding_format": "float"}]
    assert embedder.name == f"letters at {endpoint.url.split('/')[2]}"


@pytest.mark.parametrize(
    ("behaviour", "kind", "said"),
    [
        (status(503), TryLater, "answers with status 503"),
        (status(429), TryLater, "answers with status 429"),
        (drop(), TryLater, "cannot be reached"),
        (status(401), CannotWork, "answers with status 401"),
        (redirect("http://127.0.0.1:1/v1/embeddings"), CannotWork, "answers with status 307"),
        (garbage(), CannotWork, "answers in another form"),
        (garbage(b'{"data": [{"index": 0}]}', "application/json"), CannotWork, "answers in another form"),
        (_one_only, CannotWork, "does not give one vector for each text"),
        (_no_numbers, CannotWork, "does not give one vector for each text"),
    ],
)
def test_what_goes_wrong_at_the_endpoint_is_told(
    endpoint: Endpoint, embedder: EndpointEmbedder, behaviour: Behaviour, kind: type[Exception], said: str
) -> None:
    endpoint.script = [behaviour]

    with pytest.raises(kind, match=said):
        embedder.embed(["lunch", "bills"])


def test_an_endpoint_that_is_not_there_is_told() -> None:
    with pytest.raises(TryLater, match="cannot be reached"):
        EndpointEmbedder("http://127.0.0.1:1/v1", "letters").embed(["lunch"])


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://host/v1", "https://ann:secret@host/v1", ""])
def test_an_address_that_is_none_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigError, match="EMBEDDINGS_URL is not the base URL") as refused:
        EndpointEmbedder(url, "letters")

    assert "secret" not in str(refused.value)


def write_weights(path: Path, tensors: Mapping[str, np.ndarray[Any, np.dtype[np.float32]]]) -> None:
    header, body = {}, b""
    for name, numbers in tensors.items():
        header[name] = {"dtype": "F32", "shape": numbers.shape, "data_offsets": [len(body), len(body) + numbers.nbytes]}
        body += numbers.tobytes()
    told = json.dumps(header).encode()
    path.write_bytes(len(told).to_bytes(8, "little") + told + body)


def model_folder(folder: Path, *, layers: int = 2, leave_out: str = "", kind: str = "bert", cls: bool = False) -> Path:
    """A model of that many layers with weights drawn from a seed, as sentence-transformers stores one."""
    draw, tensors = np.random.default_rng(11), {}
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": (32, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    for at in range(layers):
        for part, (into, out) in {
            "attention.self.query": (WIDTH, WIDTH),
            "attention.self.key": (WIDTH, WIDTH),
            "attention.self.value": (WIDTH, WIDTH),
            "attention.output.dense": (WIDTH, WIDTH),
            "intermediate.dense": (INNER, WIDTH),
            "output.dense": (WIDTH, INNER),
        }.items():
            shapes[f"encoder.layer.{at}.{part}.weight"] = (into, out)
            shapes[f"encoder.layer.{at}.{part}.bias"] = (into,)
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"encoder.layer.{at}.{part}.weight"] = (WIDTH,)
            shapes[f"encoder.layer.{at}.{part}.bias"] = (WIDTH,)
    for name, shape in shapes.items():
        if name != leave_out:
            tensors[f"bert.{name}"] = draw.standard_normal(shape).astype(np.float32)
    (folder / "1_Pooling").mkdir(parents=True)
    write_weights(folder / "model.safetensors", tensors)
    config = {"model_type": kind, "num_hidden_layers": layers, "num_attention_heads": HEADS, "layer_norm_eps": 1e-12}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": cls}))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 6}))
    vocabulary = {word: at for at, word in enumerate(WORDS)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def test_a_text_has_the_same_vector_alone_and_among_longer_ones(tmp_path: Path) -> None:
    embedder = FolderEmbedder.at(model_folder(tmp_path / "model"))
    texts = ["lunch", "when is lunch served", "bills are sent", "when are bills sent"]

    together, alone = embedder.embed(texts), np.concatenate([embedder.embed([one]) for one in texts])

    assert np.allclose(together, alone, atol=1e-5)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.abs(together[0] - together[1]).max() > 0.01


def test_the_order_of_words_counts(tmp_path: Path) -> None:
    first, second = FolderEmbedder.at(model_folder(tmp_path / "model")).embed(["lunch is", "is lunch"])

    assert np.abs(first - second).max() > 0.001  # rounding alone is a hundredth of that


@pytest.mark.parametrize("cls", [False, True])
def test_without_layers_the_vector_is_what_the_weights_say(tmp_path: Path, *, cls: bool) -> None:
    folder = model_folder(tmp_path / "model", layers=0, cls=cls)
    weights = {}
    content = (folder / "model.safetensors").read_bytes()
    begins = 8 + int.from_bytes(content[:8], "little")
    for name, about in json.loads(content[8:begins]).items():
        first, last = about["data_offsets"]
        numbers = np.frombuffer(content[begins + first : begins + last], dtype=np.float32)
        weights[name.removeprefix("bert.embeddings.")] = numbers.reshape(about["shape"]).astype(float)
    tokens = []
    for place, word in enumerate(["when", "is", "lunch"]):
        one = weights["word_embeddings.weight"][WORDS.index(word)] + weights["position_embeddings.weight"][place]
        one = one + weights["token_type_embeddings.weight"][0]
        one = (one - one.mean()) / one.std() * weights["LayerNorm.weight"] + weights["LayerNorm.bias"]
        tokens.append(one)
    wanted = tokens[0] if cls else sum(tokens) / 3

    [row] = FolderEmbedder.at(folder).embed(["when is lunch"])

    assert np.allclose(row, wanted / np.linalg.norm(wanted), atol=1e-5)


def test_of_a_text_that_is_too_long_the_beginning_is_read(tmp_path: Path) -> None:
    embedder = FolderEmbedder.at(model_folder(tmp_path / "model"))

    long, short = embedder.embed(["when is lunch served when is lunch bills", "when is lunch served when is"])

    assert np.allclose(long, short, atol=1e-6)


def test_a_folder_that_cannot_be_used_is_refused_with_the_way_out(tmp_path: Path) -> None:
    broken = model_folder(tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"<html>not found</html>")
    cases = {
        "there is no folder": tmp_path / "nowhere",
        r"holds no model\.safetensors": tmp_path,
        "is of the kind 'xlm-roberta'": model_folder(tmp_path / "other", kind="xlm-roberta"),
        "cannot be used": broken,
        r"output\.dense\.bias": model_folder(tmp_path / "part", leave_out="encoder.layer.1.output.dense.bias"),
    }
    for said, folder in cases.items():
        settings = Settings.model_validate({"house": HOUSE, "embeddings": "folder"})
        with pytest.raises(ConfigError, match=said):
            embedder_from(settings, {"EMBEDDINGS_FOLDER": str(folder)})


def test_none_is_the_default() -> None:
    assert embedder_from(Settings.model_validate({"house": HOUSE}), {"EMBEDDINGS_URL": "http://host/v1"}) is None
