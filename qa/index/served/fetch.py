"""Make a local index of one on a server, without embedding its texts again: the inverse of `publish`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import IndexCorrupt, ModelError, QAError
from ...models.encoder import Vectors
from ...progress import Progress, Step, silent
from ..assembly import Centres
from ..build import making
from ..commands import rebuild_command
from ..earlier import UserWords
from ..location import ServerAddress
from ..manifest_file import refuse_newer
from ..prepared import SplitPassage
from ..publish import CACHE, one_builder
from ..vector_cache import VectorCache, split_keys
from .open import local_source, open_served
from .server import SENT_AT_ONCE
from .snapshot import ServedDocument
from .source import LocalSource, uncentred
from .store import ServedStore
from .tables import PASSAGE_FIELDS, passage_key, stored_passage

CLOSE = 0.999  # the cosine of a vector here with the one there: both were rounded to 16 bits


@dataclass(frozen=True, slots=True)
class _Named:
    """Stands for the model that made an index, where every vector is known and none is computed."""

    name: str
    fingerprint: str
    dimension: int

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        raise ModelError("index.vector_missing", self.name)

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        raise ModelError("index.vector_missing", self.name)


def fetch(address: ServerAddress, folder: Path, progress: Progress = silent) -> bool:
    """Make the index in `folder` hold what the one at `address` holds, and compare the two; return whether that changed it.

    Raises `QAError` as opening and building do, and `IndexCorrupt` where the two differ.
    """
    refuse_newer(folder)
    store = open_served(address)
    if not _differing(store, folder):
        return False
    manifest, meta = store.manifest, store.snapshot.meta
    encoder = _Named(manifest.model, manifest.fingerprint, manifest.dimension)
    words = UserWords(store.dictionary, manifest.user_dictionary)
    fixed = (meta.means, Centres(meta.passage_centres, meta.sentence_centres))
    with one_builder(folder, progress, wait=True), making(folder, None, encoder, words, fixed) as writer:
        intake, report = writer.intake, manifest.report
        writer.may_be_empty = True
        cache = VectorCache(folder / CACHE, encoder.fingerprint, encoder.dimension)
        intake.files, intake.unchanged, intake.skipped, intake.ignored = (
            report.files, len(manifest.documents), report.skipped, report.ignored,
        )  # fmt: skip
        intake.unread += manifest.unread
        intake.stamps.update(manifest.stamps)
        done = 0
        for document in store.snapshot.documents:
            passages, own, theirs = _read(store, document)
            keys, sentence_keys = intake.put(document.entry, passages)
            languages = np.array(document.languages, np.int64)
            spoken = np.repeat(languages, document.sentences)
            cache.add(split_keys(keys), uncentred(own, meta.passage_centres[languages]))
            cache.add(split_keys(sentence_keys), uncentred(theirs, meta.sentence_centres[spoken]))
            done += len(passages)
            progress(Step.READING, done, store.size)
        writer.finish(manifest.roots, progress)
    if problems := _differing(store, folder):
        raise IndexCorrupt("index.fetched_differs", folder, count=len(problems), first=problems[0])
    return True


def _read(store: ServedStore, document: ServedDocument) -> tuple[list[SplitPassage], Vectors, Vectors]:
    """The passages of a document in order, their vectors, and those of its sentences. Raises `IndexCorrupt` for lost ones."""
    server, names, dimension = store.server, store.names, store.manifest.dimension
    keys = [passage_key(document.version, number) for number in range(len(document.sentences))]
    sentences = [passage_key(document.version, number) for number in range(sum(document.sentences))]
    rows: dict[str, dict[str, Any]] = {}
    vectors: dict[str, Any] = {}
    for at in range(0, len(keys), SENT_AT_ONCE // 5):
        some = keys[at : at + SENT_AT_ONCE // 5]
        rows.update((row["id"], row) for row in server.by_keys(names.passages, some, [*PASSAGE_FIELDS, "vector"]))
    for row in server.by_keys(names.sentences, sentences, ["id", "vector"]):
        vectors[row["id"]] = row["vector"]
    gone = len(keys) - len(rows) + len(sentences) - len(vectors)
    if gone:
        command = rebuild_command(store.manifest, store.folder)
        raise IndexCorrupt("index.passages_gone", store.folder, count=gone, command=command)

    def array(values: Sequence[object]) -> Vectors:
        return np.array(values, np.float32).reshape(-1, dimension)

    own = array([rows[key]["vector"] for key in keys])
    return [stored_passage(rows[key]) for key in keys], own, array([vectors[key] for key in sentences])


def _differing(store: ServedStore, folder: Path) -> list[str]:
    """The names of the documents that differ in the two indexes: in a name, a text, a span, or a vector."""
    try:
        source = local_source(folder)
        there = {document.entry: (document, rows) for document, rows in source.documents("")}
    except QAError:
        return ["-"]
    entries = {document.entry for document in store.snapshot.documents}
    found = [entry.source for entry in there if entry not in entries]
    if source.manifest.roots != store.manifest.roots or source.manifest.tokenizer != store.manifest.tokenizer:
        found.append("-")
    start = 0
    for document in store.snapshot.documents:
        rows = list(range(start, start + document.entry.passages))
        start += len(rows)
        if document.entry not in there or not _same(store, source, document, rows, *there[document.entry]):
            found.append(document.entry.source)
    return found


def _same(
    store: ServedStore, source: LocalSource, served: ServedDocument, rows: Sequence[int], local: ServedDocument, own: range
) -> bool:
    if (served.version, served.sentences, served.tokens) != (local.version, local.sentences, local.tokens):
        return False
    for at in range(0, len(rows), SENT_AT_ONCE):
        near = store.near(rows[at : at + SENT_AT_ONCE])
        here = source.passages(own[at : at + SENT_AT_ONCE], store.snapshot.meta)[0]
        for one, other in zip(near, here, strict=True):
            a, b = one.packed.vectors.astype(np.float32), other.vectors.astype(np.float32)
            if a.shape != b.shape or (np.einsum("ij,ij->i", a, b) < CLOSE).any():
                return False
    return True
