"""Retrieval against brute force over all passages; orders that do not depend on how much is asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reference
from conftest import LONG_LINE
from tiny import TinyEncoder, index_of

import qa
from qa.models.encoder import load_question_map
from qa.search import retrieval, text_evidence
from qa.search.question import read_question
from qa.text.normalise import normalise
from qa.text.translation import to_chinese, to_english
from qa.text.words import tokenize

pytestmark = pytest.mark.usefixtures("one_line_a_passage")

QUESTIONS = [
    "綦河洪峰水位是多少？",
    "大夫救治了多少病人？",
    "轿车能进集市吗？",
    "When did the clinic open?",
    "how high was the flood",
    "学生",
    "第7个水库蓄水多少？",
    "人民至上",
    "重庆1940年的洪水有多大？",
    "完全无关的问题",
    "zzz",
]


class BruteForce:
    """Every passage's evidence and score by the formulas of the module's docstring, over plain texts."""

    def __init__(self, index: qa.Index) -> None:
        self.index = index
        passages, sentences, self.owners = reference.texts_of(index)
        self.rows = [tokenize(text) for text in passages]
        vectors = index.encoder.encode_passages(reference.titled_texts(index))
        self.languages = index.store.means.passage_languages(vectors)
        self.vectors = reference.centred(index.store.means, vectors, self.languages)
        sentence_vectors = index.encoder.encode_passages(sentences)
        self.sentence_vectors = reference.centred(index.store.means, sentence_vectors, self.languages[self.owners])

    def scores(self, question: str) -> dict[str, np.ndarray[Any, Any]]:
        terms = list(read_question(question).terms)
        bm25 = reference.bm25(self.rows, terms)
        translated = reference.grouped_bm25(self.rows, self.translation(question))
        vector = self.index.store.means.centre_question(self.index.encoder.encode_queries([question])[0])
        question_map = load_question_map(self.index.encoder)
        if question_map:
            moved = vector + vector @ question_map.matrix + question_map.bias
            vector = moved / np.linalg.norm(moved)
        dense, sentence = self.vectors @ vector, self.best(self.sentence_vectors @ vector)
        score = 0.5287 * dense + 1.4713 * sentence + 0.0042 * bm25 + 0.2025 * translated
        for row in np.flatnonzero(score >= np.sort(score)[::-1][:20][-1]):
            text = normalise(self.index.paragraph(int(row)).text)
            words = {term[1:]: reference.idf(self.rows, term) for term in terms if term[0] in "wv"}
            held = [word for word in words if word in text]
            above = [word for word in words if word in self.title(int(row)) and word not in text]
            whole = max(sum(words.values()), 1e-6)
            score[row] += (0.1442 * sum(words[word] for word in held) + 0.3746 * sum(words[word] for word in above)) / whole
            names = read_question(question).names
            score[row] += 0.2 * (names != () and all(name in self.index.store.around(int(row), 3) for name in names))
        return {"dense": dense, "sentence": sentence, "lexical": bm25, "translated": translated, "score": score}

    def title(self, row: int) -> str:
        """The name of a passage's document, and its first line if it ends no sentence."""
        source = self.index.paragraph(row).source
        first = min(number for number in range(self.index.size) if self.index.paragraph(number).source == source)
        line = normalise(self.index.paragraph(first).text.splitlines()[0])
        return normalise(Path(source).stem) + "\n" + (line if len(line) <= 60 and line[-1] not in "。！？!?.…:;," else "")

    def best(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """For each passage the highest value of its sentences."""
        pairs = list(zip(values, self.owners, strict=True))
        return np.array([max(value for value, owner in pairs if owner == row) for row in range(self.index.size)])

    def translation(self, question: str) -> list[Any]:
        """The question's terms in Chinese or English, when it is in the one and a passage in the other."""
        means = self.index.store.means
        asked = means.names[means.question_language(self.index.encoder.encode_queries([question])[0])].split("-")[0]
        spoken = {means.names[language].split("-")[0] for language in self.languages}
        other = {"zh": "en", "en": "zh"}.get(asked)
        asked_for = read_question(question)
        groups = {"zh": to_chinese(asked_for.terms), "en": to_english([word.text for word in asked_for.words])}
        return groups[other] if other in spoken else []

    def check(self, question: str) -> None:
        expected = self.scores(question)
        hits = self.index.search(question, 1000)
        assert sorted(hit.paragraph.row for hit in hits) == list(range(self.index.size))
        for hit in hits:
            row = hit.paragraph.row
            assert hit.score == pytest.approx(expected["score"][row], abs=1e-4)
            for name in ("dense", "sentence", "lexical", "translated"):
                assert hit.scores[name] == pytest.approx(expected[name][row], rel=1e-4, abs=1e-4), name
        assert [hit.rank for hit in hits] == list(range(1, self.index.size + 1))
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_every_score_is_brute_force_over_all_passages(tiny_index: qa.Index) -> None:
    brute_force = BruteForce(tiny_index)
    for question in QUESTIONS:
        brute_force.check(question)


def test_every_score_is_brute_force_with_the_real_model(seed_index: qa.Index) -> None:
    brute_force = BruteForce(seed_index)
    for question in ("綦河洪峰水位是多少？", "How many students went back to school?", "¿Dónde llovió?", "zzz"):
        brute_force.check(question)
    assert brute_force.scores("How many students went back to school?")["translated"].max() > 0


def test_words_find_the_passage_that_holds_them_and_meaning_the_one_that_does_not(tiny_index: qa.Index) -> None:
    assert tiny_index.search("洪峰水位", 1)[0].text == "綦河洪峰水位227.6米，超保证水位5.1米。"
    hits = tiny_index.search("automobile", 2)  # the encoder knows it as 汽车 and 轿车; word search knows nothing of it
    assert [hit.text for hit in hits] == ["轿车不得入内。", "汽车运来了500多袋粮食。"]
    assert [hit.scores["lexical"] for hit in hits] == [0, 0]


@pytest.mark.parametrize("question", QUESTIONS)
def test_asking_for_fewer_gives_the_start_of_asking_for_more(question: str, tiny_index: qa.Index) -> None:
    everything = tiny_index.search(question, 1000)
    for k in range(tiny_index.size + 2):
        assert tiny_index.search(question, k) == everything[:k]


def test_asking_the_real_index_for_fewer_gives_the_start_of_asking_for_more(
    seed_index: qa.Index, seed_questions: list[dict[str, Any]]
) -> None:
    for entry in seed_questions[::6]:
        everything = seed_index.search(entry["question"], 21)
        assert len(everything) == 21
        for k in (1, 3, 10):
            assert seed_index.search(entry["question"], k) == everything[:k]


def test_threads_that_ask_at_once_get_what_one_gets(seed_index: qa.Index, seed_questions: list[dict[str, Any]]) -> None:
    questions = [entry["question"] for entry in seed_questions[::4]]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(seed_index.search, questions))
    assert together == [seed_index.search(question) for question in questions]


