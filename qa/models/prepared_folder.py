"""The folder of a prepared model: made once, verified whenever it is opened, and made again when it is damaged.

It has the model's files and `prepared.json`: the model's properties, the SHA-256 of each file, and one of `prepared.json` itself.
`verified.json` has the stamps of the files when their hashes were last verified.
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
    """The properties of the prepared model in `folder`; the model is made first if it is missing or damaged.

    `make` gets an empty folder, writes the model's files into it, and returns the model's properties as a JSON object. A second
    process waits for the first. Raises `ModelError` when the folder cannot be written or read back.
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
    """Write `prepared.json`, with the properties `known`, next to the model's files in `folder`."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    stored: dict[str, Any] = {**known, "files": {file.name: sha256_of(file) for file in files}}
    stored["digest"] = _digest(stored)
    (folder / "prepared.json").write_text(json.dumps(stored, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _read(folder: Path) -> dict[str, Any] | None:
    """The properties of the prepared model in `folder`; None when it is missing or a hash is wrong."""
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
    """Whether the files in `folder` have the SHA-256 in `digests`, by name; not read again if all stamps are unchanged."""
    stamps = {name: list(astuple(Stamp.of((folder / name).stat()))) for name in digests}
    verified = folder / "verified.json"
    with suppress(OSError, ValueError):  # not there the first time
        if json.loads(verified.read_text("ascii")) == stamps:
            return True
    if any(sha256_of(folder / name) != digest for name, digest in digests.items()):
        return False
    with suppress(OSError):  # not writable, another user's: the hashes are computed again next time
        write_whole(verified, json.dumps(stamps).encode("ascii"))
    return True
