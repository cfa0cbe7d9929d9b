"""Questions with known answers, asked of an index: how often it is right, and knows when it is not.

Here are the questions of a file in SQuAD format, asked of an index made of its contexts
(`data[].paragraphs[].{context, qas[].{question, answers[].text}}`); `own_documents.py` has those about one's own documents.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..answers.answer import Answer
from ..answers.confidence import THRESHOLD
from ..errors import DocumentError
from ..index.build import build_documents
from ..index.index import Index
from ..models.encoder import Encoder, Vectors, load_encoder
from ..progress import Progress, Step, silent
from ..types import Document
from .outcomes import Outcome, details
from .question_files import SquadQuestion, holds_answer, read_squad
from .statistics import auroc

MRR_DEPTH = 10
CANDIDATES = 200  # passages in which the right one is looked for

# Asks a question, to be judged at a threshold.
Ask = Callable[[float], Outcome]


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one evaluation; shares are fractions of 1.

    `recall` maps k to the share of questions whose context is among the first k contexts, `mrr` is the mean of 1 / rank
    up to rank 10. A context cut into several passages stands where its best passage does. `sentence` is the share of
    questions for which the sentence cited first holds a gold answer, whether or not the answer would be shown.

    With questions that the contexts do not answer: `auroc` is the probability that one of the good questions gets a higher
    confidence than one of these, `fpr_at_95` the share of these above the confidence that 95 % of the good ones reach,
    `false_answers` the share of these that are answered at `threshold`, `false_refusals` the share of the good ones that
    are not. They are None without. `rows` are the questions one by one. `rated_down` counts the lines of a file from the chat
    that are no questions, since what would have been right is not known; `unasked` says of others why these documents cannot
    be asked them. `embed_passages_per_s` is None where an index was there.
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
    embed_passages_per_s: float | None
    seconds_per_question: float
    model: str
    threshold: float
    rows: tuple[Outcome, ...] = ()
    thresholds: tuple[float, ...] = ()
    rated_down: int = 0
    unasked: tuple[DocumentError, ...] = ()

    def details(self) -> dict[str, Any]:
        """Further figures: intervals, calibration, other thresholds, kinds of failure, tables by key (`outcomes.details`)."""
        made = details(self.rows, (self.threshold, *self.thresholds))
        if self.rated_down:
            made["rated_down"] = self.rated_down
        if self.unasked:
            made["unasked"] = [str(error) for error in self.unasked]
        return made

    def as_json(self) -> dict[str, Any]:
        """The report under the names of the command line's `eval --json`, without `details`."""
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
    thresholds: Sequence[float] = (),
) -> Report:
    """Ask the questions of `file` of its own contexts, or of those of `corpus`.

    `corpus` holds the same contexts in another language, matched by order, and its own answers are then the gold ones if
    it has the same questions. The questions of `unanswerable` belong to other documents. Answers are judged at the first of
    `thresholds` (the shipped one when there is none); all of them are in the report's table.
    """
    asked = read_squad(file)
    searched = asked if corpus is None else read_squad(corpus)
    if len(searched.contexts) != len(asked.contexts):
        there, here = len(searched.contexts), len(asked.contexts)
        raise DocumentError("evaluation.contexts_differ", corpus or "", file=Path(file), there=there, here=here)
    questions = _with_answers_of(asked.questions, searched.questions)
    foreign = read_squad(unanswerable).questions if unanswerable is not None else ()
    clock = Clock(encoder or load_encoder(model, progress))
    with tempfile.TemporaryDirectory(prefix="qa-eval-") as folder:
        documents = [Document(f"context {i}", "", text, "", "utf-8") for i, text in enumerate(searched.contexts)]
        index = build_documents(documents, folder, Path(folder), clock, progress)
        asks = [_ask_squad(index, q, f"{n}", f"context {q.context}", True) for n, q in enumerate(questions, 1)]
        asks += [_ask_squad(index, q, f"other {n}", f"other {q.context}", False) for n, q in enumerate(foreign, 1)]
        report = measure(index, asks, clock, thresholds, progress)
        del index  # its parts are mapped from the folder that goes now
    return report


