"""The documents panel: collections, adding and removing documents, and choosing which documents a question searches."""

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
from ..drawing.documents import (
    collection_choices,
    collection_name,
    draw_activity,
    draw_documents,
    draw_note,
    draw_question,
    list_documents,
    size_in_words,
    still_there,
)
from ..state.backend import Backend, Scope
from ..texts.messages import message
from .events import PRIVATE, Updates

FILTERED_FROM = 10  # a longer list has a filter
_TICK = 0.6  # seconds between two updates of a running build's progress
_CLICKS = "qaPanels.pass(element, trigger, watch, 'act')"  # Gradio finds the names of events by searching the text
_NOTE = "qaPanels.note(element, trigger, watch, 'act')"
_LOOKS = f"{_CLICKS}; qaPanels.look(trigger, 'look')"


@dataclass(frozen=True, slots=True)
class View:
    """The state of the panel in one browser window.

    `wanted` is the filter's text, `page` the page of the list, from 0, `files` the ids of the tasks of files added here.
    """

    wanted: str = ""
    page: int = 0
    files: tuple[str, ...] = ()

    def anew(self) -> View:
        """The view for another collection: the files stay, filter and page do not."""
        return View(files=self.files)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the list was drawn from: the names of the documents on it, and the library's etag for them."""

    sources: tuple[str, ...] = ()
    etag: Etag | None = None


