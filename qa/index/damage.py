"""Damage to the parts of a build: they are compared with the digests in the manifest, or large ones by their stamps."""

from __future__ import annotations

import json
from collections.abc import Container
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from ..disk import Stamp, read_own, sha256_of, write_whole
from ..errors import QAError
from .manifest import Manifest

STAMPS = "stamps.json"  # in a build: the sizes and times of its large parts as they were written
# Bytes. An index of up to SMALL_INDEX is compared with its digests before it is used (0.3 s); in a larger one, parts over
# SMALL_PART are compared while it is in use.
SMALL_INDEX, SMALL_PART = 2**28, 2**20
_LARGEST_STAMPS = 2**24  # bytes


def find_damage(build: Path, manifest: Manifest, skip: Container[str] = (), beside: bool = False) -> QAError | None:
    """The first damaged part of a build, None when all have the size and SHA-256 of the manifest.

    Only the size is compared of the parts in `skip`. Every other part is read, on all cores, or with `beside`, for a thread that
    runs beside other work, one after another.
    """

    def damage(item: tuple[str, tuple[int, str]]) -> QAError | None:
        return _damage_of(build, *item, read=item[0] not in skip)

    if beside:  # without a pool: the interpreter would wait for its threads at exit
        return next(filter(None, map(damage, manifest.files.items())), None)
    with ThreadPoolExecutor() as pool:
        return next(filter(None, pool.map(damage, manifest.files.items())), None)


def large_parts(manifest: Manifest) -> frozenset[str]:
    """The names of the parts too large to compare before the first question; none in an index of up to SMALL_INDEX bytes."""
    if sum(size for size, _ in manifest.files.values()) <= SMALL_INDEX:
        return frozenset()
    return frozenset(name for name, (size, _) in manifest.files.items() if size > SMALL_PART)


def note_stamps(build: Path, manifest: Manifest) -> None:
    """Store the sizes and times of the large parts just written: while these stay, an update need not compare the digests."""
    stamps = {name: list(astuple(Stamp.of_linked((build / name).stat()))) for name in sorted(large_parts(manifest))}
    if stamps:
        with suppress(OSError):  # without the file the parts are compared
            write_whole(build / STAMPS, json.dumps(stamps).encode("ascii"))


def unchanged_parts(build: Path, manifest: Manifest) -> frozenset[str]:
    """The large parts whose sizes and times are still those that `note_stamps` stored."""
    try:
        noted = json.loads(read_own(build / STAMPS, _LARGEST_STAMPS))
        return frozenset(
            name for name in large_parts(manifest) if noted.get(name) == list(astuple(Stamp.of_linked((build / name).stat())))
        )
    except (OSError, ValueError, AttributeError):
        return frozenset()


def forget_stamps(build: Path) -> None:
    """Delete what `note_stamps` stored, so that the next update compares every part."""
    with suppress(OSError):
        (build / STAMPS).unlink(missing_ok=True)


def _damage_of(build: Path, name: str, written: tuple[int, str], *, read: bool) -> QAError | None:
    file, (size, digest) = build / name, written
    try:
        if (there := file.stat().st_size) != size:
            return QAError("index.part_size", name=name, there=there, size=size)
        if read and sha256_of(file) != digest:
            return QAError("index.part_changed", name=name)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        return QAError("index.part_unreadable", name=name, reason=error)
    return None
