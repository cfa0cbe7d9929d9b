"""The components of the page and their arrangement: the rail at the left, the middle, the sources at the right."""

from __future__ import annotations

import gradio as gr

from ...service.backend import Backend
from ..state.settings import CAUTIONS, PASSAGE_COUNTS, THEMES
from .documents_panel import DocumentsPanel
from .reader_panel import ReaderPanel

# Gradio finds the names of an element's events by searching the text of its script
_TURNS = "qa.pass(element, trigger, watch, ['ask', 'undo', 'edit', 'rate', 'samples'])"
_NOTE = "qa.note(element, trigger, watch, ['cancel', 'restore_talk'])"
_PAST = "qa.pass(element, trigger, watch, ['resume', 'rename', 'delete'])"
_FOOT = "qa.pass(element, trigger, watch, ['switch', 'export'])"
_HEADING = "watch('value', () => qa.setLanguage(element))"
_KEPT = "watch('value', () => qa.keep(props.value))"
_CHOSEN = "watch('value', () => qa.keepSettings(props.value))"


class Layout:
    """The components, as attributes. Labels and texts are set when the page is loaded, in the reader's language."""

    def __init__(self, backend: Backend) -> None:
        self.language, self.talk, self.earlier = gr.State("zh"), gr.State(None), gr.State(None)
        self.deleted = gr.State(None)  # the conversation deleted last
        self.editing = gr.State(None)  # while the last question is edited: what had been typed before
        self.drawn = gr.State("zh")  # the language in which the conversation was last drawn
        # JSON for the browser to store (conversations, settings), and what it had stored when the page was loaded. Not
        # `gr.BrowserState`, which the browser copies whole at every message from the server and encrypts at every answer.
        self.kept, self.chosen = (gr.HTML(html_template="", visible="hidden", js_on_load=store) for store in (_KEPT, _CHOSEN))
        self.stored = gr.JSON(visible=False)
        self.exported = gr.JSON(visible=False)
        with gr.Column(elem_id="page"):
            self.documents = DocumentsPanel(backend, self.language)
            with gr.Column(elem_id="rail"):
                self.heading = gr.HTML(elem_id="heading", js_on_load=_HEADING)
                self.new = gr.Button("", elem_id="new")
                self.past = gr.HTML(elem_id="past", js_on_load=_PAST)
                self.documents.lay_out_collections()
                self.foot = gr.HTML(elem_id="foot", js_on_load=_FOOT)
            with gr.Column(elem_id="main"):
                self.top = gr.HTML(elem_id="top")
                self.documents.lay_out_activity()
                with gr.Column(elem_id="talk"):
                    self._lay_out_conversation()
                self.documents.lay_out_library()
                with gr.Column(elem_id="options"):
                    self.options = gr.HTML(elem_id="options-head")
                    self.k = gr.Radio(PASSAGE_COUNTS, elem_id="set-k")
                    self.caution = gr.Radio(tuple(CAUTIONS), elem_id="set-caution")
                    self.tongue = gr.Radio(("", "zh", "en"), elem_id="set-language")
                    self.theme = gr.Radio(THEMES, elem_id="set-theme", interactive=True)  # of no event: keep.js hears it
            with gr.Column(elem_id="side"):
                self.panel = gr.HTML(elem_id="cards")
                self.reader = ReaderPanel(backend, self.language)

    def _lay_out_conversation(self) -> None:
        # `start` is apart from the turns: it is drawn when model or documents are ready, maybe while a question is answered.
        with gr.Column(elem_id="conversation"):
            self.start = gr.HTML(elem_id="start", js_on_load=_TURNS)
            self.conversation = gr.HTML(elem_id="turns", js_on_load=_TURNS)
            self.summary = gr.HTML(elem_id="summary")
            self.further = gr.HTML(elem_id="further", js_on_load=_TURNS)
        self.said = gr.HTML(elem_id="said")
        with gr.Column(elem_id="asking"):
            self.status = gr.HTML(elem_id="status")
            self.note = gr.HTML(elem_id="note", js_on_load=_NOTE)
            self.documents.lay_out_scope()
            self.box = gr.Textbox(
                elem_id="question", show_label=False, lines=1, max_lines=6, submit_btn=True, autofocus=True, container=False
            )
