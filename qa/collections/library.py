"""Collections of documents, each with its own index: putting files in and taking them out while questions are asked.

The first collection is made of the user's own folders and its index is where the user says; its folder here holds only what was
put into it. The others live in `home` with all that is theirs. An index is brought up to date by one thread in the
background, the changes made meanwhile together in the next build, and takes the old one's place when it is whole; an
`Index` in use stays usable.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import threading
import time
import unicodedata
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ..disk import Stamp, move, remove
from ..documents.folders import Root, Sources, find_roots
from ..errors import DocumentError, IndexCorrupt, IndexMismatch, IndexNotFound, QAError, one_line
from ..index.build import Follow, NothingToIndex, build
from ..index.index import Index, open_index
from ..index.layout import USER_WORDS
from ..index.manifest import DocumentEntry, Manifest, UnreadFile, read_manifest, read_pointer
from ..models.encoder import Encoder, load_encoder
from ..progress import Progress, Step, silent
from .collection_folder import KEPT, PUT_IN, Record, Removed, Shelf
from .file_names import is_plain_line, safe_name

DEFAULT = "default"  # the slug of the first collection
NAME_LIMIT = 60  # characters of a collection's name
TASKS_KEPT = 200
_LOCK_SECONDS = 30.0

State = Literal["ready", "empty", "building", "failed"]
Fingerprint = tuple[object, ...]  # equal as long as what it is of has not changed
TaskState = Literal["waiting", "reading", "indexing", "done", "known", "refused", "unread"]
_OPEN_STATES = frozenset(("waiting", "reading", "indexing"))


class CollectionEmpty(QAError):
    """There is nothing to ask in the collection yet."""


class _Stopped(Exception):
    """The program is ending; a build is given up, and what it did is taken up by the next one."""


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection as it is shown. `name` is empty while the first one has not been given any; `trouble` is its last error."""

    name: str
    slug: str
    documents: int
    passages: int
    state: State
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document of a collection, or with a `problem` a file that was not read.

    `size` is in bytes, or -1 when its file is not there; `put_in` tells a copy that was put in from the user's own file. `also`
    are other files with the same bytes.
    """

    source: str
    kind: str
    encoding: str = ""
    passages: int = 0
    characters: int = 0
    size: int = -1
    put_in: bool = False
    also: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A file that was put in, and what has become of it.

    "known" is one whose bytes are there already, under the name in `reason`; "refused" was not taken and "unread" cannot be
    read, both for the `reason` given.
    """

    id: str
    name: str
    state: TaskState
    source: str = ""
    reason: str = ""
    passages: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """What is being done in a collection: the build's step and how far it is, and the files put in, up to 200 of them."""

    running: bool = False
    label: str = ""
    done: int = 0
    total: int = 0
    tasks: tuple[Task, ...] = ()
    trouble: str = ""


@dataclass(slots=True)
class _Open:
    """What a running program knows of a collection."""

    shelf: Shelf
    record: Record
    index: Index | None = None
    changes: int = 0  # how often documents were put in or taken out; a build that began before the last is followed by another
    queued: bool = False
    activity: Activity = Activity()
    opening: threading.Lock = field(default_factory=threading.Lock)  # taken before the library's lock, never after it


