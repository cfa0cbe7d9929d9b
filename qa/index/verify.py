"""Whether the documents of an index, and its own parts, are as they were when it was built."""

from __future__ import annotations

import os
from pathlib import Path

from ..disk import Stamp, sha256_of
from ..errors import CodedError, DocumentError, IndexCorrupt, QAError
from ..types import Verification
from .manifest import DocumentEntry, Manifest, check_versions, find_damage, forget_stamps, read_manifest, rebuild_command

_UNCHANGED = "answers.unchanged"


def verify_index(folder: str | os.PathLike[str] = "index") -> list[str]:
    """Read every part of the index, and every document it was built from; what is wrong, a line each."""
    target = Path(folder)
    parts, manifest = read_manifest(target)
    check_versions(target, manifest)
    problems: list[str] = []
    rebuild = rebuild_command(manifest, target)
    damage = find_damage(parts, manifest)
    if damage:
        forget_stamps(parts)
        problems.append(str(IndexCorrupt("index.damaged", target, problem=damage, command=rebuild)))
    roots = manifest.moved_roots(target)
    for entry in manifest.documents:
        for source in entry.sources:
            found = _compare(entry, str(manifest.locate(source, roots)))
            if found.code == "index.document_changed":
                found = QAError("index.outdated", problem=found, command=rebuild)
            if found.code != _UNCHANGED:
                problems.append(str(found))
    return problems


def verify_document(manifest: Manifest, roots: tuple[Path, ...], source: str) -> Verification:
    """Whether the document `source` is as it was when it was indexed; its file is read only if size or times differ.

    `roots` are the folders that it is looked for in.
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
        pass  # said where the file is read
    found = _compare(entry, path)
    return Verification.of(found.code == _UNCHANGED, found)


def _compare(entry: DocumentEntry, path: str) -> CodedError:
    """What comparing the bytes of a document's file with its digest shows."""
    try:
        same = sha256_of(path) == entry.sha256
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        return DocumentError("index.document_unread", path, reason=error)
    return CodedError(_UNCHANGED if same else "index.document_changed", path)
