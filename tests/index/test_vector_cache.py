"""The cache of vectors: what was added comes back bit for bit, and what the index no longer uses goes."""

from __future__ import annotations

import gc
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import TinyEncoder

from qa.index import cache_file, vector_cache
from qa.index.embedding import embed_texts
from qa.index.vector_cache import CachedEncoder, VectorCache, split_keys, text_key

TEXTS = [f"第{i}个水库" for i in range(30)]
KEYS = [text_key(text) for text in TEXTS]
VECTORS = TinyEncoder().encode_passages(TEXTS)
ITEMS = dict(zip(KEYS, VECTORS, strict=True))


def opened(folder: Path, fingerprint: str = "tiny-1", dimension: int = 64) -> VectorCache:
    return VectorCache(folder, fingerprint, dimension)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A cache of thirty vectors, added ten at a time."""
    for at in (0, 10, 20):
        opened(tmp_path).add(KEYS[at : at + 10], VECTORS[at : at + 10])
    return tmp_path


def is_same(found: dict[bytes, Any], expected: dict[bytes, Any]) -> bool:
    return found.keys() == expected.keys() and all(np.array_equal(found[key], expected[key]) for key in expected)


def test_vectors_come_back_bit_for_bit(filled: Path) -> None:
    assert is_same(opened(filled).get([*reversed(KEYS), KEYS[3], text_key("第0个水库", "query")]), ITEMS)
    assert opened(filled).all_keys() == set(KEYS)
    assert opened(filled).get([]) == {}


def test_keys_follow_one_another() -> None:
    assert {len(key) for key in KEYS} == {16}
    assert split_keys(np.frombuffer(b"".join(KEYS), np.uint8)) == split_keys(b"".join(KEYS)) == KEYS
    assert text_key("a") != text_key("a", "query")


def test_vectors_of_another_model_or_length_are_not_taken(filled: Path) -> None:
    (file,) = filled.iterdir()
    opened(filled, "tiny-2").add(KEYS[:1], VECTORS[:1])
    (other,) = set(filled.iterdir()) - {file}
    other.write_bytes(file.read_bytes())  # as if two fingerprints had one file
    assert opened(filled, "tiny-2").get(KEYS) == {}
    assert opened(filled, dimension=32).get(KEYS) == {}
    assert is_same(opened(filled).get(KEYS), ITEMS)


def ages(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now = vector_cache.time.time()
    monkeypatch.setattr(cache_file.time, "time", lambda: now + seconds)


@pytest.mark.parametrize(
    ("used", "days", "left"),
    [(16, 0, 30), (15, 0, 30), (14, 0, 14), (0, 0, 0), (29, 6.99, 30), (29, 7.01, 29), (30, 100, 30)],
)
def test_what_is_not_used_goes_once_it_is_most_or_a_week_old(
    used: int, days: float, left: int, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ages(days * 86_400, monkeypatch)
    opened(filled).tidy(KEYS[:used])
    assert is_same(opened(filled).get(KEYS), dict(list(ITEMS.items())[:left]))


def test_another_models_vectors_go_after_a_month_and_caches_of_another_form_at_once(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(filled, "tiny-2").add(KEYS[:1], VECTORS[:1])
    (filled / "0123456789abcdef").mkdir()
    (filled / "0123456789abcdef" / "1.0-ab.vectors").write_bytes(b"old")
    ages(29 * 86_400, monkeypatch)
    opened(filled).tidy(KEYS)
    assert len(opened(filled, "tiny-2").all_keys()) == 1
    assert len(list(filled.iterdir())) == 2
    ages(31 * 86_400, monkeypatch)
    opened(filled).tidy(KEYS)
    assert opened(filled, "tiny-2").all_keys() == set()
    assert is_same(opened(filled).get(KEYS), ITEMS)


class Counting(TinyEncoder):
    def __init__(self, dies_at: str = "") -> None:
        super().__init__()
        self.dies_at = dies_at
        self.batches: list[list[str]] = []

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Any:
        if self.dies_at in texts:
            raise RuntimeError("killed")
        self.batches.append(list(texts))
        return super().encode_passages(texts, progress)


def test_a_cached_encoder_computes_each_text_once_and_questions_apart_from_passages(tmp_path: Path) -> None:
    encoder = Counting()
    cached = CachedEncoder(encoder, opened(tmp_path))
    assert np.array_equal(cached.encode_passages([*TEXTS[:3], TEXTS[0]]), VECTORS[[0, 1, 2, 0]])
    assert np.array_equal(cached.encode_queries(TEXTS[:2]), VECTORS[:2])
    assert cached.used == {*KEYS[:3], *(text_key(text, "query") for text in TEXTS[:2])}
    again = CachedEncoder(encoder, opened(tmp_path))
    assert np.array_equal(again.encode_passages(TEXTS[:4]), VECTORS[:4])
    assert encoder.batches == [TEXTS[:3], [TEXTS[3]]]
    assert again.encode_passages([]).shape == (0, 64)


def embedded(file: Path, keys: list[bytes], encoder: TinyEncoder, cache: VectorCache, told: list[tuple[int, int]]) -> Any:
    texts = dict(zip(KEYS, TEXTS, strict=True))
    lengths = [len(texts[key]) for key in keys]
    return embed_texts(file, keys, lengths, lambda row: texts[keys[row]], encoder, cache, lambda *step: told.append(step))


def test_each_text_is_embedded_once_where_the_cache_lacks_it_or_has_it_damaged(tmp_path: Path) -> None:
    opened(tmp_path / "cache").add(KEYS[:10], VECTORS[:10])
    (file,) = (tmp_path / "cache").iterdir()
    with sqlite3.connect(file) as connection:  # a bit of one vector flips
        (value,) = connection.execute("SELECT value FROM kept WHERE key = ?", (KEYS[4],)).fetchone()
        connection.execute("UPDATE kept SET value = ? WHERE key = ?", (value[:-1] + bytes([value[-1] ^ 64]), KEYS[4]))
    order = [*range(30), 12, 4, 0]
    encoder, told = Counting(), list[tuple[int, int]]()
    vectors, computed = embedded(tmp_path / "rows", [KEYS[n] for n in order], encoder, opened(tmp_path / "cache"), told)
    assert np.array_equal(vectors, VECTORS[order])
    assert encoder.batches == [[TEXTS[4], *TEXTS[10:]]]
    assert computed == 21
    total = sum(map(len, [TEXTS[4], *TEXTS[10:]]))
    assert told == [(0, total), (total, total), (total, total)]
    assert is_same(opened(tmp_path / "cache").get(KEYS), ITEMS)
    assert embedded(tmp_path / "rows", [], encoder, opened(tmp_path / "cache"), told)[0].shape == (0, 64)


def test_every_chunk_is_kept_before_the_next_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_cache, "CHUNK", 10)
    told: list[tuple[int, int]] = []
    with pytest.raises(RuntimeError, match="killed"):
        embedded(tmp_path / "rows", KEYS, Counting(TEXTS[25]), opened(tmp_path / "cache"), told)
    assert is_same(opened(tmp_path / "cache").get(KEYS), dict(list(ITEMS.items())[:20]))
    total = sum(map(len, TEXTS))
    assert list(dict.fromkeys(told)) == [(0, total), (sum(map(len, TEXTS[:10])), total), (sum(map(len, TEXTS[:20])), total)]


def test_a_kill_costs_at_most_512_texts() -> None:
    assert vector_cache.CHUNK == 512


def test_a_cache_that_cannot_be_written_costs_time_alone(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    encoder = Counting()
    for _ in range(2):
        vectors, computed = embedded(tmp_path / "rows", KEYS, encoder, opened(tmp_path / "cache"), [])
        assert np.array_equal(vectors, VECTORS)
        assert computed == 30
    opened(tmp_path / "cache").tidy(KEYS)
    assert np.array_equal(CachedEncoder(encoder, opened(tmp_path / "cache")).encode_queries(TEXTS), VECTORS)


def test_a_full_disk_is_an_error_and_no_crash(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**12, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            embedded(tmp_path / "rows", KEYS, TinyEncoder(), opened(tmp_path / "cache"), [])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files by /proc")
def test_a_tidied_cache_holds_no_file_open(filled: Path) -> None:
    gc.collect()  # what other tests left open is closed now, not meanwhile
    before = len(os.listdir("/proc/self/fd"))
    cache = opened(filled)
    cache.get(KEYS)
    cache.tidy(KEYS)
    assert len(os.listdir("/proc/self/fd")) == before
