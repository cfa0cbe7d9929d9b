"""Whether an index's own parts and the files of its documents are unchanged since it was built."""

from __future__ import annotations

import os
from pathlib import Path

from ..disk import Stamp, sha256_of
from ..errors import CodedError, DocumentError, IndexCorrupt, QAError
from ..types import Verification
from .commands import rebuild_command
from .damage import find_damage, forget_stamps
from .location import ServerAddress, location_of
from .manifest import DocumentEntry, Manifest
from .manifest_file import check_versions, read_manifest

_UNCHANGED = "answers.unchanged"


def verify_index(folder: str | os.PathLike[str] = "index") -> list[str]:
    """Compare every part of the index in `folder` and every document's file with its SHA-256; return the problems, a line each.

    Raises `IndexNotFound`, `IndexCorrupt` or `IndexMismatch` when the index cannot be opened.
    """
    target = location_of(folder)
    if isinstance(target, ServerAddress):
        from .served.open import open_served
        from .served.verify import verify_served

        store = open_served(target)
        return verify_served(store) + _changed_documents(store.manifest, store.roots, rebuild_command(store.manifest, target))
    parts, manifest = read_manifest(target)
    check_versions(target, manifest)
    problems: list[str] = []
    rebuild = rebuild_command(manifest, target)
    damage = find_damage(parts, manifest)
    if damage:
        forget_stamps(parts)
        problems.append(str(IndexCorrupt("index.damaged", target, problem=damage, command=rebuild)))
    return problems + _changed_documents(manifest, manifest.moved_roots(target), rebuild)


def _changed_documents(manifest: Manifest, roots: tuple[Path, ...], rebuild: str) -> list[str]:
    problems = []
    for entry in manifest.documents:
        for source in entry.sources:
            found = _compare(entry, str(manifest.locate(source, roots)))
            if found.code == "index.document_changed":
                found = QAError("index.outdated", problem=found, command=rebuild)
            if found.code != _UNCHANGED:
                problems.append(str(found))
    return problems


def verify_document(manifest: Manifest, roots: tuple[Path, ...], source: str) -> Verification:
    """Whether the file of the document `source` is unchanged since it was indexed; read only if its size or times differ.

    `roots` are where the manifest's roots lie now, as `Manifest.moved_roots` returns them.
    """
    entry = next((entry for entry in manifest.documents if source in entry.sources), None)
    if entry is None:
        return Verification.of(False, DocumentError("index.not_in_index", source))
    path = str(manifest.locate(source, roots))
    stamp = manifest.stamps.get(source)
    try:
        if stamp is not None and Stamp.of(os.stat(path)) == stamp:
            return Verification.of(True, CodedError(_UNCHANGED, path))
    except (OSError, ValueError):
        pass  # `_compare` reports it
    found = _compare(entry, path)
    return Verification.of(found.code == _UNCHANGED, found)


def _compare(entry: DocumentEntry, path: str) -> CodedError:
    """What comparing the bytes of a document's file with its digest shows."""
    try:
        same = sha256_of(path) == entry.sha256
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        return DocumentError("index.document_unread", path, reason=error)
    return CodedError(_UNCHANGED if same else "index.document_changed", path)
