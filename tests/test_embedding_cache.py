"""The cache of vectors: what was added comes back, whatever happened to the process or the disk in between."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tiny import TinyEncoder

from qa.index import vector_cache as embedding_cache
from qa.index.vector_cache import CachedEncoder, EmbeddingCache, text_key

TEXTS = [f"第{i}个水库" for i in range(30)]
KEYS = [text_key(text) for text in TEXTS]
VECTORS = TinyEncoder().encode_passages(TEXTS)


def opened(folder: Path, fingerprint: str = "tiny-1", dimension: int = 64) -> EmbeddingCache:
    return EmbeddingCache(folder, fingerprint, dimension)


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.vectors"))


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A cache of three segments of ten vectors."""
    cache = opened(tmp_path)
    for at in (0, 10, 20):
        cache.add(KEYS[at : at + 10], VECTORS[at : at + 10])
    return tmp_path


def test_vectors_come_back_in_any_order_bit_for_bit(filled: Path) -> None:
    order = [29, 3, 3, 15, 0]
    for cache in (opened(filled), opened(filled)):
        assert len(cache) == 30
        assert np.array_equal(cache.vectors([KEYS[i] for i in order]), VECTORS[order])
        assert cache.vectors([]).shape == (0, 64)
        assert text_key("第0个水库", "query") not in cache


def test_vectors_of_another_model_or_length_are_not_taken(filled: Path) -> None:
    assert len(opened(filled, "tiny-2")) == 0
    for file in segments(filled):
        target = filled / opened(filled, "tiny-2")._folder.name / file.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.read_bytes())  # as if two fingerprints shared a folder name
    assert len(opened(filled, "tiny-2")) == 0
    assert len(opened(filled)) == 30


@pytest.mark.parametrize("place", [5, 100, 511, 512, 600, 672, 700, -1])
def test_a_segment_with_a_changed_byte_is_dropped_and_the_others_stay(place: int, filled: Path) -> None:
    file = segments(filled)[1]
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)
    cache = opened(filled)
    assert [key in cache for key in KEYS] == [True] * 10 + [False] * 10 + [True] * 10
    assert not file.exists()


def test_a_large_segment_is_read_whole_once_and_again_when_it_was_touched(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_cache, "_LARGE", 0)
    read: list[object] = []
    original = embedding_cache._blocks
    monkeypatch.setattr(embedding_cache, "_blocks", lambda stream: read.append(stream) or original(stream))
    for expected in (3, 3):
        assert np.array_equal(opened(filled).vectors(KEYS), VECTORS)
        assert len(read) == expected
    file = segments(filled)[1]
    stamp = file.stat()
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 1))
    assert len(opened(filled)) == 20
    (segments(filled)[0].parent / "stamps.json").write_text("[")
    assert len(opened(filled)) == 20


