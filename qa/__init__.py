"""Ask your own documents and get cited passages, offline.

    import qa
    index = qa.build("seeds", "index")          # or qa.open("index")
    answer = index.ask("綦河洪峰水位是多少？")
    print(answer.text, answer.confidence, answer.citations)

Importing this package loads none of its dependencies; each is loaded by what needs it.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .types import (
    Answer,
    Citation,
    Document,
    DocumentError,
    Hit,
    IndexCorrupt,
    IndexMismatch,
    IndexNotFound,
    Mark,
    ModelError,
    Paragraph,
    QAError,
    Verification,
)

# ONNX Runtime reports its use to its maker over the network, unless this says otherwise before it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

if TYPE_CHECKING:
    from .building import build
    from .default import retrieve
    from .documents import read_document
    from .encoder import Encoder, load_encoder
    from .evaluation import Report, evaluate
    from .follow_ups import understand
    from .index import Index
    from .index import open_index as open
    from .json_shapes import answer_json, hits_json
    from .manifest import Manifest

__version__ = "0.1.0"

# public name -> the module it is in and its name there
_LAZY = {
    "Encoder": ("encoder", "Encoder"),
    "Index": ("index", "Index"),
    "Manifest": ("manifest", "Manifest"),
    "Report": ("evaluation", "Report"),
    "answer_json": ("json_shapes", "answer_json"),
    "build": ("building", "build"),
    "evaluate": ("evaluation", "evaluate"),
    "hits_json": ("json_shapes", "hits_json"),
    "load_encoder": ("encoder", "load_encoder"),
    "open": ("index", "open_index"),
    "read_document": ("documents", "read_document"),
    "retrieve": ("default", "retrieve"),
    "understand": ("follow_ups", "understand"),
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
