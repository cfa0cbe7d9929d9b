"""Documents to the parts of a segment: new ones are split and counted one after the other, known ones taken over in the end.

The parts depend on what the documents hold and on their order alone: a segment that takes over every document of the index
before is bit for bit the one that a first build of the same files makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..disk import remove
from ..models.encoder import Vectors
from ..passages.split import mark_at, split_passages
from ..search.language_means import LanguageMeans, centre_passages
from ..search.rows import Ints
from ..search.vectors import Choice, DenseIndex
from ..search.words import PostingsWriter
from ..text.lines import count_lines, line_of
from ..text.sentences import split_sentences
from ..text.user_words import NO_WORDS, UserDictionary
from ..text.words import tokenize
from ..types import Document, Mark
from . import layout as names
from .manifest import DocumentEntry
from .segments import Segment
from .vector_cache import KEY_SIZE, CachedEncoder, EmbeddingCache, split_keys, text_key

_ROWS = 8192  # vectors handled at a time


@dataclass(frozen=True, slots=True)
class Centres:
    """The means that the vectors of passages and of sentences are stored without, by language."""

    passages: Vectors
    sentences: Vectors


@dataclass(frozen=True, slots=True)
class _Source:
    """Documents to take rows from: the new ones or those of a segment."""

    passages: NDArray[Any]
    sentences: NDArray[Any]
    marks: Sequence[Mark]
    texts: NDArray[np.uint8]
    passage_keys: NDArray[np.uint8]
    sentence_keys: NDArray[np.uint8]
    documents: Ints  # the first passage of each document and, at the end, the number of passages

    @classmethod
    def of(cls, segment: Segment) -> _Source:
        numbers = np.asarray(segment.passages["document"])
        count = int(numbers[-1]) + 1 if len(numbers) else 0
        return cls(
            segment.passages, segment.sentences, segment.marks, segment.texts, segment.passage_keys, segment.sentence_keys,
            np.searchsorted(numbers, np.arange(count + 1)),
        )  # fmt: skip

    def sentence_start(self, row: int) -> int:
        return int(self.passages["sentence"][row]) if row < len(self.passages) else len(self.sentences)

    def text_start(self, row: int) -> int:
        return int(self.passages["text"][row]) if row < len(self.passages) else len(self.texts)


class Assembly:
    """A segment in the making, in `folder`, which is made, with the tokens of a user dictionary."""

    def __init__(self, folder: Path, dictionary: UserDictionary = NO_WORDS) -> None:
        folder.mkdir()
        (folder / names.WORDS).mkdir()
        self._folder = folder
        self._dictionary = dictionary
        self._new_texts = folder / "new-texts.bin"
        self._texts = self._new_texts.open("wb")
        self._passages: list[NDArray[Any]] = []
        self._sentences: list[NDArray[Any]] = []
        self._passage_keys, self._sentence_keys = bytearray(), bytearray()
        self._words = PostingsWriter(folder / names.WORDS)
        self._marks: list[Mark] = []
        self._bytes = self._passage_count = self._sentence_count = 0
        self.documents = 0
        self.choices: dict[str, Choice] = {}  # how the vectors are searched, by their part's name

    @property
    def passages(self) -> int:
        """How many passages the new documents have."""
        return self._passage_count

    def close(self) -> None:
        """Let go of the folder."""
        self._texts.close()

    def add(self, document: Document) -> DocumentEntry:
        """Split a new document and count its words; what is known of it."""
        text = document.text
        passages: list[tuple[int, ...]] = []
        sentences: list[tuple[int, int]] = []
        lines = count_lines(text)
        spans = split_passages(text, marks=document.marks)
        marks: dict[Mark, int] = {}
        for (start, end), (number, part) in zip(spans, _places(text, spans), strict=True):
            passage = text[start:end]
            data = names.encoded(passage)
            first = self._sentence_count + len(sentences)
            line, mark = line_of(lines, start), mark_at(document.marks, start)
            marked = names.NO_MARK if mark is None else marks.setdefault(mark, len(self._marks) + len(marks))
            passages.append((self.documents, start, end, number, line, part, self._bytes, first, marked))
            self._texts.write(data)
            self._bytes += len(data)
            self._passage_keys += text_key(passage)
            for a, b in split_sentences(text, start, end):
                sentence = text[a:b]
                sentences.append((a, b))
                self._sentence_keys += text_key(sentence)
                self._words.add(tokenize(sentence, self._dictionary))
        self._marks += marks
        self._passages.append(np.array(passages, names.PASSAGE))
        self._sentences.append(np.array(sentences, names.SENTENCE))
        self.documents += 1
        self._passage_count += len(passages)
        self._sentence_count += len(sentences)
        return DocumentEntry(document.source, document.sha256, document.encoding, len(text), len(spans))

    def write(self, order: Sequence[tuple[Segment | None, int]]) -> None:
        """Write all but the vectors.

        `order` names the documents, new ones by None and their number as they were added, known ones by their segment and
        their number there. The numbers of one segment ascend.
        """
        self._texts.close()
        segments = list(dict.fromkeys(segment for segment, _ in order if segment is not None))
        new = _Source(
            np.concatenate([np.empty(0, names.PASSAGE), *self._passages]),
            np.concatenate([np.empty(0, names.SENTENCE), *self._sentences]),
            self._marks,
            names.map_bytes(self._new_texts),
            np.frombuffer(self._passage_keys, np.uint8),
            np.frombuffer(self._sentence_keys, np.uint8),
            np.concatenate([[0], np.cumsum([len(rows) for rows in self._passages])]).astype(np.int64),
        )
        sources: dict[Segment | None, _Source] = {None: new}
        sources.update((segment, _Source.of(segment)) for segment in segments)
        moved = {key: np.full(len(source.sentences), -1, np.int64) for key, source in sources.items()}
        passages, sentences, marks = self._take(order, sources, moved)
        np.save(self._folder / names.PASSAGES, passages, allow_pickle=False)
        np.save(self._folder / names.SENTENCES, sentences, allow_pickle=False)
        names.save_marks(self._folder / names.MARKS, marks)
        for segment in segments:
            self._words.add_earlier(segment.words, moved[segment])
        self._words.finish(names.passages_of_sentences(passages, len(sentences)), moved[None] if segments else None)
        del new, sources
        remove(self._new_texts)

    def _take(
        self,
        order: Sequence[tuple[Segment | None, int]],
        sources: dict[Segment | None, _Source],
        moved: dict[Segment | None, Ints],
    ) -> tuple[NDArray[Any], NDArray[Any], list[Mark]]:
        """The rows of all documents in their order; texts and keys are written on the way."""
        all_passages, all_sentences = [np.empty(0, names.PASSAGE)], [np.empty(0, names.SENTENCE)]
        marks: list[Mark] = []
        sentence = at = 0
        with (
            (self._folder / names.TEXTS).open("wb") as texts,
            (self._folder / names.PASSAGE_KEYS).open("wb") as passage_keys,
            (self._folder / names.SENTENCE_KEYS).open("wb") as sentence_keys,
        ):
            for document, (key, number) in enumerate(order):
                source = sources[key]
                first, last = int(source.documents[number]), int(source.documents[number + 1])
                first_sentence, last_sentence = source.sentence_start(first), source.sentence_start(last)
                first_byte, last_byte = source.text_start(first), source.text_start(last)
                passages = source.passages[first:last].copy()
                passages["document"] = document
                passages["text"] += at - first_byte
                passages["sentence"] += sentence - first_sentence
                marked = passages["mark"] != names.NO_MARK
                if marked.any():
                    first_mark, last_mark = int(passages["mark"][marked].min()), int(passages["mark"].max()) + 1
                    passages["mark"][marked] += len(marks) - first_mark
                    marks += source.marks[first_mark:last_mark]
                sentences = source.sentences[first_sentence:last_sentence]
                texts.write(source.texts[first_byte:last_byte].tobytes())
                passage_keys.write(source.passage_keys[first * KEY_SIZE : last * KEY_SIZE].tobytes())
                sentence_keys.write(source.sentence_keys[first_sentence * KEY_SIZE : last_sentence * KEY_SIZE].tobytes())
                moved[key][first_sentence:last_sentence] = np.arange(sentence, sentence + len(sentences))
                all_passages.append(passages)
                all_sentences.append(sentences)
                sentence, at = sentence + len(sentences), at + last_byte - first_byte
        return np.concatenate(all_passages), np.concatenate(all_sentences), marks

    def fill(self, encoder: CachedEncoder, cache: EmbeddingCache, progress: Callable[[int, int], None]) -> None:
        """Embed what the cache does not hold."""
        passages, sentences, passage_keys, sentence_keys = self._written()
        encoder.fill(self._missing(passages, sentences, passage_keys, sentence_keys, cache), progress)

    def embed(self, encoder: CachedEncoder, cache: EmbeddingCache, means: LanguageMeans, centres: Centres | None) -> Centres:
        """Write the vectors, which the cache holds, without `centres` or, for None, the means of these rows."""
        passages, sentences, passage_keys, sentence_keys = self._written()
        languages = np.concatenate([means.passage_languages(vectors) for vectors in _chunks(cache, passage_keys)])
        np.save(self._folder / names.PASSAGE_LANGUAGES, languages.astype(np.uint8), allow_pickle=False)
        taken = []
        for name, keys, spoken, given in (
            (names.PASSAGE_VECTORS, passage_keys, languages, centres.passages if centres else None),
            (
                names.SENTENCE_VECTORS,
                sentence_keys,
                languages[names.passages_of_sentences(passages, len(sentences))],
                centres.sentences if centres else None,
            ),
        ):
            own = means.corpus_means(_with(spoken, _chunks(cache, keys))) if given is None else given
            self.choices[name] = DenseIndex.write(
                self._folder / name,
                partial(_centred, own, spoken, cache, keys),
                len(keys),
                encoder.dimension,
                precise=name == names.PASSAGE_VECTORS,
            )
            taken.append(own)
        return Centres(*taken)

    def move(self, folder: Path) -> None:
        """Give the segment, which is whole, its name."""
        self._folder.rename(folder)

    def _written(self) -> tuple[NDArray[Any], NDArray[Any], list[bytes], list[bytes]]:
        passages, sentences = (np.load(self._folder / name, allow_pickle=False) for name in (names.PASSAGES, names.SENTENCES))
        keys = (split_keys((self._folder / name).read_bytes()) for name in (names.PASSAGE_KEYS, names.SENTENCE_KEYS))
        return passages, sentences, *keys

    def _missing(
        self, passages: NDArray[Any], sentences: NDArray[Any], passage_keys: list[bytes], sentence_keys: list[bytes],
        cache: EmbeddingCache,
    ) -> list[tuple[bytes, str]]:  # fmt: skip
        """The keys that the cache does not hold, each once, and their texts."""
        blob = names.map_bytes(self._folder / names.TEXTS)
        ends = np.append(passages["text"][1:], len(blob)) if len(passages) else passages["text"]
        missing: dict[bytes, str] = {}

        def text(row: int) -> str:
            return names.decoded(blob[int(passages["text"][row]) : int(ends[row])].tobytes())

        for row, key in enumerate(passage_keys):
            if key not in cache and key not in missing:
                missing[key] = text(row)
        owners = names.passages_of_sentences(passages, len(sentences))
        for row, key in enumerate(sentence_keys):
            if key not in cache and key not in missing:
                passage, (start, end) = int(owners[row]), sentences[row].item()
                begin = int(passages["start"][passage])
                missing[key] = text(passage)[start - begin : end - begin]
        return list(missing.items())


def _chunks(cache: EmbeddingCache, keys: Sequence[bytes]) -> Iterator[Vectors]:
    for at in range(0, len(keys), _ROWS):
        yield cache.vectors(keys[at : at + _ROWS])


def _centred(own: Vectors, languages: NDArray[np.int64], cache: EmbeddingCache, keys: Sequence[bytes]) -> Iterator[Vectors]:
    for vectors, part in _with(languages, _chunks(cache, keys)):
        yield centre_passages(vectors, part, own)


def _with(languages: NDArray[np.int64], chunks: Iterator[Vectors]) -> Iterator[tuple[Vectors, NDArray[np.int64]]]:
    """Chunks of vectors, each with the languages of its rows."""
    at = 0
    for vectors in chunks:
        yield vectors, languages[at : at + len(vectors)]
        at += len(vectors)


def _places(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """For each span its paragraph's number, from 1, and its part: 0 for a whole line, 1, 2, ... for parts of a long one."""
    numbers: list[int] = []
    number, previous = 0, 0
    for start, end in spans:
        if not numbers or any(char in "\r\n\x0b\x0c\x85\u2028\u2029" for char in text[previous:start]):
            number += 1
        numbers.append(number)
        previous = end
    places: list[tuple[int, int]] = []
    for i, n in enumerate(numbers):
        alone = (i == 0 or numbers[i - 1] != n) and (i + 1 == len(numbers) or numbers[i + 1] != n)
        places.append((n, 0 if alone else (places[-1][1] + 1 if places and places[-1][0] == n else 1)))
    return places
