"""A dictionary in a file: every key found, nothing else, and a damaged file taken for none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.text.lookup_table import LookupTable

WORDS = st.text(st.characters(exclude_characters="\n\t", exclude_categories=["Cs"]), max_size=4)


@given(st.dictionaries(WORDS, WORDS), WORDS)
def test_what_is_there_is_found_and_nothing_else(values: dict[str, str], other: str) -> None:
    lines = LookupTable.of(values)
    assert {key: lines.get(key) for key in values} == values
    assert lines.get(other) == values.get(other)


def test_a_value_may_hold_tabs() -> None:
    assert LookupTable.of({"a": "b\tc", "aa": "d"}).get("a") == "b\tc"


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "new" / "words.sqlite"
    LookupTable.of({"水": "water", "火": "fire"}).write(file)
    read = LookupTable.read(file)
    assert read is not None
    assert (read.get("水"), read.get("火"), read.get("木")) == ("water", "fire", None)
    assert [path.name for path in file.parent.iterdir()] == ["words.sqlite"]


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "missing"])
def test_a_damaged_file_is_none(damage: str, tmp_path: Path) -> None:
    file = tmp_path / "words.sqlite"
    LookupTable.of({"水": "water", "火": "fire"}).write(file)
    data = bytearray(file.read_bytes())
    data[-3] ^= 1
    file.write_bytes({"flip": bytes(data), "cut": bytes(data[:-5]), "empty": b"", "missing": b""}[damage])
    if damage == "missing":
        file.unlink()
    assert LookupTable.read(file) is None
