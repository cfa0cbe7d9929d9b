"""The home folder of collections: their list, their places, the trash and the lock.

collections/SLUG/   a collection; `collection_folder.py` describes its files
default/HASH/       the files added to the first collection; HASH is a digest of the path of its index, which is elsewhere
trash/SLUG.TOKEN/   a deleted collection, kept for 30 days
.lock               the lock that every change holds
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..disk import move, remove
from ..documents.folders import Root, Sources, find_roots
from ..errors import QAError
from ..index.manifest_file import read_manifest
from .collection_folder import RESTORABLE, UPLOADED, CollectionFolder

DEFAULT = "default"  # the slug of the first collection
_SLUG = re.compile(r"[a-z0-9-]+")
_TOKEN = re.compile(r"[a-z0-9-]+\.[0-9a-f]{12}")
_LOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deleted collection: the `token` that restores it, its name, and when it was deleted (seconds since 1970)."""

    token: str
    name: str
    at: float


class Home:
    """The collections in `folder`. The first one indexes `seeds`, or the roots of its `index` if that exists already."""

    def __init__(self, folder: str | os.PathLike[str], seeds: Sources, index: str | os.PathLike[str]) -> None:
        self.folder = Path(os.path.abspath(folder))  # absolute, since manifests store it as a root
        self._seeds, self._index = seeds, Path(index)
        self._threads = threading.RLock()

    def slugs(self) -> list[str]:
        """The slugs of all collections, the first collection's first, the others sorted."""
        try:
            names = sorted(entry.name for entry in os.scandir(self.folder / "collections") if entry.is_dir(follow_symlinks=False))
        except OSError:
            names = []
        return [DEFAULT, *(name for name in names if _SLUG.fullmatch(name) and name != DEFAULT)]

    def collection_folder(self, slug: str) -> CollectionFolder:
        """The files of the collection `slug`, which need not exist. Raises `QAError` when the seeds do not exist."""
        if slug != DEFAULT:
            folder = self.folder / "collections" / slug
            return CollectionFolder(folder, folder / "index")
        place = hashlib.sha256(os.fsencode(os.path.realpath(self._index))).hexdigest()[:12]
        folder = self.folder / "default" / place
        return CollectionFolder(folder, self._index, self._own_roots(folder))

    def _own_roots(self, folder: Path) -> tuple[Root, ...]:
        """The user's own folders in the first collection: the roots of its index, else the seeds.

        `folder` holds the files added to it, which are not among them.
        """
        put_in = str((folder / "documents").absolute())
        try:
            _, manifest = read_manifest(self._index)
        except QAError:
            roots = find_roots(self._seeds)
        else:
            moved = manifest.moved_roots(self._index)
            roots = tuple(
                Root(str(path), root.label, root.is_file)
                for root, path in zip(manifest.roots, moved, strict=True)
                if root.path != put_in
            )
            roots = roots or find_roots(self._seeds)
        if not any(root.label == UPLOADED or (not root.label and (Path(root.path) / UPLOADED).exists()) for root in roots):
            return roots
        # a user's own file named "uploaded/..." would be taken for an added one: give the roots labels
        if len(roots) > 1:
            return find_roots([root.path for root in roots])
        return tuple(replace(root, label="documents") for root in roots)

    # -- the trash ------------------------------------------------------------------------------------------------------

    def throw_away(self, slug: str) -> str:
        """Move the collection to the trash and return the token for `take_back`. Only within `locked`. Raises OSError."""
        token = f"{slug}.{secrets.token_hex(6)}"
        trash = self.folder / "trash"
        trash.mkdir(parents=True, exist_ok=True)
        move(self.collection_folder(slug).folder, trash / token)
        os.utime(trash / token)
        return token

    def take_back(self, token: str) -> str:
        """Take the collection with this `token` out of the trash; return its slug, a new one if the old is taken.

        Raises `QAError` when it is no longer there.
        """
        with self.locked():
            folder = self.folder / "trash" / token
            if not _TOKEN.fullmatch(token) or not folder.is_dir():
                raise QAError("collections.collection_not_in_trash")
            slug = self.free_slug(token.partition(".")[0])
            target = self.collection_folder(slug).folder
            target.parent.mkdir(parents=True, exist_ok=True)
            move(folder, target)
        return slug

    def thrown_away(self) -> tuple[Deleted, ...]:
        """The collections in the trash, the newest first; what cannot be read is left out."""
        found = []
        with suppress(OSError):
            for folder in (self.folder / "trash").iterdir():
                with suppress(OSError, QAError):
                    if _TOKEN.fullmatch(folder.name):
                        name = CollectionFolder(folder, folder / "index").read().name
                        found.append(Deleted(folder.name, name, folder.stat().st_mtime))
        return tuple(sorted(found, key=lambda deleted: -deleted.at))

    def empty_trash(self) -> None:
        """Delete for good the collections that have been in the trash for over RESTORABLE seconds."""
        with suppress(OSError):
            for folder in (self.folder / "trash").iterdir():
                if time.time() - folder.stat().st_mtime > RESTORABLE:
                    remove(folder)

    def free_slug(self, wanted: str) -> str:
        """`wanted`, or with the lowest number that no collection's slug has: `reports-2`."""
        taken, number, slug = self.slugs(), 1, wanted
        while slug in taken:
            number += 1
            slug = f"{wanted}-{number}"
        return slug

    # -- the lock -------------------------------------------------------------------------------------------------------

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock, against threads and processes; a thread may acquire it again.

        Raises `QAError` when another process holds it for _LOCK_SECONDS, and in the place of an OSError inside.
        """
        from filelock import Timeout

        with self._threads:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._processes.acquire(timeout=_LOCK_SECONDS)
            except Timeout:
                raise QAError("collections.home_in_use", self.folder) from None
            except OSError as error:
                raise QAError("collections.home_unusable", self.folder, reason=error) from error
            try:
                yield
            except OSError as error:
                raise QAError("collections.not_changed", self.folder, reason=error) from error
            finally:
                self._processes.release()

    @cached_property
    def _processes(self) -> Any:
        from filelock import FileLock

        return FileLock(self.folder / ".lock")


def collection_of_index(index: str | os.PathLike[str]) -> str:
    """The slug of the collection whose index is in the folder `index`, by its path; "" for any other folder (the first's too)."""
    *_, above, slug, name = ("", "", *Path(os.path.abspath(index)).parts)
    return slug if (above, name) == ("collections", "index") else ""


def no_such_collection(slug: str) -> QAError:
    """The error for a `slug` without a collection."""
    return QAError("collections.no_such_collection", slug[:60])
