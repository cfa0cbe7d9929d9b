"""Files to texts. A text is the file's characters as they are: nothing replaced, nothing normalised."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from .tokens import HAN_RUN, known_words, mean_character_frequency, normalise
from .types import Citation, Document, DocumentError, Verification

SUFFIXES = (".txt", ".text", ".md", ".markdown", ".rst", ".log", ".srt")
READERS = "1"  # version, stored in an index: a change here makes the next build read every file anew
# Real text reaches one of the two: modern prose the share of words, 0.5 and more; classical prose and lists of names, which
# have few of the dictionary's words, the mean log10 frequency of a character, -3.8 and more. Korean and Japanese bytes read
# as Chinese get 0.3 and -4.4.
LEAST_CHINESE = 0.4
LEAST_FREQUENCY = -4.1
LARGEST = 64 * 1024 * 1024  # bytes; a larger text file is more likely a dump than a document


def read_documents(source: str | os.PathLike[str]) -> Iterator[Document | DocumentError]:
    """The documents of a file or of a folder and its sub-folders, in the order of their names.

    A file that cannot be read comes as the error that says why, in its place, so that nothing is lost silently. Files of
    other kinds come so too; hidden files and folders are passed over, and links are not followed.
    """
    root = Path(source)
    if not root.exists():
        raise DocumentError(f"{shown(root)}: no such file or folder; name the folder that holds your documents")
    if root.is_file():
        yield _read_or_error(root, root.name)
        return
    files: list[Path] = []
    unlisted: dict[Path, OSError] = {}

    def note(error: OSError) -> None:
        unlisted[Path(error.filename)] = error

    for folder, names, members in os.walk(root, followlinks=False, onerror=note):
        names[:] = sorted(name for name in names if not name.startswith("."))
        links = [name for name in names if (Path(folder) / name).is_symlink()]
        files += [Path(folder) / name for name in [*members, *links] if not name.startswith(".")]
    for file in sorted([*files, *unlisted], key=lambda file: file.relative_to(root).as_posix()):
        name = file.relative_to(root).as_posix()
        if file in unlisted:
            reason = unlisted[file].strerror or unlisted[file]
            yield DocumentError(f"{shown(file)}: {reason}; the folder was not read, check its permissions")
        elif file.is_symlink() or not file.is_file():
            yield DocumentError(f"{shown(file)}: is a link or not a plain file, passed over; put a copy of the file there")
        elif file.suffix.lower() not in SUFFIXES:
            yield DocumentError(f"{shown(file)}: {file.suffix or 'no suffix'} is not read yet; save it as .txt or .md (UTF-8)")
        else:
            yield _read_or_error(file, name)


def abilities() -> str:
    """What decides, beside the file, whether it can be read: when this changes, files that could not be are tried again."""
    return f"at most {LARGEST} bytes"


def unreadable_kind(path: str) -> str:
    """Why a file of this name is not read, in one line, or nothing if it is."""
    suffix = os.path.splitext(path)[1]
    if suffix.lower() in SUFFIXES:
        return ""
    return f"{shown(path)}: {suffix or 'no suffix'} is not read yet; save it as .txt or .md (UTF-8)"


def read_document(file: str | os.PathLike[str], source: str | None = None) -> Document:
    """One file as a document; `source` is the name it goes by. Raises `DocumentError`, naming the file and the remedy."""
    path = Path(file)
    try:
        if path.stat().st_size > LARGEST:
            raise DocumentError(f"{shown(path)}: is over {LARGEST // 2**20} MiB; split it")
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{shown(path)}: {error.strerror or error}; check the file and its permissions") from error
    try:
        text, encoding = decode(data)
    except ValueError as error:
        raise DocumentError(f"{shown(path)}: {error}; save it as UTF-8 text") from error
    digest = hashlib.sha256(data).hexdigest()
    return Document(source or path.name, str(path.absolute()), text, digest, encoding)


def decode(data: bytes) -> tuple[str, str]:
    """The text of `data` and the encoding it was in; ValueError when no encoding gives readable text.

    UTF-8 strictly first, byte-order marks, then GB18030 (which holds GBK and GB2312) and Big5. Those two decode almost any
    bytes, so the one whose text reads as Chinese is taken: its characters make up words of the dictionary, or
    are common ones.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return _without_nul(data.decode(encoding)), encoding
            except UnicodeDecodeError as error:
                raise ValueError(f"starts as {encoding} but byte {error.start} is not") from error
    _without_nul(data.decode("latin-1"))
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        place = error.start
    found = []
    for encoding in ("gb18030", "big5hkscs"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        share, frequency = _chinese_share(text), mean_character_frequency(text[:4000])
        if share >= LEAST_CHINESE or frequency >= LEAST_FREQUENCY:
            found.append((share, frequency, text, encoding))
    if not found:
        raise ValueError(f"is not UTF-8 (byte {place}) and no other encoding gives readable text")
    _, _, text, encoding = max(found)
    return text, encoding


_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds NUL bytes, so it is not a text file")
    return text


def _chinese_share(text: str) -> float:
    """The share of a text's characters beyond ASCII, marks aside, that stand in Chinese words of two characters or more.

    Real text has over half of them there; what another encoding's bytes give has few. The first 4000 characters tell.
    """
    folded = normalise(text[:4000])
    letters = [char for char in folded if char >= "\x80" and unicodedata.category(char)[0] in "LNCS"]
    held = sum(len(word) for run in HAN_RUN.findall(folded) for word in known_words(run) if len(word) > 1)
    return held / len(letters) if letters else 0.0


def verify_quote(citation: Citation) -> Verification:
    """Read the cited file again and compare."""
    name = shown(Path(citation.path))
    try:
        document = read_document(citation.path, citation.source)
    except DocumentError as error:
        return Verification(False, str(error))
    if document.text[citation.start : citation.end] != citation.quote:
        return Verification(False, f"{name}: the quotation no longer stands at characters {citation.start} to {citation.end}")
    if document.sha256 != citation.sha256:
        return Verification(True, f"{name}: the file has changed since it was indexed, but not at the quotation")
    return Verification(True, f"{name}: unchanged")


def _read_or_error(file: Path, source: str) -> Document | DocumentError:
    try:
        return read_document(file, source)
    except DocumentError as error:
        return error


def shown(path: str | Path) -> str:
    """A path on one line, whatever its name holds."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in str(path))
