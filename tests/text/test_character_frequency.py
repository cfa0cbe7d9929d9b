"""How common the characters of a text are, by jieba's dictionary."""

from __future__ import annotations

import math

import pytest

from qa.text.segmenter import character_frequencies, jieba_dictionary
from qa.text.words import mean_character_frequency


def test_the_mean_is_of_the_logarithms_of_the_characters_shares() -> None:
    counts = character_frequencies(jieba_dictionary().all_words())
    total = sum(counts.values())
    one, other = (math.log10(counts[char] / total) for char in "的淤")
    assert one > -3 > -4 > other
    assert mean_character_frequency("的") == pytest.approx(one)
    assert mean_character_frequency("a的 淤!") == pytest.approx((one + other) / 2)


def test_an_unknown_character_counts_as_minus_seven_and_none_as_minus_nine() -> None:
    assert mean_character_frequency("㐀") == -7.0
    assert mean_character_frequency("abc 12") == -9.0
