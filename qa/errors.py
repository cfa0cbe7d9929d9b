"""The errors that a user can cause or fix. Each has a code and values, and is rendered in English or Chinese.

The sentences are in `errors.toml`, one table for the whole package: `[area.name]` with the keys `en` and `zh`. In a sentence
`{name}` is replaced by the error's value of that name. The text before the semicolon says what is wrong, the text after it what
to do. An error may be about something, most often a file, which is written before the sentence. So
`DocumentError("documents.empty", "a.txt")` reads "a.txt: is empty; put text into it", and in Chinese
"a.txt：是空文件；请写入文字". Programs compare `code` and read `values`, never the sentence.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

Language = Literal["en", "zh"]
E = TypeVar("E", bound="CodedError")

LONGEST_VALUE = 300  # characters to which a value is cut: another library's message, or a text from a file


_AS_MODULE = "python -m qa"


def program() -> str:
    """What the command line is called: `cited-qa` where that is installed beside this Python or called, else by its module."""
    if Path(sys.argv[0]).stem == "cited-qa" or any(Path(sys.executable).parent.glob("cited-qa*")):
        return "cited-qa"
    return _AS_MODULE


class Whole(str):
    """A value that `told` never cuts, such as a command for the user to type."""


class CodedError(Exception):
    """An error with a sentence in `errors.toml`.

    `code` is its key in the table. `about` is what the error is about, such as a file; "" for nothing. `values` replace the
    `{name}` fields of the sentence: texts, numbers, paths, sequences of texts, or other errors.
    """

    def __init__(self, code: str, about: object = "", **values: object) -> None:
        super().__init__(code, about)
        self.code = code
        self.about = about
        self.values = values

    def sentence(self, language: Language = "en") -> str:
        """The sentence in `language`, on one line, without `about`. Raises KeyError for a code that is not in the table."""
        known = {name: told(value, language) for name, value in self.values.items()}
        return sentences()[self.code][language].format_map(known).replace(_AS_MODULE, program())

    def told(self, language: Language = "en") -> str:
        """The error as one line of text in `language`. Raises KeyError for a code that is not in the table."""
        sentence = self.sentence(language)
        if self.about == "":
            return sentence
        about = self.about.told(language) if isinstance(self.about, CodedError) else one_line(self.about)
        return f"{about}{'：' if language == 'zh' else ': '}{sentence}"

    def __str__(self) -> str:
        return self.told()

    def __reduce__(self) -> Any:
        return from_record, (record(self), type(self))


class QAError(CodedError):
    """Base class of the package's errors. Its text is one line that names what it is about and what to do."""


class DocumentError(QAError):
    """A file cannot be read as a document."""


class IndexNotFound(QAError):
    """There is no index in the folder."""


class IndexMismatch(QAError):
    """The index was built with a different model, tokenizer, splitter or format from the one in use."""


class IndexCorrupt(QAError):
    """A file of the index is missing, or its contents differ from what was written."""


class ModelError(QAError):
    """The embedding model cannot be found, fetched, read or verified."""


def told(value: object, language: Language = "en") -> str:
    """A value of an error as one line of text in `language`.

    Another error is rendered by its own sentence, an OSError by `system_error`, a sequence as its items separated by commas. Of
    any other value the first line, cut to `LONGEST_VALUE` characters; a path and a `Whole` are never cut.
    """
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
    """What the errno `number` means in `language`; the operating system's own message if `errors.toml` does not have it."""
    name = errno.errorcode.get(number, "")
    sentence = sentences().get(f"system.{name}")
    return sentence[language] if sentence else one_line(os.strerror(number))


# What to do about an errno; where none is named here, the same again.
_REMEDIES = {
    errno.ENOSPC: "remedy.space",
    errno.EDQUOT: "remedy.space",
    errno.EFBIG: "remedy.size",
    errno.EMFILE: "remedy.handles",
    errno.ENFILE: "remedy.handles",
    errno.ENOMEM: "remedy.memory",
    errno.ENOLCK: "remedy.locks",
    errno.EACCES: "remedy.forbidden",
    errno.EPERM: "remedy.forbidden",
    errno.EROFS: "remedy.read_only",
    errno.EIO: "remedy.failing",
    errno.EUCLEAN: "remedy.failing",
    errno.ENAMETOOLONG: "remedy.shorter",
    errno.ENOENT: "remedy.path",
    errno.ENOTDIR: "remedy.path",
    errno.EISDIR: "remedy.path",
    errno.ENODEV: "remedy.path",
    errno.ENXIO: "remedy.path",
    errno.ELOOP: "remedy.path",
}


def remedy(error: OSError) -> QAError:
    """What to do about an error of reading or writing, as a value for the sentence of another error."""
    return QAError(_REMEDIES.get(error.errno or 0, "remedy.again"))


def one_line(text: object) -> str:
    """`text` on one line: each unprintable character, a line break among them, is replaced by its Python escape."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in str(text))


def record(error: CodedError) -> dict[str, Any]:
    """An error as a JSON object `{code, about, values}`, which `from_record` reads back.

    Of the values, a coded error becomes a record, an OSError `{errno}`, a sequence a list; numbers stay, the rest becomes text.
    """
    return {
        "code": error.code,
        "about": _plain(error.about),
        "values": {name: _plain(value) for name, value in error.values.items()},
    }


def from_record(stored: Mapping[str, Any], kind: type[E]) -> E:
    """The error of class `kind` that `record` turned into `stored`. Raises ValueError if its code or values are unknown."""
    try:
        error = kind(stored["code"], _value(stored["about"]), **{name: _value(value) for name, value in stored["values"].items()})
        for language in ("en", "zh"):
            error.told(language)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as problem:
        raise ValueError("no error of this version") from problem
    return error


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
    """The table `errors.toml`: code -> language -> sentence."""
    import tomllib

    areas = tomllib.loads((Path(__file__).with_name("errors.toml")).read_text("utf-8"))
    return {f"{area}.{name}": sentence for area, names in areas.items() for name, sentence in names.items()}
