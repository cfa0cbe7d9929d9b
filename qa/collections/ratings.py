"""What readers think of answers: in a file of the home folder, or with the index on its server, where all replicas have it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ..disk import Stamp, write_whole
from ..index.location import ServerAddress

FEEDBACK = "feedback.jsonl"  # in the folder that keeps collections

Rating = Mapping[str, Any]


class Ratings(Protocol):
    """The ratings of all readers. Safe to use from several threads; each method raises `OSError` or `QAError`."""

    @property
    def place(self) -> Path | ServerAddress:
        """Where they are."""
        ...

    def keep(self, name: str, rating: Rating | None) -> None:
        """Store a rating in place of an earlier one with the same `name`; None only removes that."""
        ...

    def version(self) -> Hashable:
        """What changes whenever a rating does."""
        ...

    def all(self) -> Sequence[Rating]:
        """Every rating, the oldest first."""
        ...


class FileRatings:
    """The ratings in a file of JSON lines, which `python -m qa eval` reads as questions."""

    def __init__(self, file: Path) -> None:
        self.place = file
        self._lock = threading.Lock()

    def keep(self, name: str, rating: Rating | None) -> None:
        """See `Ratings`. For several threads of one process. Raises OSError."""
        with self._lock:
            lines = [line for line in self._lines() if _name(line) != name]
            if rating is not None:
                lines.append(json.dumps({"id": name, **rating}, ensure_ascii=False))
            write_whole(self.place, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))

    def version(self) -> Hashable:
        """The file's stamp, None where there is none. Raises OSError."""
        try:
            return Stamp.of(os.stat(self.place))
        except FileNotFoundError:
            return None

    def all(self) -> Sequence[Rating]:
        """See `Ratings`; lines that are no rating are left out. Raises OSError."""
        return list(_objects(self._lines()))

    def _lines(self) -> list[str]:
        try:
            return [line for line in self.place.read_text("utf-8", "replace").split("\n") if line]
        except FileNotFoundError:
            return []


def _objects(lines: Sequence[str]) -> Iterator[Rating]:
    for line in lines:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value


def _name(line: str) -> object:
    return next((value.get("id") for value in _objects([line])), None)
