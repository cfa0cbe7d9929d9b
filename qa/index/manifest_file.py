"""Which build of an index is in use, and its manifest, read from the disk and checked.

`CURRENT` holds the name of the build in use and the SHA-256 of its manifest, and the manifest the size and SHA-256 of every
part (file of the build). Nothing is used before it is checked, and a name that leads out of its folder is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from ..disk import Stamp, read_own
from ..documents.folders import CURRENT, Root, safe_source
from ..errors import IndexCorrupt, IndexMismatch, IndexNotFound, QAError, Whole, one_line, remedy
from ..passages.split import SPLITTER
from ..text.words import TOKENIZER
from .commands import build_command, first_build_command, rebuild_command
from .manifest import INDEX_FORMAT, BuildReport, DocumentEntry, Manifest, UnreadFile

_BUILD = re.compile(r"build-[0-9A-Za-z-]+")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LARGEST_POINTER, _LARGEST_MANIFEST = 2**12, 2**30  # bytes; a million documents take 250 MB
_T = TypeVar("_T")


def manifest_path(build: Path, digest: str) -> Path:
    """The path, in the folder `build`, of the manifest with the SHA-256 `digest`."""
    return build / f"manifest-{digest[:16]}.json"


def read_pointer(folder: Path) -> bytes:
    """The contents of `CURRENT` in the index `folder`; b"" when it cannot be read."""
    try:
        return read_own(folder / CURRENT, _LARGEST_POINTER)
    except (OSError, ValueError):
        return b""


def build_in_use(folder: Path) -> bytes:
    """The name of the build in use, b"" for none. It stays the same when an update only notes new stamps."""
    return next(iter(read_pointer(folder).split()), b"")


def read_manifest(folder: Path) -> tuple[Path, Manifest]:
    """The folder of the build in use in the index `folder`, and its manifest.

    Raises `IndexNotFound`, `IndexCorrupt`, or `IndexMismatch` for another format, each with the command that mends it.
    """
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise IndexNotFound("index.is_a_file", folder)
    try:
        name, digest = read_own(folder / CURRENT, _LARGEST_POINTER).decode("ascii").split()
        if not _BUILD.fullmatch(name) or not _DIGEST.fullmatch(digest):
            raise ValueError("names no build")
    except FileNotFoundError:
        raise IndexNotFound("index.none", folder, command=_command_of_any(folder)) from None
    except OSError as error:
        raise IndexCorrupt("index.pointer_unreadable", folder / CURRENT, reason=error, remedy=remedy(error)) from error
    except ValueError as error:
        raise IndexCorrupt("index.pointer_damaged", folder / CURRENT, command=_command_of_any(folder)) from error
    build = folder / name
    file = manifest_path(build, digest)
    try:
        if not file.exists() and (build / "manifest.json").exists():  # its name in format 1
            file = build / "manifest.json"
        data = read_own(file, _LARGEST_MANIFEST)
        if hashlib.sha256(data).hexdigest() != digest:
            raise IndexCorrupt("index.manifest_changed", file, command=_command_of_any(folder))
        stored = json.loads(data)
        version = int(stored["format"])
        if version != INDEX_FORMAT:
            raise _other_format(folder, version, stored)
        return build, _parsed(stored)
    except PermissionError as error:  # to build it anew would meet the same
        raise IndexCorrupt("index.pointer_unreadable", file, reason=error, remedy=remedy(error)) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexCorrupt("index.manifest_damaged", file, reason=error, command=_command_of_any(folder)) from error


def _command_of_any(folder: Path) -> Whole:
    """The command that builds the index in `folder` anew from the roots that any manifest left there names."""
    for file in sorted(folder.glob("build-*/manifest-*.json"), key=os.path.getmtime, reverse=True):
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return build_command([_text(root["path"]) for root in json.loads(read_own(file, _LARGEST_MANIFEST))["roots"]], folder)
    return first_build_command(folder)


def check_versions(folder: Path, manifest: Manifest) -> None:
    """Raise `IndexMismatch` unless the index was built with this version's tokenizer and splitter."""
    if (manifest.tokenizer.partition("+")[0], manifest.splitter) != (TOKENIZER, SPLITTER):
        raise IndexMismatch(
            "index.other_words", folder, built_with=manifest.tokenizer, built_by=manifest.splitter, tokenizer=TOKENIZER,
            splitter=SPLITTER, command=rebuild_command(manifest, folder),
        )  # fmt: skip


def refuse_newer(folder: Path) -> None:
    """Raise `IndexMismatch` if the index in `folder` was made by a newer version, which a build would replace."""
    try:
        read_manifest(folder)
    except IndexMismatch as error:
        if error.code == "index.newer":
            raise IndexMismatch("index.newer_kept", folder, format=error.values["format"], read=INDEX_FORMAT) from None
    except QAError:
        return  # none, or one that is made anew


def _other_format(folder: Path, version: int, stored: dict[str, Any]) -> IndexMismatch:
    roots = [root["path"] for root in stored["roots"]] if "roots" in stored else [stored.get("root", "seeds")]
    command = build_command(list(map(str, roots)), folder)
    if version > INDEX_FORMAT:
        return IndexMismatch("index.newer", folder, format=version, read=INDEX_FORMAT, command=command)
    return IndexMismatch("index.older", folder, format=version, read=INDEX_FORMAT, command=command)


def _parsed(stored: dict[str, Any]) -> Manifest:
    """The manifest in the JSON object `stored`.

    Raises ValueError, KeyError or TypeError for a missing or wrong field, or a name that leads out of its folder.
    """
    files = {_text(name): (int(size), _text(digest)) for name, (size, digest) in stored["files"].items()}
    roots = tuple(_value(Root, root) for root in stored["roots"])
    documents = tuple(
        _value(DocumentEntry, {**entry, "also": tuple(entry["also"]), "problems": tuple(entry.get("problems", ()))})
        for entry in stored["documents"]
    )
    for name in [*files, *(source for entry in documents for source in entry.sources)]:
        if not safe_source(_text(name)):
            raise ValueError(f"names {one_line(repr(name))}, which leads out of its folder")
    if not set(stored.get("pending", [])) <= set(stored["segments"]):
        raise ValueError("names a segment that it has not")
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
            "pending": _numbers(stored.get("pending", [])),
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
