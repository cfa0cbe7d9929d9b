"""Deletes what a shard of an index on a server no longer uses: passages, records, and heads of generations.

What was replaced stays for ten minutes, so that readers that opened the index before still find it; what a killed writer left,
for an hour. A sweep that is stopped is finished by the next one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .server import SENT_AT_ONCE, Server, one_of
from .snapshot import KEPT, latest, read_documents, read_heads
from .tables import DOCUMENT, HEAD, TERMS, Names, Record, record_rows

PUBLISHED = "published"  # of a head: when it was written, in nanoseconds, which may be long after its generation began
SECOND = 10**9
KEPT_UNFINISHED = 3600  # seconds after which what a killed writer left is taken to be left for good

Heads = dict[tuple[str, int], dict[str, Any]]


def sweep(server: Server, names: Names, shard: str) -> None:
    """Delete what the shard no longer uses and nobody can still need."""
    heads, now = read_heads(server, names), time.time_ns()
    documents, terms = list(read_documents(server, names, shard)), _terms(server, names, shard)
    old_documents, old_terms = _old(documents, heads, now), _old(terms, heads, now)
    used = {record.value["version"] for record in latest(documents, heads).values() if record.value is not None}
    versions = {record.value["version"] for record in old_documents if record.value is not None} - used
    for some in _batches(sorted(versions)):
        # Sentences first: while a document's last sentence is there a writer takes it to be there whole.
        server.call("delete", names.sentences, filter=one_of("document", some))
        server.call("delete", names.passages, filter=one_of("document", some))
    old = [*old_documents, *old_terms]
    for some in _batches([key for record in old for key in record.row_keys]):
        server.call("delete", names.records, filter=one_of("id", some))
    gone = set(map(id, old))
    needed = {record.generation for record in [*documents, *terms] if id(record) not in gone}
    own = sorted(generation for of, generation in heads if of == shard)
    unneeded = [each for each in own[:-1] if each not in needed and _published(heads, shard, each) + KEPT * SECOND < now]
    for some in _batches([key for each in unneeded for key in _head(heads, shard, each).row_keys]):
        server.call("delete", names.records, filter=one_of("id", some))


def _terms(server: Server, names: Names, shard: str) -> list[Record]:
    """The records of document frequencies, without their values: a row each."""
    of_shard = f'kind == "{TERMS}" and {one_of("shard", [shard])}'
    keys = [row["id"].split("|") for row in server.every(names.records, of_shard, ["id"])]
    pieces: dict[tuple[int, str], int] = {}
    for _, _, generation, bucket, part in keys:
        at = (int(generation), bucket)
        pieces[at] = max(pieces.get(at, 0), int(part) + 1)
    return [Record(TERMS, shard, generation, bucket, None, int(bucket), count) for (generation, bucket), count in pieces.items()]


def _old(records: Sequence[Record], heads: Heads, now: int) -> list[Record]:
    """Those that were replaced long enough ago, those that killed writers left, and what says that a document is gone.

    The last are deleted only when nothing else is left of the document, which would otherwise be there again.
    """
    counts, copies = latest(records, heads), Counter(record.key for record in records)
    found = []
    for record in records:
        last = counts.get((record.shard, record.key))
        if last is record and (record.kind != DOCUMENT or record.value is not None or copies[record.key] > 1):
            continue
        if (record.shard, record.generation) not in heads:
            due = record.generation + KEPT_UNFINISHED * SECOND < now
        else:
            due = last is not None and _published(heads, last.shard, last.generation) + KEPT * SECOND < now
        if due:
            found.append(record)
    return found


def _published(heads: Heads, shard: str, generation: int) -> int:
    return int(heads[shard, generation][PUBLISHED])


def _head(heads: Heads, shard: str, generation: int) -> Record:
    pieces = len(list(record_rows(Record(HEAD, shard, generation, "", heads[shard, generation]))))
    return Record(HEAD, shard, generation, "", None, 0, pieces)


def _batches(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[at : at + SENT_AT_ONCE // 5] for at in range(0, len(values), SENT_AT_ONCE // 5)]
