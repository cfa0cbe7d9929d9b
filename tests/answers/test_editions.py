"""Editions of one document: which of two is newer, and which of them answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from tiny import TinyEncoder, index_of

import qa
from qa.answers.editions import Edition, Editions, by_edition, edition_of, is_newer
from qa.index.index import Index

TEXTS = {
    "考勤_2022版.txt": "考勤制度（2022年1月1日起施行）\n年假为五天。\n",
    "考勤_2024版.txt": "考勤制度（2024年7月1日起施行，2022版同时废止）\n年假为七天。\n",
    "handbook v1.2.txt": "Leave is five days.\n",
    "handbook v2.0.txt": "Leave is seven days.\n",
    "差旅管理办法.txt": "差旅管理办法\n住宿每晚四百元。\n",
    "出差规定.txt": "出差规定\n住宿每晚五百元。\n本规定自2023年3月1日起执行，《差旅管理办法》同时废止。\n",
    "例会 2024-05-06.txt": "例会\n讨论了食堂。\n",
    "例会 2024-05-13.txt": "例会\n讨论了班车。\n",
    "报价.txt": "报价\n每台二百元。\n",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, tiny: TinyEncoder) -> Index:
    return index_of(tmp_path_factory.mktemp("editions"), TEXTS, tiny)


def _edition(index: Index, source: str) -> Edition:
    return edition_of(index.store, index.document_rows(source).start)


def test_what_a_document_says_of_its_edition(index: Index) -> None:
    edition = _edition(index, "考勤_2024版.txt")
    assert (edition.subject, edition.year, edition.since) == ("考勤", 2024, "2024-07-01")
    assert "2022" in edition.ended

    edition = _edition(index, "handbook v2.0.txt")
    assert (edition.subject, edition.year, edition.version) == ("handbook", 0, (2, 0))

    edition = _edition(index, "出差规定.txt")
    assert (edition.since, edition.ended) == ("2023-03-01", frozenset({"差旅管理办法"}))

    edition = _edition(index, "例会 2024-05-13.txt")
    assert (edition.subject, edition.year, edition.since) == ("例会", 0, "")


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [
        ("考勤_2024版.txt", "考勤_2022版.txt", True),
        ("handbook v2.0.txt", "handbook v1.2.txt", True),
        ("出差规定.txt", "差旅管理办法.txt", True),
        ("考勤_2024版.txt", "handbook v1.2.txt", False),
        ("例会 2024-05-13.txt", "例会 2024-05-06.txt", False),  # records of two days
        ("出差规定.txt", "报价.txt", False),
    ],
)
def test_which_is_newer(index: Index, one: str, other: str, newer: bool) -> None:
    first, second = _edition(index, one), _edition(index, other)

    assert is_newer(first, second) == newer
    assert not is_newer(second, first)


@dataclass(frozen=True)
class _Asked:
    normal: str


def _chosen(index: Index, question: str, names: list[str], odds: list[float]) -> Editions:
    rows = [index.document_rows(name).start for name in names]
    return by_edition(index.store, _Asked(question), rows, odds)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "names", "odds", "order", "beside"),
    [
        ("年假几天", ["考勤_2022版.txt", "报价.txt", "考勤_2024版.txt"], [1.0, 0.8, 0.5], [2, 0, 1], 0),
        ("年假几天", ["考勤_2024版.txt", "报价.txt", "考勤_2022版.txt"], [1.0, 0.8, 0.5], [0, 2, 1], 2),
        ("2022年的年假几天", ["考勤_2024版.txt", "考勤_2022版.txt"], [1.0, 0.5], [1, 0], None),
        ("22年的年假几天", ["考勤_2024版.txt", "考勤_2022版.txt"], [1.0, 0.5], [1, 0], None),
        ("工作满22年以后年假几天", ["考勤_2024版.txt", "考勤_2022版.txt"], [1.0, 0.5], [0, 1], 1),
        ("旧版里年假几天", ["考勤_2024版.txt", "考勤_2022版.txt"], [1.0, 0.5], [1, 0], None),
        ("how long was leave in the old handbook", ["handbook v2.0.txt", "handbook v1.2.txt"], [1.0, 0.5], [1, 0], None),
        ("leave in v1.2", ["handbook v2.0.txt", "handbook v1.2.txt"], [1.0, 0.5], [1, 0], None),
        ("年假几天", ["考勤_2022版.txt", "考勤_2024版.txt"], [4.0, 0.5], [0, 1], None),  # which says nothing of it
        ("食堂", ["例会 2024-05-06.txt", "例会 2024-05-13.txt"], [1.0, 0.5], [0, 1], None),
    ],
)
def test_the_newer_comes_first_unless_another_is_named(
    index: Index, question: str, names: list[str], odds: list[float], order: list[int], beside: int | None
) -> None:
    found = _chosen(index, question, names, odds)

    assert (found.order, found.beside) == (order, beside)


def test_of_three_editions_the_newest_is_named(tmp_path: Path, tiny: TinyEncoder) -> None:
    (tmp_path / "documents").mkdir()
    for year in (2019, 2021, 2023):
        (tmp_path / "documents" / f"手册{year}.txt").write_text(f"第{year}号\n", encoding="utf-8")
    index = qa.build(tmp_path / "documents", tmp_path / "index", encoder=tiny)
    found = _chosen(index, "编号是什么", ["手册2019.txt", "手册2021.txt", "手册2023.txt"], [1.0, 0.9, 0.8])

    assert found.older == {"手册2019.txt": "手册2023.txt", "手册2021.txt": "手册2023.txt"}
    assert (found.order, found.beside) == ([2, 0, 1], 0)
