"""Which files of several sources are there to be read: nested folders, `.qaignore`, and what is passed over and why.

Nothing is opened here but folders and their `.qaignore`; links, devices, pipes and sockets are named and never followed.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..disk import Stamp
from ..errors import DocumentError, one_line

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

CURRENT = "CURRENT"  # the file of an index that names the build in use
_POINTER = re.compile(rb"build-[0-9A-Za-z-]+ [0-9a-f]{64}\s*")
IGNORE_FILE = ".qaignore"
LARGEST_IGNORE_FILE = 2**20  # bytes


@dataclass(frozen=True, slots=True)
class Root:
    """A folder or a file that documents are read from.

    `path` is absolute. `label` is what the names of its documents start with: nothing when it is the only one. The one
    document of a root that is a file goes by `name`.
    """

    path: str
    label: str = ""
    is_file: bool = False

    @property
    def name(self) -> str:
        """What the document of a root that is a file goes by."""
        return self.label or os.path.basename(self.path)

    def holds(self, source: str) -> bool:
        """Whether a document of this name was read from here."""
        return source == self.name if self.is_file else not self.label or source.startswith(f"{self.label}/")

    def place(self, source: str, moved: Path | None = None) -> Path:
        """Where the file of the document `source` is, below `moved` when the root is there now."""
        base = Path(self.path) if moved is None else moved
        return base if self.is_file else base / source[len(self.label) + 1 if self.label else 0 :]


# What a user names: a folder or file, or several. A program may name roots, with labels of its choice.
Sources = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Sequence[Root]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A plain file: where it is, the name its document goes by, and its stamp."""

    path: str
    source: str
    stamp: Stamp


class Ignored:
    """An entry that a `.qaignore` leaves out; a folder counts once."""


def find_roots(sources: Sources) -> tuple[Root, ...]:
    """The roots that `sources` name, each once, with labels under which no two documents go by the same name.

    A label is the last part of the path, or as many of them as it takes; a `Root` keeps its own. Raises `DocumentError` for a
    source that is not there, is neither folder nor file, is an index, or lies inside another.
    """
    named = [sources] if isinstance(sources, str | os.PathLike) else list(sources)
    if not named:
        raise DocumentError("no source was named; name the folder that holds your documents")
    given = {item.path: item.label for item in named if isinstance(item, Root)}
    paths: dict[str, Path] = {}
    for item in named:
        path = Path(item.path if isinstance(item, Root) else item)
        try:
            kind = path.stat().st_mode
        except (OSError, ValueError) as error:
            if isinstance(error, FileNotFoundError):
                raise DocumentError(
                    f"{one_line(path)}: no such file or folder; name the folder that holds your documents"
                ) from None
            reason = getattr(error, "strerror", None) or error
            raise DocumentError(f"{one_line(path)}: {reason}; name the folder that holds your documents") from error
        if not (stat.S_ISDIR(kind) or stat.S_ISREG(kind)):
            raise DocumentError(
                f"{one_line(path)}: is neither a folder nor a plain file; name the folder that holds your documents"
            )
        if is_index(path):
            raise DocumentError(f"{one_line(path)}: is the folder of an index; name the folder that holds your documents")
        real = os.path.realpath(path)
        paths.setdefault(real, path.absolute() if stat.S_ISDIR(kind) else Path(real))
    for inner, path in paths.items():
        for outer, other in paths.items():
            if inner != outer and inner.startswith(outer.rstrip(os.sep) + os.sep):
                raise DocumentError(
                    f"{one_line(path)}: lies inside {one_line(other)}, which is read as well; name one of the two"
                )
    places = [Path(os.path.normpath(path)) for path in paths.values()]
    labels = _labels(places) if len(places) > 1 else [""]
    labels = [given.get(str(path), label) for path, label in zip(places, labels, strict=True)]
    return tuple(Root(str(path), label, path.is_file()) for path, label in zip(places, labels, strict=True))


def _labels(paths: Sequence[Path]) -> list[str]:
    """The last parts of each path, as few as keep every label from being another or a folder of another."""
    count = [1] * len(paths)

    def label(i: int) -> str:
        parts = [part.strip("\\/:") or "root" for part in paths[i].parts]
        return "/".join(parts[-count[i] :])

    while True:
        labels = [label(i) for i in range(len(paths))]
        clashes = [
            {i, j}
            for i, one in enumerate(labels)
            for j, other in enumerate(labels)
            if i != j and f"{one}/".startswith(f"{other}/")
        ]
        longer = [i for i in set().union(*clashes) if count[i] < len(paths[i].parts)]
        if not longer:
            return labels
        for i in longer:
            count[i] += 1


