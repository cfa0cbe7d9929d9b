"""A retriever for Haystack over an index: `CitedRetriever(qa.open("index")).run(query="...")`. Needs `haystack-ai`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from haystack import Document, component


@component
class CitedRetriever:
    """The `k` nearest passages as Haystack's documents, with source, place and span [start, end) in `meta`.

    `index` is an open `qa.Index`; `within` names the documents or folders to search, None for all.
    """

    def __init__(self, index: Any, k: int = 5, within: Sequence[str] | None = None) -> None:
        self._index, self._k, self._within = index, k, within

    @component.output_types(documents=list[Document])
    def run(self, query: str, top_k: int | None = None) -> dict[str, list[Document]]:
        """The passages for `query` under "documents", `top_k` of them, or as many as the retriever was made for."""
        found = []
        for hit in self._index.search(query, top_k or self._k, within=self._within):
            at = hit.paragraph
            meta = {"source": at.source, "place": at.place, "start": at.start, "end": at.end}
            found.append(Document(content=hit.text, meta=meta, score=hit.score))
        return {"documents": found}
