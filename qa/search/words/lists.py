"""Reads the posting lists of several segments. Sentences are numbered consecutively over the segments.

A short list is read as a whole; a long one is searched by bisection for the sentences in question.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..rows import Ints
from .postings import BLOCK_BITS, Postings
from .terms import PostingList, Term

# A list is read as a whole if it has fewer postings than this times the number of passages; else it is searched.
READ_WHOLE = 16
# For the sentences of one passage, all lists are read as a whole if they have at most this many postings together.
READ_AT_ONCE = 2**14
_LOW = 2**BLOCK_BITS - 1


class PostingLists:
    """The posting lists of `segments`. The passage at place i has the sentences [first[i], first[i + 1]).

    Postings are returned as arrays of one length: the caller's number of the list or term, and the sentence. A sentence occurs as
    often as it contains the term. The postings of a list are consecutive and ascending.
    """

    def __init__(self, segments: Sequence[Postings], first: Ints) -> None:
        self._segments, self._first = segments, first
        lengths, words = [each.lengths for each in segments], [each.words for each in segments]
        self.lengths, self.words = _joined(lengths), _joined(words)  # number of tokens, and of words, of each sentence
        if len(self.lengths) != int(first[-1]):
            raise ValueError(f"tokens of {len(self.lengths)} sentences, not {int(first[-1])}")
        self._bases = [0, *np.cumsum([len(each) for each in lengths]).tolist()][:-1]
        sizes = np.diff(first)
        self.passages = len(sizes)
        self.passage_of = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        self._one_block = len(segments) == 1 and len(self.lengths) <= 2**BLOCK_BITS

    def read(self, lists: Sequence[tuple[int, PostingList]]) -> tuple[Ints, Ints]:
        """All postings of `lists`, pairs of a number and a list: number and sentence."""
        if not lists:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        segments = self._segments
        low = np.concatenate([segments[each.segment].low(each.begin, each.end) for _, each in lists])
        owner = np.repeat([i for i, _ in lists], [each.size for _, each in lists])
        if self._one_block:
            return owner, low.astype(np.int64)
        blocks = np.concatenate([segments[each.segment].blocks[each.first : each.last] for _, each in lists])
        begin = np.concatenate([segments[each.segment].starts[each.first : each.last] for _, each in lists])
        end = np.concatenate([segments[each.segment].starts[each.first + 1 : each.last + 1] for _, each in lists])
        bases = np.repeat([self._bases[each.segment] for _, each in lists], [each.last - each.first for _, each in lists])
        return owner, np.repeat((blocks.astype(np.int64) << BLOCK_BITS) + bases, end - begin) + low

    def in_passages(self, terms: Sequence[Term], stored: Ints) -> tuple[Ints, Ints, Ints]:
        """The postings of `terms` in the passages at the places `stored`, ascending.

        Returns arrays of the index into `terms`, the index into `stored`, and the sentence.
        """
        most = READ_WHOLE * len(stored)
        lists = [(i, each) for i, term in enumerate(terms) for each in term.lists]
        owner, sentence = self.read([(i, each) for i, each in lists if each.size < most])
        slots = np.zeros(self.passages, np.int32)  # 1 + the index into `stored`; 0 for other passages
        slots[stored] = np.arange(1, len(stored) + 1, dtype=np.int32)
        slot = slots[self.passage_of[sentence]]
        kept = np.flatnonzero(slot)
        owner, sentence, slot = owner[kept], sentence[kept], slot[kept]
        searched = [(i, each) for i, each in lists if each.size >= most]
        if searched:
            others, found = self._search(searched, self._first[stored], self._first[stored + 1])
            owner, sentence = np.concatenate([owner, others]), np.concatenate([sentence, found])
            slot = np.concatenate([slot, slots[self.passage_of[found]]])
        return owner, slot.astype(np.int64) - 1, sentence

    def lengths_of(self, first: int, last: int) -> NDArray[np.uint16]:
        """The number of tokens of each of the sentences [first, last)."""
        return self.lengths[first:last]

    def words_of(self, first: int, last: int) -> Ints:
        """The number of words of each of the sentences [first, last)."""
        return self.words[first:last].astype(np.int64)

    def in_sentences(self, terms: Sequence[Term], first: int, last: int) -> tuple[Ints, Ints]:
        """The postings of `terms` in the sentences [first, last): index into `terms`, and sentence."""
        lists = [(i, each) for i, term in enumerate(terms) for each in term.lists]
        if sum(each.size for _, each in lists) <= READ_AT_ONCE:
            owner, sentence = self.read(lists)
            kept = np.flatnonzero((sentence >= first) & (sentence < last))
            return owner[kept], sentence[kept]
        return self._search(lists, np.array([first], np.int64), np.array([last], np.int64))

    def _search(self, lists: Sequence[tuple[int, PostingList]], first: Ints, last: Ints) -> tuple[Ints, Ints]:
        """The postings of `lists`, as in `read`, in the ascending ranges of sentences [first[i], last[i]).

        All lists are bisected at once for all ranges, each in the piece of the list for the block that the range is in.
        """
        owners, found = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for number, (segment, base) in enumerate(zip(self._segments, self._bases, strict=True)):
            own = [(owner, each) for owner, each in lists if each.segment == number]
            here = slice(None)
            if len(self._segments) > 1:
                here = slice(*np.searchsorted(first, [base, base + len(segment.lengths)]).tolist())
            if not own or not len(first[here]):
                continue
            begin, end = _cut_at_blocks(first[here] - base, last[here] - base)
            blocks, of = np.unique(begin >> BLOCK_BITS, return_inverse=True)
            # Find the piece of each list in each block: keys combine the index of the list and the block.
            pieces = np.array([each.last - each.first for _, each in own])
            piece = _ranges(np.array([each.first for _, each in own]), pieces)
            key = np.repeat(np.arange(len(own)), pieces) << BLOCK_BITS | segment.blocks[piece]
            wanted = (np.arange(len(own))[:, None] << BLOCK_BITS | blocks).ravel()
            at = np.minimum(key.searchsorted(wanted), len(key) - 1)
            low = segment.starts[piece[at]].astype(np.int64)
            high = np.where(key[at] == wanted, segment.starts[piece[at] + 1], low)
            low, high, rows = _read_pieces(segment, low.reshape(len(own), -1), high.reshape(len(own), -1))
            # From pieces by (list, block) to pieces by (list, range).
            low, high = low[:, of].ravel(), high[:, of].ravel()
            count = len(begin)
            begin, end, block = (np.tile(each, len(own)) for each in (begin & _LOW, ((end - 1) & _LOW) + 1, blocks[of]))
            low = _bisected(rows, low, high, begin)
            kept = np.flatnonzero(low < high)
            kept = kept[rows[low[kept]] < end[kept]]
            low = low[kept]
            sizes = _bisected(rows, low, high[kept], end[kept]) - low
            owners.append(np.repeat(np.array([owner for owner, _ in own])[kept // count], sizes))
            postings = rows[_ranges(low, sizes)].astype(np.int64)
            found.append(np.repeat((block[kept] << BLOCK_BITS) + base, sizes) + postings)
        return (owners[1], found[1]) if len(found) == 2 else (np.concatenate(owners), np.concatenate(found))


def runs(*keys: NDArray[np.int64] | NDArray[np.int32]) -> tuple[Ints, Ints]:
    """The starts and the lengths of runs of equal keys; a key is the tuple of the values of all arrays at one index."""
    count = len(keys[0])
    if not count:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    new = np.ones(count, np.bool_)
    np.logical_or.reduce([key[1:] != key[:-1] for key in keys], out=new[1:])
    run = np.flatnonzero(new)
    return run, np.diff(np.append(run, count))


def _joined(arrays: Sequence[NDArray[np.uint16]]) -> NDArray[np.uint16]:
    return arrays[0] if len(arrays) == 1 else np.concatenate([np.empty(0, np.uint16), *arrays])


def _cut_at_blocks(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """The ascending ranges [first, last) of sentences, split at the ends of blocks."""
    end = (first | _LOW) + 1  # of the block
    while (over := last > end).any():
        first, last = np.concatenate([first, end[over]]), np.concatenate([np.minimum(last, end), last[over]])
        order = np.argsort(first)
        first, last = first[order], last[order]
        end = (first | _LOW) + 1
    return first, last


def _read_pieces(segment: Postings, begin: Ints, end: Ints) -> tuple[Ints, Ints, NDArray[np.uint16]]:
    """An array of postings, and the ranges [begin, end) of the pieces in it.

    The arguments `begin` and `end`, shape (lists, blocks), are the range in `segment.rows` of the piece of each list in each
    block, an empty range if there is none. If `rows` is mapped, it is returned with the same ranges. If not, each list is read
    from its first to its last piece, and the ranges returned are those in the array of what was read.
    """
    if segment.far is None:
        return begin, end, segment.rows
    held = begin < end
    last = np.where(held, end, 0).max(axis=1)
    first = np.minimum(np.where(held, begin, last[:, None]).min(axis=1), last)
    ends = np.cumsum(last - first)
    rows = np.empty(int(ends[-1]), np.uint16)
    for at, a, b in zip(ends.tolist(), first.tolist(), last.tolist(), strict=True):
        segment.far.read(rows[at - (b - a) : at], a * rows.itemsize)
    moved = (ends - last)[:, None]
    return np.where(held, begin + moved, 0), np.where(held, end + moved, 0), rows


def _bisected(rows: NDArray[np.uint16], begin: Ints, end: Ints, wanted: Ints) -> Ints:
    """For each sorted range [begin[i], end[i]) of `rows`, the first index whose value is not less than `wanted[i]`."""
    at = begin
    step = 1 << int((end - begin).max(initial=0)).bit_length() >> 1
    while step:
        probe = at + step
        less = rows[np.minimum(probe, end) - 1] < wanted
        at = np.where(less & (probe <= end), probe, at)
        step >>= 1
    return at


def _ranges(first: Ints, sizes: Ints) -> Ints:
    """The concatenation of the ranges [first[i], first[i] + sizes[i])."""
    return np.repeat(first - (np.cumsum(sizes) - sizes), sizes) + np.arange(int(sizes.sum()))
