"""For which questions a confirmed passage would come first: the same question in other forms, and other questions.

    python tests/bench/vouched.py FOLDER ...      # folders with questions.jsonl: question, quote, history

At each closeness: of the forms of every third question, the share that is met; of all questions, how many would be taken for
another one that has another answer, if every other question were confirmed. That is the worst that ratings can do.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
from common import json_lines, store

from qa.models.encoder import load_encoder
from qa.service.vouched import SAME, _numbers

CLOSENESS = (0.93, 0.94, 0.95, 0.96, 0.97)


def forms(question: str) -> list[str]:
    """The question as others would type it."""
    import opencc

    bare = question.rstrip("？?。 ")
    if re.search("[一-鿿]", question):
        spoken = [f"请问{bare}？", f"{bare}呢？", f"我想知道{bare}", f"那个，{bare}啊", f"帮我查下{bare}"]
        return [bare, *spoken, opencc.OpenCC("s2t").convert(question)]
    return [bare, bare.lower(), f"please tell me: {question}", f"Hi, {question}", f"Could you tell me {bare}?"]


def measured(folder: Path) -> dict[str, object]:
    """The figures of one folder."""
    rows = json_lines((folder / "questions.jsonl").read_text("utf-8"))
    rows = [row for row in rows if not row.get("history")]
    encoder = load_encoder()
    questions = [row["question"] for row in rows]
    answered = [number for number, row in enumerate(rows) if row["quote"] is not None]
    typed = [(number, form) for number in answered[::3] for form in forms(questions[number])]
    vectors, others = encoder.encode_queries(questions), encoder.encode_queries([form for _, form in typed])
    numbers = [_numbers(question) for question in questions]
    close = vectors @ vectors.T
    np.fill_diagonal(close, -1)
    by_closeness = {}
    for least in CLOSENESS:
        met = [
            float(others[at] @ vectors[number]) >= least and _numbers(form) == numbers[number]
            for at, (number, form) in enumerate(typed)
        ]
        taken = sum(
            any(
                close[one, other] >= least and numbers[one] == numbers[other] and rows[one]["quote"] != rows[other]["quote"]
                for other in answered
            )
            for one in range(len(rows))
        )
        by_closeness[least] = {"forms met": round(sum(met) / len(met), 3), "taken for another": taken}
    return {"questions": len(rows), "forms": len(typed), "by closeness": by_closeness}


if __name__ == "__main__":
    store("vouched", {"bound": SAME, "sets": {Path(name).name: measured(Path(name)) for name in sys.argv[1:]}})
