"""The engine over a server: candidates by its vectors and words, and one fetch of their texts and vectors.

The scores are those of the local engine: of words from the stored tokens and document frequencies, of vectors from those fetched.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import CodedError, IndexCorrupt, QAError
from ...search.engine import Cosines, Vectors
from ...search.rows import Floats, Ints, Mask, RowMap
from ...search.vectors import QuestionVector
from ...search.vectors.query import products
from ...search.words import SentenceWords, Translation, bm25
from ...search.words.index import LexicalIndex
from ...search.words.postings import term_hash
from ...search.words.terms import Term, Terms
from ...types import Paragraph
from ..catalogue import RECENT, Catalogue
from ..commands import rebuild_command
from .server import BOUNDED, MOST_ROWS, STRONG, Server, one_of
from .snapshot import Snapshot, latest, read_state
from .tables import (
    PASSAGE_FIELDS,
    RECORD_FIELDS,
    TERMS,
    Names,
    StoredPassage,
    key_parts,
    passage_key,
    records_of,
    stored_passage,
    stored_token,
)

# Seconds after which a read may be a little old: all that the opened state consists of was written before.
SETTLED = 10.0
POLLED = 2.0  # seconds between two looks whether the index has changed
MOST_FILTERED = 1000  # documents that a filter names; with more, more is asked for and filtered here


class Near:
    """A fetched passage, and how often it holds each token."""

    __slots__ = ("counts", "passage")

    def __init__(self, passage: StoredPassage) -> None:
        self.passage = passage
        self.counts = Counter(token for tokens in passage.tokens for token in tokens)


class ServedStore(Catalogue):
    """An opened index on a server. Several threads may use it; what it fetched is kept in memory, some thousand passages."""

    def __init__(self, server: Server, snapshot: Snapshot) -> None:
        super().__init__(server.address, snapshot.manifest())
        self.server, self.snapshot = server, snapshot
        self.names = Names(server.address.collection)
        self._opened = self._looked = time.monotonic()
        self._is_current = True
        self._near: dict[int, Near] = {}
        self._number = {each.version: number for number, each in enumerate(snapshot.documents)}
        self._first_sentence = snapshot.first_sentences()
        self._document_sentence = self._first_sentence[self._starts]
        languages = [np.array(each.languages, np.uint8) for each in snapshot.documents]
        self._languages = np.concatenate([np.empty(0, np.uint8), *languages])
        self.means = snapshot.meta.means
        self.dictionary = snapshot.meta.dictionary
        self.dense: Vectors = ServedVectors(self)
        self.sentence_dense: Cosines = ServedSentences(self)
        self.lexical = words = ServedWords(self)
        self.sentence_lexical = SentenceWords(words)

    @property
    def note(self) -> CodedError | None:
        """What this server cannot do, for the user; None for nothing."""
        return None if self.snapshot.meta.words else QAError("index.no_words_on_server", self.server.address)

    def is_current(self) -> bool:
        """Whether nothing was published since it was opened; the server is asked every other second."""
        if self._is_current and time.monotonic() - self._looked > POLLED:
            self._looked = time.monotonic()
            self._is_current = self.snapshot.state >= read_state(self.server, self.names)
        return self._is_current

    @property
    def level(self) -> str:
        """How fresh reads must be: those of an index just opened see all that it consists of."""
        return STRONG if time.monotonic() - self._opened < SETTLED else BOUNDED

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders and files that were indexed, where they were."""
        return self.manifest.moved_roots(self.folder)

    @cached_property
    def passage_languages(self) -> frozenset[str]:
        """The names of the languages of the passages."""
        return frozenset(self.means.names[number] for number in np.flatnonzero(np.bincount(self._languages)))

    def passage_language(self, row: int) -> int:
        """The position in `means.names` of the language of the passage `row`."""
        return int(self._languages[row])

    def sentence_bounds(self, rows: Ints) -> tuple[Ints, Ints]:
        """The sentence rows [first, end) of each passage in `rows`."""
        return self._first_sentence[rows], self._first_sentence[rows + 1]

    def sentence_passages(self, rows: Ints) -> Ints:
        """The passage row of each sentence in `rows`."""
        return np.asarray(np.searchsorted(self._first_sentence, rows, "right") - 1, np.int64)

    def sentence_span(self, row: int) -> tuple[int, int]:
        """The span [start, end), in its document's text, of the sentence `row`."""
        owner = int(self.sentence_passages(np.array([row]))[0])
        return self.near([owner])[0].passage.sentences[row - int(self._first_sentence[owner])]

    def _read_paragraph(self, row: int) -> Paragraph:
        stored = self.near([row])[0].passage
        return Paragraph(
            row=int(row), source=self.document(row).source, start=stored.start, end=stored.end, number=stored.number,
            line=stored.line, text=stored.text, part=stored.part, mark=stored.mark,
        )  # fmt: skip

    def around(self, row: int, reach: int) -> str:
        """The normalised texts of the passage `row` and of its neighbours: see `Catalogue.around`."""
        own = self.document_number(row)
        self.near(list(range(max(int(self._starts[own]), row - reach), min(int(self._starts[own + 1]), row + reach + 1))))
        return super().around(row, reach)

    def by_sentences(self, question: QuestionVector, k: int, allowed: Mask | None = None) -> Ints:
        """The passages of the `k` sentences nearest to `question`; `allowed` is the mask of the passages to search."""

        def row(number: int, at: int) -> int:
            return int(self.sentence_passages(self._document_sentence[number : number + 1] + at)[0])

        return self.nearest(self.names.sentences, "vector", question.values.tolist(), "COSINE", k, allowed, row)[0]

    def by_passages(self, field: str, data: object, metric: str, k: int, allowed: Mask | None) -> tuple[Ints, Floats]:
        """The `k` passages nearest to `data` in the field, and their similarity."""
        return self.nearest(
            self.names.passages, field, data, metric, k, allowed, lambda number, at: int(self._starts[number]) + at
        )

    def nearest(
        self,
        collection: str,
        field: str,
        data: object,
        metric: str,
        k: int,
        allowed: Mask | None,
        row_of: Callable[[int, int], int],
    ) -> tuple[Ints, Floats]:
        """The rows of the `k` nearest, and their similarity; what belongs to no version in use is passed over."""
        expression = self._filter(allowed)
        asked = k
        while True:
            hits = list(self.server.search(collection, field, data, metric, asked, expression, self.level))
            rows, scores = [], []
            for key, score in hits:
                version, at = key_parts(key)
                if (number := self._number.get(version)) is not None:
                    row = row_of(number, at)
                    if allowed is None or allowed[row]:
                        rows.append(row)
                        scores.append(score)
            if len(rows) >= k or len(hits) < min(asked, MOST_ROWS) or asked >= MOST_ROWS:
                return np.array(rows[:k], np.int64), np.array(scores[:k], np.float32)
            asked *= 4

    def _filter(self, allowed: Mask | None) -> str:
        if allowed is None:
            return ""
        numbers = np.unique(np.searchsorted(self._starts, np.flatnonzero(allowed), "right") - 1).tolist()
        if len(numbers) > MOST_FILTERED:
            return ""
        return one_of("document", [self.snapshot.documents[number].version for number in numbers])

    def fetch(self, rows: Ints) -> None:
        """Bring the texts, tokens and vectors of these passages into memory."""
        self.near(rows.tolist())

    def near(self, rows: Sequence[int]) -> list[Near]:
        """The passages `rows`, fetched together as far as they are not in memory. Raises `IndexCorrupt` when one is gone."""
        known = self._near
        missing = [row for row in dict.fromkeys(rows) if row not in known]
        if not missing:
            return [known[row] for row in rows]
        fetched = self._fetched(missing, self.level)
        lost = [row for row in missing if row not in fetched]
        if lost:  # a replica that lags behind
            fetched.update(self._fetched(lost, STRONG))
        if len(fetched) < len(missing):
            command = rebuild_command(self.manifest, self.folder)
            raise IndexCorrupt("index.passages_gone", self.folder, count=len(missing) - len(fetched), command=command)
        if len(known) + len(fetched) > RECENT:
            known = {row: known[row] for row in rows if row in known}
        self._near = known = {**known, **fetched}  # a new one: another thread may still read the old one
        return [known[row] for row in rows]

    def _fetched(self, rows: Sequence[int], level: str) -> dict[int, Near]:
        keys = {self._key(row): row for row in rows}
        found: dict[int, Near] = {}
        for stored in self.server.by_keys(self.names.passages, list(keys), PASSAGE_FIELDS, level):
            row = keys[stored["id"]]
            passage = stored_passage(stored, self.manifest.dimension)
            found[row] = Near(passage if len(passage.vectors) else self._with_vectors(row, passage, level))
        return found

    def _key(self, row: int) -> str:
        number = self.document_number(row)
        return passage_key(self.snapshot.documents[number].version, row - int(self._starts[number]))

    def _with_vectors(self, row: int, passage: StoredPassage, level: str) -> StoredPassage:
        """A passage of very many sentences with their vectors, which did not fit beside its text."""
        from dataclasses import replace

        number = self.document_number(row)
        version, first = self.snapshot.documents[number].version, self._first_sentence[row] - self._document_sentence[number]
        keys = [passage_key(version, int(first) + at) for at in range(len(passage.sentences))]
        own = self.server.by_keys(self.names.passages, [self._key(row)], ["id", "vector"], level)
        found = {each["id"]: each["vector"] for each in self.server.by_keys(self.names.sentences, keys, ["id", "vector"], level)}
        return replace(passage, vectors=np.array([own[0]["vector"], *(found[key] for key in keys)], np.float16))


