"""The words of a text with their spans and their parts of speech."""

from __future__ import annotations

from qa.text.parts_of_speech import classified


def test_every_word_and_mark_has_its_span_and_its_tag() -> None:
    text = "重庆的学校在github上有23.5个，綦河"
    words = classified(text)
    assert [(word.text, word.tag) for word in words] == [
        ("重庆", "ns"), ("的", "uj"), ("学校", "n"), ("在", "p"), ("github", "eng"), ("上", "f"), ("有", "v"), ("23.5", "m"),
        ("个", "q"), ("，", "w"), ("綦河", "x"),
    ]  # fmt: skip
    assert all(text[word.start : word.end] == word.text for word in words)


def test_a_name_has_more_than_one_character() -> None:
    assert [(word.text, word.is_name) for word in classified("沪、重庆、x、ab、学校")][::2] == [
        ("沪", False), ("重庆", True), ("x", False), ("ab", True), ("学校", False),
    ]  # fmt: skip
