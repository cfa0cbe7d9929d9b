"""A dictionary in one file that is read whole, checked whole, and asked by SQLite: open at once, however large it is."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from ..disk import write_whole

_DIGEST = 64  # characters before the database


class LookupTable:
    """Values by key, both texts. Several threads may ask."""

    def __init__(self, database: bytes) -> None:
        """`database` is an SQLite database as `of` makes it."""
        self._database = database
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.deserialize(database)

    @classmethod
    def of(cls, values: Mapping[str, str]) -> LookupTable:
        """The dictionary that holds `values`."""
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
        connection.executemany("INSERT INTO entries VALUES (?, ?)", sorted(values.items()))
        connection.commit()
        return cls(connection.serialize())

    @classmethod
    def read(cls, file: Path) -> LookupTable | None:
        """What `write` wrote, or None if it is not there or not byte for byte that."""
        try:
            data = file.read_bytes()
        except OSError:
            return None
        digest, database = data[:_DIGEST], data[_DIGEST:]
        return cls(database) if digest == hashlib.sha256(database).hexdigest().encode("ascii") else None

    def write(self, file: Path) -> None:
        """Write to `file`, whole or not at all. Raises OSError."""
        write_whole(file, hashlib.sha256(self._database).hexdigest().encode("ascii") + self._database)

    def get(self, key: str) -> str | None:
        """The value of `key`, or None."""
        row = self._connection.execute("SELECT value FROM entries WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])
