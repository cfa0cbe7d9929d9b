"""Bytes to text, strictly: an encoding is chosen by evidence and decodes every byte, or none is chosen."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from ..errors import CodedError
from ..text.normalise import normalise
from ..text.scripts import HAN_RUN
from ..text.words import known_words, mean_character_frequency

# Real text reaches one of the two: modern prose the share of words, 0.5 and more; classical prose and lists of names, which
# have few of the dictionary's words, the mean log10 frequency of a character, -3.8 and more. Korean and Japanese bytes read
# as Chinese get 0.3 and -4.4.
LEAST_CHINESE = 0.4
LEAST_FREQUENCY = -4.1
_SAMPLE = 4000  # characters that an encoding is judged by

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# The names that files declare -> the codecs that hold all of what is saved under them (WHATWG Encoding Standard).
_DECLARED = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "big5-hkscs": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932", "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "windows-949": "cp949",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "windows-1252": "cp1252", "windows-1251": "cp1251",
    "koi8-r": "koi8_r", "windows-1250": "cp1250", "iso-8859-2": "iso8859_2", "windows-1253": "cp1253",
    "iso-8859-15": "iso8859_15", "windows-1254": "cp1254", "windows-1255": "cp1255", "windows-1256": "cp1256",
    "windows-874": "cp874", "tis-620": "cp874", "windows-1258": "cp1258",
}  # fmt: skip

_HIRAGANA = re.compile("[ぁ-ゖ]")
_JAPANESE = re.compile("[ぁ-ゖァ-ヺー々〇㐀-鿿]")
_HALF_KATAKANA = re.compile("[\uff61-\uff9f]")
_HANGUL = re.compile("[가-힣]")
# the syllables that endings and particles are made of: a third of Korean text, a fiftieth of what other bytes give
_COMMON_HANGUL = re.compile("[이다는의을에하고가지로기도서은한를인시리어사]")
_CYRILLIC = re.compile("[А-Яа-яЁё]")
_COMMON_CYRILLIC = re.compile("[оеаинтсрвлОЕАИНТСРВЛ]")
_MIXED = re.compile("[A-Za-z](?=[А-яЁё])|[А-яЁё](?=[A-Za-z])")
_PAIR = re.compile(b"[\x80-\xff]{2}")
_HIGH_RUN = re.compile("[^\x00-\x7f]{3,}")
# what Western European text has beyond ASCII
_WESTERN = re.compile("[àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœšžßÀÁÂÄÅÆÇÈÉÊËÍÎÑÓÔÖØÙÚÛÜŒ€£§©®°·«»“”‘’–—…¿¡ªº\xa0½²³]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")


class Undecodable(CodedError):
    """Why bytes are no text, without a remedy: that depends on what they stand in."""


def decode(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """The text of `data` and the encoding it was in; `Undecodable` when no encoding gives readable text.

    Byte-order marks and UTF-8 come first, then what the file itself declares, UTF-16 without a mark, GB18030 (which holds
    GBK and GB2312), Big5, the Japanese and Korean encodings and Windows' Western and Cyrillic ones. Those decode almost
    any bytes, so one is taken when its text reads as its language: made of the words, syllables or letters that are common
    in it.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return _without_nul(data.decode(encoding)), encoding
            except UnicodeDecodeError as error:
                raise Undecodable("documents.starts_otherwise", encoding=encoding, byte=error.start) from error
    if b"\0" in data:
        return _wide(data)
    if b"\x1b$" in data and data.isascii():
        declared = declared or "iso-2022-jp"
    codec = _DECLARED.get((declared or "").strip().strip("\"'").lower())
    if codec == "iso2022_jp":
        text = _strict(data, codec)
        if text is not None:
            return text, codec
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        place = error.start
    if codec is not None:
        text = _strict(data, codec)
        if text is not None and not _CONTROL.search(text):
            return text, codec
    detectors = [_japanese, _korean, _chinese, _cyrillic, _western]
    for detect in detectors if _PAIR.search(data) else detectors[3:]:  # East Asian text has such bytes side by side
        found = detect(data)
        if found is not None:
            return found
    raise Undecodable("documents.unknown_encoding", byte=place)


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise Undecodable("documents.nul_bytes")
    return text


