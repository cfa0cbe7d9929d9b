"""Finds the files to read below the sources that a user names, by the rules of `.qaignore` files.

Only folders, their `.qaignore` and the file `CURRENT` of an index are opened. Symbolic links, devices, pipes and sockets are
reported and never followed or opened.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

from ..disk import Stamp
from ..errors import DocumentError, QAError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

CURRENT = "CURRENT"  # the file in the folder of an index that names the build in use
_POINTER = re.compile(rb"build-[0-9A-Za-z-]+ [0-9a-f]{64}\s*")
IGNORE_FILE = ".qaignore"
LARGEST_IGNORE_FILE = 2**20  # bytes


@dataclass(frozen=True, slots=True)
class Root:
    """A folder or a file that documents are read from.

    `path` is absolute. `label` is the first part of the names of its documents, "" when there is only one root. The document of
    a root that is a file has the name `name`.
    """

    path: str
    label: str = ""
    is_file: bool = False

    @property
    def name(self) -> str:
        """The name of the document of a root that is a file."""
        return self.label or os.path.basename(self.path)

    def holds(self, source: str) -> bool:
        """Whether a document with the name `source` is from this root."""
        return source == self.name if self.is_file else not self.label or source.startswith(f"{self.label}/")

    def place(self, source: str, moved: Path | None = None) -> Path:
        """The path of the file of the document `source`; `moved` is the root's path if it has moved."""
        base = Path(self.path) if moved is None else moved
        return base if self.is_file else base / source[len(self.label) + 1 if self.label else 0 :]


