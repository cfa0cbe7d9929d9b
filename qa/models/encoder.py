"""The interface `Encoder`, which an index needs of an embedding model, and a function that loads one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ..config import reader_wanted
from ..progress import Progress, silent
from .onnx_encoder import OnnxEncoder, Prepared, Vectors, giving_way
from .prepare import DEFAULT_MODEL, prepare
from .question_map import QuestionMap
from .reader import Reader
from .runtime import provider

__all__ = ["Encoder", "Vectors", "giving_way", "load_encoder"]


class Encoder(Protocol):
    """Encodes texts as vectors of length 1, float32. Several threads may use it."""

    @property
    def name(self) -> str:
        """The name of the model, as the user gave it."""

    @property
    def fingerprint(self) -> str:
        """Identifies weights, tokenizer, prompts and precision; vectors with different fingerprints cannot be compared."""

    @property
    def dimension(self) -> int:
        """The number of dimensions of a vector."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """The vectors of questions, shape (len(texts), dimension)."""

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """The vectors of passages, shape (len(texts), dimension).

        `progress` is called with the number of characters encoded so far.
        """


def load_encoder(model: str | None = None, progress: Progress = silent) -> OnnxEncoder:
    """The encoder for `model`, a sentence-transformers model by hub name or local folder; None is the default model.

    On first use the model is converted and cached, which takes about a minute and is reported to `progress`. Raises `ModelError`.
    """
    provider()  # a device that is not there is told before anything is read
    return OnnxEncoder(prepare(model or DEFAULT_MODEL, progress))


def load_reader(encoder: Encoder) -> Reader | None:
    """The reader that goes with an encoder: None for any but the default model, and where `QA_NO_READER` is on."""
    prepared = _default(encoder)
    return Reader(prepared) if prepared and reader_wanted() else None


def load_question_map(encoder: Encoder) -> QuestionMap | None:
    """The map of questions' vectors that goes with an encoder: None for any but the default model."""
    return QuestionMap.fitted() if _default(encoder) else None


def _default(encoder: Encoder) -> Prepared | None:
    """The prepared default model, where `encoder` runs it or passes texts on to one that does, and says so as `prepared`."""
    prepared = getattr(encoder, "prepared", None)
    return prepared if isinstance(prepared, Prepared) and prepared.lower.is_file() else None
