"""The reader of each kind of file, with all of its errors turned into `Unreadable`."""

from __future__ import annotations

from importlib import import_module

from ..config import Limits
from .content import Content, Unreadable, timed
from .encodings import Undecodable

_READERS = {
    "plain": ("plain", "read_plain"),
    "markdown": ("plain", "read_markdown"),
    "rst": ("plain", "read_rst"),
    "subtitles": ("subtitles", "read_subtitles"),
    "json": ("records", "read_json"),
    "json_lines": ("records", "read_json_lines"),
    "values": ("sheets", "read_values"),
    "tabs": ("sheets", "read_tabs"),
    "html": ("html", "read_html"),
    "mhtml": ("html", "read_mhtml"),
    "pdf": ("pdf", "read_pdf"),
    "word": ("word", "read_word"),
    "slides": ("slides", "read_slides"),
    "workbook": ("sheets", "read_workbook"),
    "epub": ("epub", "read_epub"),
    "image": ("ocr", "read_image"),
    "old_word": ("old_word", "read_old_word"),
    "old_slides": ("old_slides", "read_old_slides"),
    "mail": ("mail", "read_mail"),
    "outlook": ("mail", "read_outlook"),
    "archive": ("archive", "read_archive"),
    "notebook": ("notebook", "read_notebook"),
    "tex": ("tex", "read_tex"),
    "fiction_book": ("fiction_book", "read_fiction_book"),
    "rich_text": ("rich_text", "read_rich_text"),
    "open_document": ("open_document", "read_open_document"),
    "fixed_layout": ("fixed_layout", "read_fixed_layout"),
    "flat_office": ("flat_office", "read_flat_office"),
    "scripted_subtitles": ("subtitles", "read_scripted_subtitles"),
}


def read_content(kind: str, data: bytes, limits: Limits) -> Content:
    """The content of a file with the bytes `data`, of the kind `kind`, read in this process. Any failure raises `Unreadable`."""
    module, name = _READERS[kind]
    try:
        with timed():
            content: Content = getattr(import_module(f".formats.{module}", __package__), name)(data, limits)
    except Unreadable:
        raise
    except Undecodable as error:
        raise Unreadable("documents.undecodable", reason=error) from error
    except ImportError as error:
        raise Unreadable("documents.needs_package", name=error.name or str(error)) from error
    except MemoryError as error:
        raise Unreadable("documents.too_much_memory") from error
    except Exception as error:  # a bug in a library must not stop the build
        raise Unreadable("documents.reader_failed", error=type(error).__name__, reason=error) from error
    return content
