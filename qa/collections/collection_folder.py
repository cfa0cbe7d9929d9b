"""A collection on disk: its name, the documents put into it, and what was taken out of it and can be put back.

    collection.json   its record: what it is called, whether its index is behind, what was taken out
    documents/        the files put into it
    incoming/         files that are being copied
    trash/            files that were taken out
    index/            its index, unless that is elsewhere

The record is a write-ahead log of one entry: it is replaced as a whole, before the files are moved, and says what is going to be
done, so that what a killed process began is finished by the next one.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from ..config import limits_in_force
from ..disk import move, remove, remove_abandoned, write_whole
from ..documents.content import Unreadable
from ..documents.folders import Root
from ..documents.kinds import kind_of
from ..documents.read import largest_file
from ..errors import DocumentError, QAError
from ..index.manifest import UnreadFile
from .file_names import own_name, safe_name

RECORD = "collection.json"
FORMAT = 1
KEPT = 30 * 86_400  # seconds for which what was taken out can be put back
STALE = 86_400  # seconds after which a copy that never ended is no longer being made
UPLOADED = "uploaded"  # what the names of documents begin with that were put into the first collection
_CHUNK = 2**20  # bytes of a file that are copied at a time


@dataclass(frozen=True, slots=True)
class Removed:
    """A document taken out: its name, when (seconds since 1970), and the name of its copy in the trash, if it had one."""

    id: str
    source: str
    at: float
    trash: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What a collection says of itself.

    `created` is in seconds since 1970. `pending`: its index is behind its documents; `empty`: it holds no document. `moving` are
    the ids of those of `removed` whose copies are on their way to the trash. `unread` are the files that could not be
    read, where there is no index to say so.
    """

    format: int = FORMAT
    name: str = ""
    created: float = 0.0
    pending: bool = False
    empty: bool = False
    documents: int = 0
    passages: int = 0
    removed: tuple[Removed, ...] = ()
    moving: tuple[str, ...] = ()
    unread: tuple[UnreadFile, ...] = ()


