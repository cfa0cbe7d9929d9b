"""The web chat: what `qa` returns, shown as a conversation with the cited passages beside it. Imported by `app.py` only.

A session holds its turns and its language; conversation and panel are drawn from these alone, so that a change of language
redraws them. Document text, file names and questions reach the page through `html.escape` and in no other way: the
conversation does not render Markdown, and `gr.HTML` gets its `value` with the default template, which is not evaluated.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Protocol

# Before gradio is imported: no calls home, and no proxy between the server and its own check that it answers.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["NO_PROXY"] = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "") + ",127.0.0.1,localhost,::1"
os.environ["no_proxy"] = os.environ["NO_PROXY"]

import gradio as gr
from gradio.events import api
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as ASGIMessage

from . import answer_json, hits_json
from .chat_text import Language, choose_language, confidence_words, message
from .types import Answer, Citation, Hit, Paragraph, QAError, Verification

__all__ = ["LOOPBACK", "Answering", "Desk", "build_chat", "launch_chat"]

QUESTION_LIMIT = 2000  # characters
K_LIMIT = 50
TURNS_KEPT = 50  # older turns leave the page, so that what a session holds has a bound
DOCUMENTS_NAMED = 8

# asked of the seed document; an index without it offers no examples
SEED = "000_392e2ddd1b67788a.txt"
EXAMPLES = (
    "綦河洪峰水位是多少？",
    "周方华组织了多少支党员突击队？",
    "徐德纯是哪个村的村支书？",
    "胜利村3年前的贫困发生率是多少？",
    "广西取消了多少项“一票否决”事项？",
    "莫庆台一家为什么搬出泥瓦房？",
    "What was the highest water level of the flood?",
)

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# 'unsafe-inline' is for Gradio's own start script and styles, 'unsafe-eval' for gr.HTML, which compiles its template.
# Whatever a document holds, the page loads from its own server only and talks to it only.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; form-action 'self'; object-src 'none'; "
    "base-uri 'self'; frame-ancestors 'none'"
)

# The page's language for fonts and screen readers: Han characters are drawn differently in Chinese and in Japanese.
_SET_LANGUAGE = "<script>document.documentElement.lang = /^zh/i.test(navigator.language) ? 'zh-CN' : 'en'</script>"
_SWITCH_LANGUAGE = "() => { const page = document.documentElement; page.lang = page.lang === 'en' ? 'zh-CN' : 'en' }"
# Beside each other, conversation and panel scroll on their own; one below the other, the page does.
_SHOW_NEWEST = """() => {
    document.getElementById('side').scrollTop = 0
    const questions = document.querySelectorAll('#conversation .user-row'), page = document.documentElement
    if (questions.length && page.scrollHeight > page.clientHeight) questions[questions.length - 1].scrollIntoView()
}"""


class Answering(Protocol):
    """What the chat needs of an index."""

    manifest: Any

    def ask(self, question: str, k: int = 5) -> Answer: ...

    def search(self, question: str, k: int = 5) -> list[Hit]: ...

    def paragraph(self, row: int) -> Paragraph: ...

    def verify_document(self, source: str) -> Verification: ...

    def warm_up(self) -> None: ...


class Desk:
    """An index whose model is loaded in the background; questions that come before wait for it."""

    def __init__(self, index: Answering) -> None:
        self.index = index
        self._loaded = threading.Event()
        self._trouble: QAError | None = None

    def open(self) -> Desk:
        """Start to load the model. No daemon: to end the process inside the model's native code would abort it."""
        threading.Thread(target=self._load, name="warm-up").start()
        return self

    @property
    def loaded(self) -> bool:
        """Whether a question is answered at once."""
        return self._loaded.is_set()

    def ask(self, question: str, k: int = 5) -> Answer:
        """The index's answer, once the model is there."""
        self._wait()
        return self.index.ask(question, k)

    def search(self, question: str, k: int = 5) -> list[Hit]:
        """The index's passages, once the model is there."""
        self._wait()
        return self.index.search(question, k)

    def _load(self) -> None:
        try:
            self.index.warm_up()
        except QAError as error:
            self._trouble = error
            print(error, file=sys.stderr)
        finally:
            self._loaded.set()

    def _wait(self) -> None:
        self._loaded.wait()
        if self._trouble is not None:
            raise self._trouble


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it: an answer with the passages it cites, by row, or else the reason for none.

    `changed` are the sources of those whose file is no longer what was indexed.
    """

    number: int
    question: str
    answer: Answer | None = None
    passages: dict[int, Paragraph] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    trouble: str = ""


Turns = tuple[Turn, ...]


def objection(question: object, language: Language) -> str:
    """Why this cannot be asked, or nothing."""
    if not isinstance(question, str):
        return message("not_text", language)
    if not question.strip():
        return message("empty", language)
    if len(question) > QUESTION_LIMIT:
        return message("too_long", language, limit=QUESTION_LIMIT, length=len(question))
    return ""


def take_turn(desk: Desk, question: str, number: int) -> Turn:
    """Ask and keep what the page shows of it."""
    try:
        answer = desk.ask(question)
    except QAError as error:
        return Turn(number, question, trouble=str(error))
    passages = {citation.row: desk.index.paragraph(citation.row) for citation in answer.citations}
    changed = {p.source for p in passages.values() if not desk.index.verify_document(p.source)}
    return Turn(number, question, answer, passages, frozenset(changed))


# -- the conversation ---------------------------------------------------------------------------------------------------


def draw_conversation(turns: Turns, language: Language) -> list[dict[str, str]]:
    """The turns as messages for `gr.Chatbot`."""
    messages = []
    for turn in turns:
        messages.append({"role": "user", "content": escape(turn.question)})
        messages.append({"role": "assistant", "content": _reply(turn, language)})
    return messages


def _reply(turn: Turn, language: Language) -> str:
    if turn.answer is None:
        return escape(message("trouble", language, reason=turn.trouble))
    answer = turn.answer
    if not (answer.found or answer.hits):  # nothing was asked: a question without a word
        return escape(answer.text)
    sure = escape(confidence_words(answer.confidence, answer.found, language))
    if not answer.found:
        sure += f' · <a href="#near-{turn.number}">{escape(message("see_nearest", language))}</a>'
    return f'{_linked_text(turn.number, answer)}<small class="sure">{sure}</small>'


def _linked_text(number: int, answer: Answer) -> str:
    """The answer's text, each quotation's ` [1]` made a link to its card; what looks so inside a quotation is left alone."""
    parts, at = [], 0
    for citation in answer.citations:
        n = citation.number
        marker = f"{citation.quote} [{n}]"
        found = answer.text.find(marker, at)
        if found >= 0:
            parts.append(escape(answer.text[at:found] + citation.quote))
            at = found + len(marker)
        parts.append(f'<a class="ref" id="ref-{number}-{n}" href="#cite-{number}-{n}">[{n}]</a>')
    return "".join([*parts, escape(answer.text[at:])])


# -- the panel ----------------------------------------------------------------------------------------------------------


def draw_panel(turns: Turns, language: Language, manifest: Any) -> str:
    """The passages of the newest turn, and folded below them those of the turns before."""
    shown = [turn for turn in reversed(turns) if turn.answer is not None]
    if not shown:
        return _contents(manifest, language)
    newest, *earlier = shown
    body = _sources(newest, language)
    if earlier:
        folded = "".join(
            f"<details><summary>{escape(turn.question)}</summary>{_sources(turn, language)}</details>" for turn in earlier
        )
        body += f"<section><h2>{escape(message('earlier', language))}</h2>{folded}</section>"
    return body


def _contents(manifest: Any, language: Language) -> str:
    """What there is to ask about, before the first question."""
    documents = manifest.documents
    count = message("documents", language, documents=len(documents), passages=sum(entry.passages for entry in documents))
    names = "".join(f"<li>{escape(entry.source)}</li>" for entry in documents[:DOCUMENTS_NAMED])
    if len(documents) > DOCUMENTS_NAMED:
        names += f"<li>{escape(message('more_documents', language, count=len(documents) - DOCUMENTS_NAMED))}</li>"
    return (
        f"<section><h2>{escape(message('sources', language))}</h2><p>{escape(message('nothing_yet', language))}</p>"
        f"<p>{escape(count)}</p><ul>{names}</ul></section>"
    )


def _sources(turn: Turn, language: Language) -> str:
    answer = turn.answer
    if answer is None:
        return ""
    others = [hit for hit in answer.hits if hit.paragraph.row not in turn.passages]
    cards = "".join(_card(hit.paragraph, [], turn.number, language) for hit in others)
    if not answer.found:
        heading, note = message("nearest", language), message("nearest_note", language)
        nearest = f"<p>{escape(note)}</p>{cards}" if cards else f"<p>{escape(message('nothing_near', language))}</p>"
        return f'<section id="near-{turn.number}"><h2>{escape(heading)}</h2>{nearest}</section>'
    cited = "".join(
        _card(passage, [c for c in answer.citations if c.row == row], turn.number, language, passage.source in turn.changed)
        for row, passage in turn.passages.items()
    )
    if cards:
        cards = f"<details><summary>{escape(message('others', language, count=len(others)))}</summary>{cards}</details>"
    return f"<section><h2>{escape(message('sources', language))}</h2>{cited}{cards}</section>"


def _card(passage: Paragraph, citations: Sequence[Citation], turn: int, language: Language, changed: bool = False) -> str:
    """One passage: where it is and what it says, the cited sentences marked, and whether its file has changed since."""
    numbers = "".join(
        f'<a class="ref" id="cite-{turn}-{c.number}" href="#ref-{turn}-{c.number}" '
        f'title="{escape(message("to_answer", language, number=c.number))}">[{c.number}]</a>'
        for c in citations
    )
    checkable = ""
    if citations:
        spans = ", ".join(f"{c.start}–{c.end}" for c in citations)
        checkable = f"<footer>{escape(message('span', language, spans=spans, sha256=citations[0].sha256[:12]))}</footer>"
    if changed:
        checkable = f"<p><strong>{escape(message('changed', language))}</strong></p>{checkable}"
    return (
        f'<article class="card"><header>{numbers}<cite>{escape(passage.source)}</cite>'
        f"<span>{escape(_place(passage, language))}</span></header>"
        f"<blockquote>{_marked(passage, citations)}</blockquote>{checkable}</article>"
    )


def _place(passage: Paragraph, language: Language) -> str:
    mark = passage.mark
    if mark is None or not mark.unit:
        key = "place_part" if passage.part else "place"
    else:
        key = "paragraph_part" if passage.part else "paragraph"
    place = message(key, language, number=passage.number, part=passage.part, line=passage.line)
    if mark is None:
        return place
    unit = message(f"unit_{mark.unit}", language, number=mark.number, name=mark.name).rstrip() if mark.unit else ""
    return ("，" if language == "zh" else ", ").join(filter(None, (unit, " › ".join(mark.headings), place)))


def _marked(passage: Paragraph, citations: Sequence[Citation]) -> str:
    parts, at = [], 0
    for citation in sorted(citations, key=lambda c: c.start):
        start, end = max(citation.start - passage.start, at), min(citation.end - passage.start, len(passage.text))
        if start < end:
            number = f' data-number="{citation.number}"' if len(citations) > 1 else ""
            parts += [escape(passage.text[at:start]), f"<mark{number}>{escape(passage.text[start:end])}</mark>"]
            at = end
    return "".join([*parts, escape(passage.text[at:])])


# -- the page -----------------------------------------------------------------------------------------------------------


def build_chat(desk: Desk) -> gr.Blocks:
    """The page and the endpoints `/ask` and `/search`.

    Labels are filled in when the page loads, by the browser's Accept-Language: `gr.I18n` knows no `zh` or `zh-HK`, and
    cannot be switched on the page.
    """
    manifest = desk.index.manifest
    examples: Any = [{"text": text} for text in EXAMPLES] if any(entry.source == SEED for entry in manifest.documents) else None

    page = gr.Blocks(title="问问你的文档 · Ask your documents", analytics_enabled=False)
    with page:
        turns, language = gr.State(()), gr.State("zh")
        with gr.Column(elem_id="page"):
            with gr.Row(elem_id="head"):
                heading = gr.HTML(elem_id="heading")
                with gr.Row(elem_id="tools"):
                    clear = gr.Button("", size="sm", elem_id="clear", scale=0, min_width=0)
                    switch = gr.Button("", size="sm", elem_id="switch", scale=0, min_width=0)
            with gr.Row(elem_id="body"):
                with gr.Column(elem_id="talk", scale=3, min_width=300):
                    conversation = gr.Chatbot(
                        elem_id="conversation", show_label=False, height="auto", layout="panel", buttons=[], examples=examples,
                        render_markdown=False, latex_delimiters=[], allow_file_downloads=False,
                    )  # fmt: skip
                    note = gr.HTML(elem_id="note")
                    box = gr.Textbox(
                        elem_id="question", show_label=False, lines=1, max_lines=6, submit_btn=True, autofocus=True,
                        container=False,
                    )  # fmt: skip
                with gr.Column(elem_id="side", scale=2, min_width=300):
                    panel = gr.HTML(elem_id="panel")

        # not called `ask`: the name of a handler, private or not, is taken from the endpoints
        def take_question(question: str, turns: Turns, language: Language) -> Iterator[tuple[Any, ...]]:
            """Show the question at once, then what came of it."""
            if problem := objection(question, language):
                yield gr.skip(), _alert(problem), gr.skip(), gr.skip()
                return
            waiting = message("searching" if desk.loaded else "loading", language)
            question = question.strip()
            shown = draw_conversation(turns, language)
            shown += [{"role": "user", "content": escape(question)}, {"role": "assistant", "content": escape(waiting)}]
            yield "", "", shown, gr.skip()
            turn = take_turn(desk, question, turns[-1].number + 1 if turns else 1)
            yield gr.skip(), gr.skip(), gr.skip(), (*turns, turn)[-TURNS_KEPT:]

        def take_example(picked: gr.SelectData, turns: Turns, language: Language) -> Iterator[tuple[Any, ...]]:
            yield from take_question(picked.value["text"], turns, language)

        def draw(turns: Turns, language: Language) -> tuple[Any, ...]:
            return draw_conversation(turns, language), draw_panel(turns, language, manifest)

        def draw_all(turns: Turns, language: Language) -> tuple[Any, ...]:
            return language, *_labels(language), "", *draw(turns, language)

        def load(request: gr.Request) -> tuple[Any, ...]:
            return draw_all((), choose_language(request.headers.get("accept-language", "")))

        def change_language(turns: Turns, language: Language) -> tuple[Any, ...]:
            return draw_all(turns, "en" if language == "zh" else "zh")

        def forget(language: Language) -> tuple[Any, ...]:
            return (), "", *draw((), language)

        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        everything = [language, heading, clear, switch, box, conversation, note, conversation, panel]
        page.load(load, None, everything, queue=False, **private)
        switch.click(change_language, [turns, language], everything, **private)
        switch.click(None, js=_SWITCH_LANGUAGE, **private)
        outcome = [box, note, conversation, turns]
        asked: list[Any] = [
            box.submit(take_question, [box, turns, language], outcome, concurrency_id="ask", **private),
            conversation.example_select(take_example, [turns, language], outcome, concurrency_id="ask", **private),
        ]
        for event in asked:
            event.then(draw, [turns, language], [conversation, panel], **private).then(None, js=_SHOW_NEWEST, **private)
        clear.click(forget, language, [turns, note, conversation, panel], cancels=asked, **private)
        _add_endpoints(desk)
    return page


def _alert(text: str) -> str:
    return f'<p role="alert">{escape(text)}</p>'


def _labels(language: Language) -> tuple[Any, ...]:
    """What the page's fixed parts say: heading, clear, switch, question box, empty conversation."""
    title, intro = escape(message("title", language)), escape(message("intro", language))
    return (
        f"<h1>{title}</h1><p>{intro}</p>",
        message("clear", language),
        message("switch", language),
        gr.update(
            label=message("question", language),
            placeholder=message("placeholder", language),
            submit_btn=message("send", language),
        ),
        gr.update(label=message("conversation", language), placeholder=escape(message("welcome", language))),
    )


