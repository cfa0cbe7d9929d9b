"""What an index needs of a model that makes vectors, and the one that is used by default."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ..progress import Progress, silent
from .onnx_encoder import OnnxEncoder, Vectors
from .prepare import DEFAULT_MODEL, prepare

__all__ = ["Encoder", "Vectors", "load_encoder"]


class Encoder(Protocol):
    """What an index needs of a model."""

    @property
    def name(self) -> str:
        """The model as the user names it."""

    @property
    def fingerprint(self) -> str:
        """Changes when weights, tokenizer, prompts or precision do."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, shape (len(texts), dimension)."""

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Unit vectors of passages, shape (len(texts), dimension); `progress` is told how many characters are done."""


def load_encoder(model: str | None = None, progress: Progress = silent) -> OnnxEncoder:
    """The encoder for `model`, a hub name or a local sentence-transformers folder; None is the default model.

    The first use of a model prepares it, which takes about a minute and is reported to `progress`.
    """
    return OnnxEncoder(prepare(model or DEFAULT_MODEL, progress))
