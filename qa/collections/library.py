"""The facade over all collections: adding and removing documents and collections while questions are asked.

The first collection indexes the user's own folders, and its index is where the user says; the home holds only the files added
to it. The other collections lie in the home, with their indexes. One background thread builds the indexes; changes made during
a build go together into the next one. A finished build replaces the old one, and an `Index` that is in use stays usable. An
error in one collection does not affect the others.
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
from ..errors import DocumentError, QAError
from ..index.index import Index
from ..index.location import ServerAddress, location_of
from ..index.served.ratings import ServedRatings
from ..models.encoder import Encoder
from ..progress import Progress, silent
from .collection import Collection, Etag, SharedEncoder
from .collection_folder import Record, Removed
from .home import DEFAULT, Deleted, Home, no_such_collection
from .indexer import Indexer
from .listing import NAME_LIMIT, CollectionInfo, DocumentInfo, checked_name, folded, slug_of
from .ratings import FEEDBACK, FileRatings, Ratings
from .served import ServedCollection, ServedHome
from .tasks import Activity, Task


class Library:
    """The collections in a home folder. Safe to use from several threads and several processes.

    A `slug` names a collection, None the first one; every method with a `slug` raises `QAError` when there is no such
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
        """The first collection indexes `seeds` into `index`, or keeps the roots of an existing `index`.

        Where `index` is on a server it is the only collection, nothing is changed here, and `home` is not used.

        `model` (a hub name or a folder) or the loaded `encoder` serves all collections.
        """
        place = location_of(index)
        self._home = ServedHome(place) if isinstance(place, ServerAddress) else Home(home, seeds, index)
        self._ratings = ServedRatings(place) if isinstance(place, ServerAddress) else FileRatings(self._home.folder / FEEDBACK)
        self._encoder = SharedEncoder(model, encoder)
        self._indexer = Indexer()
        self._lock = threading.Lock()
        self._known: dict[str, Collection] = {}

    @property
    def home(self) -> Path | None:
        """The home folder; None where the index is on a server."""
        return None if isinstance(self._home, ServedHome) else self._home.folder

    @property
    def ratings(self) -> Ratings:
        """What readers think of answers."""
        return self._ratings

    def collection(self, slug: str | None = None) -> Collection:
        """The collection with this slug, None for the first."""
        slug = DEFAULT if slug is None else slug
        with self._lock:
            if slug not in self._home.slugs():
                self._known.pop(slug, None)
                raise no_such_collection(slug)
            if slug not in self._known:
                kind = ServedCollection if isinstance(self._home, ServedHome) else Collection
                self._known[slug] = kind(slug, self._home, self._encoder, self._indexer.enqueue)
            return self._known[slug]

    # -- opening --------------------------------------------------------------------------------------------------------

    def prepare(self, progress: Progress = silent) -> None:
        """Load the model and open the first collection's index, or build it when there is none.

        A folder without documents makes an empty collection. Raises what `qa.open` and `qa.build` raise.
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
        """Schedule the builds that an earlier run left unfinished, and delete old trash."""
        self._home.empty_trash()
        for slug in self._home.slugs():
            with suppress(QAError):
                collection = self.collection(slug)
                collection.tidy()
                if collection.is_behind():
                    self._indexer.enqueue(collection)

    def close(self) -> None:
        """End the running build and wait for it; no other one is started."""
        self._indexer.close()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all builds have ended and return True; False if one still runs after `timeout` seconds."""
        return self._indexer.wait(timeout)

    # -- collections ----------------------------------------------------------------------------------------------------

    def collections(self) -> tuple[CollectionInfo, ...]:
        """All collections, the first one first, the others by their time of creation."""
        found = []
        for slug in self._home.slugs():
            try:
                collection = self.collection(slug)
                found.append((collection.record.created, collection.info()))
            except QAError as error:
                found.append((0.0, CollectionInfo(slug, slug, 0, 0, "failed", error)))
        return tuple(info for _, info in sorted(found, key=lambda pair: (pair[1].slug != DEFAULT, pair[0], pair[1].slug)))

    def create(self, name: str) -> str:
        """Create an empty collection and return its slug. Raises `QAError` for a `name` that is invalid or taken."""
        with self._home.locked():
            name = checked_name(name, self._names_but(None))
            slug = self._home.free_slug(slug_of(name))
            self._home.collection_folder(slug).write(Record(name=name, created=time.time(), empty=True))
        return slug

    def rename(self, slug: str, name: str) -> None:
        """Rename a collection; its slug and folder stay. Raises `QAError` for a `name` that is invalid or taken."""
        collection = self.collection(slug)
        with collection.changing():
            collection.write(name=checked_name(name, self._names_but(slug)))

    def delete(self, slug: str) -> str:
        """Move a collection, its index and its added files to the trash; return the token for `restore_collection`.

        Raises `QAError` for the first collection, and for one that is being indexed.
        """
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
        """Undo `delete` and return the collection's slug; slug and name are new ones where the old are taken.

        Raises `QAError` when it is no longer in the trash.
        """
        slug = self._home.take_back(token)
        collection = self.collection(slug)
        with collection.changing():
            name = collection.record.name
            if folded(name) in self._names_but(slug):
                collection.write(name=f"{name[: NAME_LIMIT - 7]} ({slug[-4:]})")
        return slug

    def deleted(self) -> tuple[Deleted, ...]:
        """The deleted collections that can be restored, the newest first."""
        return self._home.thrown_away()

    def _names_but(self, slug: str | None) -> frozenset[str]:
        return frozenset(folded(info.name) for info in self.collections() if info.slug != slug)

    # -- one of them ----------------------------------------------------------------------------------------------------

    def index(self, slug: str | None = None) -> Index:
        """The newest index of a collection. Raises `CollectionEmpty` when there is none yet, and what `qa.open` raises."""
        return self.collection(slug).index()

    def index_or_error(self, slug: str | None = None) -> Index | QAError:
        """What `index` returns, or the `QAError` that it raises, for a list that shows a damaged collection as one line."""
        try:
            return self.index(slug)
        except QAError as error:
            return error

    def documents(self, slug: str | None = None) -> tuple[DocumentInfo, ...]:
        """A collection's documents sorted by name, then the files that could not be read. Raises what `qa.open` raises."""
        return self.collection(slug).documents()

    def removed(self, slug: str | None = None) -> tuple[Removed, ...]:
        """A collection's removed documents that can be put back, the newest first."""
        return self.collection(slug).removed()

    def add(self, files: Sequence[tuple[str | os.PathLike[str], str]], slug: str | None = None) -> tuple[Task, ...]:
        """Copy `files`, pairs of (path, name), into a collection and index them in the background; return a task for each."""
        return self.collection(slug).add(files)

    def replace(self, source: str, path: str | os.PathLike[str], slug: str | None = None) -> Task:
        """Put the file at `path` in the place of the document `source` of a collection; return its task."""
        return self.collection(slug).replace(source, path)

    def remove(self, sources: Some[str], slug: str | None = None) -> tuple[str, ...]:
        """Remove the documents `sources` from a collection and its index; return the ids for `put_back`."""
        return self.collection(slug).remove(sources)

    def put_back(self, ids: Some[str], slug: str | None = None) -> tuple[str, ...]:
        """Put back the removed documents with these `ids`; return their names, new ones where the old are taken."""
        return self.collection(slug).put_back(ids)

    def refresh(self, slug: str | None = None) -> None:
        """Update a collection's index to its files as they are now, in the background."""
        self.collection(slug).refresh()

    def synonyms(self, slug: str | None = None) -> str:
        """The text of a collection's own synonyms, "" for none."""
        return self.collection(slug).folder.read_synonyms()

    def set_synonyms(self, text: str, was: str, slug: str | None = None) -> tuple[DocumentError, ...]:
        """Replace a collection's own synonyms by `text`; they hold from the next question on.

        `was` is the text that was edited; raises `QAError` where it has changed since. What is wrong with lines is returned, and
        nothing is changed then.
        """
        collection = self.collection(slug)
        with collection.changing():
            return collection.folder.write_synonyms(text, was)

    def cancel(self, slug: str | None = None) -> None:
        """Cancel a collection's running build; the added files that it has not got to go to the trash."""
        self.collection(slug).tasks.cancel()

    def activity(self, slug: str | None = None) -> Activity:
        """The state of a collection's build, and of the files added since the program began."""
        return self.collection(slug).tasks.activity

    def unfinished(self, ids: Some[str]) -> tuple[str, ...]:
        """Those of the task ids `ids`, in any collection, that are not finished."""
        with self._lock:
            known = tuple(self._known.values())
        return tuple(id for collection in known for id in collection.tasks.unfinished(ids))

    def etag(self, slug: str | None, sources: Some[str]) -> Etag:
        """A value that changes whenever a collection or a file of its documents `sources` changes (`Collection.etag`)."""
        return self.collection(slug).etag(sources)
