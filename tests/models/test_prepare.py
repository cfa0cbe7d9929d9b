"""Preparing a model: a small sentence-transformers model made here, kept whole, made again when damaged, refused in one line."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

import qa
from qa import ModelError
from qa.models import prepare as prepared
from qa.models import prepared_folder
from qa.models.onnx_encoder import OnnxEncoder

TEXTS = ["Who built the old bridge?", "洪水退去了", "the flood", "", "a b c d e f g h", "Ünïcödé"]


def make_model(folder: Path) -> None:
    """A BERT of two layers with random weights and words of single letters, with prompts of its own."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    letters = "abcdefghijklmnopqrstuvwxyz:?洪水退去了"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "flood", *letters, *("##" + letter for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64,
    )  # fmt: skip
    bert = folder.with_name("bert")
    BertModel(config).save_pretrained(bert)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **names).save_pretrained(bert)
    transformer = Transformer(str(bert), max_seq_length=64)
    model = SentenceTransformer(modules=[transformer, Pooling(32)], prompts={"query": "q: ", "document": "d: "}, device="cpu")
    model.save(str(folder))
    shutil.rmtree(bert)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of its own for the models of this file."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "tiny-bert"
    make_model(folder)
    return folder


@pytest.fixture(scope="module")
def made(model: Path, cache: Path) -> OnnxEncoder:
    return qa.load_encoder(str(model))


