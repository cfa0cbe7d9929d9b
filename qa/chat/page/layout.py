"""The components of the page and their arrangement."""

from __future__ import annotations

import gradio as gr

from ..state.backend import Backend
from ..state.settings import CAUTIONS, PASSAGE_COUNTS, THEMES
from .documents_panel import build_documents_panel
from .reader_panel import build_reader_panel

_CLICKS = "qa.pass(element, trigger, watch, ['ask', 'plain', 'retry', 'undo', 'edit', 'rate', 'cancel', 'resume', 'delete'])"


class Layout:
    """The components, as attributes. Labels and texts are set when the page is loaded, in the reader's language."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.language, self.talk, self.earlier = gr.State("zh"), gr.State(None), gr.State(None)
        self.editing = gr.State(False)
        self.drawn = gr.State("zh")  # the language in which the conversation was last drawn
        # JSON for the browser to store (conversations, settings), and what it had stored when the page was loaded. Not
        # `gr.BrowserState`, which the browser copies whole at every message from the server and encrypts at every answer.
        self.kept, self.chosen = gr.Textbox(visible=False), gr.Textbox(visible=False)
        self.stored = gr.JSON(visible=False)
        with gr.Column(elem_id="page"):
            with gr.Row(elem_id="head"):
                self.heading = gr.HTML(elem_id="heading")
                with gr.Row(elem_id="tools"):
                    self.new = gr.Button("", size="sm", elem_id="clear", scale=0, min_width=0)
                    self.switch = gr.Button("", size="sm", elem_id="switch", scale=0, min_width=0)
            with gr.Row(elem_id="body"):
                with gr.Column(elem_id="talk", scale=3, min_width=300):
                    self._lay_out_conversation()
                with gr.Column(elem_id="side", scale=2, min_width=300), gr.Tabs(selected="sources") as self.tabs:
                    self._lay_out_side()
            build_reader_panel(backend, self.language)

    def _lay_out_conversation(self) -> None:
        # `start` is apart from the turns: it is drawn when model or documents are ready, maybe while a question is answered.
        with gr.Column(elem_id="conversation"):
            self.start = gr.HTML(elem_id="start", js_on_load=_CLICKS)
            self.conversation = gr.HTML(elem_id="turns", js_on_load=_CLICKS)
        self.said = gr.HTML(elem_id="said")
        with gr.Column(elem_id="asking"):
            self.status = gr.HTML(elem_id="status")
            self.note = gr.HTML(elem_id="note", js_on_load=_CLICKS)
            self.box = gr.Textbox(
                elem_id="question", show_label=False, lines=1, max_lines=6, submit_btn=True, autofocus=True, container=False
            )

    def _lay_out_side(self) -> None:
        sources = gr.Tab("", id="sources", elem_id="tab-sources", render_children=True)
        with sources as self.tab_sources, gr.Column(elem_id="panel"):
            self.contents = gr.HTML(elem_id="contents")
            self.panel = gr.HTML(elem_id="cards")
        with gr.Tab("", id="documents", elem_id="tab-documents", render_children=True) as self.tab_documents:
            self.documents = build_documents_panel(self.backend, self.language)
        with gr.Tab("", id="history", elem_id="tab-history", render_children=True) as self.tab_history:
            with gr.Row(elem_id="export"):
                self.to_markdown = gr.Button("", size="sm", elem_id="export-markdown", scale=0, min_width=0)
                self.to_html = gr.Button("", size="sm", elem_id="export-html", scale=0, min_width=0)
            self.past = gr.HTML(elem_id="past", js_on_load=_CLICKS)
            self.exported = gr.Textbox(visible=False)
        with gr.Tab("", id="settings", elem_id="tab-settings", render_children=True) as self.tab_settings:
            self.k = gr.Radio(PASSAGE_COUNTS, elem_id="set-k")
            self.caution = gr.Radio(tuple(CAUTIONS), elem_id="set-caution")
            self.tongue = gr.Radio(("", "zh", "en"), elem_id="set-language")
            self.theme = gr.Radio(THEMES, elem_id="set-theme")
            self.settings_note = gr.HTML(elem_id="settings-note")
