"""The handlers for asking questions on the page, and for retrying, undoing, editing and rating turns."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr

from ...errors import Language
from ..drawing.conversation import answer_in_words, draw_conversation, draw_panel, draw_waiting
from ..state.backend import Backend, Scope
from ..state.feedback import Feedback
from ..state.history import Conversation
from ..state.settings import read_settings
from ..state.turns import SENT_LIMIT, Asking, Turns, objection, take_turn
from ..texts.messages import message
from .events import PRIVATE, Updates, alert, clicked, failure, in_session
from .layout import Layout
from .painter import Painter

_SHORTENED = f"(text, ...rest) => [text.slice(0, {SENT_LIMIT}), ...rest]"


class AskingHandlers:
    """Event handlers about questions. They return, or yield, new values by component.

    None is called `ask`, `search` or `documents`: Gradio reserves a handler's name even if it is private, and these names are for
    the endpoints for programs.
    """

    def __init__(self, ui: Layout, painter: Painter, backend: Backend, feedback: Feedback | None) -> None:
        self.ui = ui
        self.painter = painter
        self.backend = backend
        self.feedback = feedback

    def _pose(
        self, question: Any, talk: Conversation, before: Turns, history: Turns, language: Language, asking: Asking
    ) -> Iterator[Updates]:
        """Show the question at once below the turns `before`, then its answer; a follow-up is completed from `history`.

        `talk` is the conversation on the page, whose turns become `before` and the new one.
        """
        if problem := objection(question):
            yield {self.ui.note: alert(problem.told(language))}
            return
        question = question.strip()
        waiting = message("searching" if self.backend.loaded else "loading", language)
        shown = draw_waiting(before, question, waiting, language, self.painter.abilities)
        yield {self.ui.conversation: shown, self.ui.drawn: language, self.ui.note: "", self.ui.editing: False}
        turn = take_turn(self.backend, question, before[-1].number + 1 if before else 1, asking, history)
        told = talk.with_turns((*before, turn))
        yield {
            self.ui.panel: draw_panel(told.turns, language, self.painter.abilities),
            self.ui.tabs: gr.update(selected="sources"),
        }
        yield {
            self.ui.conversation: draw_conversation(told.turns, language, self.painter.abilities),
            self.ui.said: f"<p>{escape(answer_in_words(turn, language))}</p>",
            self.ui.talk: told,
        }

    @in_session
    def take_question(
        self, question: str, talk: Conversation, editing: bool, language: Language, k: int, caution: str, scope: Scope
    ) -> Iterator[Updates]:
        """Ask the question in the box; while `editing`, in the place of the last one."""
        before = talk.turns[:-1] if editing else talk.turns
        for update in self._pose(question, talk, before, before, language, _asking(k, caution, scope)):
            yield update | ({self.ui.box: ""} if self.ui.editing in update else {})  # a refused question stays in the box

    @in_session
    def take_example(
        self, event: gr.EventData, talk: Conversation, language: Language, k: int, caution: str, scope: Scope
    ) -> Iterator[Updates]:
        """Ask the example that was clicked."""
        yield from self._pose(clicked(event, "question"), talk, talk.turns, talk.turns, language, _asking(k, caution, scope))

    @in_session
    def take_plain(
        self, event: gr.EventData, talk: Conversation, language: Language, k: int, caution: str, scope: Scope
    ) -> Iterator[Updates]:
        """Ask a completed follow-up again as it was typed; in the place of its turn if that is the last."""
        turn = next((turn for turn in talk.turns if str(turn.number) == clicked(event, "turn")), None)
        if turn is not None:
            before = talk.turns[:-1] if turn is talk.turns[-1] else talk.turns
            yield from self._pose(turn.question, talk, before, (), language, _asking(k, caution, scope))

    @in_session
    def take_again(self, talk: Conversation, language: Language, k: int, caution: str, scope: Scope) -> Iterator[Updates]:
        """Ask the last question again, in its place."""
        if talk.turns:
            before = talk.turns[:-1]
            yield from self._pose(talk.turns[-1].question, talk, before, before, language, _asking(k, caution, scope))

    @in_session
    def take_back(self, talk: Conversation, language: Language) -> Updates:
        """Remove the last turn."""
        shorter = talk.with_turns(talk.turns[:-1]) if talk.turns else talk
        return {self.ui.talk: shorter, self.ui.note: "", self.ui.editing: False, **self.painter.draw(shorter, language)}

    @in_session
    def edit(self, talk: Conversation, language: Language) -> Updates:
        """Put the last question into the box, to be changed."""
        if not talk.turns:
            return {self.ui.note: ""}
        cancel = f'<button type="button" data-do="cancel">{escape(message("cancel", language))}</button>'
        hint = f'<p role="status">{escape(message("editing", language))} {cancel}</p>'
        return {self.ui.box: talk.turns[-1].question, self.ui.note: hint, self.ui.editing: True}

    def cancel_edit(self) -> Updates:
        """End editing; the last turn stays as it is."""
        return {self.ui.box: "", self.ui.note: "", self.ui.editing: False}

    @in_session
    def rate(self, event: gr.EventData, talk: Conversation, language: Language) -> Updates:
        """Store the rating of a turn; a second click on the same button removes it."""
        number = clicked(event, "turn")
        turn = next((turn for turn in talk.turns if str(turn.number) == number), None)
        if self.feedback is None or turn is None or (rated := turn.rated(clicked(event, "rating"))) is turn:
            return {self.ui.note: ""}
        try:
            self.feedback.keep(f"{talk.id}-{number}", rated)
        except OSError as error:
            return {self.ui.note: failure(self.feedback.file, error, language)}
        told = talk.with_turns(tuple(rated if one is turn else one for one in talk.turns))
        return {
            self.ui.talk: told,
            self.ui.conversation: draw_conversation(told.turns, language, self.painter.abilities),
            self.ui.drawn: language,
            self.ui.said: f"<p>{escape(message('rated', language))}</p>",
        }

    def wire(self) -> tuple[list[Any], list[Any]]:
        """Connect the components with the handlers; return the events that ask a question, and all that change the turns."""
        ui = self.ui
        outcome = [ui.box, ui.note, ui.said, ui.talk, ui.editing, ui.tabs, ui.conversation, ui.panel, ui.drawn]
        how = [ui.language, ui.k, ui.caution, ui.documents.scope]
        answering: dict[str, Any] = {"outputs": outcome, "concurrency_id": "ask", "concurrency_limit": 4, **PRIVATE}
        asked: list[Any] = [
            ui.box.submit(self.take_question, [ui.box, ui.talk, ui.editing, *how], js=_SHORTENED, **answering),
            ui.start.ask(self.take_example, [ui.talk, *how], **answering),
            ui.conversation.plain(self.take_plain, [ui.talk, *how], **answering),
            ui.conversation.retry(self.take_again, [ui.talk, *how], **answering),
        ]
        for event in asked:
            event.then(None, js="() => qa.showNewest()", **PRIVATE)
        for event in (
            ui.conversation.edit(self.edit, [ui.talk, ui.language], outcome, **PRIVATE),
            ui.note.cancel(self.cancel_edit, None, outcome, **PRIVATE),
        ):
            event.then(None, js="() => qa.type()", **PRIVATE)
        undone = ui.conversation.undo(self.take_back, [ui.talk, ui.language], outcome, **PRIVATE)
        rated = ui.conversation.rate(self.rate, [ui.talk, ui.language], outcome, **PRIVATE)
        return asked, [*asked, undone, rated]


def _asking(k: Any, caution: Any, scope: Scope) -> Asking:
    settings = read_settings({"k": k, "caution": caution})
    return Asking(settings.k, settings.threshold, scope.within, scope.collection or "")
