"""A model made ready once: a sentence-transformers model in, a cached ONNX form that answers questions out.

Importing sentence-transformers takes ten seconds and half a gigabyte; the prepared form needs onnxruntime and tokenizers
only. It is checked against the model it was made from before it is used, and the cosines are kept beside it.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

from ..config import cache_folder
from ..disk import Stamp, move, sha256_of, write_whole
from ..errors import ModelError
from ..progress import Progress, Step, silent
from . import e5 as e5_package
from .onnx_encoder import OnnxEncoder, Prepared

DEFAULT_MODEL = e5_package.NAME
FORMAT = 4  # of the prepared folder; a change here makes every model be prepared again

# Least cosine that every probe text must reach between the prepared form and the model itself. int8 with one scale per
# channel measured 0.996 at the worst on the default model; fp32 differs by rounding only.
LEAST_COSINE = {"int8": 0.98, "fp32": 0.9999}
# Bytes from which a table of weights is mapped. Those of the products are laid out anew when the model is loaded anyway.
_LEAST_MAPPED = 1 << 20
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
    """The prepared form of `model`, made now unless the cache has it whole.

    `model` is a sentence-transformers hub name or a local folder. Two processes at once: the second waits for the first.
    Raises `ModelError` when the model cannot be had or its prepared form does not agree with it.
    """
    from filelock import FileLock

    source = _source(model)
    slug = re.sub(r"[^\w.-]+", "-", Path(model).name if Path(model).is_dir() else model).strip("-.") or "model"
    key = hashlib.sha256(f"{FORMAT}\n{source}".encode()).hexdigest()[:16]
    folder = cache_folder() / "models" / f"{slug}-{key}"
    ready = _read(folder)
    if ready is not None:
        return ready
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            ready = _read(folder)
            if ready is not None:
                return ready
            shutil.rmtree(folder, ignore_errors=True)  # damaged, or of an interrupted removal
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".preparing-") as temporary:
                made = Path(temporary) / "model"
                made.mkdir()
                _make(model, source, made, progress)
                move(made, folder)
    except OSError as error:
        raise ModelError(
            f"{error.filename or folder}: {error.strerror or error}; the prepared model needs 700 MB there, "
            "or set QA_CACHE to another folder"
        ) from error
    ready = _read(folder)
    if ready is None:
        raise ModelError(f"{folder}: the prepared model cannot be read back; delete the folder and try again")
    return ready


def _source(model: str) -> str:
    """What tells one model from another: the content for the default and for a folder, the name for a hub model."""
    if model == DEFAULT_MODEL:
        return f"{model} {e5_package.SHA256}"
    path = Path(model)
    if path.is_dir():
        if not (path / "config.json").is_file() and not (path / "modules.json").is_file():
            raise ModelError(f"{model}: holds no sentence-transformers model (no modules.json); name another folder")
        return f"folder {_folder_digest(path)}"
    if path.is_absolute() or model.startswith((".", "~")) or model.count("/") > 1:
        raise ModelError(f"{model}: no such folder; name a sentence-transformers folder or a hub model such as {DEFAULT_MODEL}")
    return f"hub {model}"


_MODEL_FILES = {".json", ".safetensors", ".bin", ".txt", ".model"}


def _folder_digest(folder: Path) -> str:
    """A digest of the names and contents of a model's files."""
    total = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix in _MODEL_FILES:
            total.update(f"{file.relative_to(folder).as_posix()}\n{sha256_of(file, follow=True)}\n".encode())
    return total.hexdigest()


def _read(folder: Path) -> Prepared | None:
    """The prepared model in `folder`, or None if it is not there or not byte for byte what was written."""
    try:
        stored = json.loads((folder / "prepared.json").read_text("utf-8"))
        if stored.pop("digest") != _stored_digest(stored):
            return None
        if not _is_whole(folder, stored.pop("files")):
            return None
        return Prepared(folder=folder, **stored)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_whole(folder: Path, digests: dict[str, str]) -> bool:
    """Whether the files have these digests. Those that have not been written to since they were last read are not read again.

    A file's time of change cannot be set, as that of its modification can: any write to it moves it.
    """
    stamps = {name: list(astuple(Stamp.of((folder / name).stat()))) for name in digests}
    verified = folder / "verified.json"
    try:
        if json.loads(verified.read_text("ascii")) == stamps:
            return True
    except (OSError, ValueError):
        pass  # the first time
    if any(sha256_of(folder / name) != digest for name, digest in digests.items()):
        return False
    with suppress(OSError):  # of another user: read again the next time
        write_whole(verified, json.dumps(stamps).encode("ascii"))
    return True


