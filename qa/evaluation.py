"""Questions with known answers, asked of an index made of their contexts: how often it is right, and knows when it is not.

Question files are in SQuAD format: `data[].paragraphs[].{context, qas[].{question, answers[].text}}`.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .answers import Assessment, assess, cite
from .building import build_documents
from .confidence import THRESHOLD
from .encoder import Encoder, Vectors, load_encoder
from .index import Index
from .progress import Progress, silent
from .types import Document, DocumentError

MRR_DEPTH = 10


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
class Report:
    """Figures of one evaluation; shares are fractions of 1.

    `recall` maps k to the share of questions whose context is among the first k contexts, `mrr` is the mean of 1 / rank
    up to rank 10. A context cut into several passages stands where its best passage does. `sentence` is the share of
    questions for which the sentence cited first holds a gold answer, whether or not the answer would be shown.

    With questions that the contexts do not answer: `auroc` is the probability that one of the good questions gets a higher
    confidence than one of these, `fpr_at_95` the share of these above the confidence that 95 % of the good ones reach,
    `false_answers` the share of these that are answered at the shipped threshold, `false_refusals` the share of the good
    ones that are not. They are None without.
    """

    questions: int
    passages: int
    recall: dict[int, float]
    mrr: float
    sentence: float
    auroc: float | None
    fpr_at_95: float | None
    false_answers: float | None
    false_refusals: float | None
    embed_passages_per_s: float
    seconds_per_question: float
    model: str
    threshold: float

    def as_json(self) -> dict[str, Any]:
        """The report under the names of the command line's `eval --json`."""
        return {
            "questions": self.questions,
            "passages": self.passages,
            **{f"recall@{k}": value for k, value in self.recall.items()},
            f"mrr@{MRR_DEPTH}": self.mrr,
            "sentence@1": self.sentence,
            **(
                {}
                if self.auroc is None
                else {
                    "auroc": self.auroc,
                    "fpr@95tpr": self.fpr_at_95,
                    "false_answers": self.false_answers,
                    "false_refusals": self.false_refusals,
                }
            ),
            "embed_passages_per_s": self.embed_passages_per_s,
            "seconds_per_question": self.seconds_per_question,
            "model": self.model,
            "threshold": self.threshold,
        }


def evaluate(
    file: str | os.PathLike[str],
    corpus: str | os.PathLike[str] | None = None,
    unanswerable: str | os.PathLike[str] | None = None,
    model: str | None = None,
    progress: Progress = silent,
    encoder: Encoder | None = None,
) -> Report:
    """Ask the questions of `file` of its own contexts, or of those of `corpus`.

    `corpus` holds the same contexts in another language, matched by order, and its own answers are then the gold ones if
    it has the same questions. The questions of `unanswerable` belong to other documents.
    """
    asked = read_questions(file)
    searched = asked if corpus is None else read_questions(corpus)
    if len(searched.contexts) != len(asked.contexts):
        raise DocumentError(
            f"{corpus}: has {len(searched.contexts)} contexts and {file} has {len(asked.contexts)}; name a file with the same "
            "contexts in the same order"
        )
    questions = _with_answers_of(asked.questions, searched.questions)
    foreign = read_questions(unanswerable).questions if unanswerable is not None else ()
    clock = _Clock(encoder or load_encoder(model, progress))
    with tempfile.TemporaryDirectory(prefix="qa-eval-") as folder:
        documents = [Document(f"context {i}", "", text, "", "utf-8") for i, text in enumerate(searched.contexts)]
        index = build_documents(documents, folder, Path(folder), clock, progress)
        report = _measure(index, questions, foreign, clock, progress)
        del index  # its parts are mapped from the folder that goes now
    return report


