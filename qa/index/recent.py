"""Values that were lately made for a row, so that what several steps of a question need is made once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """At most `most` values by row; when there are so many, all are forgotten. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[int, T] = {}

    def get(self, row: int, make: Callable[[int], T]) -> T:
        """The value of `row`, made by `make` if it is not there."""
        value = self._values.get(row)
        if value is None:
            value = make(row)
            if len(self._values) >= self._most:
                self._values = {}
            self._values[row] = value
        return value
