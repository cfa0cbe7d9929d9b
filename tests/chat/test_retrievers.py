"""The retrievers for LangChain, LlamaIndex and Haystack, with the packages themselves."""

from __future__ import annotations

import pytest
from chat_helpers import ASKED

import qa


def test_langchain_gets_the_passages_with_their_places(tiny_index: qa.Index) -> None:
    from qa.chat.langchain import CitedRetriever

    hits = tiny_index.search(ASKED, 3, within=["river.txt"])
    found = CitedRetriever(index=tiny_index, k=3, within=["river.txt"]).invoke(ASKED)
    assert [(one.page_content, one.metadata["start"], one.metadata["score"]) for one in found] == [
        (hit.text, hit.paragraph.start, hit.score) for hit in hits
    ]
    assert found[0].metadata["source"] == "river.txt"


def test_llamaindex_gets_the_same(tiny_index: qa.Index) -> None:
    from qa.chat.llama_index import CitedRetriever

    hits = tiny_index.search(ASKED, 3)
    found = CitedRetriever(tiny_index, 3).retrieve(ASKED)
    assert [(one.node.get_content(), one.node.metadata["place"], one.score) for one in found] == [
        (hit.text, hit.paragraph.place, hit.score) for hit in hits
    ]


def test_haystack_gets_them_in_a_pipeline(tiny_index: qa.Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAYSTACK_TELEMETRY_ENABLED", "False")
    from haystack import Pipeline

    from qa.chat.haystack import CitedRetriever

    hits = tiny_index.search(ASKED, 3, within=["river.txt"])
    pipeline = Pipeline()
    pipeline.add_component("cited", CitedRetriever(tiny_index, 3, ["river.txt"]))
    found = pipeline.run({"cited": {"query": ASKED}})["cited"]["documents"]
    assert [(one.content, one.meta, one.score) for one in found] == [
        (hit.text, {"source": "river.txt", "place": hit.paragraph.place, "start": hit.paragraph.start, "end": hit.paragraph.end},
         hit.score)
        for hit in hits
    ]  # fmt: skip
    assert len(pipeline.run({"cited": {"query": ASKED, "top_k": 1}})["cited"]["documents"]) == 1
