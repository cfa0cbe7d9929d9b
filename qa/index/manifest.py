"""The manifest of an index: its sources, model, versions, documents and files."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, field, replace
from pathlib import Path
from typing import Any

from ..disk import Stamp
from ..documents.folders import Root
from ..errors import DocumentError, from_record, record
from .location import Location

INDEX_FORMAT = 7  # of an index's files; one of another format is built anew


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document in the manifest.

    `source` is its name (its path within its root), `sha256` that of its file, `characters` the length of its text and `passages`
    how many it was split into. `also` are the names of other files with the same bytes, which are not indexed again. `problems`
    say what of the file could not be read, each as `errors.record` returns it.
    """

    source: str
    sha256: str
    encoding: str
    characters: int
    passages: int
    also: tuple[str, ...] = ()
    problems: tuple[dict[str, Any], ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """All names of the document: `source` and those in `also`."""
        return (self.source, *self.also)


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A skipped file or folder. `problem` is the reason as `errors.record` returns it; `source` is the file's name.

    `source` is "" for a folder, and for a file whose bytes could not be read: the next build tries it again.
    """

    problem: dict[str, Any]
    source: str = ""

    @classmethod
    def of(cls, error: DocumentError, source: str = "") -> UnreadFile:
        """The entry for the file `source` that was skipped because of `error`."""
        return cls(record(error), source)

    @property
    def error(self) -> DocumentError:
        """Why it was skipped; `index.skipped` where another version of this program had a reason that this one does not know."""
        try:
            return from_record(self.problem, DocumentError)
        except ValueError:
            return DocumentError("index.skipped", self.source)

    @property
    def reason(self) -> str:
        """Why it was skipped, as one line of English."""
        return str(self.error)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The counts of one build.

    Of the `files` found, `read` were read, `unchanged` were taken over from the earlier build, `duplicates` have the bytes of
    another, and `skipped` could not be read. `ignored` counts the entries that a `.qaignore` excludes, `encodings` the documents
    by encoding. `texts` is the number of different passages and sentences, of which `embedded` were embedded now and the others
    found in the cache. `seconds` is how long the build took.
    """

    files: int = 0
    read: int = 0
    unchanged: int = 0
    duplicates: int = 0
    skipped: int = 0
    ignored: int = 0
    encodings: dict[str, int] = field(default_factory=dict)
    texts: int = 0
    embedded: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was built from and with, and the size and SHA-256 of each of its parts (`files`, by name).

    `created` is in UTC, ISO 8601. `model`, `fingerprint` (of its weights) and `dimension` are the encoder's. `tokenizer`,
    `splitter` and `readers` are versions of the code that made words, passages and texts; `abilities` names the limits and the
    optional packages that decide which files can be read.
    `roots` are the folders and files indexed, `relative` the path of each relative to the index's folder.
    `segments` are the segments' numbers in the order of their rows. `measured` is the number of passages when the means of
    `languages` were measured, which are subtracted from all stored vectors; `changed` counts those added or deleted since.
    `vectors` says how each part of vectors is searched, by the part's name.
    `pending` are the segments whose vectors are still to be made: their passages are found by words alone.
    `unread` are the skipped files, only the first ones if there are very many; `report.skipped` is their number.
    `user_dictionary` is the path the user dictionary was read from, "" for none; its words are stored in the build.
    `stamps` are the sizes and times of the files read or skipped, by name, without those changed just before the build.
    """

    format: int
    created: str
    model: str
    fingerprint: str
    dimension: int
    tokenizer: str
    splitter: int
    readers: str
    abilities: str
    roots: tuple[Root, ...]
    relative: tuple[str, ...]
    documents: tuple[DocumentEntry, ...]
    unread: tuple[UnreadFile, ...]
    passages: int
    sentences: int
    segments: tuple[int, ...]
    measured: int
    changed: int
    languages: tuple[str, ...]
    vectors: dict[str, str]
    report: BuildReport
    stamps: dict[str, Stamp] = field(default_factory=dict)
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    user_dictionary: str = ""
    pending: tuple[int, ...] = ()

    @property
    def skipped(self) -> tuple[str, ...]:
        """Why each file was skipped, a line of English each."""
        return tuple(unread.reason for unread in self.unread)

    @property
    def partly_read(self) -> tuple[str, ...]:
        """What of the documents could not be read, a line of English each."""
        return tuple(UnreadFile(problem).reason for entry in self.documents for problem in entry.problems)

    def moved_roots(self, folder: Location) -> tuple[Path, ...]:
        """Where the roots are now: their stored path, or, where that is gone, their path relative to the index in `folder`."""
        if not isinstance(folder, Path):
            return tuple(Path(root.path) for root in self.roots)
        found = []
        for root, relative in zip(self.roots, self.relative, strict=True):
            stored, beside = Path(root.path), Path(os.path.normpath(folder.absolute() / relative))
            found.append(beside if not stored.exists() and beside.exists() else stored)
        return tuple(found)

    def locate(self, source: str, moved: Sequence[Path]) -> Path:
        """The path of the document named `source` when the roots are at `moved` (as `moved_roots` returns them)."""
        return next(root.place(source, place) for root, place in zip(self.roots, moved, strict=True) if root.holds(source))

    def to_json(self) -> bytes:
        """The manifest as JSON, as it is stored."""
        stored = {**asdict(replace(self, stamps={})), "stamps": {source: astuple(stamp) for source, stamp in self.stamps.items()}}
        if not self.pending:
            del stored["pending"]
        return (json.dumps(stored, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")
