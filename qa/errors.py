"""The errors that a user can cause or mend: one tree, each error a code with its values, told in English or in Chinese.

The sentences are in `errors.toml`, one table for the whole package: `[area.name]` with `en` and `zh`, in which `{value}` stands
for a value of the error. A sentence says what is wrong and, after a semicolon, what to do; what it is about, most often a file,
stands before it. So `DocumentError("documents.empty", "a.txt")` is told as "a.txt: is empty; put text into it", and in Chinese as
"a.txt：是空文件；请写入文字". Programs compare `code` and read `values`; none reads the sentence.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

Language = Literal["en", "zh"]
E = TypeVar("E", bound="CodedError")

LONGEST_VALUE = 300  # characters of what another library says, or of a value from a file


class Whole(str):
    """A value that is told whole however long it is: a command to be typed."""


class CodedError(Exception):
    """A code of `errors.toml`, what it is about ("" for nothing), and the values of its sentence.

    Values may be texts, numbers, paths, sequences of texts, and other errors; each is told on one line.
    """

    def __init__(self, code: str, about: object = "", **values: object) -> None:
        super().__init__(code, about)
        self.code = code
        self.about = about
        self.values = values

    def told(self, language: Language = "en") -> str:
        """The error in one line of `language`."""
        known = {name: told(value, language) for name, value in self.values.items()}
        sentence = sentences()[self.code][language].format_map(known) if self.code in sentences() else one_line(self.code)
        if self.about == "":
            return sentence
        about = self.about.told(language) if isinstance(self.about, CodedError) else one_line(self.about)
        return f"{about}{'：' if language == 'zh' else ': '}{sentence}"

    def __str__(self) -> str:
        return self.told()

    def __reduce__(self) -> Any:
        return from_record, (record(self), type(self))


class QAError(CodedError):
    """Base of every error a user can cause or mend; its text is one line that names the thing and the remedy."""


class DocumentError(QAError):
    """A file cannot be read as a document."""


class IndexNotFound(QAError):
    """There is no index in the folder."""


class IndexMismatch(QAError):
    """The index was built with another model, tokenizer, splitter or format than the one asked for."""


class IndexCorrupt(QAError):
    """A part of the index is missing or is not what was written."""


class ModelError(QAError):
    """The embedding model cannot be found, read or trusted."""


def told(value: object, language: Language = "en") -> str:
    """A value of an error on one line of `language`: another error as its own sentence, an OSError by what the system says."""
    if isinstance(value, CodedError):
        return value.told(language)
    if isinstance(value, OSError) and value.errno is not None:
        return system_error(value.errno, language)
    if isinstance(value, list | tuple | set | frozenset):
        return ("、" if language == "zh" else ", ").join(told(each, language) for each in value)
    if isinstance(value, Path | Whole):
        return one_line(value)
    nothing = type(value).__name__ if isinstance(value, BaseException) else ""
    return one_line(((str(value).strip().splitlines() or [nothing])[0])[:LONGEST_VALUE])


def system_error(number: int, language: Language = "en") -> str:
    """What an `errno` means: the system's own words in English, the table's in Chinese where it has them."""
    name = errno.errorcode.get(number, "")
    sentence = sentences().get(f"system.{name}")
    return sentence[language] if sentence else one_line(os.strerror(number))


def one_line(text: object) -> str:
    """A text or a path on one line, whatever it holds: what cannot be printed is shown by its escape."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in str(text))


def record(error: CodedError) -> dict[str, Any]:
    """An error as JSON: `{code, about, values}`. Errors among the values become records or `{errno}`, others text or numbers."""
    return {
        "code": error.code,
        "about": _plain(error.about),
        "values": {name: _plain(value) for name, value in error.values.items()},
    }


def from_record(stored: Mapping[str, Any], kind: type[E]) -> E:
    """The error that `record` made JSON of, as one of `kind`."""
    return kind(stored["code"], _value(stored["about"]), **{name: _value(value) for name, value in stored["values"].items()})


def _plain(value: object) -> Any:
    if isinstance(value, CodedError):
        return record(value)
    if isinstance(value, OSError) and value.errno is not None:
        return {"errno": value.errno}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return value if isinstance(value, int | float) else told(value)


def _value(stored: Any) -> object:
    if isinstance(stored, dict):
        return from_record(stored, QAError) if "code" in stored else OSError(stored["errno"], "")
    return [_value(each) for each in stored] if isinstance(stored, list) else stored


@lru_cache(maxsize=1)
def sentences() -> dict[str, dict[str, str]]:
    """Codes to their sentences by language."""
    import tomllib

    areas = tomllib.loads((Path(__file__).with_name("errors.toml")).read_text("utf-8"))
    return {f"{area}.{name}": sentence for area, names in areas.items() for name, sentence in names.items()}
