"""Which sentences hold which tokens: an inverted index of one segment, made in runs of bounded memory and opened mapped.

There is one list for each term: the rows of the sentences that hold it, ascending, a row as often as it holds the term. The
counts of a passage are the sums of those of its sentences, so that one list serves both. Terms are in the order of a
hash, by which they are found without a table in memory.

A list is kept in pieces, one for each block of 65,536 rows that it has some in, of which the lower 16 bits alone are stored
(the array containers of Roaring bitmaps: Chambi et al., 2016): 2.1 bytes a row over a million passages.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..disk import FarFile
from ..errors import QAError

Ints = NDArray[np.int64]

# Tokens sorted at a time: 16 bytes of memory each while they are.
RUN = 2**23

BLOCK_BITS = 16  # of a row that are stored
_MOST_TOKENS = 2**16 - 1  # of a sentence, as its length is noted
_MOST = 255  # how often a passage holds a term is noted up to here


@dataclass(frozen=True, slots=True)
class Postings:
    """The lists of one segment, mapped.

    The list of term i is in the pieces [pieces[i], pieces[i + 1]); piece j holds the rows `blocks[j] << 16 | low` for each
    `low` of `rows[starts[j] : starts[j + 1]]`. The term's UTF-8 bytes are `terms[term_ends[i - 1] : term_ends[i]]`, and
    `hashes[i]`, ascending, its hash. `passages` and `sentences` say how many of these hold it, `most` how often a passage
    holds it at the most (255: or oftener). `lengths` is the number of tokens of each sentence, `words` that of those which
    are words, both 65,535 at the most.
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
    far: FarFile | None  # the rows again, where they are to be read

    @classmethod
    def open(cls, folder: Path) -> Postings:
        """Open what `Counting.finish` wrote. Raises OSError or ValueError when it is not whole."""
        arrays: dict[str, Any] = {}
        for name in ARRAYS:
            # np.asarray: still mapped, but without the price of numpy's memmap class on every slice
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
        """The number of each token's term, -1 for one that no sentence holds."""
        if not len(self.hashes):
            return [-1] * len(tokens)
        encoded = [token.encode("utf-8", "surrogatepass") for token in tokens]
        wanted = np.array([_hash(name) for name in encoded], np.uint64)
        found = np.searchsorted(self.hashes, wanted).tolist()
        return [self._exact(name, at, hashed) for name, at, hashed in zip(encoded, found, wanted, strict=True)]

    def _exact(self, name: bytes, at: int, hashed: np.uint64) -> int:
        while at < len(self.hashes) and self.hashes[at] == hashed:
            if self.name(at) == name:
                return at
            at += 1
        return -1

    def name(self, term: int) -> bytes:
        """The UTF-8 bytes of a term."""
        return self.terms[int(self.term_ends[term - 1]) if term else 0 : int(self.term_ends[term])].tobytes()

    def names(self) -> list[bytes]:
        """The UTF-8 bytes of all terms."""
        ends = self.term_ends.tolist()
        blob = self.terms.tobytes()
        return [blob[a:b] for a, b in zip([0, *ends], ends, strict=False)]

    def low(self, begin: int, end: int) -> NDArray[np.uint16]:
        """The part [begin, end) of `rows`."""
        if self.far is None:
            return self.rows[begin:end]
        low = np.empty(end - begin, np.uint16)
        self.far.read(low, begin * low.itemsize)
        return low

    def lists(self, first: int, last: int) -> NDArray[np.uint32]:
        """The lists of the terms [first, last), one after the other."""
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


