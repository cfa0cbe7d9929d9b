"""Which segments of an index an update keeps, and which it merges: rewrites, without what was deleted, as the new segment.

Merging bounds the number of segments and takes deleted text from the disk.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

# An index of up to this many passages is always written as one new segment, byte for byte that of a first build.
SMALL = 20_000
# When this share of the passages has been added or deleted since the means of languages were measured, they are measured again
# and every segment is rewritten, since all vectors are stored minus the means.
SHARE_CHANGED = 1 / 8
# A segment is rewritten when this share of its passages is deleted, or when its live passages are at most twice those added.
SHARE_DELETED = 1 / 4
MOST_SEGMENTS = 6  # kept beside the new one; the smallest are rewritten first
# Seconds after which deleted text must leave the disk: the next build rewrites its segment.
KEPT_DELETED = 7 * 24 * 3600


def segments_to_keep(
    sizes: Mapping[int, tuple[int, int]], added: int, measured: int, changed: int, due: Container[int] = ()
) -> list[int]:
    """The numbers of the segments to keep when `added` passages come; the live passages of the others are rewritten with them.

    `sizes` maps each segment to (passages stored, passages live); `measured` and `changed` are as in the manifest; segments in
    `due` are never kept. The sizes of segments form a geometric series, so that a passage is rewritten a number of times that
    grows with the logarithm of the number of passages.
    """
    if sum(live for _, live in sizes.values()) + added <= SMALL or changed > SHARE_CHANGED * measured:
        return []
    kept: list[int] = []
    taken = added
    for number, (stored, live) in sorted(sizes.items(), key=lambda item: item[1][1]):
        if not live:
            continue
        if number in due or stored - live > SHARE_DELETED * stored or live <= 2 * taken:
            taken += live
        else:
            kept.append(number)
    return sorted(kept[max(len(kept) - MOST_SEGMENTS, 0) :], key=list(sizes).index)