@pytest.fixture
def own_cache(made: OnnxEncoder, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The prepared folder of the model in a copy of the cache."""
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
    shutil.copytree(cache, tmp_path / "cache")
    return tmp_path / "cache" / "models" / made.prepared.folder.name


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_a_local_model_gives_the_vectors_that_sentence_transformers_gives(made: OnnxEncoder, model: Path) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(model), device="cpu")
    least = prepared.LEAST_COSINE[made.prepared.precision]
    for ours, theirs in (
        (made.encode_queries(TEXTS), reference.encode(TEXTS, prompt_name="query", normalize_embeddings=True)),
        (made.encode_passages(TEXTS), reference.encode(TEXTS, prompt_name="document", normalize_embeddings=True)),
    ):
        assert (ours * theirs).sum(axis=1).min() >= least
    assert least >= 0.98


def test_a_local_model_is_used_with_its_own_prompts_window_and_size(made: OnnxEncoder, model: Path) -> None:
    assert made.name == str(model)
    assert made.dimension == 32
    assert (made.prepared.query_prompt, made.prepared.passage_prompt) == ("q: ", "d: ")
    assert made.prepared.max_tokens == 64
    one_less, whole, cut = made.encode_passages(["flood " * count for count in (59, 60, 61)])
    assert (whole == cut).all()  # "d", ":" and a token at each end are the other four
    assert (one_less != whole).any()
    same = made.encode_queries(["d: flood"])[0] @ made.encode_passages(["flood"])[0]
    assert same < 0.9999  # "q: d: flood" is not "d: flood"
    assert len(made.prepared.parity) == 2 * len(prepared.PROBES)


def test_the_prepared_folder_holds_what_answers_questions_and_the_checks(made: OnnxEncoder, cache: Path) -> None:
    assert names_in(made.prepared.folder) == ["model.onnx", "prepared.json", "tokenizer.json", "verified.json"]
    assert names_in(cache / "models") == [made.prepared.folder.name]  # nothing of the making is left


def test_a_prepared_model_is_not_made_twice(made: OnnxEncoder, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_make", lambda *arguments: pytest.fail("made again"))
    assert qa.load_encoder(str(model)).prepared == made.prepared


def test_an_index_remembers_a_local_model_and_refuses_another(made: OnnxEncoder, model: Path, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("the flood came\n\na bridge fell\n")
    built = qa.build(tmp_path / "docs", tmp_path / "index", str(model))
    opened = qa.open(tmp_path / "index")
    assert opened.manifest.model == str(model)
    assert opened.search("flood")[0].text == "the flood came\n\na bridge fell"
    assert opened.search("flood") == built.search("flood")
    with pytest.raises(qa.IndexMismatch) as caught:
        qa.open(tmp_path / "index", prepared.DEFAULT_MODEL)
    assert str(caught.value) == (
        f"{tmp_path / 'index'}: was built with the model {model}, not {prepared.DEFAULT_MODEL}; rebuild it with: "
        f"python -m qa build {tmp_path / 'docs'} --index {tmp_path / 'index'} --model {prepared.DEFAULT_MODEL}"
    )


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def halve(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "prepared.json"])
@pytest.mark.parametrize("damage", [flip, halve, Path.unlink])
def test_a_damaged_prepared_model_is_made_again(
    name: str, damage: Any, own_cache: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "prepared.json" and damage is flip:
        (own_cache / name).write_text('["not", "what", "was", "written"]')
    else:
        damage(own_cache / name)
    asked: list[str] = []

    def make(name: str, source: str, folder: Path, progress: Any) -> None:
        asked.append(name)
        assert not own_cache.exists()
        raise ModelError("models.not_loaded", "stop here")

    monkeypatch.setattr(prepared, "_make", make)
    with pytest.raises(ModelError, match="stop here"):
        qa.load_encoder(str(model))
    assert asked == [str(model)]
    assert names_in(own_cache.parent) == []


def test_files_are_read_again_only_when_they_were_written_to(
    own_cache: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    qa.load_encoder(str(model))
    read: list[str] = []
    digest = prepared_folder.sha256_of

    def reading(file: Path, follow: bool = False) -> str:
        if file.parent == own_cache:
            read.append(file.name)
        return digest(file, follow=follow)

    monkeypatch.setattr(prepared_folder, "sha256_of", reading)
    qa.load_encoder(str(model))
    assert read == []
    state = (own_cache / "model.onnx").stat()
    flip(own_cache / "model.onnx")
    os.utime(own_cache / "model.onnx", ns=(state.st_atime_ns, state.st_mtime_ns))  # as if nothing had been written
    monkeypatch.setattr(prepared, "_make", lambda *arguments: (_ for _ in ()).throw(ModelError("models.not_loaded", "stop here")))
    with pytest.raises(ModelError, match="stop here"):
        qa.load_encoder(str(model))
    assert "model.onnx" in read


@pytest.mark.parametrize("content", ["", "[]", "not JSON", '{"model.onnx": [1, 2, 3, 4]}'])
def test_a_note_of_what_was_read_that_is_wrong_is_not_believed(content: str, own_cache: Path, model: Path) -> None:
    (own_cache / "verified.json").write_text(content)
    qa.load_encoder(str(model))
    assert len(json.loads((own_cache / "verified.json").read_text())) == 2


def test_a_model_that_was_made_again_gives_the_same_vectors(own_cache: Path, model: Path, made: OnnxEncoder) -> None:
    flip(own_cache / "model.onnx")
    again = qa.load_encoder(str(model))
    assert again.prepared.folder == own_cache
    assert again.fingerprint == made.fingerprint
    assert (again.encode_queries(TEXTS) == made.encode_queries(TEXTS)).all()


def test_a_change_in_the_models_folder_is_another_model(own_cache: Path, model: Path, made: OnnxEncoder, tmp_path: Path) -> None:
    other = Path(shutil.copytree(model, tmp_path / "other"))
    settings = json.loads((other / "config_sentence_transformers.json").read_text())
    settings["prompts"] = {"query": "", "document": ""}
    (other / "config_sentence_transformers.json").write_text(json.dumps(settings))
    changed = qa.load_encoder(str(other))
    assert changed.fingerprint != made.fingerprint
    assert (changed.encode_queries(TEXTS[:2]) == changed.encode_passages(TEXTS[:2])).all()  # no prompts now
    assert not np.allclose(changed.encode_queries(TEXTS[:2]), made.encode_queries(TEXTS[:2]))


def test_a_disk_that_is_full_is_one_line_and_leaves_nothing(
    own_cache: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(own_cache)

    def fail(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "model.onnx")

    monkeypatch.setattr(prepared, "_make", fail)
    with pytest.raises(ModelError) as caught:
        qa.load_encoder(str(model))
    expected = "model.onnx: No space left on device; the prepared model needs 700 MB there, or set QA_CACHE to another folder"
    assert str(caught.value) == expected
    assert names_in(own_cache.parent) == []


def test_a_cache_that_is_not_a_folder_is_one_line(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="set QA_CACHE to another folder") as caught:
        qa.load_encoder(str(model))
    assert "\n" not in str(caught.value)


def test_a_form_that_does_not_agree_with_the_model_is_refused(
    own_cache: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(own_cache)
    monkeypatch.setattr(prepared, "LEAST_COSINE", {"int8": 1.1, "fp32": 1.1})
    with pytest.raises(ModelError, match="the prepared form does not agree with the model") as caught:
        qa.load_encoder(str(model))
    assert "\n" not in str(caught.value)
    assert names_in(own_cache.parent) == []


def test_full_precision_is_kept_when_int8_does_not_agree(own_cache: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(own_cache)
    monkeypatch.setattr(prepared, "LEAST_COSINE", {"int8": 1.1, "fp32": 0.9999})
    encoder = qa.load_encoder(str(model))
    assert encoder.prepared.precision == "fp32"
    assert min(encoder.prepared.parity.values()) >= 0.9999
    assert names_in(own_cache) == ["model.onnx", "prepared.json", "tokenizer.json", "verified.json"]


def test_a_folder_without_a_model_is_refused(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        qa.load_encoder(str(tmp_path))
    assert str(caught.value) == f"{tmp_path}: holds no sentence-transformers model (no modules.json); name another folder"


def test_a_broken_model_folder_is_refused_in_one_line(cache: Path, model: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(model, tmp_path / "broken"))
    halve(broken / "model.safetensors")
    with pytest.raises(ModelError) as caught:
        qa.load_encoder(str(broken))
    assert str(caught.value).startswith(f"{broken}: cannot be loaded by sentence-transformers")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["./nowhere", "/no/such/folder", "~/nowhere", "a/b/c"])
def test_a_folder_that_is_not_there_is_not_taken_for_a_hub_name(name: str, cache: Path) -> None:
    with pytest.raises(ModelError) as caught:
        qa.load_encoder(name)
    assert str(caught.value) == (
        f"{name}: no such folder; name a sentence-transformers folder or a hub model such as {prepared.DEFAULT_MODEL}"
    )


def test_a_hub_name_without_a_network_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "QA_CACHE": str(tmp_path / "cache")}
    program = [
        sys.executable,
        "-m",
        "qa",
        "build",
        "seeds",
        "--index",
        str(tmp_path / "index"),
        "--model",
        "nobody/no-such-model",
    ]
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert lines == done.stderr.replace("\r", "\n").rstrip().splitlines()[-1:]
    assert lines[0].startswith("error: nobody/no-such-model: is not on this machine and cannot be fetched (")
    assert lines[0].endswith("name a local sentence-transformers folder, or leave --model out")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "index").exists()