def read_questions(file: str | os.PathLike[str]) -> QuestionSet:
    """A question file in SQuAD format. Raises `DocumentError`, naming the file and what is wrong with it."""
    try:
        stored = json.loads(Path(file).read_bytes())
    except OSError as error:
        raise DocumentError(f"{file}: {error.strerror or error}; name a question file in SQuAD format") from error
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{file}: is not JSON ({error}); name a question file in SQuAD format") from error
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


def auroc(positives: NDArray[np.float64], negatives: NDArray[np.float64]) -> float:
    """The probability that a positive scores above a negative, ties counting half (Mann and Whitney's U over its most)."""
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, "left")
    upto = np.searchsorted(ordered, positives, "right")
    return float((below + upto).mean() / 2 / len(negatives))


class _Clock:
    """An encoder that knows how long it took to encode passages."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.fingerprint, self.dimension = encoder.name, encoder.fingerprint, encoder.dimension
        self.seconds = 0.0
        self.texts = 0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str], progress: Any = None) -> Vectors:
        began = time.perf_counter()
        vectors = self._encoder.encode_passages(texts, progress)
        if progress is not None:  # the index's own texts, not the measuring of languages
            self.seconds += time.perf_counter() - began
            self.texts += len(texts)
        return vectors


def _with_answers_of(asked: Sequence[Question], searched: Sequence[Question]) -> Sequence[Question]:
    if asked is searched or [q.context for q in asked] != [q.context for q in searched]:
        return asked
    return [Question(q.text, q.context, other.answers) for q, other in zip(asked, searched, strict=True)]


def _measure(
    index: Index, questions: Sequence[Question], foreign: Sequence[Question], clock: _Clock, progress: Progress
) -> Report:
    label = "asking"
    total = len(questions) + len(foreign)
    ranks, sentences, good, bad = [], [], [], []
    began = time.perf_counter()
    for done, question in enumerate(questions, 1):
        assessed = assess(index, question.text)
        ranks.append(_rank(index, assessed, question.context))
        sentences.append(assessed is not None and holds_answer(_first_sentence(index, assessed), question.answers))
        good.append(assessed.confidence if assessed else 0.0)
        if done % 20 == 0 or done == total:
            progress(label, done, total)
    for done, question in enumerate(foreign, len(questions) + 1):
        assessed = assess(index, question.text)
        bad.append(assessed.confidence if assessed else 0.0)
        if done % 20 == 0 or done == total:
            progress(label, done, total)
    seconds = (time.perf_counter() - began) / total
    rank = np.array(ranks, np.float64)
    positive, negative = np.array(good), np.array(bad)
    compared = len(negative) > 0
    return Report(
        questions=len(questions),
        passages=index.size,
        recall={k: round(float((rank <= k).mean()), 6) for k in (1, 5, 10)},
        mrr=round(float(np.where(rank <= MRR_DEPTH, 1 / rank, 0).mean()), 6),
        sentence=round(float(np.mean(sentences)), 6),
        auroc=round(auroc(positive, negative), 6) if compared else None,
        fpr_at_95=round(float((negative >= np.quantile(positive, 0.05)).mean()), 6) if compared else None,
        false_answers=round(float((negative >= THRESHOLD).mean()), 6) if compared else None,
        false_refusals=round(float((positive < THRESHOLD).mean()), 6) if compared else None,
        embed_passages_per_s=round(index.size / max(clock.seconds, 1e-9), 2),
        seconds_per_question=round(seconds, 5),
        model=index.manifest.model,
        threshold=THRESHOLD,
    )


def _rank(index: Index, assessed: Assessment | None, context: int) -> float:
    """The rank of `context` among the contexts in the order of their best passages; infinity when it is not there."""
    if assessed is None:
        return float("inf")
    order = dict.fromkeys(index.document_number(int(row)) for row in assessed.evidence.rows)
    return next((rank for rank, number in enumerate(order, 1) if number == context), float("inf"))


def _first_sentence(index: Index, assessed: Assessment) -> str:
    return cite(index, 1, assessed.spans[0]).quote


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
