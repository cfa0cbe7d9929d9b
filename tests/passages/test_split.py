"""Texts to passages: exact spans, and nothing lost or doubled whatever the text."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest
from conftest import LONG_LINE, SEED, TOGETHER, together
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import in_order

from qa import Mark
from qa.models.onnx_encoder import OnnxEncoder
from qa.models.vocabulary import UnigramTokenizer
from qa.passages.split import PassageSpan, passage_limits, split_passages
from qa.passages.token_estimate import WINDOW, estimate_tokens
from qa.text.lines import Span
from qa.text.sentences import split_sentences

pytestmark = pytest.mark.usefixtures("one_line_a_passage")

PIECES = [
    *"中文段落洪水退去人民群众𠮷䶮々〇", *"abc XYZ éüñ Дом かなカナ한글ไทยعرب", *"0123456789",
    *"。！？…，、；：“”‘’「」『』（）《》【】",
    *".!?,;:()'\"-_/@#&*", "——", "……", "...", "\n", "\n\n", "\r\n", "\r", "\t", "　", "\u2028", "\x0b", "\x0c", "\x85", "\ufeff",
    "\u200b", "e.g. ", "Dr. ", "3.14", "1,200", "https://a.b/c?d=e!f ", "🙂", "👩‍👧", "e\u0301", "\x00", "\ud800",
]  # fmt: skip


def spans_of(found: list[PassageSpan]) -> list[Span]:
    return [(span.start, span.end) for span in found]


def passages(text: str, window: float = WINDOW) -> list[str]:
    return [text[span.start : span.end] for span in split_passages(text, window)]


def sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in split_sentences(text)]


def random_texts(count: int) -> list[str]:
    source = random.Random(7)
    return ["".join(source.choices(PIECES, k=source.randint(0, 120))) for _ in range(count)]


TEXTS = st.lists(
    st.sampled_from([*PIECES, "短句，\n", "项目：\n", "- ", "1. ", "word " * 12, "汉" * 30]) | st.text(max_size=3)
).map("".join)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(text=TEXTS, window=st.sampled_from([2, 12, 40, WINDOW]), most=st.sampled_from([0.01, 20, TOGETHER]), data=st.data())
def test_passages_of_any_text_under_any_marks_hold_every_letter_once(
    text: str, window: int, most: float, data: st.DataObject
) -> None:
    starts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    units = st.sampled_from(["", "page", "slide"])
    headings = st.sampled_from([(), ("甲",), ("甲", "乙")])
    marks = [Mark(start, data.draw(units), 1, "", data.draw(headings)) for start in starts]
    with together(most):
        spans = spans_of(split_passages(text, window, marks))
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
    assert passages(MAIL) == [MAIL[: MAIL.index("\n\n")], MAIL[MAIL.index("Costs") :].strip()]
    assert sentences(passages(MAIL)[0]) == [
        "Dear all, the committee met on Thursday and agreed that the old bridge\nshould be rebuilt before winter comes.",
        "The market can then open again\nin the spring.",
    ]
    second = WRAPPED_CHINESE.index("第二天")
    assert passages(WRAPPED_CHINESE) == [WRAPPED_CHINESE[2 : second - 3], WRAPPED_CHINESE[second:-1]]
    assert len(sentences(passages(WRAPPED_CHINESE)[0])) == 1


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
    assert passages(LINES[kind]) == LINES[kind].splitlines()


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
    assert passages(text) == expected


def test_many_short_lines_that_could_all_be_headings_are_none() -> None:
    lines = [f"word {number}" for number in range(20_000)]  # the time is to grow with their number
    assert passages("\n".join([*lines, "The list of words ends here, with a sentence."]))[:-1] == lines[:-1]


def test_a_long_list_is_cut_between_items() -> None:
    items = [f"- 第{i}仓库存放了{i * 100}袋大米和{i}箱药品" for i in range(1, 40)]
    found = passages("\n".join(items))
    assert "\n".join(found).split("\n") == items
    assert all(120 < estimate_tokens(passage) <= 160 for passage in found[:-1])  # as many items as fit into a third of the window


def test_a_heading_goes_with_the_paragraph_after_it_and_nothing_crosses_a_section() -> None:
    text = "# 总则\n\n适用于全市，\n\n# 附则\n\n" + LONG_LINE
    marks = [Mark(0, headings=("总则",)), Mark(text.index("# 附则"), headings=("附则",))]
    first, *rest = [text[a:b] for a, b in spans_of(split_passages(text, marks=marks))]
    assert first == "# 总则\n\n适用于全市，"
    assert rest[0].startswith("# 附则\n\n第1个水库")
    assert "".join(rest) == "# 附则\n\n" + LONG_LINE


def test_a_paragraph_goes_over_a_pages_end_and_not_over_a_slides() -> None:
    text = "前半句后半句"
    for unit, expected in (("page", [(0, 6)]), ("slide", [(0, 3), (3, 6)])):
        assert spans_of(split_passages(text, marks=[Mark(0, unit, 1), Mark(3, unit, 2)])) == expected


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
    spans = spans_of(split_passages(text))
    assert spans == expected
    assert len(spans) == 44
    assert spans[:2] == [(2, 89), (92, 183)]
    assert text[slice(*spans[6])].startswith("三级响应，二级响应，洪水漫过公路……6月22日，重庆綦江区綦河遭遇1940年以来最大洪水")
    assert text.count("\n　　……\n") == 2  # left out above


@pytest.mark.parametrize("text", ["", " ", "\n\n", "……", "　　……\n——\n***\n。\n🙂\n", "\ufeff\u200b\n"])
def test_a_text_without_letters_and_digits_has_no_passage(text: str) -> None:
    assert split_passages(text) == []


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x85"])
def test_every_kind_of_newline_ends_a_passage(newline: str) -> None:
    assert passages(f"一{newline}{newline}　二 {newline}3") == ["一", "二", "3"]


def test_passages_keep_every_letter_once_in_order_and_under_the_window() -> None:
    for text in random_texts(400):
        for window in (WINDOW, 12):
            spans = spans_of(split_passages(text, window))
            assert in_order(spans, 0, len(text)), text
            assert {i for span in spans for i in letters(text, *span)} == letters(text, 0, len(text)), text
            for start, end in spans:
                passage = text[start:end]
                assert passage == passage.strip()
                assert any(char.isalnum() for char in passage)
                assert estimate_tokens(passage) < window + 1  # cut when a character goes over it


def test_sentences_keep_every_letter_of_their_passage_once_and_in_order() -> None:
    for text in random_texts(400):
        for start, end in spans_of(split_passages(text, 40)):
            spans = split_sentences(text, start, end)
            assert spans, text[start:end]
            assert in_order(spans, start, end), text[start:end]
            assert {i for span in spans for i in letters(text, *span)} == letters(text, start, end), text[start:end]
            assert all(text[a:b] == text[a:b].strip() for a, b in spans)


def test_a_long_line_is_cut_at_sentence_ends_into_parts_of_about_equal_size() -> None:
    parts = passages(LONG_LINE)
    assert "".join(parts) == LONG_LINE
    assert len(parts) == math.ceil(estimate_tokens(LONG_LINE) / WINDOW) > 2
    assert all(part.startswith("第") and part.endswith("农田。") for part in parts)
    lengths = [len(part) for part in parts]
    assert max(lengths) - min(lengths) <= 60  # two sentences


def test_a_long_sentence_is_cut_at_commas_and_without_commas_where_the_window_ends() -> None:
    with_commas = "洪水漫过公路又退去，" * 100 + "完。"
    parts = passages(with_commas)
    assert "".join(parts) == with_commas
    assert all(part.endswith("，") for part in parts[:-1])
    without = "水" * 2000
    parts = passages(without)
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
    tokenizer = UnigramTokenizer(encoder.prepared.vocabulary)
    for passage in passages(LONG_TEXTS[kind]):
        assert len(tokenizer.encode("passage: " + passage, 1000)) < 512  # 512 is where the model cuts


# ---- the numbers: at one, and one beyond it


def wide(tokens: float) -> str:
    """Chinese of so many tokens by the estimate, three quarters of one a character."""
    return "水" * round(tokens / 0.75)


def test_a_list_takes_up_to_a_third_of_the_window_and_no_more() -> None:
    item = "- " + wide(39)  # with the dash 40.25 tokens, and the newline .35
    assert 3 * estimate_tokens(item + "\n") + estimate_tokens("- " + wide(36.75)) <= 160
    assert len(passages("\n".join([item, item, item, "- " + wide(36.75)]))) == 1
    assert [passage.count("-") for passage in passages("\n".join([item, item, item, "- " + wide(37.5)]))] == [3, 1]


def test_a_list_takes_no_more_than_a_small_window() -> None:
    assert [passage.count("-") for passage in passages("\n".join(["- " + wide(9)] * 4), 21)] == [2, 2]


def test_a_line_of_verse_is_short() -> None:
    assert len(passages(f"水，\n{wide(24)}")) == 1  # 24 tokens are 32 characters
    assert len(passages(f"水，\n{wide(24.75)}")) == 2


@pytest.mark.parametrize(("heading", "count"), [("题" * 20, 1), ("题" * 20 + "a", 2), ("t" * 40, 1), ("t" * 41, 2)])
def test_a_heading_has_40_columns_at_most(heading: str, count: int) -> None:
    assert len(passages(f"{heading}\n{'文' * 30}。")) == count


@pytest.mark.parametrize(("prose", "count"), [("文" * 11 + "。", 2), ("文" * 11 + "a。", 1)])
def test_what_stands_under_a_heading_has_more_than_24_columns(prose: str, count: int) -> None:
    assert len(passages(f"题\n{prose}")) == count


def test_what_stands_under_a_heading_is_longer_than_it() -> None:
    assert len(passages(f"{'题' * 18}\n{'文' * 17}。")) == 2
    assert len(passages(f"{'题' * 18}\n{'文' * 18}。")) == 1


@pytest.mark.parametrize(("count", "alone"), [(3, 0), (4, 3)])
def test_three_headings_may_stand_above_each_other(count: int, alone: int) -> None:
    headings = ["卷章节款"[number] for number in range(count)]
    assert len(passages("\n".join([*headings, "文" * 20 + "。"]))) == alone + 1


@pytest.mark.parametrize(("question", "count"), [("w" * 99 + "?", 1), ("w" * 100 + "?", 2)])
def test_a_question_that_goes_with_its_answer_has_100_columns_at_most(question: str, count: int) -> None:
    assert len(passages(f"{question}\nYes, it is; so we say.")) == count


def wrapped(columns: int, lines: int = 4) -> str:
    """Prose wrapped at so many columns: each line begins and ends otherwise, and none ends a sentence."""
    return "\n".join("abcdef"[number] * (columns - 8) + " " + "ghijkl"[number] * 7 for number in range(lines))


@pytest.mark.parametrize(("columns", "count"), [(39, 4), (40, 1), (72, 1), (100, 1), (101, 4)])
def test_prose_is_wrapped_at_40_to_100_columns(columns: int, count: int) -> None:
    assert len(passages(wrapped(columns))) == count


@pytest.mark.parametrize(("full", "wrapped"), [(6, True), (5, False)])
def test_prose_is_wrapped_when_six_in_ten_of_its_lines_are_full(full: int, wrapped: bool) -> None:
    """Eleven lines are ten pairs of one and the next, whose first word has one letter."""
    lines = [f"{chr(97 + number)} {'x' * (69 if number < full else 9)}" for number in range(10)] + ["z x"]
    assert len(passages("\n".join(lines))) == (10 - full + 1 if wrapped else 11)


@pytest.mark.parametrize(("broken", "wrapped"), [(3, True), (2, False)])
def test_prose_is_wrapped_when_half_of_its_full_lines_stop_in_the_middle_of_a_sentence(broken: int, wrapped: bool) -> None:
    lines = [f"{chr(97 + number)} {'x' * 68}{'x' if number < broken else '.'}" for number in range(6)] + ["z x"]
    assert len(passages("\n".join(lines))) == (1 if wrapped else 7)


@pytest.mark.parametrize(("different", "wrapped"), [(5, True), (4, False)])
def test_lines_of_which_half_begin_alike_are_records(different: int, wrapped: bool) -> None:
    """Eight full lines: as many beginnings as lines are `different`, the others are as the first."""
    lines = ["abcdefgh"[number if number < different else 0] * 4 + " " + "x" * 66 for number in range(8)]
    assert len(passages("\n".join(lines))) == (1 if wrapped else 8)


@pytest.mark.parametrize("mark", "，,、；;")
def test_a_line_of_verse_goes_on_after_any_mark_inside_a_sentence(mark: str) -> None:
    assert len(passages(f"明月{mark}\n地上霜{mark}\n故乡。")) == 1


@pytest.mark.parametrize("mark", "，、；：,;: ")
def test_a_long_sentence_is_cut_after_any_mark_inside_it(mark: str) -> None:
    assert passages(f"{'水' * 6}{mark}{'火' * 6}", 6) == [f"{'水' * 6}{mark}".strip(), "火" * 6]


def test_a_section_that_starts_on_a_new_page_is_a_limit() -> None:
    marks = [Mark(0, "page", 1, headings=("甲",)), Mark(2, "page", 2, headings=("甲",)), Mark(4, "page", 3, headings=("乙",))]
    assert passage_limits(marks) == [0, 4]
    assert spans_of(split_passages("一二三四五六", marks=marks)) == [(0, 4), (4, 6)]


# ---- paragraphs together


def joined(text: str, marks: Sequence[Mark] = (), window: float = WINDOW) -> list[tuple[str, int, int]]:
    """The passages with as many paragraphs together as the house takes: text, number of the first paragraph, part."""
    with together(TOGETHER):
        return [(text[span.start : span.end], span.paragraph, span.part) for span in split_passages(text, window, marks)]


def test_neighbouring_paragraphs_are_one_passage() -> None:
    text = "  打印机的待机。\n\n默认时间是12小时。\n……\n可以在设置中更改。\n"
    assert joined(text) == [(text.strip(), 1, 0)]
    assert [span.start for span in split_passages(text)] == [2, 11, 25]  # apart


@pytest.mark.parametrize(("last", "sizes"), [(48.5, [4]), (49.5, [2, 2])])
def test_paragraphs_take_up_to_250_tokens_together(last: float, sizes: list[int]) -> None:
    lines = [wide(66.75)] * 3 + [wide(last - 0.35 * 3)]
    text = "\n".join(lines)
    assert estimate_tokens(text) == pytest.approx(200.25 + last, abs=0.5)
    assert [passage.count("\n") + 1 for passage, _, _ in joined(text)] == sizes


def test_a_section_that_takes_more_is_parted_into_about_equal_passages() -> None:
    lines = [f"第{number:02}行：" + "水" * 40 + "。" for number in range(20)]  # 36 tokens each: three passages
    text = "\n".join(lines)
    assert joined(text) == [
        ("\n".join(lines[0:7]), 1, 0), ("\n".join(lines[7:14]), 8, 0), ("\n".join(lines[14:20]), 15, 0)
    ]  # fmt: skip


def test_a_paragraph_of_more_stands_alone_and_one_over_the_window_is_cut() -> None:
    middle, long = wide(TOGETHER + 30), LONG_LINE
    found = joined(f"一。\n二。\n{middle}\n三。\n{long}\n四。")
    assert [(number, part) for _, number, part in found] == [
        (1, 0), (3, 0), (4, 0), *((5, part) for part in range(1, len(found) - 3)), (6, 0)
    ]  # fmt: skip
    assert [passage for passage, _, part in found if not part] == ["一。\n二。", middle, "三。", "四。"]
    assert "".join(passage for passage, _, part in found if part) == long


def test_a_small_window_is_the_most_that_paragraphs_take() -> None:
    assert [passage for passage, _, _ in joined("一二三\n四五六\n七八九", window=5.5)] == ["一二三\n四五六", "七八九"]


@pytest.mark.parametrize(
    ("second", "count"),
    [
        (Mark(4, "page", 2), 2),
        (Mark(4, "slide", 2), 2),
        (Mark(4, "sheet", 2, "乙"), 2),
        (Mark(4, "page", 1, headings=("乙",)), 2),
        (Mark(9, "page", 2), 1),
    ],
)
def test_passages_end_at_pages_slides_sheets_and_headings(second: Mark, count: int) -> None:
    first = Mark(0, "page" if second.unit == "page" else second.unit, 1)
    text = "甲一。\n乙二。\n"
    expected = [("甲一。\n乙二。", 1, 0)] if count == 1 else [("甲一。", 1, 0), ("乙二。", 2, 0)]
    assert joined(text, [first, second]) == expected


def test_each_passage_tells_its_paragraphs() -> None:
    text = "甲一。\n乙二。\n" + wide(WINDOW + 3)
    with together(TOGETHER):
        found = split_passages(text)
    assert [span.paragraphs for span in found] == [((0, 3), (4, 7)), ((8, 648),), ((648, 652),)]


def test_the_seed_document_is_21_passages_and_numbers_its_44_paragraphs() -> None:
    text = SEED.read_text("utf-8")
    alone = split_passages(text)
    found = joined(text)
    with together(TOGETHER):
        spans = split_passages(text)
    assert [span.paragraph for span in alone] == list(range(1, 45))
    assert all(alone[span.paragraph - 1].start == span.start for span in spans)
    assert len(found) == 21
