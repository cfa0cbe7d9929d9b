"""The values that flow through the package. No input or output, no third-party import."""

from __future__ import annotations

from dataclasses import dataclass, field

from .errors import CodedError


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a stretch of a document's text stands in its file: from character `start` to the next mark.

    `unit` is "page", "slide", "sheet", "chapter", "text" when the file has neither units nor lines (a Word document, a web
    page), or "" when it has lines; `number` counts the units from 1 and `name` is the sheet's or the chapter's own. `headings`
    are those that the stretch is under, the outermost first.
    """

    start: int
    unit: str = ""
    number: int = 0
    name: str = ""
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one file.

    `source` is the path relative to the folder that was read, with forward slashes; `path` is where the file was found.
    `text` is the decoded text with its newlines as they are in the file; `sha256` is of the file's bytes. `marks`, in
    ascending order, say where in the file the text stands; a plain text has none.
    """

    source: str
    path: str
    text: str
    sha256: str
    encoding: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One passage: the characters [start, end) of its document's text.

    `row` numbers the passages of an index from 0; `number` numbers those of one document from 1 and `line` is the line on
    which the passage starts, from 1. `part` is 0 for a whole paragraph, else 1, 2, ... for the parts of a long one. `mark`
    is the document's mark that the passage starts under, if it has one.
    """

    row: int
    source: str
    start: int
    end: int
    number: int
    line: int
    text: str
    part: int = 0
    mark: Mark | None = None

    @property
    def place(self) -> str:
        """Where the passage is, as a person would say it: `page 3, 第二章 › 2.1, paragraph 12`."""
        part = f".{self.part}" if self.part else ""
        paragraph = f"paragraph {self.number}{part}"
        if self.mark is None:
            return f"{paragraph}, line {self.line}"
        named = f" {self.mark.name}" if self.mark.name else ""
        unit = f"{self.mark.unit} {self.mark.number}{named}" if self.mark.number else ""
        last = paragraph if self.mark.unit else f"{paragraph}, line {self.line}"
        return ", ".join(filter(None, (unit, " › ".join(self.mark.headings), last)))


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question.

    `rank` counts from 1. `score` orders the hits and is comparable only within one question. `scores` holds the raw
    evidence by name: `dense` (cosine of question and passage), `sentence` (cosine of question and the passage's best
    sentence), `lexical` (BM25), `coverage` (share, by weight, of the question's terms found in the passage, 0 to 1), and
    `translated` (the same for the question's words in the other language, Chinese or English, about 0 to 1).
    """

    rank: int
    score: float
    paragraph: Paragraph
    scores: dict[str, float]

    @property
    def text(self) -> str:
        """The passage's text."""
        return self.paragraph.text


@dataclass(frozen=True, slots=True)
class Verification:
    """What re-reading a cited file showed. It is true when the citation still holds.

    `reason` says it in English; `finding` has the code and the values, where the package made it.
    """

    ok: bool
    reason: str
    finding: CodedError | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, ok: bool, finding: CodedError) -> Verification:
        """One that says what `finding` says."""
        return cls(ok, str(finding), finding)

    def __bool__(self) -> bool:
        return self.ok
