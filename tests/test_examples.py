"""Example questions: made of what documents say, in good form, and kept only if the index answers them from there."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import TinyEncoder

import qa
from qa import examples
from qa.examples import Candidate, example_questions, of_heading, of_passage
from qa.types import Paragraph


def made(text: str) -> list[str]:
    candidates = of_passage(Paragraph(0, "a", 10, 10 + len(text), 1, 1, text))
    sound = examples._sound(candidates)
    return [candidate.question for candidate in candidates if candidate in sound]


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("洪峰水位一度达227.6米。", ["洪峰水位一度达多少米？"]),
        ("街道党工委书记周方华组织12支党员突击队共248人，奋战五天四夜。", ["街道党工委书记周方华组织多少支党员突击队？"]),
        ("强降雨袭击江西芦溪县新泉乡，雨量达210毫米。", ["强降雨袭击江西芦溪县新泉乡，雨量达多少毫米？"]),
        ("1100多名干部火速驰援。", ["多少名干部火速驰援？"]),
        ("胜利村的贫困发生率达93.44%。", ["胜利村的贫困发生率达多少？"]),
        ("國際天文學聯合會於1973年採用簡化儒略日。", ["國際天文學聯合會是哪一年採用簡化儒略日的？"]),
        ("放线菌酮是一种抗生素，能抑制蛋白质合成。", ["放线菌酮是什么？"]),
        ("The clinic opened in 1987.", ["When did the clinic open?"]),
        ("Warsaw's first stock exchange was established in 1817.", ["When was Warsaw's first stock exchange established?"]),
        ("The library has about 1,200 volumes of maps.", ["How many volumes does the library have?"]),
        ("There were 12 bridges over the river.", ["How many bridges were there over the river?"]),
        ("Photosynthesis is the process by which plants use light.", ["What is Photosynthesis?"]),
        # what leans on something said before, names nothing, or is about something else
        ("这里的贫困发生率达93.44%。", []),
        ("他组织12支党员突击队。", []),
        ("取消64项签订责任状事项。", []),
        ("第12名选手来自北京。", []),
        ("转为职业选手。", []),
        ("關島的人口為161,000。", []),
        ("It opened in 1987.", []),
        ("In some cases the heat source is an engine.", []),
        ("Most of them were destroyed in 1944.", []),
        ("ダムは1987年に完成した。", []),
        ("……", []),
    ],
)
def test_questions_are_made_of_sentences(text: str, questions: list[str]) -> None:
    assert made(text) == questions


def test_a_question_knows_the_sentence_it_was_made_of() -> None:
    text = "天气很好。洪峰水位一度达227.6米。"
    assert of_passage(Paragraph(3, "a", 10, 10 + len(text), 1, 1, text)) == [
        Candidate("洪峰水位一度达多少米？", 3, 15, 10 + len(text), "a", "洪峰水位一度达227.6米")
    ]


@pytest.mark.parametrize(
    ("heading", "zh", "en"),
    [
        ("第二章 水文与气象", "关于“水文与气象”，文档里是怎么说的？", "关于“水文与气象”，文档里是怎么说的？"),
        ("3.1 Water and weather", "What is said about “Water and weather”?", "What is said about “Water and weather”?"),
        ("Гидрология рек", "关于“Гидрология рек”，文档里是怎么说的？", "What is said about “Гидрология рек”?"),
        ("水", "", ""),
        ("3.1", "", ""),
        ("x" * 61, "", ""),
    ],
)
def test_headings_are_asked_about(heading: str, zh: str, en: str) -> None:
    assert (of_heading(heading, "zh"), of_heading(heading, "en")) == (zh, en)


def built(tmp_path: Path, **texts: str) -> qa.Index:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, text in texts.items():
        (docs / f"{name}.txt").write_text(text)
    return qa.build(docs, tmp_path / "index", encoder=TinyEncoder())


def test_only_what_the_index_answers_from_there_is_offered(tmp_path: Path) -> None:
    index = built(
        tmp_path,
        a="綦河洪峰水位一度达227.6米。\n\n周方华书记组织12支党员突击队。\n",
        b="The clinic opened in 1987.\n",
        c="……。\n没有数字。\n",
    )
    offered = example_questions(index, "zh")
    assert set(offered) <= {"綦河洪峰水位一度达多少米？", "周方华书记组织多少支党员突击队？", "When did the clinic open?"}
    assert offered
    for question in offered:
        assert index.ask(question).confidence >= examples.LEAST
    assert example_questions(index, "en") == offered
    assert example_questions(index, "zh", count=1) == offered[:1]


def test_no_examples_where_there_is_nothing_good(tmp_path: Path) -> None:
    assert example_questions(built(tmp_path, a="天气很好。\n风很大。\n"), "zh") == ()


def test_few_are_tried_however_many_documents_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = built(tmp_path, **{f"d{i:03}": f"第{i}号水库的大坝高{i + 11}米，灌溉面积很大。\n" for i in range(60)})
    tried = []
    monkeypatch.setattr(examples, "_answers", lambda _, candidate: tried.append(candidate.source))
    assert example_questions(index, "zh") == ()
    assert len(tried) <= 36
    assert len(set(tried)) <= 12
