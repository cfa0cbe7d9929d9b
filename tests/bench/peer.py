"""One peer, in a virtual environment of its own: loads the model, then encodes or builds as its documentation shows.

`peers.py` starts it as `python peer.py NAME MODEL TEXTS` and writes `encode` or `build` to it, a line each; every answer is a
line of JSON with the seconds that it took. TEXTS is a JSON list of strings, MODEL a sentence-transformers folder.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

os.environ |= {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False", "TQDM_DISABLE": "1", "ANONYMIZED_TELEMETRY": "False"}

Run = Callable[[], Any]


def langchain(model: str, texts: list[str]) -> tuple[Run, Run]:
    from langchain_community.vectorstores import FAISS
    from langchain_huggingface import HuggingFaceEmbeddings

    embeddings = HuggingFaceEmbeddings(model_name=model, model_kwargs={"device": "cpu"})

    def build() -> None:
        with tempfile.TemporaryDirectory() as folder:
            FAISS.from_texts(texts, embeddings).save_local(folder)

    return lambda: embeddings.embed_documents(texts), build


def llamaindex(model: str, texts: list[str]) -> tuple[Run, Run]:
    import faiss
    from llama_index.core import Document, Settings, StorageContext, VectorStoreIndex
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.faiss import FaissVectorStore

    embedding = HuggingFaceEmbedding(model_name=model, device="cpu")
    Settings.embed_model = embedding

    def build() -> None:
        context = StorageContext.from_defaults(vector_store=FaissVectorStore(faiss_index=faiss.IndexFlatL2(384)))
        index = VectorStoreIndex.from_documents([Document(text=text) for text in texts], storage_context=context)
        with tempfile.TemporaryDirectory() as folder:
            index.storage_context.persist(folder)

    return lambda: embedding.get_text_embedding_batch(texts), build


def txtai(model: str, texts: list[str]) -> tuple[Run, Run]:
    from txtai import Embeddings

    embeddings = Embeddings(path=model, content=True, gpu=False)

    def build() -> None:
        embeddings.index(texts)
        with tempfile.TemporaryDirectory() as folder:
            embeddings.save(folder)

    return lambda: embeddings.batchtransform(texts, category="data"), build


def haystack(model: str, texts: list[str]) -> tuple[Run, Run]:
    from haystack import Document
    from haystack.components.writers import DocumentWriter
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack.utils import ComponentDevice
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersDocumentEmbedder

    embedder = SentenceTransformersDocumentEmbedder(model=model, device=ComponentDevice.from_str("cpu"), progress_bar=False)
    embedder.warm_up()

    def build() -> None:
        store = InMemoryDocumentStore()
        DocumentWriter(store).run(embedder.run([Document(content=text) for text in texts])["documents"])
        with tempfile.TemporaryDirectory() as folder:
            store.save_to_disk(os.path.join(folder, "store.json"))

    return lambda: embedder.run([Document(content=text) for text in texts]), build


PEERS = {"langchain": langchain, "llamaindex": llamaindex, "txtai": txtai, "haystack": haystack}


def main() -> None:
    name, model, file = sys.argv[1:]
    answers, sys.stdout = sys.stdout, sys.stderr  # what the libraries print is no answer
    with open(file, encoding="utf-8") as stream:
        texts = json.load(stream)
    encode, build = PEERS[name](model, texts)
    encode()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        {"encode": encode, "build": build}[line.strip()]()
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps({"seconds": seconds, "peak_memory_mb": peak}), file=answers, flush=True)


if __name__ == "__main__":
    main()