def _wide(data: bytes) -> tuple[str, str]:
    """UTF-16 without a mark: it has NULs, and its text has none."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _strict(data, encoding)
        if text and not _CONTROL.search(text):
            sample = text[:_SAMPLE]
            common = sum(char < "\u0250" or "\u2000" <= char < "\ua000" or "\uac00" <= char < "\ud7a4" for char in sample)
            if common > 0.9 * len(sample) and any(char in " \n，。" for char in sample):
                return text, encoding
    raise Undecodable("documents.nul_bytes")


def _beyond_ascii(text: str) -> str:
    return "".join(char for char in text[: 4 * _SAMPLE] if char >= "\x80" and unicodedata.category(char)[0] in "LNCS")[:_SAMPLE]


def _chinese(data: bytes) -> tuple[str, str] | None:
    found = []
    for encoding in ("gb18030", "big5hkscs"):
        text = _strict(data, encoding)
        if text is None:
            continue
        share, frequency = _chinese_share(text), mean_character_frequency(text[:_SAMPLE])
        if share >= LEAST_CHINESE or frequency >= LEAST_FREQUENCY:
            found.append((share, frequency, text, encoding))
    if not found:
        return None
    _, _, text, encoding = max(found)
    return text, encoding


def _chinese_share(text: str) -> float:
    """The share of a text's characters beyond ASCII, marks aside, that stand in Chinese words of two characters or more.

    Real text has over half of them there; what another encoding's bytes give has few.
    """
    folded = normalise(text[:_SAMPLE])
    letters = [char for char in folded if char >= "\x80" and unicodedata.category(char)[0] in "LNCS"]
    held = sum(len(word) for run in HAN_RUN.findall(folded) for word in known_words(run) if len(word) > 1)
    return held / len(letters) if letters else 0.0


def _japanese(data: bytes) -> tuple[str, str] | None:
    """Shift-JIS or EUC-JP: a good part of the letters are hiragana, and nearly all are Japanese ones."""
    for encoding in ("cp932", "euc_jp"):
        text = _strict(data, encoding)
        letters = _beyond_ascii(text) if text else ""
        if text is None or not letters or _CONTROL.search(text):
            continue
        kana, japanese = len(_HIRAGANA.findall(letters)), len(_JAPANESE.findall(letters))
        odd = len(_HALF_KATAKANA.findall(letters))
        if kana >= 0.15 * len(letters) and japanese >= 0.9 * len(letters) and odd <= 0.02 * len(letters):
            chinese = [_strict(data, other) for other in ("gb18030", "big5hkscs")]  # they have kana in EUC-JP's place
            if all(other is None or _chinese_share(other) < LEAST_CHINESE for other in chinese):
                return text, encoding
    return None


def _korean(data: bytes) -> tuple[str, str] | None:
    text = _strict(data, "cp949")
    letters = _beyond_ascii(text) if text else ""
    if text is None or not letters:
        return None
    hangul, common = len(_HANGUL.findall(letters)), len(_COMMON_HANGUL.findall(letters))
    if hangul >= 0.85 * len(letters) and common >= 0.15 * len(letters):
        return text, "cp949"
    if hangul == len(letters) >= 8:  # half of Chinese characters have bytes that are no Hangul
        chinese = [_strict(data, other) for other in ("gb18030", "big5hkscs")]
        if all(other is None or _chinese_share(other) < 0.7 for other in chinese):
            return text, "cp949"
    return None


def _cyrillic(data: bytes) -> tuple[str, str] | None:
    """Windows-1251 or KOI8-R, by the letters that are common; what is a small letter in one is a capital in the other."""
    found = []
    for encoding in ("cp1251", "koi8_r"):
        text = _strict(data, encoding)
        letters = _beyond_ascii(text) if text else ""
        if text is None or len(letters) < 4 or _CONTROL.search(text) or len(_MIXED.findall(text)) > 0.1 * len(letters):
            continue  # a word is in one alphabet
        cyrillic, common = len(_CYRILLIC.findall(letters)), len(_COMMON_CYRILLIC.findall(letters))
        capitals = sum(a.islower() and b.isupper() for a, b in pairwise(letters))
        if cyrillic >= 0.95 * len(letters) and common >= 0.45 * cyrillic and capitals <= 0.2 * len(letters):
            small = sum(char.islower() for char in letters)
            found.append((common / cyrillic + 0.3 * small / len(letters), text, encoding))
    if not found:
        return None
    _, text, encoding = max(found)
    return text, encoding


def _western(data: bytes) -> tuple[str, str] | None:
    """Windows-1252: letters with accents and typographers' marks, few and one by one among ASCII."""
    text = _strict(data, "cp1252")
    if text is None or _CONTROL.search(text):
        return None
    beyond = [char for char in text if char >= "\x80"]
    letters = sum(char.isalpha() for char in text)
    western = len(_WESTERN.findall(text))
    plausible = len(beyond) <= 0.25 * max(letters, 1) and western >= 0.95 * len(beyond) and not _HIGH_RUN.search(text)
    return (text, "cp1252") if plausible else None
