"""The reader: reads a question and a passage together, and says whether, in which unit and where the passage answers.

The lower layers of the default model encode question and passage apart (`token_states.py`); the eight layers of `reader.onnx`,
fitted by `tests/bench/reader/fit.py`, read the two together, as in DeFormer (Cao et al. 2020). A unit is what can be quoted: a
sentence, an item of a list, a row of a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import cores
from ..errors import ModelError
from ..progress import wanted
from .e5 import PROMPTS
from .onnx_encoder import Prepared, encodable
from .runtime import open_session
from .vocabulary import UnigramTokenizer

Span = tuple[int, int]
Floats = NDArray[np.float32]

WEIGHTS = Path(__file__).with_name("reader.onnx")

# The lengths that it was fitted with: tokens of question, title and passage; characters of the title, whose end says most; units.
MOST_QUESTION, MOST_TITLE, MOST_TOKENS, MOST_UNITS = 64, 48, 300, 60
MOST_UNIT = 256
TITLE_CHARACTERS = 80
LONGEST_SPAN = 48  # tokens
PROMPT_TOKENS = 3  # before the text: bos and those of "query:" or "passage:"
MATCHES = 3  # features of a token


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage as it is read: the `title` above it (file and headings), its `text`, and the spans of its `units` in the text."""

    title: str
    text: str
    units: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader says of one passage, in logits.

    `answers`: whether the passage answers. `units`: whether each unit is part of the answer, shape (units,), -inf for what is
    behind the last token that is read. `spans`: for each unit the likeliest words that answer, as a span of the passage's text.
    """

    answers: float
    units: Floats
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The token ids of a passage; the tokens [start, end) of each unit; and the characters of the text that each token covers."""

    ids: list[int]
    units: list[Span]
    covered: list[list[Span]]


def passage_tokens(tokenizer: UnigramTokenizer, passage: ReadPassage) -> Tokens:
    """A passage cut into tokens, unit by unit."""
    bos, eos = tokenizer.ends
    head, _ = tokenizer.encode_spans(encodable(PROMPTS["document"] + passage.title[-TITLE_CHARACTERS:]), MOST_TITLE)
    ids, units, covered = [bos, *head], [], []
    for start, end in passage.units[:MOST_UNITS]:
        own, spans = tokenizer.encode_spans(encodable(passage.text[start:end]), min(MOST_UNIT, max(0, MOST_TOKENS - len(ids))))
        units.append((len(ids), len(ids) + len(own)))
        covered.append([(start + a, start + b) for a, b in spans])
        ids += own
    return Tokens([*ids, eos], units, covered)


def match_features(asked: Sequence[int], ids: Sequence[int], asked_states: Floats, states: Floats, rarity: Floats) -> Floats:
    """How each token of the question, then of the passage, is met in the other text, shape (tokens of both, MATCHES).

    The highest cosine with a token of the other text, both less their mean; whether the token itself stands there, times its
    rarity; and its rarity. 0 for the prompts and the ends.
    """
    inner, own = slice(PROMPT_TOKENS, len(asked) - 1), slice(len(asked) + PROMPT_TOKENS, len(asked) + len(ids) - 1)
    q, p = asked_states[PROMPT_TOKENS:-1], states[PROMPT_TOKENS:-1]
    features = np.zeros((len(asked) + len(ids), MATCHES), np.float32)
    if not (len(q) and len(p)):
        return features
    mean = np.concatenate([q, p]).mean(0)
    q, p = q - mean, p - mean
    q, p = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-6) for x in (q, p))
    cosines = p @ q.T
    for part, best, mine, other in (
        (inner, cosines.max(0), asked[PROMPT_TOKENS:-1], ids[PROMPT_TOKENS:-1]),
        (own, cosines.max(1), ids[PROMPT_TOKENS:-1], asked[PROMPT_TOKENS:-1]),
    ):
        rare = rarity[np.asarray(mine)]
        features[part, 0] = best
        features[part, 1] = np.isin(mine, other) * rare
        features[part, 2] = rare
    return features


