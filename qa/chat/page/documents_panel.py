"""The documents on the page: the collections, what a question searches, adding and removing files, the list and the bin."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from ...collections.collection import Etag
from ...collections.home import DEFAULT
from ...collections.listing import CollectionInfo, DocumentInfo
from ...documents.read import largest_file
from ...errors import Language, QAError
from ..drawing.activity import draw_activity, reason_of
from ..drawing.documents import (
    COLUMNS,
    collection_name,
    draw_bin,
    draw_chip,
    draw_documents,
    draw_note,
    draw_question,
    draw_scopes,
    list_documents,
    list_scopes,
    size_in_words,
    still_there,
)
from ..drawing.places import title_of
from ..drawing.rail import draw_collections, draw_library_head
from ..state.backend import Backend, Scope
from ..texts.messages import message
from .events import PRIVATE, Updates

FILTERED_FROM = 10  # a longer list has a filter
_TICK = 0.6  # seconds between two updates of a running build's progress
_CLICKS = "qa.clicks(element, trigger, watch, 'act')"  # Gradio finds the names of events by searching the text
_NOTE = "qa.note(element, trigger, watch, 'act')"
_LOOKS = f"{_CLICKS}; qa.look(trigger, 'look')"


@dataclass(frozen=True, slots=True)
class View:
    """What one browser window shows of the documents.

    `wanted` is the list's filter, `page` its page, from 0, `sort` its order, and `picked` are the files ticked in it. `menu` is
    the filter of the chip's menu, `files` the ids of the tasks of files added here.
    """

    wanted: str = ""
    page: int = 0
    sort: str = "name"
    picked: tuple[str, ...] = ()
    menu: str = ""
    files: tuple[str, ...] = ()

    def anew(self) -> View:
        """The view for another collection: the files added stay, all else does not."""
        return View(files=self.files)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the list was drawn from: the names of the documents on it, and the library's etag for them."""

    sources: tuple[str, ...] = ()
    etag: Etag | None = None


