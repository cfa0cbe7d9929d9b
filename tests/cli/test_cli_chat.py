"""`qa chat`: a conversation by a pipe, and lines typed in Chinese."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

import qa
from qa.cli import main
from qa.cli.chat import HELP, _shown, typed_lines


@pytest.fixture
def chat(tiny_index: qa.Index, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """What is printed for these lines of a pipe; errors are the last lines."""

    def talk(*lines: str, options: tuple[str, ...] = ()) -> list[str]:
        monkeypatch.setattr(qa, "open", lambda *_, **__: tiny_index)
        typed = io.TextIOWrapper(io.BytesIO("\n".join(lines).encode()), encoding="ascii")
        monkeypatch.setattr(sys, "stdin", typed)
        assert main(["chat", "--quiet", *options]) == 0
        told = capsys.readouterr()
        return [line for line in (told.out + told.err).splitlines() if line]

    return talk


def test_answers_with_numbers_that_go_on_and_places_that_open(chat: Callable[..., list[str]], tiny_index: qa.Index) -> None:
    first, second = tiny_index.ask("綦河洪峰水位是多少？", 3), tiny_index.ask("1100多名干部做了什么？", 3)
    assert (first.found, second.found) == (True, True)
    printed = chat("\ufeff綦河洪峰水位是多少？", "", "1100多名干部做了什么？", ":open 1", ":quit", "不再回答")
    quotes = [citation.quote for answer in (first, second) for citation in answer.citations]
    for number, quote in enumerate(quotes, 1):
        assert f"{quote} [{number}]" in printed
    at = next(number for number, line in enumerate(printed) if line.startswith(first.citations[0].path))
    opened = printed[at:]
    passage = tiny_index.paragraph(first.citations[0].row)
    quote = first.citations[0].quote
    assert passage.text.replace(quote, f"»{quote}«") in opened
    assert tiny_index.paragraph(passage.row + 1).text in opened
    assert opened[-1] == tiny_index.stands(first.citations[0]).reason
    assert not any("不再回答" in line for line in printed)


def test_a_line_that_is_too_long_is_one_question_refused(chat: Callable[..., list[str]], tiny_index: qa.Index) -> None:
    printed = chat("x" * 30_000, "x" * 2001, "綦河洪峰水位是多少？")
    assert printed[-2:] == [
        f"error: A question may have at most 2000 characters; this one has {length}. Please shorten it."
        for length in ("10000+", "2001")
    ]
    assert not any("xxx" in line for line in printed)
    quote = tiny_index.ask("綦河洪峰水位是多少？", 3).citations[0].quote
    assert f"{quote} [1]" in printed


def test_a_follow_up_is_understood_and_another_conversation_begins_anew(
    chat: Callable[..., list[str]], tiny_index: qa.Index
) -> None:
    first = tiny_index.ask("綦河洪峰水位是多少？", 3)
    understood = tiny_index.ask("超保证水位多少？", 3, history=[first]).understood
    printed = chat("綦河洪峰水位是多少？", "超保证水位多少？")
    assert [line for line in printed if line.startswith("understood")] == ([f"understood as: {understood}"] if understood else [])
    printed = chat("綦河洪峰水位是多少？", ":new", ":open 1", ":nonsense", "为什么？")
    assert HELP in printed
    assert printed[-1] == "error: nothing has been cited yet; ask a question first"
    assert not any(line.startswith("understood") for line in printed)


def test_for_programs_an_answer_is_a_line_of_json(chat: Callable[..., list[str]], tiny_index: qa.Index) -> None:
    (line,) = chat("綦河洪峰水位是多少？", options=("--json",))
    asked = tiny_index.ask("綦河洪峰水位是多少？", 3)
    assert json.loads(line) == json.loads(json.dumps(qa.answer_json(asked, tiny_index.stands)))


def test_what_cannot_be_opened_is_one_line_and_the_conversation_goes_on(chat: Callable[..., list[str]]) -> None:
    wrong = ("0", "2", "99999999999", "³")
    printed = chat("綦河洪峰水位是多少？", ":open", *(f":open {number}" for number in wrong), "珠穆朗玛峰有多高？")
    assert [line for line in printed if line.startswith("error")] == [
        f"error: there is no citation {number}; the last is 1" for number in wrong
    ]
    assert printed.count(HELP) == 1
    assert [line[:13] for line in printed if line.startswith("confidence")] == ["confidence 0."] * 2


def test_a_terminal_gets_no_escape_sequence_and_the_indents_as_they_are() -> None:
    assert _shown("\u3000\u3000甲\n\x1b[2J乙") == "\u3000\u3000甲\n\\x1b[2J乙"


def test_chinese_is_edited_by_whole_characters() -> None:
    with create_pipe_input() as keys:
        session: PromptSession[str] = PromptSession(input=keys, output=DummyOutput())
        left, backspace = "\x1b[D", "\x7f"
        keys.send_text(f"洪峰水味{backspace}位多少{left}{left}是{backspace}是\r")
        keys.send_text("讲到一半\x03接着\r\x04")
        assert list(typed_lines(session.prompt)) == ["洪峰水位是多少", "接着"]
