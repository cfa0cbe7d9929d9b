"""The character map of the tokenizer, read back by the tokenizers library that uses it."""

from __future__ import annotations

import struct
import sys

from tokenizers.normalizers import Precompiled

from qa.models.charsmap import build_charsmap
from qa.models.e5_weights import read_weights, weights_file


def test_a_hand_made_map_replaces_its_keys_and_nothing_else() -> None:
    table = {"Ａ": "A", "①": "1", "㈱": "(株)", "\x01": "", "é": "e", "𝐀": "A"}
    normaliser = Precompiled(build_charsmap(table))
    assert normaliser.normalize_str("Ａ①㈱x\x01é𝐀Ｂ") == "A1(株)xeAＢ"


def test_the_bytes_are_a_size_the_trie_and_the_strings() -> None:
    charsmap = build_charsmap({"b": "xy", "a": ""})
    (size,) = struct.unpack_from("<I", charsmap)
    units = struct.unpack_from(f"<{size // 4}I", charsmap, 4)
    assert charsmap[4 + size :] == b"\0xy\0"
    assert sorted(unit & 0x7FFFFFFF for unit in units if unit & 0x80000000) == [0, 1]  # where the two strings start


def test_the_models_map_equals_its_table_for_every_character() -> None:
    table = read_weights(weights_file()).vocabulary.normaliser
    normaliser = Precompiled(build_charsmap(table))
    wrong = [
        code
        for code in range(1, sys.maxunicode + 1)
        if not 0xD800 <= code < 0xE000 and normaliser.normalize_str(chr(code)) != table.get(chr(code), chr(code))
    ]
    assert wrong == []
    assert len(table) > 4000
    assert (table["Ａ"], table["㈱"], table["ﬁ"]) == ("A", "(株)", "fi")
