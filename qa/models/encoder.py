"""The encoder: what an index needs of a model that makes vectors of texts, and how one is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ..progress import Progress, silent
from .onnx_encoder import OnnxEncoder, Vectors
from .prepare import DEFAULT_MODEL, prepare

__all__ = ["Encoder", "Vectors", "load_encoder"]


class Encoder(Protocol):
    """Makes unit vectors of texts, float32. Several threads may use it."""

    @property
    def name(self) -> str:
        """The model's name as the user gives it."""

    @property
    def fingerprint(self) -> str:
        """Another one when weights, tokenizer, prompts or precision are others: then vectors cannot be compared."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """The vectors of questions, shape (len(texts), dimension)."""

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """The vectors of passages, shape (len(texts), dimension); `progress` is told how many characters are done."""


def load_encoder(model: str | None = None, progress: Progress = silent) -> OnnxEncoder:
    """The encoder of `model`, a hub name or a local folder of sentence-transformers; None is the default model.

    The first use of a model prepares it, which takes about a minute and is reported to `progress`. Raises `ModelError`.
    """
    return OnnxEncoder(prepare(model or DEFAULT_MODEL, progress))
