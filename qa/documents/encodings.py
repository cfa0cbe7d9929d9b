"""Detects the encoding of a text and decodes it strictly: every byte, or an error."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ..errors import CodedError
from ..text.words import mean_character_frequency
from .content import Unreadable

# Thresholds of chardet's confidence: `SURE` before and `LIKELY` after the test for Chinese. Of the 1,224 samples of
# tests/bench/encoding_samples.py, 1,202 are detected correctly, 16 are refused and 6 are wrong; with SURE = 0.4 13 are; with
# LIKELY = 0.2, 47 are refused. Lists of Chinese names get up to 0.21 as Korean, bytes that are no text up to 0.03.
SURE, LIKELY = 0.25, 0.1
# `mean_character_frequency` from which a text counts as Chinese. Prose, modern or classical, has -3.8 or more, nearly all lists
# of names have -4.1 or more; Korean and Japanese bytes decoded as Chinese have -4.4 or less.
LEAST_FREQUENCY = -4.1
# How much more frequent the characters of a text without kana have to be as Japanese than as Chinese: lists of Chinese names have
# up to 0.4. Of 500 lists of 2 to 30 Japanese names each, Shift-JIS is told of all and EUC-JP of 488; 6 are read as Chinese.
JAPANESE_LESS = 0.5
_SAMPLE = 4000  # characters at the beginning that the measures look at

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Declared encoding -> the codec to use, a superset where files under that name need one (WHATWG Encoding Standard).
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
_JAPANESE = ("cp932", "euc_jp")
# The encodings that chardet may choose from -> the codec to use; with None its answer is not used. Chinese is left to `_chinese`
# unless chardet is sure, and cp1252 to `_western`: Western text has too few bytes beyond ASCII for chardet.
_DETECTED = {
    **dict.fromkeys(_CHINESE), "cp932": "cp932", "euc_jis_2004": "euc_jp", "euc_kr": "cp949", "cp949": "cp949",
    "cp1251": "cp1251", "koi8-r": "koi8_r", "cp1252": None,
}  # fmt: skip
_PAIR = re.compile(b"[\x80-\xff]{2}")  # found in text in any of these encodings but cp1252
# A run of ASCII bytes. The group is its first byte if that may be the second byte of a character.
_ASCII_RUN = re.compile(rb"(?:(?<=[\x80-\xff])([\x00-\x7f])|^)[\x00-\x7f]++")
_HAN = re.compile("[㐀-鿿豈-龎]")
_HANGUL = re.compile("[가-힣]")
_KANA = re.compile("[ぁ-ゖァ-ヺー]")
_HIGH_RUN = re.compile("[^\x00-\x7f]{3,}")
# the characters beyond ASCII in Western European text
_WESTERN = re.compile("[àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœšžßÀÁÂÄÅÆÇÈÉÊËÍÎÑÓÔÖØÙÚÛÜŒ€£§©®°·«»“”‘’–—…¿¡ªº\xa0½²³]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")


# A text is mended that has at most `MOST_BAD` short runs of bytes that cannot be decoded, and at most one in so many bytes.
MOST_BAD, BAD_ONE_IN = 200, 100
_LONGEST_RUN = 8  # bytes
_NAMED = 20  # places of bad bytes that are named
_AHEAD = 40  # bytes after a bad one that tell where the next character starts
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


class Undecodable(CodedError):
    """Bytes could not be decoded. The message has no remedy, which depends on the file that the bytes are from."""


def decode(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """The text of `data` and its encoding. Raises `Undecodable` when no encoding gives readable text.

    `declared` is the encoding that the file itself declares. Tried in this order: byte-order marks; UTF-16 without one, if there
    are NUL bytes; ISO-2022-JP, if it is declared or its escape sequences occur; UTF-8; `declared`; Western (`_western`); chardet
    if it is sure; Chinese (`_chinese`); chardet with less confidence. The legacy encodings decode almost any bytes, so the text
    has to look like its language as well.
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
        or _detected(data, _ASCII_RUN.sub(rb"\1\n", data), LIKELY)  # for a few foreign words in English text
    )
    if found is None:
        raise Undecodable("documents.unknown_encoding", byte=place)
    return found


def read_text(data: bytes, declared: str | None = None) -> tuple[str, str, tuple[Unreadable, ...]]:
    """As `decode`, but a text with a few bad bytes is read as well: U+FFFD stands for each run of them, and all are named.

    NUL bytes at the end, as a crash leaves them, are left out. Raises `Undecodable` where the rest is no text either.
    """
    try:
        return (*decode(data, declared), ())
    except Undecodable:
        whole = data.rstrip(b"\0")
        if whole and whole != data and not data.startswith(_WIDE_MARKS):
            return read_text(whole, declared)
        for encoding in _mended_as(data):
            mended = _mended(data, encoding)
            if mended is not None and (data.startswith(_WIDE_MARKS) or _reads_as(mended[1], encoding, declared)):
                return mended[0], encoding, (_bad_bytes(data, encoding, mended[2]),)
        raise


def _mended_as(data: bytes) -> tuple[str, ...]:
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    return (marked,) if marked else ("utf-8", *_CHINESE, "cp932", "euc_jp", "cp949")


def _reads_as(data: bytes, encoding: str, declared: str | None) -> bool:
    try:
        found = decode(data, declared)[1]
    except Undecodable:
        return False
    return found == encoding and (not data.isascii() or len(data) > 2 * BAD_ONE_IN)


