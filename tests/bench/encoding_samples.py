"""How often the package, and chardet with a strict decode, detect the encoding of a text, by encoding and length of the text.

    python tests/bench/encoding_samples.py FOLDER

FOLDER has a UTF-8 file of running text for each language: zh, zh-Hant, ja, ko, ru, de, fr, es and en, `.txt`. There are texts of
one encoding, a few words among English ones, and lists of Chinese names. Bytes that are no text are to be refused.
"""

from __future__ import annotations

import random
import re
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from common import store

from qa.documents.encodings import Undecodable, decode

LENGTHS = (20, 40, 60, 150, 300, 1000)  # characters
EACH = 12  # samples of an encoding and length
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华玉萍红文国建春梅志云海燕婷雪峰鹏浩宇欣怡梓涵子轩一诺思远佳慧晓东立新永福"
)
KANA = re.compile("[ぁ-ゖァ-ヺー]+")
# codec -> languages; "-kanji" is Japanese without its kana
ENCODINGS = {
    "gb18030": ["zh"], "big5": ["zh-Hant"], "cp932": ["ja"], "cp932 kanji": ["ja"], "euc_jp": ["ja"], "iso2022_jp": ["ja"],
    "cp949": ["ko"], "cp1251": ["ru"], "koi8_r": ["ru"], "cp1252": ["de", "fr", "es"], "latin-1": ["de", "fr", "es"],
    "utf-16-le": ["zh", "de"], "utf-8": ["zh", "ja", "ko", "ru", "fr"],
}  # fmt: skip
# chardet's name -> the codec to use, a superset, as in qa/documents/encodings.py
SUPERSETS = {"euc_jis_2004": "euc_jp", "iso2022_jp_2": "iso2022_jp", "euc_kr": "cp949", "ascii": "utf-8"}
# the encodings that the package supports and chardet knows, by chardet's names
PROMISED = (
    "ascii utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 gb18030 big5hkscs cp932 euc_jis_2004 iso2022_jp_2 euc_kr cp949 "
    "cp1251 koi8-r cp1252"
).split()
CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")


def samples(folder: Path, source: random.Random) -> list[tuple[str, int, str, bytes]]:
    """Encoding, length, text and bytes."""
    made = []
    for name, languages in ENCODINGS.items():
        codec = name.split()[0]
        for length in LENGTHS:
            count = 0
            while count < EACH:
                text = (folder / f"{source.choice(languages)}.txt").read_text("utf-8")
                if "kanji" in name:
                    text = KANA.sub("、", text)
                start = source.randrange(len(text) - length)
                text = text[start : start + length].strip()
                text = text.encode(codec, "ignore").decode(codec)
                if sum(char > "\x7f" for char in text) >= (2 if codec in ("cp1252", "latin-1") else 0.3 * len(text)):
                    made.append((name, length, text, text.encode(codec)))
                    count += 1
    english = (folder / "en.txt").read_text("utf-8")
    for name in ("gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1251", "koi8_r"):
        for length in (8, 20):
            for _ in range(EACH):
                other = (folder / f"{ENCODINGS[name][0]}.txt").read_text("utf-8")
                start, at = source.randrange(len(other) - length), source.randrange(len(english) - 200)
                text = english[at : at + 200] + other[start : start + length]
                text = text.encode(name, "ignore").decode(name)
                made.append((f"{name} in English", length, text, text.encode(name)))
    for count in (3, 5, 10, 30, 100):
        for between in " \n，,":
            for _ in range(EACH // 2):
                people = (source.choice(SURNAMES) + "".join(source.choices(GIVEN, k=source.choice((1, 2)))) for _ in range(count))
                text = between.join(people) + "\n"
                made.append(("gb18030 names", count, text, text.encode("gb18030")))
    return made


def no_texts(folder: Path, source: random.Random) -> list[bytes]:
    """Bytes that are no text in any one encoding."""
    zh = (folder / "zh.txt").read_text("utf-8")
    found = []
    for length in LENGTHS * 4:
        start = source.randrange(len(zh) - length)
        text = zh[start : start + length]
        found += [
            source.randbytes(length),
            bytes(source.randrange(0x80, 0x100) for _ in range(length)),
            zlib.compress(text.encode()),
            text.encode("utf-8")[:-1] + b"\xff",  # cut and damaged
            text.encode("utf-8") + text.encode("gb18030"),  # two in one
        ]
    return found


def by_package(data: bytes) -> str | None:
    try:
        return decode(data)[0]
    except Undecodable:
        return None


def by_chardet(data: bytes) -> str | None:
    import chardet

    found = chardet.detect(data, prefer_superset=True, compat_names=False, include_encodings=PROMISED, no_match_encoding="cp500")
    name = found["encoding"]
    if not name or name == "cp500":  # none of them fits
        return None
    try:
        text = data.decode(SUPERSETS.get(name.lower(), name))
    except UnicodeDecodeError:
        return None
    return None if CONTROL.search(text) else text


def measure(
    detect: Callable[[bytes], str | None], texts: list[tuple[str, int, str, bytes]], others: list[bytes]
) -> dict[str, Any]:
    outcomes: dict[str, Counter[str]] = {}
    started = time.process_time()
    for name, _, text, data in texts:
        got = detect(data)
        outcome = "right" if got == text else "refused" if got is None else "wrong"
        for key in (name, "all"):
            outcomes.setdefault(key, Counter())[outcome] += 1
    seconds = time.process_time() - started
    accepted = sum(detect(data) is not None for data in others)
    return {
        "texts": {key: dict(counts) for key, counts in outcomes.items()},
        "no texts taken for one": f"{accepted} of {len(others)}",
        "ms a text": round(1000 * seconds / len(texts), 2),
    }


def main() -> None:
    source = random.Random(12)
    folder = Path(sys.argv[1])
    texts, others = samples(folder, source), no_texts(folder, source)
    decode(texts[0][3])  # loads the dictionary
    result = {"samples": len(texts), "package": measure(by_package, texts, others)}
    try:
        result[f"chardet {version('chardet')}, strict"] = measure(by_chardet, texts, others)
    except ImportError:
        print("chardet is not installed", file=sys.stderr)
    store("encodings", result)


if __name__ == "__main__":
    main()
