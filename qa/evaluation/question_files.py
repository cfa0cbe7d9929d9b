"""Question files: SQuAD format, and one JSON object a line for questions about one's own documents."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DocumentError

OPTIONAL = ("id", "note", "source", "language")
# what the chat adds to a rated question (chat/feedback.py)
RATED = ("rating", "answer", "time", "collection")
KEYS = ("question", "quote", "history", *OPTIONAL)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the number of the context that answers it, and the answers' texts."""

    text: str
    context: int
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The contexts and questions of one file, in its order."""

    contexts: tuple[str, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A line of a question file about one's own documents.

    `quotes` are the alternatives of which an answer must hold one; none when the documents do not answer.
    `source` is the document that must be cited, "" for any, and `line` counts from 1. `history` are the questions asked
    before it in the same conversation, the oldest first.
    """

    text: str
    quotes: tuple[str, ...]
    line: int
    source: str = ""
    id: str = ""
    note: str = ""
    language: str = ""
    history: tuple[str, ...] = ()


def read_questions(file: str | os.PathLike[str]) -> QuestionSet:
    """A question file in SQuAD format. Raises `DocumentError`, naming the file and what is wrong with it."""
    try:
        stored = json.loads(Path(file).read_bytes())
    except OSError as error:
        raise DocumentError(f"{file}: {error.strerror or error}; name a question file in SQuAD format") from error
    except (ValueError, RecursionError) as error:
        remedy = (
            "add --index or --documents to ask a line at a time" if Path(file).suffix == ".jsonl" else "name a file of that form"
        )
        raise DocumentError(f"{file}: is not JSON in SQuAD format ({error}); {remedy}") from error
    contexts: list[str] = []
    questions: list[Question] = []
    try:
        for entry in stored["data"]:
            for paragraph in entry["paragraphs"]:
                for asked in paragraph["qas"]:
                    answers = tuple(dict.fromkeys(_text(answer["text"]) for answer in asked.get("answers", [])))
                    questions.append(Question(_text(asked["question"]), len(contexts), answers))
                contexts.append(_text(paragraph["context"]))
    except KeyError as error:
        raise DocumentError(f"{file}: is not in SQuAD format (no {error}); see the README for the form") from error
    except (TypeError, AttributeError) as error:
        raise DocumentError(f"{file}: is not in SQuAD format ({error}); see the README for the form") from error
    if not questions:
        raise DocumentError(f"{file}: holds no question; name a question file in SQuAD format")
    return QuestionSet(tuple(contexts), tuple(questions))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is no text")
    return value


def holds_answer(text: str, answers: Sequence[str]) -> bool:
    """Whether `text` holds one of `answers`, white space, width and case aside."""
    plain = _plain(text)
    return any(_plain(answer) in plain for answer in answers if _plain(answer))


def read_own_questions(file: str | os.PathLike[str]) -> tuple[OwnQuestion, ...]:
    """A question file of one JSON object a line. Raises `DocumentError`, naming file, line and what is wrong with it.

    An answer rated down without a quote is passed over: what would have been right is not known. A quote makes it a question.
    """
    try:
        lines = Path(file).read_text("utf-8-sig").split("\n")
    except OSError as error:
        raise DocumentError(f"{file}: {error.strerror or error}; name a question file, one JSON object a line") from error
    except UnicodeDecodeError as error:
        raise DocumentError(f"{file}: is not UTF-8 ({error.reason}); save it as UTF-8") from error
    questions = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                entry = json.loads(line)
                if not _is_open(entry):
                    questions.append(_own_question(entry, number))
            except (ValueError, TypeError, RecursionError) as error:
                reason = f"is not JSON ({error})" if isinstance(error, json.JSONDecodeError) else str(error)
                raise DocumentError(f"{file}, line {number}: {reason}; see the README for the form") from error
    if not any(question.quotes for question in questions):
        raise DocumentError(f"{file}: holds no question with a quote; see the README for the form")
    names = [question.id for question in questions if question.id]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise DocumentError(f"{file}: two questions have the id {repeated!r}; give each its own")
    return tuple(questions)


def passed_over(file: str | os.PathLike[str], questions: Sequence[OwnQuestion]) -> int:
    """How many answers rated down `read_own_questions` passed over when it read `questions` from `file`."""
    return sum(map(bool, map(str.strip, Path(file).read_text("utf-8-sig").split("\n")))) - len(questions)


def _is_open(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("rating") == "down" and "quote" not in entry


def _own_question(entry: Any, line: int) -> OwnQuestion:
    if not isinstance(entry, dict):
        raise TypeError("is no JSON object")
    known = (*KEYS, *RATED) if "rating" in entry else KEYS
    unknown = next((key for key in entry if key not in known), None)
    if unknown is not None:
        raise TypeError(f"unknown key {unknown!r} (there are {', '.join(KEYS)})")
    missing = next((key for key in ("question", "quote") if key not in entry), None)
    if missing is not None:
        raise TypeError(f"has no {missing!r}")
    text = _text(entry["question"])
    if not _plain(text):
        raise TypeError("its question is empty")
    quote = entry["quote"]
    quotes = tuple(map(_text, [] if quote is None else quote if isinstance(quote, list) else [quote]))
    if (quote is not None and not quotes) or not all(map(_plain, quotes)):
        raise TypeError("its quote is empty (null says that the documents do not answer)")
    history = entry.get("history", [])
    if not isinstance(history, list) or not all(isinstance(earlier, str) and _plain(earlier) for earlier in history):
        raise TypeError("its history is no list of the questions asked before it")
    texts = {key: _text(entry[key]) for key in OPTIONAL if entry.get(key) is not None}
    return OwnQuestion(text, quotes, line, history=tuple(history), **texts)


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