def _hash(name: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")


@dataclass(frozen=True, slots=True)
class _Run:
    """Lists of some rows: that of `terms[i]`, a number of `Counting`, is at [starts[i], starts[i + 1]) of the rows."""

    terms: NDArray[np.int32]
    starts: Ints
    rows: NDArray[np.uint32] | Postings

    def lists(self, first: int, last: int) -> NDArray[np.uint32]:
        """The lists [first, last), one after the other."""
        if isinstance(self.rows, Postings):
            return self.rows.lists(first, last)
        return np.asarray(self.rows[int(self.starts[first]) : int(self.starts[last])])


class Counting:
    """The sentences of a segment in the making, one after the other, in `folder`, which exists.

    What is counted is kept in runs of `RUN` tokens, on the disk if there is more than one, so that memory is bounded by the
    number of different terms.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ids: defaultdict[str, int] = defaultdict()
        self._ids.default_factory = self._ids.__len__
        self._terms, self._sizes = array("i"), array("i")  # of the rows since the last run
        self._is_word = array("B")  # of each term
        self._words: list[NDArray[np.uint16]] = []
        self._lengths: list[NDArray[np.uint16]] = []
        self._runs: list[_Run] = []
        self._earlier: list[tuple[_Run, Postings, Ints]] = []
        self._rows = 0  # in runs
        self._scratch: list[Path] = []

    def add(self, tokens: Sequence[str]) -> None:
        """Count the tokens of the next row."""
        self._terms.extend(map(self._ids.__getitem__, tokens))
        self._sizes.append(len(tokens))
        if len(self._terms) >= RUN:
            self._close(keep=False)

    def add_earlier(self, postings: Postings, moved: Ints) -> None:
        """Take the rows of another index that are `moved` to a row of the new one, -1 for those that are not taken."""
        terms = np.array([self._ids[name.decode("utf-8", "surrogatepass")] for name in postings.names()], np.int32)
        self._earlier.append((_Run(terms, postings.starts[postings.pieces].astype(np.int64), postings), postings, moved))

    def _close(self, keep: bool) -> None:
        """Make the rows since the last run a run, in memory if it is to be `keep`."""
        sizes = np.array(self._sizes, np.int32)
        row = np.repeat(np.arange(self._rows, self._rows + len(sizes), dtype=np.int64), sizes)
        terms = np.frombuffer(self._terms, np.int32) if len(row) else np.empty(0, np.int32)
        self._is_word.extend(name.startswith("w") for name in islice(self._ids, len(self._is_word), None))
        words = np.bincount(row - self._rows, np.array(self._is_word, np.uint8)[terms], len(sizes))
        self._words.append(np.minimum(words, _MOST_TOKENS).astype(np.uint16))
        key = terms.astype(np.int64) << 32 | row
        key.sort()
        term = (key >> 32).astype(np.int32)
        rows = (key & 0xFFFFFFFF).astype(np.uint32)
        first = np.flatnonzero(np.diff(term, prepend=-1))
        if not keep and len(rows):
            file = self._folder / f"run-{len(self._scratch)}.npy"
            np.save(file, rows, allow_pickle=False)
            self._scratch.append(file)
            rows = np.load(file, mmap_mode="r", allow_pickle=False)
        self._runs.append(_Run(term[first], np.append(first, len(term)).astype(np.int64), rows))
        self._lengths.append(np.minimum(sizes, _MOST_TOKENS).astype(np.uint16))
        self._rows += len(sizes)
        self._terms, self._sizes = array("i"), array("i")

    def finish(self, passage_of: NDArray[np.int32], moved: Ints | None = None) -> None:
        """Write the arrays of `Postings`; `passage_of` says which passage each sentence is of, ascending.

        `moved` says what row of the new index each counted row is; None when they are its first ones.
        """
        self._close(keep=True)
        lengths, words = np.concatenate(self._lengths), np.concatenate(self._words)
        runs: list[tuple[_Run, Ints | None]] = [(run, moved) for run in self._runs]
        if moved is not None or self._earlier:
            own = np.arange(len(lengths)) if moved is None else moved
            lengths = _placed(len(passage_of), [(lengths, own), *((each.lengths, at) for _, each, at in self._earlier)])
            words = _placed(len(passage_of), [(words, own), *((each.words, at) for _, each, at in self._earlier)])
            runs += [(run, at) for run, _, at in self._earlier]
        counts = np.zeros(len(self._ids), np.int64)
        kept = [_kept_sizes(run, moved) for run, moved in runs]
        for (run, _), sizes in zip(runs, kept, strict=True):
            counts[run.terms] += sizes
        names = ((name.encode("utf-8", "surrogatepass"), i) for name, i in self._ids.items() if counts[i])
        used = sorted((_hash(name), name, i) for name, i in names)
        self._ids.clear()
        order = np.array([i for _, _, i in used], np.int64)
        number = np.zeros(len(counts), np.int64)
        number[order] = np.arange(len(order))
        starts = np.concatenate([[0], np.cumsum(counts[order])]).astype(np.int64)
        if int(starts[-1]) >= 2**32:
            raise QAError(f"{int(starts[-1])} tokens, more than one index can hold; index the documents in several parts")
        self._save("hashes", np.array([hashed for hashed, _, _ in used], np.uint64))
        self._save("terms", np.frombuffer(b"".join(name for _, name, _ in used), np.uint8))
        self._save("term_ends", np.cumsum([len(name) for _, name, _ in used], dtype=np.int64).astype(np.uint32))
        self._save("lengths", lengths)
        self._save("words", words)
        del used
        rows = self._gather_rows(runs, number, starts, kept)
        if self._earlier:
            _sort_lists(rows, starts)
        self._write_rows(rows, starts)
        self._save_frequencies(rows, starts, passage_of)
        del rows
        self._runs.clear()
        for file in self._scratch:
            file.unlink()

    def _save(self, name: str, values: NDArray[Any]) -> None:
        np.save(self._folder / f"{name}.npy", values, allow_pickle=False)

    def _gather_rows(
        self, runs: Sequence[tuple[_Run, Ints | None]], number: Ints, starts: Ints, kept: Sequence[Ints]
    ) -> NDArray[np.uint32]:
        """Every run's part of each list behind that of the run before, on the disk if there are many."""
        total = int(starts[-1])
        if total <= RUN:
            rows = np.empty(total, np.uint32)
        else:
            self._scratch.append(self._folder / "gathered.npy")
            rows = np.lib.format.open_memmap(self._scratch[-1], "w+", np.uint32, (total,))
        free = starts[:-1].copy()
        for (run, places), sizes in zip(runs, kept, strict=True):
            at = free[number[run.terms]]
            np.add.at(free, number[run.terms], sizes)  # terms that nothing holds any more have number 0 and size 0
            for first, last in _pieces(run.starts):
                taken = run.lists(first, last)
                if places is not None:
                    moved = places[taken]
                    taken = moved[moved >= 0].astype(np.uint32)
                size = sizes[first:last]
                before = np.cumsum(size) - size
                rows[np.repeat(at[first:last] - before, size) + np.arange(len(taken))] = taken
        return rows

    def _write_rows(self, rows: NDArray[np.uint32], starts: Ints) -> None:
        """The lists in pieces."""
        low: NDArray[np.uint16] = np.empty(0, np.uint16)
        if len(rows):
            low = np.lib.format.open_memmap(self._folder / "rows.npy", "w+", np.uint16, (len(rows),))
        else:
            self._save("rows", low)
        pieces = np.zeros(len(starts), np.uint32)
        begins, blocks = [np.empty(0, np.int64)], [np.empty(0, np.uint16)]
        for first, last in _pieces(starts):
            a, b = int(starts[first]), int(starts[last])
            part = rows[a:b]
            low[a:b] = part & (2**BLOCK_BITS - 1)
            block = (part >> BLOCK_BITS).astype(np.uint16)
            new = np.ones(len(block), np.bool_)
            np.not_equal(block[1:], block[:-1], out=new[1:])
            new[starts[first:last] - a] = True
            begin = np.flatnonzero(new)
            pieces[first + 1 : last + 1] = np.add.reduceat(new, starts[first:last] - a, dtype=np.uint32)
            begins.append(begin + a)
            blocks.append(block[begin])
        self._save("pieces", np.cumsum(pieces, dtype=np.uint32))
        self._save("blocks", np.concatenate(blocks))
        self._save("starts", np.append(np.concatenate(begins), len(rows)).astype(np.uint32))

    def _save_frequencies(self, rows: NDArray[np.uint32], starts: Ints, passage_of: NDArray[np.int32]) -> None:
        count = len(starts) - 1
        passages, sentences, most = np.zeros(count, np.int32), np.zeros(count, np.int32), np.zeros(count, np.uint8)
        for first, last in _pieces(starts):
            begin = starts[first:last] - starts[first]
            part = np.asarray(rows[int(starts[first]) : int(starts[last])])
            for found, of in ((sentences, part), (passages, passage_of[part])):
                new = np.empty(len(of), np.bool_)
                np.not_equal(of[1:], of[:-1], out=new[1:])
                new[begin] = True
                found[first:last] = np.add.reduceat(new, begin, dtype=np.int32)
            run = np.flatnonzero(new)  # of one passage in one list
            oftenest = np.maximum.reduceat(np.diff(np.append(run, len(part))), np.searchsorted(run, begin))
            most[first:last] = np.minimum(oftenest, _MOST)
        self._save("passages", passages)
        self._save("sentences", sentences)
        self._save("most", most)


def _placed(count: int, sources: Sequence[tuple[NDArray[Any], Ints]]) -> NDArray[Any]:
    """The values of several sources, each at the rows it is moved to, -1 for none."""
    placed = np.zeros(count, sources[0][0].dtype)
    for values, at in sources:
        placed[at[at >= 0]] = values[at >= 0]
    return placed


def _kept_sizes(run: _Run, places: Ints | None) -> Ints:
    """How many of each list's rows go into the new index."""
    if places is None:
        return np.diff(run.starts)
    sizes = np.zeros(len(run.terms), np.int64)
    for first, last in _pieces(run.starts):
        taken = places[run.lists(first, last)] >= 0
        sizes[first:last] = np.add.reduceat(taken, run.starts[first:last] - run.starts[first], dtype=np.int64)
    return sizes


def _sort_lists(rows: NDArray[np.uint32], starts: Ints) -> None:
    """Make the rows of each list ascend."""
    for first, last in _pieces(starts):
        a, b = int(starts[first]), int(starts[last])
        key = np.repeat(np.arange(last - first, dtype=np.int64) << 32, np.diff(starts[first : last + 1])) | rows[a:b]
        key.sort()
        rows[a:b] = key & 0xFFFFFFFF


def _pieces(starts: Ints) -> list[tuple[int, int]]:
    """Whole lists [first, last), about `RUN` rows of them together; no list is empty."""
    count = len(starts) - 1
    pieces = []
    first = 0
    while first < count:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + RUN, "right")) - 1)
        pieces.append((first, last))
        first = last
    return pieces
