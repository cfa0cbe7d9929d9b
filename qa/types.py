"""The data types that the packages exchange. No input or output, no third-party import."""

from __future__ import annotations

from dataclasses import dataclass, field

from .errors import CodedError


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a range of a document's text, from the character offset `start` to the next mark, is in the file.

    `unit` is "page", "slide", "sheet" or "chapter"; "text" for a file that has neither units nor lines (a Word document, a web
    page); "" for a file that has lines. `number` is the unit's number from 1, 0 without units; `name` is the name of the sheet
    or chapter. `headings` are the headings above the text, the outermost first. `columns` are the names of the columns where the
    text is inside a table whose rows do not have them.
    """

    start: int
    unit: str = ""
    number: int = 0
    name: str = ""
    headings: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one file.

    `source` is the document's name: its path below the folder that was read, with forward slashes, and with a label before it
    if several folders were read. `path` is the absolute path of the file. `text` is the extracted text, of a plain text file
    every character of it. `sha256` is the hash of the file's bytes in hexadecimal. `encoding` is the text encoding, or the
    format (`pdf`, `docx`) of a file that has none. `marks`, ascending, say where in the file the text is; a plain text file
    has none. `problems` say what of the file could not be read while the rest was.
    """

    source: str
    path: str
    text: str
    sha256: str
    encoding: str
    marks: tuple[Mark, ...] = ()
    problems: tuple[CodedError, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One passage: the characters [start, end) of the text of the document `source`.

    `row` is its number in the index, from 0. `number` is the number of its paragraph in the document, from 1, and `line` the
    line that it starts on, from 1. `part` is 0 for a whole paragraph; the passages that a long paragraph is cut into have 1, 2,
    and so on. `mark` is the last mark at or before `start`; None if the document has no marks.
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
        """The passage's location in its file, for a reader: `page 3, 第二章 › 2.1, paragraph 12`."""
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

    `rank` counts from 1. `score` orders the hits of one question; scores of different questions cannot be compared. `scores`
    are its components: `dense` (cosine of question and passage), `sentence` (highest cosine of the question and a sentence of
    the passage), `lexical` (BM25 of the passage), `coverage` (BM25 of the passage and its best sentence, divided by the BM25 of
    a passage of average length that contains every term of the question once, 0 to 1), and `translated` (such a quotient for
    the question's words translated from Chinese to English or the reverse, about 0 to 1).
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
    """The result of re-reading a cited file; true in a boolean context when the citation still holds.

    `reason` says in English what was found. `finding` is the same as an error code with values; None if the object was built
    from a text alone.
    """

    ok: bool
    reason: str
    finding: CodedError | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, ok: bool, finding: CodedError) -> Verification:
        """A verification whose `reason` is the English text of `finding`."""
        return cls(ok, str(finding), finding)

    def __bool__(self) -> bool:
        return self.ok
