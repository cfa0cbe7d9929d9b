"""Reads JSON and JSON Lines whose records nobody could read as they stand: a record is a line, or a line for each of its fields.

A JSON file that a person wrote or can read, such as settings, is left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ...config import Limits
from ..content import Content, ContentBuilder, check_characters, collapsed
from ..encodings import read_text
from ..tables import named, table_rows
from .plain import without_pictures

_READABLE = 300  # characters of a line that a person reads; a longer one was written by a program
_DEEPEST = 20  # containers in containers that are taken apart
_ONE_LINE = 200  # characters of a record that stands on one line
_REPEATED = 100  # characters of the name of an object that are repeated for each of its fields, lest a long name fill the index


def read_json(data: bytes, limits: Limits) -> Content:
    """The records of a JSON file under the names of what holds them; another one as it is. Raises as `read_plain`."""
    text, encoding, problems = read_text(data)
    check_characters(len(text), limits)
    value = _parsed(text.removeprefix("\ufeff"))
    if not isinstance(value, dict | list) or not (_holds_records(value) or max(map(len, text.splitlines())) > _READABLE):
        return Content(without_pictures(text), encoding, problems=problems)
    builder = ContentBuilder(limits, problems)
    _Records(builder).add(value, ())
    return builder.content(encoding)


def read_json_lines(data: bytes, limits: Limits) -> Content:
    """The records of a file with one on each line; what is no JSON as it stands. Raises as `read_plain`."""
    text, encoding, problems = read_text(data)
    check_characters(len(text), limits)
    builder = ContentBuilder(limits, problems)
    records = _Records(builder)
    rows: list[str] = []
    for line in text.removeprefix("\ufeff").split("\n"):
        value = _parsed(line)
        shown = _line(value) if isinstance(value, dict) else None
        if shown is not None:
            rows.append(shown)
            continue
        builder.block("\n".join(filter(None, rows)))
        rows = []
        if isinstance(value, dict | list):
            records.add(value, ())
        else:
            builder.block(without_pictures(line))
    builder.block("\n".join(filter(None, rows)))
    return builder.content(encoding)


def _parsed(text: str) -> Any:
    """The value of a JSON text, its numbers as they are written; None for what is none, or is nested too deeply."""
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str, strict=False)
    except (ValueError, RecursionError):
        return None


def _holds_records(value: Any, depth: int = 0) -> bool:
    """Whether a list of objects is in a value."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, list) and len(value) > 1 and all(isinstance(entry, dict) for entry in value):
        return True
    return depth < _DEEPEST and any(_holds_records(entry, depth + 1) for entry in inside)


class _Records:
    def __init__(self, builder: ContentBuilder) -> None:
        self._builder = builder

    def add(self, value: Any, above: tuple[tuple[int, str], ...], depth: int = 0) -> None:
        """Add a value under the headings `above`: of an object its fields, then under their names what does not fit into one.

        `depth` counts the lists that it stands in directly within each other.
        """
        if isinstance(value, list):
            self._add_list(value, above, depth)
            return
        fields, inside = list[tuple[str, str]](), list[tuple[str, Any]]()
        for name, entry in _flat(value):
            shown = _shown(entry) if len(above) < _DEEPEST else json.dumps(entry, ensure_ascii=False)
            if shown is None:
                inside.append((name, entry))
            elif shown:
                fields.append((name, shown))
        self._builder.block("\n".join(f"{name}：{shown}" if name else shown for name, shown in fields))
        for name, entry in inside:
            self._builder.heading(len(above) + 1, name)
            self.add(entry, (*above, (len(above) + 1, name)))
        if inside:
            self._builder.under(above)

    def _add_list(self, entries: Sequence[Any], above: tuple[tuple[int, str], ...], depth: int) -> None:
        if depth >= _DEEPEST:
            self._builder.block(json.dumps(entries, ensure_ascii=False))
            return
        flat = [list(_flat(entry)) for entry in entries if isinstance(entry, dict)]
        rows = [dict(fields) for fields in flat]
        distinct = [len(row) for row in rows] == [len(fields) for fields in flat]  # {"a b": 1, "a": {"b": 2}} has one name
        if distinct and len(rows) == len(entries) > 1 and len(rows[0]) > 1 and all(row.keys() == rows[0].keys() for row in rows):
            cells = [[_shown(row[name]) for name in rows[0]] for row in rows]
            if all(_fits(row) for row in cells):
                self._builder.block("\n".join(table_rows([list(rows[0]), *[list(map(str, row)) for row in cells]])))
                return
        lines: list[str] = []
        for entry in entries:
            shown = _line(entry) if isinstance(entry, dict) else _shown(entry)
            if shown is not None:
                lines.append(shown)
                continue
            self._builder.block("\n".join(filter(None, lines)))
            lines = []
            self.add(entry, above, depth + 1)
        self._builder.block("\n".join(filter(None, lines)))


def _flat(value: dict[str, Any], above: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The fields of an object, those of objects in it after the name of their field: the first after all of a long one."""
    for name, entry in value.items():
        full = " ".join(filter(None, (above, collapsed(name))))
        above = above[:_REPEATED]
        if isinstance(entry, dict) and depth < _DEEPEST:
            yield from _flat(entry, full, depth + 1)
        else:
            yield full, entry


def _line(record: dict[str, Any]) -> str | None:
    """A record as `name：value；name：value`; None if it is too long for a line, or has records inside."""
    fields = list(_flat(record))
    cells = [_shown(entry) for _, entry in fields]
    return named([name for name, _ in fields], list(map(str, cells))) if _fits(cells) else None


def _fits(cells: Sequence[str | None]) -> bool:
    return all(cell is not None and "\n" not in cell for cell in cells) and sum(len(cell or "") for cell in cells) <= _ONE_LINE


def _shown(value: Any) -> str | None:
    """A value in a field, of a list all of them; None for what has objects or lists inside."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return without_pictures(value).strip()
    if isinstance(value, list) and not any(isinstance(entry, dict | list) for entry in value):
        return "、".join(filter(None, (_shown(entry) or "" for entry in value)))
    return "" if value in ({}, []) else None
