"""A local index as what is sent to a server: its documents, passages, vectors and document frequencies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...models.encoder import Vectors
from ...search.language_means import centre_passages
from ...search.rows import Ints
from ..manifest import Manifest
from ..publish import CACHE
from ..store import Store
from ..vector_cache import VectorCache
from .packed import tokens_of
from .snapshot import Meta, ServedDocument
from .tables import StoredPassage, version_of
from .words import bucket_of

FEW_TERMS = 50_000
FEW_BUCKETS, MANY_BUCKETS = 256, 4096  # over which document frequencies are spread, with up to so many terms and with more


class LocalSource:
    """The opened local index `store`, with the vectors that its cache has."""

    def __init__(self, store: Store) -> None:
        self._store = store
        manifest = store.manifest
        assert isinstance(store.folder, Path)
        self._cache = VectorCache(store.folder / CACHE, manifest.fingerprint, manifest.dimension)
        self._passage_centres, self._sentence_centres = store.centres()
        self._frequencies = store.lexical.terms.frequencies()

    @property
    def manifest(self) -> Manifest:
        """The manifest of the index."""
        return self._store.manifest

    def meta(self, shards: int, words: bool) -> Meta:
        """What a new index on a server is made with: the means subtracted are this index's, or, since other shards are sent by
        others, those of the sample questions alone."""
        store, manifest = self._store, self._store.manifest
        alone = shards == 1 and len(self._passage_centres)
        few = shards == 1 and len(self._frequencies) <= FEW_TERMS
        return Meta(
            manifest.model, manifest.fingerprint, manifest.dimension, manifest.tokenizer, store.means,
            self._passage_centres if alone else store.means.passages, self._sentence_centres if alone else store.means.passages,
            store.dictionary, shards, FEW_BUCKETS if few else MANY_BUCKETS, words,
        )  # fmt: skip

    def frequencies(self, buckets: int) -> dict[int, dict[str, list[int]]]:
        """The document frequencies of all words, by bucket."""
        found: dict[int, dict[str, list[int]]] = {}
        for token, counts in self._frequencies.items():
            found.setdefault(bucket_of(token, buckets), {})[token] = list(counts)
        return found

    def documents(self, shard: str) -> Iterator[tuple[ServedDocument, range]]:
        """Each document with the rows of its passages."""
        store, manifest, first = self._store, self._store.manifest, 0
        for entry in manifest.documents:
            rows = range(first, first + entry.passages)
            first = rows.stop
            sentences = [store.sentence_rows(row) for row in rows]
            tokens = sum(int(store.lexical.lists.lengths_of(each.start, each.stop).sum()) for each in sentences)
            root = next(number for number, each in enumerate(manifest.roots) if each.holds(entry.source))
            stamps = {source: manifest.stamps[source] for source in entry.sources if source in manifest.stamps}
            yield (
                ServedDocument(
                    shard, root, entry, version_of(entry.source, [self._passage(row) for row in rows]),
                    tuple(store.passage_language(row) for row in rows), tuple(len(each) for each in sentences), tokens, stamps,
                ),
                rows,
            )  # fmt: skip

    def passages(self, rows: Sequence[int], meta: Meta) -> tuple[list[StoredPassage], Vectors, Vectors]:
        """The passages `rows`, and their vectors and those of their sentences as they are searched."""
        store = self._store
        sentences = [store.sentence_rows(row) for row in rows]
        languages = np.array([store.passage_language(row) for row in rows], np.int64)
        flat = np.array([row for each in sentences for row in each], np.int64)
        own = self._vectors(
            store.passage_keys(rows), languages, meta.passage_centres, self._passage_centres, lambda: store.passage_vectors(rows)
        )
        theirs = self._vectors(
            store.sentence_keys(flat.tolist()), np.repeat(languages, [len(each) for each in sentences]), meta.sentence_centres,
            self._sentence_centres, lambda: store.sentence_vectors(flat),
        )  # fmt: skip
        found, at = [], 0
        for i, (row, of) in enumerate(zip(rows, sentences, strict=True)):
            vectors = np.concatenate([own[i : i + 1], theirs[at : at + len(of)]]).astype(np.float16)
            found.append(self._passage(row, vectors))
            at += len(of)
        return found, own, theirs

    def _passage(self, row: int, vectors: Any = None) -> StoredPassage:
        """A passage, without tokens and vectors if none are given."""
        store, paragraph = self._store, self._store.paragraph(row)
        spans = tuple(store.sentence_span(sentence) for sentence in store.sentence_rows(row))
        passage = StoredPassage(
            paragraph.start, paragraph.end, paragraph.number, paragraph.line, paragraph.part, paragraph.mark, paragraph.text,
            spans, (), np.empty((0, 0), np.float16),
        )  # fmt: skip
        return passage if vectors is None else replace(passage, tokens=tokens_of(passage, store.dictionary), vectors=vectors)

    def _vectors(self, keys: Sequence[bytes], languages: Ints, centres: Vectors, before: Vectors, stored: Any) -> Vectors:
        """Vectors minus `centres`: from the cache, else from those stored in the index, from which `before` was subtracted."""
        known = self._cache.get(list(dict.fromkeys(keys)))
        if all(key in known for key in keys):
            return centre_passages(np.array([known[key] for key in keys], np.float32), languages, centres)
        vectors: Vectors = stored()
        if np.array_equal(centres, before):
            return vectors
        return centre_passages(uncentred(vectors, before[languages]), languages, centres)


def uncentred(vectors: Vectors, means: Vectors) -> Vectors:
    """The unit vectors from which `means`, a row each, were subtracted before what was left was brought to length 1."""
    along = np.einsum("ij,ij->i", vectors, means)
    rest = 1 - np.einsum("ij,ij->i", means, means)
    length = -along + np.sqrt(np.maximum(along**2 + rest, 0))
    return np.asarray(means + length[:, None] * vectors, np.float32)
