"""Whether the documents of an index, and its own parts, are as they were when it was built."""

from __future__ import annotations

import os
from pathlib import Path

from ..disk import Stamp, sha256_of
from ..errors import one_line
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
                remedy = "" if "cannot be checked" in verified.reason else f"; {rebuild(manifest, target)}"
                problems.append(verified.reason + remedy)
    return problems


def verify_document(manifest: Manifest, roots: tuple[Path, ...], source: str) -> Verification:
    """Whether the document `source` is as it was when it was indexed; its file is read only if size or times differ.

    `roots` are the folders that it is looked for in.
    """
    entry = next((entry for entry in manifest.documents if source in entry.sources), None)
    if entry is None:
        return Verification(False, f"{one_line(source)}: is not in this index")
    path = str(manifest.locate(source, roots))
    stamp = manifest.stamps.get(source)
    try:
        if stamp is not None and Stamp.of(os.stat(path)) == stamp:
            return Verification(True, f"{one_line(path)}: unchanged")
    except (OSError, ValueError):
        pass  # said where the file is read
    return _verify_digest(entry, path)


def _verify_digest(entry: DocumentEntry, path: str) -> Verification:
    try:
        same = sha256_of(path) == entry.sha256
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or error
        return Verification(False, f"{one_line(path)}: {reason}; its citations cannot be checked")
    return Verification(same, f"{one_line(path)}: {'unchanged' if same else 'has changed since it was indexed'}")
