"""The fit of the map finds a rotation that was hidden in questions' vectors; what its parts are made of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from fit_question_map import Part, fit, folders_of, found_by_vectors


def hidden_rotation(seed: int, turn: np.ndarray) -> Part:
    chance = np.random.default_rng(seed)
    passages = chance.normal(size=(40, 8)).astype(np.float32)
    passages /= np.linalg.norm(passages, axis=1, keepdims=True)
    rows = list(range(40))
    return Part(passages, passages, np.arange(40), passages @ turn, [[row] for row in rows], [[row] for row in rows])


def test_a_rotation_is_found() -> None:
    turned, scale = np.linalg.qr(np.eye(8) + 0.25 * np.random.default_rng(7).normal(size=(8, 8)))
    turn = (turned * np.sign(np.diag(scale))).astype(np.float32)
    parts = [hidden_rotation(seed, turn) for seed in range(120)]
    others = [hidden_rotation(99, turn)]
    before, after = found_by_vectors(others, None)["in 1"], found_by_vectors(others, fit(parts))["in 1"]
    assert after > before + 10


def test_question_files_become_folders(tmp_path: Path) -> None:
    def stored(name: str, context: str, question: str, answer: str) -> str:
        qas = [{"id": "1", "question": question, "answers": [{"text": answer}]}]
        file = tmp_path / name
        file.write_text(json.dumps({"data": [{"paragraphs": [{"context": context, "qas": qas}]}]}), "utf-8")
        return str(file)

    names = [stored("en.json", "The gate opens at six.", "When?", "six"), stored("zh.json", "六点开门。", "几点开？", "六点")]
    found = list(folders_of(",".join(names), tmp_path / "made"))
    asked = [(d.joinpath("0.txt").read_text("utf-8"), *map(json.loads, q.read_text("utf-8").splitlines())) for d, q in found]
    assert asked == [
        ("The gate opens at six.", {"question": "When?", "quote": ["six"], "source": "0.txt"}),
        ("The gate opens at six.", {"question": "几点开？", "quote": ["six"], "source": "0.txt"}),
        ("六点开门。", {"question": "When?", "quote": ["六点"], "source": "0.txt"}),
        ("六点开门。", {"question": "几点开？", "quote": ["六点"], "source": "0.txt"}),
    ]
