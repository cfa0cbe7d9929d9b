"""The retrieval function on the default index: built when there is none, opened once, and again after a rebuild."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import together
from tiny import TinyEncoder

import qa
from qa.index import build as building
from qa.index import default
from qa.index import open as opening


@pytest.fixture
def project(tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch, tiny: TinyEncoder) -> Path:
    """A current folder with `seeds/` and an `index/` that holds nothing yet, where the model is the tiny one."""
    shutil.copytree(corpus, tmp_path / "seeds")
    (tmp_path / "index").mkdir()
    monkeypatch.chdir(tmp_path)
    for module in (building, opening):
        monkeypatch.setattr(module, "load_encoder", lambda *arguments: tiny)
    monkeypatch.setattr(default, "_opened", {})
    return tmp_path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were opened, one entry for each time."""
    folders: list[Path] = []
    original: Callable[[Path], qa.Index] = default.open_index

    def open_index(folder: Path) -> qa.Index:
        folders.append(folder)
        return original(folder)

    monkeypatch.setattr(default, "open_index", open_index)
    return folders


def test_the_first_question_builds_the_index_from_the_seeds(project: Path, tiny_index: qa.Index) -> None:
    with together(0.01):  # one line a passage, as in `tiny_index`
        hits = qa.retrieve("綦河洪峰水位是多少？", k=3)
    assert (project / "index" / "CURRENT").exists()
    assert hits == tiny_index.search("綦河洪峰水位是多少？", 3)


def test_the_index_is_opened_once_and_again_after_a_rebuild(project: Path, opened: list[Path], tiny: TinyEncoder) -> None:
    qa.retrieve("洪水")
    qa.retrieve("医生")
    assert opened == [project / "index"]
    (project / "seeds" / "new.txt").write_text("火山爆发了。\n")
    qa.build("seeds", "index", encoder=tiny)
    assert qa.retrieve("火山爆发", k=1)[0].text == "火山爆发了。"
    assert opened == [project / "index"] * 2


def test_another_folder_is_not_built(project: Path) -> None:
    with pytest.raises(qa.IndexNotFound, match="elsewhere: holds no index"):
        qa.retrieve("洪水", folder="elsewhere")


def test_without_an_index_folder_here_it_is_the_one_beside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert default.default_folder() == Path(default.__file__).parents[2] / "index"
    (tmp_path / "index").mkdir()
    assert default.default_folder() == tmp_path / "index"
