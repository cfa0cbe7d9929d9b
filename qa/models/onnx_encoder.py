"""An encoder that runs a prepared model (`prepare.py`) with onnxruntime."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import cores
from ..errors import ModelError
from .runtime import open_session

Vectors = NDArray[np.float32]
Tokenize = Callable[[str], list[int]]
# How much the threads give way that encode many texts. With 10 a question beside takes hardly longer than without them: 0.39 s at
# the median for 0.35, with 5 0.38, with 0 0.50; 0.56 for 0.44 on a busy machine, with 5 0.61, with 0 0.78.
_NICE = 10
_gives_way: ContextVar[bool] = ContextVar("gives_way", default=False)


@contextmanager
def giving_way() -> Iterator[None]:
    """Within it, what this thread has encoded of many texts at once lets whoever asks a question go first; on Linux only."""
    token = _gives_way.set(True)
    try:
        yield
    finally:
        _gives_way.reset(token)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared model: its folder and properties.

    `fingerprint` identifies weights, tokenizer, prompts and precision. `dimension` is the number of dimensions of a vector,
    `max_tokens` the length to which texts are cut. The prompts are put before each text. `precision` is "int8" or "fp32".
    `parity` is, for each probe text, the cosine between its vectors by the prepared and by the original model.
    """

    folder: Path
    name: str
    fingerprint: str
    dimension: int
    max_tokens: int
    query_prompt: str
    passage_prompt: str
    precision: str
    parity: dict[str, float]

    @property
    def onnx(self) -> Path:
        """The ONNX file."""
        return self.folder / "model.onnx"

    @property
    def tokenizer(self) -> Path:
        """The file of a Hugging Face tokenizer."""
        return self.folder / "tokenizer.json"

    @property
    def lower(self) -> Path:
        """The ONNX file of the default model's lower layers, which the reader needs: see `token_states.py`."""
        return self.folder / "lower.onnx"

    @property
    def vocabulary(self) -> Path:
        """The default model's vocabulary, which replaces `tokenizer`: see `vocabulary.py`."""
        return self.folder / "vocabulary.bin"


class OnnxEncoder:
    """An `Encoder` that runs a prepared model. The model is loaded for the first text. Several threads may use it.

    Texts are not batched: the int8 activations of a batch share a scale, so that a vector would depend on the other texts, and
    padding takes time. Each text is encoded by one thread, and as many texts at once as there are cores. Measured on two cores
    with 48 passages of 140 tokens: 31 passages/s; in batches of 8, 22; one text at a time with two threads, 27.
    """

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._lock = Lock()
        self._loaded: tuple[Tokenize, Any, list[str]] | None = None

    @property
    def name(self) -> str:
        return self._prepared.name

    @property
    def fingerprint(self) -> str:
        return self._prepared.fingerprint

    @property
    def dimension(self) -> int:
        return self._prepared.dimension

    @property
    def prepared(self) -> Prepared:
        """The prepared model that it runs."""
        return self._prepared

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(self._prepared.query_prompt, texts, None)

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        return self._encode(self._prepared.passage_prompt, texts, progress)

    def warm_up(self) -> None:
        """Load the model now, so that the first question does not wait for it."""
        self.encode_queries(["?"])

    def _encode(self, prompt: str, texts: Sequence[str], progress: Callable[[int], None] | None) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        if len(texts) == 1:
            return self._vector(prompt + texts[0])[None]
        vectors = np.empty((len(texts), self.dimension), np.float32)
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))  # the longest first, so that the workers finish together
        done = 0
        with ThreadPoolExecutor(cores(), initializer=_give_way if _gives_way.get() else None) as pool:
            for i, vector in zip(order, pool.map(self._vector, [prompt + texts[i] for i in order]), strict=True):
                vectors[i] = vector
                done += len(texts[i])
                if progress is not None:
                    progress(done)
        return vectors

    def _vector(self, text: str) -> Vectors:
        tokenize, session, inputs = self._load()
        ids = np.array([tokenize(encodable(text))], np.int64)
        (vectors,) = session.run(None, {name: ids if name == "input_ids" else np.zeros_like(ids) for name in inputs})
        return np.asarray(vectors[0], np.float32)

    def _load(self) -> tuple[Tokenize, Any, list[str]]:
        with self._lock:
            if self._loaded is None:
                try:
                    session = open_session(self._prepared.onnx)
                    self._loaded = _tokenizer(self._prepared), session, [node.name for node in session.get_inputs()]
                except ModelError:
                    raise
                except Exception as error:  # both libraries raise plain Exception
                    raise ModelError("models.not_loaded", self._prepared.folder) from error
            return self._loaded


def _give_way() -> None:
    if sys.platform == "linux":  # where it is of the thread alone
        with suppress(OSError):  # a sandbox may forbid it
            os.nice(_NICE)


def _tokenizer(prepared: Prepared) -> Tokenize:
    """A function from a text to its token ids with the special ones, at most `max_tokens`."""
    if prepared.vocabulary.is_file():
        from .vocabulary import UnigramTokenizer

        vocabulary = UnigramTokenizer(prepared.vocabulary)
        return lambda text: vocabulary.encode(text, prepared.max_tokens)
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(prepared.tokenizer))
    tokenizer.enable_truncation(prepared.max_tokens)
    tokenizer.encode_special_tokens = True
    return lambda text: list(tokenizer.encode(text).ids)


def encodable(text: str) -> str:
    """`text` with lone surrogates, which tokenizers reject, replaced by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
