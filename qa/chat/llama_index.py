"""A retriever for LlamaIndex over an index: `CitedRetriever(qa.open("index")).retrieve("...")`. Needs `llama-index-core`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode


class CitedRetriever(BaseRetriever):
    """The `k` nearest passages as LlamaIndex's nodes, with source, place and span [start, end) in `metadata`.

    `index` is an open `qa.Index`; `within` names the documents or folders to search, None for all.
    """

    def __init__(self, index: Any, k: int = 5, within: Sequence[str] | None = None) -> None:
        self._index, self._k, self._within = index, k, within
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = []
        for hit in self._index.search(query_bundle.query_str, self._k, within=self._within):
            at = hit.paragraph
            metadata = {"source": at.source, "place": at.place, "start": at.start, "end": at.end}
            node = TextNode(id_=f"{at.source}:{at.start}", text=hit.text, metadata=metadata)
            found.append(NodeWithScore(node=node, score=hit.score))
        return found
