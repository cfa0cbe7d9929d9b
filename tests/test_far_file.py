"""Large files are read where they were mapped, with the same result."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import numpy as np
import pytest
from conftest import SEED
from tiny import TinyEncoder

import qa
from qa import disk as far_file
from qa.disk import FarFile

needs_preadv = pytest.mark.skipif(not hasattr(os, "preadv"), reason="this system can only map files")


def test_a_small_file_is_not_read_part_by_part(tmp_path: Path) -> None:
    assert FarFile.of(tmp_path / "not even there", far_file.FAR - 1) is None


@needs_preadv
def test_parts_of_a_file_are_read_from_where_its_data_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far_file, "FAR", 1)
    values = np.arange(500, dtype=np.uint16)
    np.save(tmp_path / "values.npy", values)
    far = FarFile.of(tmp_path / "values.npy", values.nbytes)
    assert far is not None
    (tmp_path / "values.npy").unlink()  # as when a newer build has taken its place
    into = np.zeros(7, np.uint16)
    far.read(into, 2 * 100)
    assert into.tolist() == list(range(100, 107))
    far.read(into[:0], 1000)
    with pytest.raises(OSError, match=r"values\.npy: ends too soon"):
        far.read(into, 2 * 498)
    number = far._number
    del far
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


@needs_preadv
def test_an_index_of_large_files_gives_the_same_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    qa.build(SEED, tmp_path / "index", encoder=TinyEncoder())
    questions = ("綦河洪峰水位是多少？", "什么时候发生的？", "水")
    mapped = qa.open(tmp_path / "index", encoder=TinyEncoder())
    monkeypatch.setattr(far_file, "FAR", 1)
    read = qa.open(tmp_path / "index", encoder=TinyEncoder())
    assert read.lexical._parts[0].far is not None
    for question in questions:
        assert read.ask(question) == mapped.ask(question)
        assert read.search(question, 20) == mapped.search(question, 20)
