"""One collection of a running program: its record and index, what is in it, what is put in and taken out, and its build."""

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

from ..disk import Stamp, remove
from ..documents.folders import Root
from ..errors import DocumentError, IndexCorrupt, IndexMismatch, IndexNotFound, QAError
from ..index.build import Follow, build
from ..index.index import Index
from ..index.layout import USER_WORDS
from ..index.manifest import UnreadFile, read_manifest, read_pointer
from ..index.open import open_index
from ..index.writing import NothingToIndex
from ..models.encoder import Encoder, load_encoder
from ..progress import Progress, silent
from .collection_folder import Record, Removed
from .file_names import safe_name
from .home import DEFAULT, Home
from .listing import CollectionInfo, DocumentInfo, State, describe, describe_unread, problem_of
from .tasks import TASKS_KEPT, Task, Tasks, TaskState

Etag = tuple[object, ...]


class CollectionEmpty(QAError):
    """There is nothing to ask in the collection yet."""


class SharedEncoder:
    """The encoder of all collections, loaded when it is first needed; `model` is a hub name or a folder, None for the default."""

    def __init__(self, model: str | None = None, encoder: Encoder | None = None) -> None:
        self.model, self.loaded = model, encoder
        self._loading = threading.Lock()

    def load(self, progress: Progress = silent) -> Encoder:
        """The encoder. Raises `ModelError`."""
        with self._loading:
            self.loaded = self.loaded or load_encoder(self.model, progress)
            return self.loaded


