"""The intake of a build: each file is read, recognised as a document of the earlier build, or skipped."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

from ..disk import Stamp, sha256_of
from ..documents.folders import FoundFile, Ignored, Root, walk
from ..documents.read import READERS, abilities, largest_file, read_document
from ..errors import DocumentError, record
from ..text.user_words import UserDictionary
from ..types import Document
from . import layout
from .assembly import Assembly
from .earlier import Earlier, document_key, suffix_of
from .manifest import DocumentEntry, UnreadFile
from .prepared import Prepared, SplitPassage, put_together
from .preparing import Preparing
from .publish import CACHE
from .reading_cache import ReadingCache

# Skipped files that the manifest names; further ones are only counted.
MOST_NAMED = 10_000
# Nanoseconds. A file changed less than this before the listing may change again within one tick of the file system's clock (2 s
# on FAT) and keep its stamp; so its stamp is not kept, and the next build reads it.
SETTLED = 3 * 10**9
_ATTEMPTS = 3  # to read a file that changes while it is read


class Intake:
    """The documents of a build so far: read, taken over from the earlier build, or skipped; and the counts of its report."""

    def __init__(self, target: Path, parts: Path, earlier: Earlier | None, dictionary: UserDictionary) -> None:
        self._target, self._parts, self._earlier, self._dictionary = target, parts, earlier, dictionary
        self._preparing = Preparing(dictionary)
        self._unput: deque[int] = deque()  # positions in `documents` of those that are being prepared
        self.order: list[int] = []  # a document each: n for the n-th new one, ~n for number n of the earlier manifest
        self.reading = ReadingCache(target / CACHE / "reading.sqlite", f"{READERS} {abilities()}")
        self._largest = largest_file()
        self._listed = time.time_ns()
        self.documents: list[DocumentEntry] = []
        self.unread: list[UnreadFile] = []
        self.skipped = 0
        self.characters = 0  # of the documents that were read
        self.files = self.read = self.unchanged = self.ignored = 0
        self.elsewhere = 0  # of those ignored, the files that belong to other shards
        self.stamps: dict[str, Stamp] = {}
        self._also: dict[int, list[str]] = {}
        self._seen: dict[tuple[str, str], int] = {}  # a document's position in `documents`, by SHA-256 and suffix

    @cached_property
    def assembly(self) -> Assembly:
        """The segment for new documents; its folder is created with the first one."""
        return Assembly(self._parts / layout.SEGMENT)

    def close(self) -> None:
        """Close the new segment's files, and end what works for it."""
        self._preparing.close()
        if "assembly" in self.__dict__:
            self.assembly.close()

    def list_files(self, roots: Sequence[Root], left_out: Container[str], elsewhere: Container[str] = ()) -> list[FoundFile]:
        """The files of `roots` to read, without those in `left_out` or `elsewhere`; what cannot be read is noted as skipped."""
        files = []
        for item in walk(roots, self._target):
            if isinstance(item, Ignored) or (isinstance(item, FoundFile) and item.source in left_out):
                self.ignored += 1
            elif isinstance(item, FoundFile) and item.source in elsewhere:
                self.ignored += 1
                self.elsewhere += 1
            elif isinstance(item, DocumentError):
                self._skip(UnreadFile.of(item))
            else:
                self.files += 1
                files.append(item)
        return files

    def take_file(self, file: FoundFile) -> DocumentError | None:
        """Take one file: read it or reuse its document of the earlier build. Return why it was skipped, None if it was not."""
        if max(file.stamp.modified, file.stamp.changed) < self._listed - SETTLED:
            self.stamps[file.source] = file.stamp
        earlier = self._earlier
        as_it_was = earlier is not None and earlier.manifest.stamps.get(file.source) == file.stamp
        if earlier and as_it_was and file.source in earlier.unread:
            return self._skip(earlier.unread[file.source])
        known = earlier.digests.get(file.source) if earlier and as_it_was else None
        try:
            # a file that is too large is not hashed, since its reader refuses it
            digest = known or (_digest(file.path) if file.stamp.size <= self._largest else "")
        except DocumentError as error:
            return self._skip(UnreadFile.of(error))  # without its name, so that the next build tries it again
        key = (digest, suffix_of(file.source))
        if key in self._seen:
            self._also.setdefault(self._seen[key], []).append(file.source)
        elif earlier and (known_as := document_key(digest, file.source)) in earlier.numbers:
            number = earlier.numbers[known_as]
            self.order.append(~number)
            self._note(replace(earlier.manifest.documents[number], source=file.source, also=()))
            self.unchanged += 1
        else:
            try:
                self.take(self.reading.read(file.source, file.path, digest, partial(_read_steadily, file, digest)))
            except DocumentError as error:
                # by its name it is not tried again before it changes; one whose reader died may be whole
                return self._skip(UnreadFile.of(error, "" if error.code == "documents.reader_died" else file.source))
        return None

    def take(self, document: Document) -> None:
        """Add a document that was read to the new segment; how many passages it has is known when all are `entries`."""
        self._new()
        self._unput.append(len(self.documents))
        problems = tuple(record(problem) for problem in document.problems)
        text = document.text
        self._note(DocumentEntry(document.source, document.sha256, document.encoding, len(text), 0, problems=problems))
        self.read += 1
        self.characters += len(text)
        self._put(self._preparing.give(document))

    def put(self, entry: DocumentEntry, passages: Iterable[SplitPassage]) -> tuple[bytes, bytes]:
        """Add a document of another index by its passages; return the cache's keys of these and of their sentences."""
        self._put(self._preparing.rest())
        self._new()
        if entry.also:
            self._also[len(self.documents)] = list(entry.also)
        self._note(replace(entry, also=()))
        prepared = put_together(entry.source, passages, self._dictionary)
        self.assembly.put(prepared)
        return prepared.passage_keys, prepared.sentence_keys

    def _new(self) -> None:
        self.order.append(self.assembly.documents + len(self._unput))

    def _put(self, ready: Iterable[Prepared]) -> None:
        for prepared in ready:
            self.assembly.put(prepared)
            position = self._unput.popleft()
            self.documents[position] = replace(self.documents[position], passages=len(prepared.passages))

    def is_as_before(self, roots: tuple[Root, ...]) -> bool:
        """Whether the earlier build has the same roots, documents and skipped files, so that nothing needs to be written."""
        earlier = self._earlier
        return earlier is not None and (roots, self.entries(), self.unread_files(), self.ignored) == (
            earlier.manifest.roots, earlier.manifest.documents, earlier.manifest.unread, earlier.manifest.report.ignored,
        )  # fmt: skip

    def _note(self, entry: DocumentEntry) -> None:
        self._seen[entry.sha256, suffix_of(entry.source)] = len(self.documents)
        self.documents.append(entry)

    def _skip(self, unread: UnreadFile) -> DocumentError:
        self.skipped += 1
        if len(self.unread) < MOST_NAMED:
            self.unread.append(unread)
        return unread.error

    def entries(self) -> tuple[DocumentEntry, ...]:
        """The manifest's entries of the documents, with their other names; empty when no document has a passage."""
        self._put(self._preparing.rest())
        if not any(entry.passages for entry in self.documents):
            return ()
        return tuple(replace(entry, also=tuple(self._also.get(i, ()))) for i, entry in enumerate(self.documents))

    def problems(self) -> list[UnreadFile]:
        """The skipped files and folders, and what of the documents could not be read."""
        return [*self.unread, *(UnreadFile(problem, entry.source) for entry in self.documents for problem in entry.problems)]

    def unread_files(self) -> tuple[UnreadFile, ...]:
        """The skipped files, sorted by reason."""
        return tuple(sorted(self.unread, key=lambda unread: unread.reason))


def _read_steadily(file: FoundFile, digest: str) -> Document:
    """The document of a file with the SHA-256 `digest`; a file that changes meanwhile is read again, up to _ATTEMPTS times.

    Raises `DocumentError` when it cannot be read or does not stop changing.
    """
    for _ in range(_ATTEMPTS):
        document = read_document(file.path, file.source)
        if document.sha256 == digest:
            return document
        digest = document.sha256
    raise DocumentError("index.file_changing", file.path)


def _digest(path: str) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise DocumentError("index.file_unreadable", path, reason=error) from error
