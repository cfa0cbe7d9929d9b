"""`cited-qa chat`: a conversation in the terminal. Without one, as in a pipe, every line of the input is a question."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import qa

from ..config import QUESTION_LIMIT, data_folder
from ..errors import QAError, one_line
from ..progress import Progress

HELP = ":open N shows the place of citation N, :new begins another conversation, :quit ends"
_AROUND = 1  # passages shown before and after a cited one
_LONGEST_LINE = 10_000  # characters of a line that are read at a time
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def run_chat(options: argparse.Namespace, progress: Progress) -> int:
    """Answer what is typed, or comes by the pipe, until `:quit` or its end. Raises `QAError` when there is no index."""
    index = qa.open(options.index, progress=progress)
    settings: dict[str, Any] = {} if options.threshold is None else {"threshold": options.threshold}
    conversation = Conversation(index, options.within, settings, bold=sys.stdout.isatty(), as_json=options.json)
    if sys.stdin.isatty():
        print(HELP)
    for line in _typed() if sys.stdin.isatty() else _piped():
        if not conversation.take(line):
            break
    return 0


class Conversation:
    """Questions and answers over an open `index`, printed; with `bold` the cited words stand out, `as_json` an answer is a JSON
    line.
    """

    def __init__(self, index: qa.Index, within: list[str] | None, settings: dict[str, Any], bold: bool, as_json: bool) -> None:
        self.index = index
        self.within = within
        self.settings = settings
        self.marks = (_BOLD, _PLAIN) if bold else ("»", "«")
        self.as_json = as_json
        self.answers: list[qa.Answer | str] = []
        self.citations: list[qa.Citation] = []  # of the whole conversation: the first has number 1

    def take(self, line: str) -> bool:
        """Do what a line asks for; whether the conversation goes on."""
        text = line.strip()
        command, _, rest = text.partition(" ")
        if command in (":quit", ":q"):
            return False
        try:
            if command == ":open" and rest.strip():
                self._open(rest.strip())
            elif command == ":new":
                self.answers, self.citations = [], []
            elif command.startswith(":"):
                print(HELP)
            elif text:
                self._ask(text)
        except QAError as error:
            print(f"error: {error}", file=sys.stderr)
        sys.stdout.flush()
        return True

    def _ask(self, question: str) -> None:
        if len(question) > QUESTION_LIMIT:
            length = len(question) if len(question) < _LONGEST_LINE else f"{len(question)}+"
            raise QAError("chat.question_too_long", limit=QUESTION_LIMIT, length=length)
        answer = self.index.ask(question, 3, history=self.answers, within=self.within, **self.settings)
        self.answers.append(answer)
        if self.as_json:
            print(json.dumps(qa.answer_json(answer, self.index.stands), ensure_ascii=False))
            return
        if answer.understood:
            print(f"understood as: {_shown(answer.understood)}")
        if not answer.found:
            print(_shown(answer.text))
            for hit in answer.hits[:1]:
                print(f"nearest: {one_line(f'{hit.paragraph.source}, {hit.paragraph.place}')}")
        for number, citation in enumerate(answer.citations, len(self.citations) + 1):
            print(f"{_shown(citation.quote)} [{number}]\n    {one_line(f'{citation.source}, {citation.place}')}")
        self.citations += answer.citations
        print(f"confidence {answer.confidence:.2f}\n")

    def _open(self, number: str) -> None:
        """Print the passage of a citation, the quotation marked in it, between its neighbours, and whether it still stands."""
        if not self.citations:
            raise QAError("cli.nothing_cited")
        if not (number.isascii() and number.isdecimal() and len(number) < 9 and 1 <= int(number) <= len(self.citations)):
            raise QAError("cli.no_such_citation", number=number, most=len(self.citations))
        citation = self.citations[int(number) - 1]
        print(f"{one_line(citation.path)}, {one_line(citation.place)}\n")
        rows = self.index.document_rows(citation.source)
        for row in range(max(rows.start, citation.row - _AROUND), min(rows.stop, citation.row + _AROUND + 1)):
            passage = self.index.paragraph(row)
            text = _shown(passage.text)
            if row == citation.row:
                start, end = (min(max(at - passage.start, 0), len(passage.text)) for at in (citation.start, citation.end))
                opening, closing = self.marks
                parts = (passage.text[:start], passage.text[start:end], passage.text[end:])
                before, quote, after = map(_shown, parts)
                text = f"{before}{opening}{quote}{closing}{after}"
            print(f"{text}\n")
        print(self.index.stands(citation).reason)


def _shown(text: str) -> str:
    """A document's text as a terminal may show it: its lines, but no escape sequence that would move or colour anything."""
    return "\n".join("\u3000".join(map(one_line, line.split("\u3000"))) for line in text.split("\n"))


def _typed() -> Iterator[str]:
    """The lines typed at the prompt, which are kept for the arrow keys; Ctrl+C clears the line, Ctrl+D ends."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory

    history: History = InMemoryHistory()
    with contextlib.suppress(OSError):
        data_folder().mkdir(parents=True, exist_ok=True)
        file = data_folder() / "typed"
        file.touch(0o600)
        history = FileHistory(file)
    yield from typed_lines(PromptSession(history=history).prompt)


def typed_lines(prompt: Callable[[str], str]) -> Iterator[str]:
    """What `prompt` reads, line by line."""
    while True:
        try:
            yield prompt("? ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def _piped() -> Iterator[str]:
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    while line := sys.stdin.readline(_LONGEST_LINE):
        yield line.removeprefix("\ufeff")
        while not line.endswith("\n") and (line := sys.stdin.readline(_LONGEST_LINE)):  # the rest of one that was too long
            pass
