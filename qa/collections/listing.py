"""Collections and documents as they are listed, and the rules for a collection's name."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..disk import Stamp
from ..errors import DocumentError, QAError
from ..index.manifest import DocumentEntry, Manifest, UnreadFile
from .collection_folder import CollectionFolder
from .file_names import is_plain_line

NAME_LIMIT = 60  # characters of a collection's name

State = Literal["ready", "empty", "building", "failed"]


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection in a list, with its counts of `documents` and `passages`.

    `name` is "" for the first one until it is renamed. `trouble` is why the record cannot be read or the last build failed.
    """

    name: str
    slug: str
    documents: int
    passages: int
    state: State
    trouble: QAError | None = None


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document in a list, or, with a `problem`, a file that could not be read.

    `kind` is the file's suffix in capitals: `PDF`. `size` is in bytes, -1 when unknown. `modified` is in
    seconds since 1970, 0 when unknown. `put_in` is True for an added copy, False
    for a user's own file. `also` are the names of other files with the same bytes.
    """

    source: str
    kind: str
    encoding: str = ""
    passages: int = 0
    characters: int = 0
    size: int = -1
    put_in: bool = False
    also: tuple[str, ...] = ()
    problem: QAError | None = None
    modified: float = 0.0


def describe(entry: DocumentEntry, manifest: Manifest, folder: CollectionFolder, roots: Sequence[Path]) -> DocumentInfo:
    """The listing of the manifest's document `entry`, whose roots are at `roots` now."""
    stamp = manifest.stamps.get(entry.source)
    if stamp is None:  # the file was changed just before the build
        with suppress(OSError):
            stamp = Stamp.of(os.stat(manifest.locate(entry.source, roots)))
    return DocumentInfo(
        entry.source, kind_of_name(entry.source), entry.encoding, entry.passages, entry.characters,
        stamp.size if stamp else -1, folder.file_of(entry.source) is not None, entry.also,
        modified=stamp.modified / 1e9 if stamp else 0.0,
    )  # fmt: skip


def describe_unread(unread: UnreadFile, folder: CollectionFolder) -> DocumentInfo:
    """The listing of a file that could not be read."""
    put_in = bool(unread.source) and folder.file_of(unread.source) is not None
    return DocumentInfo(unread.source, kind_of_name(unread.source), put_in=put_in, problem=problem_of(unread))


def problem_of(unread: UnreadFile) -> QAError:
    """Why a file could not be read, as an error about its name without folders."""
    error = unread.error
    return DocumentError(error.code, os.path.basename(unread.source), **error.values) if unread.source else error


def kind_of_name(source: str) -> str:
    """The suffix of `source` in capitals without the dot: `PDF`."""
    return os.path.splitext(source)[1].lstrip(".").upper()


def checked_name(name: str, taken: Collection[str]) -> str:
    """`name` with single spaces, as a collection's name.

    Raises `QAError` for one that is invisible, several lines, too long, or `folded` among `taken`.
    """
    if not is_plain_line(name):
        raise QAError("collections.name_not_plain")
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(name) <= NAME_LIMIT:
        raise QAError("collections.name_length", limit=NAME_LIMIT)
    if folded(name) in taken:
        raise QAError("collections.name_taken", name)
    return name


def slug_of(name: str) -> str:
    """A slug of up to 30 characters from the ASCII letters and digits of `name`; "collection" where it has none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30].strip("-") or "collection"


def folded(name: str) -> str:
    """`name` for comparison: names that differ only in width or case are the same."""
    return unicodedata.normalize("NFKC", name).casefold()
