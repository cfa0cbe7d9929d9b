"""The synonyms of a collection on the page: shown when they are unfolded, saved whole or not at all."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from ...errors import Language, QAError
from ...text.synonyms import count_groups
from ..drawing.activity import reason_of
from ..drawing.documents import draw_note
from ..state.backend import Backend, Scope
from ..texts.messages import message
from .events import PRIVATE, Updates

PROBLEMS_SHOWN = 20  # lines


class SynonymsPanel:
    """A fold with a field for them, a line a group, and a button. `was` is the text that the field was filled with."""

    def __init__(self, backend: Backend, language: gr.State, scope: gr.State) -> None:
        self.backend = backend
        self.was = gr.State("")
        with gr.Accordion("", open=False, elem_id="synonyms", visible=backend.library is not None) as self.fold:
            self.field = gr.Textbox(elem_id="synonyms-text", lines=6, max_lines=16)
            self.save = gr.Button("", size="sm", elem_id="synonyms-save", min_width=0)
            self.note = gr.HTML(elem_id="synonyms-note")
        shown = [self.was, self.field, self.save, self.note]
        self.fold.expand(self.show, [language, scope], shown, **PRIVATE)
        self.save.click(self.keep, [self.field, self.was, language, scope], shown, **PRIVATE)

    def draw(self, language: Language) -> Updates:
        """The labels, in `language`; the fold is closed, since what it shows may be another collection's."""
        return {
            self.fold: gr.update(label=message("synonyms", language), open=False),
            self.field: gr.update(
                label=message("synonyms", language),
                info=message("synonyms_help", language),
                placeholder=message("synonyms_example", language),
            ),
            self.save: message("synonyms_save", language),
        }

    def show(self, language: Language, scope: Scope) -> Updates:
        """Fill the field with what the file has now."""
        assert self.backend.library is not None
        try:
            text = self.backend.library.synonyms(scope.collection)
        except QAError as error:
            return {self.field: gr.update(visible=False), self.save: gr.update(visible=False), **self._tell(error, language)}
        shown = gr.update(value=text, visible=True)
        return {self.was: text, self.field: shown, self.save: gr.update(visible=True), self.note: ""}

    def keep(self, text: Any, was: str | None, language: Language, scope: Scope) -> Updates:
        """Save what is in the field, or say by line what is wrong with it."""
        assert self.backend.library is not None
        try:
            problems = self.backend.library.set_synonyms(str(text or ""), was or "", scope.collection)
            kept = self.backend.library.synonyms(scope.collection)
        except QAError as error:
            return self._tell(error, language)
        if problems:
            told = [escape(problem.told(language)) for problem in problems[:PROBLEMS_SHOWN]]
            if more := len(problems) - len(told):
                told.append(escape(message("synonyms_more", language, count=more)))
            listed = "".join(f"<li>{one}</li>" for one in told)
            return {self.note: f'<div role="alert"><p>{escape(message("synonyms_wrong", language))}</p><ul>{listed}</ul></div>'}
        saved = message("synonyms_saved", language, count=count_groups(kept))
        return {self.was: kept, self.field: kept, self.note: draw_note(saved)}

    def _tell(self, error: QAError, language: Language) -> Updates:
        return {self.note: draw_note(message("panel_trouble", language, reason=reason_of(error, language)), alert=True)}
