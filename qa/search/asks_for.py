"""What a question asks for of several things: all, all but some, the most, the least, all together, what follows or goes before.

"研发部都有哪些人" asks for several, "哪些门店不在成都" for others, "哪个地区销售额最高" for the highest, "交完表之后做什么" for
the next; most questions ask for one thing. A logistic regression over the question's characters and words tells which.
`tests/bench/fit_asks_for.py` fits it on the stored questions and on the wordings of `tests/data/asks_for.json`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from .hashed import HashedModel, many_bins

KINDS = ("one", "several", "others", "highest", "lowest", "total", "next", "before")
MODEL = HashedModel(Path(__file__).with_name("asks_for.npz"), KINDS, many_bins, averaged=False)
SURE = 0.6  # of what is not said to ask for one thing


@lru_cache(maxsize=256)
def asks_for(question: str) -> str:
    """The likeliest of `KINDS` for a question; "one" where none is likely."""
    found = MODEL.probabilities(question)
    return KINDS[int(found.argmax())] if found.max() > SURE else "one"
