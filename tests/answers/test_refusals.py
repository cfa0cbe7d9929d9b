"""The sentence that says that there is no answer."""

from __future__ import annotations

import pytest

from qa.answers.answering import _language_of
from qa.answers.refusals import not_found, script_of
from qa.search.language_means import sample_questions


def test_every_language_that_is_recognised_has_a_sentence_of_its_own() -> None:
    said = {language: not_found("問題？" if language == "zh-Hant" else "?", language) for language in sample_questions()}
    assert len(set(said.values())) == len(sample_questions())
    assert all("\n" not in sentence for sentence in said.values())


def test_an_unknown_language_is_answered_in_english() -> None:
    assert not_found("?", None) == not_found("?", "xx") == "These documents do not hold an answer to this question."


@pytest.mark.parametrize("language", ["zh", "zh-Hant"])
def test_chinese_is_answered_in_the_script_of_the_question(language: str) -> None:
    assert not_found("菜壩社區在哪裡？", language) == "這些文件中沒有找到這個問題的答案。"
    assert not_found("菜坝社区在哪里？", language) == "这些文档中没有找到这个问题的答案。"


def test_script() -> None:
    assert (script_of("漢字"), script_of("汉字"), script_of("人民"), script_of("abc")) == ("zh-Hant", "zh", "zh", "zh")


def test_nothing_asked_is_told_so_in_chinese_when_the_marks_are_chinese() -> None:
    assert not_found("……", None, asked=False) == not_found("？", None, asked=False) == "请输入一个问题。"
    assert not_found("", None, asked=False) == not_found("?!", None, asked=False) == "Please ask a question. 请输入一个问题。"


def test_a_question_of_words_that_name_nothing_is_told_so_in_one_language() -> None:
    assert (
        not_found("How big is it?", None, asked=False) == not_found("OK?", None, asked=False) == "Please name what you ask about."
    )
    assert not_found("是吗？", None, asked=False) == "请写明问的是什么。"
    assert not_found("是嗎？", None, asked=False) == "請寫明問的是什麼。"


@pytest.mark.parametrize(
    ("question", "nearest", "language"),
    [
        ("급여?", "zh-Hant", "ko"), ("パスワード？", "zh", "ja"), ("¿Vacaciones?", "pt", "es"), ("Straße?", "fr", "de"),
        ("зарплата", "en", "ru"), ("راتب؟", "en", "ar"), ("sigorta şirketi", "pt", "tr"),
        ("Where is Peñíscola?", "en", "en"), ("Путин是谁？", "zh", "zh"),
        ("サンマって漢字？", "ja", "ja"), ("Urlaub?", "de", "de"),
    ],
)  # fmt: skip
def test_a_word_is_refused_in_the_language_that_its_letters_tell(question: str, nearest: str, language: str) -> None:
    assert _language_of(question, nearest) == language


def test_every_language_has_a_sentence_of_its_own_for_what_words_alone_did_not_find() -> None:
    said = {language: not_found("?", language, by_words=True) for language in sample_questions()}
    assert len(set(said.values())) == len(sample_questions()) - 1  # of the two scripts of Chinese the question tells
    assert set(said.values()).isdisjoint(not_found("?", language) for language in sample_questions())
