"""The manifest of an index: its sources, model, versions, documents and files; how it is read and checked.

`CURRENT` holds the name of the build in use and the SHA-256 of its manifest, and the manifest the size and SHA-256 of every
part (file of the build). Nothing is used before it is checked, and a name that leads out of its folder is refused.
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
STAMPS = "stamps.json"  # in a build: the sizes and times of its large parts as they were written
# Bytes. An index of up to AT_ONCE is compared with its digests before it is used (0.3 s); in a larger one, parts over
# _SMALL_PART are compared while it is in use.
AT_ONCE, _SMALL_PART = 2**28, 2**20
_BUILD = re.compile(r"build-[0-9A-Za-z-]+")
_T = TypeVar("_T")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document in the manifest.

    `source` is its name (its path within its root), `sha256` that of its file, `characters` the length of its text and `passages`
    how many it was split into. `also` are the names of other files with the same bytes, which are not indexed again.
    """

    source: str
    sha256: str
    encoding: str
    characters: int
    passages: int
    also: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """All names of the document: `source` and those in `also`."""
        return (self.source, *self.also)


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A skipped file or folder. `problem` is the reason as `errors.record` returns it; `source` is the file's name.

    `source` is "" for a folder, and for a file whose bytes could not be read: the next build tries it again.
    """

    problem: dict[str, Any]
    source: str = ""

    @classmethod
    def of(cls, error: DocumentError, source: str = "") -> UnreadFile:
        """The entry for the file `source` that was skipped because of `error`."""
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
        """Why it was skipped, as one line of English."""
        return str(self.error)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The counts of one build.

    Of the `files` found, `read` were read, `unchanged` were taken over from the earlier build, `duplicates` have the bytes of
    another, and `skipped` could not be read. `ignored` counts the entries that a `.qaignore` excludes, `encodings` the documents
    by encoding. `texts` is the number of different passages and sentences, of which `embedded` were embedded now and the others
    found in the cache. `seconds` is how long the build took.
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
    """What an index was built from and with, and the size and SHA-256 of each of its parts (`files`, by name).

    `created` is in UTC, ISO 8601. `model`, `fingerprint` (of its weights) and `dimension` are the encoder's. `tokenizer`,
    `splitter` and `readers` are versions of the code that made words, passages and texts; `abilities` names the limits and the
    optional packages that decide which files can be read.
    `roots` are the folders and files indexed, `relative` the path of each relative to the index's folder.
    `segments` are the segments' numbers in the order of their rows. `measured` is the number of passages when the means of
    `languages` were measured, which are subtracted from all stored vectors; `changed` counts those added or deleted since.
    `vectors` says how each part of vectors is searched, by the part's name.
    `unread` are the skipped files, only the first ones if there are very many; `report.skipped` is their number.
    `user_dictionary` is the path the user dictionary was read from, "" for none; its words are stored in the build.
    `stamps` are the sizes and times of the files read or skipped, by name, without those changed just before the build.
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
        """Why each file was skipped, a line of English each."""
        return tuple(unread.reason for unread in self.unread)

    def moved_roots(self, folder: Path) -> tuple[Path, ...]:
        """Where the roots are now: their stored path, or, where that is gone, their path relative to the index in `folder`."""
        found = []
        for root, relative in zip(self.roots, self.relative, strict=True):
            stored, beside = Path(root.path), Path(os.path.normpath(folder.absolute() / relative))
            found.append(beside if not stored.exists() and beside.exists() else stored)
        return tuple(found)

    def locate(self, source: str, moved: Sequence[Path]) -> Path:
        """The path of the document named `source` when the roots are at `moved` (as `moved_roots` returns them)."""
        return next(root.place(source, place) for root, place in zip(self.roots, moved, strict=True) if root.holds(source))

    def to_json(self) -> bytes:
        """The manifest as JSON, as it is stored."""
        stamps = {source: astuple(stamp) for source, stamp in self.stamps.items()}
        return (json.dumps({**asdict(replace(self, stamps={})), "stamps": stamps}, ensure_ascii=False) + "\n").encode(
            "utf-8", "surrogatepass"
        )


def manifest_file(build: Path, digest: str) -> Path:
    """The path, in the folder `build`, of the manifest with the SHA-256 `digest`."""
    return build / f"manifest-{digest[:16]}.json"


def read_pointer(folder: Path) -> bytes:
    """The contents of `CURRENT` in the index `folder`; b"" when it cannot be read."""
    try:
        return (folder / CURRENT).read_bytes()
    except OSError:
        return b""


def build_in_use(folder: Path) -> bytes:
    """The name of the build in use, b"" for none. It stays the same when an update only notes new stamps."""
    return next(iter(read_pointer(folder).split()), b"")


