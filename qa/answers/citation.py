"""A quotation with what it takes to find it again in its file, and to check that it still stands there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..documents.read import read_document
from ..errors import CodedError, DocumentError
from ..search.engine import Engine
from ..types import Verification


@dataclass(frozen=True, slots=True)
class Citation:
    """A quotation that can be checked: `quote == document.text[start:end]` for the file whose bytes have this SHA-256.

    `number` counts from 1 within an answer. `path` is where the file was when it was indexed. `row` is the passage that
    holds the quotation. `also` are the names of other files with the same bytes.
    """

    number: int
    source: str
    path: str
    place: str
    start: int
    end: int
    quote: str
    sha256: str
    row: int
    also: tuple[str, ...] = ()

    def verify(self) -> Verification:
        """Read the file again and say whether the quotation still stands where the citation says."""
        return _verify(self)


def citation_of(engine: Engine, number: int, row: int, start: int, end: int) -> Citation:
    """A citation of the characters [start, end) of the document that holds passage `row`, which holds them."""
    paragraph, file = engine.paragraph(row), engine.file(row)
    return Citation(
        number=number,
        source=file.source,
        path=file.path,
        place=paragraph.place,
        start=start,
        end=end,
        quote=paragraph.text[start - paragraph.start : end - paragraph.start],
        sha256=file.sha256,
        row=row,
        also=file.also,
    )


def _verify(citation: Citation) -> Verification:
    file = Path(citation.path)
    try:
        document = read_document(citation.path, citation.source)
    except DocumentError as error:
        return Verification.of(False, error)
    if document.text[citation.start : citation.end] != citation.quote:
        return Verification.of(False, DocumentError("answers.quotation_gone", file, start=citation.start, end=citation.end))
    if document.sha256 != citation.sha256:
        return Verification.of(True, CodedError("answers.changed_elsewhere", file))
    return Verification.of(True, CodedError("answers.unchanged", file))