class CollectionFolder:
    """Where a collection is: its own folder and that of its `index`. Its methods are to be called while `Home.locked`.

    `own` are the folders of the user's that it is made of beside the files put into it: those of the first collection.
    """

    def __init__(self, folder: Path, index: Path, own: Sequence[Root] = ()) -> None:
        self.folder, self.index, self.own = folder, index, tuple(own)

    @property
    def documents(self) -> Path:
        """The folder of the files put into it."""
        return self.folder / "documents"

    @property
    def prefix(self) -> str:
        """What the names of documents that were put into it begin with."""
        return f"{UPLOADED}/" if self.own else ""

    def read(self) -> Record:
        """The record; an empty one if there is none. Raises `QAError` when it cannot be read."""
        file = self.folder / RECORD
        try:
            return _parsed(json.loads(file.read_bytes()))
        except FileNotFoundError:
            return Record()
        except OSError as error:
            raise QAError("collections.record_unreadable", file, reason=error) from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise QAError("collections.record_damaged", file) from error

    def has_record(self) -> bool:
        """Whether there is anything on disk to read."""
        return (self.folder / RECORD).exists()

    def write(self, record: Record) -> None:
        """Replace the record, on the disk before this returns. Raises OSError."""
        write_whole(self.folder / RECORD, (json.dumps(asdict(record), ensure_ascii=True) + "\n").encode("ascii"))

    def roots(self) -> tuple[Root, ...]:
        """What its index is to be built from: the files put into it and the user's own folders."""
        put_in = self.documents.is_dir() and any(not name.name.startswith(".") for name in self.documents.iterdir())
        if not self.own:
            return (Root(str(self.documents)),) if put_in else ()
        # first, since a root without a label holds every name
        return (Root(str(self.documents), UPLOADED), *self.own) if put_in else self.own

    def left_out(self, record: Record) -> frozenset[str]:
        """The names of the user's own files that were taken out."""
        return frozenset(entry.source for entry in record.removed if not entry.trash)

    def gone(self, record: Record) -> frozenset[str]:
        """The names of all that was taken out, but for those under which there is a file again."""
        return frozenset(
            entry.source
            for entry in record.removed
            if not entry.trash or not ((file := self.file_of(entry.source)) and file.is_file())
        )

    def file_of(self, source: str) -> Path | None:
        """Where a file that was put in is; None for a user's own."""
        if self.own and not source.startswith(self.prefix):
            return None
        name = source[len(self.prefix) :]
        path = self.documents / name
        return path if name and os.path.basename(name) == name and not name.startswith(".") else None

    # -- putting in -----------------------------------------------------------------------------------------------------

    def receive(self, path: str | os.PathLike[str], name: str) -> tuple[Path, str]:
        """Copy the file at `path`, which goes by `name`, to where incoming files are; the copy and its SHA-256.

        Raises `DocumentError` for a file that no reader reads, for one that is too large, and when it cannot be copied.
        """
        incoming = self.folder / "incoming"
        copy = incoming / secrets.token_hex(8)
        try:
            incoming.mkdir(parents=True, exist_ok=True)
            digest = _copy(path, copy, name)
            kind_of(os.path.splitext(name)[1], copy.read_bytes(), limits_in_force())
        except Unreadable as error:
            remove(copy)
            raise error.of(name) from error
        except OSError as error:
            remove(copy)
            raise DocumentError("collections.file_not_added", name, reason=error) from error
        except BaseException:
            remove(copy)
            raise
        return copy, digest

    def put_in(self, copy: Path, name: str) -> str:
        """Move an incoming copy among the documents under a name of its own; the document's name."""
        self.documents.mkdir(parents=True, exist_ok=True)
        own = own_name(safe_name(name), os.listdir(self.documents))
        move(copy, self.documents / own)
        return self.prefix + own

    # -- taking out -----------------------------------------------------------------------------------------------------

    def take_out(self, record: Record, sources: Iterable[str]) -> Record:
        """Take documents out: a user's own file stays and is left out, a copy goes to the trash."""
        gone = []
        for source in sources:
            file = self.file_of(source)
            trash = f"{secrets.token_hex(8)}{file.suffix[:20]}" if file is not None and file.is_file() else ""
            gone.append(Removed(secrets.token_hex(8), source, time.time(), trash))
        changed = replace(
            record, pending=True, removed=(*record.removed, *gone), moving=tuple(entry.id for entry in gone if entry.trash)
        )
        self.write(changed)
        return self._move_to_trash(changed)

    def _move_to_trash(self, record: Record) -> Record:
        if not record.moving:
            return record
        trash = self.folder / "trash"
        trash.mkdir(parents=True, exist_ok=True)
        for entry in record.removed:
            file = self.file_of(entry.source)
            if entry.id in record.moving and file is not None and file.is_file():
                move(file, trash / entry.trash)
        settled = replace(record, moving=())
        self.write(settled)
        return settled

    def put_back(self, record: Record, ids: Iterable[str]) -> tuple[Record, tuple[str, ...]]:
        """Undo `take_out` of the entries with these ids; the record, and the documents' names, which are others where taken.

        Raises `QAError` when a copy is no longer in the trash.
        """
        wanted = set(ids)
        back, sources = [], []
        for entry in record.removed:
            if entry.id not in wanted:
                continue
            if entry.trash:
                file = self.folder / "trash" / Path(entry.trash).name
                if not file.is_file():
                    raise QAError("collections.file_not_in_trash", entry.source)
                self.documents.mkdir(parents=True, exist_ok=True)
                name = own_name(safe_name(entry.source[len(self.prefix) :]), os.listdir(self.documents))
                # its entry goes with the next writing of the record: killed in between, it is there and in no list
                move(file, self.documents / name)
                sources.append(self.prefix + name)
            else:
                sources.append(entry.source)
            back.append(entry)
        changed = replace(record, pending=True, removed=tuple(entry for entry in record.removed if entry not in back))
        self.write(changed)
        return changed, tuple(sources)

    # -- tidying --------------------------------------------------------------------------------------------------------

    def tidy(self, record: Record, now: float | None = None) -> Record:
        """Finish what a killed process began, and delete what has been in the trash for long enough."""
        now = time.time() if now is None else now
        for copy in (self.folder / "incoming").glob("*"):
            with suppress(OSError):
                if now - copy.stat().st_mtime > STALE:
                    remove(copy)
        remove_abandoned(self.folder)
        record = self._move_to_trash(record)
        trash = self.folder / "trash"
        gone = [
            entry for entry in record.removed if entry.trash and (now - entry.at > KEPT or not (trash / entry.trash).exists())
        ]
        if gone:
            record = replace(record, removed=tuple(entry for entry in record.removed if entry not in gone))
            self.write(record)
        kept = {entry.trash for entry in record.removed}
        for file in trash.glob("*"):
            if file.name not in kept:
                remove(file)
        return record


def _copy(path: str | os.PathLike[str], copy: Path, name: str) -> str:
    """Copy a file, onto the disk; its SHA-256. Raises `DocumentError` for one that is empty or too large, and OSError."""
    limit = largest_file()
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as source, copy.open("xb") as target:
        while data := source.read(_CHUNK):
            size += len(data)
            if size > limit:
                raise DocumentError("documents.too_large", name, most=limit // 2**20)
            digest.update(data)
            target.write(data)
        target.flush()
        os.fsync(target.fileno())
    if not size:
        raise DocumentError("collections.file_empty", name)
    return digest.hexdigest()


def _parsed(stored: Mapping[str, Any]) -> Record:
    """The record in JSON. Raises ValueError, KeyError, TypeError or AttributeError when it is none."""
    known = {field.name: stored[field.name] for field in fields(Record) if field.name in stored}
    removed = tuple(Removed(**entry) for entry in stored["removed"])
    for entry in removed:
        if (
            not all(isinstance(text, str) for text in (entry.id, entry.source, entry.trash))
            or Path(entry.trash).name != entry.trash
        ):
            raise TypeError("is no document taken out")
        float(entry.at)
    record = Record(
        **{
            **known,
            "created": float(stored["created"]),
            "removed": removed,
            "moving": tuple(map(str, stored["moving"])),
            "unread": tuple(UnreadFile(**entry) for entry in stored["unread"] if "problem" in entry),
        }
    )
    for name, kind in (("name", str), ("pending", bool), ("empty", bool), ("documents", int), ("passages", int)):
        if not isinstance(getattr(record, name), kind):
            raise TypeError(f"{name} is no {kind.__name__}")
    return record