def read_manifest(folder: Path) -> tuple[Path, Manifest]:
    """The folder of the build in use in the index `folder`, and its manifest.

    Raises `IndexNotFound`, `IndexCorrupt`, or `IndexMismatch` for another format, each with the command that mends it.
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
        if not file.exists() and (build / "manifest.json").exists():  # its name in format 1
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
    """Raise `IndexMismatch` unless the index was built with this version's tokenizer and splitter."""
    if (manifest.tokenizer.partition("+")[0], manifest.splitter) != (TOKENIZER, SPLITTER):
        raise IndexMismatch(
            "index.other_words", folder, built_with=manifest.tokenizer, built_by=manifest.splitter, tokenizer=TOKENIZER,
            splitter=SPLITTER, command=rebuild_command(manifest, folder),
        )  # fmt: skip


def find_damage(build: Path, manifest: Manifest, skip: Container[str] = (), beside: bool = False) -> QAError | None:
    """The first damaged part of a build, None when all have the size and SHA-256 of the manifest.

    Only the size is compared of the parts in `skip`. Every other part is read, on all cores, or with `beside`, for a thread that
    runs beside other work, one after another.
    """

    def damage(item: tuple[str, tuple[int, str]]) -> QAError | None:
        return _damage_of(build, *item, read=item[0] not in skip)

    if beside:  # without a pool: the interpreter would wait for its threads at exit
        return next(filter(None, map(damage, manifest.files.items())), None)
    with ThreadPoolExecutor() as pool:
        return next(filter(None, pool.map(damage, manifest.files.items())), None)


def large_parts(manifest: Manifest) -> frozenset[str]:
    """The names of the parts too large to compare before the first question; none in an index of up to AT_ONCE bytes."""
    if sum(size for size, _ in manifest.files.values()) <= AT_ONCE:
        return frozenset()
    return frozenset(name for name, (size, _) in manifest.files.items() if size > _SMALL_PART)


def note_stamps(build: Path, manifest: Manifest) -> None:
    """Store the sizes and times of the large parts just written: while these stay, an update need not compare the digests."""
    stamps = {name: list(astuple(Stamp.of_linked((build / name).stat()))) for name in sorted(large_parts(manifest))}
    if stamps:
        with suppress(OSError):  # without the file the parts are compared
            write_whole(build / STAMPS, json.dumps(stamps).encode("ascii"))


def unchanged_parts(build: Path, manifest: Manifest) -> frozenset[str]:
    """The large parts whose sizes and times are still those that `note_stamps` stored."""
    try:
        noted = json.loads((build / STAMPS).read_text("utf-8"))
        return frozenset(
            name for name in large_parts(manifest) if noted.get(name) == list(astuple(Stamp.of_linked((build / name).stat())))
        )
    except (OSError, ValueError, AttributeError):
        return frozenset()


def forget_stamps(build: Path) -> None:
    """Delete what `note_stamps` stored, so that the next update compares every part."""
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
    """The command that rebuilds the index in `folder` from the same roots, with `model` instead of its own if one is given."""
    from ..models.prepare import DEFAULT_MODEL

    option = f" --model {one_line(shlex.quote(model or manifest.model))}" if model or manifest.model != DEFAULT_MODEL else ""
    if manifest.user_dictionary:
        option += f" --user-dict {one_line(shlex.quote(manifest.user_dictionary))}"
    return Whole(f"{build_command([root.path for root in manifest.roots], folder)}{option}")


def build_command(sources: Sequence[str], folder: Path) -> Whole:
    """The command that builds an index of `sources` in `folder`, quoted for a shell."""
    named = " ".join(one_line(shlex.quote(source)) for source in sources)
    return Whole(f"python -m qa build {named} --index {one_line(shlex.quote(str(folder)))}")


def _documents_here() -> str:
    """The source to show in a command: `seeds` if it is in the current folder, else the placeholder `FOLDER`."""
    return "seeds" if Path("seeds").exists() else "FOLDER"


def _other_format(folder: Path, version: int, stored: dict[str, Any]) -> IndexMismatch:
    roots = [root["path"] for root in stored["roots"]] if "roots" in stored else [stored.get("root", "seeds")]
    command = build_command(list(map(str, roots)), folder)
    if version > FORMAT:
        return IndexMismatch("index.newer", folder, format=version, read=FORMAT, command=command)
    return IndexMismatch("index.older", folder, format=version, read=FORMAT, command=command)


def _parsed(stored: dict[str, Any]) -> Manifest:
    """The manifest in the JSON object `stored`.

    Raises ValueError, KeyError or TypeError for a missing or wrong field, or a name that leads out of its folder.
    """
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
    """The dataclass `kind` with the fields `stored`. Raises TypeError when one is missing, unknown or of another type."""
    for entry in fields(kind):  # type: ignore[arg-type]
        expected = _KINDS.get(str(entry.type))
        if entry.name in stored and expected and not isinstance(stored[entry.name], expected):
            raise TypeError(f"holds no {entry.type} as {entry.name}")
    return kind(**stored)


def _numbers(values: list[object]) -> tuple[int, ...]:
    """`values` as a tuple. Raises TypeError unless they are distinct integers from 0 up."""
    found = tuple(value for value in values if type(value) is int and value >= 0)
    if len(found) != len(values) or len(set(found)) != len(found):
        raise TypeError("holds no numbers of segments")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is no text")
    return value
