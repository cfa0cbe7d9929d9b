"""Bytes to text, strictly: an encoding is chosen by evidence and decodes every byte, or none is chosen."""

from __future__ import annotations

import re

from ..errors import CodedError
from ..text.words import mean_character_frequency

# chardet's confidence at which its answer is taken: of any text, and of one that does not read as Chinese. Of the 1,224 samples of
# tests/bench/encodings.py 1,201 are told right, 17 refused and 6 wrong, with 0.4 for the first 13 wrong, with 0.2 for the second
# 47 refused. Lists of Chinese names get up to 0.21 as Korean, bytes that are no text up to 0.03.
SURE, LIKELY = 0.25, 0.1
# The mean log10 frequency of a Chinese character, by jieba's dictionary: -3.8 and more in prose, modern or classical, -4.1 and
# more in nearly all lists of names; -4.4 and less in Korean and Japanese bytes read as Chinese.
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

_CHINESE = ("gb18030", "big5hkscs")
# chardet's name -> the codec that holds all of what is saved under it. cp1252 is among those that it chooses from, but Western
# text has too little beyond ASCII for it to be sure.
_DETECTED = {
    **dict.fromkeys(_CHINESE), "cp932": "cp932", "euc_jis_2004": "euc_jp", "euc_kr": "cp949", "cp949": "cp949",
    "cp1251": "cp1251", "koi8-r": "koi8_r", "cp1252": None,
}  # fmt: skip
_PAIR = re.compile(b"[\x80-\xff]{2}")  # which all of them have but Western text
_ASCII_RUN = re.compile(rb"(?:(?<=[\x80-\xff])([\x00-\x7f])|^)[\x00-\x7f]++")  # the first byte may be half a character
_HAN = re.compile("[㐀-鿿豈-龎]")
_HANGUL = re.compile("[가-힣]")
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
    any bytes, so one is taken when its text reads as its language: by chardet, or as Chinese or Western by measures of our own
    where it is not sure (lists of names, a few letters with accents).
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
    found = (
        _western(data)
        or _detected(data, data, SURE)
        or _chinese(data)
        or _detected(data, data, LIKELY)
        or _detected(data, _ASCII_RUN.sub(rb"\1\n", data), LIKELY)  # a few words among English ones
    )
    if found is None:
        raise Undecodable("documents.unknown_encoding", byte=place)
    return found


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


def _detected(data: bytes, sample: bytes, least: float) -> tuple[str, str] | None:
    """The text of `data` in the encoding that `sample` speaks for with this confidence; Chinese only if it is sure."""
    import chardet

    if not _PAIR.search(data):
        return None
    found = chardet.detect(sample, compat_names=False, include_encodings=_DETECTED)
    name = found["encoding"] or ""
    encoding = name if name in _CHINESE and least == SURE else _DETECTED.get(name)
    if encoding is None or found["confidence"] < least:
        return None
    text = _strict(data, encoding)
    if text is None or _CONTROL.search(text):
        return None
    if encoding == "cp949" and 4 * len(_HAN.findall(text[:_SAMPLE])) > len(_HANGUL.findall(text[:_SAMPLE])):
        return None  # names in Chinese, read as Korean
    return text, encoding


def _chinese(data: bytes) -> tuple[str, str] | None:
    """Text of Chinese characters that are in use, most in the encoding that is chosen."""
    texts = {encoding: text for encoding in _CHINESE if (text := _strict(data, encoding)) is not None}
    frequency = {encoding: mean_character_frequency(text[:_SAMPLE]) for encoding, text in texts.items()}
    encoding = max(frequency, key=frequency.__getitem__, default="")
    return (texts[encoding], encoding) if frequency.get(encoding, -9.0) >= LEAST_FREQUENCY else None


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