class ServedVectors:
    """The vectors of passages: searched on the server, compared here."""

    def __init__(self, store: ServedStore) -> None:
        self._store = store

    def search(self, question: QuestionVector, k: int, allowed: Mask | None = None) -> tuple[Ints, Floats]:
        """The `k` rows nearest to the question and their cosines."""
        return self._store.by_passages("vector", question.values.tolist(), "COSINE", k, allowed)

    def scores(self, question: QuestionVector, rows: Ints) -> Floats:
        """The cosines of `rows` with the question."""
        near = self._store.near(rows.tolist())
        vectors = np.array([each.passage.vectors[0] for each in near], np.float32).reshape(len(near), -1)
        return products(vectors, question.values) if near else np.empty(0, np.float32)


class ServedSentences:
    """The vectors of sentences, which came with their passages."""

    def __init__(self, store: ServedStore) -> None:
        self._store = store

    def scores(self, question: QuestionVector, rows: Ints) -> Floats:
        """The cosines of the sentences `rows` with the question."""
        owners, of = np.unique(self._store.sentence_passages(rows), return_inverse=True)
        near = self._store.near(owners.tolist())
        if not near:
            return np.empty(0, np.float32)
        vectors = np.concatenate([each.passage.vectors[1:] for each in near]).astype(np.float32)
        starts = np.cumsum([0, *(len(each.passage.sentences) for each in near)])[:-1]
        first, _ = self._store.sentence_bounds(owners)
        return np.asarray(products(vectors, question.values)[starts[of] + rows - first[of]], np.float32)


