"""Open an index with the model that built it, once its parts are found to be what was written."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import IndexCorrupt, IndexMismatch, one_line
from ..models.encoder import Encoder, load_encoder
from ..progress import Progress, silent
from .index import Index
from .manifest import check_versions, find_damage, large_parts, read_manifest, read_pointer, rebuild
from .store import Store


def open_index(
    folder: str | os.PathLike[str] = "index",
    model: str | None = None,
    progress: Progress = silent,
    encoder: Encoder | None = None,
) -> Index:
    """Open the index in `folder` with the model that built it, or with `model` or `encoder` if that is the same.

    Every part is read and compared with its SHA-256 first; in an index over 256 MiB, the parts over 1 MiB are compared while it
    is in use (`Index.check`). Raises `IndexNotFound`, `IndexMismatch` or `IndexCorrupt`, each with the command that mends it.
    """
    target = Path(folder)
    while True:
        pointer = read_pointer(target)
        try:
            return _open(target, model, progress, encoder)
        except IndexCorrupt:
            if read_pointer(target) == pointer:
                raise
            # another build took its place meanwhile, and what was being opened is gone


def _open(target: Path, model: str | None, progress: Progress, encoder: Encoder | None) -> Index:
    parts, manifest = read_manifest(target)
    check_versions(target, manifest)
    if encoder is None:
        if model is not None and model != manifest.model:
            raise IndexMismatch(
                f"{target}: was built with the model {one_line(manifest.model)}, not {model}; {rebuild(manifest, target, model)}"
            )
        encoder = load_encoder(manifest.model, progress)
    if (encoder.fingerprint, encoder.dimension) != (manifest.fingerprint, manifest.dimension):
        raise IndexMismatch(
            f"{target}: was built with another version of the model {one_line(manifest.model)} "
            f"({one_line(manifest.fingerprint[:12])}, not {encoder.fingerprint[:12]}); {rebuild(manifest, target)}"
        )
    later = large_parts(manifest)
    problem = find_damage(parts, manifest, later)
    if problem:
        raise IndexCorrupt(f"{target}: {problem}; {rebuild(manifest, target)}")
    try:
        index = Index(Store(target, manifest, parts), encoder)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise IndexCorrupt(f"{target}: {str(error).splitlines()[0]}; {rebuild(manifest, target)}") from error
    if later:
        index.read_parts()
    return index
