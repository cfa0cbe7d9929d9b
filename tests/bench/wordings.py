"""Typing slips and synonyms put into real questions: how many are put back, and whether the right passage is found again.

    python tests/bench/wordings.py ../shared/real --sets w1 w5 --kept /tmp/indexes

In each answerable question one word that the documents have is changed. For a slip one of its characters becomes another that is
read the same, so that no dictionary has the word. For a synonym it becomes another word of the same first meaning in CC-CEDICT
that the documents lack; the file of synonyms holds this pair alone. Printed is how often the passage with the answer comes first
and among the first three: as asked, changed and searched for as typed, and changed with what is under test.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from common import json_lines, store

import qa
from qa.evaluation.question_files import bare
from qa.search.question import Question
from qa.text.parts_of_speech import classified
from qa.text.romanisation import sounding_like
from qa.text.synonyms import SynonymFiles
from qa.text.translation import _CHINESE, _chinese_words, _dictionary, _glosses, is_in_dictionary
from qa.text.words import frequency


def slip(word: str, stands: Any, chance: random.Random) -> str:
    """The word with one character exchanged for a common one that is read the same, in no dictionary; "" for none."""
    made = [
        word[:i] + other + word[i + 1 :] for i in range(len(word)) for other in sounding_like(word[i]) if frequency(other) > 500
    ]
    made = [each for each in made if not frequency(each) and not is_in_dictionary(each) and not stands(each)]
    return chance.choice(made) if made else ""


def synonym(word: str, stands: Any, chance: random.Random) -> str:
    """Another word whose meaning is the first one of `word`, that the documents lack; "" for none."""
    meanings = [gloss for gloss, weight in _glosses(_dictionary().get(_CHINESE + word) or "") if weight == 1][:1]
    others = {other for gloss in meanings for other, weight in _chinese_words(gloss) if weight == 1 and frequency(other) > 5}
    made = sorted(other for other in others - {word} if len(other) > 1 and not stands(other))
    return chance.choice(made) if made else ""


def changed(text: str, change: Any, stands: Any, chance: random.Random) -> tuple[str, str, str] | None:
    """The question with one word changed, that word, and what it became."""
    words = [
        word.text for word in classified(text) if 1 < len(word.text) < 5 and word.tag in ("n", "v", "vn") and stands(word.text)
    ]
    chance.shuffle(words)
    found = ((word, change(word, stands, chance)) for word in words)
    return next(((text.replace(word, other, 1), word, other) for word, other in found if other), None)


def questions(folder: Path) -> Iterator[tuple[str, list[str], str]]:
    """The answerable questions of a folder, their quotes and the document of each; follow-ups are left out."""
    for told in json_lines((folder / "questions.jsonl").read_text("utf-8")):
        quotes = [quote for quote in told["quote"] or [] if isinstance(quote, str)]
        if quotes and not told.get("history"):
            yield told["question"], [bare(quote) for quote in quotes], told.get("source") or ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("--sets", nargs="+", default=["w1", "w5"])
    parser.add_argument("--kept", type=Path, help="a folder to keep the indexes in between runs")
    options = parser.parse_args()
    counts: dict[str, dict[str, int]] = {name: defaultdict(int) for name in ("slips", "synonyms", "none")}
    with tempfile.TemporaryDirectory() as temporary:
        for name in options.sets:
            index = qa.build(options.real / name / "documents", (options.kept or Path(temporary)) / name)
            words, retriever, chance = index.store.lexical, index.retriever, random.Random(7)

            def stands(word: str, words: Any = words) -> bool:
                return bool(words.idf("w" + word) < words.idf(""))

            def found(question: Question, quotes: list[str], source: str, index: qa.Index = index) -> int:
                evidence = index.retriever.gather(question)
                rows = [] if evidence is None else evidence.rows[:3].tolist()
                passages = [index.paragraph(row) for row in rows]
                right = [p.source.endswith(source) and any(quote in bare(p.text) for quote in quotes) for p in passages]
                return right.index(True) + 1 if True in right else 0

            for text, quotes, source in questions(options.real / name):
                plain = retriever.read(text)
                counts["none"]["questions"] += 1
                if plain.others:
                    evidence = retriever.gather(plain)
                    counts["none"]["seen as slips"] += 1
                    counts["none"]["taken for another"] += bool(evidence and evidence.question.corrected)
                for kind, change in (("slips", slip), ("synonyms", synonym)):
                    made = changed(text, change, stands, chance)
                    if made is None:
                        continue
                    if kind == "synonyms":
                        file = Path(temporary) / "synonyms.txt"
                        file.write_text(f"{made[1]}, {made[2]}\n", encoding="utf-8")
                        index.use_synonyms(SynonymFiles(file))
                    asked = retriever.read(made[0])
                    index.use_synonyms(SynonymFiles())
                    count = counts[kind]
                    count["questions"] += 1
                    count["put back"] += any(other.text == plain.text for other in asked.others)
                    count["read as another"] += any(other.corrected and other.text != plain.text for other in asked.others)
                    ways = {
                        "as asked": replace(plain, others=()),
                        "changed": replace(asked, others=()),
                        "changed, with it": asked,
                    }
                    for way, question in ways.items():
                        rank = found(question, quotes, source)
                        count[f"{way}: first"] += rank == 1
                        count[f"{way}: in three"] += rank > 0
    store("wordings", {"sets": options.sets, **{kind: dict(count) for kind, count in counts.items()}})


if __name__ == "__main__":
    sys.exit(main())
