"""Numbers and dates meet in any writing, identifiers match whole."""

from __future__ import annotations

import time

import pytest

from qa.text.exact import exact_tokens, without_values
from qa.text.identifiers import identifier_tokens, identifiers
from qa.text.normalise import normalise
from qa.text.values import amount, values
from qa.text.words import tokenize


def written(text: str) -> list[tuple[str, ...]]:
    return [value.tokens for value in values(normalise(text))]


@pytest.mark.parametrize(
    "text",
    ["二〇二五年七月十九日", "２０２５年７月１９日", "2025年7月19号", "2025-07-19", "2025/7/19", "2025.7.19", "July 19, 2025",
     "19 July 2025", "19th of July, 2025", "Jul. 19 2025"],
)  # fmt: skip
def test_a_day_is_one_in_any_writing(text: str) -> None:
    assert written(f"于 {text} 开工") == [("2025-07-19", "07-19", "2025-07", "2025")]


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("二十三万五千元", "235000"),
        ("235,000元", "235000"),
        ("23.5万元", "235000"),
        ("23.5 万", "235000"),
        ("三亿五千万", "350000000"),
        ("1.5亿", "150000000"),
        ("2.5 million", "2500000"),
        ("三万五", "35000"),
        ("一万零五百", "10500"),
        ("三百二十人", "320"),
        ("二〇一九", "2019"),
        ("四分之一", "25%"),
        ("百分之二十五", "25%"),
        ("25 %", "25%"),
        ("25 percent", "25%"),
    ],
)
def test_an_amount_is_one_in_any_writing(text: str, token: str) -> None:
    assert written(text) == [(token,)]


def test_a_third_meets_33_percent() -> None:
    assert written("三分之一") == [("33.33%", "33%")]
    assert written("33%") == [("33%",)]
    assert written("33.3%") == [("33.3%", "33%")]


@pytest.mark.parametrize(
    "text", ["万一", "十分", "千万别", "三四天", "三五十人", "亿万", "7", "三天", "maybe 5", "13月40日", "may be"]
)
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    assert written(text) == []


def test_numerals_are_read() -> None:
    assert [amount(each) for each in ("1,234.5", "十", "二十", "一百二", "两千零八", "万", "三五十")] == [
        1234.5,
        10,
        20,
        120,
        2008,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("text", "token"),
    [("水泵报E101", "e101"), ("工号K0275", "k0275"), ("XT-2000S", "xt2000s"), ("xt 200", "xt200"), ("XT200", "xt200"),
     ("合同HT-2024-031", "ht2024-031"), ("tidb_mem_quota", "tidbmemquota"), ("a1.core.enabled", "a1.core.enabled"),
     ("nacos.core.auth", "nacos.core.auth"), ("订单20250719088", "20250719088"), ("升到1.8.2", "1.8.2"),
     ("0571-62188990", "057162188990"), ("0x01c0", "0x01c0")],
)  # fmt: skip
def test_an_identifier_has_one_token(text: str, token: str) -> None:
    assert [each.token for each in identifiers(normalise(text))] == [token]


@pytest.mark.parametrize("text", ["30kg", "5G", "1st", "2025-07-19", "2023-2024学年", "350000000元", "12.8", "v2.3",
    "max-content", "state-of-the-art", "e.g. this", "a well-known 5", "e-mail 12.", "8001", "and/or", "Wi-Fi"])  # fmt: skip
def test_measures_dates_and_words_are_no_identifiers(text: str) -> None:
    assert not list(identifiers(normalise(text)))


def test_an_identifier_stands_for_its_family() -> None:
    assert set(identifier_tokens("xt-200-b")) == {"xt200b", "xt200"}
    assert set(identifier_tokens("nacos.core.auth.on")) == {
        "nacos.core.auth.on",
        "nacos.core",
        "nacos.core.auth",
        "core.auth.on",
        "auth.on",
    }
    assert set(identifier_tokens("pm2.5")) == {"pm2.5"}
    assert "xt200" not in set(identifier_tokens("xt-2000"))


def test_the_word_index_has_values_and_identifiers_in_one_writing() -> None:
    assert exact_tokens("xt-200 于2025年7月") == ["v2025-07", "v2025", "ixt200"]
    assert {"v235000", "w二十三万"} <= set(tokenize("二十三万五千元")) or "v235000" in tokenize("二十三万五千元")
    assert set(exact_tokens(normalise("二十三万五千元"))) <= set(tokenize("235,000元"))
    assert without_values("共235,000元，xt-200") == "共 元，xt-200"


@pytest.mark.parametrize("text", ["一" * 50000, ",111" * 20000, "a1-" * 30000, "1." * 40000, "ab " * 30000, "5月" * 30000])
def test_long_runs_take_no_time(text: str) -> None:
    began = time.process_time()
    exact_tokens(text)
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    ("text", "token"), [("٢٠", "20"), ("٢٠.٥ ٦.٦٩", "20.5"), ("६६.५", "66.5"), ("१,२३४", "1234"), ("٥٠.٥%", "50.5%")]
)
def test_numbers_in_the_digits_of_other_scripts_are_the_same_numbers(text: str, token: str) -> None:
    assert [tokens[0] for tokens in written(text)] == [token]