class Library:
    """The collections of a home folder. Safe to use from several threads, and from several processes."""

    def __init__(
        self,
        home: str | os.PathLike[str],
        seeds: Sources = "seeds",
        index: str | os.PathLike[str] = "index",
        *,
        model: str | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        """`seeds` is what the first collection is made of, unless its `index` was made of something else; `model` is for both."""
        self.home = Path(os.path.abspath(home))  # what was put in is told by its whole path
        self._seeds, self._index, self._model = seeds, Path(index), model
        self._encoder = encoder
        self._lock = threading.RLock()
        self._queue: deque[str] = deque()
        self._worker: threading.Thread | None = None
        self._stop = threading.Event()
        self._open: dict[str, _Open] = {}

    # -- opening --------------------------------------------------------------------------------------------------------

    def prepare(self, progress: Progress = silent) -> None:
        """Open the first collection's index, or build it when there is none. A folder without documents is an empty collection.

        Raises what `qa.open` and `qa.build` raise.
        """
        opened = self._opened(DEFAULT)
        try:
            if opened.record.empty:  # what there is of an index is of documents that are gone
                raise IndexNotFound("")
            opened.index = open_index(self._index, model=self._model, progress=progress, encoder=self._encoder)
            self._encoder = opened.index.encoder
            if not opened.index.size:  # there may be documents by now
                raise IndexNotFound("")
            self._note_counts(opened)
        except IndexNotFound:
            self._encoder = self._encoder or load_encoder(self._model, progress)
            with suppress(CollectionEmpty):
                self._build(opened, progress)

    def warm_up(self) -> None:
        """Load the model and the dictionaries now, so that the first question does not wait for them."""
        try:
            self.index().warm_up()
        except CollectionEmpty:
            self._encoder = self._encoder or load_encoder(self._model)

    def resume(self) -> None:
        """Go on in the background with what a run before this one left undone, and tidy up."""
        self._tidy_trash()
        for slug in self._slugs():
            with suppress(QAError):
                opened = self._opened(slug)
                with self._changing(opened):
                    opened.record = opened.shelf.tidy(opened.record)
                if opened.record.pending or self._is_behind(opened):
                    self._enqueue(opened)

    def close(self) -> None:
        """Give up the build that is running and wait until it is."""
        self._stop.set()
        worker = self._worker
        if worker is not None and worker is not threading.current_thread():
            worker.join()

    # -- collections ----------------------------------------------------------------------------------------------------

    def collections(self) -> tuple[CollectionInfo, ...]:
        """All collections, the first one first, the others in the order in which they were made."""
        found = []
        for slug in self._slugs():
            try:
                found.append((self._opened(slug).record.created, self._info(self._opened(slug))))
            except QAError as error:
                found.append((0.0, CollectionInfo(slug, slug, 0, 0, "failed", str(error))))
        return tuple(info for _, info in sorted(found, key=lambda pair: (pair[1].slug != DEFAULT, pair[0], pair[1].slug)))

    def create(self, name: str) -> str:
        """Make an empty collection; its slug, which names its folder. Raises `QAError` for a name that cannot be."""
        taken = self._names(None)
        with self._locked():
            name = _checked_name(name, taken)
            slug = _slug(name, self._slugs())
            shelf = self._shelf(slug)
            shelf.write(Record(name=name, created=time.time(), empty=True))
        return slug

    def rename(self, slug: str, name: str) -> None:
        """Call a collection something else; its folder stays where it is."""
        opened, taken = self._opened(slug), self._names(slug)
        with self._changing(opened):
            opened.record = replace(opened.record, name=_checked_name(name, taken))
            opened.shelf.write(opened.record)

    def delete(self, slug: str) -> str:
        """Take a collection away with its index and the copies put into it; what `restore_collection` takes to undo that."""
        if slug == DEFAULT:
            raise QAError(
                "the first collection is made of your own folder and cannot be deleted; take documents out of it instead"
            )
        opened = self._opened(slug)
        with self._changing(opened):
            if opened.activity.running:
                raise QAError(f"{opened.record.name}: is being indexed; delete it when that is done")
            token = f"{slug}.{secrets.token_hex(6)}"
            (self.home / "trash").mkdir(parents=True, exist_ok=True)
            try:
                move(opened.shelf.folder, self.home / "trash" / token)
                os.utime(self.home / "trash" / token)
            except OSError as error:
                raise QAError(f"{opened.record.name}: {error.strerror or error}; it was not deleted, try again later") from error
            self._open.pop(slug, None)
        return token

    def restore_collection(self, token: str) -> str:
        """Undo `delete`; the collection's slug."""
        with self._locked():
            folder = self.home / "trash" / token
            if not re.fullmatch(r"[a-z0-9-]+\.[0-9a-f]{12}", token) or not folder.is_dir():
                raise QAError("this collection is no longer in the trash; make a new one")
            slug = _slug(token.partition(".")[0], self._slugs())
            target = self._shelf(slug).folder
            target.parent.mkdir(parents=True, exist_ok=True)
            move(folder, target)
        opened = self._opened(slug)
        with self._changing(opened):
            names = {_folded(self._opened(other).record.name) for other in self._slugs() if other != slug}
            if _folded(opened.record.name) in names:
                opened.record = replace(opened.record, name=f"{opened.record.name[: NAME_LIMIT - 6]} ({slug[-4:]})")
                opened.shelf.write(opened.record)
        return slug

    def index(self, slug: str | None = None) -> Index:
        """The newest whole index of a collection, opened when it is first asked for.

        Raises `CollectionEmpty` when there is none yet, and what `qa.open` raises.
        """
        opened = self._opened(slug or DEFAULT)
        index = opened.index
        if index is not None and index.size and index.is_current() and not opened.record.empty:
            return index
        with opened.opening:
            name = opened.record.name or opened.shelf.slug
            if opened.record.empty:
                reason = (
                    "documents are being indexed; ask again in a moment"
                    if opened.activity.running
                    else "holds no documents yet; add some first"
                )
                raise CollectionEmpty(f"{name}: {reason}")
            if opened.index is None or not opened.index.is_current():
                try:
                    opened.index = self._open_index(opened)
                except IndexNotFound:
                    if opened.index is None:
                        raise CollectionEmpty(f"{name}: its documents are not indexed yet; ask again in a moment") from None
                    return opened.index  # its folder is gone, and what is open is still whole
                self._note_counts(opened)
            if not opened.index.size:
                raise CollectionEmpty(f"{name}: holds no documents yet; add some first")
            return opened.index

    # -- documents ------------------------------------------------------------------------------------------------------

    def documents(self, slug: str | None = None) -> tuple[DocumentInfo, ...]:
        """The documents of a collection, by name, and after them the files that were not read."""
        opened = self._opened(slug or DEFAULT)
        shelf, record = opened.shelf, opened.record
        gone = shelf.gone(record)
        try:
            manifest = self.index(slug).manifest
        except CollectionEmpty:
            return tuple(_problem(unread, shelf) for unread in record.unread if unread.source not in gone)
        listed = sorted(
            (_described(entry, manifest, shelf) for entry in manifest.documents if not gone.intersection(entry.sources)),
            key=lambda document: document.source,
        )
        return (*listed, *(_problem(unread, shelf) for unread in manifest.unread if unread.source not in gone))

    def removed(self, slug: str | None = None) -> tuple[Removed, ...]:
        """What was taken out and can be put back, the newest first."""
        return tuple(reversed(self._opened(slug or DEFAULT).record.removed))

    def add(self, files: Sequence[tuple[str | os.PathLike[str], str]], slug: str | None = None) -> tuple[Task, ...]:
        """Copy files, each a path and the name it goes by, into a collection and index them in the background.

        `activity` tells what becomes of the tasks that come back; one file that is refused does not stop the others.
        """
        opened = self._opened(slug or DEFAULT)
        tasks = tuple(self._add(opened, path, name) for path, name in files)
        if any(task.state == "waiting" for task in tasks):
            self._enqueue(opened)
        return tasks

    def remove(self, sources: Collection[str], slug: str | None = None) -> tuple[str, ...]:
        """Take documents out of a collection and its index; what `put_back` takes to undo that.

        A user's own file stays where it is and is left out from now on; a copy goes to the trash, and is deleted after 30 days.
        """
        opened = self._opened(slug or DEFAULT)
        known = {entry.source: (entry.source, *entry.also) for entry in self.documents(slug) if entry.source}
        names = dict.fromkeys(name for source in sources for name in known.get(source, ()))
        if not names:
            raise QAError("none of these documents is in the collection any more; look at the list again")
        with self._changing(opened):
            before = {entry.id for entry in opened.record.removed}
            opened.record = opened.shelf.take_out(opened.record, names)
            opened.changes += 1
            gone = tuple(entry.id for entry in opened.record.removed if entry.id not in before)
        self._enqueue(opened)
        return gone

    def put_back(self, ids: Collection[str], slug: str | None = None) -> tuple[str, ...]:
        """Undo `remove`; the documents' names, which are others where theirs are taken now."""
        opened = self._opened(slug or DEFAULT)
        with self._changing(opened):
            opened.record, sources = opened.shelf.put_back(opened.record, ids)
            opened.changes += 1
        self._enqueue(opened)
        return sources

    def refresh(self, slug: str | None = None) -> None:
        """Bring a collection's index up to date with its files, in the background."""
        opened = self._opened(slug or DEFAULT)
        with self._lock:
            opened.changes += 1
        self._enqueue(opened)

    def activity(self, slug: str | None = None) -> Activity:
        """What is being done in a collection, and what came of the files put in last."""
        return self._opened(slug or DEFAULT).activity

    def unfinished(self, ids: Collection[str]) -> tuple[str, ...]:
        """Those of these tasks, of whatever collection, that are not done yet."""
        with self._lock:
            tasks = [task for opened in self._open.values() for task in opened.activity.tasks]
        return tuple(task.id for task in tasks if task.id in ids and task.state in _OPEN_STATES)

    def stamp(self, slug: str | None, sources: Collection[str]) -> Fingerprint:
        """What changes with the collection's index, with what is put in and taken out, and with the files of these documents.

        It costs a look at each file's size and times.
        """
        opened = self._opened(slug or DEFAULT)
        index = opened.index
        files: list[object] = []
        if index is not None:
            roots = index.roots
            for source in sources:
                try:
                    files.append(Stamp.of(os.stat(index.manifest.locate(source, roots))))
                except OSError:
                    files.append(None)
        activity = opened.activity
        return (read_pointer(opened.shelf.index), opened.changes, activity.running, activity.trouble, *files)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is being done in the background; whether that is so."""
        while (worker := self._worker) is not None:
            worker.join(timeout)
            if worker.is_alive():
                return False
        return True

    # -- putting in -----------------------------------------------------------------------------------------------------

    def _add(self, opened: _Open, path: str | os.PathLike[str], name: str) -> Task:
        task = Task(secrets.token_hex(8), safe_name(name), "waiting")
        copy: Path | None = None
        try:
            copy, digest = opened.shelf.receive(path, task.name)
            with suppress(QAError):
                self.index(opened.shelf.slug)  # opened here, since it must not be while the library is locked
            with self._changing(opened):
                if twin := self._with_digest(opened, digest, os.path.splitext(task.name)[1].lower()):
                    remove(copy)
                    task = replace(task, state="known", source=twin, reason=twin)
                else:
                    opened.record = replace(opened.record, pending=True)
                    opened.shelf.write(opened.record)
                    task = replace(task, source=opened.shelf.put_in(copy, task.name))
                    opened.changes += 1
        except QAError as error:
            task = replace(task, state="refused", reason=str(error))
        except OSError as error:
            reason = f"{one_line(task.name)}: {error.strerror or error}; it was not added, free some space or check permissions"
            task = replace(task, state="refused", reason=reason)
            if copy is not None:
                remove(copy)
        with self._lock:
            opened.activity = replace(opened.activity, tasks=(*opened.activity.tasks, task)[-TASKS_KEPT:])
        return task

    def _with_digest(self, opened: _Open, digest: str, suffix: str) -> str:
        """The name of the document that a file with these bytes is, or nothing."""
        gone = opened.shelf.gone(opened.record)
        for entry in opened.index.manifest.documents if opened.index is not None and not opened.record.empty else ():
            if entry.sha256 == digest:
                for source in entry.sources:
                    if source not in gone and os.path.splitext(source)[1].lower() == suffix:
                        return source
        return ""

    # -- building -------------------------------------------------------------------------------------------------------

    def _enqueue(self, opened: _Open) -> None:
        with self._lock:
            if self._stop.is_set():
                return
            opened.activity = replace(opened.activity, running=True, trouble="")
            if not opened.queued:
                opened.queued = True
                self._queue.append(opened.shelf.slug)
            if self._worker is None:
                # No daemon: to end the process inside the model's native code would abort it; `_report` ends the build instead.
                self._worker = threading.Thread(target=self._work, name="indexing")
                self._worker.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue or self._stop.is_set():
                    self._worker = None
                    return
                opened = self._open.get(self._queue.popleft())
                if opened is None:
                    continue  # deleted meanwhile
                opened.queued = False
            trouble = ""
            try:
                self._build(opened, self._reporting(opened))
            except CollectionEmpty:
                pass
            except _Stopped:
                self._stop.set()
                continue
            except QAError as error:
                trouble = str(error)
            except Exception as error:  # whatever it is, the old index stays in use and the next file is taken
                trouble = f"{type(error).__name__}: {one_line(str(error)[:200])}; the index is as it was, try again"
            self._settle(opened, trouble)

    def _build(self, opened: _Open, progress: Progress) -> None:
        """Bring the index up to date. Raises `CollectionEmpty` when nothing is left in it, and what `qa.build` raises."""
        with self._changing(opened):
            began = opened.changes
            roots, left_out = opened.shelf.roots(), opened.shelf.left_out(opened.record)
        try:
            if not roots and opened.shelf.documents.is_dir():  # all that was put in was taken out: so it is from the index
                roots = (Root(str(opened.shelf.documents)),)
            if not roots:
                raise NothingToIndex("no file was put in yet")
            encoder = self._encoder or load_encoder(self._model, progress)
            self._encoder = encoder
            index = build(
                roots, opened.shelf.index, progress=progress, encoder=encoder, user_dict=_user_dictionary(opened.shelf.index),
                left_out=left_out, follow=self._following(opened),
            )  # fmt: skip
            if not index.size:
                raise NothingToIndex("no document is left", index.manifest.unread)
        except NothingToIndex as error:
            with self._changing(opened):
                opened.index = None
                empty = replace(
                    opened.record, empty=True, documents=0, passages=0, unread=error.unread[:TASKS_KEPT],
                    pending=opened.changes != began and opened.record.pending,
                )  # fmt: skip
                opened.record = empty
                opened.shelf.write(empty)
            raise CollectionEmpty(str(error)) from error
        with self._changing(opened):
            opened.index = index
            manifest = index.manifest
            opened.record = replace(
                opened.record, empty=False, documents=len(manifest.documents), passages=manifest.passages, unread=(),
                pending=opened.changes != began and opened.record.pending,
            )  # fmt: skip
            opened.shelf.write(opened.record)

    def _reporting(self, opened: _Open) -> Progress:
        def report(step: Step, done: int, total: int) -> None:
            if self._stop.is_set() or not threading.main_thread().is_alive():
                raise _Stopped
            with self._lock:
                tasks = opened.activity.tasks
                if step is Step.EMBEDDING:
                    tasks = tuple(
                        replace(task, state="indexing") if task.state == "reading" and task.source else task for task in tasks
                    )
                opened.activity = replace(opened.activity, label=step, done=done, total=total, tasks=tasks)

        return report

    def _following(self, opened: _Open) -> Follow:
        waiting = {task.source for task in opened.activity.tasks if task.state == "waiting"}

        def follow(source: str, reason: str | None) -> None:
            if source not in waiting:
                return
            state: TaskState = "reading" if reason is None else ("unread" if reason else "indexing")
            self._note_task(opened, source, state, _reason(UnreadFile(reason, source)) if reason else "")

        return follow

    def _note_task(self, opened: _Open, source: str, state: TaskState, reason: str = "", passages: int = 0) -> None:
        with self._lock:
            tasks = tuple(
                replace(task, state=state, reason=reason, passages=passages)
                if task.source == source and task.state in _OPEN_STATES
                else task
                for task in opened.activity.tasks
            )
            opened.activity = replace(opened.activity, tasks=tasks)

    def _settle(self, opened: _Open, trouble: str) -> None:
        """Say what became of the files, after a build."""
        index = opened.index
        passages = {name: entry.passages for entry in index.manifest.documents for name in entry.sources} if index else {}
        unread = {entry.source: _reason(entry) for entry in (index.manifest.unread if index else opened.record.unread)}
        for task in opened.activity.tasks:
            if task.state not in _OPEN_STATES:
                continue
            if task.source in passages and not trouble:
                self._note_task(opened, task.source, "done", passages=passages[task.source])
            elif task.source in unread:
                self._note_task(opened, task.source, "unread", unread[task.source])
            elif trouble or opened.queued:
                self._note_task(opened, task.source, "waiting")
            else:
                self._note_task(opened, task.source, "unread", f"{one_line(task.source)}: is no longer there; add it again")
        with self._lock:
            running = opened.queued
            opened.activity = replace(opened.activity, running=running, trouble=trouble, label="", done=0, total=0)

    # -- the parts ------------------------------------------------------------------------------------------------------

    def _slugs(self) -> list[str]:
        folder = self.home / "collections"
        try:
            names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
        except OSError:
            names = []
        return [DEFAULT, *(name for name in names if re.fullmatch(r"[a-z0-9-]+", name) and name != DEFAULT)]

    def _shelf(self, slug: str) -> Shelf:
        if slug == DEFAULT:
            place = hashlib.sha256(os.fsencode(os.path.realpath(self._index))).hexdigest()[:12]
            folder = self.home / "default" / place
            return Shelf(slug, folder, self._index, self._own_roots(folder))
        folder = self.home / "collections" / slug
        return Shelf(slug, folder, folder / "index")

    def _own_roots(self, folder: Path) -> tuple[Root, ...]:
        """What the first collection is made of: what its index was made of, else the seeds."""
        put_in = str((folder / "documents").absolute())
        try:
            _, manifest = read_manifest(self._index)
        except QAError:
            roots = find_roots(self._seeds)
        else:
            moved = manifest.moved_roots(self._index)
            roots = tuple(
                Root(str(path), root.label, root.is_file)
                for root, path in zip(manifest.roots, moved, strict=True)
                if root.path != put_in
            )
            roots = roots or find_roots(self._seeds)
        if not any(root.label == PUT_IN or (not root.label and (Path(root.path) / PUT_IN).exists()) for root in roots):
            return roots
        return (
            find_roots([root.path for root in roots]) if len(roots) > 1 else tuple(replace(r, label="documents") for r in roots)
        )

    def _opened(self, slug: str) -> _Open:
        with self._lock:
            if slug in self._open:
                return self._open[slug]
            if slug not in self._slugs():
                raise QAError(f"{one_line(slug)[:NAME_LIMIT]}: there is no such collection; choose another")
            shelf = self._shelf(slug)
            record = shelf.read()
            self._open[slug] = opened = _Open(shelf, record)
            return opened

    def _open_index(self, opened: _Open) -> Index:
        shelf = opened.shelf
        if shelf.slug == DEFAULT:
            return open_index(shelf.index, model=self._model, encoder=self._encoder)
        try:
            return open_index(shelf.index, encoder=self._encoder or load_encoder(self._model))
        except (IndexMismatch, IndexCorrupt):
            self._enqueue(opened)  # all that it was made of is there
            raise

    def _note_counts(self, opened: _Open) -> None:
        if opened.index is not None:
            manifest = opened.index.manifest
            opened.record = replace(opened.record, empty=False, documents=len(manifest.documents), passages=manifest.passages)

    def _is_behind(self, opened: _Open) -> bool:
        """Whether the index was made of other folders than it is to be, or of documents that are left out."""
        if opened.record.empty:
            return False
        try:
            _, manifest = read_manifest(opened.shelf.index)
        except QAError:
            return bool(opened.shelf.roots()) and opened.shelf.slug != DEFAULT
        left_out = opened.shelf.left_out(opened.record)
        wanted = {root.path for root in opened.shelf.roots()}
        there = {str(path) for path in manifest.moved_roots(opened.shelf.index)}
        return bool(wanted - there) or any(source in left_out for entry in manifest.documents for source in entry.sources)

    def _info(self, opened: _Open) -> CollectionInfo:
        record, activity = opened.record, opened.activity
        is_empty = record.empty or (opened.index is not None and not opened.index.size)
        state: State = "building" if activity.running else "failed" if activity.trouble else "empty" if is_empty else "ready"
        return CollectionInfo(record.name, opened.shelf.slug, record.documents, record.passages, state, activity.trouble)

    def _names(self, but: str | None) -> frozenset[str]:
        return frozenset(_folded(info.name) for info in self.collections() if info.slug != but)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among threads and processes."""
        from filelock import FileLock, Timeout

        with self._lock:
            try:
                self.home.mkdir(parents=True, exist_ok=True)
                lock = FileLock(self.home / ".lock")
                lock.acquire(timeout=_LOCK_SECONDS)
            except Timeout:
                raise QAError(f"{one_line(self.home)}: is in use by another program; try again") from None
            except OSError as error:
                raise QAError(f"{one_line(self.home)}: {error.strerror or error}; choose another folder with --home") from error
            try:
                yield
            finally:
                lock.release()

    @contextmanager
    def _changing(self, opened: _Open) -> Iterator[None]:
        """Alone, with the record as it is on disk; what goes wrong there is told in one line."""
        with self._locked():
            try:
                if opened.shelf.has_record():
                    counts = opened.record.documents, opened.record.passages
                    opened.record = replace(opened.shelf.read(), documents=counts[0], passages=counts[1])
                yield
            except OSError as error:
                raise DocumentError(f"{one_line(opened.shelf.folder)}: {error.strerror or error}; nothing was changed") from error

    def _tidy_trash(self) -> None:
        with suppress(OSError):
            for folder in (self.home / "trash").iterdir():
                if time.time() - folder.stat().st_mtime > KEPT:
                    remove(folder)


def _user_dictionary(folder: Path) -> Path | None:
    """The user dictionary that an index was built with: its file, or the index's own copy when that is gone."""
    try:
        build, manifest = read_manifest(folder)
    except QAError:
        return None
    if USER_WORDS not in manifest.files:
        return None
    file = Path(manifest.user_dictionary)
    return file if manifest.user_dictionary and file.is_file() else build / USER_WORDS


def _described(entry: DocumentEntry, manifest: Manifest, shelf: Shelf) -> DocumentInfo:
    stamp = manifest.stamps.get(entry.source)
    put_in = shelf.file_of(entry.source) is not None
    return DocumentInfo(
        entry.source, kind_of_name(entry.source), entry.encoding, entry.passages, entry.characters,
        stamp.size if stamp else -1, put_in, entry.also,
    )  # fmt: skip


def _problem(unread: UnreadFile, shelf: Shelf) -> DocumentInfo:
    put_in = bool(unread.source) and shelf.file_of(unread.source) is not None
    return DocumentInfo(unread.source, kind_of_name(unread.source), put_in=put_in, problem=_reason(unread))


def _reason(unread: UnreadFile) -> str:
    """Why a file was not read, without the folders it is in."""
    name = one_line(os.path.basename(unread.source))
    _, found, reason = unread.reason.partition(f"{name}: ")
    return f"{name}: {reason}" if unread.source and found else unread.reason


def kind_of_name(source: str) -> str:
    """The kind of a file as its name says it: `PDF`."""
    return os.path.splitext(source)[1].lstrip(".").upper()


def _checked_name(name: str, taken: Collection[str]) -> str:
    if not is_plain_line(name):
        raise QAError("a collection's name is one line without unseen characters; type another")
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(name) <= NAME_LIMIT:
        raise QAError(f"a collection's name has 1 to {NAME_LIMIT} characters; type another")
    if _folded(name) in taken:
        raise QAError(f"{name}: there is a collection of this name already; type another")
    return name


def _slug(name: str, taken: Collection[str]) -> str:
    """A short name of a collection's folder, made of `name` where that has letters of ASCII."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30].strip("-") or "collection"
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
