"""Reads notebooks (.ipynb): text, code and what the code printed, cell by cell."""

from __future__ import annotations

import json
import re
from typing import Any

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable
from ..encodings import read_text
from .plain import read_markdown_part

_STYLE = re.compile(r"\x1b\[[0-?]*+[ -/]*+[@-~]")  # how a terminal shows what follows, in colour for one (ECMA-48)
_LONGEST_OUTPUT = 20_000  # characters of what a cell printed


def read_notebook(data: bytes, limits: Limits) -> Content:
    """The cells of a notebook, each a unit; headings of text cells hold for those after them. Raises `Unreadable`."""
    text, encoding, problems = read_text(data)
    try:
        book = json.loads(text)
        sheets = book.get("worksheets")  # of the format before 2015
        cells = book["cells"] if "cells" in book else sheets[0]["cells"]
        language = book.get("metadata", {}).get("kernelspec", {}).get("language") or ""
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise Unreadable("documents.no_notebook", reason=type(error).__name__) from error
    builder = ContentBuilder(limits, problems)
    above: list[tuple[int, str]] = []
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict):
            continue
        builder.unit("cell", number)
        source = _joined(cell.get("source", cell.get("input", "")))
        kind = cell.get("cell_type")
        if kind in ("markdown", "heading"):
            mark = "#" * int(cell.get("level", 1)) + " " if kind == "heading" else ""
            content, above = read_markdown_part(mark + source, limits, above)
            builder.add(content)
            continue
        builder.under(above)
        if kind == "code":
            builder.block(f"```{language}\n{source}\n```" if source.strip() else "")
            for output in cell.get("outputs") or ():
                builder.block(_STYLE.sub("", _printed(output))[:_LONGEST_OUTPUT])
        else:
            builder.block(source)
    return builder.content(encoding)


def _printed(output: Any) -> str:
    """What is seen of an output as text: what was printed, a value, or the last line of an error."""
    if not isinstance(output, dict):
        return ""
    if output.get("output_type") in ("error", "pyerr"):
        return f"{output.get('ename', '')}: {output.get('evalue', '')}"
    shown = output.get("data", output)
    return _joined(output.get("text") or (shown.get("text/plain", "") if isinstance(shown, dict) else ""))


def _joined(source: Any) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source)