@pytest.mark.parametrize("left", [0, 1, 511, 512, 600, 2000])
def test_a_torn_segment_is_dropped(left: int, filled: Path) -> None:
    file = segments(filled)[2]
    file.write_bytes(file.read_bytes()[:left])
    (file.parent / ".writing-00").write_bytes(b"half")
    assert len(opened(filled)) == 20
    assert len(list(file.parent.iterdir())) == 2


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_what_was_there(step: str, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    cache = opened(filled)
    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(OSError, match="No space"):
            cache.add([text_key("新")], VECTORS[:1])
    assert len(opened(filled)) == 30
    assert len(list(segments(filled)[0].parent.iterdir())) == 3


def ages(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now = embedding_cache.time.time()
    monkeypatch.setattr(embedding_cache.time, "time", lambda: now + seconds)


def test_what_is_used_stays_and_what_is_not_goes_once_it_is_half_of_its_segment(filled: Path) -> None:
    opened(filled).tidy(KEYS[6:20])
    cache = opened(filled)
    assert [i for i, key in enumerate(KEYS) if key in cache] == list(range(6, 20))
    assert np.array_equal(cache.vectors(KEYS[6:20]), VECTORS[6:20])


def test_what_is_not_used_goes_after_a_week_at_the_latest(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(filled).tidy(KEYS[:29])
    assert len(opened(filled)) == 30
    ages(embedding_cache.KEPT_UNUSED + 1, monkeypatch)
    opened(filled).tidy(KEYS[:29])
    assert KEYS[29] not in opened(filled)
    assert len(opened(filled)) == 29


def test_many_segments_become_one_and_a_large_one_is_not_written_again(filled: Path) -> None:
    for i in range(embedding_cache.MOST_SEGMENTS + 1):
        opened(filled).add([text_key(str(i))], VECTORS[i : i + 1])
    used = [*KEYS, *(text_key(str(i)) for i in range(embedding_cache.MOST_SEGMENTS + 1))]
    opened(filled).tidy(used)
    (large,) = segments(filled)
    for i in range(embedding_cache.MOST_SEGMENTS + 1):
        opened(filled).add([text_key(f"b{i}")], VECTORS[i : i + 1])
        used.append(text_key(f"b{i}"))
    opened(filled).tidy(used)
    assert len(segments(filled)) == 2
    assert large in segments(filled)
    assert np.array_equal(opened(filled).vectors(KEYS), VECTORS)


def test_another_models_vectors_go_after_a_month(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = opened(filled, "tiny-2")
    other.add(KEYS[:1], VECTORS[:1])
    opened(filled).tidy(KEYS)
    assert len(opened(filled, "tiny-2")) == 1
    ages(embedding_cache.KEPT_OTHER_MODEL + 60, monkeypatch)
    opened(filled).tidy(KEYS)
    assert len(opened(filled, "tiny-2")) == 0


class Counting(TinyEncoder):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def encode_passages(self, texts: list[str], progress: Callable[[int], None] | None = None) -> object:  # type: ignore[override]
        self.texts += texts
        return super().encode_passages(texts, progress)


def test_a_cached_encoder_computes_each_text_once_and_questions_apart_from_passages(tmp_path: Path) -> None:
    encoder = Counting()
    cached = CachedEncoder(encoder, opened(tmp_path))
    assert np.array_equal(cached.encode_passages([*TEXTS[:3], TEXTS[0]]), VECTORS[[0, 1, 2, 0]])
    assert np.array_equal(cached.encode_queries(TEXTS[:2]), VECTORS[:2])
    again = CachedEncoder(encoder, opened(tmp_path))
    assert np.array_equal(again.encode_passages(TEXTS[:4]), VECTORS[:4])
    assert encoder.texts == TEXTS[:4]


def test_filling_keeps_every_chunk_and_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_cache, "CHUNK", 10)
    told: list[tuple[int, int]] = []

    class Dying(TinyEncoder):
        def encode_passages(self, texts: list[str], progress: Callable[[int], None] | None = None) -> object:  # type: ignore[override]
            if TEXTS[25] in texts:
                raise RuntimeError("killed")
            return super().encode_passages(texts, progress)

    cached = CachedEncoder(Dying(), opened(tmp_path))
    with pytest.raises(RuntimeError):
        cached.fill(list(zip(KEYS, TEXTS, strict=True)), lambda *step: told.append(step))
    assert len(opened(tmp_path)) == cached.embedded == 20
    total = sum(map(len, TEXTS))
    assert list(dict.fromkeys(told)) == [(0, total), (sum(map(len, TEXTS[:10])), total), (sum(map(len, TEXTS[:20])), total)]


def test_hundreds_of_segments_need_no_open_file_each(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    before = len(os.listdir("/proc/self/fd"))
    for key, vector in zip(KEYS, VECTORS, strict=True):
        cache.add([key], vector[None])
    assert np.array_equal(cache.vectors(KEYS), VECTORS)
    assert len(os.listdir("/proc/self/fd")) == before
