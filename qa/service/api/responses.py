"""The responses to programs as models for `/openapi.json`; `qa.answers.to_json` and `Endpoints` make the values."""

from __future__ import annotations

from pydantic import BaseModel, Field


class HitResponse(BaseModel):
    """A passage near the question."""

    rank: int = Field(description="From 1.")
    score: float
    source: str = Field(description="The document, by its path in the folder that was indexed.")
    start: int = Field(description="The passage is the characters [start, end) of the document's text.")
    end: int
    place: str = Field(description="Where it is, as one says it: page, headings, paragraph.")
    text: str
    scores: dict[str, float]


class CitationResponse(BaseModel):
    """A quotation and where it stands."""

    number: int = Field(description="The [number] after the quotation in the answer's text.")
    source: str
    place: str
    start: int = Field(description="The quotation is the characters [start, end) of the document's text.")
    end: int
    quote: str
    span: tuple[int, int] | None = Field(description="Where in the quotation the words that answer stand; null if not known.")
    sha256: str = Field(description="Of the file's bytes when it was indexed.")
    also: list[str] = Field(description="Other files with the same bytes.")
    context: str = Field(
        description="What stands above the quotation and belongs to it: names of columns, the line that leads in."
    )
    confirmed: bool = Field(False, description="Whether a reader rated it helpful for a question that means the same.")
    stands: bool = Field(description="Whether the quotation still stands there now.")
    reason: str = Field(description="What was found, in English; with the remedy where the file has changed.")


class AnswerResponse(BaseModel):
    """An answer, or that there is none."""

    question: str
    understood: str = Field(description="A follow-up as a question that stands by itself; empty for other questions.")
    found: bool = Field(description="Whether the documents hold an answer.")
    confidence: float = Field(description="How likely it is that they do, 0 to 1.")
    text: str
    citations: list[CitationResponse]
    hits: list[HitResponse]
    by_words: bool = Field(False, description="Whether vectors are still being made, and passages were found by words alone.")


class DocumentResponse(BaseModel):
    """A document of a collection."""

    source: str
    passages: int
    characters: int
    encoding: str
    sha256: str
    also: list[str]


class CollectionResponse(BaseModel):
    """A collection and its documents."""

    collection: str = Field(description="Its name in requests.")
    name: str
    passages: int
    documents: list[DocumentResponse]
    skipped: list[str] = Field(description="Files that were not read, each with the reason.")
    error: str | None = Field(None, description="Why it cannot be opened; left out where it can.")


class ErrorResponse(BaseModel):
    """Why there is no answer."""

    error: str = Field(description="One line, in the language of Accept-Language: Chinese or English.")
