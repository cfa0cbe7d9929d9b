"""What of a passage is fetched for scoring: its tokens, as hashes, and its vectors, packed into one value of its row.

A question fetches some 450 passages with a hundred thousand tokens. As text these take a tenth of a second to be cut and counted;
packed as numbers a thousandth. A token is kept as 32 bits of its hash: that one of a question's tokens is taken for another in
one of its candidates happens once in thousands of questions, and moves a score a little.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...models.encoder import Vectors
from ...passages.context import in_context
from ...search.rows import Ints
from ...search.words.postings import term_hash
from ...text.user_words import UserDictionary
from ...text.words import tokenize
from ..prepared import SplitPassage

Hashes = NDArray[np.uint32]
Tokens = Sequence[Sequence[str]]  # of each sentence
_LOW = 2**16
_SIGN_AND_REST = -(2**31) | (2**28 - 2**13)  # the bits of a number that come from one of 16
_FRONT = struct.Struct("<II")  # how many sentences and how many tokens follow
_COUNT, _HASH, _HALF = np.dtype("<u2"), np.dtype("<u4"), np.dtype("<f2")


class Packed(NamedTuple):
    """The tokens of a passage, and its own vector and then those of its sentences.

    `counts`, shape (sentences, 2), are how many tokens each sentence has, and how many of these are words; `hashes` are the
    tokens of all.
    """

    counts: NDArray[np.uint16]
    hashes: Hashes
    vectors: NDArray[np.float16]


def pack(tokens: Tokens, vectors: NDArray[np.float16], most: int) -> str:
    """The value of a row in at most `most` bytes: without vectors where they do not fit, and empty where the tokens do not."""
    packed = packed_tokens(tokens)
    front = _FRONT.pack(len(packed.counts), len(packed.hashes))
    told = front + packed.counts.astype(_COUNT).tobytes() + packed.hashes.astype(_HASH).tobytes()
    for value in (told + vectors.astype(_HALF).tobytes(), told):
        if -(-len(value) // 3) * 4 <= most and not np.any(packed.counts >= _LOW - 1):
            return base64.b64encode(value).decode("ascii")
    return ""


def unpack(value: str, dimension: int) -> Packed | None:
    """The inverse of `pack`; None where not even the tokens did fit. `vectors` is empty where those did not."""
    if not value:
        return None
    data = _decoder()(value)
    sentences, tokens = _FRONT.unpack_from(data)
    at = _FRONT.size + 2 * _COUNT.itemsize * sentences
    vectors = at + _HASH.itemsize * tokens
    count = (len(data) - vectors) // (_HALF.itemsize * dimension)
    # made at once from the bytes: `np.frombuffer` and a change of shape take twice as long, for each of 450 candidates
    return Packed(
        np.ndarray((sentences, 2), _COUNT, data, _FRONT.size),
        np.ndarray(tokens, _HASH, data, at),
        np.ndarray((count, dimension), _HALF, data, vectors),
    )


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
    counts = [(len(own), sum(token.startswith("w") for token in own)) for own in tokens]
    return Packed(
        np.minimum(np.array(counts, np.int64).reshape(-1, 2), _LOW - 1).astype(np.uint16),
        np.array([token_hash(token) for own in tokens for token in own], np.uint32),
        np.empty((0, 0), np.float16) if vectors is None else vectors,
    )


def single(halves: NDArray[np.float16]) -> Vectors:
    """These finite numbers of 16 bits with 32, as `astype` gives them in six times the time."""
    # Sign and the rest move to their places in 32 bits, where the exponent then counts from another number.
    bits = halves.view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= np.int32(_SIGN_AND_REST)
    found = bits.view(np.float32)
    found *= np.float32(2.0**112)
    return found


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
