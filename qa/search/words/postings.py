"""The posting lists of one segment on the disk.

The list of a term has the numbers of the sentences that contain it, ascending, each as often as it contains the term. The
sentences of a passage are consecutive, so that the same list serves passages and sentences. Terms are sorted by a hash, so that
they are found by bisection, without a table in memory.

A list consists of pieces, one for each block of 65,536 sentences that it has postings in. Only the lower 16 bits of a posting
are stored, as in the array containers of Roaring bitmaps (Chambi et al., 2016): 2.1 bytes per posting with a million passages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...disk import FarFile

BLOCK_BITS = 16  # stored bits of a sentence's number
MOST_NOTED = 255  # counts in `Postings.most` stop here


@dataclass(frozen=True, slots=True)
class Postings:
    """The posting lists of one segment, memory-mapped.

    By term i: its pieces are [pieces[i], pieces[i + 1]); its UTF-8 bytes are `terms[term_ends[i - 1] : term_ends[i]]`;
    `hashes[i]`, ascending, is their hash; `passages[i]` and `sentences[i]` are how many of these contain it; `most[i]` is the
    highest number of times in one passage (255: 255 or more).

    By piece j: it has the sentences `blocks[j] << 16 | low` for each `low` in `rows[starts[j] : starts[j + 1]]`.

    By sentence: `lengths` is its number of tokens, `words` the number of those that are words, both at most 65,535.
    """

    hashes: NDArray[np.uint64]
    terms: NDArray[np.uint8]
    term_ends: NDArray[np.uint32]
    pieces: NDArray[np.uint32]
    blocks: NDArray[np.uint16]
    starts: NDArray[np.uint32]
    rows: NDArray[np.uint16]
    passages: NDArray[np.int32]
    sentences: NDArray[np.int32]
    most: NDArray[np.uint8]
    lengths: NDArray[np.uint16]
    words: NDArray[np.uint16]
    far: FarFile | None  # the file of `rows` if it is too large for reading through the mapping

    @classmethod
    def open(cls, folder: Path) -> Postings:
        """Map the files that a `PostingsWriter` wrote to `folder`. Raises OSError or ValueError when they are damaged."""
        arrays: dict[str, Any] = {}
        for name in ARRAYS:
            # np.asarray: still mapped, but without the overhead of np.memmap on every slice
            arrays[name] = np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
            if arrays[name].dtype != _DTYPES[name] or arrays[name].ndim != 1:
                raise ValueError(f"{name}.npy holds no {_DTYPES[name]}")
        count = len(arrays["hashes"])
        if len(arrays["words"]) != len(arrays["lengths"]):
            raise ValueError("arrays of different lengths")
        lengths = [len(arrays[name]) for name in ("term_ends", "passages", "sentences", "most")]
        pieces, starts = arrays["pieces"], arrays["starts"]
        if lengths != [count] * 4 or [len(pieces), len(starts)] != [count + 1, len(arrays["blocks"]) + 1]:
            raise ValueError("arrays of different lengths")
        if len(arrays["blocks"]) != int(pieces[-1]) or len(arrays["rows"]) != int(starts[-1]):
            raise ValueError("arrays of different lengths")
        return cls(**arrays, far=FarFile.of(folder / "rows.npy", arrays["rows"].nbytes))

    def find(self, tokens: Sequence[str]) -> list[int]:
        """The number of the term of each token; -1 for a token that no sentence contains."""
        if not len(self.hashes):
            return [-1] * len(tokens)
        encoded = [token.encode("utf-8", "surrogatepass") for token in tokens]
        wanted = np.array([term_hash(name) for name in encoded], np.uint64)
        found = np.searchsorted(self.hashes, wanted).tolist()
        return [self._exact(name, at, hashed) for name, at, hashed in zip(encoded, found, wanted, strict=True)]

    def _exact(self, name: bytes, at: int, hashed: np.uint64) -> int:
        while at < len(self.hashes) and self.hashes[at] == hashed:
            if self.name(at) == name:
                return at
            at += 1
        return -1

    def name(self, term: int) -> bytes:
        """The UTF-8 bytes of the term number `term`."""
        return self.terms[int(self.term_ends[term - 1]) if term else 0 : int(self.term_ends[term])].tobytes()

    def names(self) -> list[bytes]:
        """The UTF-8 bytes of all terms, by number."""
        ends = self.term_ends.tolist()
        blob = self.terms.tobytes()
        return [blob[a:b] for a, b in zip([0, *ends], ends, strict=False)]

    def low(self, begin: int, end: int) -> NDArray[np.uint16]:
        """The lower 16 bits of the postings [begin, end): that range of `rows`."""
        if self.far is None:
            return self.rows[begin:end]
        low = np.empty(end - begin, np.uint16)
        self.far.read(low, begin * low.itemsize)
        return low

    def lists(self, first: int, last: int) -> NDArray[np.uint32]:
        """The concatenated posting lists of the terms [first, last), as whole sentence numbers."""
        a, b = int(self.pieces[first]), int(self.pieces[last])
        starts = self.starts[a : b + 1]
        high = np.repeat(self.blocks[a:b].astype(np.uint32) << BLOCK_BITS, np.diff(starts))
        return np.asarray(high | self.rows[int(starts[0]) : int(starts[-1])], np.uint32)


_DTYPES = {
    "hashes": np.uint64, "terms": np.uint8, "term_ends": np.uint32, "pieces": np.uint32, "blocks": np.uint16,
    "starts": np.uint32, "rows": np.uint16, "passages": np.int32, "sentences": np.int32, "most": np.uint8, "lengths": np.uint16,
    "words": np.uint16,
}  # fmt: skip
ARRAYS = tuple(_DTYPES)


def term_hash(name: bytes) -> int:
    """The 64-bit hash of a term's UTF-8 bytes."""
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")
