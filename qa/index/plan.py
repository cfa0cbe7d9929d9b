"""The plan of an update: which segments are kept as they are, and which documents go into a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import layout
from .earlier import Earlier
from .manifest import DocumentEntry
from .merge_policy import segments_to_keep
from .segment import Segment


@dataclass(frozen=True, slots=True)
class Plan:
    """Which segments a build consists of, by number, and what each holds.

    `kept` are the segments taken over, `segments` all of the build in the order of their rows: those kept and then the new one,
    if `order` is not empty. `order` lists the documents of the new segment as `Assembly.write` takes them. `gone` are the
    documents, by number in the segment, that are deleted from each kept segment, and `live` those still used in each earlier
    segment. `measured` and `changed` are as in the manifest.
    """

    kept: tuple[int, ...]
    segments: tuple[int, ...]
    gone: dict[int, list[int]]
    order: list[tuple[Segment | None, int]]
    live: dict[int, set[int]]
    measured: int
    changed: int

    @classmethod
    def make(cls, earlier: Earlier | None, given: Sequence[int], passages: int) -> Plan:
        """The plan for a build of the documents `given`, which have `passages` passages, starting from the build `earlier`.

        `given` has one number for each document, in order: n for the n-th new one, ~n for number n of the earlier manifest.
        """
        if not passages:
            return cls((), (), {}, [], {}, 0, 0)
        if earlier is None:
            return cls((), (0,), {}, [(None, number) for number in given], {}, passages, 0)
        live, gone, sizes = _taken_over(earlier, given)
        added = passages - sum(used for _, used in sizes.values())
        changed = _changed(earlier, added, sizes)
        pending = earlier.manifest.pending  # what was counted as changed when its words came, and still has to be written
        added += sum(sizes.pop(number)[1] for number in pending)
        kept = segments_to_keep(sizes, added, earlier.manifest.measured, changed, earlier.due())
        order: list[tuple[Segment | None, int]] = []
        for number in given:
            if number >= 0:
                order.append((None, number))
            else:
                segment, own, _ = earlier.places[~number].tolist()
                if segment not in kept:
                    order.append((earlier.segments[segment], own))
        new = max(earlier.segments.keys() - set(pending)) + 1 if kept else 0
        return cls(
            tuple(kept), (*kept, new) if order else tuple(kept), {number: gone[number] for number in kept}, order, live,
            earlier.manifest.measured if kept else passages, changed if kept else 0,
        )  # fmt: skip

    @classmethod
    def of_words(cls, earlier: Earlier | None, given: Sequence[int], passages: int) -> Plan:
        """The plan for a build that has only the words of what is new, beside all segments of `earlier`; see `make`."""
        if earlier is None or not earlier.segments:
            return cls.make(None, given, passages)
        live, gone, sizes = _taken_over(earlier, given)
        kept, new = tuple(earlier.segments), max(earlier.segments) + 1
        changed = _changed(earlier, passages - sum(used for _, used in sizes.values()), sizes)
        order: list[tuple[Segment | None, int]] = [(None, number) for number in given if number >= 0]
        return cls(kept, (*kept, new), gone, order, live, earlier.manifest.measured, changed)

    def places(self, earlier: Earlier | None, given: Sequence[int], documents: Sequence[DocumentEntry]) -> NDArray[Any]:
        """The place of each document, shape (documents,) of dtype `layout.DOCUMENT`.

        `given` is as for `make`, and `documents` are the manifest entries in the same order.
        """
        if not self.segments:
            return np.zeros(0, layout.DOCUMENT)
        places = np.zeros(len(given), layout.DOCUMENT)
        number = row = 0
        for document, (source, entry) in enumerate(zip(given, documents, strict=True)):
            if source < 0 and earlier and (place := earlier.places[~source])["segment"] in self.kept:
                places[document] = place
            else:
                places[document] = (self.segments[-1], number, row)
                number, row = number + 1, row + entry.passages
        return places


def _taken_over(
    earlier: Earlier, given: Sequence[int]
) -> tuple[dict[int, set[int]], dict[int, list[int]], dict[int, tuple[int, int]]]:
    """Of each segment of `earlier` the documents, by number in it, that are still used, those that are not, and its passages
    (stored, used)."""
    known = {~number for number in given if number < 0}
    live: dict[int, set[int]] = {number: set() for number in earlier.segments}
    gone: dict[int, list[int]] = {number: [] for number in earlier.segments}
    used = dict.fromkeys(earlier.segments, 0)
    for document, (segment, number, _) in enumerate(earlier.places.tolist()):
        if document in known:
            live[segment].add(number)
            used[segment] += earlier.manifest.documents[document].passages
        else:
            gone[segment].append(number)
    return live, gone, {number: (len(segment.passages), used[number]) for number, segment in earlier.segments.items()}


def _changed(earlier: Earlier, added: int, sizes: dict[int, tuple[int, int]]) -> int:
    """How many passages have come or gone since the means were measured."""
    return earlier.manifest.changed + added + earlier.manifest.passages - sum(used for _, used in sizes.values())
