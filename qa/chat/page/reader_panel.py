"""The reader: a dialog over the page that shows a document around a cited span."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from ...errors import Language, QAError
from ..drawing.reader import draw_page, draw_text, draw_trouble
from ..state.backend import Backend
from ..state.document_reader import DocumentReader, Window, draw_page_of, is_paged, passage_at
from .events import PRIVATE, Updates

REQUEST_LIMIT = 10_000  # characters of a request to open a document
SPAN_LIMIT = 20_000  # characters of the span in it
_CLICKS = "qaPanels.reader(element, trigger, watch, 'act')"  # Gradio finds the names of events by searching the text


@dataclass(frozen=True, slots=True)
class Reading:
    """An open document: the cited span [start, end), and what is shown of the document.

    That is the span `shown` of its text, or its page `page`, from 1 (0: the page of the cited span). `as_text` is True once the
    reader has chosen text instead of pages. `collection` is a slug, "" for the first.
    """

    collection: str
    source: str
    start: int
    end: int
    shown: tuple[int, int] = (0, 0)
    page: int = 0
    as_text: bool = False

    @property
    def place(self) -> str:
        """A name of the cited span, by which the dialog in the browser knows whether it still shows the same one."""
        return json.dumps([self.collection, self.source, self.start, self.end])


class ReaderPanel:
    """The dialog. A click on an element with `data-do="open"` opens it; `data-request` has the span to show, as JSON."""

    def __init__(self, backend: Backend, language: gr.State) -> None:
        self.backend = backend
        self.documents = DocumentReader()
        self.reading = gr.State(None)
        self.view = gr.HTML(elem_id="reader", js_on_load=_CLICKS)
        # One after another, and none dropped while another runs, so that closing and opening quickly leaves the dialog open.
        in_turn: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": 1}
        self.view.act(self.act, [self.reading, language], [self.reading, self.view], **in_turn, **PRIVATE)

    def act(self, event: gr.EventData, reading: Reading | None, language: Language) -> Updates:
        """Do the action of a button in the dialog, or of one that opens it."""
        do, token = (str(event._data.get(name, "")) for name in ("do", "id"))
        if do == "open":
            reading = parse_request(event._data.get("request"))
        if reading is None or do == "close":
            return {self.reading: None, self.view: ""}
        if do in ("page_back", "page_on"):
            reading = replace(reading, page=int(token) if token.isdecimal() else 0)
        elif do in ("show_text", "show_page"):
            reading = replace(reading, as_text=do == "show_text", page=0)
        elif do in ("earlier", "later"):
            return self._draw_more(reading, language, before=do == "earlier")
        return self._draw(reading, language)

    def _draw(self, reading: Reading, language: Language) -> Updates:
        try:
            index = self.backend.index(reading.collection or None)
            passage = passage_at(index, reading.source, reading.start)
            paged, trouble = is_paged(passage), None
            if paged and not reading.as_text:
                try:
                    picture = draw_page_of(index, reading.source, reading.start, reading.end, reading.page)
                    quote = passage.text[max(reading.start - passage.start, 0) : reading.end - passage.start]
                    drawn = draw_page(picture, reading.source, quote, language, reading.place)
                    return {self.reading: reading, self.view: drawn}
                except QAError as error:
                    trouble = error
            window = self.documents.around(index, reading.source, reading.start, reading.end)
            return self._draw_window(window, reading, language, paged=paged, trouble=trouble)
        except QAError as error:
            return {self.reading: reading, self.view: draw_trouble(reading.source, error, language)}

    def _draw_more(self, reading: Reading, language: Language, *, before: bool) -> Updates:
        try:
            index = self.backend.index(reading.collection or None)
            marked = ((reading.start, reading.end),)
            window = self.documents.more(
                index, self.documents.window(index, reading.source, *reading.shown, marked), marked, before=before
            )
            paged = is_paged(passage_at(index, reading.source, reading.start))
            return self._draw_window(window, reading, language, paged=paged)
        except QAError as error:
            return {self.reading: reading, self.view: draw_trouble(reading.source, error, language)}

    def _draw_window(
        self, window: Window, reading: Reading, language: Language, *, paged: bool, trouble: QAError | None = None
    ) -> Updates:
        shown = replace(reading, shown=(window.start, window.end), as_text=True)
        paged = paged and window.condition == "as indexed"
        return {self.reading: shown, self.view: draw_text(window, language, reading.place, paged=paged, trouble=trouble)}


def build_reader_panel(backend: Backend, language: gr.State) -> ReaderPanel:
    """Create the reader at this place of the page's layout; `language` is the page's state."""
    return ReaderPanel(backend, language)


def parse_request(request: object) -> Reading | None:
    """The document and span in a request to open one (JSON with collection, source, start, end); None when it is malformed."""
    if not isinstance(request, str) or len(request) > REQUEST_LIMIT:
        return None
    try:
        asked = json.loads(request)
        collection, source, start, end = asked.get("collection"), asked["source"], asked["start"], asked["end"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if type(start) is not int or type(end) is not int or not 0 <= start <= end <= start + SPAN_LIMIT:
        return None
    if not isinstance(source, str) or not (collection is None or isinstance(collection, str)):
        return None
    return Reading(collection or "", source, start, end)
