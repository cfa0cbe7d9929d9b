"""What an index says of itself: what it was built from and with, its parts and their digests; reading it and trusting it.

`CURRENT` names the build in use and the SHA-256 of its manifest; the manifest holds the size and SHA-256 of every part.
Nothing of it is used before it is checked, and no name in it leads out of the folder it is meant for.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
from collections.abc import Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from ..disk import Stamp, sha256_of, write_whole
from ..documents.folders import CURRENT, Root, safe_source
from ..errors import DocumentError, IndexCorrupt, IndexMismatch, IndexNotFound, QAError, Whole, from_record, one_line, record
from ..passages.split import SPLITTER
from ..text.words import TOKENIZER

FORMAT = 5
STAMPS = "stamps.json"  # in a build: when its large parts were written
# An index of up to this many bytes is read whole before it is used, in 0.3 s; of a larger one the parts over 1 MB are
# read while it is in use.
AT_ONCE, _SMALL_PART = 2**28, 2**20
_BUILD = re.compile(r"build-[0-9A-Za-z-]+")
_T = TypeVar("_T")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """What the index knows of one document.

    `also` are the names of other files with the same bytes, which are not indexed again.
    """

    source: str
    sha256: str
    encoding: str
    characters: int
    passages: int
    also: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Every name that the document goes by."""
        return (self.source, *self.also)


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file or folder that was skipped: why, as `errors.record` gives it, and the name of a file that no reader could read."""

    problem: dict[str, Any]
    source: str = ""

    @classmethod
    def of(cls, error: DocumentError, source: str = "") -> UnreadFile:
        """What was skipped because of `error`."""
        return cls(record(error), source)

    @property
    def error(self) -> DocumentError:
        """Why it was skipped; `index.skipped` where another version of this program had a reason that this one does not know."""
        try:
            return from_record(self.problem, DocumentError)
        except ValueError:
            return DocumentError("index.skipped", self.source)

    @property
    def reason(self) -> str:
        """The same as a line of English."""
        return str(self.error)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    `files` is how many files there were to read; of these `read` were read, `unchanged` taken from the index that was there,
    `duplicates` have the bytes of another, and `skipped` could not be read. `ignored` counts what a `.qaignore` left out.
    `encodings` counts the documents by encoding. `texts` is how many different passages and sentences there are; of these
    `embedded` were embedded now, the others' vectors were there.
    """

    files: int = 0
    read: int = 0
    unchanged: int = 0
    duplicates: int = 0
    skipped: int = 0
    ignored: int = 0
    encodings: dict[str, int] = field(default_factory=dict)
    texts: int = 0
    embedded: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was built from and with, and the size and SHA-256 of each of its parts.

    `relative` says where each root is as seen from the index's folder; `readers` names the version of what reads the files,
    `abilities` what else decides whether one can be read.
    `segments` are the numbers of the segments, in the order of their rows; `measured` is how many passages there were when the
    means of languages were measured that all of them are stored without, and `changed` how many came or went since.
    `vectors` says of each part of vectors how it is searched.
    `unread` are the files that were skipped, the first ones if there are very many: `report.skipped` is their number.
    `user_dictionary` is where the user dictionary was read from, "" for none; its words are in the index.
    `stamps` are those of the files that were tried, by name, but for files that had only just changed.
    """

    format: int
    created: str
    model: str
    fingerprint: str
    dimension: int
    tokenizer: str
    splitter: int
    readers: str
    abilities: str
    roots: tuple[Root, ...]
    relative: tuple[str, ...]
    documents: tuple[DocumentEntry, ...]
    unread: tuple[UnreadFile, ...]
    passages: int
    sentences: int
    segments: tuple[int, ...]
    measured: int
    changed: int
    languages: tuple[str, ...]
    vectors: dict[str, str]
    report: BuildReport
    stamps: dict[str, Stamp] = field(default_factory=dict)
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    user_dictionary: str = ""

    @property
    def skipped(self) -> tuple[str, ...]:
        """Why files were skipped, a line each."""
        return tuple(unread.reason for unread in self.unread)

    def moved_roots(self, folder: Path) -> tuple[Path, ...]:
        """Where the roots are: where they were when they were read, or where that is as seen from the index in `folder`."""
        found = []
        for root, relative in zip(self.roots, self.relative, strict=True):
            stored, beside = Path(root.path), Path(os.path.normpath(folder.absolute() / relative))
            found.append(beside if not stored.exists() and beside.exists() else stored)
        return tuple(found)

    def locate(self, source: str, moved: Sequence[Path]) -> Path:
        """Where the file of a document is when the roots are at `moved`."""
        return next(root.place(source, place) for root, place in zip(self.roots, moved, strict=True) if root.holds(source))

    def to_json(self) -> bytes:
        """The manifest as it is written."""
        stamps = {source: astuple(stamp) for source, stamp in self.stamps.items()}
        return (json.dumps({**asdict(replace(self, stamps={})), "stamps": stamps}, ensure_ascii=False) + "\n").encode(
            "utf-8", "surrogatepass"
        )


def manifest_file(build: Path, digest: str) -> Path:
    """Where a build keeps the manifest with this SHA-256."""
    return build / f"manifest-{digest[:16]}.json"


def read_pointer(folder: Path) -> bytes:
    """What `CURRENT` says, or nothing."""
    try:
        return (folder / CURRENT).read_bytes()
    except OSError:
        return b""


def build_in_use(folder: Path) -> bytes:
    """The name of the build that `CURRENT` names, or nothing. It stays when an update notes new times of files only."""
    return next(iter(read_pointer(folder).split()), b"")


def read_manifest(folder: Path) -> tuple[Path, Manifest]:
    """The folder of the build in use, and its manifest.

    Raises `IndexNotFound`, `IndexCorrupt` or `IndexMismatch` (another format, tokenizer or splitter), each with the command
    that mends it.
    """
    anew = build_command((_documents_here(),), folder)
    if folder.is_file():
        raise IndexNotFound("index.is_a_file", folder)
    try:
        name, digest = (folder / CURRENT).read_bytes().decode("ascii").split()
        if not _BUILD.fullmatch(name) or not _DIGEST.fullmatch(digest):
            raise ValueError("names no build")
    except FileNotFoundError:
        raise IndexNotFound("index.none", folder, command=anew) from None
    except (OSError, ValueError) as error:
        raise IndexCorrupt("index.pointer_damaged", folder / CURRENT, command=anew) from error
    build = folder / name
    file = manifest_file(build, digest)
    try:
        if not file.exists() and (build / "manifest.json").exists():  # as format 1 named it
            file = build / "manifest.json"
        data = file.read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            raise IndexCorrupt("index.manifest_changed", file, command=anew)
        stored = json.loads(data)
        version = int(stored["format"])
        if version != FORMAT:
            raise _other_format(folder, version, stored)
        return build, _parsed(stored)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexCorrupt("index.manifest_damaged", file, reason=error, command=anew) from error


def check_versions(folder: Path, manifest: Manifest) -> None:
    """Raise `IndexMismatch` unless the index was built with this tokenizer and this splitter."""
    if (manifest.tokenizer.partition("+")[0], manifest.splitter) != (TOKENIZER, SPLITTER):
        raise IndexMismatch(
            "index.other_words", folder, built_with=manifest.tokenizer, built_by=manifest.splitter, tokenizer=TOKENIZER,
            splitter=SPLITTER, command=rebuild_command(manifest, folder),
        )  # fmt: skip


def find_damage(build: Path, manifest: Manifest, skip: Container[str] = (), beside: bool = False) -> QAError | None:
    """What is wrong with the parts of a build, or None; every byte is read, at the speed of SHA-256 on all cores.

    Of the parts in `skip` only the size is looked at. `beside` other work they are read one after the other.
    """

    def damage(item: tuple[str, tuple[int, str]]) -> QAError | None:
        return _damage_of(build, *item, read=item[0] not in skip)

    if beside:  # and without a pool, whose threads the interpreter would wait for at its end
        return next(filter(None, map(damage, manifest.files.items())), None)
    with ThreadPoolExecutor() as pool:
        return next(filter(None, pool.map(damage, manifest.files.items())), None)


def large_parts(manifest: Manifest) -> frozenset[str]:
    """The parts that take too long to read before the first question: none of an index of up to `AT_ONCE` bytes."""
    if sum(size for size, _ in manifest.files.values()) <= AT_ONCE:
        return frozenset()
    return frozenset(name for name, (size, _) in manifest.files.items() if size > _SMALL_PART)


def note_stamps(build: Path, manifest: Manifest) -> None:
    """Note the times of the large parts, which were just written: while they stay, an update need not read these parts."""
    stamps = {name: list(astuple(Stamp.of_linked((build / name).stat()))) for name in sorted(large_parts(manifest))}
    if stamps:
        with suppress(OSError):  # they are read then
            write_whole(build / STAMPS, json.dumps(stamps).encode("ascii"))


def unchanged_parts(build: Path, manifest: Manifest) -> frozenset[str]:
    """The large parts whose times are those noted."""
    try:
        noted = json.loads((build / STAMPS).read_text("utf-8"))
        return frozenset(
            name for name in large_parts(manifest) if noted.get(name) == list(astuple(Stamp.of_linked((build / name).stat())))
        )
    except (OSError, ValueError, AttributeError):
        return frozenset()


def forget_stamps(build: Path) -> None:
    """Make the next update read every part."""
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


def rebuild_command(manifest: Manifest, folder: Path, model: str | None = None) -> Whole:
    """The command that builds the index anew, with `model` if one is named."""
    from ..models.prepare import DEFAULT_MODEL

    option = f" --model {one_line(shlex.quote(model or manifest.model))}" if model or manifest.model != DEFAULT_MODEL else ""
    if manifest.user_dictionary:
        option += f" --user-dict {one_line(shlex.quote(manifest.user_dictionary))}"
    return Whole(f"{build_command([root.path for root in manifest.roots], folder)}{option}")


def build_command(sources: Sequence[str], folder: Path) -> Whole:
    """The command that builds an index, as it can be typed."""
    named = " ".join(one_line(shlex.quote(source)) for source in sources)
    return Whole(f"python -m qa build {named} --index {one_line(shlex.quote(str(folder)))}")


def _documents_here() -> str:
    """`seeds` where the current folder has it, else a word in the place of the folder to name."""
    return "seeds" if Path("seeds").exists() else "FOLDER"


def _other_format(folder: Path, version: int, stored: dict[str, Any]) -> IndexMismatch:
    roots = [root["path"] for root in stored["roots"]] if "roots" in stored else [stored.get("root", "seeds")]
    command = build_command(list(map(str, roots)), folder)
    if version > FORMAT:
        return IndexMismatch("index.newer", folder, format=version, read=FORMAT, command=command)
    return IndexMismatch("index.older", folder, format=version, read=FORMAT, command=command)


def _parsed(stored: dict[str, Any]) -> Manifest:
    """The manifest in a JSON object. Raises ValueError, KeyError or TypeError when it is none, or names lead elsewhere."""
    files = {_text(name): (int(size), _text(digest)) for name, (size, digest) in stored["files"].items()}
    roots = tuple(_value(Root, root) for root in stored["roots"])
    documents = tuple(_value(DocumentEntry, {**entry, "also": tuple(entry["also"])}) for entry in stored["documents"])
    for name in [*files, *(source for entry in documents for source in entry.sources)]:
        if not safe_source(_text(name)):
            raise ValueError(f"names {one_line(repr(name))}, which leads out of its folder")
    if (
        not roots
        or len(roots) != len(stored["relative"])
        or not all(any(root.holds(source) for root in roots) for entry in documents for source in entry.sources)
    ):
        raise ValueError("names no root for a document")
    return _value(
        Manifest,
        {
            **stored,
            "roots": roots,
            "relative": tuple(map(_text, stored["relative"])),
            "documents": documents,
            "unread": tuple(_value(UnreadFile, entry) for entry in stored["unread"]),
            "stamps": {source: Stamp(*map(int, values)) for source, values in stored["stamps"].items()},
            "languages": tuple(map(_text, stored["languages"])),
            "segments": _numbers(stored["segments"]),
            "vectors": {_text(name): _text(choice) for name, choice in stored["vectors"].items()},
            "report": _value(BuildReport, stored["report"]),
            "files": files,
        },
    )


_KINDS: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "dict[str, int]": dict,
    "dict[str, Any]": dict,
}


def _value(kind: type[_T], stored: dict[str, Any]) -> _T:
    """A dataclass of what was stored. Raises TypeError when a field is missing, unknown or of another type."""
    for entry in fields(kind):  # type: ignore[arg-type]
        expected = _KINDS.get(str(entry.type))
        if entry.name in stored and expected and not isinstance(stored[entry.name], expected):
            raise TypeError(f"holds no {entry.type} as {entry.name}")
    return kind(**stored)


def _numbers(values: list[object]) -> tuple[int, ...]:
    """Different numbers from 0 on. Raises TypeError."""
    found = tuple(value for value in values if type(value) is int and value >= 0)
    if len(found) != len(values) or len(set(found)) != len(found):
        raise TypeError("holds no numbers of segments")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is no text")
    return value
