"""Turns to JSON values and back. Stored values are checked field by field, since browsers and files may hold anything."""

from __future__ import annotations

import types
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ... import errors
from ...errors import CodedError

T = TypeVar("T")


def to_record(value: Any) -> Any:
    """A dataclass of JSON values, tuples, sets, errors and dataclasses as JSON; fields at their default are left out."""
    if isinstance(value, CodedError):
        return errors.record(value)
    if is_dataclass(value) and not isinstance(value, type):
        named = {field.name: (getattr(value, field.name), field) for field in fields(value)}
        return {name: to_record(part) for name, (part, field) in named.items() if not _is_default(part, field)}
    if isinstance(value, dict):
        return {str(key): to_record(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_record(part) for part in value]
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return value


def from_record(kind: type[T], record: Any) -> T:
    """The dataclass `kind` in the JSON value `record`, from `to_record`. Raises ValueError; unknown fields are ignored."""
    return cast(T, _read(kind, record))


def _is_default(value: Any, field: Any) -> bool:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return default is not MISSING and bool(value == default)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, record: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if record is None else _read(next(part for part in arguments if part is not type(None)), record)
    if isinstance(kind, type) and issubclass(kind, CodedError):
        return _read_error(kind, record)
    if isinstance(record, (list, dict)):
        return _read_dataclass(kind, record) if is_dataclass(kind) else _read_collection(origin, arguments, record)
    if kind is float and type(record) is int:
        return float(record)
    if (origin is Literal and record in arguments) or (kind in (str, int, float, bool) and type(record) is kind):
        return record
    raise ValueError(f"{record!r:.40} is no {kind}")


def _read_error(kind: type[CodedError], stored: Any) -> CodedError:
    """The error in `stored`, from `to_record`; a malformed one, or one unknown to this version, becomes `chat.not_answered`."""
    try:
        return errors.from_record(stored, kind)
    except ValueError:
        return kind("chat.not_answered")


def _read_dataclass(kind: Any, record: Any) -> Any:
    hints = _hints(kind)
    try:
        return kind(**{name: _read(hints[name], part) for name, part in dict(record).items() if name in hints})
    except TypeError as error:
        raise ValueError(f"no {kind.__name__}: {error}") from error


def _read_collection(origin: Any, arguments: Any, record: Any) -> Any:
    if origin is dict and isinstance(record, dict):
        key, part = arguments
        return {int(name) if key is int else name: _read(part, value) for name, value in record.items()}
    if origin in (tuple, frozenset) and isinstance(record, list):
        kinds = arguments if len(arguments) == len(record) and Ellipsis not in arguments else arguments[:1] * len(record)
        if origin is frozenset or kinds is arguments or Ellipsis in arguments:
            return origin(_read(part, value) for part, value in zip(kinds, record, strict=True))
    raise ValueError(f"{record!r:.40} is no {origin}")
