"""Finds names in a question that a passage has to contain to answer it: quoted words, years, codes and places.

Most false answers come from passages on the right subject that lack one of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..text.exact import exact_tokens
from ..text.identifiers import identifiers
from ..text.parts_of_speech import Word

# Words that jieba tags as places, but which are not names, or are too general to require.
_NO_NAMES = frozenset(
    "中国 城市 东西 外国 爱国 自治州 自治县 自治区 大桥 平原 高原 湖泊 海洋 太阳 美丽 上市 建国 山区 英雄 哥哥 朝廷 中原 "
    "东北 西北 东南 西南 南北 东西方 内地 人民".split()
)
_YEAR = re.compile(r"(?<![\d.,])(?:1\d|20)\d\d(?![\d.,])")
_CODE = re.compile(r"(?<![a-z0-9])[a-z]+-?\d[a-z0-9-]*|(?<!\d)\d++号[线楼院馆厅]")  # e1, ly-620, 3号线
_QUOTED = re.compile("(?<=《)[^《》]++(?=》)|(?<=“)[^“”]++(?=”)|(?<=「)[^「」]++(?=」)")


def named(text: str, bare: str, words: Sequence[Word]) -> tuple[str, ...]:
    """The texts in Chinese quotation marks (《红楼梦》), years, codes (E1, LY-620, 3号线) and Chinese place names in a question.

    `text` is the normalised question, `bare` the same without question words, `words` the words of the question's content.
    """
    places = [word.text for word in words if len(word.text) > 1 and word.text not in _NO_NAMES and word.tag == "ns"]
    return (*_QUOTED.findall(text), *_YEAR.findall(bare), *_CODE.findall(bare), *places)


def is_coded(name: str) -> bool:
    """Whether a name is a year or an identifier, which match whole and in any writing."""
    return name.isdigit() or any(identifiers(name))


def lacks(names: Sequence[str], text: str) -> bool:
    """Whether any of `names` does not occur in the normalised `text`: an identifier whole, a year in any writing."""
    coded = [name for name in names if is_coded(name)]
    if any(name not in text for name in names if name not in coded):
        return True
    held = set(exact_tokens(text)) if coded else set()
    return any(held.isdisjoint(exact_tokens(name)) for name in coded)
