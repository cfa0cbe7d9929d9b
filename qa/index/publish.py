"""The lock that admits one builder at a time, and the publishing of a finished build; each step is synced before the next."""

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
from .manifest import Manifest
from .manifest_file import manifest_path, read_pointer

CACHE = "cache"
_OWN = re.compile(
    rf"\..*|README\.md|{CACHE}|build-\d{{8}}T\d{{6}}Z-[0-9a-f]{{8}}"
)  # names that may be in a folder that becomes an index

# The code of the error for an index that cannot be written, by errno.
_REFUSALS = {
    errno.ENOSPC: "index.not_written",
    errno.EDQUOT: "index.not_written",
    0: "index.not_written",  # numpy gives no errno for a full disk
    errno.EFBIG: "index.not_written_size",
    errno.EMFILE: "index.not_written_handles",
    errno.ENFILE: "index.not_written_handles",
    errno.ENOMEM: "index.not_written_memory",
    errno.EIO: "index.not_written_failing",
    errno.ENOLCK: "index.not_written_locked",
    errno.ENOSYS: "index.not_written_locked",
    errno.EROFS: "index.not_written_read_only",
    errno.EACCES: "index.not_written_forbidden",
    errno.EPERM: "index.not_written_forbidden",
    errno.ENOTDIR: "index.not_written_elsewhere",
    errno.EEXIST: "index.not_written_elsewhere",
}


@contextmanager
def one_builder(target: Path, progress: Progress, wait: bool) -> Iterator[None]:
    """Create the folder `target` and hold its lock; `progress` is told of waiting for another builder.

    Raises `QAError` for a folder that holds something other than an index, for another builder when `wait` is False, and in the
    place of any OSError inside.
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
        reason = error if error.errno else QAError("index.cut_short", reason=str(error))  # numpy gives no errno for a full disk
        raise QAError(
            _REFUSALS.get(error.errno or 0, "index.not_written_again"), error.filename or target, reason=reason
        ) from error


def _strangers(target: Path) -> str:
    """The name of the first file in `target` that belongs to no index, or "".

    An existing index, an empty folder, leftovers of a killed first build, a README and hidden files are allowed.
    """
    if (target / CURRENT).exists():
        return ""
    try:
        names = sorted(os.listdir(target))
    except FileNotFoundError:
        return ""
    return next((name for name in names if not _OWN.fullmatch(name)), "")


def publish(target: Path, build: Path, manifest: Manifest) -> None:
    """Write `manifest` into the folder `build`, make it the build in use of the index `target`, and remove the earlier one.

    Each step is on the disk before the next begins. Raises OSError.
    """
    data = manifest.to_json()
    digest = hashlib.sha256(data).hexdigest()
    file = manifest_path(build, digest)
    write_whole(file, data)
    write_whole(target / CURRENT, f"{build.name} {digest}\n".encode("ascii"))
    clear(target)


def clear(target: Path) -> None:
    """Remove what killed builds left in `target` and every build but the one in use.

    What cannot be removed because a reader holds it open (on Windows) is left to the next build.
    """
    for leftover in target.glob(".building-*"):
        remove(leftover)
    remove_abandoned(target, age=0)
    name, digest, *_ = (*read_pointer(target).decode("ascii", "replace").split(), "", "")
    build = target / Path(name).name
    file = manifest_path(build, digest)
    if name and file.is_file():
        for old in (*target.glob("build-*"), *build.glob("manifest*.json")):
            if old not in (build, file):
                remove(old)
