"""The folder of a prepared model, with files that stand in for a model: made once, and made anew when one of them is damaged."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from qa.models import prepared_folder
from qa.models.prepared_folder import prepared_once


class Maker:
    """Makes a model of two files, and counts how often."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, folder: Path) -> dict[str, Any]:
        self.made += 1
        assert list(folder.iterdir()) == []
        (folder / "model.onnx").write_bytes(b"weights")
        (folder / "tokenizer.json").write_bytes(b"{}")
        return {"name": "stand-in", "number": self.made}


def test_a_model_that_is_there_whole_is_not_made_again(tmp_path: Path) -> None:
    make = Maker()
    for _ in range(2):
        assert prepared_once(tmp_path / "models" / "a", make) == {"name": "stand-in", "number": 1}
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["a", "a.lock"]


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_with_other_bytes_or_none_is_made_again(name: str, tmp_path: Path) -> None:
    make = Maker()
    prepared_once(tmp_path / "a", make)
    data = (tmp_path / "a" / name).read_bytes()
    (tmp_path / "a" / name).write_bytes(data[::-1] + b" ")
    assert prepared_once(tmp_path / "a", make)["number"] == 2
    (tmp_path / "a" / name).unlink()
    assert prepared_once(tmp_path / "a", make)["number"] == 3
    assert (tmp_path / "a" / name).read_bytes() == data


@pytest.mark.parametrize("change", [{"number": 7}, {"files": {}}, {"more": 1}])
def test_what_is_known_of_a_model_is_what_was_written_or_it_is_made_again(change: dict[str, Any], tmp_path: Path) -> None:
    make = Maker()
    prepared_once(tmp_path / "a", make)
    file = tmp_path / "a" / "prepared.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    assert prepared_once(tmp_path / "a", make) == {"name": "stand-in", "number": 2}


def test_who_comes_while_a_model_is_being_made_waits_and_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, missed, told = Maker(), threading.Event(), list[dict[str, Any]]()
    read = prepared_folder._read

    def noticed(folder: Path) -> dict[str, Any] | None:
        known = read(folder)
        if threading.current_thread() is second:
            missed.set()  # it has looked, and found no model
        return known

    def slowly(folder: Path) -> dict[str, Any]:
        second.start()
        assert missed.wait(60)
        return make(folder)

    second = threading.Thread(target=lambda: told.append(prepared_once(tmp_path / "a", make)))
    monkeypatch.setattr(prepared_folder, "_read", noticed)
    told.append(prepared_once(tmp_path / "a", slowly))
    second.join(60)
    assert told == [{"name": "stand-in", "number": 1}] * 2
