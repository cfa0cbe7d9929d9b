"""Prepares a sentence-transformers model: converts it to ONNX, compares it with the original, and caches it.

Importing sentence-transformers takes ten seconds and half a gigabyte. A prepared model needs only onnxruntime, and the library
tokenizers if it is not the default model.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..config import cache_folder
from ..disk import sha256_of
from ..errors import ModelError
from ..progress import Progress, Step, silent
from . import e5, e5_weights
from .export import export, optimise, quantise
from .onnx_encoder import OnnxEncoder, Prepared
from .prepared_folder import prepared_once
from .token_states import lower_layers

DEFAULT_MODEL = e5_weights.NAME
PREPARED_FORMAT = 6  # version of the prepared folder; when it changes, every model is prepared again
VECTORS_FORMAT = 5  # version of what a prepared model makes of a text; when it changes, every index is built again

# Precision -> least cosine, over all probes, between the vectors of the prepared and of the original model. The first precision
# that reaches its threshold is used. The default model has 0.996 with int8; fp32 differs by rounding only.
LEAST_COSINE = {"int8": 0.98, "fp32": 0.9999}
PROBES = (
    "6月22日，重庆綦江区綦河遭遇1940年以来最大洪水，洪峰水位一度达227.6米，超保证水位5.1米。",
    "綦河洪峰水位是多少？",
    "為什麼基層幹部的負擔輕了？",
    "How high did the flood crest?",
    "¿Cuántas personas perdieron la vida en el accidente?",
    "ما هو أعلى جبل في العالم؟",
    "ภูเขาไฟฟูจิสูงเท่าไร",
    "Die Fußgängerzone wurde 1987 eröffnet – und blieb.",
    "ＡＢＣ１２３ ①②③ ㈱ ﬁ",
    "🙂🙃 👨‍👩‍👧 ……",
    "a",
    "人民至上，生命至上。" * 40,
)


def prepare(model: str = DEFAULT_MODEL, progress: Progress = silent) -> Prepared:
    """The prepared form of `model`, a sentence-transformers model by hub name or local folder; made if it is not in the cache.

    Raises `ModelError` when the model cannot be found, fetched or converted, or when the converted one differs too much.
    """
    source = _source(model)
    slug = re.sub(r"[^\w.-]+", "-", Path(model).name if Path(model).is_dir() else model).strip("-.") or "model"
    key = hashlib.sha256(f"{PREPARED_FORMAT}\n{source}".encode()).hexdigest()[:16]
    folder = cache_folder() / "models" / f"{slug}-{key}"
    return Prepared(folder=folder, **prepared_once(folder, lambda made: _make(model, source, made, progress)))


def _source(model: str) -> str:
    """A text that identifies `model`: with a hash of its contents for the default model and a folder, else its hub name.

    Raises `ModelError` for a folder that is not there or has no model.
    """
    if model == DEFAULT_MODEL:
        return f"{model} {e5_weights.SHA256}"
    path = Path(model)
    if path.is_dir():
        if not (path / "config.json").is_file() and not (path / "modules.json").is_file():
            raise ModelError("models.no_model_in_folder", model)
        return f"folder {_folder_digest(path)}"
    if path.is_absolute() or model.startswith((".", "~")) or model.count("/") > 1:
        raise ModelError("models.no_such_folder", model, default=DEFAULT_MODEL)
    return f"hub {model}"


_MODEL_FILES = {".json", ".safetensors", ".bin", ".txt", ".model"}


def _folder_digest(folder: Path) -> str:
    """The SHA-256 of the names and contents of the model's files in `folder`, in hexadecimal."""
    total = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix in _MODEL_FILES:
            total.update(f"{file.relative_to(folder).as_posix()}\n{sha256_of(file, follow=True)}\n".encode())
    return total.hexdigest()


