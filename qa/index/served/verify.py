"""Whether a server still holds what was sent: every passage of every document is read back and compared by its digest."""

from __future__ import annotations

from ...errors import IndexCorrupt
from ...progress import Progress, Step, silent
from ..commands import rebuild_command
from .server import SENT_AT_ONCE
from .store import ServedStore
from .tables import passage_key, version_of


def verify_served(store: ServedStore, progress: Progress = silent) -> list[str]:
    """The problems of an index on a server, a line each: passages that differ from those sent, sentences that are not there."""
    problems, done, starts = [], 0, 0
    for document in store.snapshot.documents:
        rows = range(starts, starts + document.entry.passages)
        starts = rows.stop
        passages = []
        try:
            for at in range(rows.start, rows.stop, SENT_AT_ONCE):
                passages += [near.passage for near in store.near(list(rows[at - rows.start : at - rows.start + SENT_AT_ONCE]))]
            sentences = [passage_key(document.version, number) for number in range(sum(document.sentences))]
            there = store.server.by_keys(store.names.sentences, sentences, ["id"])
            if version_of(document.entry.source, passages) != document.version or len(there) != len(sentences):
                command = rebuild_command(store.manifest, store.folder)
                raise IndexCorrupt("index.passages_differ", store.folder, source=document.entry.source, command=command)
        except IndexCorrupt as problem:
            problems.append(str(problem))
        done += len(rows)
        progress(Step.CHECKING, done, store.size)
    return problems