# What to read: a folder or file, several of them, or roots with labels of the caller's choice.
Sources = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Sequence[Root]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file: its path, the name of its document, and its stamp."""

    path: str
    source: str
    stamp: Stamp


class Ignored:
    """A file or folder that a `.qaignore` excludes; what is in such a folder is not reported."""


def find_roots(sources: Sources) -> tuple[Root, ...]:
    """The roots that `sources` name, each once, with labels that keep the names of all documents distinct.

    A label is the last part of the root's path, or as many last parts as that takes; a `Root` keeps its label. Raises
    `DocumentError` if there is no source, or for one that does not exist, is neither folder nor file, is an index, or is inside
    another.
    """
    named = [sources] if isinstance(sources, str | os.PathLike) else list(sources)
    if not named:
        raise DocumentError("documents.no_source")
    given = {item.path: item.label for item in named if isinstance(item, Root)}
    found: dict[str, Path] = {}  # real path -> path as given
    for item in named:
        path = Path(item.path if isinstance(item, Root) else item)
        real = os.path.realpath(path)
        found.setdefault(real, path.absolute() if _is_folder(path) else Path(real))
    _refuse_nested(found)
    paths = [Path(os.path.normpath(path)) for path in found.values()]
    labels = _labels(paths) if len(paths) > 1 else [""]
    return tuple(Root(str(path), given.get(str(path), label), path.is_file()) for path, label in zip(paths, labels, strict=True))


def _is_folder(source: Path) -> bool:
    """Whether `source` is a folder (true) or a file. Raises `DocumentError` when it is neither, or an index."""
    try:
        mode = source.stat().st_mode
    except FileNotFoundError:
        raise DocumentError("documents.no_such_source", source) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise DocumentError("documents.cannot_open_source", source, reason=error) from error
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise DocumentError("documents.not_a_source", source)
    if is_index(source):
        raise DocumentError("documents.source_is_index", source)
    if _is_made_by_system(source):
        raise DocumentError("documents.source_of_system", source)
    return stat.S_ISDIR(mode)


def _refuse_nested(paths: Mapping[str, Path]) -> None:
    """Raise `DocumentError` if a key of `paths`, real path -> path as given, is inside another: it would be read twice."""
    for inner, path in paths.items():
        outer = next((paths[str(above)] for above in Path(inner).parents if str(above) in paths), None)
        if outer is not None:
            raise DocumentError("documents.nested_source", path, outer=outer)


def _labels(paths: Sequence[Path]) -> list[str]:
    """A label for each path: as few of its last parts as keep labels distinct and none from being a parent of another."""
    parts = [[part.strip("\\/:") or "root" for part in path.parts] for path in paths]
    count = [1] * len(paths)
    while True:
        labels = ["/".join(own[-number:]) for own, number in zip(parts, count, strict=True)]
        clashing = {
            k for (i, one), (j, other) in permutations(enumerate(labels), 2) if f"{one}/".startswith(f"{other}/") for k in (i, j)
        }
        longer = [i for i in clashing if count[i] < len(parts[i])]
        if not longer:
            return labels
        for i in longer:
            count[i] += 1


def walk(roots: Sequence[Root], passed_over: Path | None = None) -> Iterator[FoundFile | Ignored | DocumentError]:
    """Yield the regular files of `roots`, root by root, sorted by path.

    An entry that is not a regular file, or a folder that cannot be listed, is yielded as a `DocumentError` in its place. Skipped
    are hidden files and folders, the folder `passed_over` (the index being built) and other indexes. Memory holds only the
    entries of the folders on the path to the current file.
    """
    own = None if passed_over is None else os.path.realpath(passed_over)
    for root in roots:
        if root.is_file:
            try:
                yield FoundFile(root.path, root.name, Stamp.of(os.stat(root.path)))
            except OSError as error:
                yield DocumentError("documents.cannot_open", root.path, reason=error)
        else:
            yield from _walk_folder(root, own)


# (path of a folder below its root, the rules of its `.qaignore`), the innermost folder last
_Rules = tuple[tuple[str, "GitIgnoreSpec"], ...]


def _walk_folder(root: Root, own: str | None) -> Iterator[FoundFile | Ignored | DocumentError]:
    prefix = f"{root.label}/" if root.label else ""
    below: list[tuple[Iterator[str], str, _Rules]] = []  # open folders: entries left, path below the root, rules

    def enter(inner: str, rules: _Rules) -> DocumentError | None:
        folder = os.path.join(root.path, inner)
        try:
            names = _names(folder)
        except OSError as error:
            return DocumentError("documents.cannot_list", folder, reason=error)
        try:
            spec = _ignore_rules(os.path.join(folder, IGNORE_FILE))
        except DocumentError as error:
            return error
        below.append((iter(names), inner, (*rules, (inner, spec)) if spec else rules))
        return None

    if (trouble := enter("", ())) is not None:
        yield trouble
    while below:
        names, at, rules = below[-1]
        name = next(names, None)
        if name is None:
            below.pop()
            continue
        inner = at + name
        path = os.path.join(root.path, inner)
        if _is_ignored(inner, rules):
            yield Ignored()
        elif name.endswith("/"):
            if (own is not None and os.path.realpath(path) == own) or is_index(path) or _is_made_by_system(path):
                continue
            if (trouble := enter(inner, rules)) is not None:
                yield trouble
        else:
            try:
                status = os.lstat(path)
            except OSError as error:
                yield DocumentError("documents.cannot_open", path, reason=error)
                continue
            if stat.S_ISREG(status.st_mode):
                yield FoundFile(path, prefix + inner, Stamp.of(status))
            else:
                yield DocumentError("documents.passed_over", path, kind=_kind(status.st_mode))


def _is_made_by_system(path: str | os.PathLike[str]) -> bool:
    """Whether `path` is in one of the folders that Linux makes up, which are no documents and never end."""
    real = f"{os.path.realpath(path)}/"
    return any(real.startswith(made) for made in ("/proc/", "/sys/", "/dev/")) and not real.startswith("/dev/shm/")


def is_index(folder: str | os.PathLike[str]) -> bool:
    """Whether `folder` holds an index: its file `CURRENT` names a build."""
    try:
        with open(os.path.join(folder, CURRENT), "rb") as stream:
            return _POINTER.fullmatch(stream.read(512)) is not None
    except (OSError, ValueError):
        return False


def _names(folder: str) -> list[str]:
    """The names in `folder` that are not hidden, sorted. A subfolder ends in `/`, so that files come in order of their paths."""
    with os.scandir(folder) as entries:
        return sorted(
            entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name
            for entry in entries
            if not entry.name.startswith(".")
        )


def _ignore_rules(file: str) -> GitIgnoreSpec | None:
    """The rules in `file`, a `.qaignore`; None if it does not exist. Raises `DocumentError` when they cannot be read."""
    try:
        status = os.lstat(file)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise DocumentError("documents.ignore_file_no_file", file)
    if status.st_size > LARGEST_IGNORE_FILE:
        raise DocumentError("documents.ignore_file_too_large", file, most=LARGEST_IGNORE_FILE // 2**20)
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(Path(file).read_text("utf-8-sig").split("\n"))
    except UnicodeDecodeError as error:
        raise DocumentError("documents.ignore_file_no_utf8", file) from error
    except (OSError, ValueError) as error:
        raise DocumentError("documents.ignore_file_refused", file, reason=error) from error


def _is_ignored(inner: str, rules: _Rules) -> bool:
    """Whether `inner`, a path below the root, is excluded: as in git, the innermost `.qaignore` with a matching rule decides."""
    for folder, spec in reversed(rules):
        spoken = spec.check_file(inner[len(folder) :]).include
        if spoken is not None:
            return spoken
    return False


def _kind(mode: int) -> QAError:
    """The kind of an entry that is neither a folder nor a regular file, as a value for the message of an error."""
    if stat.S_ISLNK(mode):
        return QAError("documents.link")
    if stat.S_ISFIFO(mode):
        return QAError("documents.pipe")
    if stat.S_ISSOCK(mode):
        return QAError("documents.socket")
    return QAError("documents.device" if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else "documents.special")


def safe_source(source: str) -> bool:
    """Whether the document name `source` is a path below a root: not empty, relative, without `..`, drive or NUL."""
    path = Path(source)
    return bool(path.parts) and not path.anchor and ".." not in path.parts and "\0" not in source
