"""Spellings of one text that are folded into one."""

from __future__ import annotations

import pytest

from qa.text.normalise import normalise, unaccented


@pytest.mark.parametrize("times", [1, 3000])
def test_width_script_and_case_are_folded_and_accents_stay_in_short_texts_and_long_ones(times: int) -> None:
    assert normalise("Ｅ５　模型　Été 龍 ①㈱ﬁ" * times) == "e5 模型 été 龙 1(株)fi" * times


def test_a_capital_with_a_dot_is_the_letter_alone() -> None:
    assert normalise("İSTANBUL I") == "istanbul i"


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    assert normalise("a\ud800b") == "a?b"


def test_combining_marks_of_any_script_are_left_out() -> None:
    assert unaccented("é ñ ö ё й ά e\u0301 ﬁ") == "e n o е и α e ﬁ"
