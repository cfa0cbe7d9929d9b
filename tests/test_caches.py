"""What is kept in memory for the next question, and how much of it there can be."""

from __future__ import annotations

import importlib
import subprocess
import sys
from inspect import signature
from random import Random

from conftest import ROOT

from qa.chat.drawing import highlights
from qa.text import normalise, words

FEW = 256  # entries that need no look: what they are given is no longer than a question, 2,000 characters
MANY: dict[str, int | None] = {  # function -> entries, and what it is given
    "qa.chat.drawing.highlights._folded_char": 20_000,  # a character
    "qa.chat.drawing.highlights._word_spans": 1000,  # question and text of 4,000 characters
    "qa.chat.serving.first_load._well_compressed": None,  # the page's own files
    "qa.documents.formats.number_format._sections": 2000,  # in the parsing process, whose memory has a limit
    "qa.index.served.packed.token_hash": 2**17,  # a word, in a build for a server
    "qa.index.served.tables.stored_token": 2**17,  # likewise
    "qa.text.romanisation.sounding_like": 4096,  # a character
    "qa.text.words._log_probability": 20_000,  # a word of five characters
}


def test_every_cache_of_many_entries_is_known_here() -> None:
    found = {}
    for file in sorted((ROOT / "qa").rglob("*.py")):
        if "lru_cache" not in file.read_text("utf-8"):
            continue
        module = importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
        for value in vars(module).values():
            if hasattr(value, "cache_parameters") and value.__module__ == module.__name__ and signature(value).parameters:
                most = value.cache_parameters()["maxsize"]
                if most is None or most > FEW:
                    found[f"{value.__module__}.{value.__name__}"] = most
    assert found == MANY


def size_of(value: object) -> int:
    parts = value if isinstance(value, tuple | list) else ()
    return sys.getsizeof(value) + sum(map(size_of, parts))


def test_tokens_are_kept_of_short_runs_alone_and_take_four_megabytes_at_most() -> None:
    kept = words._lexicon(words.NO_WORDS)._of_short_run
    assert kept.cache_parameters() == {"maxsize": 2048, "typed": False}
    random = Random(1)
    runs = ["".join(chr(random.randrange(0x4E00, 0x9FA0)) for _ in range(6)) for _ in range(200)]
    assert max(size_of(kept(run)) + size_of(run) for run in [*runs, "中华人民共和", "社会主义制度"]) * 2048 < 4 * 2**20
    before = kept.cache_info()
    words.tokenize("上面是七个字吗。the server")
    assert kept.cache_info() == before


def test_long_texts_are_not_kept() -> None:
    texts = normalise._recently_normalised
    before = texts.cache_info()
    normalise.normalise("水" * 2048)
    assert texts.cache_info() == before
    before = highlights._kept_spans.cache_info()
    assert highlights.word_spans("水库", "水库" * 2000) == ((0, 4000),)
    assert highlights._kept_spans.cache_info() == before


LONGEST = """
import sys
from random import Random
import qa
from qa.models.encoder import load_encoder, load_reader
from qa.models.reader import ReadPassage

def own():
    return int(next(line for line in open("/proc/self/status") if line.startswith("RssAnon")).split()[1])

encoder, random = load_encoder(), Random(1)
reader = load_reader(encoder)
after = []
for number in range(6):
    text = "".join(chr(random.randrange(0x4E00, 0x9FA0)) for _ in range(700))
    encoder.encode_queries([text])
    reader.read(text[:100], [ReadPassage("", text, tuple((at, at + 70) for at in range(0, 700, 70)))])
    after.append(own())
print(*after)
"""


def test_a_model_takes_no_more_memory_for_the_sixth_of_the_longest_texts_than_for_the_third() -> None:
    told = subprocess.run([sys.executable, "-c", LONGEST], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    after = list(map(int, told.split()))
    assert after[-1] - after[2] < 4096, after  # KB
