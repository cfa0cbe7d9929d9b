"""The collection of a chat whose index is on a server: several replicas read it, and none keeps anything of it on its disk.

Its documents are put in and taken out where their files are, by `build`; the replicas see that within seconds.
"""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from ..documents.folders import Root
from ..errors import QAError
from ..index.index import Index
from ..index.location import ServerAddress
from ..index.open import open_index
from ..index.served.store import ServedStore
from ..progress import Progress, silent
from .collection import Collection, Etag
from .collection_folder import CollectionFolder, Record
from .home import DEFAULT, Deleted, Home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .tasks import Task


class ServedHome(Home):
    """Instead of a home folder: one collection, at `address`, and nothing on the disk."""

    def __init__(self, address: ServerAddress) -> None:
        super().__init__("", str(address), str(address))
        self.address = address

    def slugs(self) -> list[str]:
        """The one slug."""
        return [DEFAULT]

    def collection_folder(self, slug: str) -> CollectionFolder:
        """Files that are not there."""
        return _NoFolder(self.address)

    def thrown_away(self) -> tuple[Deleted, ...]:
        """Nothing."""
        return ()

    def empty_trash(self) -> None:
        """Nothing: there is none."""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Raises `QAError`: what every change begins with is refused."""
        raise refused(self.address)
        yield


class _NoFolder(CollectionFolder):
    def __init__(self, address: ServerAddress) -> None:
        super().__init__(Path(), Path(), (Root(str(address)),))

    def read(self) -> Record:
        return Record()

    def has_record(self) -> bool:
        return False

    def file_of(self, source: str) -> Path | None:
        return None

    @property
    def synonyms(self) -> Path | None:
        return None


class ServedCollection(Collection):
    """The collection at the address of a `ServedHome`. Every change raises `QAError`."""

    @property
    def _address(self) -> ServerAddress:
        assert isinstance(self._home, ServedHome)
        return self._home.address

    def open(self, progress: Progress = silent) -> None:
        """Open the index. Raises what `qa.open` raises."""
        self._take(open_index(str(self._address), self._encoder.model, progress, self._encoder.loaded))
        assert self._index is not None
        self._encoder.loaded = self._index.encoder

    def _open_index(self) -> Index:
        return open_index(str(self._address), self._encoder.model, encoder=self._encoder.loaded)

    def etag(self, sources: Some[str]) -> Etag:
        """A value that changes whenever the index does."""
        with suppress(QAError):
            store = self.index().store
            if isinstance(store, ServedStore):
                return tuple(sorted(store.snapshot.state))
        return ("",)

    def is_behind(self) -> bool:
        """Never: whoever has the files brings it up to date."""
        return False

    def build(self, progress: Progress) -> None:
        """Refused."""
        raise refused(self._address)

    def refresh(self) -> None:
        """Refused."""
        raise refused(self._address)

    def add(self, files: Sequence[tuple[str | PathLike[str], str]]) -> tuple[Task, ...]:
        """Refused."""
        raise refused(self._address)

    def replace(self, source: str, path: str | PathLike[str]) -> Task:
        """Refused."""
        raise refused(self._address)


def refused(address: ServerAddress) -> QAError:
    """The error for a change of a collection on a server."""
    return QAError("collections.on_server", address, place=address)
