"""What a question asks for of several things, in wordings that the model was not fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from qa.search.asks_for import KINDS, MODEL, asks_for
from qa.search.hashed import BINS, MANY_BINS, bins, many_bins


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("仓储组都有哪些人", "several"),
        ("which volunteers are in tent 4?", "several"),
        ("哪些摊位不在广场", "others"),
        ("which volunteers do not sleep in tent 4?", "others"),
        ("哪个摊位的租金最高", "highest"),
        ("which stall pays the most", "highest"),
        ("哪个摊位租金最低", "lowest"),
        ("which stall is the cheapest?", "lowest"),
        ("四个摊位的租金一共多少", "total"),
        ("how much rent is that in total", "total"),
        ("缴完押金之后做什么", "next"),
        ("what comes after signing the lease", "next"),
        ("缴押金的上一步是什么", "before"),
        ("摊位的租金是多少", "one"),
        ("摊位最多能租几天", "one"),
        ("下雨之后几点开门", "one"),
        ("who is the head of the market", "one"),
        ("which stall sells bread", "one"),
        ("", "one"),
    ],
)
def test_what_is_asked_for(question: str, kind: str) -> None:
    assert asks_for(question) == kind


def test_the_kinds_are_told_by_their_probabilities() -> None:
    found = MODEL.probabilities("仓储组都有哪些人")
    assert found.shape == (len(KINDS),)
    assert found.sum() == pytest.approx(1.0)
    assert not np.isnan(MODEL.probabilities("\ud800")).any()


def test_endings_of_words_are_features_only_of_the_larger_set() -> None:
    one, other = "which regions", "which nations"
    assert len(set(many_bins(one)) & set(many_bins(other))) > len(set(bins(one)) & set(bins(other)))
    assert len(many_bins(one)) > len(bins(one))
    assert max(bins(one)) < BINS
    assert max(many_bins(one)) < MANY_BINS
    assert many_bins("第12步。") == many_bins("第34步")
