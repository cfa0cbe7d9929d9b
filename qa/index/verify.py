"""Whether the documents of an index, and its own parts, are as they were when it was built."""

from __future__ import annotations

import os
from pathlib import Path

from ..disk import Stamp, sha256_of
from ..errors import CodedError, DocumentError
from ..types import Verification
from .manifest import DocumentEntry, Manifest, check_versions, find_damage, forget_stamps, read_manifest, rebuild


def verify_index(folder: str | os.PathLike[str] = "index") -> list[str]:
    """Read every part of the index, and every document it was built from; what is wrong, a line each."""
    target = Path(folder)
    parts, manifest = read_manifest(target)
    check_versions(target, manifest)
    problems = []
    damage = find_damage(parts, manifest)
    if damage:
        forget_stamps(parts)
        problems.append(f"{target}: {damage}; {rebuild(manifest, target)}")
    roots = manifest.moved_roots(target)
    for entry in manifest.documents:
        for source in entry.sources:
            verified = _verify_digest(entry, str(manifest.locate(source, roots)))
            if not verified:
                unread = verified.finding is not None and verified.finding.code == "index.document_unread"
                problems.append(verified.reason if unread else f"{verified.reason}; {rebuild(manifest, target)}")
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
            return Verification.of(True, CodedError("answers.unchanged", path))
    except (OSError, ValueError):
        pass  # said where the file is read
    return _verify_digest(entry, path)


def _verify_digest(entry: DocumentEntry, path: str) -> Verification:
    try:
        same = sha256_of(path) == entry.sha256
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        return Verification.of(False, DocumentError("index.document_unread", path, reason=error))
    return Verification.of(same, CodedError("answers.unchanged" if same else "index.document_changed", path))
