"""Vectors from a model in a folder of this machine, as sentence-transformers stores one; nothing is sent anywhere.

FOLDER/config.json              the shape; `model_type` is `bert`, as for MiniLM, BGE, E5 and GTE of the smaller sizes
FOLDER/model.safetensors        the weights
FOLDER/tokenizer.json           how texts become tokens
FOLDER/1_Pooling/config.json    how the tokens' vectors become one: their mean, unless it says the first
FOLDER/sentence_bert_config.json    how many tokens of a text are read
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tokenizers

from runtime.errors import ConfigError
from tools.backends.bert import Bert
from tools.backends.weights import read_weights

if TYPE_CHECKING:
    from runtime.embedding import Matrix

WEIGHTS = "model.safetensors"
_LONGEST = 512
_TOKENS = 2_048
"""About how many tokens are computed at once: more take memory and no less time."""


@dataclass(frozen=True)
class FolderEmbedder:
    """An `Embedder` on this machine. Safe to use from several threads."""

    name: str
    tokenizer: tokenizers.Tokenizer
    bert: Bert
    mean: bool

    @classmethod
    def at(cls, folder: Path) -> "FolderEmbedder":
        """The model in the folder. Raises ConfigError if there is none, or one that this house cannot compute."""
        weights = folder / WEIGHTS
        if not weights.is_file():
            raise ConfigError(f"EMBEDDINGS_FOLDER: '{folder}' holds no {WEIGHTS}", remedy="name the model's folder")
        known = weights.stat()
        return _read(folder, f"{folder.name}, {known.st_size}-{known.st_mtime_ns}")

    def embed(self, texts: Sequence[str]) -> "Matrix":
        """One row for each text, of length 1. Texts of about the same length are computed together."""
        coded = self.tokenizer.encode_batch(list(texts))
        rows: list[Any] = [None] * len(coded)
        held: list[int] = []
        order = sorted(range(len(coded)), key=lambda at: len(coded[at].ids))
        for at, after in zip(order, [*order[1:], None], strict=True):
            held.append(at)
            if after is None or (len(held) + 1) * len(coded[after].ids) > _TOKENS:
                for one, row in zip(held, self._rows([coded[one].ids for one in held]), strict=True):
                    rows[one] = row
                held = []
        return np.array(rows, dtype=np.float32)

    def close(self) -> None:
        """Nothing: the weights are shared by all who ask this folder."""

    def _rows(self, coded: Sequence[Sequence[int]]) -> "Matrix":
        longest = max(map(len, coded))
        ids = np.array([[*one, *[0] * (longest - len(one))] for one in coded], dtype=np.int64)
        mask = np.arange(longest) < np.array([[len(one)] for one in coded])
        told = self.bert.encode(ids, mask)
        pooled = (told * mask[:, :, None]).sum(axis=1) if self.mean else told[:, 0]
        rows: Matrix = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return rows


@lru_cache(maxsize=1)
def _read(folder: Path, name: str) -> FolderEmbedder:
    try:
        config = _shape(folder)
        weights = {one.removeprefix("bert."): numbers for one, numbers in read_weights(folder / WEIGHTS).items()}
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(_optional(folder / "sentence_bert_config.json").get("max_seq_length") or _LONGEST)
        pooling = _optional(folder / "1_Pooling" / "config.json")
        bert = Bert(weights, config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"])
        made = FolderEmbedder(name, tokenizer, bert, not pooling.get("pooling_mode_cls_token", False))
        made.embed(["a first word"])  # what is missing from the weights shows here
    except ConfigError:
        raise
    except Exception as error:  # the tokenizer's reader raises plain exceptions
        what = f"{type(error).__name__}: {error}"
        raise ConfigError(f"EMBEDDINGS_FOLDER: '{folder}' cannot be used ({what})", remedy="fetch it again") from error
    return made


def _shape(folder: Path) -> dict[str, Any]:
    config = _json(folder / "config.json")
    kind = config.get("model_type")
    if kind != "bert" or config.get("hidden_act", "gelu") != "gelu":
        remedy = "take a BERT model such as all-MiniLM-L6-v2, or serve this one and use 'embeddings: endpoint'"
        raise ConfigError(f"EMBEDDINGS_FOLDER: the model in '{folder}' is of the kind '{kind}'", remedy=remedy)
    return config


def _json(path: Path) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return held


def _optional(path: Path) -> dict[str, Any]:
    return _json(path) if path.is_file() else {}
