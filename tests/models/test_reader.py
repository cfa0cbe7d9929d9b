"""What the reader's logits mean: tokens, units and spans from made-up numbers; and the shipped reader on a few passages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import qa
from qa.index.index import Index
from qa.models.e5 import write_default_vocabulary
from qa.models.encoder import load_encoder, load_reader
from qa.models.reader import (
    LONGEST_SPAN,
    MOST_TOKENS,
    MOST_UNITS,
    WEIGHTS,
    Reader,
    ReadPassage,
    Tokens,
    passage_tokens,
    question_tokens,
    reading,
)
from qa.models.vocabulary import UnigramTokenizer


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> UnigramTokenizer:
    file = tmp_path_factory.mktemp("vocabulary") / "vocabulary.bin"
    write_default_vocabulary(file)
    return UnigramTokenizer(file)


def passage(title: str, *units: str) -> ReadPassage:
    text, spans = "", []
    for unit in units:
        spans.append((len(text), len(text) + len(unit)))
        text += unit + "\n"
    return ReadPassage(title, text, tuple(spans))


def test_a_passage_is_its_title_and_its_units_one_after_another(tokenizer: UnigramTokenizer) -> None:
    read = passage("门禁 › 办卡", "补卡收费20元。", "押金不退。")
    tokens = passage_tokens(tokenizer, read)
    head = tokenizer.encode("passage: 门禁 › 办卡", 99)[:-1]
    first, second = (tokenizer.encode(unit, 99)[1:-1] for unit in ("补卡收费20元。", "押金不退。"))
    assert tokens.ids == [*head, *first, *second, tokenizer.ends[1]]
    assert tokens.units == [(len(head), len(head) + len(first)), (len(head) + len(first), len(tokens.ids) - 1)]
    for unit, covered in zip(tokens.units, tokens.covered, strict=True):
        assert len(covered) == unit[1] - unit[0]
    assert "".join(read.text[a:b] for a, b in dict.fromkeys(tokens.covered[1])).startswith("押")


def test_a_long_passage_is_read_up_to_its_limits(tokenizer: UnigramTokenizer) -> None:
    tokens = passage_tokens(tokenizer, passage("", *(f"第{i}条写了一些不相干的话。" for i in range(100))))
    assert len(tokens.ids) == MOST_TOKENS + 1
    assert len(tokens.units) == MOST_UNITS
    assert tokens.units[-1] == (MOST_TOKENS, MOST_TOKENS)
    last = reading(tokens, 0.0, np.zeros((len(tokens.ids), 4), np.float32))
    assert last.units[-1] == -np.inf
    assert last.spans[-1] == (0, 0)


def test_a_question_stands_after_its_prompt(tokenizer: UnigramTokenizer) -> None:
    assert question_tokens(tokenizer, "补卡多少钱") == tokenizer.encode("query: 补卡多少钱", 64)


def made_up(*counts: int) -> Tokens:
    """Tokens of units with so many tokens each; token i covers the character i."""
    units, covered, at = [], [], 1
    for count in counts:
        units.append((at, at + count))
        covered.append([(i, i + 1) for i in range(at, at + count)])
        at += count
    return Tokens([0] * (at + 1), units, covered)


def test_a_unit_weighs_its_tokens_by_the_softmax_of_the_last_head() -> None:
    tokens = made_up(2, 3)
    heads = np.zeros((7, 4), np.float32)
    heads[1:3, 0] = 1, 3  # equal weights: the mean
    heads[3:6, 0] = 5, 0, 0
    heads[3, 3] = np.log(2)  # twice the weight of each other token
    read = reading(tokens, 0.25, heads)
    assert read.answers == 0.25
    assert read.units == pytest.approx([2.0, 2.5])


def test_the_words_of_a_unit_run_from_the_likeliest_start_to_an_end_behind_it() -> None:
    tokens = made_up(4, LONGEST_SPAN + 10)
    heads = np.zeros((len(tokens.ids), 4), np.float32)
    heads[1:5, 1] = 0, 1, 0, 4
    heads[1:5, 2] = 9, 0, 3, 0
    first = tokens.units[1][0]
    heads[first, 1], heads[first + LONGEST_SPAN, 2], heads[first + 2, 2] = 5, 5, 1
    # an end before the start is no span: of token 2 to 3 (1 + 3), 1 to 1 (0 + 9) the second; the far end is too far away
    assert reading(tokens, 0.0, heads).spans == ((1, 2), (first, first + 3))


@pytest.fixture(scope="module")
def reader() -> Reader:
    found = load_reader(load_encoder())
    assert found is not None
    return found


RULES = passage(
    "办公室手册 › 门禁卡",
    "门禁卡在前台领取，当天有效。",
    "遗失后到行政部补办，工本费20元。",
    "离职时交回，逾期不交扣50元。",
)


def test_the_unit_that_answers_is_told_and_its_words(reader: Reader) -> None:
    for question, unit, words in (
        ("卡丢了补一张多少钱", 1, "20元"),
        ("What do I pay if I keep the badge after leaving?", 2, "50元"),
    ):
        (read,) = reader.read(question, [RULES])
        assert int(read.units.argmax()) == unit
        assert words in RULES.text[slice(*read.spans[unit])]


def test_what_is_not_answered_is_less_sure_than_what_is(reader: Reader) -> None:
    lake = passage("游记", "湖边的路很长。", "我们走了一个下午。")
    answered, elsewhere = reader.read("补卡要多少钱？", [RULES, lake])
    (unanswered,) = reader.read("前台的电话是多少？", [RULES])
    assert answered.answers > unanswered.answers + 1
    assert answered.answers > elsewhere.answers + 1


def test_passages_are_read_alike_alone_and_together(reader: Reader) -> None:
    others = [passage("", "别的事。")] * 3
    together = reader.read("补卡要多少钱？", [RULES, *others])
    (alone,) = reader.read("补卡要多少钱？", [RULES])
    assert together[0].answers == pytest.approx(alone.answers, abs=1e-5)
    assert together[0].units == pytest.approx(alone.units, abs=1e-5)
    assert reader.read("补卡要多少钱？", []) == []


def test_no_reader_for_another_model_or_when_it_is_not_wanted(tiny: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_reader(tiny) is None  # type: ignore[arg-type]
    monkeypatch.setenv("QA_NO_READER", "1")
    assert load_reader(load_encoder()) is None


def test_the_lower_layers_are_those_of_the_encoder(reader: Reader, tmp_path: Path) -> None:
    """Of a text alone they give what the whole model computes on its way: the layers above lead to its vector."""
    from qa.models.token_states import lower_layers

    prepared = reader._prepared
    again = tmp_path / "lower.onnx"
    lower_layers(prepared.onnx, again)
    assert again.read_bytes() == prepared.lower.read_bytes()
    with pytest.raises(ValueError, match="layer"):
        lower_layers(WEIGHTS, again)


def test_warming_up_an_index_loads_its_reader(seed_index: qa.Index) -> None:
    index = Index(seed_index.store, seed_index.encoder)
    reader = index.retriever.reader
    assert reader is not None
    assert reader._loaded is None
    index.warm_up()
    assert reader._loaded is not None
