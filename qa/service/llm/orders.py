"""Sentences of a document that order a language model about: what stands in them supports nothing that a model writes.

A sentence is told for one by a logistic regression over its runs of characters, hashed as in `search/hashed.py`; the weights are
a file fitted by `tests/bench/fit_orders.py`, which prints how many of the sentences kept from it are told right. It is a second
line of defence: that the quotations are data is said in the prompt, and what leaves out the words around it, or is beside the
question, is struck out anyway. A harmless sentence that is taken for an order loses a true sentence of a summary, no more.
"""

from __future__ import annotations

from pathlib import Path

from ...search.hashed import HashedModel
from ...text.sentences import split_sentences

MODEL = HashedModel(Path(__file__).with_name("orders.npz"), ("other", "order"))
LEAST = 0.12  # probability of an order, chosen on the sentences kept from the fit
_LONGEST = 400  # characters of a sentence that are weighed


def without_orders(text: str) -> str:
    """`text` without the sentences that order a language model about."""
    kept, at = [], 0
    for start, end in split_sentences(text):
        if is_order(text[start:end]):
            kept.append(text[at:start])
            at = end
    return "".join([*kept, text[at:]])


def is_order(sentence: str) -> bool:
    """Whether a sentence orders a language model about."""
    return bool(MODEL.probabilities(sentence[:_LONGEST])[1] > LEAST)