class Collection:
    """A collection, by its slug. Safe to use from several threads.

    `opening` is taken before the home's lock, never after it.
    """

    def __init__(self, slug: str, home: Home, encoder: SharedEncoder, enqueue: Callable[[Collection], None]) -> None:
        """`enqueue` has `build` called soon. Raises `QAError` when the folders the first collection is made of are not there."""
        self.slug = slug
        self.folder = home.collection_folder(slug)
        self.tasks = Tasks()
        self.deleted = False
        self._home, self._encoder, self._enqueue = home, encoder, enqueue
        self._record: Record | None = None
        self._index: Index | None = None
        self._numbers = count(1)
        self._change = 0  # the number of the last change of the documents: a build that began before it needs another
        self._opening = threading.Lock()

    @property
    def record(self) -> Record:
        """What the collection says of itself. Raises `QAError` as long as that cannot be read."""
        if self._record is None:
            self._record = self.folder.read()
        return self._record

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Alone among threads and processes, with the record as it is on disk. Raises `QAError`, and for OSError as well."""
        with self._home.locked():
            if self.deleted:
                raise no_such_collection(self.slug)
            counts = self.record.documents, self.record.passages
            if self.folder.has_record():
                self._record = replace(self.folder.read(), documents=counts[0], passages=counts[1])
            yield

    def write(self, **changes: object) -> None:
        """Change the record, on disk too. To be called while `changing`."""
        self._record = replace(self.record, **changes)  # type: ignore[arg-type]
        self.folder.write(self._record)

    def info(self) -> CollectionInfo:
        """The collection as it is shown."""
        activity = self.tasks.activity
        try:
            record = self.record
        except QAError as error:
            return CollectionInfo(self.slug, self.slug, 0, 0, "failed", error)
        is_empty = record.empty or (self._index is not None and not self._index.size)
        state: State = "building" if activity.running else "failed" if activity.trouble else "empty" if is_empty else "ready"
        return CollectionInfo(record.name, self.slug, record.documents, record.passages, state, activity.trouble)

    def etag(self, sources: Some[str]) -> Etag:
        """A value that differs once the index, what is put in or taken out, or the files of these documents have changed.

        It costs a look at each file's size and times.
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
        """Open the index, or build it when there is none or nothing in it. Raises what `qa.open` and `qa.build` raise."""
        index = None
        if not self.record.empty:  # otherwise what there is of an index is of documents that are gone
            with suppress(IndexNotFound):
                index = open_index(self.folder.index, self._encoder.model, progress, self._encoder.loaded)
                self._encoder.loaded = index.encoder
        if index is not None and index.size:
            self._take(index)
        else:
            self.build(progress)

    def index(self) -> Index:
        """The newest whole index, opened when it is first asked for.

        Raises `CollectionEmpty` when there is none yet, and what `qa.open` raises. One in the home folder that is damaged or of
        another model is built again in the background, since all that it was made of is there.
        """
        index = self._index
        if index is not None and index.size and index.is_current() and not self.record.empty:
            return index
        with self._opening:
            name = self.record.name or self.slug
            if self.record.empty:
                is_building = self.tasks.activity.running
                raise CollectionEmpty("collections.being_indexed" if is_building else "collections.no_documents", name)
            if self._index is None or not self._index.is_current():
                try:
                    self._take(self._open_index())
                except IndexNotFound:
                    if self._index is None:
                        raise CollectionEmpty("collections.not_indexed_yet", name) from None
                    return self._index  # its folder is gone, and what is open is still whole
            assert self._index is not None
            if not self._index.size:
                raise CollectionEmpty("collections.no_documents", name)
            return self._index

    def _open_index(self) -> Index:
        if self.slug == DEFAULT:  # which the user may have built with a model of its own
            return open_index(self.folder.index, self._encoder.model, encoder=self._encoder.loaded)
        try:
            return open_index(self.folder.index, encoder=self._encoder.load())
        except (IndexMismatch, IndexCorrupt):
            self._enqueue(self)
            raise

    def _take(self, index: Index) -> None:
        manifest = index.manifest
        self._index = index
        self._record = replace(self.record, empty=False, documents=len(manifest.documents), passages=manifest.passages)

    def is_behind(self) -> bool:
        """Whether the index is not of what it is to be made of: pending changes, other folders, documents that are left out."""
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
        return bool(wanted - there) or any(source in left_out for entry in manifest.documents for source in entry.sources)

    def build(self, progress: Progress) -> None:
        """Bring the index up to date with the documents; without any the collection is empty. Raises what `qa.build` raises."""
        with self.changing():
            began = self._change
            roots, left_out = self.folder.roots(), self.folder.left_out(self.record)
        if not roots and self.folder.documents.is_dir():  # all that was put in was taken out: so it is from the index
            roots = (Root(str(self.folder.documents)),)
        index: Index | None = None
        unread: tuple[UnreadFile, ...] = ()
        if roots:
            try:
                index = build(
                    roots, self.folder.index, progress=progress, encoder=self._encoder.load(progress),
                    user_dict=self._user_dictionary(), left_out=left_out, follow=self._follow(),
                )  # fmt: skip
            except NothingToIndex as error:
                unread = error.unread
        if index is not None and not index.size:
            unread, index = index.manifest.unread, None
        with self.changing():
            # what was put in meanwhile is not in the index; killed now, the next start has to know that
            pending = self._change != began and self.record.pending
            self._index = index
            if index is None:
                self.write(pending=pending, empty=True, documents=0, passages=0, unread=unread[:TASKS_KEPT])
            else:
                self._take(index)
                self.write(pending=pending, unread=())

    def settle(self, trouble: QAError | None) -> None:
        """Say of each task what became of it, after a build that ended well or because of `trouble`."""
        index = self._index
        passages = {name: entry.passages for entry in index.manifest.documents for name in entry.sources} if index else {}
        unread = index.manifest.unread if index else self._record.unread if self._record else ()
        self.tasks.settle(passages, {entry.source: problem_of(entry) for entry in unread}, trouble)

    def _follow(self) -> Follow:
        waiting = self.tasks.waiting()

        def follow(source: str, done: bool, problem: DocumentError | None) -> None:
            if source in waiting:
                state: TaskState = "unread" if problem else "indexing" if done else "reading"
                self.tasks.note(source, state, problem_of(UnreadFile.of(problem, source)) if problem else None)

        return follow

    def _user_dictionary(self) -> Path | None:
        """The user dictionary that the index was built with: its file, or the index's own copy when that is gone."""
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
        """The documents, by name, and after them the files that were not read. Raises what `index` does, if not for emptiness."""
        gone = self.folder.gone(self.record)
        try:
            manifest = self.index().manifest
        except CollectionEmpty:
            return tuple(describe_unread(unread, self.folder) for unread in self.record.unread if unread.source not in gone)
        listed = sorted(
            (describe(entry, manifest, self.folder) for entry in manifest.documents if not gone.intersection(entry.sources)),
            key=lambda document: document.source,
        )
        return (*listed, *(describe_unread(unread, self.folder) for unread in manifest.unread if unread.source not in gone))

    def removed(self) -> tuple[Removed, ...]:
        """What was taken out and can be put back, the newest first."""
        return tuple(reversed(self.record.removed))

    def add(self, files: Sequence[tuple[str | os.PathLike[str], str]]) -> tuple[Task, ...]:
        """Copy files, each a path and the name it goes by, among the documents and index them in the background.

        `tasks` tells what becomes of the tasks that come back; one file that is refused does not stop the others.
        """
        tasks = tuple(self._add(path, name) for path, name in files)
        if any(task.state == "waiting" for task in tasks):
            self._enqueue(self)
        return tasks

    def _add(self, path: str | os.PathLike[str], name: str) -> Task:
        task = Task(secrets.token_hex(8), safe_name(name), "waiting")
        copy: Path | None = None
        try:
            copy, digest = self.folder.receive(path, task.name)
            with suppress(QAError):
                self.index()  # opened here, for its lock is taken before the home's
            with self.changing():
                if twin := self._twin(digest, os.path.splitext(task.name)[1].lower()):
                    task = replace(task, state="known", source=twin)
                else:
                    self.write(pending=True)
                    task = replace(task, source=self.folder.put_in(copy, task.name))
                    self._change = next(self._numbers)
        except QAError as error:
            task = replace(task, state="refused", reason=error)
        if copy is not None:
            remove(copy)  # unless it was put in
        self.tasks.add(task)
        return task

    def _twin(self, digest: str, suffix: str) -> str:
        """The name of the document that a file with these bytes and this suffix is, or nothing."""
        if self._index is None or self.record.empty:
            return ""
        gone = self.folder.gone(self.record)
        names = (name for entry in self._index.manifest.documents if entry.sha256 == digest for name in entry.sources)
        return next((name for name in names if name not in gone and os.path.splitext(name)[1].lower() == suffix), "")

    def remove(self, sources: Some[str]) -> tuple[str, ...]:
        """Take documents out; what `put_back` takes to undo that. Raises `QAError` when none of them is there.

        A user's own file stays where it is and is left out from now on; a copy goes to the trash, and is deleted after 30 days.
        """
        known = {entry.source: (entry.source, *entry.also) for entry in self.documents() if entry.source}
        names = dict.fromkeys(name for source in sources for name in known.get(source, ()))
        if not names:
            raise QAError("collections.no_such_documents")
        with self.changing():
            before = {entry.id for entry in self.record.removed}
            self._record = self.folder.take_out(self.record, names)
            self._change = next(self._numbers)
            gone = tuple(entry.id for entry in self._record.removed if entry.id not in before)
        self._enqueue(self)
        return gone

    def put_back(self, ids: Some[str]) -> tuple[str, ...]:
        """Undo `remove`; the documents' names, which are others where theirs are taken now. Raises `QAError`."""
        with self.changing():
            self._record, sources = self.folder.put_back(self.record, ids)
            self._change = next(self._numbers)
        self._enqueue(self)
        return sources

    def refresh(self) -> None:
        """Bring the index up to date with the files as they are now, in the background."""
        self._change = next(self._numbers)
        self._enqueue(self)

    def tidy(self) -> None:
        """Finish what a killed process began, and delete what has been in the trash for long enough. Raises `QAError`."""
        with self.changing():
            self._record = self.folder.tidy(self.record)


def no_such_collection(slug: str) -> QAError:
    """There is no collection with this slug."""
    return QAError("collections.no_such_collection", slug[:60])
