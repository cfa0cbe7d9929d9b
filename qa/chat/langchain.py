"""A retriever for LangChain over an index: `CitedRetriever(index=qa.open("index")).invoke("...")`. Needs `langchain-core`."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever


class CitedRetriever(BaseRetriever):
    """The `k` nearest passages as LangChain's documents, with source, place and span [start, end) in `metadata`.

    `index` is an open `qa.Index`; `within` names the documents or folders to search, None for all.
    """

    index: Any
    k: int = 5
    within: list[str] | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(
                page_content=hit.text,
                metadata={
                    "source": hit.paragraph.source,
                    "place": hit.paragraph.place,
                    "start": hit.paragraph.start,
                    "end": hit.paragraph.end,
                    "score": hit.score,
                },
            )
            for hit in self.index.search(query, self.k, within=self.within)
        ]
