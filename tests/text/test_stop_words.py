"""Function words, told by the language that most of them belong to."""

from __future__ import annotations

from qa.text.stop_words import chinese_function_words, stop_word_counts, without_stop_words


def words(text: str) -> list[str]:
    return without_stop_words(text).split()


def test_the_function_words_of_the_language_with_most_of_them_go() -> None:
    assert words("when was the stone bridge over the river built") == ["stone", "bridge", "river", "built"]
    assert words("¿cuándo se construyó el puente sobre el río?")[1:] == ["construyó", "puente", "río?"]
    assert words("wann ist die brücke über den fluss gebaut") == ["brücke", "fluss", "gebaut"]


def test_words_of_another_language_stay_though_they_are_its_function_words() -> None:
    """ "Sobre" and "los" are of a name; English has five function words here, Spanish two."""
    assert words("what is the height of the bridge puente sobre los ríos") == [
        "height",
        "bridge",
        "puente",
        "sobre",
        "los",
        "ríos",
    ]


def test_letters_and_digits_together_are_no_function_word() -> None:
    assert words("what is a1 in the b2") == ["a1", "b2"]


def test_counts_are_of_words_between_spaces() -> None:
    counts = stop_word_counts("what is the height")
    assert counts["en"] == 3
    assert len(counts) == 15
    assert stop_word_counts("洪峰水位是多少 タワー 227.6") == dict.fromkeys(counts, 0)
    assert stop_word_counts("洪峰水位是多少") == {}
    assert without_stop_words("洪峰水位是多少") == "洪峰水位是多少"


def test_chinese_function_words_are_single_characters() -> None:
    assert {len(word) for word in chinese_function_words()} == {1}
    assert {"的", "了", "在"} <= chinese_function_words()
    assert "水" not in chinese_function_words()
