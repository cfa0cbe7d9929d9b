"""Determines the kind of a file: its format, by its contents first and its suffix second."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from xml.parsers.expat import ExpatError, ParserCreate

from ..config import Limits
from .content import Unreadable
from .zip_directory import folded, member_names

PLAIN = frozenset(
    """.txt .text .log .c .h .cc .cpp .hpp .cs .java .kt .scala .go .rs .py .pyi .rb .php .pl .lua .r .jl .swift .m .mm .js .mjs
    .cjs .ts .jsx .tsx .vue .svelte .css .scss .less .sh .bash .zsh .fish .ps1 .bat .cmd .sql .yaml .yml
    .toml .ini .cfg .conf .properties .xml .bib .org .adoc .asciidoc .diff .patch .cmake .gradle .proto .graphql .tf .el
    .clj .ex .exs .erl .hs .ml .dart .nim .zig .asm .s .vb .pas .f90""".split()
)
# Suffix -> kind, for formats that their contents do not identify.
_BY_SUFFIX = {
    ".md": "markdown", ".markdown": "markdown", ".mdx": "markdown", ".rst": "rst", ".srt": "subtitles", ".vtt": "subtitles",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".mhtml": "mhtml", ".mht": "mhtml", ".csv": "values", ".tsv": "tabs",
    ".tab": "tabs", ".eml": "mail", ".ipynb": "notebook", ".tex": "tex", ".ltx": "tex", ".fb2": "fiction_book",
    ".ass": "scripted_subtitles", ".ssa": "scripted_subtitles", ".json": "json", ".jsonl": "json_lines", ".ndjson": "json_lines",
}  # fmt: skip
# Suffix -> name of the format in messages, for formats that are identified by their contents.
_BY_CONTENT = {
    ".pdf": "PDF", ".docx": "Word", ".docm": "Word", ".dotx": "Word", ".doc": "Word", ".dot": "Word", ".wps": "WPS",
    ".pptx": "PowerPoint", ".pptm": "PowerPoint", ".ppsx": "PowerPoint", ".ppt": "PowerPoint", ".pps": "PowerPoint",
    ".dps": "WPS", ".xlsx": "Excel", ".xlsm": "Excel", ".xlsb": "Excel", ".xls": "Excel", ".et": "WPS", ".odt": "OpenDocument",
    ".odp": "OpenDocument", ".ods": "OpenDocument", ".epub": "EPUB", ".rtf": "RTF", ".ofd": "OFD", ".zip": "ZIP",
    ".msg": "Outlook",
}  # fmt: skip
# Programs write web pages, tables and text under these names: what they hold is read. Suffix -> the kind of a text.
_NAMED_AS_OFFICE = {
    **dict.fromkeys((".doc", ".docx", ".docm", ".dot", ".wps", ".odt", ".rtf"), "plain"),
    **dict.fromkeys((".xls", ".xlsx", ".xlsm", ".xlsb", ".et", ".ods"), "values"),
}
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"GIF8", b"BM")
_IMAGE_SUFFIXES = frozenset(".png .jpg .jpeg .tif .tiff .gif .bmp .webp".split())
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The beginning of an HTML page, and of one under another kind's name. Possessive quantifiers keep the time linear in the length.
_BEFORE_PAGE = rb"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?:(?!-->).)*+-->\s*+)*+"
_PAGE = re.compile(_BEFORE_PAGE + rb"<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL)
_MARKED_UP = re.compile(
    _BEFORE_PAGE + rb"<(?:!doctype\s+html|html|head|body|meta|style|table|div|p|h[1-6])[\s>/]", re.IGNORECASE | re.DOTALL
)
_MESSAGE = re.compile(rb"(?:From|Date|Message-ID|MIME-Version|Snapshot-Content-Location|Subject|Content-Type):", re.IGNORECASE)
_OFFICE_FOLDERS = {"word/": "word", "ppt/": "slides", "xl/": "workbook"}
_OFFICE_PARTS = ("word/document.xml", "ppt/presentation.xml", "xl/workbook.xml", "xl/workbook.bin")
_OFFICE_XML = b"<?mso-application"
_OFFICE_ROOTS = {
    "urn:schemas-microsoft-com:office:spreadsheet Workbook": "workbook",
    "http://schemas.microsoft.com/office/2006/xmlPackage package": "flat_office",
    "http://schemas.microsoft.com/office/word/2003/wordml wordDocument": "flat_office",
}
_DECLARED = re.compile(r"\s{0,100}<\?xml\s[^>]{0,200}\?>")
_HEAD = 4096  # bytes at the beginning that are examined

# Kinds whose parsers may hang, use much memory or crash. They are read in a separate process, which can be killed, as is every
# file larger than `LARGEST_HERE`: the limits on time and memory hold there only, and text too takes many times its size.
_SLOW = frozenset(
    """pdf word slides workbook epub html mhtml image rich_text archive outlook old_word old_slides mail notebook tex fiction_book
    open_document fixed_layout flat_office""".split()
)
_ISOLATED = _SLOW | {"values", "tabs"}
LARGEST_HERE = 64 * 2**10  # bytes, read in milliseconds


def kind_of(suffix: str, data: bytes, limits: Limits) -> str:  # noqa: PLR0911 - one return for each kind
    """The kind of the file with the bytes `data` and the suffix `suffix`. Raises `Unreadable` if no reader can read it.

    Only the directory of a container is parsed, of ZIP up to `limits.members` entries. The time is linear in the length of
    `data`.
    """
    suffix = suffix.lower()
    head = data[:_HEAD]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(_OLE):
        return _ole_kind(data)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(suffix, member_names(data, limits), head)
    if head.startswith(b"{\\rtf"):
        return "rich_text"
    if (head.startswith(_IMAGES) and b"\0" in head) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "image"
    if suffix in _BY_CONTENT or suffix in _IMAGE_SUFFIXES:
        return _named_as_office(suffix, head)
    if suffix in _BY_SUFFIX:
        return "mhtml" if suffix in (".html", ".htm") and _is_message(head) else _BY_SUFFIX[suffix]
    if suffix in PLAIN or not suffix:
        if suffix in (".txt", ".text", "") and _PAGE.match(head):
            return "html"
        if suffix == ".xml" and (kind := _office_xml(head)):
            return kind
        return "plain"
    raise Unreadable("documents.unknown_kind", suffix=suffix)


def is_isolated(kind: str, size: int) -> bool:
    """Whether a file of this kind and size in bytes is read in a separate process."""
    return kind in _ISOLATED or size > LARGEST_HERE


def is_slow(kind: str) -> bool:
    """Whether a file of this kind may take so long to read that a user should not wait for it."""
    return kind in _SLOW


def reads_as_it_is(suffix: str) -> bool:
    """Whether a file with this suffix is plain text, Markdown, subtitles or the like, judged by the suffix alone."""
    suffix = suffix.lower()
    return suffix in PLAIN or not suffix or _BY_SUFFIX.get(suffix, "html") not in _SLOW


def _is_message(head: bytes) -> bool:
    return bool(_MESSAGE.match(head.lstrip())) and b"multipart/related" in head.lower()


def _office_xml(head: bytes) -> str:
    """The kind of a piece of XML whose root is that of an Office file, else ""; its names are ASCII in every encoding."""
    names: list[str] = []
    parser = ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _: names.append(name)
    with suppress(ExpatError):
        parser.Parse(_DECLARED.sub("", head.removeprefix(b"\xef\xbb\xbf").decode("latin-1"), count=1))
    return _OFFICE_ROOTS.get(names[0], "") if names else ""


def _named_as_office(suffix: str, head: bytes) -> str:
    """The kind of a text under the name of an Office file, as programs write them that have no library for the real one."""
    text = head
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.decode("utf-16", "ignore").encode("ascii", "ignore")
    text = text.removeprefix(b"\xef\xbb\xbf")
    if suffix in _NAMED_AS_OFFICE and b"\0" not in text:
        if kind := _office_xml(text):
            return kind
        if _OFFICE_XML in text:
            raise Unreadable("documents.office_xml")
        if _is_message(text):
            return "mhtml"
        if _MARKED_UP.match(text):
            return "html"
        if suffix == ".rtf" and text.startswith(b"{\\pard"):  # paragraphs that a program wrote without the file around them
            return "rich_text"
        if head.strip():
            return _NAMED_AS_OFFICE[suffix]
    raise Unreadable("documents.not_what_it_is_called", kind=_BY_CONTENT.get(suffix, suffix))


def _ole_kind(data: bytes) -> str:
    """The kind of an OLE file, by the streams at the top of its directory; objects inside it have theirs further down."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            streams = {path[0].lower() for path in ole.listdir() if len(path) == 1}
    except Exception as error:  # what it raises for damage is many things, IndexError among them
        raise Unreadable("documents.damaged_container") from error
    if "__properties_version1.0" in streams:
        return "outlook"
    if "encryptedpackage" in streams:
        raise Unreadable("documents.encrypted")
    if "worddocument" in streams:
        return "old_word"
    if "powerpoint document" in streams:
        return "old_slides"
    if streams & {"workbook", "book"}:
        return "workbook"
    raise Unreadable("documents.other_old_office")


def _zip_kind(suffix: str, members: list[str], head: bytes) -> str:
    names = set(map(folded, members))
    if "meta-inf/container.xml" in names:
        return "epub"
    if "[content_types].xml" in names or not names.isdisjoint(_OFFICE_PARTS):
        for folder, kind in _OFFICE_FOLDERS.items():
            if any(name.startswith(folder) for name in names):
                return kind
    if "ofd.xml" in names:
        return "fixed_layout"
    if suffix == ".ods" or head[38:].startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return "workbook"
    if suffix in (".odt", ".odp", ".ott", ".otp") or head[38:].startswith(b"application/vnd.oasis.opendocument."):
        return "open_document"
    return "archive"
