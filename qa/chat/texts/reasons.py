"""Errors that reach the page as lines of English, in Chinese: files that were not read, as an index keeps the reason, and prose.

Errors with codes tell themselves. A line that says what the English sentence of a code says is told by its Chinese one; the table
here is for errors of an index that are prose yet. Any other line is shown as it is.
"""

from __future__ import annotations

import re
from functools import cache

from ...errors import CodedError, sentences
from .messages import Language

LONGEST = 2000  # characters of a line that is looked at
_LEAST_LITERAL = 8  # characters that a sentence has to have beside its values to be told by them

# The end of a line in English, and what it is in Chinese.
_TABLE: tuple[tuple[str, str], ...] = (
    ("changes while it is read; .*", "读取时文件正在改动；请等它写完"),
    (r"(.+); check the file and its permissions", r"读不了（\1）；请检查文件及其权限"),
    (r"was built with the model (\S+), not (\S+); rebuild it with: (.+)", r"索引是用模型 \1 建的，不是 \2；请重建：\3"),
    (r"was built with another version of the model (\S+) .*; rebuild it with: (.+)", r"索引是用另一版模型 \1 建的；请重建：\2"),
    (r"was built with tokenizer .*; rebuild it with: (.+)", r"索引是用另一版分词和分段建的；请重建：\1"),
    (r"was made by a newer version of this program .*; update the program, or rebuild it with: (.+)",
     r"索引是更新的版本建的；请更新程序，或重建：\1"),
    (r"was made by an older version of this program .*; rebuild it with: (.+)", r"索引是旧版本建的；请重建：\1"),
    (r"(\S+) has (\d+) bytes, not (\d+); rebuild it with: (.+)", r"索引的 \1 有 \2 字节，应为 \3；请重建：\4"),
    (r"(\S+) is not what was written; rebuild it with: (.+)", r"索引的 \1 已损坏；请重建：\2"),
    (r"(.+); rebuild it with: (.+)", r"索引不能用（\1）；请重建：\2"),
    ("is a file, not the folder of an index; .*", "这是文件，不是索引的文件夹；请指明索引所在的文件夹"),
    ("is no question; give it as text", "不是问题；请给出文字"),
    ("is no document's name; .*", "不是文档的名称；请给出文档名称"),
    ("is no earlier question or answer; .*", "不是先前的问题或回答；请给出文字或回答"),
    (r"holds no index; make one with: (.+)", r"没有索引；请建立：\1"),
    (r"cannot be read; (python .+) makes the index anew", r"读不了；请重建索引：\1"),
    (r"(.+); (python .+) makes the index anew", r"索引已损坏（\1）；请重建：\2"),
    ("another build of this index is running; .*", "这个索引正在另处建立；请等它结束"),
    (r"(.+); the index was not written and what was there is unchanged; .*",
     r"索引没有写成（\1），原来的没有变；请腾出空间、检查权限或另选文件夹"),
    (r"holds other files \((.+)\) and no index; .*", r"里面有别的文件（\1），不是索引；请另选一个空文件夹"),
    (r"holds no document that can be read.*; put documents there", "没有读得了的文档；请放入文档"),
    ("no document (?:and no folder )?of this index; .*", "文档集里没有这篇文档"),
)  # fmt: skip
_PATTERNS = tuple((re.compile(rf"(?P<name>.*?: )?{english}", re.DOTALL), chinese) for english, chinese in _TABLE)
_VALUE = re.compile(r"\{(\w+)\}")


def reason_in_words(reason: object, language: Language) -> str:
    """A reason in the page's language; the name that it begins with stays."""
    if isinstance(reason, CodedError) and reason.code in sentences():
        return reason.told(language)
    text = str(reason)
    if language != "zh" or len(text) > LONGEST:
        return text
    for literal, pattern, chinese in _of_codes():
        if literal in text and (found := pattern.fullmatch(text)):
            values = {name: _of_system(value) for name, value in found.groupdict().items() if name != "_about"}
            return (found["_about"] or "").replace(": ", "：") + chinese.format_map(values)
    for pattern, chinese in _PATTERNS:
        if found := pattern.fullmatch(text):
            # \1 in the table is the first group after the name
            told = re.sub(r"\\(\d)", lambda number, found=found: found[int(number[1]) + 1] or "", chinese)  # type: ignore[misc]
            return (found["name"] or "").replace(": ", "：") + told
    return text


@cache
def _of_codes() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """For each code: the longest part of its English sentence that is no value, the sentence as a pattern, and the Chinese one.

    Sentences with more words of their own come first, since a value may be anything.
    """
    found = []
    for code, sentence in sentences().items():
        parts = _VALUE.split(sentence["en"])
        literals = parts[::2]
        if code.startswith("system.") or max(map(len, literals)) < _LEAST_LITERAL:
            continue
        named: set[str] = set()
        pattern = ""
        for number, part in enumerate(parts):
            if number % 2 == 0:
                pattern += re.escape(part)
            else:
                pattern += rf"(?P={part})" if part in named else rf"(?P<{part}>.+?)"
                named.add(part)
        whole = re.compile(rf"(?P<_about>.*: )?{pattern}", re.DOTALL)
        found.append((sum(map(len, literals)), max(literals, key=len), whole, sentence["zh"]))
    return tuple(entry[1:] for entry in sorted(found, key=lambda entry: -entry[0]))


def _of_system(value: str) -> str:
    """What a system says, in Chinese where the table has it; another value as it is."""
    return next((one["zh"] for code, one in sentences().items() if code.startswith("system.") and one["en"] == value), value)