def _mended(data: bytes, encoding: str) -> tuple[str, bytes, list[tuple[int, int]]] | None:
    """The text of `data` with U+FFFD for each bad run, the bytes without them, and the runs; None where they are not few."""
    texts, kept, runs = list[str](), list[bytes](), list[tuple[int, int]]()
    most = min(MOST_BAD, 1 + len(data) // BAD_ONE_IN)
    at = 0
    if data.startswith(_WIDE_MARKS):
        at = 4 if encoding == "utf-32" else 2
        encoding += "-le" if data.startswith(b"\xff") else "-be"
    wide = at > 0
    view = memoryview(data)
    while at < len(data):
        nul = -1 if wide else data.find(b"\0", at)
        end, after = (len(data), len(data)) if nul < 0 else (nul, nul + 1)
        try:
            texts.append(codecs.decode(view[at:end], encoding))
        except UnicodeDecodeError as error:
            end, after = at + error.start, at + max(error.end, error.start + 1)
            texts.append(codecs.decode(view[at:end], encoding))
            if encoding not in ("utf-8", "utf-8-sig") and not wide:
                after = _next_character(data, after, encoding)
        kept.append(data[at:end])
        at = after
        if end < after:
            if runs and runs[-1][1] == end:
                runs[-1] = (runs[-1][0], after)
            else:
                runs.append((end, after))
                texts.append("\ufffd")
        if len(runs) > most or sum(end - start for start, end in runs[-1:]) > _LONGEST_RUN:
            return None
    return "".join(texts), b"".join(kept), runs


def _next_character(data: bytes, at: int, encoding: str) -> int:
    """Where the next character starts after a bad byte that ends at `at`: the first start from which what follows reads about
    as well as from any other.
    """
    starts = range(at, min(at + 3, len(data)))
    found = [_readable(data[start : start + _AHEAD], encoding) for start in starts]
    return next((start for start, how in zip(starts, found, strict=True) if how >= max(found) - 0.5), at)


def _readable(data: bytes, encoding: str) -> float:
    text = data.decode(encoding, "replace")
    return mean_character_frequency(text.rstrip("\ufffd")) - text.rstrip("\ufffd").count("\ufffd")


def _bad_bytes(data: bytes, encoding: str, runs: Sequence[tuple[int, int]]) -> Unreadable:
    named = runs[:_NAMED]
    return Unreadable(
        "documents.bad_bytes",
        encoding=encoding,
        count=sum(end - start for start, end in runs),
        bytes=[start for start, _ in named],
        lines=[data.count(b"\n", 0, start) + 1 for start, _ in named],
    )


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
    """The text and encoding of UTF-16 without a byte-order mark: the bytes contain NULs, the text does not."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _strict(data, encoding)
        if text and not _CONTROL.search(text):
            sample = text[:_SAMPLE]
            common = sum(char < "\u0250" or "\u2000" <= char < "\ua000" or "\uac00" <= char < "\ud7a4" for char in sample)
            if common > 0.9 * len(sample) and any(char in " \n，。" for char in sample):
                return text, encoding
    raise Undecodable("documents.nul_bytes")


def _detected(data: bytes, sample: bytes, least: float) -> tuple[str, str] | None:
    """The text of `data` in the encoding that chardet finds for `sample`, if its confidence is `least` or more.

    Chinese encodings are accepted only with `least` = `SURE`.
    """
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
        return None  # Chinese names decoded as Korean
    return text, encoding


def _chinese(data: bytes) -> tuple[str, str] | None:
    """The text of `data` in the encoding of Han characters that gives the most frequent ones; None if these are too rare.

    The encodings of Japanese are among them: for kanji without kana chardet has too little to go by.
    """
    texts = {encoding: text for encoding in (*_CHINESE, *_JAPANESE) if (text := _strict(data, encoding)) is not None}
    frequency = {encoding: _frequency(text[:_SAMPLE], encoding) for encoding, text in texts.items()}
    less = {encoding: JAPANESE_LESS for encoding in _JAPANESE if encoding in texts and not _has_kana(texts[encoding][:_SAMPLE])}
    encoding = max(frequency, key=lambda encoding: frequency[encoding] - less.get(encoding, 0.0), default="")
    return (texts[encoding], encoding) if frequency.get(encoding, -9.0) >= LEAST_FREQUENCY else None


def _frequency(text: str, encoding: str) -> float:
    """How frequent the Han characters of a text are: those of Japanese as they are, or in the old forms that Chinese shares."""
    found = mean_character_frequency(text)
    return max(found, mean_character_frequency(_old_forms().convert(text))) if encoding in _JAPANESE else found


@lru_cache(maxsize=1)
def _old_forms() -> Any:
    from opencc import OpenCC

    return OpenCC("jp2t")


def _has_kana(text: str) -> bool:
    """Whether a tenth of the characters beyond ASCII are kana of full width, which have the same bytes in Chinese encodings."""
    return 10 * len(_KANA.findall(text)) > sum(char >= "\x80" for char in text)


def _western(data: bytes) -> tuple[str, str] | None:
    """The text of `data` in Windows-1252, if the bytes beyond ASCII are Western letters and signs, few and mostly single."""
    text = _strict(data, "cp1252")
    if text is None or _CONTROL.search(text):
        return None
    beyond = [char for char in text if char >= "\x80"]
    letters = sum(char.isalpha() for char in text)
    western = len(_WESTERN.findall(text))
    plausible = len(beyond) <= 0.25 * max(letters, 1) and western >= 0.95 * len(beyond) and not _HIGH_RUN.search(text)
    return (text, "cp1252") if plausible else None
