"""A file's bytes to its content: the reader for its kind, and one line for whatever goes wrong in it."""

from __future__ import annotations

from importlib import import_module

from ..config import Limits
from .content import Content, Unreadable

_READERS = {
    "plain": ("plain", "read_plain"),
    "markdown": ("plain", "read_markdown"),
    "rst": ("plain", "read_rst"),
    "subtitles": ("subtitles", "read_subtitles"),
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
}


def read_content(kind: str, data: bytes, limits: Limits) -> Content:
    """The content of a file of `kind`; `Unreadable` for every file that has none, whatever its reader stumbled over."""
    module, name = _READERS[kind]
    try:
        content: Content = getattr(import_module(f".formats.{module}", __package__), name)(data, limits)
    except Unreadable:
        raise
    except ImportError as error:
        raise Unreadable(f"needs the package {error.name}; pip install -r requirements.txt") from error
    except MemoryError as error:
        raise Unreadable("takes too much memory to read; split it or raise the limit memory_mb") from error
    except ValueError as error:
        raise Unreadable(f"{_first_line(error)}; save it as UTF-8 text") from error
    except Exception as error:  # one file that a library cannot take must not stop a build
        raise Unreadable(f"cannot be read ({type(error).__name__}: {_first_line(error)}); save it again or convert it") from error
    return content


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else "no reason given"