class DocumentsPanel:
    """The components and their handlers. Questions search `scope`; `revision` changes whenever the documents may have changed."""

    def __init__(self, backend: Backend, language: gr.State) -> None:
        self.backend = backend
        self.editable = backend.library is not None
        self.language = language
        self.scope, self.revision = gr.State(Scope()), gr.State(0)
        self.view = gr.State(View())
        self.drawn = gr.State(None)  # None before the first drawing, and in a lost session
        self.timer = gr.Timer(_TICK, active=False)

    def lay_out_collections(self) -> None:
        self.shelves = gr.HTML(elem_id="shelves", js_on_load=_CLICKS)

    def lay_out_activity(self) -> None:
        # the page has its own button, and takes what is dropped anywhere, so that Gradio's field is out of sight
        self.files = gr.File(file_count="multiple", elem_id="add-files", visible=self.editable)
        self.activity = gr.HTML(elem_id="activity", js_on_load=_CLICKS)
        self.note = gr.HTML(elem_id="documents-note", js_on_load=_NOTE)

    def lay_out_scope(self) -> None:
        with gr.Column(elem_id="scope-menu"):
            self.menu_filter = gr.Textbox(elem_id="filter-scopes", max_lines=1, visible=False)
            self.scopes = gr.HTML(elem_id="scopes", js_on_load=_CLICKS)
        self.chip = gr.HTML(elem_id="chip", js_on_load=_CLICKS)

    def lay_out_library(self) -> None:
        with gr.Column(elem_id="library"):
            self.title = gr.HTML(elem_id="library-head")
            self.filter = gr.Textbox(elem_id="filter-documents", max_lines=1, visible=False)
            self.list = gr.HTML(elem_id="documents-list", js_on_load=_LOOKS)
            self.bin = gr.HTML(elem_id="bin", js_on_load=_CLICKS)
            with gr.Accordion("", open=False, elem_id="manage", visible=self.editable) as self.manage:
                self.name = gr.Textbox(elem_id="collection-name", max_lines=1)
                with gr.Row():
                    self.make = gr.Button("", size="sm", elem_id="collection-new", min_width=0)
                    self.rename = gr.Button("", size="sm", elem_id="collection-rename", min_width=0)
                    self.delete = gr.Button("", size="sm", elem_id="collection-delete", min_width=0)

    # -- drawing

    def draw(self, language: Language, scope: Scope, view: View) -> Updates:
        """New values of all components, in `language`."""
        return {
            self.manage: gr.update(label=message("manage_collections", language)),
            self.name: gr.update(label=message("collection_name", language)),
            self.make: message("collection_new", language),
            self.rename: message("collection_rename", language),
            self.delete: message("collection_delete", language),
            self.note: "",
            self.filter: gr.update(label=message("filter", language), placeholder=message("filter", language), value=view.wanted),
            self.menu_filter: gr.update(
                label=message("filter", language), placeholder=message("filter", language), value=view.menu
            ),
            **self._redraw(language, scope, view),
        }

    def _redraw(self, language: Language, scope: Scope, view: View) -> Updates:
        """New values of all that the documents and their state decide."""
        collections = self.backend.collections()
        slug = scope.collection or DEFAULT
        info = next((info for info in collections if info.slug == slug), None)
        name = collection_name(info, language) if info else slug
        adding = message("add_files", language, limit=size_in_words(largest_file())) if self.editable else ""
        updates: Updates = {
            self.shelves: draw_collections(collections, slug, language),
            self.title: draw_library_head(name, adding, language),
            **self._draw_activity(language, scope, view),
        }
        try:
            return {**updates, **self._draw_documents(language, scope, view, collections, name)}
        except QAError as error:
            told = draw_note(message("panel_trouble", language, reason=reason_of(error, language)), alert=True)
            return {
                **updates, self.list: told, self.bin: "", self.scopes: "", self.chip: draw_chip(name, 0, (), language),
                self.scope: scope, self.drawn: Drawn((), self._etag(scope, ())),
            }  # fmt: skip

    def _draw_documents(
        self, language: Language, scope: Scope, view: View, collections: tuple[CollectionInfo, ...], name: str
    ) -> Updates:
        documents = self.backend.documents(scope.collection)
        within = still_there(scope.within or (), documents)
        view = replace(view, picked=still_there(view.picked, documents, unread=True))
        listing = list_documents(documents, view.wanted, view.page, view.sort)
        shown = [row for row in listing.rows if isinstance(row, DocumentInfo)]
        sources = tuple(row.source for row in shown if not row.problem)
        etag = self._etag(scope, sources)  # taken before drawing, so that a change during it is seen by the next look
        library = self.backend.library
        there = sum(not document.problem for document in documents)
        drawn = draw_documents(
            documents, listing, view.picked, self._changed(shown, scope), view.sort, language,
            collection=scope.collection or "", editable=self.editable,
        )  # fmt: skip
        if not documents and self._is_building(scope):
            drawn = draw_note(message("being_read", language, name=name))
        slug = scope.collection or DEFAULT
        return {
            self.list: drawn,
            self.bin: draw_bin(library.removed(scope.collection), library.deleted(), language) if library else "",
            self.scopes: draw_scopes(collections, slug, list_scopes(documents, view.menu), within, language),
            self.chip: draw_chip(name, there, within, language),
            self.filter: gr.update(visible=len(documents) > FILTERED_FROM),
            self.menu_filter: gr.update(visible=there > FILTERED_FROM),
            self.scope: replace(scope, within=within or None),
            self.drawn: Drawn(sources, etag),
        }

    def _is_building(self, scope: Scope) -> bool:
        try:
            return self.backend.library is not None and self.backend.library.activity(scope.collection).running
        except QAError:
            return False

    def _etag(self, scope: Scope, sources: tuple[str, ...]) -> Etag | None:
        try:
            return self.backend.library.etag(scope.collection, sources) if self.backend.library is not None else None
        except QAError:  # the list shows it
            return None

    def _changed(self, shown: list[DocumentInfo], scope: Scope) -> dict[str, bool]:
        """The names of the documents whose file is not as indexed, each with whether the file still exists."""
        if self.backend.library is None:
            return {}
        try:
            index = self.backend.library.index(scope.collection)
        except QAError:
            return {}
        changed = {}
        for document in shown:
            if not document.problem and not index.verify_document(document.source):
                changed[document.source] = index.manifest.locate(document.source, index.roots).exists()
        return changed

    def _draw_activity(self, language: Language, scope: Scope, view: View) -> Updates:
        """The progress of the build, and the tasks of the files that this window added."""
        if self.backend.library is None:
            return {}
        try:
            activity = self.backend.library.activity(scope.collection)
        except QAError:  # the list shows it
            return {self.activity: "", self.timer: gr.update(active=False)}
        activity = replace(activity, tasks=tuple(task for task in activity.tasks if task.id in view.files))
        return {self.activity: draw_activity(activity, language), self.timer: gr.update(active=activity.running)}

    # -- handlers

    def show(self, language: Language, scope: Scope, view: View) -> Updates:
        """Draw everything when the page has loaded or its language has changed."""
        try:
            self._info(scope)
        except QAError:  # the collection was deleted
            scope, view = Scope(), view.anew()
        return self.draw(language, scope, view)

    def look(self, language: Language, scope: Scope, view: View, revision: int) -> Updates:
        """Update the progress of the build, and when it has ended the rest."""
        if self._is_building(scope):
            return self._draw_activity(language, scope, view)
        return {**self._redraw(language, scope, view), self.revision: revision + 1}

    def look_again(self, language: Language, scope: Scope, view: View, drawn: Drawn | None, revision: int) -> Updates:
        """Draw the list again if the index or a file of a document on it has changed since it was `drawn`."""
        library = self.backend.library
        try:
            if library is None or drawn is None or library.etag(scope.collection, drawn.sources) == drawn.etag:
                return {self.drawn: drawn}
            return {**self._redraw(language, scope, view), self.revision: revision + 1}
        except QAError as error:
            return {self.drawn: drawn, **self._tell(error, language)}

    def add(self, files: list[str] | None, language: Language, scope: Scope, view: View, revision: int) -> Updates:
        """Add the files that were dropped or chosen; finished tasks of earlier ones leave the page."""
        library = self.backend.library
        assert library is not None
        try:
            tasks = library.add([(path, os.path.basename(path)) for path in files or ()], scope.collection)
            view = replace(view, files=(*library.unfinished(view.files), *(task.id for task in tasks)))
        except QAError as error:
            return {self.files: None, **self._tell(error, language)}
        finally:
            for path in files or ():
                _discard(path)
        return {
            self.files: None, self.note: "", self.view: view, **self._draw_activity(language, scope, view),
            self.timer: gr.update(active=True), self.revision: revision + 1,
        }  # fmt: skip

    def narrow(self, wanted: str, language: Language, scope: Scope, view: View) -> Updates:
        """Filter the list by name."""
        view = replace(view, wanted=wanted, page=0)
        return {self.view: view, **_without(self._redraw(language, scope, view), self.filter)}

    def narrow_menu(self, menu: str, language: Language, scope: Scope, view: View) -> Updates:
        """Filter the chip's menu by name."""
        view = replace(view, menu=menu)
        return {self.view: view, **_without(self._redraw(language, scope, view), self.menu_filter)}

    def act(self, event: gr.EventData, language: Language, scope: Scope, view: View, revision: int) -> Updates:
        """Do the action of a button or check box."""
        do, token = (str(event._data.get(name, "")) for name in ("do", "id"))
        try:
            return self._act(do, token, language, scope, view, revision)
        except QAError as error:
            return self._tell(error, language)

    def _act(self, do: str, token: str, language: Language, scope: Scope, view: View, revision: int) -> Updates:
        library = self.backend.library
        if do == "pick":
            scope = replace(scope, within=tuple(sorted({*(scope.within or ())} ^ {token})) or None)
        elif do == "all":
            scope = replace(scope, within=None)
        elif do == "ask_chosen":
            scope, view = replace(scope, within=view.picked or None), replace(view, picked=())
        elif do == "tick":
            view = replace(view, picked=tuple(sorted({*view.picked} ^ {token})))
        elif do == "page":
            view = replace(view, page=int(token) if token.isdecimal() else 0)
        elif do == "sort" and token.lstrip("-") in COLUMNS:
            view = replace(view, sort=token, page=0)
        elif do == "collection":
            scope, view = Scope(None if token in ("", DEFAULT) else token), view.anew()
            self._info(scope)
            return {self.view: view, **self._redraw(language, scope, view), self.note: "", self.revision: revision + 1}
        elif do == "dismiss" and library is not None:
            view = replace(view, files=library.unfinished(view.files))
            return {self.view: view, **self._draw_activity(language, scope, view)}
        elif library is not None:
            return self._change(do, token, language, scope, view, revision)
        return {self.view: view, **self._redraw(language, scope, view)}

    def _change(self, do: str, token: str, language: Language, scope: Scope, view: View, revision: int) -> Updates:
        library = self.backend.library
        assert library is not None
        note = ""
        if do in ("remove", "remove_picked"):
            names = [token] if do == "remove" else list(view.picked)
            ids = library.remove(names, scope.collection)
            view = replace(view, picked=tuple(name for name in view.picked if name not in names))
            told = _counted("removed", [title_of(name) for name in names], language)
            note = draw_note(told, undo="put_back", token=",".join(ids), language=language)
        elif do == "put_back":
            back = library.put_back(token.split(","), scope.collection)
            note = draw_note(_counted("put_back", [title_of(name) for name in back], language))
        elif do == "update":
            library.refresh(scope.collection)
        elif do == "stop":
            library.cancel(scope.collection)
        elif do == "delete_collection":
            info = self._info(scope)
            restore = library.delete(info.slug)
            told = message("collection_gone", language, name=collection_name(info, language))
            note = draw_note(told, undo="restore", token=restore, language=language)
            scope, view = Scope(), view.anew()
        elif do == "restore":
            scope, view = Scope(library.restore_collection(token)), view.anew()
        elif do != "cancel":
            return {self.note: ""}
        return {self.view: view, **self._redraw(language, scope, view), self.note: note, self.revision: revision + 1}

    def make_collection(self, name: str, language: Language, view: View, revision: int) -> Updates:
        """Create a collection and choose it."""
        assert self.backend.library is not None
        try:
            scope = Scope(self.backend.library.create(name))
            return self._after_managing("collection_made", scope, language, view, revision)
        except QAError as error:
            return self._tell(error, language)

    def rename_collection(self, name: str, language: Language, scope: Scope, view: View, revision: int) -> Updates:
        """Rename the chosen collection."""
        assert self.backend.library is not None
        try:
            self.backend.library.rename(scope.collection or DEFAULT, name)
            return self._after_managing("collection_renamed", scope, language, view, revision)
        except QAError as error:
            return self._tell(error, language)

    def _after_managing(self, key: str, scope: Scope, language: Language, view: View, revision: int) -> Updates:
        told = message(key, language, name=collection_name(self._info(scope), language))
        view = view.anew()
        drawn = self._redraw(language, scope, view)
        return {self.view: view, **drawn, self.name: "", self.note: draw_note(told), self.revision: revision + 1}

    def question_deleting(self, language: Language, scope: Scope) -> Updates:
        """Ask whether to delete the chosen collection."""
        try:
            info = self._info(scope)
        except QAError as error:
            return self._tell(error, language)
        if info.slug == DEFAULT:
            return {self.note: draw_note(message("first_stays", language), alert=True)}
        told = message("collection_sure", language, name=collection_name(info, language), documents=info.documents)
        return {self.note: draw_question(told, "delete_collection", info.slug, language)}

    def _info(self, scope: Scope) -> CollectionInfo:
        slug = scope.collection or DEFAULT
        for info in self.backend.collections():
            if info.slug == slug:
                return info
        raise QAError("collections.no_such_collection", slug)

    def _tell(self, error: QAError, language: Language) -> Updates:
        told = message("panel_trouble", language, reason=reason_of(error, language))
        return {self.note: draw_note(told, alert=True)}

    # -- events

    def wire(self, opened: Any) -> None:
        """Connect the components with the handlers; `opened` is the loading of the page, which sets the language."""
        state = [self.language, self.scope, self.view]
        every = [
            self.scope, self.view, self.drawn, self.revision, self.timer, self.shelves, self.files, self.activity, self.note,
            self.menu_filter, self.scopes, self.chip, self.title, self.filter, self.list, self.bin, self.manage, self.name,
            self.make, self.rename, self.delete,
        ]  # fmt: skip
        drawing: dict[str, Any] = {"fn": self.show, "inputs": state, "outputs": every, **PRIVATE}
        opened.then(**drawing)
        self.language.change(**drawing)
        self.timer.tick(self.look, [*state, self.revision], every, **PRIVATE)
        self.list.look(self.look_again, [*state, self.drawn, self.revision], every, **PRIVATE)
        self.files.upload(self.add, [self.files, *state, self.revision], every, **PRIVATE)
        self.filter.change(self.narrow, [self.filter, *state], every, trigger_mode="always_last", **PRIVATE)
        self.menu_filter.change(self.narrow_menu, [self.menu_filter, *state], every, trigger_mode="always_last", **PRIVATE)
        for drawn in (self.shelves, self.list, self.bin, self.note, self.activity, self.scopes, self.chip):
            drawn.act(self.act, [*state, self.revision], every, **PRIVATE)
        making = [self.name, self.language, self.view, self.revision]
        gr.on([self.make.click, self.name.submit], self.make_collection, making, every, **PRIVATE)
        self.rename.click(self.rename_collection, [self.name, *state, self.revision], every, **PRIVATE)
        self.delete.click(self.question_deleting, [self.language, self.scope], self.note, **PRIVATE)


def _counted(key: str, names: list[str], language: Language) -> str:
    if len(names) == 1:
        return message(f"{key}_one", language, name=names[0])
    return message(f"{key}_many", language, count=len(names))


def _without(updates: Updates, component: Any) -> Updates:
    return {key: value for key, value in updates.items() if key is not component}


def _discard(path: str) -> None:
    """Delete an uploaded file once it is copied."""
    try:
        os.unlink(path)
    except OSError:
        return  # the upload folder is deleted with the process
