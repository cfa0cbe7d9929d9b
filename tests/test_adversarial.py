"""Hostile questions and files, in numbers that suit every run; `bench/adversarial.py` has many more, and baits for patterns."""

from __future__ import annotations

from pathlib import Path

from adversarial import questions
from bombs import BOMBS, files
from tiny import TinyEncoder

import qa
from qa.answers.answer import Answer

TEXTS = {
    "flood.txt": "綦河洪峰水位227.6米。\n医生徐德纯救治了71名病人。\n第٣条 水位٦٫٦٩米，٢٠٢٤年。\n",
    "list.md": "# 办法\n\n1. 第一步 登录 E1001\n2. 第二步 XT-2000S\n\n| 型号 | 价格 |\n|---|---|\n| P5 | 1,200元 |\n",
}


def test_hostile_questions_are_answered_or_not_and_never_raise(tmp_path: Path, tiny: TinyEncoder) -> None:
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text, "utf-8")
    index = qa.build(tmp_path, tmp_path / "index", encoder=tiny)
    asked = list(questions(3, 0, 90, tuple(TEXTS.values()), bait=False))
    assert len({each.kind for each in asked}) == 15
    for each in asked:
        before = [index.ask(text) for text in each.history[:2]]
        assert isinstance(index.ask(each.text, history=before), Answer), each.kind


def test_hostile_files_are_documents_or_have_one_line_each(tmp_path: Path, tiny: TinyEncoder) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, data in files(4, 0, len(BOMBS)):
        if len(data) < 20_000 and not name.endswith((".pdf", ".pptx", ".docx")):  # these take seconds
            (docs / name).write_bytes(data)
    index = qa.build(docs, tmp_path / "index", encoder=tiny)
    unread = {unread.source: unread.reason for unread in index.manifest.unread}
    read = {name for entry in index.manifest.documents for name in (entry.source, *entry.also)}
    assert read | unread.keys() == {path.name for path in docs.iterdir()}
    assert not read & unread.keys()
    assert all(reason.isprintable() and name in reason for name, reason in unread.items())
