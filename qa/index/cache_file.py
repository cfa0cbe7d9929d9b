"""A cache on disk: values by key in one SQLite file, each with a digest of its own.

A failure costs time, never correctness: a damaged value counts as absent, and what cannot be written is not kept.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from ..disk import move, remove

_T = TypeVar("_T")
_FORMAT = 1  # of the table; part of every digest, so that values of another format count as absent
_WAIT = 10.0  # seconds, at most, for another process that holds SQLite's write lock
_AT_ONCE = 500  # keys in one query; SQLite before 3.32 takes 999
_LEAST_BYTES = 64  # of a row in the file; the file's size divided by this bounds the row ids tried in a damaged file
_DAMAGED = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))
_TABLE = (
    "CREATE TABLE IF NOT EXISTS kept (key BLOB PRIMARY KEY, value BLOB NOT NULL, digest BLOB NOT NULL, written REAL NOT NULL)"
)
_INSERT = "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)"
# Freed pages are truncated and overwritten, since values may be texts. Nothing that the file's own schema defines is run.
_PRAGMAS = ("auto_vacuum = FULL", "secure_delete = ON", "trusted_schema = OFF", "cell_size_check = ON")


class CacheFile:
    """The values in `file`, which the first `put` creates. Several processes may use it at once, in each one thread at a time.

    A `put` is kept whole or not at all, even when the process is killed. No method raises for a failing disk or a damaged file.
    """

    def __init__(self, file: Path, context: str) -> None:
        """`context` names what values depend on beside their key; a value kept under another context counts as absent."""
        self.file = file
        self._context = hashlib.sha256(f"{_FORMAT}\0{context}".encode("utf-8", "surrogatepass")).digest()
        self._connection: sqlite3.Connection | None = None
        self._mended = False
        self._given_up = False  # what failed would fail again, after a long wait

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values by key, of those `keys` that are in the cache."""
        if not self.file.exists():
            return {}
        found: dict[bytes, bytes] = {}
        for at in range(0, len(keys), _AT_ONCE):
            found |= self._read(keys[at : at + _AT_ONCE])
        return found

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        query = f"SELECT key, value, digest FROM kept WHERE key IN ({','.join('?' * len(keys))})"
        rows = self._tried(lambda connection: connection.execute(query, keys).fetchall(), list[tuple[bytes, bytes, bytes]]())
        return {key: value for key, value, digest in rows if self._digest(key, value) == digest}

    def put(self, values: Iterable[tuple[bytes, bytes]]) -> bool:
        """Store (key, value) pairs, replacing earlier values; return whether they are on the disk."""
        now = time.time()
        rows = [(key, value, self._digest(key, value), now) for key, value in values]
        return self._tried(lambda connection: _change(connection, _INSERT, rows), False)

    def all_keys(self) -> set[bytes]:
        """The keys of all values, including damaged ones."""
        if not self.file.exists():
            return set()
        query = "SELECT key FROM kept"
        return {key for (key,) in self._tried(lambda connection: connection.execute(query).fetchall(), list[tuple[bytes]]())}

    def drop(self, wanted: Iterable[bytes], age: float) -> None:
        """Remove the values whose keys are not `wanted` and that were written more than `age` seconds ago."""
        rows = [(key,) for key in wanted]

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (key BLOB PRIMARY KEY) WITHOUT ROWID")
            _change(connection, "INSERT OR IGNORE INTO wanted VALUES (?)", rows)
            _change(connection, "DELETE FROM kept WHERE written < ? AND key NOT IN wanted", [(time.time() - age,)])
            connection.execute("DROP TABLE wanted")

        if self.file.exists():
            self._tried(work, None)

    def remove(self) -> None:
        """Delete the file."""
        self.close()
        for file in (self.file, self._beside("-journal")):
            remove(file)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _tried(self, work: Callable[[sqlite3.Connection], _T], failed: _T) -> _T:
        """The result of `work`, or `failed` if it cannot be done; a damaged file is mended once, and `work` tried again."""
        while not self._given_up:
            try:
                self._connection = self._connection or _connected(self.file)
                return work(self._connection)
            except (sqlite3.Error, OSError) as error:
                self.close()
                code = getattr(error, "sqlite_errorcode", 0) & 0xFF
                if code not in _DAMAGED:
                    self._given_up = code == sqlite3.SQLITE_BUSY
                    break
                if not self._mended:
                    self._mend()
                self._given_up, self._mended = self._mended, True
        return failed

    def _mend(self) -> None:
        """Replace a damaged file by one with the rows that can still be read."""
        mended = CacheFile(self._beside("-mended"), "")
        mended.remove()
        mended._context = self._context
        with suppress(sqlite3.Error, OSError), closing(_connected(self.file)) as damaged:
            last = damaged.execute("SELECT max(rowid) FROM kept").fetchone()[0] or 0
            rows = (_row(damaged, number) for number in range(1, min(last, self.file.stat().st_size // _LEAST_BYTES) + 1))
            whole = (row for row in rows if row and self._digest(row[0], row[1]) == row[2])
            mended._tried(lambda connection: _change(connection, _INSERT, whole), False)
        mended.close()
        self.remove()
        with suppress(OSError):
            move(mended.file, self.file)

    def _digest(self, key: object, value: object) -> bytes:
        """The digest of a value under its key and this context; b"" when either is not bytes, which matches no digest."""
        if not isinstance(key, bytes) or not isinstance(value, bytes):
            return b""
        digest = hashlib.blake2b(b"%b%d %b" % (self._context, len(key), key), digest_size=16)
        digest.update(value)
        return digest.digest()

    def _beside(self, ending: str) -> Path:
        return self.file.with_name(self.file.name + ending)


def _connected(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file, timeout=_WAIT, isolation_level=None, check_same_thread=False)
    try:
        connection.text_factory = bytes  # a damaged row may hold text that is not UTF-8
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(_TABLE)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _change(connection: sqlite3.Connection, statement: str, rows: Iterable[tuple[object, ...]]) -> bool:
    """Run `statement` for each of `rows` in one transaction, which is on the disk on return. Raises sqlite3.Error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(statement, rows)
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    return True


def _row(connection: sqlite3.Connection, number: int) -> tuple[bytes, bytes, bytes, float] | None:
    with suppress(sqlite3.Error):
        row: tuple[bytes, bytes, bytes, float] | None = connection.execute(
            "SELECT key, value, digest, written FROM kept WHERE rowid = ?", (number,)
        ).fetchone()
        return row
    return None
