"""The Gradio page: its components and what happens when.

A session holds its turns and its language; conversation and panel are drawn from these alone, so that a change of language
redraws them.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr

from .desk import Desk
from .drawing import draw_conversation, draw_panel
from .endpoints import add_endpoints
from .messages import Language, choose_language, message
from .turns import Turns, objection, take_turn

TURNS_KEPT = 50  # older turns leave the page, so that what a session holds has a bound

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

_SWITCH_LANGUAGE = "() => { const page = document.documentElement; page.lang = page.lang === 'en' ? 'zh-CN' : 'en' }"
# Beside each other, conversation and panel scroll on their own; one below the other, the page does.
_SHOW_NEWEST = """() => {
    document.getElementById('side').scrollTop = 0
    const questions = document.querySelectorAll('#conversation .user-row'), page = document.documentElement
    if (questions.length && page.scrollHeight > page.clientHeight) questions[questions.length - 1].scrollIntoView()
}"""


def build_chat(desk: Desk) -> gr.Blocks:
    """The page and the endpoints `/ask` and `/search`.

    Labels are filled in when the page loads, by the browser's Accept-Language: `gr.I18n` knows no `zh` or `zh-HK`, and
    cannot be switched on the page.
    """
    manifest = desk.manifest()
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
        add_endpoints(desk)
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