class ServedTerms(Terms):
    """The document frequencies that the server keeps, spread over buckets; a bucket is read whole and kept."""

    def __init__(self, store: ServedStore) -> None:
        documents = store.snapshot.documents
        super().__init__(store.manifest.passages, store.manifest.sentences, sum(each.tokens for each in documents))
        self._store = store
        self._buckets: dict[int, dict[str, list[int]]] = {}

    def _found(self, tokens: Sequence[str]) -> list[Term]:
        buckets = [bucket_of(token, self._store.snapshot.meta.buckets) for token in tokens]
        self._read([bucket for bucket in dict.fromkeys(buckets) if bucket not in self._buckets])
        found = []
        for token, bucket in zip(tokens, buckets, strict=True):
            passages, sentences, most = self._buckets[bucket].get(token, (0, 0, 0))
            found.append(self._term(stored_token(token), passages, sentences, most, passages))
        return found

    def _read(self, buckets: Sequence[int]) -> None:
        if not buckets:
            return
        store = self._store
        asked = f'kind == "{TERMS}" and bucket in {list(buckets)}'
        rows = store.server.query(store.names.records, asked, RECORD_FIELDS, store.level)
        read: dict[int, dict[str, list[int]]] = {bucket: {} for bucket in buckets}
        for record in latest(list(records_of(rows)), store.snapshot.heads).values():
            for token, counts in record.value.items():
                before = read[record.bucket].get(token, [0, 0, 0])
                read[record.bucket][token] = [before[0] + counts[0], before[1] + counts[1], max(before[2], counts[2])]
        self._buckets = {**self._buckets, **read}


