"""Files that are written whole or not at all, forced to the disk, hashed, recognised and removed.

A file that others read is never written in place: its new contents get a temporary name in the same folder, are forced to the
disk, and take the old ones' place by an atomic rename. Whoever reads the file, and whoever reads it after a crash, finds the
old contents or the new ones.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TEMPORARY = ".writing-"  # what temporary names begin with
_ABANDONED = 3600.0  # seconds after which a temporary file belongs to no running program
# What a system says that cannot force a folder's entries to the disk; it writes them in its own time.
_NO_FOLDER_SYNC = frozenset((errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM))


def write_whole(file: Path, data: bytes) -> None:
    """Make `data` the contents of `file`, whole or not at all, and force them to the disk.

    Its folder is made if there is none. A file that is replaced keeps its permissions; a new one gets those that the system
    gives to new files. Several processes may write the same file: one of them is the last. Raises OSError, of a full disk too;
    then the file is as it was and no temporary file is left.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{_TEMPORARY}{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
            with suppress(OSError):  # there is no file yet, or its permissions are another user's to give
                temporary.chmod(file.stat().st_mode & 0o777)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, file)
    except BaseException:
        remove(temporary)
        raise
    sync(file.parent)


def move(path: Path, target: Path) -> None:
    """Rename a file or a folder to `target`, in place of a file that is there, and force that to the disk. Raises OSError."""
    os.replace(path, target)
    sync(target.parent)
    if path.parent != target.parent:
        sync(path.parent)


def remove_abandoned(folder: Path, age: float = _ABANDONED) -> None:
    """Remove what killed programs left of files that they were writing in `folder` more than `age` seconds ago."""
    for file in folder.glob(f"{_TEMPORARY}*"):
        with suppress(OSError):
            if time.time() - file.stat().st_mtime >= age:
                remove(file)


def sync(path: Path) -> None:
    """Force a file's contents, or a folder's entries where the system can do that, to the disk. Raises OSError."""
    is_folder = path.is_dir()
    if os.name == "nt" and is_folder:
        return  # a folder cannot be opened there, and its entries are written through
    try:
        descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if not is_folder or error.errno not in _NO_FOLDER_SYNC:
            raise


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells without reading a file that it is the one it was: size in bytes, times in nanoseconds, inode.

    `changed` is the time of the inode's last change, which no program can set (on Windows that of the file's creation).
    """

    size: int
    modified: int
    changed: int = 0
    inode: int = 0

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """The stamp of a file by its size and both times. Its inode is left out: network file systems give it anew."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    @classmethod
    def of_linked(cls, status: os.stat_result) -> Stamp:
        """The stamp of a file that hard links are made to, which sets `changed`: the inode stands in its place."""
        return cls(status.st_size, status.st_mtime_ns, inode=status.st_ino)


def sha256_of(file: str | os.PathLike[str], *, follow: bool = False) -> str:
    """The SHA-256 of a plain file's bytes, in hexadecimal. Raises OSError, of a link too unless it is to `follow` it.

    A pipe is not waited for.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(file, flags | (0 if follow else getattr(os, "O_NOFOLLOW", 0))), "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def link_tree(folder: Path, target: Path) -> None:
    """Make `target` a folder with the same files, which are not copied where the file system has hard links."""
    target.mkdir()
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            link_tree(path, target / path.name)
            continue
        try:
            os.link(path, target / path.name)
        except OSError:
            shutil.copyfile(path, target / path.name)


def remove(path: Path) -> None:
    """Remove a file or a folder with all in it, as far as that is possible."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            return  # in use by a reader on a system that forbids it; the next build tries again


# Bytes from which a file is read where a question needs it; a smaller one is mapped, which is faster.
FAR = 2**28


class FarFile:
    """A large file of which questions read a little here and there: its bytes from `offset` on, read instead of mapped.

    Each page read through a mapping stays in the process's memory while the file is open, and 64 KiB around it: with a million
    passages that is the whole file after some hundred questions. Several threads may read.
    """

    def __init__(self, file: Path, offset: int = 0) -> None:
        self._file, self._offset = file, offset
        self._number = os.open(file, os.O_RDONLY)
        weakref.finalize(self, os.close, self._number)

    @classmethod
    def of(cls, file: Path, size: int) -> FarFile | None:
        """The last `size` bytes of a file; None if they are few enough to be mapped, or the system can only map them."""
        if size < FAR or not hasattr(os, "preadv"):
            return None
        return cls(file, file.stat().st_size - size)

    def read(self, into: NDArray[Any], at: int) -> None:
        """Fill the array `into` with the bytes from `at` on, counted from `offset`. Raises OSError when there are fewer."""
        if os.preadv(self._number, [into.data], self._offset + at) != into.nbytes:
            raise OSError(f"{self._file}: ends too soon")