def walk(roots: Sequence[Root], passed_over: Path | None = None) -> Iterator[FoundFile | Ignored | DocumentError]:
    """The plain files of `roots`, in the order of their names within each, one by one.

    What is no plain file, and a folder that cannot be listed, comes as the error that says so, in its place. Hidden files and
    folders are left out, and so are the folder `passed_over` (that of the index being built) and those of other indexes. Memory
    is bounded by the names of the folders on the way to the present file.
    """
    own = None if passed_over is None else os.path.realpath(passed_over)
    for root in roots:
        if root.is_file:
            try:
                yield FoundFile(root.path, root.name, Stamp.of(os.stat(root.path)))
            except OSError as error:
                yield DocumentError(f"{one_line(root.path)}: {error.strerror or error}; check the file and its permissions")
        else:
            yield from _walk_folder(root, own)


_Rules = tuple[tuple[str, "GitIgnoreSpec"], ...]  # the innermost last, each with the path of its folder below the root


def _walk_folder(root: Root, own: str | None) -> Iterator[FoundFile | Ignored | DocumentError]:
    prefix = f"{root.label}/" if root.label else ""
    below: list[tuple[Iterator[str], str, _Rules]] = []  # the folders being listed: what is left, its path, its rules

    def enter(inner: str, rules: _Rules) -> DocumentError | None:
        folder = os.path.join(root.path, inner)
        try:
            names = _names(folder)
        except OSError as error:
            return DocumentError(f"{one_line(folder)}: {error.strerror or error}; the folder was not read, check its permissions")
        try:
            spec = _ignore_rules(folder)
        except ValueError as error:
            return DocumentError(
                f"{one_line(os.path.join(folder, IGNORE_FILE))}: {error}; the folder was not read, mend the file"
            )
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
            if (own is not None and os.path.realpath(path) == own) or is_index(path):
                continue
            if (trouble := enter(inner, rules)) is not None:
                yield trouble
        else:
            try:
                status = os.lstat(path)
            except OSError as error:
                yield DocumentError(f"{one_line(path)}: {error.strerror or error}; check the file and its permissions")
                continue
            if stat.S_ISREG(status.st_mode):
                yield FoundFile(path, prefix + inner, Stamp.of(status))
            else:
                yield DocumentError(f"{one_line(path)}: is {_kind(status.st_mode)}, passed over; put a copy of the file there")


def is_index(folder: str | os.PathLike[str]) -> bool:
    """Whether the folder is that of an index: its file `CURRENT` names a build."""
    try:
        with open(os.path.join(folder, CURRENT), "rb") as stream:
            return _POINTER.fullmatch(stream.read(512)) is not None
    except (OSError, ValueError):
        return False


def _names(folder: str) -> list[str]:
    """What a folder holds, hidden entries aside: folders end in `/`, so that the order is that of the whole paths."""
    with os.scandir(folder) as entries:
        return sorted(
            entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name
            for entry in entries
            if not entry.name.startswith(".")
        )


def _ignore_rules(folder: str) -> GitIgnoreSpec | None:
    """The folder's own `.qaignore`; ValueError when it cannot be taken at its word."""
    file = os.path.join(folder, IGNORE_FILE)
    try:
        status = os.lstat(file)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("is not a plain file")
    if status.st_size > LARGEST_IGNORE_FILE:
        raise ValueError(f"is over {LARGEST_IGNORE_FILE // 2**20} MiB")
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(Path(file).read_text("utf-8-sig").split("\n"))
    except OSError as error:
        raise ValueError(str(error.strerror or error)) from error
    except UnicodeDecodeError as error:
        raise ValueError("is not UTF-8") from error
    except ValueError as error:
        raise ValueError(one_line(str(error).splitlines()[0])) from error


def _is_ignored(inner: str, rules: _Rules) -> bool:
    """Whether the innermost rule that speaks of a path below the root leaves it out, as git decides it."""
    for folder, spec in reversed(rules):
        spoken = spec.check_file(inner[len(folder) :]).include
        if spoken is not None:
            return spoken
    return False


def _kind(mode: int) -> str:
    for test, kind in (
        (stat.S_ISLNK, "a link"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):  # fmt: skip
        if test(mode):
            return kind
    return "not a plain file"


def safe_source(source: str) -> bool:
    """Whether a document's name stays below its root: relative, without `..`, and no Windows drive."""
    path = Path(source)
    return bool(path.parts) and not path.anchor and ".." not in path.parts and "\0" not in source
