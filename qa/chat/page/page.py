"""The Gradio page: its components and what happens when.

A session holds its conversation, the shelf of earlier ones and its language; everything is drawn from these alone, so that a
change of language redraws it. The browser keeps conversations and settings.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from ...errors import QAError
from ..drawing.conversation import (
    Abilities,
    answer_in_words,
    draw_contents,
    draw_conversation,
    draw_history,
    draw_panel,
    draw_start,
    draw_waiting,
)
from ..drawing.export import as_html, as_markdown
from ..process import prepare_process
from ..state.backend import Backend, Scope
from ..state.feedback import Feedback
from ..state.history import Conversation, History, Shelf, for_browser, from_browser, merged, shelve
from ..state.settings import CAUTIONS, PASSAGE_COUNTS, THEMES, Settings, read_settings
from ..state.turns import SENT_LIMIT, Asking, Turns, objection, take_turn
from ..texts.messages import Language, message
from .documents_panel import build_documents_panel
from .reader_panel import build_reader_panel

# asked of the seed document while it is the only one; of others `examples.py` makes some
SEED = "000_392e2ddd1b67788a.txt"
SEED_SHA256 = "335d9432cfec09c08cc4be857024a8c5fb90260c1740bdeaaee6532f18e7c514"
EXAMPLES = (
    "綦河洪峰水位是多少？",
    "周方华组织了多少支党员突击队？",
    "徐德纯是哪个村的村支书？",
    "胜利村3年前的贫困发生率是多少？",
    "广西取消了多少项“一票否决”事项？",
    "莫庆台一家为什么搬出泥瓦房？",
    "What was the highest water level of the flood?",
)

_CLICKS = "qa.pass(element, trigger, watch, ['ask', 'plain', 'retry', 'undo', 'edit', 'rate', 'cancel', 'resume', 'delete'])"
_SHORTENED = f"(text, ...rest) => [text.slice(0, {SENT_LIMIT}), ...rest]"
_LOADING_SECONDS = 0.25  # between two looks at whether the model is there
_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "show_progress_on": []}
_KEEP = "text => qa.keep(text)"
_KEEP_SETTINGS = "text => qa.keepSettings(text)"
_ELSEWHERE = "(...given) => [...given.slice(0, -1), qa.elsewhere()]"

Updates = dict[Any, Any]


def build_chat(
    backend: Backend, home: Path | None = None, keep_history: bool = False, defaults: Settings | None = None
) -> gr.Blocks:
    """The page. `defaults` are the settings of a browser that kept none.

    Ratings are kept in `home`, by default the library's, and with `keep_history` conversations too, beside what the browser
    keeps; without such a folder none can be given. Labels are filled in when the page loads, by the browser's
    Accept-Language: `gr.I18n` knows no `zh` or `zh-HK`, and cannot be switched on the page.
    """
    if home is None and backend.library is not None:
        home = backend.library.home
    prepare_process()
    page = gr.Blocks(title="问问你的文档 · Ask your documents", analytics_enabled=False)
    with page:
        chat = _Chat(backend, home, keep_history, defaults or Settings())
        chat.wire(page)
    return page


def _in_session(method: Any) -> Any:
    """`method`, but for a session that is lost: then the page loads itself anew, the question still in its box (chat.js).

    Sessions end with the process, and some time after a laptop falls asleep; what they held is None from then on.
    """
    names = list(inspect.signature(method).parameters)[1:]
    lost_page = "<p data-lost></p>"

    def is_lost(arguments: tuple[Any, ...]) -> bool:
        return any(value is None for name, value in zip(names, arguments, strict=True) if name in ("talk", "shelf"))

    if inspect.isgeneratorfunction(method):

        @functools.wraps(method)
        def generate(self: _Chat, *arguments: Any) -> Iterator[Updates]:
            if is_lost(arguments):
                yield {self.note: lost_page}
            else:
                yield from method(self, *arguments)

        return generate

    @functools.wraps(method)
    def call(self: _Chat, *arguments: Any) -> Updates:
        return {self.note: lost_page} if is_lost(arguments) else method(self, *arguments)

    return call


class _Chat:
    """The components, as attributes, and what happens when, as methods that give new values by component.

    Methods are not called `ask` or the like: the name of a handler, private or not, is taken from the endpoints.
    """

    def __init__(self, backend: Backend, home: Path | None, keep_history: bool, defaults: Settings) -> None:
        self.backend = backend
        self.defaults = defaults
        self.feedback = Feedback(home) if home is not None else None
        self.history = History(home) if home is not None and keep_history else None
        self.abilities = Abilities(rate=self.feedback is not None, read=backend.library is not None)
        self.language, self.talk, self.shelf = gr.State("zh"), gr.State(None), gr.State(None)
        self.editing = gr.State(False)
        self.drawn = gr.State("zh")  # the language that the conversation was last drawn in
        # What the browser keeps, as JSON, and what it had kept when the page was loaded. `gr.BrowserState` would be copied whole
        # in the browser at every message from the server, and encrypted at every answer.
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
        # Apart from the turns: it is drawn when the model or the documents are there, which may be while a question is answered.
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

    # -- drawing

    def _draw(self, talk: Conversation, language: Language) -> Updates:
        return {
            self.conversation: draw_conversation(talk.turns, language, self.abilities),
            self.panel: draw_panel(talk.turns, language, self.abilities),
            self.drawn: language,
        }

    def _draw_first(self, language: Language, scope: Scope) -> Updates:
        """What is shown before the first question: questions to begin with, and what there is to ask about."""
        documents = self.backend.manifest(scope.collection).documents
        alone = len(documents) == 1 and documents[0].source == SEED and documents[0].sha256 == SEED_SHA256
        examples = EXAMPLES if alone else self.backend.examples(language, scope.collection)
        return {
            self.start: draw_start(examples, len(documents), language),
            self.contents: draw_contents(documents, language),
        }

    def _draw_past(self, talk: Conversation, shelf: Shelf, language: Language) -> Updates:
        folder = str(self.history.folder) if self.history else ""
        return {self.past: draw_history(shelf, talk.id, folder, language)}

    def _draw_all(self, talk: Conversation, shelf: Shelf, settings: Settings, language: Language, scope: Scope) -> Updates:
        title, intro, offline = (escape(message(key, language)) for key in ("title", "intro", "offline"))
        tongue = "zh-CN" if language == "zh" else "en"
        return {
            self.heading: f'<h1 lang="{tongue}" data-offline="{offline}">{title}</h1><p>{intro}</p>',
            self.new: message("new", language),
            self.switch: message("switch", language),
            self.note: "",
            self.editing: False,
            self.box: gr.update(
                label=message("question", language),
                placeholder=message("placeholder", language),
                submit_btn=message("send", language),
            ),
            self.tab_sources: gr.update(label=message("tab_sources", language)),
            self.tab_documents: gr.update(label=message("tab_documents", language)),
            self.tab_history: gr.update(label=message("tab_history", language)),
            self.tab_settings: gr.update(label=message("tab_settings", language)),
            self.to_markdown: message("export_markdown", language),
            self.to_html: message("export_html", language),
            self.settings_note: f"<p>{escape(message('settings_kept', language))}</p>",
            **self._draw_settings(settings, language),
            **self._draw_first(language, scope),
            **self._draw(talk, language),
            **self._draw_past(talk, shelf, language),
        }

    def _draw_settings(self, settings: Settings, language: Language) -> Updates:
        cautions = [
            (message(f"caution_{name}", language, good=caution.good, bad=caution.bad), name) for name, caution in CAUTIONS.items()
        ]
        fields: tuple[tuple[Any, str, list[Any]], ...] = (
            (self.k, "k", [(str(count), count) for count in PASSAGE_COUNTS]),
            (self.caution, "caution", cautions),
            (self.tongue, "language", [(message(f"language_{name or 'auto'}", language), name) for name in ("", "zh", "en")]),
            (self.theme, "theme", [(message(f"theme_{name}", language), name) for name in THEMES]),
        )
        return {
            field: gr.update(
                choices=choices,
                value=getattr(settings, name),
                label=message(f"set_{name}", language),
                info=message(f"set_{name}_help", language),
            )
            for field, name, choices in fields
        }

    # -- asking

    def _pose(
        self, question: Any, talk: Conversation, before: Turns, history: Turns, language: Language, asking: Asking
    ) -> Iterator[Updates]:
        """Show the question at once, then what came of it below the turns `before`."""
        if problem := objection(question):
            yield {self.note: _alert(problem.told(language))}
            return
        question = question.strip()
        waiting = message("searching" if self.backend.loaded else "loading", language)
        shown = draw_waiting(before, question, waiting, language, self.abilities)
        yield {self.conversation: shown, self.drawn: language, self.note: "", self.editing: False}
        turn = take_turn(self.backend, question, before[-1].number + 1 if before else 1, asking, history)
        told = talk.with_turns((*before, turn))
        yield {self.panel: draw_panel(told.turns, language, self.abilities), self.tabs: gr.update(selected="sources")}
        yield {
            self.conversation: draw_conversation(told.turns, language, self.abilities),
            self.said: f"<p>{escape(answer_in_words(turn, language))}</p>",
            self.talk: told,
        }

    @_in_session
    def take_question(
        self, question: str, talk: Conversation, editing: bool, language: Language, k: int, caution: str, scope: Scope
    ) -> Iterator[Updates]:
        """What is in the box; it takes the place of the last question when that is being edited."""
        before = talk.turns[:-1] if editing else talk.turns
        for update in self._pose(question, talk, before, before, language, _asking(k, caution, scope)):
            yield update | ({self.box: ""} if self.editing in update else {})  # what is refused stays in the box

    @_in_session
    def take_example(
        self, event: gr.EventData, talk: Conversation, language: Language, k: int, caution: str, scope: Scope
    ) -> Iterator[Updates]:
        """A question that was offered."""
        yield from self._pose(_field(event, "question"), talk, talk.turns, talk.turns, language, _asking(k, caution, scope))

    @_in_session
    def take_plain(
        self, event: gr.EventData, talk: Conversation, language: Language, k: int, caution: str, scope: Scope
    ) -> Iterator[Updates]:
        """What was understood as a follow-up, as it was typed; in its place if it is the last."""
        turn = next((turn for turn in talk.turns if str(turn.number) == _field(event, "turn")), None)
        if turn is not None:
            before = talk.turns[:-1] if turn is talk.turns[-1] else talk.turns
            yield from self._pose(turn.question, talk, before, (), language, _asking(k, caution, scope))

    @_in_session
    def take_again(self, talk: Conversation, language: Language, k: int, caution: str, scope: Scope) -> Iterator[Updates]:
        """The last question once more."""
        if talk.turns:
            before = talk.turns[:-1]
            yield from self._pose(talk.turns[-1].question, talk, before, before, language, _asking(k, caution, scope))

    @_in_session
    def take_back(self, talk: Conversation, language: Language) -> Updates:
        """Without the last question."""
        shorter = talk.with_turns(talk.turns[:-1]) if talk.turns else talk
        return {self.talk: shorter, self.note: "", self.editing: False, **self._draw(shorter, language)}

    @_in_session
    def edit(self, talk: Conversation, language: Language) -> Updates:
        """The last question in the box, to be changed."""
        if not talk.turns:
            return {self.note: ""}
        cancel = f'<button type="button" data-do="cancel">{escape(message("cancel", language))}</button>'
        hint = f'<p role="status">{escape(message("editing", language))} {cancel}</p>'
        return {self.box: talk.turns[-1].question, self.note: hint, self.editing: True}

    def cancel_edit(self) -> Updates:
        """The last question stays as it is."""
        return {self.box: "", self.note: "", self.editing: False}

    @_in_session
    def rate(self, event: gr.EventData, talk: Conversation, language: Language) -> Updates:
        """Keep what is thought of an answer; the same button again takes it back."""
        number = _field(event, "turn")
        turn = next((turn for turn in talk.turns if str(turn.number) == number), None)
        if self.feedback is None or turn is None or (rated := turn.rated(_field(event, "rating"))) is turn:
            return {self.note: ""}
        try:
            self.feedback.keep(f"{talk.id}-{number}", rated)
        except OSError as error:
            return {self.note: _failure(self.feedback.file, error, language)}
        told = talk.with_turns(tuple(rated if one is turn else one for one in talk.turns))
        return {
            self.talk: told,
            self.conversation: draw_conversation(told.turns, language, self.abilities),
            self.drawn: language,
            self.said: f"<p>{escape(message('rated', language))}</p>",
        }

    # -- earlier conversations

    @_in_session
    def keep(self, talk: Conversation, shelf: Shelf, language: Language, drawn: Language, elsewhere: Any) -> Updates:
        """Put the conversation on the shelf, and draw it anew if the language was changed while it was being answered.

        `elsewhere` is what the browser keeps if the conversation has gone on in another window; here it goes on apart from that.
        """
        updates: Updates = self._draw(talk, language) if drawn != language else {}
        if elsewhere is not None:
            shelf = merged(from_browser(elsewhere)[0], shelf)
            talk = updates[self.talk] = talk.apart()
        gone = (talk.id,) if talk.id and not talk.turns else ()
        if talk.id:
            shelf = shelve(shelf, talk)
            if self.history is not None:
                try:
                    self.history.keep(talk)
                except OSError as error:
                    updates[self.note] = _failure(self.history.folder, error, language)
        kept = json.dumps(for_browser(talk, gone, changed=True))
        return {self.shelf: shelf, self.kept: kept, **self._draw_past(talk, shelf, language), **updates}

    @_in_session
    def begin_anew(self, shelf: Shelf, language: Language) -> Updates:
        """An empty conversation; the one before it stays on the shelf."""
        return self._take_up(Conversation(), shelf, language)

    @_in_session
    def resume(self, event: gr.EventData, shelf: Shelf, language: Language) -> Updates:
        """A conversation from the shelf."""
        found = next((kept for kept in shelf if kept.id == _field(event, "id")), None)
        return {self.note: ""} if found is None else self._take_up(found, shelf, language)

    def _take_up(self, talk: Conversation, shelf: Shelf, language: Language) -> Updates:
        return {
            self.talk: talk,
            self.note: "",
            self.editing: False,
            self.kept: json.dumps(for_browser(talk)),
            self.tabs: gr.update(selected="sources"),
            **self._draw(talk, language),
            **self._draw_past(talk, shelf, language),
        }

    @_in_session
    def delete(self, event: gr.EventData, talk: Conversation, shelf: Shelf, language: Language) -> Updates:
        """The shelf, and the disk, without a conversation."""
        name = _field(event, "id")
        if self.history is not None:
            self.history.forget(name)
        left = tuple(kept for kept in shelf if kept.id != name)
        return {self.shelf: left, self.kept: json.dumps(for_browser(talk, (name,))), **self._draw_past(talk, left, language)}

    @_in_session
    def export_markdown(self, talk: Conversation, language: Language) -> Updates:
        """The conversation as Markdown, for the browser to save."""
        return self._export(talk, language, as_markdown)

    @_in_session
    def export_html(self, talk: Conversation, language: Language) -> Updates:
        """The conversation as a web page, for the browser to save."""
        return self._export(talk, language, as_html)

    def _export(self, talk: Conversation, language: Language, form: Callable[[Conversation, str, Language], str]) -> Updates:
        if not talk.turns:
            return {self.exported: "", self.note: _alert(message("nothing_to_export", language))}
        return {self.exported: form(talk, f"{datetime.now():%Y-%m-%d %H:%M}", language), self.note: ""}

    # -- the page itself

    def load(self, request: gr.Request, stored: Any) -> Updates:
        """The page as this browser left it."""
        kept, chosen = stored if isinstance(stored, list) and len(stored) == 2 else (None, None)
        settings = read_settings(chosen, self.defaults)
        language = _language(settings, request)
        shelf, talk = from_browser(kept)
        if self.history is not None:
            shelf = merged(shelf, self.history.conversations())
        drawn = self._draw_all(talk, shelf, settings, language, Scope())
        return {self.language: language, self.talk: talk, self.shelf: shelf, **drawn}

    @_in_session
    def choose(
        self, request: gr.Request, k: int, caution: str, tongue: str, theme: str, talk: Conversation, shelf: Shelf,
        scope: Scope,
    ) -> Updates:  # fmt: skip
        """The page with these settings, which the browser keeps."""
        settings = read_settings({"k": k, "caution": caution, "language": tongue, "theme": theme})
        language = _language(settings, request)
        return {
            self.chosen: json.dumps(asdict(settings)),
            self.language: language,
            **self._draw_all(talk, shelf, settings, language, scope),
        }

    @_in_session
    def switch_language(
        self, request: gr.Request, k: int, caution: str, language: Language, theme: str, talk: Conversation, shelf: Shelf,
        scope: Scope,
    ) -> Updates:  # fmt: skip
        """The page in the other language."""
        other = "en" if language == "zh" else "zh"
        updates: Updates = self.choose(request, k, caution, other, theme, talk, shelf, scope)
        return updates

    def redraw(self, talk: Conversation | None, language: Language, scope: Scope) -> Updates:
        """What there is to ask about, when that is something else; a page whose session is lost stays as it is."""
        return {self.contents: gr.update()} if talk is None else self._draw_first(language, scope)

    async def report_loading(self, language: Language) -> AsyncIterator[str]:
        """Say that the model is loading, for as long as it does."""
        while not self.backend.loaded:
            yield f'<p role="status">{escape(message("model_loading", language))}</p>'
            await asyncio.sleep(_LOADING_SECONDS)
        yield ""

    # -- what happens when

    def wire(self, page: gr.Blocks) -> None:
        """Connect components and methods."""
        self._wire_page(page)
        self._wire_conversation()
        self._wire_history()

    @property
    def _store(self) -> dict[str, Any]:
        return {"fn": None, "inputs": self.kept, "js": _KEEP, **_PRIVATE}

    def _wire_page(self, page: gr.Blocks) -> None:
        settings, scope = [self.k, self.caution, self.tongue, self.theme], self.documents.scope
        everything = [
            self.language, self.talk, self.shelf, self.editing, self.chosen, self.heading, self.new, self.switch, self.box,
            self.note, self.tab_sources, self.tab_documents, self.tab_history, self.tab_settings, self.past, self.to_markdown,
            self.to_html, self.settings_note, *settings, self.start, self.contents, self.conversation, self.panel, self.drawn,
        ]  # fmt: skip
        first: dict[str, Any] = {
            "fn": self.redraw, "inputs": [self.talk, self.language, scope], "outputs": [self.start, self.contents], **_PRIVATE
        }  # fmt: skip
        # the state is the server's, so the browser reads the language from the heading
        set_language: dict[str, Any] = {"fn": None, "inputs": self.heading, "js": "html => qa.setLanguage(html)", **_PRIVATE}
        set_theme: dict[str, Any] = {"fn": None, "inputs": self.theme, "js": "name => qa.setTheme(name)", **_PRIVATE}
        store_settings: dict[str, Any] = {"fn": None, "inputs": self.chosen, "js": _KEEP_SETTINGS, **_PRIVATE}
        opened = page.load(self.load, self.stored, everything, js="() => [qa.kept()]", queue=False, **_PRIVATE)
        opened.then(**set_language).then(**set_theme).then(None, js="() => qa.begin()", **_PRIVATE)
        self.documents.draw_after(opened)
        loaded = opened.then(self.report_loading, self.language, self.status, concurrency_limit=None, **_PRIVATE)
        loaded.then(**first)
        # One after the other: the answer to an earlier click would put a setting back that was changed since.
        in_turn: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_id": "settings", "concurrency_limit": 1, **_PRIVATE}
        for field in settings:
            field.input(self.choose, [*settings, self.talk, self.shelf, scope], everything, **in_turn).then(**set_language).then(
                **store_settings
            )
        self.theme.input(**set_theme)
        state = [self.k, self.caution, self.language, self.theme, self.talk, self.shelf, scope]
        self.switch.click(self.switch_language, state, everything, **in_turn).then(**set_language).then(**store_settings)
        self.documents.revision.change(**first)

    def _wire_conversation(self) -> None:
        outcome = [
            self.box, self.note, self.said, self.talk, self.editing, self.tabs, self.conversation, self.panel, self.drawn
        ]  # fmt: skip
        scope = self.documents.scope
        common = [self.talk, self.language, self.k, self.caution, scope]
        state = [self.box, self.talk, self.editing, self.language, self.k, self.caution, scope]
        answering: dict[str, Any] = {"outputs": outcome, "concurrency_id": "ask", "concurrency_limit": 4, **_PRIVATE}
        self.asked: list[Any] = [
            self.box.submit(self.take_question, state, js=_SHORTENED, **answering),
            self.start.ask(self.take_example, common, **answering),
            self.conversation.plain(self.take_plain, common, **answering),
            self.conversation.retry(self.take_again, common, **answering),
        ]
        for event in self.asked:
            event.then(None, js="() => qa.showNewest()", **_PRIVATE)
        changed = [
            *self.asked,
            self.conversation.undo(self.take_back, [self.talk, self.language], outcome, **_PRIVATE),
            self.conversation.rate(self.rate, [self.talk, self.language], outcome, **_PRIVATE),
        ]
        kept = [self.talk, self.shelf, self.kept, self.past, self.note, self.conversation, self.panel, self.drawn]
        state = [self.talk, self.shelf, self.language, self.drawn, self.stored]
        for event in changed:
            event.then(self.keep, state, kept, js=_ELSEWHERE, **_PRIVATE).then(**self._store)
        for event in (
            self.conversation.edit(self.edit, [self.talk, self.language], outcome, **_PRIVATE),
            self.note.cancel(self.cancel_edit, None, outcome, **_PRIVATE),
        ):
            event.then(None, js="() => qa.type()", **_PRIVATE)

    def _wire_history(self) -> None:
        outcome = [
            self.talk, self.note, self.editing, self.kept, self.tabs, self.shelf, self.past, self.conversation, self.panel,
            self.drawn,
        ]  # fmt: skip
        state = [self.shelf, self.language]
        self.new.click(self.begin_anew, state, outcome, cancels=self.asked, **_PRIVATE).then(
            None, js="() => qa.type()", **_PRIVATE
        ).then(**self._store)
        self.past.resume(self.resume, state, outcome, cancels=self.asked, **_PRIVATE).then(**self._store)
        self.past.delete(self.delete, [self.talk, *state], outcome, **_PRIVATE).then(**self._store)
        for button, form, suffix, kind in (
            (self.to_markdown, self.export_markdown, "md", "text/markdown"),
            (self.to_html, self.export_html, "html", "text/html"),
        ):
            event = button.click(form, [self.talk, self.language], [self.exported, self.note], **_PRIVATE)
            event.then(None, self.exported, js=f"text => qa.download(text, 'conversation.{suffix}', '{kind}')", **_PRIVATE)


def _alert(text: str) -> str:
    return f'<p role="alert">{escape(text)}</p>'


def _failure(place: Path, error: OSError, language: Language) -> str:
    return _alert(QAError("chat.not_kept", place, reason=error).told(language))


def _asking(k: Any, caution: Any, scope: Scope) -> Asking:
    settings = read_settings({"k": k, "caution": caution})
    return Asking(settings.k, settings.threshold, scope.within, scope.collection or "")


def _language(settings: Settings, request: gr.Request) -> Language:
    return settings.page_language(request.headers.get("accept-language", ""))


def _field(event: gr.EventData, name: str) -> str:
    """What a click sent: a text, whatever a program sends in its place."""
    data = event._data
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, str) else ""
