"""Writes posting lists: sorts new postings in runs of bounded size, and merges them with those of earlier segments."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import QAError
from ..rows import Ints
from .postings import BLOCK_BITS, MOST_NOTED, Postings, term_hash

# Tokens sorted at a time; sorting takes 16 bytes per token, 128 MB.
RUN_POSTINGS = 2**23
MOST_TOKENS = 2**32 - 1  # of a segment, since starts of lists are stored in 32 bits
_MOST_LENGTH = 2**16 - 1  # tokens of a sentence; longer ones are stored with this length


@dataclass(frozen=True, slots=True)
class _Run:
    """Sorted postings: the list of the term `terms[i]`, a number of the writer's, is `rows[starts[i] : starts[i + 1]]`."""

    terms: NDArray[np.int32]
    starts: Ints
    rows: NDArray[np.uint32] | Postings

    def lists(self, first: int, last: int) -> NDArray[np.uint32]:
        """The concatenated lists with the indices [first, last)."""
        if isinstance(self.rows, Postings):
            return self.rows.lists(first, last)
        return np.asarray(self.rows[int(self.starts[first]) : int(self.starts[last])])


class PostingsWriter:
    """Writes the posting lists of a segment to the existing folder `folder`.

    Call `add` for each new sentence, `add_earlier` for each segment to be merged in, then `finish`. Postings are sorted in runs
    of `RUN_POSTINGS` tokens; all but the last run are written to the disk, so that memory is bounded by
    the number of distinct terms.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ids: defaultdict[str, int] = defaultdict()
        self._ids.default_factory = self._ids.__len__
        self._terms, self._sizes = array("i"), array("i")  # of sentences not yet in a run
        self._is_word = array("B")  # by term: 1 for a word, 0 for a character or a pair of characters
        self._words: list[NDArray[np.uint16]] = []
        self._lengths: list[NDArray[np.uint16]] = []
        self._runs: list[_Run] = []
        self._earlier: list[tuple[_Run, Postings, Ints]] = []
        self._sentences = 0  # number of sentences in runs
        self._scratch: list[Path] = []

    def add(self, tokens: Sequence[str]) -> None:
        """Add the next new sentence, with its tokens."""
        self._terms.extend(map(self._ids.__getitem__, tokens))
        self._sizes.append(len(tokens))
        if len(self._terms) >= RUN_POSTINGS:
            self._close(keep=False)

    def add_all(self, names: Sequence[str], terms: NDArray[np.int32], sizes: NDArray[np.int32]) -> None:
        """Add the next new sentences, as many as `sizes`: so many of the `terms`, positions in `names`, each has."""
        own = np.array([self._ids[name] for name in names], np.int32)[terms]
        ends = np.cumsum(sizes, dtype=np.int64)
        first = at = 0
        while first < len(sizes):  # as far as a run still takes, one sentence at least
            last = max(first + 1, int(np.searchsorted(ends, at + RUN_POSTINGS - len(self._terms), "right")))
            end = int(ends[last - 1])
            self._terms.frombytes(own[at:end].tobytes())
            self._sizes.frombytes(sizes[first:last].tobytes())
            first, at = last, end
            if len(self._terms) >= RUN_POSTINGS:
                self._close(keep=False)

    def add_earlier(self, postings: Postings, moved: Ints) -> None:
        """Merge in the postings of an earlier segment.

        Its sentence i becomes the sentence `moved[i]` of the new segment; it is left out if that is -1.
        """
        terms = np.array([self._ids[name.decode("utf-8", "surrogatepass")] for name in postings.names()], np.int32)
        self._earlier.append((_Run(terms, postings.starts[postings.pieces].astype(np.int64), postings), postings, moved))

    def _close(self, keep: bool) -> None:
        """Sort the postings of the sentences not yet in a run into a new run, in memory with `keep`, else on the disk."""
        sizes = np.array(self._sizes, np.int32)
        row = np.repeat(np.arange(self._sentences, self._sentences + len(sizes), dtype=np.int64), sizes)
        terms = np.frombuffer(self._terms, np.int32) if len(row) else np.empty(0, np.int32)
        self._is_word.extend(name.startswith("w") for name in islice(self._ids, len(self._is_word), None))
        words = np.bincount(row - self._sentences, np.array(self._is_word, np.uint8)[terms], len(sizes))
        self._words.append(np.minimum(words, _MOST_LENGTH).astype(np.uint16))
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
        self._lengths.append(np.minimum(sizes, _MOST_LENGTH).astype(np.uint16))
        self._sentences += len(sizes)
        self._terms, self._sizes = array("i"), array("i")

    def finish(self, passage_of: NDArray[np.int32], moved: Ints | None = None) -> None:
        """Write the arrays of `Postings`.

        `passage_of` gives the passage of each sentence of the segment, ascending. New sentence i becomes the sentence `moved[i]`;
        with None it stays sentence i. Raises `QAError` for more than `MOST_TOKENS` tokens, and OSError.
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
        used = sorted((term_hash(name), name, i) for name, i in names)
        self._ids.clear()
        order = np.array([i for _, _, i in used], np.int64)
        number = np.zeros(len(counts), np.int64)
        number[order] = np.arange(len(order))
        starts = np.concatenate([[0], np.cumsum(counts[order])]).astype(np.int64)
        if int(starts[-1]) > MOST_TOKENS:
            raise QAError("search.too_many_tokens", tokens=int(starts[-1]))
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
        """The lists of all terms, each the concatenation of its lists in `runs`; on the disk if more than `RUN_POSTINGS`.

        `number` maps the writer's numbers of terms to those of the segment, `starts` are the starts of the lists of these, and
        `kept` has the result of `_kept_sizes` for each run.
        """
        total = int(starts[-1])
        if total <= RUN_POSTINGS:
            rows = np.empty(total, np.uint32)
        else:
            self._scratch.append(self._folder / "gathered.npy")
            rows = np.lib.format.open_memmap(self._scratch[-1], "w+", np.uint32, (total,))
        free = starts[:-1].copy()
        for (run, places), sizes in zip(runs, kept, strict=True):
            at = free[number[run.terms]]
            np.add.at(free, number[run.terms], sizes)  # a term that no kept sentence contains has number 0 and size 0
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
        """Write the lists as pieces: the arrays `rows`, `pieces`, `blocks` and `starts`."""
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
        """Write the arrays `passages`, `sentences` and `most`."""
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
            run = np.flatnonzero(new)  # starts of the postings of one passage in one list
            oftenest = np.maximum.reduceat(np.diff(np.append(run, len(part))), np.searchsorted(run, begin))
            most[first:last] = np.minimum(oftenest, MOST_NOTED)
        self._save("passages", passages)
        self._save("sentences", sentences)
        self._save("most", most)