def bucket_of(token: str, buckets: int) -> int:
    """The bucket in which the document frequency of `token` is."""
    return term_hash(token.encode("utf-8", "surrogatepass")) % buckets


class FetchedPostings:
    """The postings of terms in passages that were fetched, in the form of `PostingLists`."""

    def __init__(self, store: ServedStore) -> None:
        self._store = store

    def in_passages(self, terms: Sequence[Term], rows: Ints) -> tuple[Ints, Ints, Ints]:
        """The postings of `terms` in the passages `rows`: index into `terms`, index into `rows`; the sentences are not told."""
        near = self._store.near(rows.tolist())
        found = [
            (i, at, count) for i, term in enumerate(terms) for at, each in enumerate(near) if (count := each.counts[term.token])
        ]
        return self._repeated(found)

    def in_sentences(self, terms: Sequence[Term], first: int, last: int) -> tuple[Ints, Ints]:
        """The postings of `terms` in the sentences [first, last): index into `terms`, and sentence."""
        tokens = self._tokens(first, last)
        found = [(i, first + at, count) for i, term in enumerate(terms) for at, own in enumerate(tokens)
                 if (count := own.count(term.token))]  # fmt: skip
        owner, sentence, _ = self._repeated(found)
        return owner, sentence

    def lengths_of(self, first: int, last: int) -> NDArray[np.uint16]:
        """The number of tokens of each of the sentences [first, last)."""
        return np.array([len(own) for own in self._tokens(first, last)], np.uint16)

    def words_of(self, first: int, last: int) -> Ints:
        """The number of words of each of the sentences [first, last)."""
        return np.array([sum(token.startswith("w") for token in own) for own in self._tokens(first, last)], np.int64)

    def _tokens(self, first: int, last: int) -> list[tuple[str, ...]]:
        owners = self._store.sentence_passages(np.array([first, last - 1])) if last > first else np.array([0, -1])
        rows = list(range(int(owners[0]), int(owners[1]) + 1))
        every = [tokens for each in self._store.near(rows) for tokens in each.passage.tokens]
        skipped = first - int(self._store.sentence_bounds(np.array(rows[:1]))[0][0]) if rows else 0
        return every[skipped : skipped + last - first]

    @staticmethod
    def _repeated(found: Sequence[tuple[int, int, int]]) -> tuple[Ints, Ints, Ints]:
        owner, at, count = np.array(found, np.int64).reshape(-1, 3).T
        return np.repeat(owner, count), np.repeat(at, count), np.zeros(int(count.sum()), np.int64)


class ServedWords(LexicalIndex):
    """BM25 over the passages of a server: candidates are the server's, scores are those of the local word index."""

    def __init__(self, store: ServedStore) -> None:
        self._store = store
        self._rows = RowMap(store.size)
        self.lists = FetchedPostings(store)  # type: ignore[assignment]
        self.terms = ServedTerms(store)  # type: ignore[assignment]

    def candidates(self, tokens: Sequence[str], k: int, allowed: Mask | None = None) -> Ints:
        """Candidate rows, ascending; none where the server has no search by words."""
        return self._best([term.token for term in self.terms.held(tokens)], k, allowed)

    def translated_candidates(self, translation: Translation, k: int, allowed: Mask | None = None) -> Ints:
        """Candidate rows for a translated question."""
        return self._best([term.token for held in translation.alternatives for term, _ in held], k, allowed)

    def _best(self, tokens: Sequence[str], k: int, allowed: Mask | None) -> Ints:
        if not tokens or not self._store.snapshot.meta.words or not self._store.size:
            return np.empty(0, np.int64)
        asked = " ".join(dict.fromkeys(tokens))
        return np.sort(self._store.by_passages("sparse", asked, "BM25", k, allowed)[0])

    def _norms_of(self, stored: Ints) -> Floats:
        lengths = [sum(map(len, each.passage.tokens)) for each in self._store.near(stored.tolist())]
        return bm25.norms(np.array(lengths, np.int32), self.terms.average)
