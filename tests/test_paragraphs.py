"""Texts to passages and sentences: exact spans, and nothing lost or doubled whatever the text."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from conftest import LONG_LINE, SEED
from reference import in_order

from qa.encoder import OnnxEncoder
from qa.paragraphs import WINDOW, count_lines, estimate_tokens, line_of, split_paragraphs, split_sentences

PIECES = [
    *"中文段落洪水退去人民群众𠮷䶮々〇", *"abc XYZ éüñ Дом かなカナ한글ไทยعرب", *"0123456789",
    *"。！？…，、；：“”‘’「」『』（）《》【】",
    *".!?,;:()'\"-_/@#&*", "——", "……", "...", "\n", "\n\n", "\r\n", "\r", "\t", "　", "\u2028", "\x0b", "\x0c", "\x85", "\ufeff",
    "\u200b", "e.g. ", "Dr. ", "3.14", "1,200", "https://a.b/c?d=e!f ", "🙂", "👩‍👧", "e\u0301", "\x00", "\ud800",
]  # fmt: skip


def paragraphs(text: str, window: float = WINDOW) -> list[str]:
    return [text[a:b] for a, b in split_paragraphs(text, window)]


def sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in split_sentences(text)]


def random_texts(count: int) -> list[str]:
    source = random.Random(7)
    return ["".join(source.choices(PIECES, k=source.randint(0, 120))) for _ in range(count)]


def letters(text: str, start: int, end: int) -> set[int]:
    """Where the letters and digits of text[start:end] are."""
    return {i for i in range(start, end) if text[i].isalnum()}


def test_the_seed_document_is_its_44_lines_with_text() -> None:
    text = SEED.read_text("utf-8")
    expected, at = [], 0
    for line in text.split("\n"):
        if line.strip() not in ("", "……"):
            expected.append((at + len(line) - len(line.lstrip()), at + len(line.rstrip())))
        at += len(line) + 1
    spans = split_paragraphs(text)
    assert spans == expected
    assert len(spans) == 44
    assert spans[:2] == [(2, 89), (92, 183)]
    assert text[slice(*spans[6])].startswith("三级响应，二级响应，洪水漫过公路……6月22日，重庆綦江区綦河遭遇1940年以来最大洪水")
    assert text.count("\n　　……\n") == 2  # left out above


@pytest.mark.parametrize("text", ["", " ", "\n\n", "……", "　　……\n——\n***\n。\n🙂\n", "\ufeff\u200b\n"])
def test_a_text_without_letters_and_digits_has_no_passage(text: str) -> None:
    assert split_paragraphs(text) == []


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x85"])
def test_every_kind_of_newline_ends_a_passage(newline: str) -> None:
    assert paragraphs(f"一{newline}{newline}　二 {newline}3") == ["一", "二", "3"]


def test_passages_keep_every_letter_once_in_order_and_under_the_window() -> None:
    for text in random_texts(400):
        for window in (WINDOW, 12):
            spans = split_paragraphs(text, window)
            assert in_order(spans, 0, len(text)), text
            assert {i for span in spans for i in letters(text, *span)} == letters(text, 0, len(text)), text
            for start, end in spans:
                passage = text[start:end]
                assert passage == passage.strip()
                assert any(char.isalnum() for char in passage)
                assert estimate_tokens(passage) < window + 1  # cut when a character goes over it


def test_sentences_keep_every_letter_of_their_passage_once_and_in_order() -> None:
    for text in random_texts(400):
        for start, end in split_paragraphs(text, 40):
            spans = split_sentences(text, start, end)
            assert spans, text[start:end]
            assert in_order(spans, start, end), text[start:end]
            assert {i for span in spans for i in letters(text, *span)} == letters(text, start, end), text[start:end]
            assert all(text[a:b] == text[a:b].strip() for a, b in spans)


def test_a_long_line_is_cut_at_sentence_ends_into_parts_of_about_equal_size() -> None:
    parts = paragraphs(LONG_LINE)
    assert "".join(parts) == LONG_LINE
    assert len(parts) == math.ceil(estimate_tokens(LONG_LINE) / WINDOW) > 2
    assert all(part.startswith("第") and part.endswith("农田。") for part in parts)
    lengths = [len(part) for part in parts]
    assert max(lengths) - min(lengths) <= 60  # two sentences


def test_a_long_sentence_is_cut_at_commas_and_without_commas_where_the_window_ends() -> None:
    with_commas = "洪水漫过公路又退去，" * 100 + "完。"
    parts = paragraphs(with_commas)
    assert "".join(parts) == with_commas
    assert all(part.endswith("，") for part in parts[:-1])
    without = "水" * 2000
    parts = paragraphs(without)
    assert "".join(parts) == without
    assert [len(part) for part in parts] == [640, 640, 640, 80]  # 640 characters of 0.75 tokens are the window of 480


LONG_TEXTS = {
    "prose": SEED.read_text("utf-8").replace("\n", ""),
    "English prose": "The river rose again over the old bridge at noon. " * 60,
    "Chinese with numbers": LONG_LINE,
    "a table of numbers": "\t".join(f"{i * 7919 / 100:.2f}" for i in range(400)),
}


@pytest.mark.parametrize("kind", LONG_TEXTS)
def test_a_passage_fits_the_models_window(kind: str, encoder: OnnxEncoder) -> None:
    for passage in paragraphs(LONG_TEXTS[kind]):
        assert len(encoder.token_ids("passage: " + passage)) < 512  # 512 is where the model cuts


@pytest.mark.parametrize("text", ["He works at Acme Inc.", "他住在 Mt.", "见图 e.g.", "Vol.", "a.b.", "等等. b"])
def test_a_line_that_ends_with_an_abbreviation_is_a_sentence(text: str) -> None:
    assert sentences(text) == [text]
    assert sentences(f"好。{text}") == ["好。", text]


CASES = [
    ("水位227.6米。超5.1米！真的吗？", ["水位227.6米。", "超5.1米！", "真的吗？"]),
    ("他说：“好！”然后走了。完了。", ["他说：“好！”然后走了。", "完了。"]),
    ("“真心感谢你们！”村民们道出了心声。后来呢？", ["“真心感谢你们！”村民们道出了心声。", "后来呢？"]),
    ("“人民至上……”他说。“能！”", ["“人民至上……”他说。", "“能！”"]),
    ("「你好。」他說。『再見。』", ["「你好。」他說。", "『再見。』"]),
    ("他走了。“真的？”", ["他走了。", "“真的？”"]),
    ("洪水漫过公路……6月22日来了。", ["洪水漫过公路……6月22日来了。"]),
    ("通知村民转移……\n第二天。", ["通知村民转移……", "第二天。"]),
    ("治愈率100%……“好”", ["治愈率100%……", "“好”"]),
    ("（他来了。（真的！）好。）走。再见。", ["（他来了。（真的！）好。）走。", "再见。"]),
    ("怎么办？！走！！！", ["怎么办？！", "走！！！"]),
    ("“" + "群众利益无小事。" * 12 + "”", ["“群众利益无小事。", *["群众利益无小事。"] * 10, "群众利益无小事。”"]),
    ("It rose 227.6 m. Then 5.1 more. End", ["It rose 227.6 m. Then 5.1 more.", "End"]),
    ("Dr. Smith met Mr. J. R. R. Tolkien. They spoke.", ["Dr. Smith met Mr. J. R. R. Tolkien.", "They spoke."]),
    ("Fruit, e.g. Apples, is good. So is i.e. Water.", ["Fruit, e.g. Apples, is good.", "So is i.e. Water."]),
    ("He was born in 1990. She too.", ["He was born in 1990.", "She too."]),
    ("He said “Go home.” Then he left.", ["He said “Go home.”", "Then he left."]),
    ('He said "Go." Then he left (at last). End.', ['He said "Go."', "Then he left (at last).", "End."]),
    ("See https://a.com/b?c=d!e. Then go.", ["See https://a.com/b?c=d!e.", "Then go."]),
    ("Use a.b.c or v1.2.3. Done.", ["Use a.b.c or v1.2.3.", "Done."]),
    ("Wait... what? Yes!!! No?!", ["Wait... what?", "Yes!!!", "No?!"]),
    ("The U.S. Army came. Mrs. Li, Ph.D. left", ["The U.S. Army came.", "Mrs. Li, Ph.D. left"]),
    ("¿Qué pasa? ¡Hola! Bien.", ["¿Qué pasa?", "¡Hola!", "Bien."]),
    ("مرحبا؟ نعم۔ لا", ["مرحبا؟", "نعم۔", "لا"]),
    ("हिन्दी है। ठीक है।", ["हिन्दी है।", "ठीक है।"]),
    ("First line\nSecond line. Third", ["First line", "Second line.", "Third"]),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text[:16] for text, _ in CASES])
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize("text", ["Dr. Smith came.", "J. Smith came.", "e.g. This."])
def test_an_abbreviation_opens_any_line(text: str) -> None:
    assert sentences(text) == [text]
    assert sentences(f"A line before\n{text}") == ["A line before", text]


def test_sentences_of_a_part_are_counted_from_the_text() -> None:
    assert split_sentences("甲。乙。丙。丁。", 2, 6) == [(2, 4), (4, 6)]


def test_lines_are_counted_from_one_by_every_kind_of_newline() -> None:
    text = "a\nb\r\nc\rd\u2028e\x85f"
    starts = count_lines(text)
    assert starts == [0, 2, 5, 7, 9, 11]
    assert [line_of(starts, text.index(char)) for char in "abcdef"] == [1, 2, 3, 4, 5, 6]
    assert all(a < b for a, b in pairwise(starts))
