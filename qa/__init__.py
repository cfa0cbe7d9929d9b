"""Ask your own documents and get cited passages, offline.

    import qa
    index = qa.build("seeds", "index")          # or qa.open("index")
    answer = index.ask("綦河洪峰水位是多少？")
    print(answer.text, answer.confidence, answer.citations)

`import qa` loads no dependency (each is imported by the first function that needs it) and sets no environment variable.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .answers.answer import Answer
from .answers.citation import Citation
from .errors import DocumentError, IndexCorrupt, IndexMismatch, IndexNotFound, ModelError, QAError
from .types import Document, Hit, Mark, Paragraph, Verification

if TYPE_CHECKING:
    from .answers.follow_ups import understand
    from .answers.to_json import answer_json, hits_json
    from .documents.read import read_document
    from .evaluation.run import Report, evaluate
    from .index.build import build
    from .index.default import ask, retrieve
    from .index.index import Index
    from .index.manifest import Manifest
    from .index.open import open_index as open
    from .models.encoder import Encoder, load_encoder

__version__ = "0.2.0.dev0"

# public name -> (its module, its name in that module); imported at the first use
_LAZY = {
    "Encoder": ("models.encoder", "Encoder"),
    "Index": ("index.index", "Index"),
    "Manifest": ("index.manifest", "Manifest"),
    "Report": ("evaluation.run", "Report"),
    "answer_json": ("answers.to_json", "answer_json"),
    "ask": ("index.default", "ask"),
    "build": ("index.build", "build"),
    "evaluate": ("evaluation.run", "evaluate"),
    "hits_json": ("answers.to_json", "hits_json"),
    "load_encoder": ("models.encoder", "load_encoder"),
    "open": ("index.open", "open_index"),
    "read_document": ("documents.read", "read_document"),
    "retrieve": ("index.default", "retrieve"),
    "understand": ("answers.follow_ups", "understand"),
}

__all__ = [
    "Answer",
    "Citation",
    "Document",
    "DocumentError",
    "Encoder",
    "Hit",
    "Index",
    "IndexCorrupt",
    "IndexMismatch",
    "IndexNotFound",
    "Manifest",
    "Mark",
    "ModelError",
    "Paragraph",
    "QAError",
    "Report",
    "Verification",
    "answer_json",
    "ask",
    "build",
    "evaluate",
    "hits_json",
    "load_encoder",
    "open",
    "read_document",
    "retrieve",
    "understand",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LAZY[name]
    value = getattr(import_module(f".{module}", __name__), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
