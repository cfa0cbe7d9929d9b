"""Questions about one's own documents: what counts as right, what cannot be asked, and tables by the questions' own keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tiny import TinyEncoder

import qa
from qa.answers.answer import Answer
from qa.answers.citation import Citation
from qa.evaluation import own_documents
from qa.evaluation.outcomes import by_bands, by_labels, read_outcomes, write_outcomes
from qa.evaluation.own_documents import evaluate_own
from qa.evaluation.question_files import OwnQuestion, plain, read_own_questions
from qa.evaluation.report import as_text, page
from qa.evaluation.run import Report

pytestmark = pytest.mark.usefixtures("one_line_a_passage")

PHONES = "姓名；分机\n姓名：周蕙；分机：7301\n姓名：周会；分机：7302\n姓名：孙立；分机：7301\n"
GUIDE = "# 门禁\n\n门卡每天最多刷 **六次**。\n\n门卡丢失请到前台补办。补办收费二十元。\n"


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    (folder / "office").mkdir(parents=True)
    (folder / "office" / "phones.txt").write_text(PHONES, "utf-8")
    (folder / "guide.md").write_text(GUIDE, "utf-8")
    (folder / "copy.md").write_text(GUIDE, "utf-8")
    return folder


def evaluated(tmp_path: Path, documents: Path, *entries: dict[str, Any], **options: Any) -> Report:
    file = tmp_path / "q.jsonl"
    file.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries), "utf-8")
    return evaluate_own(file, documents=documents, encoder=TinyEncoder(), **options)


CARD = {"question": "门卡每天最多刷几次？", "quote": "最多刷 **六次**"}


@pytest.mark.parametrize(
    ("quote", "rank", "right"),
    [
        ("最多刷 **六次**", 1, True),
        ("最多刷六次", 1, True),  # as a browser shows it
        (["最多刷七次", "最多刷六次"], 1, True),
        ([{"all": ["门卡", "六次"]}], 1, True),
        ([{"all": ["门卡", "七次"]}, "六次"], 1, True),
    ],
)
def test_a_quote_may_have_alternatives_and_parts(
    quote: Any, rank: int | None, right: bool, documents: Path, tmp_path: Path
) -> None:
    (outcome,) = evaluated(tmp_path, documents, {**CARD, "quote": quote}).rows
    assert (outcome.rank, outcome.first_right) == (rank, right)
    assert outcome.passage.endswith("门卡每天最多刷 **六次**。")


def test_parts_in_two_passages_are_asked_and_count_as_not_found(documents: Path, tmp_path: Path) -> None:
    both = {**CARD, "quote": [{"all": ["最多刷六次", "补办收费"]}]}
    (outcome,) = evaluated(tmp_path, documents, both).rows
    assert (outcome.rank, outcome.first_right, outcome.passage) == (None, False, "")
    assert (outcome.failure, outcome.cluster) == ("no single passage holds it", "line 1")
    assert outcome.as_json()["expected"] == [{"all": ["最多刷六次", "补办收费"]}]


def test_the_right_record_is_told_by_its_key(documents: Path, tmp_path: Path) -> None:
    asked = {"question": "孙立的分机是多少？", "quote": "7301"}
    anywhere, keyed = evaluated(tmp_path, documents, asked, {**asked, "row": "孙立", "id": "2"}).rows
    assert "周蕙" in anywhere.passage
    assert (keyed.passage, keyed.rank, keyed.first_right) == ("姓名：孙立；分机：7301", 1, True)


@pytest.mark.parametrize(
    "source",
    [
        {"source": "office/phones.txt"},
        {"source": "phones.txt"},
        {"source": "guide.md", "also": ["phones.txt"]},
        {"sources": ["phones.txt"]},
    ],
)
def test_a_document_is_named_as_it_is_or_by_its_end(source: dict[str, Any], documents: Path, tmp_path: Path) -> None:
    (outcome,) = evaluated(tmp_path, documents, {"question": "周会的分机是多少？", "quote": "7302", **source}).rows
    assert (outcome.rank, outcome.first_right, outcome.labels) == (1, True, {})
    assert outcome.source == " | ".join(
        dict.fromkeys([*filter(None, [source.get("source")]), *source.get("also", source.get("sources", []))])
    )


def test_another_name_of_the_same_bytes_is_the_same_document(documents: Path, tmp_path: Path) -> None:
    named = [evaluated(tmp_path, documents, {**CARD, "source": name}).rows[0] for name in ("guide.md", "copy.md")]
    assert [(outcome.rank, outcome.first_right) for outcome in named] == [(1, True), (1, True)]


def test_what_these_documents_cannot_be_asked_is_named_and_the_rest_is_measured(documents: Path, tmp_path: Path) -> None:
    report = evaluated(
        tmp_path, documents, CARD,
        {**CARD, "quote": "没有这句"},
        {**CARD, "source": "gone.txt"},
        {**CARD, "quote": "7301", "source": "guide.md"},
        {"question": "月亮上有水吗？", "quote": None},
    )  # fmt: skip
    file = tmp_path / "q.jsonl"
    told = [
        f"{file}, line 2: no passage holds '没有这句'; copy the quote from the documents, from one paragraph",
        f"{file}, line 3: the documents hold no 'gone.txt'; see qa info",
        f"{file}, line 4: no passage holds '7301'; copy the quote from the documents, from one paragraph",
    ]
    assert [outcome.id for outcome in report.rows] == ["line 1", "line 5"]
    assert [str(error) for error in report.unasked] == report.details()["unasked"] == told
    assert [error.code for error in report.unasked] == [
        "evaluation.quote_nowhere", "evaluation.no_such_document", "evaluation.quote_nowhere",
    ]  # fmt: skip
    text = as_text(report, [], failures=False)
    assert "    3 lines that cannot be asked of these documents\n      " + "\n      ".join(told) in text
    shown = page(report, [])
    assert "Lines that cannot be asked of these documents (3)" in shown
    assert f"{file} 第 3 行：文档里没有“gone.txt”；请看 qa info" in shown
    whole = evaluated(tmp_path, documents, CARD)
    assert "unasked" not in whole.details()
    assert "cannot be asked" not in as_text(whole, [], failures=False)


def test_many_lines_that_cannot_be_asked_are_counted_and_the_first_named(documents: Path, tmp_path: Path) -> None:
    text = as_text(evaluated(tmp_path, documents, CARD, *[{**CARD, "source": "gone.txt"}] * 30), [], failures=False)
    assert "   30 lines that cannot be asked" in text
    assert text.count("gone.txt") == 20


def test_a_file_of_which_nothing_can_be_asked_is_an_error(documents: Path, tmp_path: Path) -> None:
    with pytest.raises(qa.DocumentError) as caught:
        evaluated(tmp_path, documents, {**CARD, "source": "gone.txt"}, {"question": "月亮上有水吗？", "quote": None})
    assert caught.value.code == "evaluation.nothing_to_ask"
    assert str(caught.value) == (
        f"{tmp_path}/q.jsonl: none of its questions with a quote can be asked of these documents; the first: "
        f"{tmp_path}/q.jsonl, line 1: the documents hold no 'gone.txt'; see qa info"
    )


def rated(quote: str | None, source: str = "guide.md", **more: Any) -> dict[str, Any]:
    return {
        "question": CARD["question"],
        "quote": quote,
        "source": source,
        "rating": "up",
        "answer": "六次 [1]",
        "time": "t",
        **more,
    }


def test_ratings_are_asked_of_the_collection_that_they_were_given_in(documents: Path, tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    lines = [
        rated("六次"), rated("六次", collection="office"), rated("六次", collection="default"),
        rated("二十元", "uploaded/gone.txt"),
        {**rated("x"), "rating": "down"},
    ]  # fmt: skip
    del lines[-1]["quote"]
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    for place, kept, others in (
        ("index", ["line 1", "line 3"], {2: "office"}),
        ("home/collections/office/index", ["line 2"], {1: "default", 3: "default", 4: "default"}),
    ):
        qa.build(documents, tmp_path / place, encoder=TinyEncoder())
        report = evaluate_own(file, tmp_path / place, encoder=TinyEncoder())
        assert [outcome.id for outcome in report.rows] == kept
        assert report.rated_down == 1
        elsewhere = [error for error in report.unasked if error.code == "evaluation.other_collection"]
        assert [str(error) for error in elsewhere] == [
            f"{file}, line {line}: was rated in the collection '{slug}'; ask the index of that one"
            for line, slug in others.items()
        ]
    assert evaluated(tmp_path, documents, {**CARD, "collection": "office"}).rows[0].labels == {"collection": "office"}


def test_passages_are_folded_once_for_all_questions(documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def counting(text: str) -> str:
        seen.append(text)
        return plain(text)

    monkeypatch.setattr(own_documents, "plain", counting)
    evaluated(tmp_path, documents, *[{**CARD, "quote": "补办收费"}] * 40)
    assert seen.count("姓名：周会；分机：7302") == 1


# -- by keys ------------------------------------------------------------------------------------------------------------


def test_other_keys_are_kept_and_reported_by(documents: Path, tmp_path: Path) -> None:
    wrong = {"question": "门卡每天最多刷几次？", "quote": "补办收费二十元"}
    report = evaluated(
        tmp_path, documents,
        {**CARD, "kind": "fact", "floor": 2, "note": "one", "tags": ["a"], "id": "x"},
        {**wrong, "kind": "fact", "floor": 3, "note": "two"},
        {**CARD, "kind": "<b>near", "floor": 2, "note": "three"},
        {"question": "月亮上有水吗？", "quote": None, "kind": "<b>near"},
        thresholds=[0.0],
    )  # fmt: skip
    assert [outcome.labels for outcome in report.rows] == [
        {"kind": "fact", "floor": 2, "note": "one", "tags": ["a"]},
        {"kind": "fact", "floor": 3, "note": "two"},
        {"kind": "<b>near", "floor": 2, "note": "three"},
        {"kind": "<b>near"},
    ]
    by = report.details()["by"]
    assert list(by) == ["kind", "floor"]  # each note is another
    near, fact = by["kind"]
    assert (fact["value"], fact["questions"], fact["unanswerable"]) == ("fact", 2, 0)
    assert (fact["sentence@1"], fact["any_citation"], fact["answered"], fact["right_answer"]) == (0.5, 0.5, 1.0, 0.5)
    assert "false_answers" not in fact
    assert (near["questions"], near["unanswerable"], near["right_answer"], near["false_answers"]) == (1, 1, 1.0, 1.0)
    assert [(row["value"], row["questions"], row["unanswerable"]) for row in by["floor"]] == [
        ("2", 2, 0),
        ("3", 1, 0),
        ("", 0, 1),
    ]
    assert (fact["right_of_shown"], near["right_of_shown"]) == (0.5, 0.5)
    assert fact["confidence"] == pytest.approx(np.mean([outcome.confidence for outcome in report.rows[:2]]), abs=1e-6)
    assert list(by["floor"][2]) == ["value", "questions", "unanswerable", "false_answers", "right_of_shown", "confidence"]
    text = as_text(report, [], failures=False)
    assert "\nby kind  questions  recall@1  recall@3  recall@10  sentence@1  any_citation  answered  right_answer" in text
    assert "\nfact             2      50.0      50.0      100.0        50.0          50.0     100.0          50.0" in text
    assert "\n–                 0         –" in text
    shown = page(report, [])
    assert "<td>&lt;b&gt;near</td><td>1</td>" in shown
    assert shown.count("<h2>分类 By the keys of the questions</h2>") == 1
    write_outcomes(report.rows, tmp_path / "rows")
    assert read_outcomes(tmp_path / "rows") == report.rows


def test_answers_are_told_apart_by_bands(documents: Path, tmp_path: Path) -> None:
    rows = evaluated(tmp_path, documents, *[CARD] * 3, {"question": "月亮上有水吗？", "quote": None}).rows
    told = zip(rows, (0.85, 0.7, 0.2, 0.6), (True, False, True, False), strict=True)
    judged = [replace(row, found=True, confidence=confidence, first_right=right) for row, confidence, right in told]
    assert by_bands([*judged, replace(judged[0], found=False)]) == [
        {"band": "high", "from": 0.85, "answers": 1, "unanswerable": 0, "right": 1.0},
        {"band": "fair", "from": 0.6, "answers": 2, "unanswerable": 1, "right": 0.0},
        {"band": "low", "from": 0.5, "answers": 0, "unanswerable": 0, "right": None},
        {"band": "possible", "from": 0.0, "answers": 1, "unanswerable": 0, "right": 1.0},
    ]


def test_a_key_that_says_nothing_has_no_table(documents: Path, tmp_path: Path) -> None:
    for values in (["one"] * 3, ["one", "two", "three"], [["a"], ["a"], ["b"]]):
        report = evaluated(tmp_path, documents, *({**CARD, "kind": value} for value in values))
        assert report.details()["by"] == {}
    (outcome,) = evaluated(tmp_path, documents, CARD).rows
    many = [replace(outcome, labels={"kind": f"{i // 2}"}) for i in range(100)]
    assert len(by_labels(many)["kind"]) == 50
    assert by_labels([*many, *(replace(outcome, labels={"kind": "more"}),) * 2, replace(outcome, labels={})]) == {}


def test_ten_thousand_ids_are_told_apart_in_one_go(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    lines = [json.dumps({"question": "甲？", "quote": "甲", "id": f"{i}"}) for i in range(10_000)]
    file.write_text("\n".join(lines), "utf-8")
    assert len(read_own_questions(file).questions) == 10_000
    file.write_text("\n".join([*lines, lines[17]]), "utf-8")
    with pytest.raises(qa.DocumentError) as caught:
        read_own_questions(file)
    assert str(caught.value) == f"{file}, line 10001: two questions have the id '17'; give each its own"


def test_a_wrong_rating_on_a_server_is_told_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    rating = SimpleNamespace(all=lambda: [{"question": "甲？"}])
    monkeypatch.setattr("qa.evaluation.question_files.ServedRatings", lambda place: rating)
    with pytest.raises(qa.DocumentError) as caught:
        read_own_questions("milvus://host:19530/papers")
    assert str(caught.value).startswith("milvus://host:19530/papers, line 1: ")


def test_questions_of_one_passage_are_drawn_together(documents: Path, tmp_path: Path) -> None:
    rows = evaluated(
        tmp_path, documents, CARD, {"question": "门卡一天能刷几次？", "quote": "六次"},
        {"question": "补办收费多少？", "quote": "二十元"},
        {"question": "谁是校长？", "quote": None}, {"question": "分机和收费？", "quote": [{"all": ["7301", "二十元"]}]},
    ).rows  # fmt: skip
    clusters = [outcome.cluster for outcome in rows]
    assert clusters[0] == clusters[1] == f"passage {clusters[0].removeprefix('passage ')}"
    assert clusters[2].startswith("passage ")
    assert len({*clusters}) == 4
    assert clusters[3:] == ["line 4", "line 5"]  # answered nowhere, and in no single passage


def test_the_end_of_a_name_is_a_whole_part_of_it(documents: Path, tmp_path: Path) -> None:
    report = evaluated(tmp_path, documents, CARD, {**CARD, "source": "uide.md"}, {**CARD, "source": "ice/phones.txt"})
    assert [error.code for error in report.unasked] == ["evaluation.no_such_document"] * 2
    assert report.questions == 1


def test_a_citation_is_of_the_right_record_if_it_or_its_passage_holds_the_key() -> None:
    texts: Any = SimpleNamespace(
        fold=plain, documents=lambda sources: None, source=["a.txt"] * 2,
        passage=[plain("工号 K-17 是周蕙。她的分机是7301。"), plain("工号 K-18 是孙立。他的分机是7301。")],
    )  # fmt: skip
    expected = own_documents._Expected(OwnQuestion("周蕙的分机？", (("7301",),), 1, record="K-17"), texts)
    assert expected.rows == (0,)
    for quote, row, cited in (
        ("她的分机是7301。", 0, True),
        ("他的分机是7301。", 1, False),
        ("工号K-17", 0, False),
        ("K-17：7301", 1, True),
    ):
        assert expected.is_cited(Citation(1, "a.txt", "/a.txt", "", 0, 1, quote, "", row)) == cited


def test_every_earlier_question_is_answered_after_those_before_it() -> None:
    """However many there are: the index itself answers the last few of a history of texts."""
    asked: list[tuple[str, list[object]]] = []

    def ask(text: str, *_: object, history: Sequence[object]) -> Answer:
        asked.append((text, [getattr(turn, "question", turn) for turn in history]))
        assert all(isinstance(turn, Answer) for turn in history)
        return Answer(text, False, 0.0, "")

    index: Any = SimpleNamespace(ask=ask)
    expected: Any = SimpleNamespace(rows=())
    own_documents._ask_own(index, OwnQuestion("e", (), 1, history=("a", "b", "c", "d")), expected)(0.25)
    assert asked == [("a", []), ("b", ["a"]), ("c", ["a", "b"]), ("d", ["a", "b", "c"]), ("e", ["a", "b", "c", "d"])]
