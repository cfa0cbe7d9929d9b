"""The files that an evaluation writes: each whole or not at all, and never over a file that is something else."""

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

_BEGINNING = 2**20  # bytes of a file by which it is known


def check_target(
    option: str,
    file: str | os.PathLike[str],
    kind: Literal["rows", "report"],
    is_own: Callable[[bytes], bool],
    inputs: Sequence[str],
) -> None:
    """Raise `QAError` unless `file`, which `option` names, can be written and holds nothing but a result of the same `kind`.

    `is_own` says of the beginning of a file that is there, which is not empty, whether it is such a result. `inputs` are files
    that are read by the same command and stay as they are. It is asked before the evaluation, which takes long.
    """
    target = Path(file)
    try:
        status = target.stat()
    except FileNotFoundError:
        status = None  # not there yet; whether it can be made is tried below
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
    """Write all of `text` to `file` or leave what was there. Raises `QAError`.

    A lone surrogate, which no UTF-8 holds, is written as its escape, as JSON has it.
    """
    target = Path(file)
    try:
        write_whole(target, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise _unwritten(target, error) from error


def _unwritten(target: Path, error: OSError) -> QAError:
    return QAError("evaluation.target_unwritten", target, reason=error)
