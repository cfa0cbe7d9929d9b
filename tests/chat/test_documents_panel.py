"""The documents panel and the reader without a browser: what they draw, and what happens when."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from chat_helpers import HandIndex, Page
from tiny import TinyEncoder

from qa.chat.drawing.activity import draw_activity
from qa.chat.drawing.documents import (
    ROWS_SHOWN,
    draw_bin,
    draw_chip,
    draw_documents,
    draw_scopes,
    list_documents,
    list_scopes,
    size_in_words,
    still_there,
)
from qa.chat.page.documents_layout import View
from qa.chat.page.documents_panel import DocumentsPanel
from qa.chat.page.reader_panel import ReaderPanel, parse_request
from qa.chat.texts.documents_messages import DOCUMENTS_MESSAGES
from qa.chat.texts.messages import message
from qa.collections.collection_folder import Removed
from qa.collections.home import Deleted
from qa.collections.library import Activity, DocumentInfo, Library, Task
from qa.collections.tasks import TaskState
from qa.errors import Language, QAError
from qa.index.build import build
from qa.progress import Step
from qa.service.backend import Backend, Scope
from qa.service.messages import LANGUAGES

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")

HOSTILE = "<b onclick=alert(1)>恶&意\"'${x}.txt"


@pytest.fixture
def library(corpus: Path, tmp_path: Path) -> Iterator[Library]:
    seeds = Path(shutil.copytree(corpus, tmp_path / "seeds"))
    library = Library(tmp_path / "home", seeds, tmp_path / "index", encoder=TinyEncoder())
    library.prepare()
    yield library
    assert library.wait(60)


class Panel:
    """The panel of a backend, its states kept as a session keeps them."""

    def __init__(self, backend: Backend) -> None:
        with gr.Blocks(analytics_enabled=False):
            language = gr.State("en")
            self.panel, self.reader = DocumentsPanel(backend, language), ReaderPanel(backend, language)
            self.panel.lay_out_collections()
            self.panel.lay_out_activity()
            self.panel.lay_out_scope()
            self.panel.lay_out_library()
        self.scope, self.view, self.drawn, self.revision, self.reading = Scope(), View(), None, 0, None
        self.shown: dict[str, Any] = {"activity": ""}
        self.take(self.panel.show("en", self.scope, self.view))

    def take(self, updates: dict[Any, Any]) -> None:
        parts = {id(part): name for name, part in vars(self.panel).items()} | {
            id(self.reader.view): "reader",
            id(self.reader.reading): "reading",
            **{id(part): f"synonyms_{name}" for name, part in vars(self.panel.synonyms).items()},
        }
        for part, value in updates.items():
            name = parts[id(part)]
            if name in ("scope", "view", "drawn", "revision", "reading"):
                setattr(self, name, value)
            if name == "synonyms_field" and isinstance(value, dict) and "value" not in value:
                continue  # its labels alone are changed
            self.shown[name] = value.get("value", value) if isinstance(value, dict) else value

    def add(self, *files: Path) -> None:
        self.take(self.panel.add([str(file) for file in files], "en", self.scope, self.view, self.revision))

    def look(self) -> None:
        self.take(self.panel.look("en", self.scope, self.view, self.revision))

    def look_again(self) -> bool:
        """Whether the list was drawn anew."""
        updates = self.panel.look_again("en", self.scope, self.view, self.drawn, self.revision)
        self.take(updates)
        return self.panel.list in updates

    def act(self, do: str, token: str = "") -> None:
        event: Any = SimpleNamespace(_data={"do": do, "id": token})
        self.take(self.panel.act(event, "en", self.scope, self.view, self.revision))

    def read(self, do: str, **data: Any) -> Page:
        event: Any = SimpleNamespace(_data={"do": do, **data})
        self.take(self.reader.act(event, self.reading, "en"))
        return Page(self.shown["reader"])

    @property
    def listed(self) -> list[str]:
        """The files in the list, as they are ticked to be removed."""
        page = Page(self.shown["list"])
        return [str(attributes["data-id"]) for _, attributes in page.elements if attributes.get("data-do") == "tick"]

    @property
    def scopes(self) -> list[str]:
        """What a question can be limited to."""
        page = Page(self.shown["scopes"])
        return [str(attributes["data-id"]) for _, attributes in page.elements if attributes.get("data-do") == "pick"]

    @property
    def picked(self) -> list[str]:
        page = Page(self.shown["scopes"])
        return [str(a["data-id"]) for _, a in page.elements if a.get("data-do") == "pick" and "checked" in a]


# -- drawing ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_and_reasons_stay_text(language: Language) -> None:
    documents = [
        DocumentInfo(HOSTILE, "TXT", "utf-8", 3, 10, 10, True, (HOSTILE + "2",)),
        DocumentInfo(f"{HOSTILE}/x", "", "utf-8", 1),
        DocumentInfo("p", "PDF", problem=QAError("index.not_in_index", HOSTILE)),
    ]
    drawn = draw_documents(documents, list_documents(documents, "", 0), [HOSTILE], {HOSTILE: True}, "name", language)
    drawn += draw_scopes([], "", list_scopes(documents, ""), [HOSTILE], language)
    drawn += draw_bin([Removed("1", HOSTILE, 0.0)], [Deleted("t", HOSTILE, 0.0)], language)
    tasks = tuple(
        Task(state, HOSTILE, state, HOSTILE, QAError("documents.cannot_open", HOSTILE + HOSTILE, reason=HOSTILE))
        for state in ("waiting", "reading", "indexing", "done", "known", "refused", "unread")
    )  # type: ignore[arg-type]
    drawn += draw_activity(
        Activity(
            True, Step.READING, 1, 3, tasks, QAError("index.damaged", HOSTILE, problem=HOSTILE, command=""), HOSTILE, 0.33
        ),
        language,
        now=1.0,
    )  # fmt: skip
    page = Page(drawn)
    assert {tag for tag, _ in page.elements} <= {
        "p", "ul", "li", "label", "input", "span", "small", "button", "details", "summary", "progress", "b", "table", "thead",
        "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert page.text.count("<b onclick=alert(1)>") == 28
    assert f"{message('step_reading', language)} {HOSTILE} · 33%" in page.text


def test_every_state_and_step_has_its_message() -> None:
    for state in ("known", "refused", "unread"):
        assert f"task_{state}" in DOCUMENTS_MESSAGES
    for label, share, told in (
        ("", 0.0, "Getting ready"),
        (Step.WAITING, 0.0, "Waiting"),
        (Step.EMBEDDING, 0.5, "Processing · 50% · about 10 s left"),
        (Step.EMBEDDING, 0.02, "Processing · 2% · about 8 min left"),
        (Step.EMBEDDING, 1.0, "Processing · 99% · almost done"),
        (Step.INDEXING, 0.0, "Processing"),
    ):
        assert f"<span>{told}" in draw_activity(Activity(True, label, 1, 2, share=share, began=5.0), "en", now=15.0)
    usable = draw_activity(Activity(True, Step.EMBEDDING, 1, 2, share=0.5, began=5.0, usable=True), "zh", now=15.0)
    assert "<span>已可提问，暂时只按字面查找 · 50%" in usable


@pytest.mark.parametrize(
    ("states", "told"),
    [
        (["done"], "Ready to ask."),
        (["done", "done", "known"], "All 3 files are ready."),
        (["done"] * 10 + ["unread"] * 3 + ["refused"] * 2, "10 ready, 5 failed."),
        (["unread"], "1 failed."),
        (["done", "cancelled"], "Cancelled. Files not yet read are in the bin."),
    ],
)
def test_what_became_of_files_is_told_as_it_is(states: list[TaskState], told: str) -> None:
    tasks = tuple(Task(str(i), f"{i}.txt", state, f"{i}.txt") for i, state in enumerate(states))
    assert f'<p role="status">{told} ' in draw_activity(Activity(tasks=tasks), "en")


@pytest.mark.parametrize("code", ["documents.only_images", "documents.image_unrecognised", "documents.needs_package"])
def test_a_user_is_not_told_to_install_packages(code: str) -> None:
    error = QAError(code, "a.pdf", name="x")
    documents = [DocumentInfo("a.pdf", "PDF", problem=error)]
    drawn = draw_documents(documents, list_documents(documents, "", 0), [], {}, "name", "en")
    drawn += draw_activity(Activity(tasks=(Task("1", "a.pdf", "unread", "a.pdf", error),)), "en")
    assert "pip" not in drawn
    assert drawn.count("administrator") == 2


def test_errors_are_told_in_the_pages_language_and_a_files_name_once() -> None:
    reason = OSError(13, "")
    tasks = (
        Task("1", "甲.txt", "refused", reason=QAError("documents.cannot_open", "甲.txt", reason=reason)),
        Task("2", "乙.txt", "unread", "uploaded/乙 (2).txt", QAError("documents.cannot_open", "乙 (2).txt", reason=reason)),
        Task("3", "丙.txt", "unread", "uploaded/丙.txt", QAError("documents.cannot_open", "丁/丙.txt", reason=reason)),
        Task("4", "戊.txt", "known", "uploaded/己.txt"),
    )
    trouble = QAError("index.damaged", "x", problem=QAError("index.part_changed", name="p.npy"), command="c")
    told = Page(draw_activity(Activity(False, tasks=tasks, trouble=trouble), "zh")).text
    assert told.startswith("更新失败：x：索引不能用（索引的 p.npy 已损坏）；请重建：c。")
    assert "甲.txt 没有添加：读不了（没有权限）；请检查文件及其权限" in told
    assert "乙.txt 读不了：读不了（没有权限）；请检查文件及其权限" in told
    assert "丙.txt 读不了：丁/丙.txt：读不了（没有权限）；请检查文件及其权限" in told
    assert "戊.txt 已有内容相同的“己.txt”" in told
    unread = [DocumentInfo("a/b.txt", "TXT", problem=QAError("documents.cannot_open", "b.txt", reason=reason))]
    for language, line in (
        ("zh", "读不了（没有权限）；请检查文件及其权限"),
        ("en", "Permission denied; check the file and its permissions"),
    ):
        assert line in Page(draw_documents(unread, list_documents(unread, "", 0), [], {}, "name", language)).text


def test_a_file_kept_under_another_name_says_so() -> None:
    tasks = tuple(
        Task(str(number), name, "done", f"uploaded/{own}")
        for number, (name, own) in enumerate([("a.md", "a.md"), ("b.md", "b (2).md"), ("c?.md", "c_.md")])
    )
    drawn = Page(draw_activity(Activity(tasks=tasks), "zh")).text
    assert "b.md 已有同名文件，这个存为“b (2).md”" in drawn
    assert drawn.count("同名") == 1


def test_the_list_is_sorted_with_what_failed_on_top_and_both_names_of_a_duplicate() -> None:
    documents = [
        DocumentInfo("b/Z.txt", "TXT", size=9, passages=3, modified=2e9),
        DocumentInfo("a.pdf", "PDF", size=20, passages=1, also=("copy.pdf",), modified=1e9),
        DocumentInfo("scan.pdf", "PDF", problem=QAError("documents.only_images", "scan.pdf")),
    ]

    def names(sort: str) -> list[str]:
        return [getattr(row, "source", "") for row in list_documents(documents, "", 0, sort).rows]

    assert names("name") == ["scan.pdf", "a.pdf", "copy.pdf", "b/Z.txt"]
    assert names("-name") == ["scan.pdf", "b/Z.txt", "copy.pdf", "a.pdf"]
    assert names("size") == ["scan.pdf", "b/Z.txt", "a.pdf", "copy.pdf"]
    assert names("-date") == ["scan.pdf", "b/Z.txt", "a.pdf", "copy.pdf"]
    assert names("nonsense") == names("name")
    drawn = Page(draw_documents(documents, list_documents(documents, "", 0), [], {}, "name", "zh")).text
    assert "copy.pdf" in drawn
    assert "内容与“a.pdf”相同" in drawn
    assert "可以提问 · 内容与“copy.pdf”相同" in drawn
    assert "1 个文件读取失败" in drawn


def test_ten_thousand_documents_are_never_drawn_at_once() -> None:
    documents = [DocumentInfo(f"d{i % 100:02}/x{i:05}.txt", "TXT", "utf-8", 2, 10, 10) for i in range(10_000)]
    listing = list_documents(documents, "", 0)
    assert (len(listing.rows), listing.first, listing.count) == (ROWS_SHOWN, 0, 10_000)
    last = list_documents(documents, "", 10**6)
    assert (last.first, len(last.rows)) == (9_950, 50)
    assert [getattr(row, "source", "") for row in list_documents(documents, "X00042", 3).rows] == ["d42/x00042.txt"]
    drawn = draw_documents(documents, listing, [], {}, "name", "en")
    assert len(drawn) < 70_000
    assert "1–50 of 10,000" in drawn
    scopes = list_scopes(documents, "")
    assert (len(scopes.rows), scopes.count) == (ROWS_SHOWN, 10_100)


def test_what_is_picked_is_kept_while_it_is_there() -> None:
    documents = [
        DocumentInfo("a/b/c.txt", "TXT", also=("d/e.txt",)),
        DocumentInfo("p.pdf", "PDF", problem=QAError("index.not_in_index")),
    ]
    assert still_there(["a", "a/b", "d", "d/e.txt", "a/b/c.txt", "p.pdf", "b", "gone"], documents) == (
        "a", "a/b", "a/b/c.txt", "d", "d/e.txt",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (1023, "1023 B"), (1300, "1.3 KB"), (2**28, "256 MB"), (3 * 2**30, "3.0 GB")]
)
def test_sizes_in_words(size: int, words: str) -> None:
    assert size_in_words(size) == words


# -- the panel ----------------------------------------------------------------------------------------------------------


def test_an_index_alone_is_listed_and_cannot_be_changed() -> None:
    panel = Panel(Backend.of(HandIndex()))
    assert len(panel.listed) == 1
    assert "cannot be added or removed" in panel.shown["list"]
    assert 'data-do="remove"' not in panel.shown["list"]
    panel.act("remove", panel.listed[0])
    assert len(panel.listed) == 1


def test_what_is_ticked_is_what_a_question_searches(library: Library) -> None:
    panel = Panel(Backend(library))
    assert panel.scopes == ["notes", "notes/clinic.md", "notes/market.txt", "river.txt"]
    panel.act("pick", "notes")
    panel.act("pick", "river.txt")
    assert panel.scope == Scope(None, ("notes", "river.txt"))
    assert panel.picked == ["notes", "river.txt"]
    panel.act("pick", "river.txt")
    assert {hit.paragraph.source for hit in library.index().search("洪峰水位", 9, panel.scope.within)} <= {
        "notes/clinic.md",
        "notes/market.txt",
    }
    panel.act("all")
    assert panel.scope == Scope()
    panel.act("pick", "nowhere")
    assert panel.scope == Scope()


def test_documents_are_taken_out_and_put_back(library: Library) -> None:
    panel = Panel(Backend(library))
    panel.act("remove", "river.txt")
    assert panel.listed == ["notes/clinic.md", "notes/market.txt"]
    assert "Removed “river.txt”." in panel.shown["note"]
    assert library.wait(60)
    note = Page(panel.shown["note"])
    token = next(str(attributes["data-id"]) for _, attributes in note.elements if attributes.get("data-do") == "put_back")
    panel.act("put_back", token)
    assert library.wait(60)
    panel.look()
    assert "river.txt" in panel.listed
    panel.act("pick", "notes")
    panel.act("tick", "notes/clinic.md")
    panel.act("tick", "notes/market.txt")
    assert panel.scope == Scope(None, ("notes",))
    panel.act("remove_picked")
    assert library.wait(60)
    panel.look()
    assert panel.listed == ["river.txt"]
    assert panel.scope == Scope()
    assert "Bin (2)" in panel.shown["bin"]


def test_a_question_can_be_limited_from_the_list_and_says_so_in_the_chip(library: Library) -> None:
    panel = Panel(Backend(library))
    assert "My documents · all 3 documents" in panel.shown["chip"]
    panel.act("tick", "river.txt")
    panel.act("ask_chosen")
    assert panel.scope == Scope(None, ("river.txt",))
    assert panel.view.picked == ()
    assert "Only river.txt" in panel.shown["chip"]
    assert 'class="chip limited"' in panel.shown["chip"]
    panel.act("all")
    assert "limited" not in panel.shown["chip"]
    assert panel.picked == []


def test_files_are_added_and_what_the_browser_sent_is_removed(library: Library, tmp_path: Path) -> None:
    panel = Panel(Backend(library))
    sent = tmp_path / "火山.txt"
    sent.write_text("火山爆发了。\n")
    panel.add(sent)
    assert not sent.exists()
    assert library.wait(60)
    revision = panel.revision
    panel.look()
    assert "Ready to ask." in panel.shown["activity"]
    assert panel.listed[-1] == "uploaded/火山.txt"
    assert "uploaded/" not in Page(panel.shown["list"]).text
    assert panel.revision == revision + 1


def test_what_came_of_files_is_told_where_they_were_put_in_until_it_was_seen(library: Library, tmp_path: Path) -> None:
    mine, other = Panel(Backend(library)), Panel(Backend(library))
    for name in ("a.txt", "b.txt", "c.zip"):
        (tmp_path / name).write_text(f"火山{name}爆发了。\n")
    mine.add(tmp_path / "a.txt", tmp_path / "c.zip")
    assert library.wait(60)
    mine.look()
    other.look()
    assert [text in mine.shown["activity"] for text in ("1 ready, 1 failed.", "c.zip", "Dismiss")] == [True, True, True]
    assert other.shown["activity"] == ""
    other.add(tmp_path / "b.txt")  # takes nothing from the first page
    assert library.wait(60)
    other.look()
    mine.look()
    assert "Ready to ask." in other.shown["activity"]
    assert "1 ready, 1 failed." in mine.shown["activity"]
    mine.act("dismiss")
    assert (mine.shown["activity"], mine.view.files) == ("", ())
    (tmp_path / "d.zip").write_text("x")
    other.add(tmp_path / "d.zip")
    assert ("d.zip" in other.shown["activity"], "Ready" in other.shown["activity"]) == (True, False)
    assert Panel(Backend(library)).shown["activity"] == ""  # another page, or the same one loaded anew


def test_what_is_not_done_yet_cannot_be_dismissed(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library.collection(), "_enqueue", lambda collection: None)
    panel = Panel(Backend(library))
    (tmp_path / "a.txt").write_text("火山爆发了。\n")
    (tmp_path / "b.zip").write_text("x")
    panel.add(tmp_path / "a.txt", tmp_path / "b.zip")
    panel.act("dismiss")
    assert len(panel.view.files) == 1
    assert ("Getting ready" in panel.shown["activity"], "b.zip" in panel.shown["activity"]) == (True, False)


def test_what_a_cancelled_build_did_not_get_to_is_in_the_bin(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = Panel(Backend(library))
    (tmp_path / "a.txt").write_text("火山爆发了。\n")
    collection = library.collection()
    begin, added = collection.tasks.begin, threading.Event()

    def begin_cancelled() -> None:
        begin()
        assert added.wait(60)  # a page does one thing at a time
        panel.act("stop")

    monkeypatch.setattr(collection.tasks, "begin", begin_cancelled)
    panel.add(tmp_path / "a.txt")
    added.set()
    assert library.wait(60)
    panel.look()
    assert "Cancelled. Files not yet read are in the bin." in panel.shown["activity"]
    assert panel.listed == ["notes/clinic.md", "notes/market.txt", "river.txt"]
    assert [entry.source for entry in library.removed()] == ["uploaded/a.txt"]
    monkeypatch.undo()
    panel.act("put_back", library.removed()[0].id)
    assert library.wait(60)
    panel.look()
    assert panel.listed[0] == "uploaded/a.txt"


def test_files_put_in_while_the_panel_is_still_being_drawn_are_not_lost(library: Library, tmp_path: Path) -> None:
    panel = Panel(Backend(library))
    late = panel.panel.show("en", panel.scope, panel.view)
    assert panel.panel.files not in late  # which would empty the field
    (tmp_path / "a.txt").write_text("火山爆发了。\n")
    panel.add(tmp_path / "a.txt")
    panel.take(late)
    assert panel.shown["activity"] == ""
    assert library.wait(60)
    assert panel.look_again()
    assert "Ready to ask." in panel.shown["activity"]
    assert "uploaded/a.txt" in panel.listed


def test_a_change_on_disk_is_seen_without_a_click(library: Library, tmp_path: Path) -> None:
    panel = Panel(Backend(library))
    assert not panel.look_again()
    (tmp_path / "seeds" / "river.txt").write_text("别的。\n")
    assert panel.look_again()
    assert "Changed since it was read" in panel.shown["list"]
    assert not panel.look_again()
    (tmp_path / "seeds" / "notes" / "clinic.md").unlink()
    assert panel.look_again()
    assert "File is gone" in panel.shown["list"]
    build(tmp_path / "seeds", tmp_path / "index", encoder=TinyEncoder())  # by another program
    revision = panel.revision
    assert panel.look_again()
    assert panel.listed == ["notes/market.txt", "river.txt"]
    assert panel.revision == revision + 1
    panel.drawn = None  # a session that is lost knows no language either
    assert not panel.look_again()
    alone = Panel(Backend.of(HandIndex()))
    assert not alone.look_again()


def test_a_file_that_has_changed_or_is_gone_says_so(library: Library, tmp_path: Path) -> None:
    (tmp_path / "seeds" / "river.txt").write_text("别的。\n")
    (tmp_path / "seeds" / "notes" / "clinic.md").unlink()
    panel = Panel(Backend(library))
    assert "Changed since it was read" in panel.shown["list"]
    assert "File is gone" in panel.shown["list"]
    panel.act("update")
    assert library.wait(60)
    panel.look()
    assert "File is gone" not in panel.shown["list"]
    assert panel.listed == ["notes/market.txt", "river.txt"]


def test_collections_are_made_renamed_deleted_and_restored(library: Library) -> None:
    panel = Panel(Backend(library))
    panel.take(panel.panel.make_collection("Travel", "en", panel.view, panel.revision))
    assert panel.scope == Scope("travel")
    assert "No documents yet." in panel.shown["list"]
    panel.take(panel.panel.rename_collection("Trips", "en", panel.scope, panel.view, panel.revision))
    assert "“Trips”" in panel.shown["note"]
    panel.take(panel.panel.make_collection("trips", "en", panel.view, panel.revision))
    assert "there is a collection of this name already" in panel.shown["note"]
    panel.take(panel.panel.question_deleting("en", panel.scope))
    assert "Delete “Trips”" in panel.shown["note"]
    panel.act("delete_collection")
    assert panel.scope == Scope()
    assert "Collection “Trips”" in panel.shown["bin"]
    token = next(str(a["data-id"]) for _, a in Page(panel.shown["bin"]).elements if a.get("data-do") == "restore")
    panel.act("restore", token)
    assert panel.scope == Scope("trips") or panel.scope == Scope("travel")
    panel.act("collection", "default")
    assert panel.scope == Scope()
    panel.take(panel.panel.question_deleting("en", panel.scope))
    assert "cannot be deleted" in panel.shown["note"]
    panel.act("collection", "../x")
    assert panel.scope == Scope()
    assert panel.panel.show("en", Scope("gone"), View())[panel.panel.scope] == Scope()


def test_what_a_program_sends_in_place_of_a_click_does_no_harm(library: Library) -> None:
    panel = Panel(Backend(library))
    for do in (
        "",
        "restore",
        "delete_collection",
        "put_back",
        "remove",
        "page",
        "pick",
        "tick",
        "sort",
        "collection",
        "stop",
        "unknown",
    ):
        for token in ("", "x", "-1", "../../x", HOSTILE):
            panel.act(do, token)
    assert panel.listed == ["notes/clinic.md", "notes/market.txt", "river.txt"]
    assert panel.scope == Scope()


# -- the reader ---------------------------------------------------------------------------------------------------------


def request(source: str, start: int, end: int, collection: Any = "") -> str:
    return json.dumps({"collection": collection, "source": source, "start": start, "end": end})


def test_the_reader_shows_the_place_marked(library: Library, corpus: Path) -> None:
    text = (corpus / "river.txt").read_text("utf-8")
    start = text.index("他彻夜未眠")
    panel = Panel(Backend(library))
    page = panel.read("open", request=request("river.txt", start, start + 6))
    assert page.marked == ["他彻夜未眠！"]
    assert "river.txt" in page.text
    shorter = panel.read("open", request=request("notes/clinic.md", 0, 5, None))
    assert "The clinic opened in 1987." in shorter.text
    panel.read("close")
    assert (panel.shown["reader"], panel.reading) == ("", None)
    panel.read("later")
    assert panel.shown["reader"] == ""


def test_the_reader_shows_more_on_demand(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.chat.page.reader_panel.AROUND", 200)
    monkeypatch.setattr("qa.chat.state.document_reader.DocumentReader.more.__kwdefaults__", {"reach": 200})
    panel = Panel(Backend(library))
    first = panel.read("open", request=request("river.txt", 0, 5))
    later = panel.read("later")
    assert len(later.text) > len(first.text)
    assert later.marked == first.marked


def test_the_reader_finds_a_text_and_goes_from_match_to_match(library: Library) -> None:
    panel = Panel(Backend(library))
    panel.read("open", request=request("river.txt", 0, 5))
    first = panel.read("find", id="人民")
    assert "1 / 1" in first.text
    assert panel.reading.at == (panel.reading.at[0], panel.reading.at[0] + 2)  # type: ignore[attr-defined]
    many = panel.read("find", id="水库")
    assert "1 / 60" in many.text
    assert "2 / 60" in panel.read("find", id="水库").text
    assert many.marked[0] == "水库"
    assert "No match for “nowhere”" in panel.read("find", id="nowhere").text
    assert panel.read("find", id=" ").marked == ["水库"]
    assert panel.read("place").marked != ["水库"]


def test_the_reader_lists_the_headings_and_goes_to_one(library: Library, tmp_path: Path) -> None:
    (tmp_path / "seeds" / "manual.md").write_text("# Manual\n\nFor the pump.\n\n## Care\n\nOil it.\n\n## Repair\n\nCall us.\n")
    library.refresh()
    assert library.wait(60)
    panel = Panel(Backend(library))
    page = panel.read("open", request=request("manual.md", 0, 8))
    starts = [(a["data-id"]) for _, a in page.elements if a.get("data-do") == "go"]
    assert len(starts) == 3
    assert "Manual" in page.text
    assert "## Care" not in page.text
    panel.read("go", id=starts[2])
    assert panel.reading.at == (int(str(starts[2])), int(str(starts[2])))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "asked",
    ["", "{", "[]", "null", '"x"', "{}", request("river.txt", -1, 5), request("river.txt", 5, 1), request("river.txt", 0, 10**9),
     '{"source": 1, "start": 0, "end": 1}', '{"source": "river.txt", "start": "0", "end": 1}', request("river.txt", 0, 1, ["x"]),
     '{"source": "' + "x" * 20_000 + '"}', None, 7, "[" * 9_000],
)  # fmt: skip
def test_a_request_that_makes_no_sense_opens_nothing(asked: Any) -> None:
    assert parse_request(asked) is None


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (request("../../etc/passwd", 0, 1), "no document of this index"),
        (request("/etc/passwd", 0, 1), "no document of this index"),
        (request("river.txt", 0, 1, "nowhere"), "no such collection"),
        (request("river.txt", 0, 1, "../home"), "no such collection"),
        (request(HOSTILE, 0, 1), "no document of this index"),
    ],
)
def test_no_file_outside_the_collections_is_opened(library: Library, asked: str, reason: str) -> None:
    page = Panel(Backend(library)).read("open", request=asked)
    assert reason in page.text
    assert {tag for tag, _ in page.elements} == {"section", "header", "h2", "nav", "button", "p", "div", "span", "input"}


def test_a_changed_file_is_read_as_it_was_indexed(library: Library, tmp_path: Path) -> None:
    (tmp_path / "seeds" / "river.txt").write_text("别的。\n")
    page = Panel(Backend(library)).read("open", request=request("river.txt", 2, 8))
    assert "The file has changed; this is its text as it was read." in page.text
    assert page.marked == ["綦河洪峰水位"]


class Synonyms:
    """The panel's synonyms as the browser and a session keep them: the field, what it was filled with, the drafts."""

    def __init__(self, panel: Panel) -> None:
        self.panel, self.parts = panel, panel.panel.synonyms
        self.panel.shown |= {"synonyms_field": "", "synonyms_loaded": None, "synonyms_drafts": {}}

    @property
    def state(self) -> tuple[Any, ...]:
        shown = self.panel.shown
        return shown["synonyms_field"], shown["synonyms_loaded"], shown["synonyms_drafts"], "en", self.panel.scope

    def show(self) -> str:
        self.panel.take(self.parts.show(*self.state))
        return str(self.panel.shown["synonyms_field"])

    def type(self, text: str) -> None:
        self.panel.shown["synonyms_field"] = text

    def save(self, language: Language = "en") -> str:
        text, loaded, drafts, _, scope = self.state
        self.panel.take(self.parts.keep(text, loaded, drafts, language, scope))
        return Page(self.panel.shown["synonyms_note"]).text

    @property
    def label(self) -> str:
        return str(self.parts.label(*self.state)[self.parts.fold]["label"])


