"""The page without a browser: it comes up with its labels, whatever is the matter with a collection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from tiny import TinyEncoder

from qa.chat.page.page import _Page
from qa.chat.state.settings import Settings
from qa.chat.texts.messages import message
from qa.collections.library import Library
from qa.errors import Language, QAError
from qa.index.build import build
from qa.service.api.endpoints import Endpoints
from qa.service.backend import Backend, Scope
from qa.service.messages import LANGUAGES

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """The first collection, and one named Second, each with a document."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "dam.txt").write_text("The dam was finished in 1962.\n", "utf-8")
    library = Library(tmp_path / "home", tmp_path / "seeds", tmp_path / "index", encoder=TinyEncoder())
    library.prepare()
    second = tmp_path / "sent.txt"
    second.write_text("猫在窗台上睡觉。\n", "utf-8")
    library.add([(second, "cat.txt")], library.create("Second"))
    assert library.wait(60)
    yield library
    library.close()


def opened(library: Library) -> Backend:
    backend = Backend(library).open()
    assert backend._loaded.wait(60)
    return backend


def page_of(backend: Backend) -> _Page:
    with gr.Blocks(analytics_enabled=False):
        return _Page(backend, None, False, Settings())


def load(page: _Page, language: str) -> dict[Any, Any]:
    request: Any = SimpleNamespace(headers={"accept-language": language})
    return page.load(request, None)


def test_an_index_of_another_model_is_told_and_the_page_has_its_labels(library: Library, tmp_path: Path) -> None:
    page = page_of(opened(library))
    other = TinyEncoder("another-tiny")
    build(tmp_path / "seeds", tmp_path / "index", encoder=other)
    for language in LANGUAGES:
        drawn = load(page, language)
        assert drawn[page.ui.heading].startswith("<h1")
        assert drawn[page.ui.new] == message("new", language)
        assert drawn[page.ui.box]["placeholder"] == message("placeholder", language)
        assert 'role="alert"' in drawn[page.ui.start]
        panel = page.ui.documents
        shown = panel.show(language, Scope(), panel.view.value)
        assert shown[panel.manage]["label"] == message("manage_collections", language)
    (second,) = (one.slug for one in library.collections() if one.name == "Second")
    assert 'role="alert"' not in page.painter.draw_first("en", Scope(second))[page.ui.start]
    assert "cat.txt" in page.ui.documents.show("en", Scope(second), page.ui.documents.view.value)[page.ui.documents.list]


@pytest.mark.parametrize("method", ["index", "documents", "removed", "activity", "etag", "index_or_error"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_part_of_a_collection_that_fails_takes_the_labels(
    library: Library, monkeypatch: pytest.MonkeyPatch, method: str, language: Language
) -> None:
    def fail(*_: object, **__: object) -> Any:
        raise QAError("collections.no_such_collection", "first")

    def give(*_: object) -> QAError:
        return QAError("collections.no_such_collection", "first")

    page = page_of(opened(library))
    monkeypatch.setattr(library, method, give if method == "index_or_error" else fail)
    drawn = load(page, language)
    assert drawn[page.ui.box]["label"] == message("question", language)
    panel = page.ui.documents
    shown = panel.show(language, Scope(), panel.view.value)
    assert shown[panel.manage]["label"] == message("manage_collections", language)
    assert 'data-id="default"' in shown[panel.shelves]
    narrowed = panel.narrow("dam", language, Scope(), panel.view.value)
    assert panel.list in narrowed


def test_a_damaged_collection_is_told_for_it_alone(library: Library, tmp_path: Path) -> None:
    slug = next(one.slug for one in library.collections() if one.name == "Second")
    (record,) = (tmp_path / "home").rglob(f"{slug}/collection.json")
    for damaged in ("{", "[]", '{"name": 3}', "\x00"):
        record.write_text(damaged, "utf-8")
        again = Library(tmp_path / "home", tmp_path / "seeds", tmp_path / "index", encoder=TinyEncoder())
        again.prepare()
        try:
            backend = opened(again)
            first, second = Endpoints(backend).call("documents", {})
            assert [entry["source"] for entry in first["documents"]] == ["dam.txt"]
            assert "error" not in first
            assert second["documents"] == []
            assert "\n" not in second["error"]
            page = page_of(backend)
            assert 'role="alert"' not in load(page, "en")[page.ui.start]
            scope = Scope(second["collection"])
            assert 'role="alert"' in page.painter.draw_first("en", scope)[page.ui.start]
            panel = page.ui.documents
            assert 'role="alert"' in panel.show("en", scope, panel.view.value)[panel.list]
        finally:
            again.close()


def test_a_collection_that_is_gone_gives_way_to_the_first(library: Library) -> None:
    page = page_of(opened(library))
    panel = page.ui.documents
    shown = panel.show("en", Scope("elsewhere"), panel.view.value)
    assert shown[panel.scope] == Scope()
    assert "dam.txt" in shown[panel.list]