def _stored_digest(stored: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()


def _make(model: str, source: str, folder: Path, progress: Progress) -> None:
    """Fill `folder` with the sentence-transformers folder, its ONNX form, its tokenizer and what was checked."""
    steps = 5
    progress(Step.PREPARING, 0, steps)
    location = Path(model)
    if model == DEFAULT_MODEL:
        location = folder / "sentence-transformers"
        location.mkdir()
        e5_package.write_model(location)
    elif source.startswith("hub "):
        location = _download(model)
        source = f"hub {_folder_digest(location)}"  # the name may stand for other weights one day
    progress(Step.PREPARING, 1, steps)
    transformer = _load(model, location)
    progress(Step.PREPARING, 2, steps)
    tokenizer = getattr(transformer.tokenizer, "backend_tokenizer", None)
    if tokenizer is None:
        raise ModelError(f"{model}: has no fast tokenizer (tokenizer.json), which the prepared form needs; take another model")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if model != DEFAULT_MODEL or not _write_vocabulary(folder, tokenizer):
        tokenizer.save(str(folder / "tokenizer.json"))
    try:
        _export(transformer, folder)
    except Exception as error:  # the exporter raises many kinds
        raise ModelError(f"{model}: cannot be written as ONNX ({_first_line(error)}); take another model") from error
    progress(Step.PREPARING, 3, steps)
    _quantise(folder)
    for precision in LEAST_COSINE:
        _optimise(folder, precision)
    progress(Step.PREPARING, 4, steps)

    prompts = transformer.prompts or {}
    common: dict[str, Any] = {
        "folder": folder,
        "name": model,
        "dimension": int(transformer.get_embedding_dimension() or 0),
        "max_tokens": min(int(transformer.max_seq_length or 512), 8192),
        "query_prompt": prompts.get("query") or "",
        "passage_prompt": next((prompts[name] for name in ("document", "passage", "corpus") if prompts.get(name)), ""),
    }
    prepared = _choose_precision(transformer, common, source)
    kept = {prepared.onnx, folder / f"{prepared.precision}.weights", prepared.tokenizer, prepared.vocabulary}
    files = [file for file in folder.iterdir() if file.is_file()]
    for file in files:
        if file not in kept:
            file.unlink()
    stored = asdict(prepared)
    del stored["folder"]
    stored["files"] = {file.name: sha256_of(file) for file in sorted(kept.intersection(files))}
    stored["digest"] = _stored_digest(stored)
    (folder / "prepared.json").write_text(json.dumps(stored, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    progress(Step.PREPARING, steps, steps)


def _download(model: str) -> Path:
    """The folder of a hub model: from the hub's own cache on this machine, else over the network."""
    import logging

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        from huggingface_hub import constants, snapshot_download
    except ImportError as error:
        raise ModelError(f"preparing {model} needs sentence-transformers: pip install -r requirements.txt ({error})") from error
    wanted = [f"*{suffix}" for suffix in sorted(_MODEL_FILES)]
    try:
        return Path(snapshot_download(model, allow_patterns=wanted, local_files_only=True))
    except Exception:  # not there: several kinds
        pass
    try:
        if constants.HF_HUB_OFFLINE:
            raise ConnectionError("HF_HUB_OFFLINE is set")
        _reach(constants.ENDPOINT)
        return Path(snapshot_download(model, allow_patterns=wanted))
    except Exception as error:  # the hub client raises many kinds
        raise ModelError(
            f"{model}: is not on this machine and cannot be fetched ({_first_line(error)}); connect to the network once, name "
            "a local sentence-transformers folder, or leave --model out"
        ) from error


def _reach(address: str) -> None:
    """Fail at once when there is no network, where the hub client would try for a minute. A proxy is left to the client."""
    import socket
    from urllib.parse import urlsplit
    from urllib.request import getproxies

    parts = urlsplit(address)
    if parts.hostname and not getproxies():
        socket.create_connection((parts.hostname, parts.port or 443), timeout=10).close()


def _load(model: str, location: Path) -> Any:
    import logging

    logging.getLogger("transformers").setLevel(logging.ERROR)
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        return SentenceTransformer(str(location), device="cpu", local_files_only=True).eval()
    except ImportError as error:
        raise ModelError(f"preparing {model} needs sentence-transformers: pip install -r requirements.txt ({error})") from error
    except Exception as error:  # loading a damaged or foreign model raises many kinds
        raise ModelError(
            f"{model}: cannot be loaded by sentence-transformers ({_first_line(error)}); take another model"
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _export(transformer: Any, folder: Path) -> None:
    """Write `fp32.onnx`: token ids to unit vectors, through every module of the model."""
    import torch

    names = [name for name in ("input_ids", "token_type_ids") if name in transformer.preprocess(["a"])]

    class Pipeline(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.modules_in_order = transformer

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            features: dict[str, Any] = dict(zip(names, tensors, strict=True))
            features["attention_mask"] = torch.ones_like(features["input_ids"])
            for module in self.modules_in_order:
                features = module(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], p=2, dim=1)

    ids = torch.ones((2, 8), dtype=torch.long)
    tensors = tuple(torch.zeros_like(ids) if name == "token_type_ids" else ids for name in names)
    axes = {name: {0: "text", 1: "token"} for name in names}
    with torch.no_grad(), warnings.catch_warnings(), _unmasked(transformer):
        warnings.simplefilter("ignore")  # the tracer warns of every Python branch in transformers
        torch.onnx.export(
            Pipeline(), tensors, str(folder / "fp32.onnx"), input_names=names, output_names=["embedding"],
            dynamic_axes={**axes, "embedding": {0: "text"}}, opset_version=17, dynamo=False,
        )  # fmt: skip


@contextmanager
def _unmasked(transformer: Any) -> Iterator[None]:
    """A transformer that attends to every token it is given, which spares a sixth of the time: texts are never padded."""
    model: Any = getattr(transformer[0], "model", None)
    if model is None or "attention_mask" not in inspect.signature(model.forward).parameters:
        yield
        return
    forward = model.forward
    model.forward = lambda **arguments: forward(**{**arguments, "attention_mask": None})
    try:
        yield
    finally:
        del model.forward  # the class's own is behind it


def _quantise(folder: Path) -> None:
    """Write `int8.onnx` from `fp32.onnx`: weights int8, a scale per channel; activations int8 when it runs.

    The range is reduced to 7 bits because AVX2's 8-bit multiply-add saturates at 16 bits on full ranges.
    """
    import logging

    from onnxruntime.quantization import QuantType, quantize_dynamic

    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # it advises a pre-processing step that changes nothing here
    try:
        quantize_dynamic(
            folder / "fp32.onnx", folder / "int8.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
            op_types_to_quantize=["MatMul", "Gather"], extra_options={"MatMulConstBOnly": True},
        )  # fmt: skip
    finally:
        root.setLevel(level)


def _optimise(folder: Path, precision: str) -> None:
    """Fuse the operators of `PRECISION.onnx` now rather than at every start, and put its large tables, which are looked up
    row by row, in `PRECISION.weights`, which is mapped and not read.

    The fused form of a sum and its layer normalisation takes five times as long as the two of them in onnxruntime 1.32.
    """
    import onnxruntime

    source = folder / f"{precision}.onnx"
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(folder / f"{precision}.optimised.onnx")
    options.log_severity_level = 3
    for name, value in (("file_name", f"{precision}.weights"), ("min_size_in_bytes", str(_LEAST_MAPPED))):
        options.add_session_config_entry(f"session.optimized_model_external_initializers_{name}", value)
    onnxruntime.InferenceSession(
        str(source), options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )
    os.replace(folder / f"{precision}.optimised.onnx", source)


def _write_vocabulary(folder: Path, tokenizer: Any) -> bool:
    """Write the default model's vocabulary in the form that opens at once; whether it parts every probe as `tokenizer` does."""
    from .vocabulary import UnigramTokenizer

    file = folder / "vocabulary.bin"
    e5_package.write_vocabulary(file)
    opened = UnigramTokenizer(file)
    texts = [prompt + probe for prompt in e5_package.PROMPTS.values() for probe in PROBES]
    same = all(opened.encode(text, 1 << 20) == tokenizer.encode(text).ids for text in texts)
    if not same:
        file.unlink()
    return same


def _choose_precision(transformer: Any, common: dict[str, Any], source: str) -> Prepared:
    """The smallest form whose every probe vector agrees with the model's own."""
    wanted = [*transformer.encode_query(list(PROBES), normalize_embeddings=True)]
    wanted += [*transformer.encode_document(list(PROBES), normalize_embeddings=True)]
    labels = [f"{kind}: {probe[:40]}" for kind in ("query", "passage") for probe in PROBES]
    worst = {}
    folder: Path = common["folder"]
    for precision, least in LEAST_COSINE.items():
        identity = json.dumps([FORMAT, source, common["query_prompt"], common["passage_prompt"], precision])
        candidate = Prepared(
            **common, fingerprint=hashlib.sha256(identity.encode()).hexdigest()[:32], precision=precision, parity={}
        )
        os.replace(folder / f"{precision}.onnx", candidate.onnx)
        encoder = OnnxEncoder(candidate)
        made = [*encoder.encode_queries(PROBES), *encoder.encode_passages(PROBES)]
        parity = {label: round(float(a @ b), 6) for label, a, b in zip(labels, made, wanted, strict=True)}
        worst[precision] = min(parity.values())
        if worst[precision] >= least:
            return Prepared(**common, fingerprint=candidate.fingerprint, precision=precision, parity=parity)
    raise ModelError(f"{common['name']}: the prepared form does not agree with the model (least cosine {worst})")
