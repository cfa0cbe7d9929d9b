"""The build that an update starts from, and the user dictionary of a build."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from numpy.typing import NDArray

from ..documents.read import READERS, abilities
from ..errors import QAError
from ..models.encoder import Encoder
from ..passages.split import SPLITTER
from ..search.words import Deleted
from ..text.user_words import NO_WORDS, UserDictionary, read_user_dictionary
from ..text.words import tokenizer_name
from . import layout
from .damage import find_damage, unchanged_parts
from .manifest import Manifest, UnreadFile
from .manifest_file import read_manifest
from .merge_policy import KEPT_DELETED
from .segment import Segment


@dataclass(frozen=True, slots=True)
class UserWords:
    """A user dictionary and the absolute path of the file it was read from, "" for none."""

    dictionary: UserDictionary = NO_WORDS
    path: str = ""

    @classmethod
    def read(cls, file: str | os.PathLike[str] | None) -> UserWords:
        """The dictionary in `file`; an empty one for None. Raises `DocumentError` when it cannot be read."""
        return cls() if file is None else cls(read_user_dictionary(file), os.path.abspath(file))


@dataclass(frozen=True, slots=True)
class Earlier:
    """The build in use, when an update can start from it: undamaged, and made with the same model and versions."""

    folder: Path
    manifest: Manifest
    segments: dict[int, Segment]  # by segment number
    places: NDArray[Any]  # of the manifest's documents, dtype `layout.DOCUMENT`
    digests: dict[str, str]  # the SHA-256 of each document, by each of its names
    numbers: dict[tuple[str, str, str], int]  # a document's number in the manifest, by `document_key`
    unread: dict[str, UnreadFile]  # skipped files by name, when the same readers are available now

    @classmethod
    def open(cls, target: Path, encoder: Encoder, dictionary: UserDictionary) -> Earlier | None:
        """The build in use in `target`; None when there is none, or it is damaged or made with another model or version."""
        try:
            folder, manifest = read_manifest(target)
            made_with = (manifest.fingerprint, manifest.dimension, manifest.tokenizer, manifest.splitter, manifest.readers)
            tokenizer = tokenizer_name(dictionary)
            if made_with != (encoder.fingerprint, encoder.dimension, tokenizer, SPLITTER, READERS):
                return None
            if find_damage(folder, manifest, unchanged_parts(folder, manifest)):
                return None
            return cls(
                folder,
                manifest,
                {number: Segment(folder / f"{layout.SEGMENT}{number}") for number in manifest.segments},
                layout.load_rows(folder / layout.DOCUMENTS, layout.DOCUMENT),
                {source: entry.sha256 for entry in manifest.documents for source in entry.sources},
                {document_key(entry.sha256, entry.source): number for number, entry in enumerate(manifest.documents)},
                {unread.source: unread for unread in manifest.unread if unread.source and manifest.abilities == abilities()},
            )
        except (QAError, OSError, ValueError, KeyError, TypeError):
            return None

    def due(self) -> frozenset[int]:
        """The numbers of the segments that the next build must rewrite: with text deleted over KEPT_DELETED seconds ago, or
        without vectors."""
        deleted = {number: self.folder / f"{layout.DELETED}{number}" for number in self.segments}
        latest = time.time() - KEPT_DELETED
        return frozenset(self.manifest.pending) | frozenset(
            number for number, folder in deleted.items() if folder.exists() and float(Deleted.open(folder).since[0]) < latest
        )


def document_key(digest: str, source: str) -> tuple[str, str, str]:
    """By what a document of the earlier build is known again: its bytes, and its name without folders, under which its passages
    are embedded."""
    return digest, PurePosixPath(source).stem, suffix_of(source)


def suffix_of(source: str) -> str:
    """The suffix of a name in lower case: with the bytes it decides how a file is read."""
    return os.path.splitext(source)[1].lower()
