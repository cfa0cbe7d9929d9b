"""What of a passage is fetched for scoring: its tokens, as hashes, and its vectors, packed into one value of its row.

A question fetches some 450 passages with a hundred thousand tokens. As text these take a tenth of a second to be cut and counted;
packed as numbers a thousandth. A token is kept as 32 bits of its hash: that one of a question's tokens is taken for another in
one of its candidates happens once in thousands of questions, and moves a score a little.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...passages.context import in_context
from ...search.rows import Ints
from ...search.words.postings import term_hash
from ...text.user_words import UserDictionary
from ...text.words import tokenize
from ..assembly import SplitPassage

Hashes = NDArray[np.uint32]
Tokens = Sequence[Sequence[str]]  # of each sentence
_LOW = 2**16


class Packed(NamedTuple):
    """The tokens of a passage, and its own vector and then those of its sentences.

    `lengths` and `words` are how many tokens each sentence has, and how many of these are words; `hashes` are the tokens of all.
    """

    lengths: NDArray[np.uint16]
    words: NDArray[np.uint16]
    hashes: Hashes
    vectors: NDArray[np.float16]


def pack(tokens: Tokens, vectors: NDArray[np.float16], most: int) -> str:
    """The value of a row in at most `most` bytes: without vectors where they do not fit, and empty where the tokens do not."""
    packed = packed_tokens(tokens)
    counts = np.stack([packed.lengths, packed.words], axis=1).astype("<u2")
    front = np.array([len(packed.lengths), len(packed.hashes)], "<u4").tobytes() + counts.tobytes()
    told = front + packed.hashes.astype("<u4").tobytes()
    for value in (told + vectors.astype("<f2").tobytes(), told):
        if -(-len(value) // 3) * 4 <= most and not np.any(packed.lengths >= _LOW - 1):
            return base64.b64encode(value).decode("ascii")
    return ""


def unpack(value: str, dimension: int) -> Packed | None:
    """The inverse of `pack`; None where not even the tokens did fit. `vectors` is empty where those did not."""
    if not value:
        return None
    data = _decoder()(value)
    sentences, tokens = np.frombuffer(data, "<u4", 2).tolist()
    counts = np.frombuffer(data, "<u2", 2 * sentences, 8)
    at = 8 + 4 * sentences
    hashes = np.frombuffer(data, "<u4", tokens, at)
    return Packed(counts[::2], counts[1::2], hashes, np.frombuffer(data, "<f2", -1, at + 4 * tokens).reshape(-1, dimension))


@lru_cache(maxsize=1)
def _decoder() -> Callable[[str], bytes]:
    """What decodes base64: of the extra "milvus", in a tenth of the time that Python takes, some ten milliseconds a question."""
    try:
        from pybase64 import b64decode
    except ImportError:
        return base64.b64decode
    return partial(b64decode, validate=True)


def packed_tokens(tokens: Tokens, vectors: NDArray[np.float16] | None = None) -> Packed:
    """These tokens, as `unpack` gives them."""
    return Packed(
        np.array([min(len(own), _LOW - 1) for own in tokens], np.uint16),
        np.array([min(sum(token.startswith("w") for token in own), _LOW - 1) for own in tokens], np.uint16),
        np.array([token_hash(token) for own in tokens for token in own], np.uint32),
        np.empty((0, 0), np.float16) if vectors is None else vectors,
    )


@lru_cache(1 << 17)
def token_hash(token: str) -> int:
    """What is kept of a token."""
    return term_hash(token.encode("utf-8", "surrogatepass")) % 2**32


def occurrences(tokens: Sequence[str], hashes: Hashes) -> tuple[Ints, Ints]:
    """Where `hashes` has each of `tokens`: index into `tokens`, ascending, and into `hashes`, ascending for each token."""
    wanted = np.array([token_hash(token) for token in tokens], np.uint32)
    likely = np.zeros(_LOW, np.bool_)  # by the lower half of a hash, which leaves one in hundreds to be compared
    likely[wanted.astype(np.uint16)] = True
    at = np.flatnonzero(likely[hashes.astype(np.uint16)])
    token, among = np.nonzero(wanted[:, None] == hashes[at])
    return token, at[among]


def tokens_of(passage: SplitPassage, dictionary: UserDictionary) -> tuple[tuple[str, ...], ...]:
    """The tokens of each sentence of a passage, with what belongs to it, as they are indexed."""
    columns, start = passage.mark.columns if passage.mark else (), passage.start
    contexts = (in_context(passage.text, a - start, b - start, columns) for a, b in passage.sentences)
    return tuple(tuple(tokenize(text, dictionary)) for text in contexts)
