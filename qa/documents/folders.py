"""Which files of several sources are there to be read: nested folders, `.qaignore`, and what is passed over and why.

Nothing is opened here but folders and their `.qaignore`; links, devices, pipes and sockets are named and never followed.
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
        raise DocumentError("documents.no_source")
    given = {item.path: item.label for item in named if isinstance(item, Root)}
    found: dict[str, Path] = {}  # real path -> path as named
    for item in named:
        path = Path(item.path if isinstance(item, Root) else item)
        real = os.path.realpath(path)
        found.setdefault(real, path.absolute() if _is_folder(path) else Path(real))
    _refuse_nested(found)
    paths = [Path(os.path.normpath(path)) for path in found.values()]
    labels = _labels(paths) if len(paths) > 1 else [""]
    return tuple(Root(str(path), given.get(str(path), label), path.is_file()) for path, label in zip(paths, labels, strict=True))


def _is_folder(source: Path) -> bool:
    """Whether a source is a folder or a file; `DocumentError` when it is neither or an index."""
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
    return stat.S_ISDIR(mode)


def _refuse_nested(paths: Mapping[str, Path]) -> None:
    """`DocumentError` when one of these real paths lies inside another: its documents would be read twice."""
    for inner, path in paths.items():
        outer = next((paths[str(above)] for above in Path(inner).parents if str(above) in paths), None)
        if outer is not None:
            raise DocumentError("documents.nested_source", path, outer=outer)


def _labels(paths: Sequence[Path]) -> list[str]:
    """The last parts of each path, as few as keep every label from being another or a folder of another."""
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
                yield DocumentError("documents.cannot_open", root.path, reason=error)
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
            if (own is not None and os.path.realpath(path) == own) or is_index(path):
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


def _ignore_rules(file: str) -> GitIgnoreSpec | None:
    """The rules of a folder's own `.qaignore`, if it has one. Raises `DocumentError` when it cannot be taken at its word."""
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
    """Whether the innermost rule that speaks of a path below the root leaves it out, as git decides it."""
    for folder, spec in reversed(rules):
        spoken = spec.check_file(inner[len(folder) :]).include
        if spoken is not None:
            return spoken
    return False


def _kind(mode: int) -> QAError:
    """What an entry is that is neither folder nor plain file, as a value of an error."""
    if stat.S_ISLNK(mode):
        return QAError("documents.link")
    if stat.S_ISFIFO(mode):
        return QAError("documents.pipe")
    if stat.S_ISSOCK(mode):
        return QAError("documents.socket")
    return QAError("documents.device" if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else "documents.special")


def safe_source(source: str) -> bool:
    """Whether a document's name stays below its root: relative, without `..`, and no Windows drive."""
    path = Path(source)
    return bool(path.parts) and not path.anchor and ".." not in path.parts and "\0" not in source