def _make(model: str, source: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Write the prepared model's files to `folder`, and return the fields of `Prepared` except `folder`.

    `source` is the result of `_source`. For the default model, its sentence-transformers folder stays in `folder` as well.
    """
    steps = 5
    progress(Step.PREPARING, 0, steps)
    location = Path(model)
    if model == DEFAULT_MODEL:
        location = folder / "sentence-transformers"
        location.mkdir()
        e5.write_model(location)
    elif source.startswith("hub "):
        location = _download(model)
        source = f"hub {_folder_digest(location)}"  # other weights may be published under the name later
    progress(Step.PREPARING, 1, steps)
    transformer = _load(model, location)
    progress(Step.PREPARING, 2, steps)
    _write_tokenizer(model, transformer, folder)
    try:
        export(transformer, folder)
    except Exception as error:  # the exporter raises many classes
        raise ModelError("models.not_exported", model, reason=error) from error
    progress(Step.PREPARING, 3, steps)
    quantise(folder)
    for precision in LEAST_COSINE:
        optimise(folder, precision)
    progress(Step.PREPARING, 4, steps)
    prompts = transformer.prompts or {}
    prepared = Prepared(
        folder=folder,
        name=model,
        fingerprint="",
        dimension=int(transformer.get_embedding_dimension() or 0),
        max_tokens=min(int(transformer.max_seq_length or 512), 8192),
        query_prompt=prompts.get("query") or "",
        passage_prompt=next((prompts[name] for name in ("document", "passage", "corpus") if prompts.get(name)), ""),
        precision="",
        parity={},
    )
    prepared = _in_the_smallest_precision(prepared, transformer, source)
    if model == DEFAULT_MODEL:
        lower_layers(prepared.onnx, prepared.lower)
    kept = {prepared.onnx, prepared.lower, folder / f"{prepared.precision}.weights", prepared.tokenizer, prepared.vocabulary}
    for file in [file for file in folder.iterdir() if file.is_file() and file not in kept]:
        file.unlink()
    known = asdict(prepared)
    del known["folder"]
    progress(Step.PREPARING, steps, steps)
    return known


def _download(model: str) -> Path:
    """The folder of a hub model, from the hub client's cache on this machine, or else downloaded. Raises `ModelError`."""
    import logging

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        from huggingface_hub import constants, snapshot_download
    except ImportError as error:
        raise ModelError("models.needs_sentence_transformers", model=model, reason=error) from error
    wanted = [f"*{suffix}" for suffix in sorted(_MODEL_FILES)]
    try:
        return Path(snapshot_download(model, allow_patterns=wanted, local_files_only=True))
    except Exception:  # not in the cache; the client raises many classes
        pass
    try:
        if constants.HF_HUB_OFFLINE:
            raise ConnectionError("HF_HUB_OFFLINE is set")
        _reach(constants.ENDPOINT)
        return Path(snapshot_download(model, allow_patterns=wanted))
    except Exception as error:  # the hub client raises many classes
        raise ModelError("models.not_fetched", model, reason=error) from error


def _reach(address: str) -> None:
    """Raise OSError at once if the server at `address` cannot be reached; the hub client would retry for a minute.

    With a proxy nothing is tried here.
    """
    import socket
    from urllib.parse import urlsplit
    from urllib.request import getproxies

    parts = urlsplit(address)
    if parts.hostname and not getproxies():
        socket.create_connection((parts.hostname, parts.port or 443), timeout=10).close()


def _load(model: str, location: Path) -> Any:
    """The `SentenceTransformer` in the folder `location`; `model` is its name for a `ModelError`."""
    import logging

    logging.getLogger("transformers").setLevel(logging.ERROR)
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        return SentenceTransformer(str(location), device="cpu", local_files_only=True).eval()
    except ImportError as error:
        raise ModelError("models.needs_sentence_transformers", model=model, reason=error) from error
    except Exception as error:  # loading a damaged or unsupported model raises many classes
        raise ModelError("models.not_loaded_by_its_library", model, reason=error) from error


def _write_tokenizer(model: str, transformer: Any, folder: Path) -> None:
    """Write the tokenizer to `folder`. Raises `ModelError` for a model without a fast tokenizer.

    For the default model a mapped vocabulary is written instead, if it gives the library's token ids for every probe.
    """
    from .vocabulary import UnigramTokenizer

    tokenizer = getattr(transformer.tokenizer, "backend_tokenizer", None)
    if tokenizer is None:
        raise ModelError("models.no_fast_tokenizer", model)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if model == DEFAULT_MODEL:
        file = folder / "vocabulary.bin"
        e5.write_default_vocabulary(file)
        opened = UnigramTokenizer(file)
        texts = [prompt + probe for prompt in e5.PROMPTS.values() for probe in PROBES]
        if all(opened.encode(text, 1 << 20) == tokenizer.encode(text).ids for text in texts):
            return
        file.unlink()
    tokenizer.save(str(folder / "tokenizer.json"))


def _in_the_smallest_precision(prepared: Prepared, transformer: Any, source: str) -> Prepared:
    """`prepared` with the first precision in `LEAST_COSINE` that reaches its threshold on every probe.

    That precision's file is renamed to `model.onnx`. Raises `ModelError` when no precision does.
    """
    wanted = [*transformer.encode_query(list(PROBES), normalize_embeddings=True)]
    wanted += [*transformer.encode_document(list(PROBES), normalize_embeddings=True)]
    labels = [f"{kind}: {probe[:40]}" for kind in ("query", "passage") for probe in PROBES]
    worst = {}
    for precision, least in LEAST_COSINE.items():
        identity = json.dumps([VECTORS_FORMAT, source, prepared.query_prompt, prepared.passage_prompt, precision])
        fingerprint = hashlib.sha256(identity.encode()).hexdigest()[:32]
        os.replace(prepared.folder / f"{precision}.onnx", prepared.onnx)
        encoder = OnnxEncoder(prepared)
        made = [*encoder.encode_queries(PROBES), *encoder.encode_passages(PROBES)]
        parity = {label: round(float(a @ b), 6) for label, a, b in zip(labels, made, wanted, strict=True)}
        worst[precision] = min(parity.values())
        if worst[precision] >= least:
            return replace(prepared, fingerprint=fingerprint, precision=precision, parity=parity)
    raise ModelError("models.prepared_form_differs", prepared.name, cosines=worst)
