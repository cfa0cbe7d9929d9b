"""Readers' ratings of answers, kept with the index on its server: each replica has those of all."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ..location import ServerAddress
from .server import BOUNDED, STRONG, Server
from .tables import RATING, RECORD_FIELDS, Names, Record, record_rows, records_of

POLLED = 5.0  # seconds between two looks whether others have rated


class ServedRatings:
    """The ratings at `address`. Safe for several threads; each method raises `QAError` as `Server` does.

    A rating is a record whose shard is a digest of its name and whose generation is the time of writing: of those with one name
    the newest counts, so that one stopped before it has deleted the earlier ones leaves nothing wrong.
    """

    def __init__(self, address: ServerAddress) -> None:
        self.place = address
        self._names = Names(address.collection)
        self._lock = threading.Lock()
        self._server: Server | None = None
        self._ids: frozenset[str] = frozenset()
        self._read: dict[str, dict[str, Any]] = {}  # rows by their key
        self._looked = -math.inf

    def keep(self, name: str, rating: Mapping[str, Any] | None) -> None:
        """Store a rating in place of an earlier one with the same `name`; None only removes that."""
        with self._lock:
            digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
            earlier = self._keys(f' and shard == "{digest}"', STRONG)
            if rating is not None:
                generation = max([time.time_ns(), *(_generation(key) + 1 for key in earlier)])
                record = Record(RATING, digest, generation, "", {"id": name, **rating})
                self._connected().upsert(self._names.records, list(record_rows(record)))
            if earlier:
                self._connected().call("delete", self._names.records, ids=sorted(earlier))
            self._look(STRONG)

    def version(self) -> frozenset[str]:
        """The keys of all rows, looked up every few seconds."""
        with self._lock:
            return self._looked_up()

    def all(self) -> Sequence[Mapping[str, Any]]:
        """Every rating, the oldest first."""
        with self._lock:
            missing = sorted(self._looked_up() - self._read.keys())
            rows = self._connected().by_keys(self._names.records, missing, RECORD_FIELDS) if missing else []
            known = {**self._read, **{row["id"]: row for row in rows}}
            self._read = {key: row for key, row in known.items() if key in self._ids}
            records = sorted(records_of(self._read.values()), key=lambda record: record.generation)
            return [record.value for record in {record.shard: record for record in records}.values()]

    def _looked_up(self) -> frozenset[str]:
        if time.monotonic() - self._looked > POLLED:
            self._look(BOUNDED)
        return self._ids

    def _look(self, level: str) -> None:
        self._ids = self._keys("", level)
        self._looked = time.monotonic()

    def _keys(self, more: str, level: str) -> frozenset[str]:
        rows = self._connected().every(self._names.records, f'kind == "{RATING}"{more}', ["id"], level)
        return frozenset(row["id"] for row in rows)

    def _connected(self) -> Server:
        if self._server is None:
            self._server = Server(self.place)
        return self._server


def _generation(key: str) -> int:
    return int(key.split("|")[2])
