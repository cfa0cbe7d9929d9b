"""Open an index with the model that built it, after its parts have been compared with their SHA-256."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ..config import synonyms_file
from ..errors import IndexCorrupt, IndexMismatch
from ..models.encoder import Encoder, load_encoder
from ..progress import Progress, silent
from ..text.synonyms import SynonymFiles
from .commands import rebuild_command
from .damage import find_damage, large_parts
from .index import Index
from .location import Location, ServerAddress, location_of
from .manifest import Manifest
from .manifest_file import check_versions, read_manifest, read_pointer
from .store import Store

T = TypeVar("T")


def open_index(
    folder: str | os.PathLike[str] = "index",
    model: str | None = None,
    progress: Progress = silent,
    encoder: Encoder | None = None,
    synonyms: str | os.PathLike[str] | None = None,
) -> Index:
    """Open the index in `folder`, or on a server (`milvus://host:port/collection`), with the model that built it.

    `model`, a hub name or folder, and `encoder`, a loaded model, must be that model. `progress` is told of loading it. `synonyms`
    is a file of words that mean the same (`text/synonyms.py`), None for the one that `QA_SYNONYMS` names, if any.
    Every part is compared with its SHA-256 first; in an index over 256 MiB, parts over 1 MiB are compared while it is in use
    (`Index.check`). Raises `IndexNotFound`, `IndexMismatch` or `IndexCorrupt`, each with the command that mends it, and
    `DocumentError` for a line of synonyms that is none.
    """
    target = location_of(folder)
    words = SynonymFiles(synonyms_file() if synonyms is None else synonyms)
    index = _opened(target, model, progress, encoder)
    index.use_synonyms(words)
    return index


def load_encoder_of(folder: str | os.PathLike[str] = "index", progress: Progress = silent) -> Encoder:
    """The model of the index in `folder` or on a server. Of the index itself only the manifest is read.

    Raises what `open_index` raises, but for damage of other parts.
    """
    target = location_of(folder)
    return _fitting(target, _manifest(target), None, progress, None)


def _manifest(target: Location) -> Manifest:
    if isinstance(target, ServerAddress):
        from .served.open import served_manifest

        return served_manifest(target)
    return _unless_replaced(target, lambda: read_manifest(target)[1])


def _opened(target: Location, model: str | None, progress: Progress, encoder: Encoder | None) -> Index:
    if isinstance(target, ServerAddress):
        return _open_on_server(target, model, progress, encoder)
    return _unless_replaced(target, lambda: _open(target, model, progress, encoder))


def _unless_replaced(folder: Path, read: Callable[[], T]) -> T:
    """What `read` makes of the build in use; once more where a newer one was published meanwhile and this one deleted."""
    while True:
        pointer = read_pointer(folder)
        try:
            return read()
        except IndexCorrupt:
            if read_pointer(folder) == pointer:
                raise


def _open(target: Path, model: str | None, progress: Progress, encoder: Encoder | None) -> Index:
    parts, manifest = read_manifest(target)
    check_versions(target, manifest)
    encoder = _fitting(target, manifest, model, progress, encoder)
    later = large_parts(manifest)
    problem = find_damage(parts, manifest, later)
    if problem:
        raise IndexCorrupt("index.damaged", target, problem=problem, command=rebuild_command(manifest, target))
    try:
        index = Index(Store(target, manifest, parts), encoder)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise IndexCorrupt("index.damaged", target, problem=error, command=rebuild_command(manifest, target)) from error
    if later:
        index.read_parts()
    return index


def _open_on_server(address: ServerAddress, model: str | None, progress: Progress, encoder: Encoder | None) -> Index:
    from .served.open import open_served

    store = open_served(address)
    return Index(store, _fitting(address, store.manifest, model, progress, encoder))


def _fitting(target: Location, manifest: Manifest, model: str | None, progress: Progress, encoder: Encoder | None) -> Encoder:
    """The encoder that the index was built with: `encoder` if that is it, else loaded. Raises `IndexMismatch` for another."""
    if encoder is None:
        if model is not None and model != manifest.model:
            command = rebuild_command(manifest, target, model)
            raise IndexMismatch("index.other_model", target, model=manifest.model, asked=model, command=command)
        encoder = load_encoder(manifest.model, progress)
    if (encoder.fingerprint, encoder.dimension) != (manifest.fingerprint, manifest.dimension):
        raise IndexMismatch(
            "index.other_model_version", target, model=manifest.model, version=manifest.fingerprint[:12],
            asked=encoder.fingerprint[:12], command=rebuild_command(manifest, target),
        )  # fmt: skip
    return encoder
