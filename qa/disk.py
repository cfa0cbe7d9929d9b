"""Files: atomic writes, fsync, hashes, stamps, hard-linked copies, removal, and reads without mapping.

A file is never written in place. Its new contents go to a temporary file in the same folder, which is flushed with fsync and
replaces the old file by an atomic rename: a reader, also after a crash, sees either the old contents or the new ones.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import select
import shutil
import stat
import sys
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TEMPORARY = ".writing-"  # prefix of temporary names
PIPE_PATIENCE = 10  # seconds for which a writer of a named pipe is waited for
_ABANDONED = 3600.0  # seconds; an older temporary file counts as left by a program that was killed
# Errors of fsync on systems that do not support it for a folder; they write its entries later by themselves.
_NO_FOLDER_SYNC = frozenset((errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM))


def write_whole(file: Path, data: bytes) -> None:
    """Replace the contents of `file` by `data` with an atomic rename, and flush them to the disk.

    The file's folder is created if it does not exist. An existing file keeps its permissions; a new one gets the system's
    default. Several processes may write the same file: the last rename wins. Raises OSError, also for a full disk; then `file`
    is unchanged and no temporary file is left.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{_TEMPORARY}{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
            with suppress(OSError):  # no such file yet, or another user owns it
                temporary.chmod(file.stat().st_mode & 0o777)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, file)
    except BaseException:
        remove(temporary)
        raise
    sync(file.parent)


def move(path: Path, target: Path) -> None:
    """Rename the file or folder `path` to `target`, replacing a file there, and flush both folders. Raises OSError."""
    os.replace(path, target)
    sync(target.parent)
    if path.parent != target.parent:
        sync(path.parent)


def remove_abandoned(folder: Path, age: float = _ABANDONED) -> None:
    """Remove the temporary files in `folder` that were last written at least `age` seconds ago, by programs that were killed."""
    for file in folder.glob(f"{_TEMPORARY}*"):
        with suppress(OSError):
            if time.time() - file.stat().st_mtime >= age:
                remove(file)


def sync(path: Path) -> None:
    """Flush a file's contents, or a folder's entries on systems that support it, to the disk (fsync). Raises OSError."""
    is_folder = path.is_dir()
    if os.name == "nt" and is_folder:
        return  # Windows cannot open a folder, and writes its entries at once
    try:
        descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if not is_folder or error.errno not in _NO_FOLDER_SYNC:
            raise


def read_within(file: str | os.PathLike[str], most: int) -> bytes:
    """The bytes of `file`, at most `most`.

    Raises OSError, with EFBIG where it has more, as a device has that never ends, and (on Linux) with ETIMEDOUT for a named pipe
    that nobody opens to write.
    """
    source: int | str | os.PathLike[str] = file
    start = b""
    if sys.platform == "linux" and stat.S_ISFIFO(os.stat(file).st_mode):
        source, start = _written_pipe(file)
    with open(source, "rb") as stream:
        data = start + stream.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return data


def _written_pipe(file: str | os.PathLike[str]) -> tuple[int, bytes]:
    """A descriptor of the pipe `file`, and what was read of it already; `open` would wait for a writer for ever."""
    number = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    try:
        written = select.poll()
        written.register(number, select.POLLIN)
        start = b""
        if not written.poll(1000 * PIPE_PATIENCE):
            with suppress(BlockingIOError):  # somebody has opened it, and has written nothing yet
                start = os.read(number, 1)
                if not start:
                    raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        os.set_blocking(number, True)
    except BaseException:
        os.close(number)
        raise
    return number, start


def read_own(file: str | os.PathLike[str], most: int) -> bytes:
    """The bytes of `file`, which a program wrote for itself: a regular file of at most `most` bytes. Nothing is waited for.

    Raises OSError, and ValueError for a pipe, a device or a larger file.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(file, flags), "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("is no regular file")
        data = stream.read(most + 1) if status.st_size <= most else None
    if data is None or len(data) > most:
        raise ValueError(f"has more than {most} bytes")
    return data


@dataclass(frozen=True, slots=True)
class Stamp:
    """Detects without reading a file that it may have changed: size in bytes, modification and change time in ns, inode.

    `changed` is the inode's change time (ctime), which programs cannot set; on Windows it is the file's creation time.
    """

    size: int
    modified: int
    changed: int = 0
    inode: int = 0

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """The stamp of a file by its size and both times. No inode: some network file systems change it."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    @classmethod
    def of_linked(cls, status: os.stat_result) -> Stamp:
        """The stamp of a file by size, modification time and inode. No change time: a new hard link changes it."""
        return cls(status.st_size, status.st_mtime_ns, inode=status.st_ino)


def sha256_of(file: str | os.PathLike[str], *, follow: bool = False) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal. Raises OSError, also for a symbolic link unless `follow` is true.

    A pipe is opened without waiting for a writer.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(file, flags | (0 if follow else getattr(os, "O_NOFOLLOW", 0))), "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def link_tree(folder: Path, target: Path) -> None:
    """Copy `folder` to the new folder `target`, with hard links where the file system has them. Raises OSError."""
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
    """Remove a file, or a folder with its contents. What cannot be removed stays; no error is raised."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            return  # Windows removes no file that is open; the next build tries again


# Size in bytes from which a file is read through `FarFile`; smaller files are memory-mapped, which is faster.
FAR = 2**28


class FarFile:
    """The bytes of a large file from `offset` on, read with `preadv` instead of through a memory mapping.

    A question reads a few ranges of the file. Through a mapping each of them, and 64 KiB around it, would stay in the process's
    memory: with a million passages that is the whole file after about a hundred questions. Several threads may read.
    """

    def __init__(self, file: Path, offset: int = 0) -> None:
        self._file, self._offset = file, offset
        self._number = os.open(file, os.O_RDONLY)
        weakref.finalize(self, os.close, self._number)

    @classmethod
    def of(cls, file: Path, size: int) -> FarFile | None:
        """The last `size` bytes of `file`; None if they are fewer than `FAR` or the system lacks `preadv`: then map the file."""
        if size < FAR or not hasattr(os, "preadv"):
            return None
        return cls(file, file.stat().st_size - size)

    def read(self, into: NDArray[Any], at: int) -> None:
        """Fill the array `into` with the bytes from `at`, counted from `offset`. Raises OSError if the file ends first."""
        if os.preadv(self._number, [into.data], self._offset + at) != into.nbytes:
            raise OSError(f"{self._file}: ends too soon")
