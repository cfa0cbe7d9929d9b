"""The files that an evaluation writes: by atomic rename, and never over a file of another kind."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from ..disk import write_whole
from ..errors import QAError

_BEGINNING = 2**20  # bytes at the beginning of a file that tell its kind


def check_target(
    option: str,
    file: str | os.PathLike[str],
    kind: Literal["rows", "report"],
    is_own: Callable[[bytes], bool],
    inputs: Sequence[str],
) -> None:
    """Raise `QAError` unless `file` can be written and is new, empty, or a result of the same `kind`.

    `option` is the command line's option that names it. `is_own` tells from the first bytes of an existing file whether it is
    such a result. `inputs` are the other files of the command, none of which it may be. Called before the long evaluation.
    """
    target = Path(file)
    try:
        status = target.stat()
    except FileNotFoundError:
        status = None  # a new file; whether its folder can be written to is tried below
    except OSError as error:
        raise _unwritten(target, error) from error
    except ValueError as error:
        raise QAError("evaluation.target_invalid", target, reason=error, option=option) from error
    for other in inputs:
        with suppress(OSError):
            if os.path.realpath(other) == os.path.realpath(target) or (status and os.path.samestat(status, os.stat(other))):
                raise QAError("evaluation.target_is_input", target, option=option)
    try:
        if status is not None:
            if not stat.S_ISREG(status.st_mode):
                raise QAError("evaluation.target_no_file", target, option=option)
            with target.open("rb") as stream:
                beginning = stream.read(_BEGINNING)
            if beginning.strip() and not is_own(beginning):
                code = "evaluation.target_other_rows" if kind == "rows" else "evaluation.target_other_report"
                raise QAError(code, target, option=option)
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        raise _unwritten(target, error) from error


def write_text(file: str | os.PathLike[str], text: str) -> None:
    """Write `text` to `file` by atomic rename, in UTF-8; a lone surrogate is written as its escape. Raises `QAError`."""
    target = Path(file)
    try:
        write_whole(target, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise _unwritten(target, error) from error


def _unwritten(target: Path, error: OSError) -> QAError:
    return QAError("evaluation.target_unwritten", target, reason=error)