def test_a_pool_smaller_than_the_corpus_keeps_the_order(tiny_index: qa.Index, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = tiny_index.search("洪水", 99)
    monkeypatch.setattr(retrieval, "POOL", 3)
    some = tiny_index.search("洪水", 99)
    assert 3 <= len(some) < len(everything)
    kept = [hit.paragraph.row for hit in some]
    assert kept == [hit.paragraph.row for hit in everything if hit.paragraph.row in kept]
    assert kept[0] == everything[0].paragraph.row


@pytest.mark.parametrize("question", ["", "   ", "？", "……", "!?", "——\n", "🙂", "_", "\ufeff"])
def test_a_question_that_asks_nothing_finds_nothing(question: str, tiny_index: qa.Index) -> None:
    assert tiny_index.search(question, 5) == []


def test_the_passage_that_holds_the_names_comes_first(tiny: TinyEncoder, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    texts = ["武汉发生洪水。", "重庆发生洪水。", "洪水发生。", "水洪生发庆重。"]
    for i, text in enumerate(texts):
        (tmp_path / "docs" / f"{i}.txt").write_text(text + "\n")
    index = qa.build(tmp_path / "docs", tmp_path / "index", encoder=tiny)
    evidence = index.retriever.gather(index.retriever.read("重庆发生洪水了吗？"))
    assert evidence is not None
    fused = retrieval.fuse(evidence)
    gained = dict(zip(evidence.rows.tolist(), evidence.score.tolist(), strict=True))
    before = dict(zip(fused.rows.tolist(), fused.score.tolist(), strict=True))
    words = {term[1:]: index.store.lexical.idf(term) for term in evidence.question.word_terms}
    held = [sum(idf for word, idf in words.items() if word in text) / sum(words.values()) for text in texts]
    assert held[3] == 0
    assert max(held) == held[1]
    expected = [0.1442 * share for share in held]
    expected[1] += 0.2  # 重庆 stands in the second text
    assert [gained[row] - before[row] for row in range(4)] == pytest.approx(expected, abs=1e-6)
    assert evidence.rows[0] == 1


def test_an_identifier_in_the_name_of_a_document_counts_for_its_passages(tiny: TinyEncoder, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for number in ("031", "037"):
        lines = [f"合同编号CHCG-2024-{number}。", "合同总价八万元。", "见合同CHCG-2024-031。"]
        (tmp_path / "docs" / f"采购合同_CHCG-2024-{number}.txt").write_text("\n".join(lines) + "\n")
    index = qa.build(tmp_path / "docs", tmp_path / "index", encoder=tiny)
    question = index.retriever.read("合同CHCG-2024-031总价多少")
    assert [text_evidence.identifiers_above(index.store, question, row) for row in range(index.size)] == [0, 1, 0, 0, 0, 0]
    hits = {(hit.paragraph.source[-7:-4], hit.text): hit.score for hit in index.search(question.text, 6)}
    alike = [hits[number, "合同总价八万元。"] for number in ("031", "037")]
    assert alike[0] - alike[1] > 0.2  # and a part for the number among the words of the title


def test_asking_for_none_gives_none(tiny_index: qa.Index) -> None:
    assert tiny_index.search("洪水", 0) == []
    with pytest.raises(qa.QAError, match=r"^-1: is not a number of passages"):
        tiny_index.search("洪水", -1)


def test_passages_without_content_never_come_up(seed_index: qa.Index) -> None:
    for question in ("……", "洪水", "what is this"):
        assert all(any(char.isalnum() for char in hit.text) for hit in seed_index.search(question, 50))


@pytest.mark.parametrize("question", ["\ud800洪峰", "洪峰\x00水位", "洪峰\n水位", "洪" * 5000, "<s></s><unk>", "a" * 2000, "١٢٣"])
def test_any_text_can_be_asked(question: str, tiny_index: qa.Index) -> None:
    assert len(tiny_index.search(question, 3)) == 3
    assert 0 <= tiny_index.ask(question).confidence <= 1


def duplicates(folder: Path, copies: int) -> Path:
    """Documents in which three passages stand several times each, among others."""
    folder.mkdir()
    for i in range(copies):
        other = "".join(chr(0x4E00 + (i * 97 + j * 31) % 3000) for j in range(12))
        (folder / f"{i:02}.txt").write_text(f"洪水退去了。\n{other}。\n医生救治了病人。\n人民至上。\n", encoding="utf-8")
    (folder / "99.txt").write_text("洪水退去了。\n", encoding="utf-8")  # an odd number of rows, the last one a copy too
    return folder


@pytest.mark.parametrize("question", ["洪水何时退去？", "医生", "人民", "who"])
@pytest.mark.parametrize("model", ["tiny", "encoder"])
def test_equal_passages_have_equal_scores_and_come_in_the_order_of_their_rows(
    model: str, question: str, duplicate_indexes: dict[str, qa.Index]
) -> None:
    hits = duplicate_indexes[model].search(question, 100)
    for text in ("洪水退去了。", "医生救治了病人。", "人民至上。"):
        same = [hit for hit in hits if hit.text == text]
        assert len({hit.score for hit in same}) == 1
        assert [hit.paragraph.row for hit in same] == sorted(hit.paragraph.row for hit in same)
        assert len(same) == 7 + (text == "洪水退去了。")


@pytest.fixture(scope="module")
def duplicate_indexes(tmp_path_factory: pytest.TempPathFactory, tiny: TinyEncoder, encoder: Any) -> dict[str, qa.Index]:
    folder = tmp_path_factory.mktemp("duplicates")
    docs = duplicates(folder / "docs", 7)
    return {name: qa.build(docs, folder / name, encoder=made) for name, made in (("tiny", tiny), ("encoder", encoder))}


def test_the_coverage_of_a_hit_is_a_share(tiny: TinyEncoder, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("洪水洪水洪水\n山上有一座很古老的寺庙，寺庙里住着一个和尚。\n")
    for hit in qa.build(tmp_path / "docs", tmp_path / "index", encoder=tiny).search("洪水"):
        assert 0 <= hit.scores["coverage"] <= 1


def test_the_fused_order_is_never_worse_than_its_halves(seed_index: qa.Index, seed_questions: list[dict[str, Any]]) -> None:
    found = {"fused": 0, "lexical": 0, "dense": 0}
    for entry in seed_questions:
        if entry["quote"] is None:
            continue
        evidence = seed_index.retriever.gather(seed_index.retriever.read(entry["question"]))
        assert evidence is not None
        halves = {"fused": evidence.score, "lexical": evidence.lexical, "dense": 0.6 * evidence.dense + 1.4 * evidence.sentence}
        for name, scores in halves.items():
            first = evidence.rows[np.lexsort((evidence.rows, -scores))[0]]
            found[name] += entry["quote"] in seed_index.paragraph(int(first)).text
    assert found["fused"] >= max(found["lexical"], found["dense"]), found


def test_a_long_line_is_found_by_its_part(tiny_index: qa.Index) -> None:
    hit = tiny_index.search("第47个水库蓄水142万立方米", 1)[0]
    assert "第47个水库" in hit.text
    assert len(hit.text) < len(LONG_LINE)
    assert hit.paragraph.place.startswith("paragraph 8.")


def test_a_heading_alone_comes_after_what_stands_under_it(tiny: TinyEncoder, tmp_path: Path) -> None:
    kept = "## Maintenance\n\nClean the filter every week.\n\n## Warranty\n\nThe pump has a warranty of 24 months.\n"
    (tmp_path / "manual.md").write_text(f"# Pump P-17 manual\n\n{kept}", "utf-8")
    index = qa.build(tmp_path / "manual.md", tmp_path / "index", encoder=tiny)
    first, *others = index.search("How long is the warranty of the P-17 pump manual?", 5)
    assert "24 months" in first.text
    assert "# Pump P-17 manual" in [hit.text for hit in others]


def test_names_are_held_by_a_passage_or_those_within_three_in_its_document(tiny: TinyEncoder, tmp_path: Path) -> None:
    lines = ["水库在一九八一年建成。", "一", "二", "三", "四", "设备XT-200停用。", "《红楼梦》在书库。"]
    texts = {"a.txt": "".join(f"{line}\n" for line in lines), "b.txt": "别的文件说水库。\n"}
    engine = index_of(tmp_path, texts, tiny).store
    rows = np.arange(engine.size)
    held = {
        question: text_evidence.holds_names(engine, read_question(question), rows).tolist()
        for question in (
            "1981年建成的水库？",
            "XT200停用了吗？",
            "《红楼梦》在哪里？",
            "1981年的XT-200？",
            "1982年的水库？",
            "水库呢？",
        )
    }
    assert held == {
        "1981年建成的水库？": [True] * 4 + [False] * 4,
        "XT200停用了吗？": [False] * 2 + [True] * 5 + [False],
        "《红楼梦》在哪里？": [False] * 3 + [True] * 4 + [False],
        "1981年的XT-200？": [False] * 2 + [True] * 2 + [False] * 4,
        "1982年的水库？": [False] * 8,
        "水库呢？": [False] * 8,
    }