class DocumentsPanel:
    """The panel's components and handlers. Questions search `scope`; `revision` changes whenever the documents may have changed.

    One class of over 300 lines, since each handler returns new values for most of the components.
    """

    def __init__(self, backend: Backend, language: gr.State) -> None:
        self.backend = backend
        self.editable = backend.library is not None
        self.language = language
        self.scope, self.revision = gr.State(Scope()), gr.State(0)
        self.view = gr.State(View())
        self.drawn = gr.State(None)  # None before the first drawing, and in a lost session
        self.collection = gr.Dropdown([], elem_id="collection", filterable=False, visible=self.editable)
        self.files = gr.File(file_count="multiple", elem_id="add-files", height=96, visible=self.editable)
        self.activity = gr.HTML(elem_id="activity", js_on_load=_CLICKS)
        self.note = gr.HTML(elem_id="documents-note", js_on_load=_NOTE)
        self.filter = gr.Textbox(elem_id="filter-documents", max_lines=1, visible=False)
        self.list = gr.HTML(elem_id="documents-list", js_on_load=_LOOKS)
        with gr.Accordion("", open=False, elem_id="manage", visible=self.editable) as self.manage:
            self.name = gr.Textbox(elem_id="collection-name", max_lines=1)
            with gr.Row():
                self.make = gr.Button("", size="sm", elem_id="collection-new", min_width=0)
                self.rename = gr.Button("", size="sm", elem_id="collection-rename", min_width=0)
                self.delete = gr.Button("", size="sm", elem_id="collection-delete", min_width=0)
        self.timer = gr.Timer(_TICK, active=False)
        self._wire()

    # -- drawing

    def draw(self, language: Language, scope: Scope, view: View) -> Updates:
        """New values of all components, in `language`."""
        return {
            self.files: gr.update(label=message("add_files", language, limit=size_in_words(largest_file()))),
            self.manage: gr.update(label=message("manage_collections", language)),
            self.name: gr.update(label=message("collection_name", language)),
            self.make: message("collection_new", language),
            self.rename: message("collection_rename", language),
            self.delete: message("collection_delete", language),
            self.note: "",
            **self._draw_collections(language, scope),
            **self._draw_list(language, scope, view),
            **self._draw_activity(language, scope, view),
        }

    def _draw_collections(self, language: Language, scope: Scope) -> Updates:
        choices = collection_choices(self.backend.collections(), language)
        return {
            self.collection: gr.update(
                choices=choices, value=scope.collection or DEFAULT, label=message("collection", language),
                visible=self.editable and len(choices) > 1,
            )
        }  # fmt: skip

    def _draw_list(self, language: Language, scope: Scope, view: View) -> Updates:
        try:
            return self._draw_documents(language, scope, view)
        except QAError as error:
            return {**self._tell(error, language, self.list), self.scope: scope, self.drawn: Drawn((), self._etag(scope, ()))}

    def _draw_documents(self, language: Language, scope: Scope, view: View) -> Updates:
        documents = self.backend.documents(scope.collection)
        picked = still_there(scope.within or (), documents)
        scope = replace(scope, within=picked or None)
        listing = list_documents(documents, view.wanted, view.page)
        shown = [row for row in listing.rows if isinstance(row, DocumentInfo)]
        library = self.backend.library
        sources = tuple(row.source for row in shown)
        etag = self._etag(scope, sources)  # taken before drawing, so that a change during it is seen by the next look
        drawn = draw_documents(
            documents, listing, picked, self._changed(shown, scope), library.removed(scope.collection) if library else (),
            language, editable=self.editable,
        )  # fmt: skip
        there = sum(not document.problem for document in documents)
        named = gr.update(label=message("filter", language), visible=there > FILTERED_FROM)
        return {self.list: drawn, self.filter: named, self.scope: scope, self.drawn: Drawn(sources, etag)}

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
            if not index.verify_document(document.source):
                place = index.manifest.locate(document.source, index.roots)
                changed[document.source] = place.exists()
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
        """Draw the panel when the page has loaded or its language has changed."""
        try:
            self._info(scope)
        except QAError:  # the collection was deleted
            scope, view = Scope(), view.anew()
        return self.draw(language, scope, view)

    def look(self, language: Language, scope: Scope, view: View, revision: int) -> Updates:
        """Update the progress of the build, and when it has ended the list."""
        try:
            updates = self._draw_activity(language, scope, view)
            assert self.backend.library is not None
            if self.backend.library.activity(scope.collection).running:
                return updates
            return {
                **updates, **self._draw_list(language, scope, view), **self._draw_collections(language, scope),
                self.revision: revision + 1,
            }  # fmt: skip
        except QAError as error:
            return {self.timer: gr.update(active=False), **self._tell(error, language)}

    def look_again(self, language: Language, scope: Scope, view: View, drawn: Drawn | None, revision: int) -> Updates:
        """Draw the list again if the index or a file of a document on it has changed since it was `drawn`."""
        library = self.backend.library
        try:
            if library is None or drawn is None or library.etag(scope.collection, drawn.sources) == drawn.etag:
                return {self.drawn: drawn}
            return {
                **self._draw_list(language, scope, view), **self._draw_collections(language, scope),
                **self._draw_activity(language, scope, view), self.revision: revision + 1,
            }  # fmt: skip
        except QAError as error:
            return {self.drawn: drawn, **self._tell(error, language)}

    def add(self, files: list[str] | None, language: Language, scope: Scope, view: View) -> Updates:
        """Add the files that were dropped or chosen; finished tasks of earlier ones leave the panel."""
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
            self.timer: gr.update(active=True),
        }  # fmt: skip

    def choose_collection(self, slug: str, language: Language, view: View, revision: int) -> Updates:
        """Show and ask the collection `slug`."""
        scope, view = Scope(None if slug == DEFAULT else slug), view.anew()
        try:
            self._info(scope)
            drawn = {**self._draw_list(language, scope, view), **self._draw_activity(language, scope, view)}
        except QAError as error:
            return self._tell(error, language)
        return {self.scope: scope, self.view: view, self.note: "", self.filter: gr.update(value=""), **drawn,
                self.revision: revision + 1}  # fmt: skip

    def narrow(self, wanted: str, language: Language, scope: Scope, view: View) -> Updates:
        """Filter the list by name."""
        view = replace(view, wanted=wanted, page=0)
        return {self.view: view, **_without(self._draw_list(language, scope, view), self.filter)}

    def act(self, event: gr.EventData, language: Language, scope: Scope, view: View, revision: int) -> Updates:
        """Do the action of a button or check box in the list, the activity or the note."""
        do, token = (str(event._data.get(name, "")) for name in ("do", "id"))
        try:
            return self._act(do, token, language, scope, view, revision)
        except QAError as error:
            return self._tell(error, language)

    def _act(self, do: str, token: str, language: Language, scope: Scope, view: View, revision: int) -> Updates:
        picked = set(scope.within or ())
        if do == "pick":
            scope = replace(scope, within=tuple(sorted(picked ^ {token})) or None)
        elif do == "all":
            scope = replace(scope, within=None)
        elif do == "page":
            view = replace(view, page=int(token) if token.isdecimal() else 0)
        elif do == "dismiss" and self.backend.library is not None:
            view = replace(view, files=self.backend.library.unfinished(view.files))
            return {self.view: view, **self._draw_activity(language, scope, view)}
        elif self.backend.library is not None:
            return self._change(do, token, language, scope, view, revision)
        return {self.view: view, **_without(self._draw_list(language, scope, view), self.filter)}

    def _change(self, do: str, token: str, language: Language, scope: Scope, view: View, revision: int) -> Updates:
        library = self.backend.library
        assert library is not None
        note = ""
        if do in ("remove", "remove_picked"):
            names = [token] if do == "remove" else self._documents_in(scope)
            ids = library.remove(names, scope.collection)
            one = len(names) == 1
            told = message("removed_one", language, name=names[0]) if one else message("removed_many", language, count=len(names))
            note = draw_note(told, undo="put_back", token=",".join(ids), language=language)
        elif do == "put_back":
            back = library.put_back(token.split(","), scope.collection)
            one = len(back) == 1
            told = message("put_back_one", language, name=back[0]) if one else message("put_back_many", language, count=len(back))
            note = draw_note(told)
        elif do == "update":
            library.refresh(scope.collection)
        elif do == "delete_collection":
            info = self._info(scope)
            restore = library.delete(info.slug)
            note = draw_note(
                message("collection_gone", language, name=collection_name(info, language)),
                undo="restore", token=restore, language=language,
            )  # fmt: skip
            scope, view = Scope(), view.anew()
        elif do == "restore":
            scope, view = Scope(library.restore_collection(token)), view.anew()
        elif do != "cancel":
            return {self.note: ""}
        return {
            self.view: view, **self._draw_list(language, scope, view), **self._draw_collections(language, scope),
            **self._draw_activity(language, scope, view), self.note: note, self.revision: revision + 1,
        }  # fmt: skip

    def _documents_in(self, scope: Scope) -> list[str]:
        """The names of the documents that are ticked, themselves or by a folder."""
        picked = scope.within or ()
        return [
            document.source
            for document in self.backend.documents(scope.collection)
            if any(document.source == name or document.source.startswith(f"{name}/") for name in picked)
        ]

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
        view = view.anew()
        told = message(key, language, name=collection_name(self._info(scope), language))
        return {
            self.name: "", self.view: view, **self._draw_collections(language, scope), **self._draw_list(language, scope, view),
            **self._draw_activity(language, scope, view), self.note: draw_note(told), self.revision: revision + 1,
        }  # fmt: skip

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

    def _tell(self, error: QAError, language: Language, where: Any = None) -> Updates:
        return {where or self.note: draw_note(message("panel_trouble", language, reason=error.told(language)), alert=True)}

    # -- events

    def draw_after(self, event: Any) -> None:
        """Draw the panel after `event`, the loading of the page, which sets the language."""
        event.then(**self._drawing)

    def _wire(self) -> None:
        state = [self.language, self.scope, self.view]
        listed = [self.list, self.filter, self.scope, self.view, self.drawn]
        changed = [*listed, self.collection, self.activity, self.timer, self.note, self.revision]
        everything = [*changed, self.files, self.manage, self.name, self.make, self.rename, self.delete]
        self._drawing: dict[str, Any] = {"fn": self.show, "inputs": state, "outputs": everything, **PRIVATE}
        self.language.change(**self._drawing)
        self.timer.tick(self.look, [*state, self.revision], changed, **PRIVATE)
        self.list.look(self.look_again, [*state, self.drawn, self.revision], changed, **PRIVATE)
        self.files.upload(self.add, [self.files, *state], everything, **PRIVATE)
        self.collection.input(
            self.choose_collection, [self.collection, self.language, self.view, self.revision], changed, **PRIVATE
        )
        self.filter.change(self.narrow, [self.filter, *state], listed, trigger_mode="always_last", **PRIVATE)
        for drawn in (self.list, self.note, self.activity):
            drawn.act(self.act, [*state, self.revision], changed, **PRIVATE)
        gr.on(
            [self.make.click, self.name.submit], self.make_collection, [self.name, self.language, self.view, self.revision],
            [*changed, self.name], **PRIVATE,
        )  # fmt: skip
        self.rename.click(self.rename_collection, [self.name, *state, self.revision], [*changed, self.name], **PRIVATE)
        self.delete.click(self.question_deleting, [self.language, self.scope], self.note, **PRIVATE)


def build_documents_panel(backend: Backend, language: gr.State) -> DocumentsPanel:
    """Create the panel at this place of the page's layout; `language` is the page's state."""
    return DocumentsPanel(backend, language)


def _without(updates: Updates, component: Any) -> Updates:
    return {key: value for key, value in updates.items() if key is not component}


def _discard(path: str) -> None:
    """Delete an uploaded file once it is copied."""
    try:
        os.unlink(path)
    except OSError:
        return  # the upload folder is deleted with the process
