"""The real model: its vectors against the C engine of the package that carries it, and what every encoder promises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, SEED

from qa import ModelError
from qa.models.onnx_encoder import OnnxEncoder, giving_way
from qa.models.prepare import DEFAULT_MODEL, LEAST_COSINE, PROBES
from qa.models.vocabulary import UnigramTokenizer

TEXTS = [
    "綦河洪峰水位是多少？",
    "為什麼基層幹部的負擔輕了？",
    "How many bags of grain were delivered in Yongfu?",
    "¿Quién inventó esta máquina?",
    "この機械を発明したのは誰ですか。",
    "이 도시의 인구는 몇 명입니까?",
    "Сколько людей живёт в городе?",
    "ما هي أعراض المرض؟",
    "ภูเขาไฟฟูจิสูงเท่าไร",
    "यह पुस्तक किसने लिखी?",
    "a",
    "227.6",
    "🙂",
    "  spaces   and\ttabs\n",
    *SEED.read_text("utf-8").split("\n")[:12],
]


def test_vectors_agree_with_the_packages_own_engine(encoder: OnnxEncoder, engine: Any) -> None:
    for ours, theirs in (
        (encoder.encode_queries(TEXTS), engine.query(TEXTS)),
        (encoder.encode_passages(TEXTS), engine.passage(TEXTS)),
    ):
        cosines = (ours * theirs).sum(axis=1)
        assert cosines.min() > 0.99, TEXTS[int(cosines.argmin())]


def test_vectors_are_single_precision_of_length_one(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode_queries(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension) == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the priority is of the whole process")
def test_what_is_encoded_in_the_background_gives_way(encoder: OnnxEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    own, vector, priorities = os.nice(0), encoder._vector, set()

    def noting(text: str) -> Any:
        priorities.add(os.nice(0))  # of the thread
        return vector(text)

    monkeypatch.setattr(encoder, "_vector", noting)
    with giving_way():
        encoder.encode_passages(TEXTS[:3])
    assert priorities == {min(own + 10, 19)}
    priorities.clear()
    encoder.encode_passages(TEXTS[:3])
    assert priorities == {own} == {os.nice(0)}


def test_it_is_encoded_where_priorities_may_not_be_changed(encoder: OnnxEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(step: int) -> int:
        raise PermissionError(1, "Operation not permitted")

    usual = encoder.encode_passages(TEXTS[:3])
    monkeypatch.setattr(os, "nice", refused)
    with giving_way():
        assert (encoder.encode_passages(TEXTS[:3]) == usual).all()


def test_a_question_and_a_passage_of_one_text_differ(encoder: OnnxEncoder) -> None:
    question, passage = encoder.encode_queries(["洪水"])[0], encoder.encode_passages(["洪水"])[0]
    assert 0.8 < question @ passage < 0.999


def test_a_text_has_the_same_vector_alone_and_among_others(encoder: OnnxEncoder) -> None:
    together = encoder.encode_passages(TEXTS)
    turned = encoder.encode_passages(TEXTS[::-1])
    assert (together == turned[::-1]).all()
    for text, vector in zip(TEXTS, together, strict=True):
        assert (encoder.encode_passages([text])[0] == vector).all()


def test_no_text_gives_no_vector(encoder: OnnxEncoder) -> None:
    assert encoder.encode_queries([]).shape == (0, 384)
    assert encoder.encode_passages([]).shape == (0, 384)


def test_any_text_has_a_vector(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode_queries(["", "\ud800", "a\udcffb", "\x00", "水" * 5000])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors[1] == encoder.encode_queries(["?"])[0]).all()  # a lone surrogate reads as a question mark


def test_a_long_text_is_cut_at_the_models_window(encoder: OnnxEncoder) -> None:
    count = UnigramTokenizer(encoder.prepared.vocabulary).encode
    assert len(count("passage: " + "a" + " b" * 506, 9999)) == 511
    whole, fitting, over, far = encoder.encode_passages(["a" + " b" * count for count in (506, 507, 508, 5000)])
    assert (over == fitting).all()
    assert (far == fitting).all()
    assert (whole != fitting).any()


def test_progress_is_told_of_every_character(encoder: OnnxEncoder) -> None:
    told: list[int] = []
    encoder.encode_passages(["一二三", "四", "五六"], told.append)
    assert told == [3, 5, 6]  # the longest first


def test_the_default_model_is_kept_with_its_parity_on_every_probe(encoder: OnnxEncoder) -> None:
    assert (encoder.name, encoder.dimension) == (DEFAULT_MODEL, 384)
    stored = json.loads((encoder.prepared.folder / "prepared.json").read_text("utf-8"))
    assert stored["name"] == DEFAULT_MODEL
    assert (stored["query_prompt"], stored["passage_prompt"]) == ("query: ", "passage: ")
    assert (stored["precision"], stored["max_tokens"]) == ("int8", 512)
    assert stored["fingerprint"] == encoder.fingerprint
    assert list(stored["parity"]) == [f"{kind}: {probe[:40]}" for kind in ("query", "passage") for probe in PROBES]
    assert min(stored["parity"].values()) >= LEAST_COSINE["int8"] == 0.98


def test_a_prepared_model_that_cannot_be_loaded_says_what_to_delete(encoder: OnnxEncoder, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    (tmp_path / "tokenizer.json").write_text("{}")
    broken = OnnxEncoder(replace(encoder.prepared, folder=tmp_path))
    with pytest.raises(ModelError) as caught:
        broken.encode_queries(["a"])
    assert str(caught.value) == f"{tmp_path}: the prepared model cannot be loaded; delete the folder and it is made again"


HEAVY = {"torch", "gradio", "faiss", "onnxruntime", "sentence_transformers", "transformers", "jieba", "opencc", "numpy"}


def loaded_after(program: str) -> set[str]:
    program += "\nimport sys; print('MODULES', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return HEAVY & set(done.stdout.split("MODULES")[1].split())


def test_importing_the_package_loads_none_of_its_dependencies() -> None:
    assert loaded_after("import qa, qa.cli; qa.Document, qa.QAError, dir(qa)") == set()


def test_answering_loads_neither_torch_nor_sentence_transformers_nor_gradio(seed_index: Any) -> None:
    program = f"import qa; assert qa.open({str(seed_index.folder)!r}).ask('綦河洪峰水位是多少？').found"
    assert loaded_after(program) == {"faiss", "onnxruntime", "jieba", "opencc", "numpy"}
