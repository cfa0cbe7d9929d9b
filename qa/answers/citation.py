"""A quotation with its place in a file, so that it can be found again and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..documents.read import read_document
from ..errors import CodedError, DocumentError
from ..passages.context import context_of
from ..passages.place import paragraph_at
from ..types import Verification

if TYPE_CHECKING:
    from ..search.engine import Engine  # which loads numpy; `import qa` does not

_EDGES = " \t\n:：;；,，、|"  # what stands before words that answer and belongs to none


@dataclass(frozen=True, slots=True)
class Citation:
    """A quotation that can be checked: `quote == document.text[start:end]` for the file whose bytes have this SHA-256.

    `number` counts from 1 within an answer. `source` is the document's name, `path` its file, `place` the paragraph and line in
    which the quotation begins, as `Paragraph.place` says it. `row` is the row of the passage that holds the quotation. `also` are
    the names of other files with the same bytes. `context` is what stands above the quotation and belongs to it: the names of
    the columns of a row, the line that leads in a list, whom a field is of. `span` is where in `quote` the words that answer
    stand, [start, end), None where no reader was asked. `newer` is the name of a newer edition of the document, "" where none was
    found. `confirmed` is whether a person rated it helpful for a question that means the same.
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
    context: str = ""
    span: tuple[int, int] | None = None
    newer: str = ""
    confirmed: bool = False

    def verify(self) -> Verification:
        """Read the file again: ok when `quote` still stands at [start, end), not ok also when the file cannot be read."""
        return _verify(self)


def citation_of(engine: Engine, number: int, row: int, start: int, end: int, words: tuple[int, int] | None = None) -> Citation:
    """The citation of the span [start, end) of a document, within the passage of `row`, and the `words` that answer."""
    paragraph, file = engine.paragraph(row), engine.file(row)
    first, last = words or (0, 0)
    while first < last and paragraph.text[first - paragraph.start] in _EDGES:  # of a row that says 名：值, the value
        first += 1
    return Citation(
        number=number,
        source=file.source,
        path=file.path,
        place=paragraph_at(paragraph, start).place,
        start=start,
        end=end,
        quote=paragraph.text[start - paragraph.start : end - paragraph.start],
        sha256=file.sha256,
        row=row,
        also=file.also,
        context=context_of(
            paragraph.text, start - paragraph.start, end - paragraph.start, paragraph.mark.columns if paragraph.mark else ()
        ),
        span=(first - start, last - start) if words and start <= first < last <= end else None,
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
