"""Collections of documents, each with its own index: putting files in and taking them out while questions are asked.

The first collection is made of the user's own folders and its index is where the user says; the library's home holds only what
was put into it. The others live there with all that is theirs. An index is brought up to date by one thread in the background,
the changes made meanwhile together in the next build, and takes the old one's place when it is whole; an `Index` in use
stays usable. What is wrong with one collection is that one's error and does not keep the others from being used.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection as Some
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ..documents.folders import Sources
from ..errors import QAError
from ..index.index import Index
from ..models.encoder import Encoder
from ..progress import Progress, silent
from .collection import Collection, Etag, SharedEncoder, no_such_collection
from .collection_folder import Record, Removed
from .home import DEFAULT, Home
from .indexer import Indexer
from .listing import NAME_LIMIT, CollectionInfo, DocumentInfo, checked_name, folded, slug_of
from .tasks import Activity, Task


class Library:
    """The collections of a home folder, each named by its slug, the first one by None.

    Safe to use from several threads, and from several processes. What takes a slug raises `QAError` when there is no such
    collection or its record cannot be read.
    """

    def __init__(
        self,
        home: str | os.PathLike[str],
        seeds: Sources = "seeds",
        index: str | os.PathLike[str] = "index",
        *,
        model: str | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        """`seeds` is what the first collection is made of, unless its `index` was made of something else; `model` is for all."""
        self._home = Home(home, seeds, index)
        self._encoder = SharedEncoder(model, encoder)
        self._indexer = Indexer()
        self._lock = threading.Lock()
        self._known: dict[str, Collection] = {}

    @property
    def home(self) -> Path:
        """The folder that the collections are in."""
        return self._home.folder

    def collection(self, slug: str | None = None) -> Collection:
        """The collection with this slug."""
        slug = DEFAULT if slug is None else slug
        with self._lock:
            if slug not in self._home.slugs():
                self._known.pop(slug, None)
                raise no_such_collection(slug)
            if slug not in self._known:
                self._known[slug] = Collection(slug, self._home, self._encoder, self._indexer.enqueue)
            return self._known[slug]

    # -- opening --------------------------------------------------------------------------------------------------------

    def prepare(self, progress: Progress = silent) -> None:
        """Open the first collection's index, or build it when there is none. A folder without documents is an empty collection.

        Raises what `qa.open` and `qa.build` raise.
        """
        self.collection().open(progress)
        self._encoder.load(progress)

    def warm_up(self) -> None:
        """Load the model and the dictionaries now, so that the first question does not wait for them. Raises `ModelError`."""
        index = self.index_or_error()
        if isinstance(index, QAError):
            self._encoder.load()
        else:
            index.warm_up()

    def resume(self) -> None:
        """Go on in the background with what a run before this one left undone, and tidy up."""
        self._home.empty_trash()
        for slug in self._home.slugs():
            with suppress(QAError):
                collection = self.collection(slug)
                collection.tidy()
                if collection.is_behind():
                    self._indexer.enqueue(collection)

    def close(self) -> None:
        """Give up the build that is running and wait until it is."""
        self._indexer.close()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is being done in the background; whether that is so."""
        return self._indexer.wait(timeout)

    # -- collections ----------------------------------------------------------------------------------------------------

    def collections(self) -> tuple[CollectionInfo, ...]:
        """All collections, the first one first, the others in the order in which they were made."""
        found = []
        for slug in self._home.slugs():
            try:
                collection = self.collection(slug)
                found.append((collection.record.created, collection.info()))
            except QAError as error:
                found.append((0.0, CollectionInfo(slug, slug, 0, 0, "failed", error)))
        return tuple(info for _, info in sorted(found, key=lambda pair: (pair[1].slug != DEFAULT, pair[0], pair[1].slug)))

    def create(self, name: str) -> str:
        """Make an empty collection; its slug, which names its folder. Raises `QAError` for a name that cannot be."""
        with self._home.locked():
            name = checked_name(name, self._names_but(None))
            slug = self._home.free_slug(slug_of(name))
            self._home.collection_folder(slug).write(Record(name=name, created=time.time(), empty=True))
        return slug

    def rename(self, slug: str, name: str) -> None:
        """Call a collection something else; its folder stays where it is. Raises `QAError` for a name that cannot be."""
        collection = self.collection(slug)
        with collection.changing():
            collection.write(name=checked_name(name, self._names_but(slug)))

    def delete(self, slug: str) -> str:
        """Take a collection away with its index and the copies put into it; what `restore_collection` takes to undo that."""
        if slug == DEFAULT:
            raise QAError("collections.first_stays")
        collection = self.collection(slug)
        with collection.changing():
            name = collection.record.name
            if collection.tasks.activity.running:
                raise QAError("collections.not_deleted_yet", name)
            try:
                token = self._home.throw_away(slug)
            except OSError as error:
                raise QAError("collections.not_deleted", name, reason=error) from error
            collection.deleted = True
            with self._lock:
                self._known.pop(slug, None)
        return token

    def restore_collection(self, token: str) -> str:
        """Undo `delete`; the collection's slug. It gets another name where its own is taken now."""
        slug = self._home.take_back(token)
        collection = self.collection(slug)
        with collection.changing():
            name = collection.record.name
            if folded(name) in self._names_but(slug):
                collection.write(name=f"{name[: NAME_LIMIT - 6]} ({slug[-4:]})")
        return slug

    def _names_but(self, slug: str | None) -> frozenset[str]:
        return frozenset(folded(info.name) for info in self.collections() if info.slug != slug)

    # -- one of them ----------------------------------------------------------------------------------------------------

    def index(self, slug: str | None = None) -> Index:
        """The newest whole index of a collection. Raises `CollectionEmpty` when there is none yet, and what `qa.open` raises."""
        return self.collection(slug).index()

    def index_or_error(self, slug: str | None = None) -> Index | QAError:
        """What `index` gives, or what it raises: for a list in which one damaged collection is one line."""
        try:
            return self.index(slug)
        except QAError as error:
            return error

    def documents(self, slug: str | None = None) -> tuple[DocumentInfo, ...]:
        """The documents of a collection, by name, and after them the files that were not read. Raises what `qa.open` raises."""
        return self.collection(slug).documents()

    def removed(self, slug: str | None = None) -> tuple[Removed, ...]:
        """What was taken out of a collection and can be put back, the newest first."""
        return self.collection(slug).removed()

    def add(self, files: Sequence[tuple[str | os.PathLike[str], str]], slug: str | None = None) -> tuple[Task, ...]:
        """Copy files into a collection and index them in the background (`Collection.add`)."""
        return self.collection(slug).add(files)

    def remove(self, sources: Some[str], slug: str | None = None) -> tuple[str, ...]:
        """Take documents out of a collection and its index (`Collection.remove`); what `put_back` takes to undo that."""
        return self.collection(slug).remove(sources)

    def put_back(self, ids: Some[str], slug: str | None = None) -> tuple[str, ...]:
        """Undo `remove`; the documents' names, which are others where theirs are taken now."""
        return self.collection(slug).put_back(ids)

    def refresh(self, slug: str | None = None) -> None:
        """Bring a collection's index up to date with its files, in the background."""
        self.collection(slug).refresh()

    def activity(self, slug: str | None = None) -> Activity:
        """What is being done in a collection, and what came of the files put in last."""
        return self.collection(slug).tasks.activity

    def unfinished(self, ids: Some[str]) -> tuple[str, ...]:
        """Those of these tasks, of whatever collection, that are not done yet."""
        with self._lock:
            known = tuple(self._known.values())
        return tuple(id for collection in known for id in collection.tasks.unfinished(ids))

    def etag(self, slug: str | None, sources: Some[str]) -> Etag:
        """A value that differs once what is shown of a collection and of these documents in it has changed."""
        return self.collection(slug).etag(sources)
