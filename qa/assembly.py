"""Documents to the parts of a build, one document after the other: new ones split and counted, known ones taken over.

The parts depend on what the documents hold and on their order alone: an index that was brought up to date is bit for bit the
one that a first build of the same files makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import parts as names
from .dense import DenseIndex
from .embedding_cache import KEY_SIZE, CachedEncoder, EmbeddingCache, text_key
from .encoder import Vectors
from .languages import LanguageMeans
from .lexical import LexicalIndex
from .manifest import DocumentEntry
from .paragraphs import count_lines, line_of, mark_at, split_paragraphs, split_sentences
from .postings import Counting, PostingsByRow
from .tokens import tokenize
from .types import Document, Mark
from .user_dictionary import NO_WORDS, UserDictionary

_ROWS = 8192  # vectors handled at a time


class EarlierBuild:
    """A build that is whole, to take documents from: their rows, texts, keys and counted tokens."""

    def __init__(self, folder: Path) -> None:
        self.passages = np.load(folder / names.PASSAGES, allow_pickle=False)
        self.sentences = np.load(folder / names.SENTENCES, allow_pickle=False)
        self.marks = names.load_marks(folder / names.MARKS)
        self.texts = np.memmap(folder / names.TEXTS, np.uint8, "r")
        self.passage_keys = (folder / names.PASSAGE_KEYS).read_bytes()
        self.sentence_keys = (folder / names.SENTENCE_KEYS).read_bytes()
        self._folder = folder

    @cached_property
    def passage_words(self) -> PostingsByRow:
        """The counted tokens of the passages."""
        return PostingsByRow(LexicalIndex.read_postings(self._folder / names.PASSAGE_WORDS))

    @cached_property
    def sentence_words(self) -> PostingsByRow:
        """The counted tokens of the sentences."""
        return PostingsByRow(LexicalIndex.read_postings(self._folder / names.SENTENCE_WORDS))

    def rows(self, document: int) -> tuple[int, int]:
        """The passage rows [first, last) of a document."""
        first, last = np.searchsorted(self.passages["document"], [document, document + 1])
        return int(first), int(last)

    def sentence_start(self, row: int) -> int:
        """The first sentence row of a passage row, or of what comes after the last."""
        return int(self.passages["sentence"][row]) if row < len(self.passages) else len(self.sentences)

    def text_start(self, row: int) -> int:
        """Where the bytes of a passage row begin, or those of what comes after the last."""
        return int(self.passages["text"][row]) if row < len(self.passages) else len(self.texts)


class Assembly:
    """A build in the making, in an empty folder, with the tokens of a user dictionary."""

    def __init__(self, folder: Path, earlier: EarlierBuild | None = None, dictionary: UserDictionary = NO_WORDS) -> None:
        self._folder = folder
        self._dictionary = dictionary
        if dictionary.words:
            (folder / names.USER_WORDS).write_bytes(dictionary.to_bytes())
        self._earlier = earlier
        self._texts = (folder / names.TEXTS).open("wb")
        self._passages: list[NDArray[Any]] = []
        self._sentences: list[NDArray[Any]] = []
        self._passage_keys, self._sentence_keys = bytearray(), bytearray()
        self._passage_words = Counting(earlier.passage_words if earlier else None)
        self._sentence_words = Counting(earlier.sentence_words if earlier else None)
        self._marks: list[Mark] = []
        self._bytes = 0
        self.documents = 0
        self.passages = 0
        self.sentences = 0

    def close(self) -> None:
        """Let go of the folder."""
        self._texts.close()

    def add(self, document: Document) -> DocumentEntry:
        """Split a document and count its words; what is known of it."""
        text = document.text
        passages: list[tuple[int, ...]] = []
        sentences: list[tuple[int, int, int]] = []
        lines = count_lines(text)
        spans = split_paragraphs(text, marks=document.marks)
        marks: dict[Mark, int] = {}
        for (start, end), (number, part) in zip(spans, _places(text, spans), strict=True):
            passage = text[start:end]
            data = names.encoded(passage)
            row = self.passages + len(passages)
            first = self.sentences + len(sentences)
            line, mark = line_of(lines, start), mark_at(document.marks, start)
            marked = names.NO_MARK if mark is None else marks.setdefault(mark, len(self._marks) + len(marks))
            passages.append((self.documents, start, end, number, line, part, self._bytes, first, marked))
            self._texts.write(data)
            self._bytes += len(data)
            self._passage_keys += text_key(passage)
            self._passage_words.add(tokenize(passage, self._dictionary))
            for a, b in split_sentences(text, start, end):
                sentence = text[a:b]
                sentences.append((row, a, b))
                self._sentence_keys += text_key(sentence)
                self._sentence_words.add(tokenize(sentence, self._dictionary))
        self._marks += marks
        self._append(np.array(passages, names.PASSAGE), np.array(sentences, names.SENTENCE))
        return DocumentEntry(document.source, document.sha256, document.encoding, len(text), len(spans))

    def add_earlier(self, document: int) -> None:
        """Take a document of the earlier build, by its number, as the next one."""
        earlier = self._earlier
        if earlier is None:
            raise ValueError("there is no earlier build")
        first, last = earlier.rows(document)
        first_sentence, last_sentence = earlier.sentence_start(first), earlier.sentence_start(last)
        first_byte, last_byte = earlier.text_start(first), earlier.text_start(last)
        passages = earlier.passages[first:last].copy()
        passages["document"] = self.documents
        passages["text"] += self._bytes - first_byte
        passages["sentence"] += self.sentences - first_sentence
        marked = passages["mark"] != names.NO_MARK
        if marked.any():
            first_mark, last_mark = int(passages["mark"][marked].min()), int(passages["mark"].max()) + 1
            passages["mark"][marked] += len(self._marks) - first_mark
            self._marks += earlier.marks[first_mark:last_mark]
        sentences = earlier.sentences[first_sentence:last_sentence].copy()
        sentences["passage"] += self.passages - first
        self._texts.write(earlier.texts[first_byte:last_byte].tobytes())
        self._bytes += last_byte - first_byte
        self._passage_keys += earlier.passage_keys[first * KEY_SIZE : last * KEY_SIZE]
        self._sentence_keys += earlier.sentence_keys[first_sentence * KEY_SIZE : last_sentence * KEY_SIZE]
        self._passage_words.add_earlier(first, last)
        self._sentence_words.add_earlier(first_sentence, last_sentence)
        self._append(passages, sentences)

    def finish(
        self, encoder: CachedEncoder, cache: EmbeddingCache, progress: Callable[[int, int], None]
    ) -> tuple[tuple[str, ...], frozenset[bytes]]:
        """Embed what the cache does not hold and write every part; the names of the languages, and the keys that were used."""
        self._texts.close()
        passages, sentences = np.concatenate(self._passages), np.concatenate(self._sentences)
        np.save(self._folder / names.PASSAGES, passages, allow_pickle=False)
        np.save(self._folder / names.SENTENCES, sentences, allow_pickle=False)
        names.save_marks(self._folder / names.MARKS, self._marks)
        (self._folder / names.PASSAGE_KEYS).write_bytes(self._passage_keys)
        (self._folder / names.SENTENCE_KEYS).write_bytes(self._sentence_keys)
        for name, words in ((names.PASSAGE_WORDS, self._passage_words), (names.SENTENCE_WORDS, self._sentence_words)):
            (self._folder / name).mkdir()
            LexicalIndex.of(words.finish()).save(self._folder / name)
        del self._passage_words, self._sentence_words

        passage_keys, sentence_keys = _split_keys(self._passage_keys), _split_keys(self._sentence_keys)
        encoder.fill(self._missing(passages, sentences, passage_keys, sentence_keys, cache), progress)
        means = LanguageMeans.measure(encoder)
        np.save(self._folder / names.QUESTION_MEANS, means.questions, allow_pickle=False)
        np.save(self._folder / names.PASSAGE_MEANS, means.passages, allow_pickle=False)
        languages = np.concatenate([means.passage_languages(vectors) for vectors in _chunks(cache, passage_keys)])
        np.save(self._folder / names.PASSAGE_LANGUAGES, languages.astype(np.uint8), allow_pickle=False)
        for name, keys, spoken in (
            (names.PASSAGE_VECTORS, passage_keys, languages),
            (names.SENTENCE_VECTORS, sentence_keys, languages[sentences["passage"]]),
        ):
            own = means.corpus_means(_with(spoken, _chunks(cache, keys)))
            centred = (means.centre(vectors, part, own) for vectors, part in _with(spoken, _chunks(cache, keys)))
            DenseIndex.of(centred, encoder.dimension).save(self._folder / name)
        return means.names, frozenset(chain(passage_keys, sentence_keys))

    def _append(self, passages: NDArray[Any], sentences: NDArray[Any]) -> None:
        self._passages.append(passages)
        self._sentences.append(sentences)
        self.documents += 1
        self.passages += len(passages)
        self.sentences += len(sentences)

    def _missing(
        self, passages: NDArray[Any], sentences: NDArray[Any], passage_keys: list[bytes], sentence_keys: list[bytes],
        cache: EmbeddingCache,
    ) -> list[tuple[bytes, str]]:  # fmt: skip
        """The keys that the cache does not hold, each once, and their texts."""
        if not self._bytes:
            return []
        blob = np.memmap(self._folder / names.TEXTS, np.uint8, "r")
        ends = [*passages["text"][1:].tolist(), self._bytes]
        missing: dict[bytes, str] = {}

        def text(row: int) -> str:
            return names.decoded(blob[int(passages["text"][row]) : ends[row]].tobytes())

        for row, key in enumerate(passage_keys):
            if key not in cache and key not in missing:
                missing[key] = text(row)
        for row, key in enumerate(sentence_keys):
            if key not in cache and key not in missing:
                passage, start, end = sentences[row].item()
                begin = int(passages["start"][passage])
                missing[key] = text(passage)[start - begin : end - begin]
        return list(missing.items())


def _split_keys(keys: bytearray) -> list[bytes]:
    return [bytes(keys[at : at + KEY_SIZE]) for at in range(0, len(keys), KEY_SIZE)]


def _chunks(cache: EmbeddingCache, keys: Sequence[bytes]) -> Iterator[Vectors]:
    for at in range(0, len(keys), _ROWS):
        yield cache.vectors(keys[at : at + _ROWS])


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
