"""The handlers for conversations: storing, resuming, deleting and exporting them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import gradio as gr

from ...errors import Language
from ..drawing.export import as_html, as_markdown
from ..state.history import Conversation, Conversations, History, for_browser, from_browser, merged, with_first
from ..texts.messages import message
from .events import PRIVATE, Updates, alert, clicked, failure, in_session
from .layout import Layout
from .painter import Painter

_KEEP = "text => qa.keep(text)"
_ELSEWHERE = "(...given) => [...given.slice(0, -1), qa.elsewhere()]"


class HistoryHandlers:
    """Event handlers about conversations. They return new values by component."""

    def __init__(self, ui: Layout, painter: Painter, history: History | None) -> None:
        self.ui = ui
        self.painter = painter
        self.history = history

    @in_session
    def keep(self, talk: Conversation, earlier: Conversations, language: Language, drawn: Language, elsewhere: Any) -> Updates:
        """Store the conversation after a change, and redraw it if the language was changed during the answer.

        `elsewhere` is what the browser has stored if the same conversation went on in another window, else None. The conversation
        then goes on here under a new id, so that neither window overwrites the other's.
        """
        updates: Updates = self.painter.draw(talk, language) if drawn != language else {}
        if elsewhere is not None:
            earlier = merged(from_browser(elsewhere)[0], earlier)
            talk = updates[self.ui.talk] = talk.apart()
        gone = (talk.id,) if talk.id and not talk.turns else ()
        if talk.id:
            earlier = with_first(earlier, talk)
            if self.history is not None:
                try:
                    self.history.keep(talk)
                except OSError as error:
                    updates[self.ui.note] = failure(self.history.folder, error, language)
        kept = json.dumps(for_browser(talk, gone, changed=True))
        return {self.ui.earlier: earlier, self.ui.kept: kept, **self.painter.draw_past(talk, earlier, language), **updates}

    @in_session
    def begin_anew(self, earlier: Conversations, language: Language) -> Updates:
        """Start an empty conversation; the current one stays among the earlier ones."""
        return self._take_up(Conversation(), earlier, language)

    @in_session
    def resume(self, event: gr.EventData, earlier: Conversations, language: Language) -> Updates:
        """Go on with the earlier conversation that was clicked."""
        found = next((kept for kept in earlier if kept.id == clicked(event, "id")), None)
        return {self.ui.note: ""} if found is None else self._take_up(found, earlier, language)

    def _take_up(self, talk: Conversation, earlier: Conversations, language: Language) -> Updates:
        return {
            self.ui.talk: talk,
            self.ui.note: "",
            self.ui.editing: False,
            self.ui.kept: json.dumps(for_browser(talk)),
            self.ui.tabs: gr.update(selected="sources"),
            **self.painter.draw(talk, language),
            **self.painter.draw_past(talk, earlier, language),
        }

    @in_session
    def delete(self, event: gr.EventData, talk: Conversation, earlier: Conversations, language: Language) -> Updates:
        """Delete the conversation that was clicked, also from the disk."""
        name = clicked(event, "id")
        if self.history is not None:
            self.history.forget(name)
        left = tuple(kept for kept in earlier if kept.id != name)
        return {
            self.ui.earlier: left,
            self.ui.kept: json.dumps(for_browser(talk, (name,))),
            **self.painter.draw_past(talk, left, language),
        }

    @in_session
    def export_markdown(self, talk: Conversation, language: Language) -> Updates:
        """Export the conversation as Markdown, for the browser to save."""
        return self._export(talk, language, as_markdown)

    @in_session
    def export_html(self, talk: Conversation, language: Language) -> Updates:
        """Export the conversation as HTML, for the browser to save."""
        return self._export(talk, language, as_html)

    def _export(self, talk: Conversation, language: Language, form: Callable[[Conversation, str, Language], str]) -> Updates:
        if not talk.turns:
            return {self.ui.exported: "", self.ui.note: alert(message("nothing_to_export", language))}
        return {self.ui.exported: form(talk, f"{datetime.now():%Y-%m-%d %H:%M}", language), self.ui.note: ""}

    def wire(self, asked: list[Any], changed: list[Any]) -> None:
        """Connect components and handlers; `asked` are the events that ask a question, `changed` all that change turns."""
        ui = self.ui
        store: dict[str, Any] = {"fn": None, "inputs": ui.kept, "js": _KEEP, **PRIVATE}
        kept = [ui.talk, ui.earlier, ui.kept, ui.past, ui.note, ui.conversation, ui.panel, ui.drawn]
        state = [ui.talk, ui.earlier, ui.language, ui.drawn, ui.stored]
        for event in changed:
            event.then(self.keep, state, kept, js=_ELSEWHERE, **PRIVATE).then(**store)
        outcome = [*kept, ui.editing, ui.tabs]
        state = [ui.earlier, ui.language]
        begun = ui.new.click(self.begin_anew, state, outcome, cancels=asked, **PRIVATE)
        begun.then(None, js="() => qa.type()", **PRIVATE).then(**store)
        ui.past.resume(self.resume, state, outcome, cancels=asked, **PRIVATE).then(**store)
        ui.past.delete(self.delete, [ui.talk, *state], outcome, **PRIVATE).then(**store)
        for button, form, suffix, kind in (
            (ui.to_markdown, self.export_markdown, "md", "text/markdown"),
            (ui.to_html, self.export_html, "html", "text/html"),
        ):
            event = button.click(form, [ui.talk, ui.language], [ui.exported, ui.note], **PRIVATE)
            event.then(None, ui.exported, js=f"text => qa.download(text, 'conversation.{suffix}', '{kind}')", **PRIVATE)
