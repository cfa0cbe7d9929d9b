"""One collection in a running program: its record, its index and builds, its documents, adding and removing them."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Collection as Some
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

from ..config import synonyms_file
from ..disk import Stamp, remove
from ..documents.folders import Root
from ..errors import DocumentError, IndexCorrupt, IndexMismatch, IndexNotFound, QAError
from ..index.build import Follow, build
from ..index.index import Index
from ..index.layout import USER_WORDS
from ..index.manifest import UnreadFile
from ..index.manifest_file import read_manifest, read_pointer
from ..index.open import open_index
from ..index.writing import NothingToIndex
from ..models.encoder import Encoder, load_encoder
from ..progress import Progress, silent
from ..text.synonyms import SynonymFiles
from .collection_folder import Record, Removed
from .file_names import safe_name
from .home import DEFAULT, Home, no_such_collection
from .listing import CollectionInfo, DocumentInfo, State, describe, describe_unread, problem_of
from .tasks import TASKS_KEPT, WORDS_FIRST, Task, Tasks, TaskState

Etag = tuple[object, ...]


class CollectionEmpty(QAError):
    """The collection has no document that can be asked yet."""


class SharedEncoder:
    """The encoder that all collections share, loaded at first use; `model` is a hub name or a folder, None for the default."""

    def __init__(self, model: str | None = None, encoder: Encoder | None = None) -> None:
        self.model, self.loaded = model, encoder
        self._loading = threading.Lock()

    def load(self, progress: Progress = silent) -> Encoder:
        """The encoder; `progress` is told of loading it. Raises `ModelError`."""
        with self._loading:
            self.loaded = self.loaded or load_encoder(self.model, progress)
            return self.loaded


class Collection:
    """A collection. Safe to use from several threads.

    Order of locks: `_opening` is acquired before the home's lock, never while that is held.
    """

    def __init__(self, slug: str, home: Home, encoder: SharedEncoder, enqueue: Callable[[Collection], None]) -> None:
        """The collection named `slug` in `home`; `enqueue(self)` schedules its `build` in the background.

        Raises `QAError` when the user's folders of the first collection do not exist.
        """
        self.slug = slug
        self.folder = home.collection_folder(slug)
        self.tasks = Tasks()
        self.deleted = False
        self._home, self._encoder, self._enqueue = home, encoder, enqueue
        self._record: Record | None = None
        self._index: Index | None = None
        self._synonyms: SynonymFiles | None = None
        self._numbers = count(1)
        self._change = 0  # the number of the latest change of the documents; a build that began before it must be repeated
        self._opening = threading.Lock()

    @property
    def record(self) -> Record:
        """The collection's record, read at the first use. Raises `QAError` while it cannot be read."""
        if self._record is None:
            self._record = self.folder.read()
        return self._record

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the home's lock, against threads and processes, with the record as it is on disk.

        Raises `QAError`, also in the place of an OSError inside.
        """
        with self._home.locked():
            if self.deleted:
                raise no_such_collection(self.slug)
            counts = self.record.documents, self.record.passages
            if self.folder.has_record():
                self._record = replace(self.folder.read(), documents=counts[0], passages=counts[1])
            yield

    def write(self, **changes: object) -> None:
        """Set these fields of the record, on disk too. Only within `changing`."""
        self._record = replace(self.record, **changes)  # type: ignore[arg-type]
        self.folder.write(self._record)

    def info(self) -> CollectionInfo:
        """The collection's name, counts and state, for a list."""
        activity = self.tasks.activity
        try:
            record = self.record
        except QAError as error:
            return CollectionInfo(self.slug, self.slug, 0, 0, "failed", error)
        is_empty = record.empty or (self._index is not None and not self._index.size)
        state: State = "building" if activity.running else "failed" if activity.trouble else "empty" if is_empty else "ready"
        return CollectionInfo(record.name, self.slug, record.documents, record.passages, state, activity.trouble)

    def etag(self, sources: Some[str]) -> Etag:
        """A value that changes whenever the index, the set of documents, or a file of the documents `sources` changes.

        It costs one `stat` for each of `sources`.
        """
        files: list[object] = []
        if (index := self._index) is not None:
            roots = index.roots
            for source in sources:
                try:
                    files.append(Stamp.of(os.stat(index.manifest.locate(source, roots))))
                except OSError:
                    files.append(None)
        activity = self.tasks.activity
        return (read_pointer(self.folder.index), self._change, activity.running, str(activity.trouble), *files)

    # -- the index ------------------------------------------------------------------------------------------------------

    def open(self, progress: Progress = silent) -> None:
        """Open the index, or build it when there is none or an empty one. Raises what `qa.open` and `qa.build` raise."""
        index = None
        if not self.record.empty:  # an index of an empty collection holds documents that were removed
            with suppress(IndexNotFound):
                index = open_index(self.folder.index, self._encoder.model, progress, self._encoder.loaded)
                self._encoder.loaded = index.encoder
        if index is not None and index.size:
            self._take(index)
        else:
            self.build(progress)

    def index(self) -> Index:
        """The index of the newest finished build, opened at the first call and after each newer build.

        Raises `CollectionEmpty` when there is none or it has no document, and what `qa.open` raises. A damaged index or one of
        another model is then rebuilt in the background, except the first collection's.
        """
        index = self._index
        if index is not None and index.size and index.is_current() and not self.record.empty:
            return index
        with self._opening:
            name = self.record.name or self.slug
            if self.record.empty and not self.tasks.activity.usable:
                is_building = self.tasks.activity.running
                raise CollectionEmpty("collections.being_indexed" if is_building else "collections.no_documents", name)
            if self._index is None or not self._index.is_current():
                try:
                    self._take(self._open_index())
                except IndexNotFound:
                    if self._index is None:
                        raise CollectionEmpty("collections.not_indexed_yet", name) from None
                    return self._index  # its folder was deleted, but the open index still works
            assert self._index is not None
            if not self._index.size:
                raise CollectionEmpty("collections.no_documents", name)
            return self._index

    def _open_index(self) -> Index:
        if self.slug == DEFAULT:  # the user may have built it on the command line with another model
            return open_index(self.folder.index, self._encoder.model, encoder=self._encoder.loaded)
        try:
            return open_index(self.folder.index, encoder=self._encoder.load())
        except (IndexMismatch, IndexCorrupt):
            self._enqueue(self)
            raise

    def _take(self, index: Index) -> None:
        # one for all indexes of the collection: it reads a changed file again, and keeps its words where it then cannot be read
        self._synonyms = self._synonyms or SynonymFiles(synonyms_file(), self.folder.synonyms)
        index.use_synonyms(self._synonyms)
        manifest = index.manifest
        self._index = index
        self._record = replace(self.record, empty=False, documents=len(manifest.documents), passages=manifest.passages)

    def is_behind(self) -> bool:
        """Whether the index must be rebuilt: changes are pending, its roots differ, or it holds documents that were removed."""
        record = self.record
        if record.pending or record.empty:
            return record.pending
        try:
            _, manifest = read_manifest(self.folder.index)
        except QAError:
            return bool(self.folder.roots()) and self.slug != DEFAULT
        left_out = self.folder.left_out(record)
        wanted = {root.path for root in self.folder.roots()}
        there = {str(path) for path in manifest.moved_roots(self.folder.index)}
        indexed = {source for entry in manifest.documents for source in entry.sources}
        return bool(wanted - there or manifest.pending or left_out & indexed)

    def build(self, progress: Progress) -> None:
        """Update the index to the documents, and the record; without documents the collection becomes empty.

        Raises what `qa.build` raises.
        """
        with self.changing():
            began = self._change
            roots, left_out = self.folder.roots(), self.folder.left_out(self.record)
        if not roots and self.folder.documents.is_dir():  # all documents were removed: the build removes them from the index
            roots = (Root(str(self.folder.documents)),)
        index: Index | None = None
        unread: tuple[UnreadFile, ...] = ()
        if roots:
            try:
                index = build(
                    roots, self.folder.index, progress=progress, encoder=self._encoder.load(progress),
                    user_dict=self._user_dictionary(), left_out=left_out, follow=self._follow(),
                    words_first=WORDS_FIRST, usable=self.tasks.usable,
                )  # fmt: skip
            except NothingToIndex as error:
                unread = error.unread
        if index is not None and not index.size:
            unread, index = index.manifest.unread, None
        with self.changing():
            # Documents added during the build are not in the index: if the process is killed now, the next start must build.
            pending = self._change != began and self.record.pending
            if index is None:
                self._index = None
                self.write(pending=pending, empty=True, documents=0, passages=0, unread=unread[:TASKS_KEPT])
            else:
                self._take(index)
                self.write(pending=pending, unread=())

    def settle(self, trouble: QAError | None) -> None:
        """Set the final state of each task after a build; `trouble` is the error that ended it, None for success."""
        index = self._index
        passages = {name: entry.passages for entry in index.manifest.documents for name in entry.sources} if index else {}
        unread = index.manifest.unread if index else self._record.unread if self._record else ()
        self.tasks.settle(passages, {entry.source: problem_of(entry) for entry in unread}, trouble)

    def _follow(self) -> Follow:
        waiting = self.tasks.waiting()

        def follow(source: str, done: bool, problem: DocumentError | None) -> None:
            if not done:
                self.tasks.reading(source)
            if source in waiting:
                state: TaskState = "unread" if problem else "indexing" if done else "reading"
                self.tasks.note(source, state, problem_of(UnreadFile.of(problem, source)) if problem else None)

        return follow

    def _user_dictionary(self) -> Path | None:
        """The user dictionary that the index was built with: the file it was read from, or if that is gone the index's copy."""
        try:
            parts, manifest = read_manifest(self.folder.index)
        except QAError:
            return None
        if USER_WORDS not in manifest.files:
            return None
        file = Path(manifest.user_dictionary)
        return file if manifest.user_dictionary and file.is_file() else parts / USER_WORDS

    # -- documents ------------------------------------------------------------------------------------------------------

    def documents(self) -> tuple[DocumentInfo, ...]:
        """The documents sorted by name, then the files that could not be read.

        Raises what `index` raises, but for an empty collection lists only the unread files.
        """
        gone = self.folder.gone(self.record)
        try:
            index = self.index()
        except CollectionEmpty:
            return tuple(describe_unread(unread, self.folder) for unread in self.record.unread if unread.source not in gone)
        manifest = index.manifest
        listed = sorted(
            (
                describe(entry, manifest, self.folder, index.roots)
                for entry in manifest.documents
                if not gone.intersection(entry.sources)
            ),
            key=lambda document: document.source,
        )
        return (*listed, *(describe_unread(unread, self.folder) for unread in manifest.unread if unread.source not in gone))

    def removed(self) -> tuple[Removed, ...]:
        """The removed documents that can be put back, the newest first."""
        return tuple(reversed(self.record.removed))

    def add(self, files: Sequence[tuple[str | os.PathLike[str], str]]) -> tuple[Task, ...]:
        """Copy `files`, pairs of (path, name), into the documents and index them in the background; return a task for each.

        `tasks.activity` has their later states. A refused file does not stop the others.
        """
        tasks = tuple(self._add(path, name) for path, name in files)
        if any(task.state == "waiting" for task in tasks):
            self._enqueue(self)
        return tasks

    def replace(self, source: str, path: str | os.PathLike[str]) -> Task:
        """Put the file at `path` in the place of the document `source`, which is removed as by `remove`; return a task.

        In the place of a user's own file, which stays on disk, an added one is indexed. Raises `QAError` when there is no such
        document.
        """
        if not any(source == entry.source for entry in self.documents()):
            raise QAError("collections.no_such_documents")
        task = self._add(path, os.path.basename(source), instead=source)
        if task.state == "waiting":
            self._enqueue(self)
        return task

    def _add(self, path: str | os.PathLike[str], name: str, instead: str = "") -> Task:
        """Copy a file into the documents; the document `instead` is removed for it. The task is "refused" if it cannot be."""
        task = Task(secrets.token_hex(8), safe_name(name), "waiting")
        copy: Path | None = None
        try:
            copy, digest = self.folder.receive(path, task.name)
            with suppress(QAError):
                self.index()  # opened before `changing`, since `_opening` must be acquired before the home's lock
            with self.changing():
                twin = self._twin(digest, os.path.splitext(task.name)[1].lower())
                if twin and instead in ("", twin):
                    task = replace(task, state="known", source=twin)
                else:
                    if instead:
                        self._record = self.folder.take_out(self.record, [instead])
                    self.write(pending=True)
                    task = replace(task, source=self.folder.put_in(copy, task.name))
                    self._change = next(self._numbers)
        except QAError as error:
            task = replace(task, state="refused", reason=error)
        if copy is not None:
            remove(copy)  # does nothing if it was moved into the documents
        self.tasks.add(task)
        return task

    def _twin(self, digest: str, suffix: str) -> str:
        """The name of the indexed document with the SHA-256 `digest` and this suffix; "" for none."""
        if self._index is None or self.record.empty:
            return ""
        gone = self.folder.gone(self.record)
        names = (name for entry in self._index.manifest.documents if entry.sha256 == digest for name in entry.sources)
        return next((name for name in names if name not in gone and os.path.splitext(name)[1].lower() == suffix), "")

    def remove(self, sources: Some[str]) -> tuple[str, ...]:
        """Remove the documents `sources`; return the ids for `put_back`. Raises `QAError` when none of them is there.

        With a document go the files of the same content; one of these that is named alone goes alone.
        A user's own file stays on disk and is ignored from now on; an added copy goes to the trash for 30 days.
        """
        documents = [entry for entry in self.documents() if entry.source]
        known: dict[str, tuple[str, ...]] = {name: (name,) for entry in documents for name in entry.also}
        known |= {entry.source: (entry.source, *entry.also) for entry in documents}
        if not (names := dict.fromkeys(name for source in sources for name in known.get(source, ()))):
            raise QAError("collections.no_such_documents")
        with self.changing():
            before = {entry.id for entry in self.record.removed}
            self._record = self.folder.take_out(self.record, names)
            self._change = next(self._numbers)
            gone = tuple(entry.id for entry in self._record.removed if entry.id not in before)
        self._enqueue(self)
        return gone

    def drop_unfinished(self) -> QAError | None:
        """Move the added files that a cancelled build did not get to into the trash; return the error if that fails."""
        try:
            with self.changing():
                if dropped := self.tasks.drop():
                    self._record = self.folder.take_out(self.record, dropped)
            if dropped and self.tasks.activity.usable:  # their words are in the index
                self._enqueue(self)
        except QAError as error:
            return error
        return None

    def put_back(self, ids: Some[str]) -> tuple[str, ...]:
        """Put back the removed documents with these `ids`; return their names, new ones where the old are taken.

        Raises `QAError` when a copy is no longer in the trash.
        """
        with self.changing():
            self._record, sources = self.folder.put_back(self.record, ids)
            self._change = next(self._numbers)
        self._enqueue(self)
        return sources

    def refresh(self) -> None:
        """Update the index to the files as they are now, in the background."""
        self._change = next(self._numbers)
        self._enqueue(self)

    def tidy(self) -> None:
        """Finish changes that a killed process began, and delete what has been in the trash for 30 days. Raises `QAError`."""
        with self.changing():
            self._record = self.folder.tidy(self.record)
