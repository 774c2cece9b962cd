"""BERT as an encoder (Devlin et al., 2019), in numpy: token ids in, one vector per token out."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from runtime.embedding import Matrix

_FAR = np.float32(-1e9)


@dataclass(frozen=True)
class Bert:
    """The encoder's weights by their names in the file, and its shape as config.json gives it."""

    weights: "Mapping[str, Matrix]"
    layers: int
    heads: int
    epsilon: float

    def encode(self, ids: "NDArray[np.int64]", mask: "NDArray[np.bool_]") -> "Matrix":
        """Vectors by text, token and number; of tokens outside of `mask`, they mean nothing."""
        told = self.weights["embeddings.word_embeddings.weight"][ids]
        told = told + self.weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        told = told + self.weights["embeddings.token_type_embeddings.weight"][0]
        told = self._normed("embeddings.LayerNorm", told)
        away = np.where(mask, np.float32(0), _FAR)[:, None, None, :]
        for number in range(self.layers):
            told = self._layer(f"encoder.layer.{number}", told, away)
        return told

    def _layer(self, name: str, told: "Matrix", away: "Matrix") -> "Matrix":
        heard = self._linear(f"{name}.attention.output.dense", self._attention(f"{name}.attention.self", told, away))
        told = self._normed(f"{name}.attention.output.LayerNorm", heard + told)
        inner = _gelu(self._linear(f"{name}.intermediate.dense", told))
        return self._normed(f"{name}.output.LayerNorm", self._linear(f"{name}.output.dense", inner) + told)

    def _attention(self, name: str, told: "Matrix", away: "Matrix") -> "Matrix":
        texts, tokens, width = told.shape
        each = (texts, tokens, self.heads, width // self.heads)
        query, key, value = (
            self._linear(f"{name}.{one}", told).reshape(each).transpose(0, 2, 1, 3) for one in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(sqrt(each[3])) + away
        share = np.exp(scores - scores.max(axis=-1, keepdims=True))
        share /= share.sum(axis=-1, keepdims=True)
        heard: Matrix = (share @ value).transpose(0, 2, 1, 3).reshape(texts, tokens, width)
        return heard

    def _linear(self, name: str, told: "Matrix") -> "Matrix":
        made: Matrix = told @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return made

    def _normed(self, name: str, told: "Matrix") -> "Matrix":
        centred = told - told.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(self.epsilon))
        made: Matrix = centred / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return made


def _gelu(x: "Matrix") -> "Matrix":
    """x/2 (1 + erf(x/√2)), with the error function as in Abramowitz and Stegun, 7.1.26 (off by 1.5e-7 at most)."""
    z = np.abs(x) * np.float32(sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = np.zeros_like(t)
    for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(factor)) * t
    made: Matrix = 0.5 * x * (1 + np.sign(x) * (1 - series * np.exp(-z * z)))
    return made