def _placed(count: int, sources: Sequence[tuple[NDArray[Any], Ints]]) -> NDArray[Any]:
    """An array of length `count`, from `sources` of values and their indices in it; a value with the index -1 is left out."""
    placed = np.zeros(count, sources[0][0].dtype)
    for values, at in sources:
        placed[at[at >= 0]] = values[at >= 0]
    return placed


def _kept_sizes(run: _Run, places: Ints | None) -> Ints:
    """How many postings of each list of `run` go into the new segment; `places` maps sentences as `moved` in `finish`."""
    if places is None:
        return np.diff(run.starts)
    sizes = np.zeros(len(run.terms), np.int64)
    for first, last in _pieces(run.starts):
        taken = places[run.lists(first, last)] >= 0
        sizes[first:last] = np.add.reduceat(taken, run.starts[first:last] - run.starts[first], dtype=np.int64)
    return sizes


def _sort_lists(rows: NDArray[np.uint32], starts: Ints) -> None:
    """Sort each list in place."""
    for first, last in _pieces(starts):
        a, b = int(starts[first]), int(starts[last])
        key = np.repeat(np.arange(last - first, dtype=np.int64) << 32, np.diff(starts[first : last + 1])) | rows[a:b]
        key.sort()
        rows[a:b] = key & 0xFFFFFFFF


def _pieces(starts: Ints) -> list[tuple[int, int]]:
    """Ranges [first, last) of lists that have at most `RUN_POSTINGS` postings, or are one list. No list may be empty."""
    count = len(starts) - 1
    pieces = []
    first = 0
    while first < count:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + RUN_POSTINGS, "right")) - 1)
        pieces.append((first, last))
        first = last
    return pieces
