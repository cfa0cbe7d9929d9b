"""What writing safely takes: forcing to the disk, digests, and removing without complaint."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path


def sync(path: Path) -> None:
    """Force a file's contents, or a folder's entries, to the disk."""
    if os.name == "nt" and path.is_dir():
        return  # a folder cannot be opened there, and its entries are written through
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(file: str | os.PathLike[str]) -> str:
    """The SHA-256 of a plain file's bytes, in hexadecimal. Raises OSError; links and pipes are not opened."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(file, flags), "rb") as stream:
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
