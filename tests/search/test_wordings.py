"""Other wordings of a question: which are searched for, and what comes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import TinyEncoder, index_of

import qa
from qa.index.index import Index
from qa.search.wordings import with_synonyms
from qa.text.synonyms import read_synonyms

RULES = (
    "每月十日发放薪酬，遇节假日提前。",
    "员工离职须提前三十日书面申请。",
    "远程办公须部门经理批准。",
    "食堂周末不开门。",
    "停车场夜间关闭。",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tiny: TinyEncoder) -> Path:
    made = tmp_path_factory.mktemp("wordings")
    index_of(made, {f"{number}.txt": f"{rule}\n" for number, rule in enumerate(RULES)}, tiny)
    return made


def _opened(folder: Path, tiny: TinyEncoder, lines: str) -> Index:
    file = folder / "words.txt"
    file.write_text(lines, encoding="utf-8")
    return qa.open(folder / "index", encoder=tiny, synonyms=file)


def test_a_word_that_no_document_has_is_found_by_its_synonym(folder: Path, tiny: TinyEncoder) -> None:
    question = "WFH要谁点头？"
    index = _opened(folder, tiny, "WFH, 居家工作, 远程办公\n")
    found = index.search(question, 1)[0]

    assert found.text.strip() == RULES[2]
    assert found.scores["lexical"] > 0
    assert qa.open(folder / "index", encoder=tiny).search(question, 1)[0].scores["lexical"] == 0
    wordings = [other.text for other in index.retriever.read(question).others]
    assert wordings == ["远程办公要谁点头？"]  # no document has 居家工作


def test_an_arrow_goes_one_way(folder: Path, tiny: TinyEncoder) -> None:
    index = _opened(folder, tiny, "走人 => 离职\n")

    assert [other.text for other in index.retriever.read("走人要提前几天").others] == ["离职要提前几天"]
    assert index.retriever.read("离职要提前几天").others == ()
    assert index.search("员工走人要提前几日书面申请", 1)[0].text.strip() == RULES[1]


def test_the_citation_has_the_words_of_the_document(folder: Path, tiny: TinyEncoder) -> None:
    index = _opened(folder, tiny, "开支, 发放薪酬\n")
    answer = index.ask("每月几日开支？", threshold=0)

    assert answer.citations[0].quote == RULES[0]
    assert answer.question == "每月几日开支？"
    assert answer.citations[0].verify()


def test_the_background_goes_with_every_wording(folder: Path, tiny: TinyEncoder) -> None:
    question = _opened(folder, tiny, "开支, 发放薪酬\n").retriever.read("我下月入职。每月几日开支？")

    assert [other.background for other in question.others] == [question.background] == ["我下月入职。"]


def test_no_more_wordings_than_a_question_may_cost(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("".join(f"w{i}, {', '.join(f'x{i}y{j}' for j in range(50))}\n" for i in range(20)))
    text = " ".join(f"W{i}" for i in range(20))
    wordings = with_synonyms(text, text.lower(), read_synonyms(tmp_path / "s.txt"), lambda word: not word.startswith("w1"))

    assert len(wordings) == 4
    assert wordings[0].split()[:3] == ["W0", "x1y0", "W2"]


def test_the_setting_names_a_file_for_every_index(folder: Path, tiny: TinyEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "setting.txt").write_text("走人, 离职\n", encoding="utf-8")
    monkeypatch.setenv("QA_SYNONYMS", str(folder / "setting.txt"))

    assert qa.open(folder / "index", encoder=tiny).retriever.read("走人").others
    monkeypatch.setenv("QA_SYNONYMS", str(folder / "nowhere.txt"))
    with pytest.raises(qa.DocumentError, match=r"nowhere\.txt"):
        qa.open(folder / "index", encoder=tiny)