# -- for programs -------------------------------------------------------------------------------------------------------


def _add_endpoints(desk: Desk) -> None:
    def ask(question: str, k: int = 5) -> dict[str, Any]:
        """The answer to a question, with its citations and the nearest k passages."""
        _check_call(question, k)
        try:
            return answer_json(desk.ask(question, k))
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def search(question: str, k: int = 5) -> list[dict[str, Any]]:
        """The k passages nearest to a question, best first."""
        _check_call(question, k)
        try:
            return hits_json(desk.search(question, k))
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from error

    api(ask, api_name="ask")
    api(search, api_name="search")


def _check_call(question: object, k: object) -> None:
    problem = objection(question, "en")
    if not problem and not (type(k) is int and 1 <= k <= K_LIMIT):
        problem = message("bad_k", "en", limit=K_LIMIT)
    if problem:
        raise gr.Error(problem, print_exception=False)


# -- the server ---------------------------------------------------------------------------------------------------------


class _SafetyHeaders:
    """Puts the content security policy, and what goes with it, on every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(part: ASGIMessage) -> None:
            if part["type"] == "http.response.start":
                headers = MutableHeaders(scope=part)
                headers["Content-Security-Policy"] = POLICY
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
            await send(part)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def launch_chat(page: gr.Blocks, host: str = "127.0.0.1", port: int = 7860) -> str:
    """Serve the page from threads of this process and return its address. Raises `OSError` when the port is taken."""
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] += f",{host}"
    # Beside loopback names only the host itself is answered to, so that another site's name cannot be made to lead here;
    # a host that stands for every interface goes by names that cannot be known.
    names = ["*"] if host in ("0.0.0.0", "::") else [*LOOPBACK, "[::1]", host]
    _, url, _ = page.queue(max_size=64).launch(
        server_name=f"[{host}]" if ":" in host else host, server_port=port, prevent_thread_lock=True, quiet=True,
        share=False, inbrowser=False, ssr_mode=False, run_history=False, enable_monitoring=False, mcp_server=False,
        pwa=False, footer_links=[], max_file_size="1kb",
        theme=_theme(), css_paths=[Path(__file__).with_name("chat.css")], head=_SET_LANGUAGE,
        app_kwargs={"middleware": [Middleware(TrustedHostMiddleware, allowed_hosts=names), Middleware(_SafetyHeaders)]},
    )  # fmt: skip
    return str(url)


def _theme() -> gr.themes.Base:
    """Ink on paper and one accent, the red of an annotator's brush; chat.css uses these colours by their variables."""
    colours = {
        "body_background_fill": ("#faf9f6", "#181715"),
        "background_fill_primary": ("#ffffff", "#201f1c"),
        "background_fill_secondary": ("#f3f1ec", "#262421"),
        "block_background_fill": ("#ffffff", "#201f1c"),
        "body_text_color": ("#23211e", "#e8e4dc"),
        "body_text_color_subdued": ("#6b665d", "#a39d92"),
        "border_color_primary": ("#e3dfd7", "#37342f"),
        "border_color_accent": ("#a63a24", "#f0937c"),
        "input_background_fill": ("#ffffff", "#201f1c"),
        "input_border_color": ("#cfc9be", "#4a463f"),
        "input_border_color_focus": ("#a63a24", "#f0937c"),
        "input_placeholder_color": ("#7d776d", "#8f897e"),
        "link_text_color": ("#a63a24", "#f0937c"),
        "link_text_color_hover": ("#7f2a18", "#f7b5a5"),
        "link_text_color_active": ("#7f2a18", "#f7b5a5"),
        "link_text_color_visited": ("#a63a24", "#f0937c"),
        "color_accent_soft": ("#fbe6d9", "#4d2a20"),
        "button_secondary_background_fill": ("transparent", "transparent"),
        "button_secondary_background_fill_hover": ("#f3f1ec", "#262421"),
        "button_secondary_border_color": ("#e3dfd7", "#37342f"),
        "button_secondary_text_color": ("#6b665d", "#a39d92"),
        "button_primary_background_fill": ("#a63a24", "#f0937c"),
        "button_primary_text_color": ("#ffffff", "#181715"),
    }
    pairs = {name: light for name, (light, _) in colours.items()} | {f"{name}_dark": dark for name, (_, dark) in colours.items()}
    system = gr.themes.Font("sans-serif")  # chat.css names the system's faces; any other class of font is fetched
    theme = gr.themes.Base(
        neutral_hue="stone", text_size="lg", radius_size="md", font=[system], font_mono=[gr.themes.Font("monospace")]
    )
    return theme.set(**pairs, block_shadow="none", input_shadow="none", input_shadow_focus="none", block_border_width="1px")