def test_synonyms_are_shown_saved_and_refused_by_line(library: Library) -> None:
    panel = Panel(Backend(library))
    synonyms = Synonyms(panel)
    assert synonyms.show() == ""
    synonyms.type("PTO, annual leave\nquit => resign\n\n# a remark")
    assert synonyms.save() == "Saved. 2 groups of synonyms."
    assert library.synonyms() == "PTO, annual leave\nquit => resign\n\n# a remark"

    synonyms.type("<b>alone</b>")
    assert synonyms.save("zh").startswith("没有保存，请先改好这几行：第 1 行：只有“<b>alone</b>”一个词")
    synonyms.type("\n".join(["lonely"] * 23))
    assert synonyms.save().endswith("3 more lines")
    assert library.synonyms().startswith("PTO")

    library.set_synonyms("one, two", library.synonyms())
    synonyms.type("three, four")
    assert "changed elsewhere" in synonyms.save()
    assert library.synonyms() == "one, two"
    panel.take(synonyms.parts.reload(*synonyms.state))
    assert panel.shown["synonyms_field"] == "one, two"

    made = panel.panel.make_collection("Other", "en", panel.view, panel.revision)
    assert made[synonyms.parts.fold]["open"] is False  # it showed another collection's


def test_synonyms_are_saved_where_they_were_loaded(library: Library) -> None:
    other = library.create("Other")
    panel = Panel(Backend(library))
    synonyms = Synonyms(panel)
    synonyms.show()
    synonyms.type("PTO, leave")
    panel.act("collection", other)  # both have none; the click on Save was on its way
    assert synonyms.save() == "Saved. 1 group of synonyms."
    assert (library.synonyms(), library.synonyms(other)) == ("PTO, leave", "")
    assert synonyms.show() == ""  # the other's


