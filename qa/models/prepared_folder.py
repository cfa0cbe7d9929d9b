"""The folder of a prepared model: made once, checked at every start, made anew when it is damaged.

It holds the model's files and `prepared.json`, which says what is known of the model, with the SHA-256 of each file and of
itself. `verified.json` has the stamps that the files had when they were last read and found to be whole.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import Any

from ..disk import Stamp, move, remove, sha256_of, write_whole
from ..errors import ModelError


def prepared_once(folder: Path, make: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """What is known of the prepared model in `folder`, which is made now unless it is there whole.

    `make` is given an empty folder, leaves the model's files in it and returns what is known of the model, as JSON. Of two
    processes at once the second waits for the first. Raises `ModelError` when the disk does not take the model.
    """
    from filelock import FileLock

    known = _read(folder)
    if known is not None:
        return known
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            known = _read(folder)
            if known is not None:
                return known
            remove(folder)  # damaged, or left by an interrupted removal
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".preparing-") as temporary:
                made = Path(temporary) / "model"
                made.mkdir()
                _write(made, make(made))
                move(made, folder)
    except OSError as error:
        raise ModelError("models.not_prepared", error.filename or folder, reason=error) from error
    known = _read(folder)
    if known is None:
        raise ModelError("models.not_read_back", folder)
    return known


def _write(folder: Path, known: Mapping[str, Any]) -> None:
    """Write `prepared.json` beside the model's files."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    stored: dict[str, Any] = {**known, "files": {file.name: sha256_of(file) for file in files}}
    stored["digest"] = _digest(stored)
    (folder / "prepared.json").write_text(json.dumps(stored, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _read(folder: Path) -> dict[str, Any] | None:
    """What is known of the prepared model in `folder`; None when it is not there or not byte for byte what was written."""
    try:
        stored = json.loads((folder / "prepared.json").read_text("utf-8"))
        if stored.pop("digest") != _digest(stored) or not _is_whole(folder, stored.pop("files")):
            return None
        return dict(stored)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _digest(stored: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()


def _is_whole(folder: Path, digests: Mapping[str, str]) -> bool:
    """Whether the files have these SHA-256. Those that were not written to since they were last read are not read again."""
    stamps = {name: list(astuple(Stamp.of((folder / name).stat()))) for name in digests}
    verified = folder / "verified.json"
    with suppress(OSError, ValueError):  # the first time it is not there
        if json.loads(verified.read_text("ascii")) == stamps:
            return True
    if any(sha256_of(folder / name) != digest for name, digest in digests.items()):
        return False
    with suppress(OSError):  # another user's folder: its files are read again the next time
        write_whole(verified, json.dumps(stamps).encode("ascii"))
    return True
