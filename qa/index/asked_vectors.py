"""The vectors of passages that are asked for before the build has made theirs: made at once, for the few that words put first.

They are kept in the cache of the index, from which the build takes them: what is asked for is embedded first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from ..models.encoder import Encoder, Vectors
from ..passages.context import in_context, under_title
from ..search.language_means import LanguageMeans, centre_passages
from ..search.rows import Floats
from ..search.vectors import NoVectors, QuestionVector
from ..types import Mark
from . import layout
from .segment import Segment
from .vector_cache import CachedEncoder, VectorCache


class PendingSegment:
    """A segment without vectors, and the places of those of its `passages` and its `sentences`."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.passages, self.sentences = NoVectors(len(segment.passages)), NoVectors(len(segment.sentences))

    def texts(self, row: int) -> list[str]:
        """What is embedded of the passage `row` of the segment: itself below its title, then each of its sentences."""
        segment, passage = self.segment, self.segment.passages[row]
        whole, begin = segment.text(row), int(passage["start"])
        mark = Mark(0) if passage["mark"] == layout.NO_MARK else segment.marks[passage["mark"]]
        spans = segment.sentences[segment.first_sentence[row] : segment.first_sentence[row + 1]].tolist()
        sentences = [in_context(whole, start - begin, end - begin, mark.columns) for start, end in spans]
        return [under_title(whole, segment.titles[int(passage["document"])], mark.headings), *sentences]


class AskedVectors:
    """Makes the vectors of passages of pending segments for a question, by `encoder`, with the cache in the folder `cache`.

    `centres` are the means, by language, that are subtracted from the vectors of passages and of sentences. Safe for threads.
    """

    def __init__(self, cache: Path, encoder: Encoder, means: LanguageMeans, centres: tuple[Vectors, Vectors]) -> None:
        self._encoder = CachedEncoder(encoder, VectorCache(cache, encoder.fingerprint, encoder.dimension))
        self._means, self._centres = means, centres
        self._lock = Lock()

    def tell(self, questions: Sequence[QuestionVector], places: Sequence[tuple[PendingSegment, int]]) -> None:
        """Let `questions` know the cosines of the passages at `places`, (segment, row in it), and of their sentences."""
        texts = [pending.texts(row) for pending, row in places]
        with self._lock:
            vectors = self._encoder.encode_passages([text for own in texts for text in own])
        starts = np.cumsum([0, *map(len, texts)])
        for (pending, row), first, end in zip(places, starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            spoken = self._means.passage_languages(vectors[first : first + 1])
            passage = centre_passages(vectors[first : first + 1], spoken, self._centres[0])
            sentences = centre_passages(vectors[first + 1 : end], np.repeat(spoken, end - first - 1), self._centres[1])
            rows = np.arange(pending.segment.first_sentence[row], pending.segment.first_sentence[row + 1])
            for question in questions:
                pending.passages.put(question, np.array([row]), _cosines(passage, question))
                pending.sentences.put(question, rows, _cosines(sentences, question))


def _cosines(vectors: Vectors, question: QuestionVector) -> Floats:
    return np.asarray(vectors @ question.values, np.float32)
