"""The language part of a vector: measured, recognised and taken away."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from reference import centred
from tiny import TinyEncoder

from qa.search.language_means import LanguageMeans, sample_questions

DIMENSION = 40
LANGUAGES, TOPICS = 3, 30


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def world() -> tuple[NDArray[np.float32], NDArray[np.float32], LanguageMeans]:
    """Questions and passages on the same topics in three languages, each language shifted far its own way."""
    random = np.random.default_rng(4)
    shifts = np.eye(LANGUAGES, DIMENSION) * 12
    topics = random.normal(size=(TOPICS, DIMENSION))
    questions = unit(np.stack([topics + shift for shift in shifts]))
    passages = unit(np.stack([topics + shift + 0.3 * random.normal(size=topics.shape) for shift in shifts]))
    return questions, passages, LanguageMeans(("a", "b", "c"), questions.mean(axis=1), passages.mean(axis=1))


def test_centring_removes_what_the_language_adds(world: tuple[NDArray[np.float32], NDArray[np.float32], LanguageMeans]) -> None:
    questions, passages, means = world
    half = TOPICS // 2  # the first half of the topics is there in language b only, the second in language a only
    corpus = np.concatenate([passages[1, :half], passages[0, half:]])
    languages = means.passage_languages(corpus)
    assert languages.tolist() == [1] * half + [0] * half
    without = centred(means, corpus, languages)
    for topic in range(half):
        question = questions[0, topic]
        assert means.question_language(question) == 0
        assert np.argmax(corpus @ question) >= half  # the nearest is in the question's language, whatever it says
        assert np.argmax(without @ means.centre_question(question)) == topic


def test_a_question_loses_a_share_of_its_languages_mean(world: tuple[NDArray[np.float32], ...]) -> None:
    questions, _, means = world
    vector = questions[1, 0]
    expected = vector - 0.8 * means.questions[1]
    assert means.centre_question(vector) == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)


def test_few_passages_lean_to_the_measured_mean_and_many_to_their_own() -> None:
    measured = np.array([[1, 0, 0, 0], [0, 1, 0, 0]], np.float32)
    means = LanguageMeans(("a", "b"), measured, measured)
    passage = unit(np.array([0.9, 0, 0.4, 0.1], np.float32))
    alone = centred(means, passage[None], np.zeros(1, np.int64))[0]
    expected = passage - (passage + 20 * measured[0]) / (1 + 20)
    assert alone == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)

    many = unit(np.random.default_rng(0).normal(size=(4000, 4)).astype(np.float32) + np.array([0, 0, 3, 0], np.float32))
    without = centred(means, many, np.zeros(4000, np.int64))
    expected_all = unit(many - (many.sum(axis=0) + 20 * measured[0]) / (4000 + 20))
    assert without == pytest.approx(expected_all, abs=1e-5)


def test_languages_are_centred_apart() -> None:
    measured = np.eye(2, 4, dtype=np.float32)
    means = LanguageMeans(("a", "b"), measured, measured)
    vectors = unit(np.random.default_rng(1).normal(size=(6, 4)).astype(np.float32))
    languages = np.array([0, 1, 0, 1, 1, 0])
    together = centred(means, vectors, languages)
    for language in (0, 1):
        rows = languages == language
        assert (together[rows] == centred(means, vectors[rows], languages[rows])).all()


def test_means_are_measured_with_the_same_number_of_questions_in_every_language(tiny: TinyEncoder) -> None:
    means = LanguageMeans.measure(tiny)
    assert means.names == tuple(sample_questions())
    assert {len(texts) for texts in sample_questions().values()} == {16}
    for i, texts in enumerate(sample_questions().values()):
        assert means.questions[i] == pytest.approx(tiny.encode_queries(texts).mean(axis=0), abs=1e-6)
        assert means.passages[i] == pytest.approx(tiny.encode_passages(texts).mean(axis=0), abs=1e-6)


def test_the_real_model_tells_the_languages_of_questions(seed_index: object) -> None:
    questions = {
        "zh": "昨天谁去了图书馆？",
        "zh-Hant": "昨天誰去了圖書館？",
        "en": "Who went to the library yesterday?",
        "es": "¿Quién fue ayer a la biblioteca?",
        "fr": "Qui est allé à la bibliothèque hier ?",
        "ja": "昨日図書館に行ったのは誰ですか？",
        "ko": "어제 누가 도서관에 갔습니까?",
        "ru": "Кто вчера ходил в библиотеку?",
        "ar": "من ذهب إلى المكتبة أمس؟",
    }
    means, encoder = seed_index.store.means, seed_index.encoder  # type: ignore[attr-defined]
    told = {name: means.names[means.question_language(encoder.encode_queries([text])[0])] for name, text in questions.items()}
    assert told == {name: name for name in questions}
