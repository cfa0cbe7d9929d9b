"""Files to texts. A text is the file's characters as they are: nothing replaced, nothing normalised."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from .types import Citation, Document, DocumentError, Verification

SUFFIXES = (".txt", ".text", ".md", ".markdown", ".rst", ".log", ".srt")
LARGEST = 64 * 1024 * 1024  # bytes; a larger text file is more likely a dump than a document


def read_documents(source: str | os.PathLike[str]) -> Iterator[Document | DocumentError]:
    """The documents of a file or of a folder and its sub-folders, in the order of their names.

    A file that cannot be read comes as the error that says why, in its place, so that nothing is lost silently. Files of
    other kinds come so too; hidden files and folders are passed over, and links are not followed.
    """
    root = Path(source)
    if not root.exists():
        raise DocumentError(f"{root}: no such file or folder; name the folder that holds your documents")
    if root.is_file():
        yield _read_or_error(root, root.name)
        return
    files = []
    for folder, names, members in os.walk(root, followlinks=False):
        names[:] = sorted(name for name in names if not name.startswith("."))
        files += [Path(folder) / name for name in members if not name.startswith(".")]
    for file in sorted(files, key=lambda file: file.relative_to(root).as_posix()):
        name = file.relative_to(root).as_posix()
        if file.is_symlink() or not file.is_file():
            yield DocumentError(f"{_shown(file)}: is a link or not a plain file, passed over; put a copy of the file there")
        elif file.suffix.lower() not in SUFFIXES:
            yield DocumentError(f"{_shown(file)}: {file.suffix or 'no suffix'} is not read yet; save it as .txt or .md (UTF-8)")
        else:
            yield _read_or_error(file, name)


def read_document(file: str | os.PathLike[str], source: str | None = None) -> Document:
    """One file as a document; `source` is the name it goes by. Raises `DocumentError`, naming the file and the remedy."""
    path = Path(file)
    try:
        if path.stat().st_size > LARGEST:
            raise DocumentError(f"{_shown(path)}: is over {LARGEST // 2**20} MiB; split it")
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{_shown(path)}: {error.strerror or error}; check the file and its permissions") from error
    try:
        text, encoding = decode(data)
    except ValueError as error:
        raise DocumentError(f"{_shown(path)}: {error}; save it as UTF-8 text") from error
    digest = hashlib.sha256(data).hexdigest()
    return Document(source or path.name, str(path.absolute()), text, digest, encoding)


def decode(data: bytes) -> tuple[str, str]:
    """The text of `data` and the encoding it was in; ValueError when no encoding gives readable text.

    UTF-8 strictly first, byte-order marks, then GB18030 (which holds GBK and GB2312) and Big5. Those two decode almost any
    bytes, so the one whose text reads as Chinese is taken: most of its characters beyond ASCII are common ones.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise ValueError(f"starts as {encoding} but byte {error.start} is not") from error
    if b"\0" in data:
        raise ValueError("holds NUL bytes, so it is not a text file")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        place = error.start
    best, best_share, best_encoding = "", 0.0, ""
    for encoding in ("gb18030", "big5hkscs"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        share = _common_share(text)
        if share > best_share:
            best, best_share, best_encoding = text, share, encoding
    if best_share < 0.6:
        raise ValueError(f"is not UTF-8 (byte {place}) and no other encoding gives readable text")
    return best, best_encoding


def _common_share(text: str) -> float:
    """The share of the characters beyond ASCII that Chinese text is made of.

    Characters of GB2312's first level and of Big5's are the common ones of either script.
    """
    total = common = 0
    for char in text[:20000]:
        if char < "\x80":
            continue
        total += 1
        if char in "，。、；：？！“”‘’（）《》「」『』【】…—·　" or unicodedata.category(char) == "Zs":
            common += 1
            continue
        for encoding, low, high in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
            try:
                lead = char.encode(encoding)[0]
            except UnicodeEncodeError:
                continue
            if low <= lead <= high:
                common += 1
                break
    return common / total if total else 0.0


def verify_quote(citation: Citation) -> Verification:
    """Read the cited file again and compare."""
    name = _shown(Path(citation.path))
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


def _shown(path: Path) -> str:
    """A path on one line, whatever its name holds."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in str(path))
