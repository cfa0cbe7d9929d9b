"""Killed builds and damaged bytes, in numbers that suit every run; `bench/crash.py` and `bench/flips.py` do many more."""

from __future__ import annotations

from pathlib import Path

from ordeal import damage_files, kill_builds


def test_twenty_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    told = kill_builds(20, tmp_path)
    assert told["killed"] > 5
    assert told["vectors reused"] > 0


def test_ten_kills_of_an_index_of_segments_lose_nothing(tmp_path: Path) -> None:
    told = kill_builds(10, tmp_path, seed=1, in_segments=True)
    assert told["killed"] + told["finished before"] == 10


def test_sixty_flips_and_truncations_are_refused_or_harmless_and_mended(tmp_path: Path) -> None:
    told = damage_files(60, tmp_path)
    assert sum(told.values()) == 60
    assert told["refused"] > 40
