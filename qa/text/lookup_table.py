"""A read-only dictionary of texts in one file, an SQLite database: read and hashed as a whole, but not parsed."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from ..disk import write_whole

_DIGEST = 64  # bytes before the database: its SHA-256 in hexadecimal


class LookupTable:
    """A read-only dictionary, keys and values both texts. Several threads may use it."""

    def __init__(self, database: bytes) -> None:
        """`database` is an SQLite database as `of` makes it."""
        self._database = database
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.deserialize(database)

    @classmethod
    def of(cls, values: Mapping[str, str]) -> LookupTable:
        """The dictionary with the entries of `values`, in memory."""
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
        connection.executemany("INSERT INTO entries VALUES (?, ?)", sorted(values.items()))
        connection.commit()
        return cls(connection.serialize())

    @classmethod
    def read(cls, file: Path) -> LookupTable | None:
        """Read a file that `write` wrote; None if it does not exist or its hash is wrong."""
        try:
            data = file.read_bytes()
        except OSError:
            return None
        digest, database = data[:_DIGEST], data[_DIGEST:]
        return cls(database) if digest == hashlib.sha256(database).hexdigest().encode("ascii") else None

    def write(self, file: Path) -> None:
        """Write the dictionary to `file` with an atomic rename. Raises OSError."""
        write_whole(file, hashlib.sha256(self._database).hexdigest().encode("ascii") + self._database)

    def get(self, key: str) -> str | None:
        """The value of `key`; None if it has none."""
        row = self._connection.execute("SELECT value FROM entries WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])
