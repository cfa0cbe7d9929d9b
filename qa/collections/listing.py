"""What is shown of a collection and of the documents in it, and which names a collection may have."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from ..errors import DocumentError, QAError
from ..index.manifest import DocumentEntry, Manifest, UnreadFile
from .collection_folder import CollectionFolder
from .file_names import is_plain_line

NAME_LIMIT = 60  # characters of a collection's name

State = Literal["ready", "empty", "building", "failed"]


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection as it is shown.

    `name` is empty while the first one has not been given any. `trouble` is why its record cannot be read, or its last
    build's error.
    """

    name: str
    slug: str
    documents: int
    passages: int
    state: State
    trouble: QAError | None = None


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document of a collection, or with a `problem` a file that was not read.

    `kind` is the file's suffix in capitals: `PDF`. `size` is in bytes, or -1 when it is not known; `put_in` tells a copy that
    was put in from the user's own file. `also` are other files with the same bytes.
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


def describe(entry: DocumentEntry, manifest: Manifest, folder: CollectionFolder) -> DocumentInfo:
    """A document of an index."""
    stamp = manifest.stamps.get(entry.source)
    return DocumentInfo(
        entry.source, kind_of_name(entry.source), entry.encoding, entry.passages, entry.characters,
        stamp.size if stamp else -1, folder.file_of(entry.source) is not None, entry.also,
    )  # fmt: skip


def describe_unread(unread: UnreadFile, folder: CollectionFolder) -> DocumentInfo:
    """A file that was not read."""
    put_in = bool(unread.source) and folder.file_of(unread.source) is not None
    return DocumentInfo(unread.source, kind_of_name(unread.source), put_in=put_in, problem=problem_of(unread))


def problem_of(unread: UnreadFile) -> QAError:
    """Why a file was not read, about its name without the folders it is in."""
    error = unread.error
    return DocumentError(error.code, os.path.basename(unread.source), **error.values) if unread.source else error


def kind_of_name(source: str) -> str:
    """The kind of a file as its name says it: `PDF`."""
    return os.path.splitext(source)[1].lstrip(".").upper()


def checked_name(name: str, taken: Collection[str]) -> str:
    """A collection's name, its white space single. Raises `QAError` for one that cannot be or is among `taken`, folded."""
    if not is_plain_line(name):
        raise QAError("collections.name_not_plain")
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(name) <= NAME_LIMIT:
        raise QAError("collections.name_length", limit=NAME_LIMIT)
    if folded(name) in taken:
        raise QAError("collections.name_taken", name)
    return name


def slug_of(name: str) -> str:
    """A short plain name for a collection's folder, made of `name` where that has letters of ASCII."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30].strip("-") or "collection"


def folded(name: str) -> str:
    """A name by which collections are told apart: neither width nor case counts."""
    return unicodedata.normalize("NFKC", name).casefold()