class Clock:
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


def _with_answers_of(asked: Sequence[SquadQuestion], searched: Sequence[SquadQuestion]) -> Sequence[SquadQuestion]:
    if asked is searched or [q.context for q in asked] != [q.context for q in searched]:
        return asked
    return [SquadQuestion(q.text, q.context, other.answers) for q, other in zip(asked, searched, strict=True)]


def _ask_squad(index: Index, question: SquadQuestion, name: str, cluster: str, answerable: bool) -> Ask:
    expected = tuple((answer,) for answer in question.answers or ("",)) if answerable else ()

    def ask(threshold: float) -> Outcome:
        answer = index.ask(question.text, CANDIDATES, 0.0)
        order = list(dict.fromkeys(index.document_number(hit.paragraph.row) for hit in answer.hits))
        rank = order.index(question.context) + 1 if answerable and question.context in order else None
        held = [holds_answer(citation.quote, question.answers if answerable else ()) for citation in answer.citations]
        return outcome(
            answer, threshold, rank, held,
            id=name, question=question.text, expected=expected, passage=f"context {question.context}", cluster=cluster,
            history=(), source="",
        )  # fmt: skip

    return ask


def outcome(answer: Answer, threshold: float, rank: int | None, held: Sequence[bool], **of_question: Any) -> Outcome:
    """What became of a question whose `answer` was given at any confidence: its citations are there when it asks anything.

    `rank` is that of the first right passage, `held` says of each citation whether it is right, and `of_question` are the
    fields of `Outcome` that tell the question.
    """
    first = answer.citations[0] if answer.citations else None
    hit = answer.hits[0] if answer.hits else None
    return Outcome(
        found=answer.found and answer.confidence >= threshold,
        confidence=answer.confidence,
        rank=rank,
        first_right=bool(held) and held[0],
        any_right=any(held),
        first_quote=first.quote if first else "",
        first_source=first.source if first else "",
        first_place=first.place if first else "",
        scores={name: round(value, 6) for name, value in hit.scores.items()} if hit else {},
        understood=answer.understood,
        threshold=threshold,
        **of_question,
    )


def measure(
    index: Index,
    asks: Sequence[Ask],
    clock: Clock | None,
    thresholds: Sequence[float],
    progress: Progress,
) -> Report:
    """Ask, and make a report of what becomes of it. `clock` is the encoder that the index was made with, if it was made now."""
    threshold = thresholds[0] if thresholds else THRESHOLD
    began = time.perf_counter()
    rows = []
    for done, ask in enumerate(asks, 1):
        rows.append(ask(threshold))
        if done % 20 == 0 or done == len(asks):
            progress(Step.ASKING, done, len(asks))
    seconds = (time.perf_counter() - began) / len(asks)
    good = [row for row in rows if row.answerable]
    rank = np.array([row.rank or np.inf for row in good])
    positive = np.array([row.confidence for row in good])
    negative = np.array([row.confidence for row in rows if not row.answerable])
    compared = len(negative) > 0
    return Report(
        questions=len(good),
        passages=index.size,
        recall={k: round(float((rank <= k).mean()), 6) for k in (1, 5, 10)},
        mrr=round(float(np.where(rank <= MRR_DEPTH, 1 / rank, 0).mean()), 6),
        sentence=round(float(np.mean([row.first_right for row in good])), 6),
        auroc=round(auroc(positive, negative), 6) if compared else None,
        fpr_at_95=round(float((negative >= np.quantile(positive, 0.05)).mean()), 6) if compared else None,
        false_answers=round(float((negative >= threshold).mean()), 6) if compared else None,
        false_refusals=round(float((positive < threshold).mean()), 6) if compared else None,
        embed_passages_per_s=round(index.size / max(clock.seconds, 1e-9), 2) if clock else None,
        seconds_per_question=round(seconds, 5),
        model=index.manifest.model,
        threshold=threshold,
        rows=tuple(rows),
        thresholds=tuple(thresholds),
    )
