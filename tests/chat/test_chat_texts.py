"""The texts of the chat: each in both languages, and how sure an answer is in words."""

from __future__ import annotations

import string

import pytest

from qa.chat.texts.messages import LANGUAGES, MESSAGES, choose_language, confidence_words, table
from qa.errors import Language


def test_every_message_is_there_in_both_languages() -> None:
    assert set(table("zh")) == set(table("en")) == set(MESSAGES)
    for key, texts in MESSAGES.items():
        assert set(texts) == set(LANGUAGES), key
        names = [{name for _, name, _, _ in string.Formatter().parse(texts[language]) if name} for language in LANGUAGES]
        assert names[0] == names[1], key
        assert all(text.strip() for text in texts.values()), key


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("zh-CN,zh;q=0.9", "zh"), ("zh-HK", "zh"), ("ZH", "zh"), ("en-GB,zh;q=0.9", "en"), ("fr", "en"), ("", "en")],
)
def test_language_of_the_browser(accepted: str, language: Language) -> None:
    assert choose_language(accepted) == language


@pytest.mark.parametrize(
    ("confidence", "found", "words"),
    [
        (0.9999, True, "把握很大（99%）"),
        (0.85, True, "把握很大（85%）"),
        (0.7, True, "比较有把握（70%）"),
        (0.31, True, "把握不大（31%），请核对原文"),
        (0.0, False, "文档里有答案的可能：1%"),
    ],
)
def test_confidence_in_words_with_the_figure(confidence: float, found: bool, words: str) -> None:
    assert confidence_words(confidence, found, "zh") == words
