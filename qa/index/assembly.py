"""A new segment is assembled: new documents, split and tokenized, are put one by one, known ones come from earlier segments.

The parts depend only on the documents' contents and their order: a segment made of copies is byte for byte the one that a first
build of the same files writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..disk import remove
from ..models.encoder import Encoder, Vectors
from ..passages.context import in_context, under_title
from ..search.language_means import LanguageMeans, centre_passages
from ..search.rows import Ints
from ..search.vectors import Choice, DenseIndex
from ..search.words import PostingsWriter
from ..text.stop_words import likely_language
from ..types import Mark
from . import layout
from .embedding import VECTORS_HELD, embed_texts
from .prepared import Prepared
from .segment import Segment
from .vector_cache import KEY_SIZE, VectorCache, split_keys

_TOLD_BY = 600  # bytes of a document by which its language is told
_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Centres:
    """The mean vector of each language, which is subtracted from every stored vector: shape (languages, dimension) each."""

    passages: Vectors
    sentences: Vectors


@dataclass(frozen=True, slots=True)
class _Source:
    """The rows that documents are copied from: those of the new documents, or those of a segment."""

    passages: NDArray[Any]
    sentences: NDArray[Any]
    marks: Sequence[Mark]
    titles: Sequence[str]
    texts: NDArray[np.uint8]
    passage_keys: NDArray[np.uint8]
    sentence_keys: NDArray[np.uint8]
    documents: Ints  # shape (documents + 1,): the first passage of each document and, last, the number of passages

    @classmethod
    def of(cls, segment: Segment) -> _Source:
        numbers = np.asarray(segment.passages["document"])
        count = int(numbers[-1]) + 1 if len(numbers) else 0
        return cls(
            segment.passages, segment.sentences, segment.marks, segment.titles, segment.texts, segment.passage_keys,
            segment.sentence_keys, np.searchsorted(numbers, np.arange(count + 1)),
        )  # fmt: skip

    def sentence_start(self, row: int) -> int:
        return int(self.passages["sentence"][row]) if row < len(self.passages) else len(self.sentences)

    def text_start(self, row: int) -> int:
        return int(self.passages["text"][row]) if row < len(self.passages) else len(self.texts)


class Assembly:
    """A segment that is being written to `folder`, which it creates."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        (folder / layout.WORDS).mkdir()
        self._folder = folder
        self._new_texts = folder / "new-texts.bin"
        self._texts = self._new_texts.open("wb")
        self._passages: list[NDArray[Any]] = []
        self._sentences: list[NDArray[Any]] = []
        self._passage_keys, self._sentence_keys = bytearray(), bytearray()
        self._words = PostingsWriter(folder / layout.WORDS)
        self._marks: list[Mark] = []
        self._titles: list[str] = []
        self._bytes = self._passage_count = self._sentence_count = 0
        self.documents = 0
        self._rows: tuple[NDArray[Any], NDArray[Any]]  # passages and sentences of the whole segment; set by `write`
        self._keys: bytes  # the cache keys of all passages, then of all sentences; set by `write`
        self._vectors: Vectors  # in the order of `_keys`, before the means are subtracted; set by `embed`
        self.choices: dict[str, Choice] = {}  # how each part of vectors is searched, by the part's name; set by `index`

    @property
    def passages(self) -> int:
        """The number of passages of the documents added so far."""
        return self._passage_count

    def close(self) -> None:
        """Close the file of texts."""
        self._texts.close()

    def put(self, document: Prepared) -> None:
        """Write the texts and postings of the next document."""
        passages = document.passages.copy()
        passages["document"] = self.documents
        passages["text"] += self._bytes
        passages["sentence"] += self._sentence_count
        passages["mark"][passages["mark"] != layout.NO_MARK] += len(self._marks)
        self._texts.write(document.texts)
        self._bytes += len(document.texts)
        self._words.add_all(document.names, document.terms, document.sizes)
        self._passage_keys += document.passage_keys
        self._sentence_keys += document.sentence_keys
        self._marks += document.marks
        self._titles.append(document.title)
        self._passages.append(passages)
        self._sentences.append(document.sentences)
        self.documents += 1
        self._passage_count += len(passages)
        self._sentence_count += len(document.sentences)

    def write(self, order: Sequence[tuple[Segment | None, int]]) -> None:
        """Write every part of the segment but the vectors.

        `order` lists the documents of the segment as (source, number): (None, its number in the order of `add`) for a new one,
        (its earlier segment, its number there) for a known one. The numbers of one source ascend.
        """
        self._texts.close()
        segments = list(dict.fromkeys(segment for segment, _ in order if segment is not None))
        new = _Source(
            np.concatenate([np.empty(0, layout.PASSAGE), *self._passages]),
            np.concatenate([np.empty(0, layout.SENTENCE), *self._sentences]),
            self._marks,
            self._titles,
            layout.map_bytes(self._new_texts),
            np.frombuffer(self._passage_keys, np.uint8),
            np.frombuffer(self._sentence_keys, np.uint8),
            np.concatenate([[0], np.cumsum([len(rows) for rows in self._passages])]).astype(np.int64),
        )
        sources: dict[Segment | None, _Source] = {None: new}
        sources.update((segment, _Source.of(segment)) for segment in segments)
        moved = {key: np.full(len(source.sentences), -1, np.int64) for key, source in sources.items()}
        if segments:
            with (self._folder / layout.TEXTS).open("wb") as texts:
                self._take(order, sources, moved, texts)
        else:  # only new documents, whose texts are already in this order
            self._new_texts.rename(self._folder / layout.TEXTS)
            self._take(order, sources, moved, None)
        for segment in segments:
            self._words.add_earlier(segment.words, moved[segment])
        passages, sentences = self._rows
        self._words.finish(layout.passages_of_sentences(passages, len(sentences)), moved[None] if segments else None)
        del new, sources
        remove(self._new_texts)

    def _take(
        self,
        order: Sequence[tuple[Segment | None, int]],
        sources: dict[Segment | None, _Source],
        moved: dict[Segment | None, Ints],
        texts: BinaryIO | None,
    ) -> None:
        """Write the rows, marks, titles and keys of the documents in `order`, and their texts to `texts` unless it is None.

        `moved` receives, for each source, the new row of each of its sentences that is taken.
        """
        all_passages, all_sentences = [np.empty(0, layout.PASSAGE)], [np.empty(0, layout.SENTENCE)]
        passage_keys, sentence_keys = bytearray(), bytearray()
        marks: list[Mark] = []
        titles: list[str] = []
        sentence = at = 0
        for document, (key, number) in enumerate(order):
            source = sources[key]
            first, last = int(source.documents[number]), int(source.documents[number + 1])
            first_sentence, last_sentence = source.sentence_start(first), source.sentence_start(last)
            first_byte, last_byte = source.text_start(first), source.text_start(last)
            passages = source.passages[first:last].copy()
            passages["document"] = document
            passages["text"] += at - first_byte
            passages["sentence"] += sentence - first_sentence
            marked = passages["mark"] != layout.NO_MARK
            if marked.any():
                first_mark, last_mark = int(passages["mark"][marked].min()), int(passages["mark"].max()) + 1
                passages["mark"][marked] += len(marks) - first_mark
                marks += source.marks[first_mark:last_mark]
            titles.append(source.titles[number])
            sentences = source.sentences[first_sentence:last_sentence]
            if texts is not None:
                texts.write(source.texts[first_byte:last_byte].tobytes())
            passage_keys += source.passage_keys[first * KEY_SIZE : last * KEY_SIZE].tobytes()
            sentence_keys += source.sentence_keys[first_sentence * KEY_SIZE : last_sentence * KEY_SIZE].tobytes()
            moved[key][first_sentence:last_sentence] = np.arange(sentence, sentence + len(sentences))
            all_passages.append(passages)
            all_sentences.append(sentences)
            sentence, at = sentence + len(sentences), at + last_byte - first_byte
        self._rows = np.concatenate(all_passages), np.concatenate(all_sentences)
        self._keys = bytes(passage_keys + sentence_keys)
        np.save(self._folder / layout.PASSAGES, self._rows[0], allow_pickle=False)
        np.save(self._folder / layout.SENTENCES, self._rows[1], allow_pickle=False)
        (self._folder / layout.PASSAGE_KEYS).write_bytes(passage_keys)
        (self._folder / layout.SENTENCE_KEYS).write_bytes(sentence_keys)
        layout.save_marks(self._folder / layout.MARKS, marks)
        layout.save_titles(self._folder / layout.TITLES, titles)
        self._marks, self._titles = marks, titles

    def embed(self, scratch: Path, encoder: Encoder, cache: VectorCache, progress: Callable[[int, int], None]) -> int:
        """Make a vector for every passage and sentence in the file `scratch`; return how many were not in `cache`.

        `encoder` computes those, and `progress` is told (characters done, characters in all). Raises OSError.
        """
        passages, sentences = self._rows
        owners = layout.passages_of_sentences(passages, len(sentences))
        blob = layout.map_bytes(self._folder / layout.TEXTS)
        ends = np.append(passages["text"][1:], len(blob)) if len(passages) else passages["text"]

        def text(row: int) -> str:
            passage = row if row < len(passages) else int(owners[row - len(passages)])
            whole = layout.decoded(blob[int(passages["text"][passage]) : int(ends[passage])].tobytes())
            marked = int(passages["mark"][passage])
            mark = Mark(0) if marked == layout.NO_MARK else self._marks[marked]
            if row < len(passages):
                return under_title(whole, self._titles[int(passages["document"][passage])], mark.headings)
            start, end = sentences[row - len(passages)].item()
            begin = int(passages["start"][passage])
            return in_context(whole, start - begin, end - begin, mark.columns)

        lengths = np.concatenate([rows["end"].astype(np.int64) - rows["start"] for rows in self._rows]).tolist()
        self._vectors, embedded = embed_texts(scratch, split_keys(self._keys), lengths, text, encoder, cache, progress)
        return embedded

    def note_languages(self, names: Sequence[str]) -> None:
        """Write the language of each passage, a position in `names`, by the beginning of its document: for a segment that has no
        vectors yet."""
        passages, _ = self._rows
        blob = layout.map_bytes(self._folder / layout.TEXTS)
        numbers = passages["document"]
        starts = passages["text"][np.searchsorted(numbers, np.arange(int(numbers[-1]) + 1))].tolist() if len(numbers) else []
        begins = (blob[start : start + _TOLD_BY].tobytes().decode("utf-8", "ignore") for start in starts)
        known = {name: number for number, name in enumerate(names)}
        spoken = np.array([known.get(likely_language(text), known["en"]) for text in begins], np.uint8)
        np.save(self._folder / layout.PASSAGE_LANGUAGES, spoken[numbers], allow_pickle=False)

    def index(self, means: LanguageMeans, centres: Centres | None) -> Centres:
        """Write the vector indexes of `embed`'s vectors minus `centres`, or minus their own means for None; return the means."""
        passages, sentences = self._rows
        languages = np.concatenate(
            [means.passage_languages(part) for part in _parts(self._vectors[: len(passages)])] or [np.empty(0, np.int64)]
        )
        np.save(self._folder / layout.PASSAGE_LANGUAGES, languages.astype(np.uint8), allow_pickle=False)
        taken = []
        for name, vectors, spoken, given in (
            (layout.PASSAGE_VECTORS, self._vectors[: len(passages)], languages, centres.passages if centres else None),
            (
                layout.SENTENCE_VECTORS,
                self._vectors[len(passages) :],
                languages[layout.passages_of_sentences(passages, len(sentences))],
                centres.sentences if centres else None,
            ),
        ):
            own = means.corpus_means(_with(spoken, vectors)) if given is None else given
            self.choices[name] = DenseIndex.write(
                self._folder / name,
                partial(_centred, own, spoken, vectors),
                len(vectors),
                vectors.shape[1],
                precise=name == layout.PASSAGE_VECTORS,
            )
            taken.append(own)
        return Centres(*taken)

    def move(self, folder: Path) -> None:
        """Rename the segment's folder to `folder`, once every part is written."""
        self._folder.rename(folder)


def _parts(rows: NDArray[_T]) -> Iterator[NDArray[_T]]:
    for at in range(0, len(rows), VECTORS_HELD):
        yield rows[at : at + VECTORS_HELD]


def _centred(own: Vectors, languages: NDArray[np.int64], vectors: Vectors) -> Iterator[Vectors]:
    for part, spoken in _with(languages, vectors):
        yield centre_passages(part, spoken, own)


def _with(languages: NDArray[np.int64], vectors: Vectors) -> Iterator[tuple[Vectors, NDArray[np.int64]]]:
    """The vectors in parts of up to VECTORS_HELD rows, each with the languages of its rows."""
    return zip(_parts(vectors), _parts(languages), strict=True)
