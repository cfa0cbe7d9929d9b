"""The documents of a build: files are listed, read, recognised as those of the earlier build, or skipped."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

from ..disk import Stamp, sha256_of
from ..documents.folders import FoundFile, Ignored, Root, walk
from ..documents.read import READERS, abilities, largest_file, read_document
from ..errors import DocumentError
from ..text.user_words import UserDictionary
from ..types import Document
from . import layout as names
from .assembly import Assembly
from .earlier import Earlier, suffix_of
from .manifest import DocumentEntry, UnreadFile
from .publish import CACHE
from .reading_cache import ReadingCache

# Skipped files named in the manifest; beyond, they are counted.
MOST_NAMED = 10_000
# A file that changed less than this before it was listed may change again within the same tick of the file system's clock, so
# that its stamp says nothing: nanoseconds, over the 2 s of FAT.
SETTLED = 3 * 10**9
_ATTEMPTS = 3  # to read a file that changes meanwhile


class Intake:
    """The documents of a build in the making: what has been read, taken over from the earlier build, and skipped so far."""

    def __init__(self, target: Path, parts: Path, earlier: Earlier | None, dictionary: UserDictionary) -> None:
        self._target, self._parts, self._earlier, self._dictionary = target, parts, earlier, dictionary
        self.order: list[int] = []  # of documents: the number of a new one, or ~ that of a known one in the earlier manifest
        self.reading = ReadingCache(target / CACHE / "reading.sqlite", f"{READERS} {abilities()}")
        self._largest = largest_file()
        self._listed = time.time_ns()
        self.documents: list[DocumentEntry] = []
        self.unread: list[UnreadFile] = []
        self.skipped = 0
        self.files = self.read = self.unchanged = self.ignored = 0
        self.stamps: dict[str, Stamp] = {}
        self._also: dict[int, list[str]] = {}
        self._seen: dict[tuple[str, str], int] = {}  # the documents so far, by digest and suffix

    @cached_property
    def assembly(self) -> Assembly:
        """The segment that new documents go into; its folder is made when the first one comes."""
        return Assembly(self._parts / names.SEGMENT, self._dictionary)

    def close(self) -> None:
        """Let go of the folder."""
        if "assembly" in self.__dict__:
            self.assembly.close()

    def list_files(self, roots: Sequence[Root], left_out: frozenset[str]) -> list[FoundFile]:
        """The files that there are to read, but for those left out; the others are noted as skipped."""
        files = []
        for item in walk(roots, self._target):
            if isinstance(item, Ignored) or (isinstance(item, FoundFile) and item.source in left_out):
                self.ignored += 1
            elif isinstance(item, DocumentError):
                self._skip(UnreadFile.of(item))
            else:
                self.files += 1
                files.append(item)
        return files

    def take_file(self, file: FoundFile) -> DocumentError | None:
        """Read a file, or take over what the earlier build knows of it, or note why it is skipped, which is returned."""
        if max(file.stamp.modified, file.stamp.changed) < self._listed - SETTLED:
            self.stamps[file.source] = file.stamp
        earlier = self._earlier
        as_it_was = earlier is not None and earlier.manifest.stamps.get(file.source) == file.stamp
        if earlier and as_it_was and file.source in earlier.unread:
            return self._skip(earlier.unread[file.source])
        known = earlier.digests.get(file.source) if earlier and as_it_was else None
        try:
            # one that is too large is not hashed: its reader refuses it
            digest = known or (_digest(file.path) if file.stamp.size <= self._largest else "")
        except DocumentError as error:
            return self._skip(UnreadFile.of(error))  # without its name: the next build tries again
        key = (digest, suffix_of(file.source))
        if key in self._seen:
            self._also.setdefault(self._seen[key], []).append(file.source)
        elif earlier and key in earlier.numbers:
            number = earlier.numbers[key]
            self.order.append(~number)
            self._note(replace(earlier.manifest.documents[number], source=file.source, also=()))
            self.unchanged += 1
        else:
            try:
                self.take(self.reading.read(file.source, file.path, digest, partial(_read_steadily, file, digest)))
            except DocumentError as error:
                return self._skip(UnreadFile.of(error, file.source))
        return None

    def take(self, document: Document) -> None:
        """Take a document that was read."""
        self.order.append(self.assembly.documents)
        self._note(self.assembly.add(document))
        self.read += 1

    def is_as_before(self, roots: tuple[Root, ...]) -> bool:
        """Whether the earlier build holds just this."""
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
        """What is known of the documents, with their other names; nothing when none has a passage."""
        if not any(entry.passages for entry in self.documents):
            return ()
        return tuple(replace(entry, also=tuple(self._also.get(i, ()))) for i, entry in enumerate(self.documents))

    def unread_files(self) -> tuple[UnreadFile, ...]:
        """What was skipped, in the order of the reasons."""
        return tuple(sorted(self.unread, key=lambda unread: unread.reason))


def _read_steadily(file: FoundFile, digest: str) -> Document:
    """A file that has this digest when it is read; one that changes meanwhile is read again, a few times."""
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
