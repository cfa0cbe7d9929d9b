"""What an update keeps and what it writes, by segments that are stood in for by their numbers of passages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from qa.index import layout
from qa.index.plan import Plan

LARGE, SMALL = SimpleNamespace(passages=range(100_000)), SimpleNamespace(passages=range(9_000))


def earlier(changed: int, due: frozenset[int] = frozenset(), pending: tuple[int, ...] = ()) -> Any:
    """Documents of 60,000, 30,000 and 10,000 passages in segment 0, and one of 9,000 in segment 3."""
    manifest = SimpleNamespace(
        measured=100_000, changed=changed, documents=[SimpleNamespace(passages=n) for n in (60_000, 30_000, 10_000, 9_000)],
        passages=109_000, pending=pending,
    )  # fmt: skip
    places = np.array([(0, 0, 0), (0, 1, 60_000), (0, 2, 90_000), (3, 0, 0)], layout.DOCUMENT)
    return SimpleNamespace(manifest=manifest, places=places, segments={0: LARGE, 3: SMALL}, due=lambda: due)


WITHOUT_THIRD, PASSAGES = [~0, 0, ~1, ~3], 60_000 + 100 + 30_000 + 9_000  # and with a new one of 100


def test_what_has_come_and_gone_since_the_means_were_measured_is_counted() -> None:
    plan = Plan.make(earlier(2_000), WITHOUT_THIRD, PASSAGES)
    assert (plan.kept, plan.segments) == ((0, 3), (0, 3, 4))
    assert (plan.gone, plan.live, plan.order) == ({0: [2], 3: []}, {0: {0, 1}, 3: {0}}, [(None, 0)])
    assert (plan.measured, plan.changed) == (100_000, 2_000 + 10_000 + 100)
    entries: Any = [SimpleNamespace(passages=n) for n in (60_000, 100, 30_000, 9_000)]
    places = plan.places(earlier(2_000), WITHOUT_THIRD, entries)
    assert places.tolist() == [(0, 0, 0), (4, 0, 0), (0, 1, 60_000), (3, 0, 0)]


def test_everything_is_written_anew_once_an_eighth_has_come_or_gone() -> None:
    at_an_eighth = Plan.make(earlier(2_400), WITHOUT_THIRD, PASSAGES)
    assert (at_an_eighth.kept, at_an_eighth.changed) == ((0, 3), 12_500)
    plan = Plan.make(earlier(2_401), WITHOUT_THIRD, PASSAGES)
    assert (plan.kept, plan.segments, plan.measured, plan.changed) == ((), (0,), PASSAGES, 0)
    assert plan.order == [(LARGE, 0), (None, 0), (LARGE, 1), (SMALL, 0)]
    entries: Any = [SimpleNamespace(passages=n) for n in (60_000, 100, 30_000, 9_000)]
    places = plan.places(earlier(2_401), WITHOUT_THIRD, entries)
    assert places.tolist() == [(0, 0, 0), (0, 1, 60_000), (0, 2, 60_100), (0, 3, 90_100)]


def test_a_segment_of_which_nothing_is_left_goes_and_no_new_one_comes() -> None:
    plan = Plan.make(earlier(0), [~0, ~1, ~2], 100_000)
    assert (plan.kept, plan.segments, plan.order, plan.changed) == ((0,), (0,), [], 9_000)


def test_a_segment_that_is_due_is_written_anew_without_what_was_deleted() -> None:
    plan = Plan.make(earlier(0, frozenset((3,))), [~0, ~1, ~2, ~3], 109_000)
    assert (plan.kept, plan.segments, plan.order, plan.changed) == ((0,), (0, 4), [(SMALL, 0)], 0)


def test_words_come_beside_all_segments_and_are_written_with_their_vectors_as_if_they_came_then() -> None:
    words = Plan.of_words(earlier(2_000), WITHOUT_THIRD, PASSAGES)
    assert (words.kept, words.segments, words.order) == ((0, 3), (0, 3, 4), [(None, 0)])
    assert (words.gone, words.live) == ({0: [2], 3: []}, {0: {0, 1}, 3: {0}})
    assert (words.measured, words.changed) == (100_000, 2_000 + 10_000 + 100)
    # 9,000 of words in segment 3, counted as changed when they came
    plan = Plan.make(earlier(9_000, frozenset((3,)), pending=(3,)), [~0, ~1, ~2, ~3], 109_000)
    assert (plan.kept, plan.segments, plan.order, plan.changed) == ((0,), (0, 1), [(SMALL, 0)], 9_000)


def test_a_first_build_and_an_empty_one() -> None:
    plan = Plan.make(None, [0, 1], 7)
    assert (plan.kept, plan.segments, plan.order, plan.measured, plan.changed) == ((), (0,), [(None, 0), (None, 1)], 7, 0)
    assert Plan.make(earlier(5), [], 0) == Plan.make(None, [], 0) == Plan((), (), {}, [], {}, 0, 0)
