"""A list that is quoted whole, with the line that leads in."""

from __future__ import annotations

import pytest

from qa.answers.lists import LONGEST_LIST, Shown, part_of_list, whole_list
from qa.passages.structure import lines_of
from qa.passages.token_estimate import estimate_tokens

LIST = "办证须知\n天晴。\n要带：\n1. 表\n2. 证\n    - 原件\n3. 照片\n完。"


@pytest.mark.parametrize(
    ("text", "best", "expected"),
    [
        (LIST, 4, "要带：\n1. 表\n2. 证\n    - 原件\n3. 照片"),
        (LIST, 2, "要带：\n1. 表\n2. 证\n    - 原件\n3. 照片"),
        (LIST, 1, ""),
        (LIST, 7, ""),
        ("要带的\n（一）表\n（二）证", 2, "要带的\n（一）表\n（二）证"),
        ("天晴。\n- 表\n- 证", 1, "- 表\n- 证"),
        ("要带：\n- 表", 1, ""),
        ("一、表\n1. 甲\n2. 乙\n二、证\n1. 丙\n2. 丁", 4, "二、证\n1. 丙\n2. 丁"),
    ],
)
def test_the_list_at_a_sentence(text: str, best: int, expected: str) -> None:
    lines = lines_of(text, 0, len(text))
    found = whole_list(text, lines, best, LONGEST_LIST)
    assert ("" if found is None else text[lines[found[0]][0] : lines[found[-1]][1]]) == expected


def test_a_list_that_is_too_long_is_not_quoted_whole() -> None:
    text = "要带：\n1. 表\n2. 证"
    lines = lines_of(text, 0, len(text))
    assert whole_list(text, lines, 1, estimate_tokens(text) - 0.1) is None
    assert whole_list(text, lines, 1, estimate_tokens(text)) == range(3)


LONG = "要带：\n" + "".join(f"{number}. 第{number}样东西\n    - 说明\n" for number in range(1, 13)) + "完。"


@pytest.mark.parametrize(
    ("best", "begins", "ends", "shown"),
    [
        (0, "要带：", "3. 第3样东西\n    - 说明", Shown(1, 3, 12)),  # the line that leads in
        (3, "要带：", "3. 第3样东西\n    - 说明", Shown(1, 3, 12)),
        (15, "8. 第8样东西", "10. 第10样东西\n    - 说明", Shown(8, 10, 12)),  # an item that would not be among the first
        (23, "12. 第12样东西", "", None),  # one item alone is no list
    ],
)
def test_of_a_long_list_as_much_as_fits(best: int, begins: str, ends: str, shown: Shown | None) -> None:
    lines = lines_of(LONG, 0, len(LONG))
    found = part_of_list(LONG, lines, best, estimate_tokens(LONG[lines[0][0] : lines[6][1]]))

    assert (found and found[1]) == shown
    if found:
        quote = LONG[lines[found[0][0]][0] : lines[found[0][-1]][1]]
        assert quote.startswith(begins)
        assert quote.endswith(ends)