def question_tokens(tokenizer: UnigramTokenizer, question: str) -> list[int]:
    """The token ids of a question."""
    return tokenizer.encode(encodable(PROMPTS["query"] + question), MOST_QUESTION)


class Reader:
    """Runs the reader over the prepared default model. Loaded for the first question. Several threads may use it."""

    def __init__(self, prepared: Prepared, weights: Path = WEIGHTS) -> None:
        self._prepared = prepared
        self._weights = weights
        self._lock = Lock()
        self._loaded: tuple[UnigramTokenizer, Any, Any, Floats] | None = None
        self._pool = ThreadPoolExecutor(cores(), "reader")

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        """What each passage says to a question, in the order of `passages`; as many at once as there are cores."""
        tokenizer, lower, _, _ = self._load()
        ids = question_tokens(tokenizer, question)
        asked, still = _states(lower, ids), wanted()

        def one(passage: ReadPassage) -> Reading:
            still.check()
            return self._one(ids, asked, passage)

        return list(self._pool.map(one, passages))

    def warm_up(self) -> None:
        """Load both models now, so that the first question does not wait for it."""
        self.read("?", [ReadPassage("", "!", ((0, 1),))])

    def _one(self, ids: list[int], asked: Floats, passage: ReadPassage) -> Reading:
        tokenizer, lower, upper, rarity = self._load()
        tokens = passage_tokens(tokenizer, passage)
        states = np.concatenate([asked, _states(lower, tokens.ids)])[None]
        side = np.ones((1, states.shape[1]), np.int64)
        side[0, : len(ids)] = 0
        match = match_features(ids, tokens.ids, asked, states[0, len(ids) :], rarity)[None]
        answers, heads = upper.run(None, {"states": states, "side": side, "match": match})
        return reading(tokens, float(answers[0]), heads[0, len(ids) :])

    def _load(self) -> tuple[UnigramTokenizer, Any, Any, Floats]:
        with self._lock:
            if self._loaded is None:
                try:
                    tokenizer, lower = UnigramTokenizer(self._prepared.vocabulary), open_session(self._prepared.lower)
                    self._loaded = tokenizer, lower, open_session(self._weights, optimised=False), tokenizer.rarity
                except ModelError:
                    raise
                except Exception as error:  # both libraries raise plain Exception
                    raise ModelError("models.not_loaded", self._prepared.folder) from error
            return self._loaded


def reading(tokens: Tokens, answers: float, heads: Floats) -> Reading:
    """A reading from the logits of a passage's tokens, `heads` of shape (tokens, 4): unit, start, end, weight within the unit.

    The logit of a unit is the mean of its tokens', weighted by the softmax of their weights.
    """
    units = np.full(len(tokens.units), -np.inf, np.float32)
    spans: list[Span] = []
    for i, ((first, last), covered) in enumerate(zip(tokens.units, tokens.covered, strict=True)):
        if first == last:
            spans.append((0, 0))
            continue
        own = heads[first:last]
        weight = np.exp(own[:, 3] - own[:, 3].max())
        units[i] = own[:, 0] @ weight / weight.sum()
        start, end = _likeliest(own[:, 1], own[:, 2])
        spans.append((covered[start][0], covered[end][1]))
    return Reading(answers, units, tuple(spans))


def _likeliest(starts: Floats, ends: Floats) -> Span:
    """The first and last token, at most LONGEST_SPAN apart, with the highest sum of logits."""
    sums = starts[:, None] + ends[None]
    length = np.arange(len(starts))
    apart = length[None] - length[:, None]
    sums[(apart < 0) | (apart >= LONGEST_SPAN)] = -np.inf
    first, last = divmod(int(sums.argmax()), len(starts))
    return first, last


def _states(lower: Any, ids: Sequence[int]) -> Floats:
    (states,) = lower.run(None, {"input_ids": np.array([ids], np.int64)})
    return np.asarray(states[0], np.float32)
