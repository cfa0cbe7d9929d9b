"""Determines the kind of a file: its format, by its contents first and its suffix second."""

from __future__ import annotations

import re

from ..config import Limits
from .content import Unreadable
from .zip_directory import member_names

PLAIN = frozenset(
    """.txt .text .log .c .h .cc .cpp .hpp .cs .java .kt .scala .go .rs .py .pyi .rb .php .pl .lua .r .jl .swift .m .mm .js .mjs
    .cjs .ts .jsx .tsx .vue .svelte .css .scss .less .sh .bash .zsh .fish .ps1 .bat .cmd .sql .json .jsonl .ndjson .yaml .yml
    .toml .ini .cfg .conf .properties .xml .tex .bib .org .adoc .asciidoc .diff .patch .cmake .gradle .proto .graphql .tf .el
    .clj .ex .exs .erl .hs .ml .dart .nim .zig .asm .s .vb .pas .f90""".split()
)
# Suffix -> kind, for formats that their contents do not identify.
_BY_SUFFIX = {
    ".md": "markdown", ".markdown": "markdown", ".mdx": "markdown", ".rst": "rst", ".srt": "subtitles", ".vtt": "subtitles",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".mhtml": "mhtml", ".mht": "mhtml", ".csv": "values", ".tsv": "tabs",
    ".tab": "tabs",
}  # fmt: skip
# Suffix -> name of the format in messages, for formats that are identified by their contents.
_BY_CONTENT = {
    ".pdf": "PDF", ".docx": "Word", ".docm": "Word", ".pptx": "PowerPoint", ".pptm": "PowerPoint", ".xlsx": "Excel",
    ".xlsm": "Excel", ".xlsb": "Excel", ".xls": "Excel", ".ods": "OpenDocument", ".epub": "EPUB",
}  # fmt: skip
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"GIF8", b"BM")
_IMAGE_SUFFIXES = frozenset(".png .jpg .jpeg .tif .tiff .gif .bmp .webp".split())
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD = frozenset(".doc .dot .ppt .pps".split())
# The beginning of an HTML page. Possessive quantifiers keep the time linear in the length.
_PAGE = re.compile(
    rb"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL
)
_MESSAGE = re.compile(rb"(?:From|MIME-Version|Snapshot-Content-Location|Subject|Content-Type):", re.IGNORECASE)
_HEAD = 4096  # bytes at the beginning that are examined

# Kinds whose parsers may hang, use much memory or crash. They are read in a separate process, which can be killed, as is every
# file larger than `LARGEST_HERE`.
_ISOLATED = frozenset(("pdf", "word", "slides", "workbook", "epub", "html", "mhtml", "image"))
LARGEST_HERE = 4 * 2**20  # bytes; decoding takes tens of milliseconds per MiB and several times the file's size in memory


def kind_of(suffix: str, data: bytes, limits: Limits) -> str:  # noqa: PLR0911 - one return for each kind
    """The kind of the file with the bytes `data` and the suffix `suffix`. Raises `Unreadable` if no reader can read it.

    Only the directory of a ZIP container is parsed, up to `limits.members` entries. The time is linear in the length of `data`.
    """
    suffix = suffix.lower()
    head = data[:_HEAD]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(_OLE):
        return _ole_kind(suffix, data)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(suffix, member_names(data, limits))
    if head.startswith(b"{\\rtf"):
        raise Unreadable("documents.rich_text")
    if (head.startswith(_IMAGES) and b"\0" in head) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "image"
    if suffix in _BY_CONTENT or suffix in _OLD or suffix in _IMAGE_SUFFIXES:
        raise Unreadable("documents.not_what_it_is_called", kind=_BY_CONTENT.get(suffix, suffix))
    if suffix in _BY_SUFFIX:
        return "mhtml" if suffix in (".html", ".htm") and _is_message(head) else _BY_SUFFIX[suffix]
    if suffix in PLAIN or not suffix:
        if suffix in (".txt", ".text", "") and _PAGE.match(head):
            return "html"
        return "plain"
    raise Unreadable("documents.unknown_kind", suffix=suffix)


def is_isolated(kind: str, size: int) -> bool:
    """Whether a file of this kind and size in bytes is read in a separate process."""
    return kind in _ISOLATED or size > LARGEST_HERE


def reads_as_it_is(suffix: str) -> bool:
    """Whether a file with this suffix is plain text, Markdown, subtitles or the like, judged by the suffix alone."""
    suffix = suffix.lower()
    return suffix in PLAIN or not suffix or _BY_SUFFIX.get(suffix, "html") not in _ISOLATED


def _is_message(head: bytes) -> bool:
    return bool(_MESSAGE.match(head.lstrip())) and b"multipart/related" in head


def _ole_kind(suffix: str, data: bytes) -> str:
    """The kind of an OLE file, by stream names, searched for in its bytes: the directory is not parsed here."""

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        raise Unreadable("documents.encrypted")
    if holds("WordDocument") or suffix in (".doc", ".dot"):
        raise Unreadable("documents.word_97")
    if holds("PowerPoint Document") or suffix in (".ppt", ".pps"):
        raise Unreadable("documents.powerpoint_97")
    if holds("Workbook") or holds("Book"):
        return "workbook"
    raise Unreadable("documents.other_old_office")


def _zip_kind(suffix: str, members: list[str]) -> str:
    names = set(members)
    if "word/document.xml" in names or "word/document2.xml" in names:
        return "word"
    if "ppt/presentation.xml" in names:
        return "slides"
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        return "workbook"
    if "META-INF/container.xml" in names:
        return "epub"
    if suffix == ".ods":
        return "workbook"
    raise Unreadable("documents.zip_archive")