def test_unsaved_synonyms_are_there_again_and_said_to_be_unsaved(library: Library) -> None:
    other = library.create("Other")
    panel = Panel(Backend(library))
    synonyms = Synonyms(panel)
    synonyms.show()
    assert synonyms.label == "Synonyms"
    synonyms.type("PTO, leave")
    assert synonyms.label == "Synonyms (not saved yet: My documents)"
    assert synonyms.show() == "PTO, leave"  # unfolded anew
    assert Page(panel.shown["synonyms_note"]).text == "These changes are not saved yet."
    panel.act("collection", other)
    assert synonyms.show() == ""
    synonyms.type("a, b")
    assert synonyms.label == "Synonyms (not saved yet: My documents, Other)"
    panel.act("collection", "")
    assert (synonyms.show(), panel.shown["synonyms_loaded"]) == ("PTO, leave", ["default", "", True])
    synonyms.save()
    assert (library.synonyms(), library.synonyms(other)) == ("PTO, leave", "")
    assert synonyms.label == "Synonyms (not saved yet: Other)"
    panel.act("collection", other)
    assert synonyms.show() == "a, b"
    panel.take(synonyms.parts.reload(*synonyms.state))
    assert (panel.shown["synonyms_field"], synonyms.label) == ("", "Synonyms")


def test_the_folder_of_uploaded_files_is_named_in_words_where_a_question_is_limited_to_it() -> None:
    assert "只查 上传的文件" in Page(draw_chip("我的文档", 3, ["uploaded"], "zh")).text
    assert "Only Uploaded files" in Page(draw_chip("Mine", 3, ["uploaded"], "en")).text
    assert "Only reports" in Page(draw_chip("Mine", 3, ["reports"], "en")).text
