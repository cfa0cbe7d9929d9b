"""Texts to passages and sentences: exact spans, and nothing lost or doubled whatever the text."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from conftest import LONG_LINE, SEED
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import in_order

from qa import Mark
from qa.models.onnx_encoder import OnnxEncoder
from qa.passages.split import WINDOW, count_lines, estimate_tokens, line_of, passage_limits, split_paragraphs, split_sentences

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


TEXTS = st.lists(
    st.sampled_from([*PIECES, "短句，\n", "项目：\n", "- ", "1. ", "word " * 12, "汉" * 30]) | st.text(max_size=3)
).map("".join)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(text=TEXTS, window=st.sampled_from([2, 12, 40, WINDOW]), data=st.data())
def test_passages_of_any_text_under_any_marks_hold_every_letter_once(text: str, window: int, data: st.DataObject) -> None:
    starts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    units = st.sampled_from(["", "page", "slide"])
    headings = st.sampled_from([(), ("甲",), ("甲", "乙")])
    marks = [Mark(start, data.draw(units), 1, "", data.draw(headings)) for start in starts]
    spans = split_paragraphs(text, window, marks)
    assert in_order(spans, 0, len(text))
    assert {i for span in spans for i in letters(text, *span)} == letters(text, 0, len(text))
    limits = passage_limits(marks)
    for start, end in spans:
        assert text[start:end] == text[start:end].strip()
        assert not any(start < limit < end for limit in limits)
        inner = split_sentences(text, start, end)
        assert in_order(inner, start, end)
        assert {i for span in inner for i in letters(text, *span)} == letters(text, start, end)
        assert [(a - start, b - start) for a, b in inner] == split_sentences(text[start:end])


MAIL = (
    "Dear all, the committee met on Thursday and agreed that the old bridge\n"
    "should be rebuilt before winter comes. The market can then open again\n"
    "in the spring.\n"
    "\n"
    "Costs are shared by the two villages, and the county pays for the lamps\n"
    "along the road.\n"
)
WRAPPED_CHINESE = (
    "　　今年六月二十二日綦江区遭遇了历史上最大的一次洪水，河里的水位迅\n"
    "速上涨，超过保证水位五点一米，沿岸的群众由干部们分批转移到了高处的\n"
    "学校里。\n"
    "　　第二天早晨洪水开始退去，志愿者们清理了街道上的淤泥，共计一万五\n"
    "千余吨，商店陆续恢复营业。\n"
)


def test_lines_wrapped_at_a_width_are_one_paragraph_and_their_sentences_whole() -> None:
    assert paragraphs(MAIL) == [MAIL[: MAIL.index("\n\n")], MAIL[MAIL.index("Costs") :].strip()]
    assert sentences(paragraphs(MAIL)[0]) == [
        "Dear all, the committee met on Thursday and agreed that the old bridge\nshould be rebuilt before winter comes.",
        "The market can then open again\nin the spring.",
    ]
    second = WRAPPED_CHINESE.index("第二天")
    assert paragraphs(WRAPPED_CHINESE) == [WRAPPED_CHINESE[2 : second - 3], WRAPPED_CHINESE[second:-1]]
    assert len(sentences(paragraphs(WRAPPED_CHINESE)[0])) == 1


LINES = {
    "paragraphs of one line": (
        "洪水在六月二十二日的早晨漫过了公路和田野，干部们连夜疏散了沿岸的群众。\n"
        "粮食在第二天由汽车运到了学校里面，一共有五百多袋。\n"
    ),
    "a log": "".join(f"2024-06-2{i} 12:00:0{i} INFO server started worker {i} in {i * 37} ms\n" for i in range(6)),
    "two lines": "the first of these is quite a long line of words\nwhile the second one is another record\n",
    "names": "张伟 王芳 李娜 刘洋 陈静\n杨勇 赵磊 黄敏 周杰 吴艳\n",
    "records": "name: Ann Smith, city: London, telephone: 020 1234\nname: Bob Jones, city: Bristol, telephone: 0117 99\n",
}


@pytest.mark.parametrize("kind", LINES)
def test_lines_of_their_own_stay_passages_of_their_own(kind: str) -> None:
    assert paragraphs(LINES[kind]) == LINES[kind].splitlines()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("仓库备有：\n- 沙袋3200个\n- 冲锋舟6艘\n\n另有帐篷。", ["仓库备有：\n- 沙袋3200个\n- 冲锋舟6艘", "另有帐篷。"]),
        ("To bring:\n\n1. a lamp\n2. bread\n", ["To bring:\n\n1. a lamp\n2. bread"]),
        ("床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。", ["床前明月光，\n疑是地上霜。", "举头望明月，\n低头思故乡。"]),
        ("好，\n\n走。", ["好，", "走。"]),
        # headings by their look
        (
            "第四条 押金\n押金9600元，签约当日支付，期满退还。\n另行约定。",
            ["第四条 押金\n押金9600元，签约当日支付，期满退还。", "另行约定。"],
        ),
        (
            "图书馆办法\n\n第一章 总则\n\n为了保障市民平等获取知识，制定本办法。",
            ["图书馆办法\n\n第一章 总则\n\n为了保障市民平等获取知识，制定本办法。"],
        ),
        (
            "苹果\n香蕉\n梨\n桃\n以上水果都来自山上，清晨采摘。",
            ["苹果", "香蕉", "梨", "桃\n以上水果都来自山上，清晨采摘。"],
        ),
        ("时间：三月\n在行政楼开会，讨论今年的预算和人员。", ["时间：三月", "在行政楼开会，讨论今年的预算和人员。"]),
        ("The Keeper\nMarit kept the light for thirty-one years.", ["The Keeper\nMarit kept the light for thirty-one years."]),
        # questions with their answers
        (
            "**问：几点开？**\n答：两点。\n问：要钱吗？\n答：15元。",
            ["**问：几点开？**\n答：两点。", "问：要钱吗？\n答：15元。"],
        ),
        ("能退吗？\n能换吗？\n都可以。", ["能退吗？", "能换吗？\n都可以。"]),
        ("“你去哪？”\n他没有回答。", ["“你去哪？”", "他没有回答。"]),
    ],
)
def test_short_lines_go_with_what_they_belong_to(text: str, expected: list[str]) -> None:
    assert paragraphs(text) == expected


def test_many_short_lines_that_could_all_be_headings_are_none() -> None:
    lines = [f"word {number}" for number in range(20_000)]  # the time is to grow with their number
    assert paragraphs("\n".join([*lines, "The list of words ends here, with a sentence."]))[:-1] == lines[:-1]


def test_a_long_list_is_cut_between_items() -> None:
    items = [f"- 第{i}仓库存放了{i * 100}袋大米和{i}箱药品" for i in range(1, 40)]
    passages = paragraphs("\n".join(items))
    assert "\n".join(passages).split("\n") == items
    assert all(estimate_tokens(passage) <= 160 for passage in passages)
    assert 2 <= len(passages) < len(items) / 3


def test_a_heading_goes_with_the_paragraph_after_it_and_nothing_crosses_a_section() -> None:
    text = "# 总则\n\n适用于全市，\n\n# 附则\n\n" + LONG_LINE
    marks = [Mark(0, headings=("总则",)), Mark(text.index("# 附则"), headings=("附则",))]
    first, *rest = [text[a:b] for a, b in split_paragraphs(text, marks=marks)]
    assert first == "# 总则\n\n适用于全市，"
    assert rest[0].startswith("# 附则\n\n第1个水库")
    assert "".join(rest) == "# 附则\n\n" + LONG_LINE


def test_a_paragraph_goes_over_a_pages_end_and_not_over_a_slides() -> None:
    text = "前半句后半句"
    for unit, expected in (("page", [(0, 6)]), ("slide", [(0, 3), (3, 6)])):
        assert split_paragraphs(text, marks=[Mark(0, unit, 1), Mark(3, unit, 2)]) == expected


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
