"""Captions as paragraphs with their times."""

from __future__ import annotations

import pytest

from qa.config import Limits
from qa.documents.readers import read_content

EVENTS = "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
LINE = "Dialogue: 0,0:00:{:02d}.00,0:00:09.00,Default,,0,0,0,,{}\n"


@pytest.mark.parametrize(
    ("kind", "source", "text"),
    [
        ("subtitles", "WEBVTT\n\n00:01.000 --> 00:03.000\n<v 张三>R&amp;D &lt;初稿\n", "R&D <初稿"),
        ("subtitles", "1\n00:00:01,000 --> 00:00:03,000\nR&amp;D\n", "R&amp;D"),  # SubRip has no such signs
        (
            "subtitles",
            "WEBVTT\n\n00:01.000 --> 00:03.000\nA List&lt;String&gt;, if <i>a &lt;b and c&gt;</i> d",
            "A List<String>, if a <b and c> d",
        ),
        ("subtitles", "1\n00:00:01,000 --> 00:00:03,000\nМосква\n— столица России\n", "Москва — столица России"),
        ("subtitles", "1\n00:00:01,000 --> 00:00:03,000\nIt fell to\n-5 degrees\n", "It fell to -5 degrees"),
        (
            "subtitles",
            "1\n00:00:01,000 --> 00:00:03,000\n- It fell to\n-5 degrees\n- So low",
            "- It fell to -5 degrees\n- So low",
        ),
        ("subtitles", "1\n00:00:01,000 --> 00:00:03,000\n- 好吗\n- 好\n", "- 好吗\n- 好"),
        (
            "scripted_subtitles",
            EVENTS + LINE.format(1, "{\\pos(1,2)\\p1}m 0 0 l 9 9{\\p0}甲{\\p2}m 1{\\b1}b 2") + LINE.format(2, "{\\b1}乙"),
            "甲乙",
        ),
    ],
)
def test_what_is_said_is_read_with_the_time_of_the_last_paragraph_too(kind: str, source: str, text: str) -> None:
    content = read_content(kind, source.encode(), Limits())
    assert content.text == f"{text}\n\n"
    assert [(mark.unit, mark.number, mark.name) for mark in content.marks] == [("time", 1, "00:00:01")]


def test_what_is_said_long_after_has_a_time_of_its_own() -> None:
    source = "".join(
        f"{n}\n00:{minute:02}:00,000 --> 00:{minute:02}:03,000\n第{n}句。\n\n" for n, minute in ((1, 0), (2, 1), (3, 12))
    )
    content = read_content("subtitles", source.encode(), Limits())
    assert [(mark.start, mark.name) for mark in content.marks] == [(0, "00:00:00"), (content.text.index("第3句"), "00:12:00")]
