"""One builder at a time, and how a build becomes the one in use: each step is on the disk before the next one counts on it."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..disk import remove, remove_abandoned, write_whole
from ..documents.folders import CURRENT
from ..errors import QAError
from ..progress import Progress, Step
from .manifest import Manifest, manifest_file, read_pointer

CACHE = "cache"
_OWN = re.compile(
    rf"\..*|README\.md|{CACHE}|build-\d{{8}}T\d{{6}}Z-[0-9a-f]{{8}}"
)  # what may be in a folder without a whole index

# What a disk that refuses to be written to is told as, by its errno; everything else as a lack of space.
_REFUSALS = {
    errno.EROFS: "index.not_written_read_only",
    errno.EACCES: "index.not_written_forbidden",
    errno.EPERM: "index.not_written_forbidden",
    errno.ENOTDIR: "index.not_written_elsewhere",
    errno.EEXIST: "index.not_written_elsewhere",
}


@contextmanager
def one_builder(target: Path, progress: Progress, wait: bool) -> Iterator[None]:
    """Hold the index's lock; what goes wrong with the disk inside is told in one line.

    Raises `QAError` for a folder that holds something else than an index.
    """
    from filelock import FileLock, Timeout

    try:
        if found := _strangers(target):
            raise QAError("index.other_files", target, found=found)
        target.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not wait:
                raise QAError("index.busy", target) from None
            progress(Step.WAITING, 0, 1)
            lock.acquire()
            progress(Step.WAITING, 1, 1)
        try:
            yield
        finally:
            lock.release()
    except OSError as error:
        reason = error if error.errno else QAError("index.cut_short", reason=str(error))  # numpy tells no more of a full disk
        raise QAError(_REFUSALS.get(error.errno or 0, "index.not_written"), error.filename or target, reason=reason) from error


def _strangers(target: Path) -> str:
    """The name of a file that makes `target` no folder for an index, or nothing.

    An index, an empty folder, what a killed first build left, a README and hidden files are no hindrance.
    """
    if (target / CURRENT).exists():
        return ""
    try:
        names = sorted(os.listdir(target))
    except FileNotFoundError:
        return ""
    return next((name for name in names if not _OWN.fullmatch(name)), "")


def publish(target: Path, build: Path, manifest: Manifest) -> None:
    """Make `build` with `manifest` the one in use, and remove what was. Each step is on the disk before the next begins."""
    data = manifest.to_json()
    digest = hashlib.sha256(data).hexdigest()
    file = manifest_file(build, digest)
    write_whole(file, data)
    write_whole(target / CURRENT, f"{build.name} {digest}\n".encode("ascii"))
    clear(target)


def clear(target: Path) -> None:
    """Remove what killed builds left, and every build but the one in use; where a reader prevents it, the next build does."""
    for leftover in target.glob(".building-*"):
        remove(leftover)
    remove_abandoned(target, age=0)
    name, digest, *_ = (*read_pointer(target).decode("ascii", "replace").split(), "", "")
    build = target / Path(name).name
    file = manifest_file(build, digest)
    if name and file.is_file():
        for old in (*target.glob("build-*"), *build.glob("manifest*.json")):
            if old not in (build, file):
                remove(old)
