"""What each library makes of a PDF: its text in the order that it gives, and the rows of tables under their columns' names.

Run as a program it reads PDFs for the driver: `engines.py NAME CASES OUT`.
"""

from __future__ import annotations

import pickle
import re
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Read = tuple[str, list[dict[str, str]]]


def shipped(data: bytes) -> Read:
    from qa.config import Limits
    from qa.documents.formats.pdf import read_pdf

    text = read_pdf(data, Limits()).text
    rows = []
    for line in text.split("\n"):
        parts = [part.partition("：") for part in line.split("；")]
        if len(parts) > 1 and all(sign for _, sign, _ in parts):
            rows.append({name: value for name, _, value in parts})
    return text, rows


def pdfplumber(data: bytes) -> Read:
    import io

    import pdfplumber

    parts, rows = [], []
    with pdfplumber.open(io.BytesIO(data)) as document:
        for page in document.pages:
            parts.append(page.extract_text() or "")
            for table in page.extract_tables():
                rows += _named([[cell or "" for cell in row] for row in table])
    return "\n".join(parts), rows


def pdf_oxide(data: bytes) -> Read:
    import pdf_oxide

    document = pdf_oxide.PdfDocument.from_bytes(data)
    text = "\n".join(document.to_plain_text(number) for number in range(document.page_count()))
    return text, _markdown("\n".join(document.to_markdown(number) for number in range(document.page_count())))


def liteparse(data: bytes) -> Read:
    import liteparse

    text = liteparse.LiteParse(ocr_enabled=False, quiet=True, output_format="markdown").parse(data).text
    return text, _markdown(text)


def liteparse_text(data: bytes) -> Read:
    import liteparse

    return liteparse.LiteParse(ocr_enabled=False, quiet=True, output_format="text").parse(data).text, []


def kreuzberg(data: bytes) -> Read:
    import kreuzberg

    found = kreuzberg.extract_bytes_sync(data, "application/pdf", kreuzberg.ExtractionConfig(disable_ocr=True))
    rows: list[dict[str, str]] = []
    for table in found.tables:
        cells = table["cells"] if isinstance(table, dict) else table.cells
        rows += _named([[cell or "" for cell in row] for row in cells])
    return found.content, rows


def docling_parse(data: bytes) -> Read:
    import io

    from docling_parse.pdf_parser import DoclingPdfParser

    document = DoclingPdfParser(loglevel="fatal").load(io.BytesIO(data))
    return "\n".join(cell.text for _, page in document.iterate_pages() for cell in page.textline_cells), []


ENGINES: dict[str, Callable[[bytes], Read]] = {
    "shipped": shipped, "pdfplumber": pdfplumber, "pdf_oxide": pdf_oxide, "liteparse": liteparse,
    "liteparse, plain text": liteparse_text, "kreuzberg": kreuzberg, "docling-parse": docling_parse,
}  # fmt: skip


def _named(table: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    return [dict(zip(table[0], row, strict=False)) for row in table[1:]] if table else []


def _markdown(text: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    table: list[list[str]] = []
    for line in [*text.split("\n"), ""]:
        if line.lstrip().startswith("|"):
            if not re.fullmatch(r"[|:\- ]+", line.strip()):
                table.append([cell.strip(" *") for cell in line.strip().strip("|").split("|")])
        else:
            rows += _named(table)
            table = []
    return rows


def main(name: str, cases: str, out: str) -> None:
    results: list[dict[str, Any]] = []
    read = ENGINES[name]
    with Path(cases).open("rb") as file:
        files = pickle.load(file)
    for data in files:
        began = time.process_time()
        try:
            text, rows = read(data)
            error = ""
        except Exception as failure:  # what a library does with a file is what is measured
            text, rows, error = "", [], f"{type(failure).__name__}: {failure}"[:200]
        results.append({"text": text, "rows": rows, "seconds": time.process_time() - began, "error": error})
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    with Path(out).open("wb") as file:
        pickle.dump((results, memory), file)


if __name__ == "__main__":
    main(*sys.argv[1:])
