"""Which kind of file it is, by what it holds first and by its name second."""

from __future__ import annotations

import io
import re
import zipfile

from .content import Unreadable

PLAIN = frozenset(
    """.txt .text .log .c .h .cc .cpp .hpp .cs .java .kt .scala .go .rs .py .pyi .rb .php .pl .lua .r .jl .swift .m .mm .js .mjs
    .cjs .ts .jsx .tsx .vue .svelte .css .scss .less .sh .bash .zsh .fish .ps1 .bat .cmd .sql .json .jsonl .ndjson .yaml .yml
    .toml .ini .cfg .conf .properties .xml .tex .bib .org .adoc .asciidoc .diff .patch .cmake .gradle .proto .graphql .tf .el
    .clj .ex .exs .erl .hs .ml .dart .nim .zig .asm .s .vb .pas .f90""".split()
)
_BY_SUFFIX = {
    ".md": "markdown", ".markdown": "markdown", ".mdx": "markdown", ".rst": "rst", ".srt": "subtitles", ".vtt": "subtitles",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".mhtml": "mhtml", ".mht": "mhtml", ".csv": "values", ".tsv": "tabs",
    ".tab": "tabs",
}  # fmt: skip
_BY_CONTENT = {
    ".pdf": "PDF", ".docx": "Word", ".docm": "Word", ".pptx": "PowerPoint", ".pptm": "PowerPoint", ".xlsx": "Excel",
    ".xlsm": "Excel", ".xlsb": "Excel", ".xls": "Excel", ".ods": "OpenDocument", ".epub": "EPUB",
}  # fmt: skip
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"GIF8", b"BM")
_IMAGE_SUFFIXES = frozenset(".png .jpg .jpeg .tif .tiff .gif .bmp .webp".split())
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD = {".doc": "Word", ".dot": "Word", ".ppt": "PowerPoint", ".pps": "PowerPoint"}
_PAGE = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL)
_MESSAGE = re.compile(rb"(?:From|MIME-Version|Snapshot-Content-Location|Subject|Content-Type):", re.IGNORECASE)
_HEAD = 4096  # bytes of a file's beginning that tell its kind

# Kinds whose parsing is left to a process of its own, which can be stopped.
ISOLATED = frozenset(("pdf", "word", "slides", "workbook", "epub", "html", "mhtml", "image"))


def kind_of(suffix: str, data: bytes) -> str:  # noqa: PLR0911 - one a kind
    """The kind of a file with this suffix and these bytes; `Unreadable` says why none reads it."""
    suffix = suffix.lower()
    head = data[:_HEAD]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(_OLE):
        return _ole_kind(suffix, data)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(suffix, data)
    if head.startswith(b"{\\rtf"):
        raise Unreadable("is Rich Text; save it as .docx or .pdf")
    if (head.startswith(_IMAGES) and b"\0" in head) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "image"
    if suffix in _BY_CONTENT:
        raise Unreadable(f"is no {_BY_CONTENT[suffix]} file, whatever its name says; save it again or delete it")
    if suffix in _OLD or suffix in _IMAGE_SUFFIXES:
        raise Unreadable(f"is no {suffix} file, whatever its name says; save it again or delete it")
    if suffix in _BY_SUFFIX:
        return "mhtml" if suffix in (".html", ".htm") and _is_message(head) else _BY_SUFFIX[suffix]
    if suffix in PLAIN or not suffix:
        if suffix in (".txt", ".text", "") and _PAGE.match(head):
            return "html"
        return "plain"
    raise Unreadable(f"{suffix} is not a kind that is read; save it as .txt, .pdf, .docx or .html")


def reads_as_it_is(suffix: str) -> bool:
    """Whether a file with this suffix is likely to be read in this process, quickly, and its text to be its characters."""
    suffix = suffix.lower()
    return suffix in PLAIN or not suffix or _BY_SUFFIX.get(suffix, "html") not in ISOLATED


def _is_message(head: bytes) -> bool:
    return bool(_MESSAGE.match(head.lstrip())) and b"multipart/related" in head


def _ole_kind(suffix: str, data: bytes) -> str:
    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        raise Unreadable("is encrypted; save it without a password")
    if holds("WordDocument") or suffix in (".doc", ".dot"):
        raise Unreadable("is of Word 97-2003; save it as .docx")
    if holds("PowerPoint Document") or suffix in (".ppt", ".pps"):
        raise Unreadable("is of PowerPoint 97-2003; save it as .pptx")
    if holds("Workbook") or holds("Book"):
        return "workbook"
    raise Unreadable("is an old Office container of another kind; save it as .docx, .xlsx or .pdf")


def _zip_kind(suffix: str, data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except Exception as error:  # `zipfile` raises what it likes over damaged directories
        raise Unreadable("is a damaged container; save it again with the program that made it") from error
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
    raise Unreadable("is a ZIP archive; unpack it and put what it holds there")
