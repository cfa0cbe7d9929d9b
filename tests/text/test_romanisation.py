"""Chinese names in Latin letters, and the characters that read so."""

from __future__ import annotations

import pytest

from qa.text.romanisation import romanised_names, stands_in


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Who is Liu Biqing's boss?", ["liubiqing"]),
        ("Is Xi'an near Lüliang, or Xi'an?", ["xian", "lvliang"]),
        ("¿Cuántos hogares de la aldea Shengli?", ["shengli"]),
        ("Liu Biqing, Wang Hui", ["liubiqing", "wanghui"]),
        ("How old is Li?", []),  # too short to be told from chance
        ("Who wrote the Bible in Paris?", []),
        ("shengli", []),
        ("刘必清是谁？", []),
        ("", []),
    ],
)
def test_names_are_capitalised_words_of_pinyin(question: str, names: list[str]) -> None:
    assert list(romanised_names(question)) == names


@pytest.mark.parametrize(
    ("name", "text", "stands"),
    [
        ("liubiqing", "村民刘必清说", True),
        ("liubiqing", "村民刘必，清说", False),
        ("liubiqing", "刘必", False),
        ("xian", "西安", True),  # two syllables
        ("xian", "县里", True),  # or one
        ("chongqing", "重庆", True),  # 重 is read zhong too
        ("zhongqing", "重庆", True),
        ("lvliang", "吕梁", True),
        ("liubiqing", "Liu Biqing", False),
    ],
)
def test_a_name_stands_where_characters_read_so(name: str, text: str, stands: bool) -> None:
    assert stands_in(name, text) is stands
