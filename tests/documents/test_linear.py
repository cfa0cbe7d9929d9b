"""Outside text takes steps that grow with its length in every reader; the patterns are looked at in `tests/test_patterns.py`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from conftest import ROOT

from qa.config import Limits
from qa.documents.content import ContentBuilder, Unreadable
from qa.documents.readers import read_content
from qa.documents.tables import _under_another, fill_merged, table_rows


def steps(function: Callable[[], Any]) -> int:
    """How many lines of the package are run; a loop within a line counts each time."""
    count = 0
    package = str(ROOT / "qa" / "documents")

    def step(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(package):
            return None
        count += event == "line"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        function()
    except Unreadable:
        pass
    finally:
        sys.settrace(before)
    return count


def repeated(part: str) -> Callable[[int], bytes]:
    return lambda count: (part * count).encode()


GROWING: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "wide and long values": ("values", lambda n: ("," * n + "x\n" + "y\n" * n).encode()),
    "values side by side": ("values", repeated("a,")),
    "lines of values": ("values", repeated("a,b\n")),
    "headings": ("markdown", repeated("# a\n")),
    "underlines": ("markdown", repeated("a\n===\n\n")),
    "titles": ("rst", repeated("a\n==\n\n")),
    "captions": ("subtitles", repeated("00:01.000 --> 00:02.000\na\n\n")),
    "rows": ("html", lambda n: ("<table>" + "<tr><td>a<td>b" * n).encode()),
    "cells over rows": ("html", lambda n: ("<table>" + "<tr><td rowspan=3>a" * n).encode()),
    "wide cells in one row": ("html", lambda n: ("<table><tr>" + "<td colspan=20>a<td>b" * n + "<tr><td>a<td>b").encode()),
    "cells over columns": ("html", lambda n: ("<table><tr>" + "<td colspan=3>a" * n).encode()),
    "lists in lists": ("html", lambda n: b"<ul><li>a" * min(n, 400) + b"<p>x" * n),
    "items": ("html", repeated("<li>a")),
    "hidden": ("html", repeated("<p hidden>a<p>b")),
}


@pytest.mark.parametrize("name", GROWING)
def test_twice_as_much_takes_about_twice_the_steps(name: str) -> None:
    kind, make = GROWING[name]
    once, twice = (steps(lambda size=size: read_content(kind, make(size), Limits())) for size in (300, 600))
    assert once > 300
    assert twice <= 2.3 * once + 500


def test_merged_cells_take_no_more_steps_than_there_are_cells() -> None:
    def fill(ranges: int) -> int:
        rows = [["x", "", ""] for _ in range(100)]
        return steps(lambda: fill_merged(rows, [(0, 99, 1)] * ranges))

    assert fill(1000) - fill(10) < 20 * 1000  # each range is looked at, and fills nothing once 300 cells were


def test_whether_a_table_goes_on_beside_itself_takes_no_more_steps_the_wider_it_is() -> None:
    once, twice = (steps(lambda size=size: _under_another([[f"n{i}" for i in range(size)]])) for size in (300, 600))
    assert once == twice


def test_cells_that_cover_millions_of_places_are_refused() -> None:
    page = "<table><tr>" + "<td rowspan=65535 colspan=1000>a" * 50 + "<tr><td>b" * 200
    with pytest.raises(Unreadable) as caught:
        read_content("html", page.encode(), Limits(characters=100_000))
    assert (caught.value.code, caught.value.values) == ("documents.too_many_characters", {"most": 100_000})


def test_a_heading_closes_those_of_its_level_and_deeper_ones() -> None:
    builder = ContentBuilder(Limits())
    for level, title in ((1, "a"), (3, "b"), (2, "c"), (2, " d \n e ")):
        builder.heading(level, title)
        builder.block("x")
    assert [mark.headings for mark in builder.content("t").marks] == [("a",), ("a", "b"), ("a", "c"), ("a", "d e")]
    assert table_rows([["a", "b"], ["1", "2", ""]]) == ["a；b", "a：1；b：2"]


def test_a_place_of_a_table_counts_as_ten_characters() -> None:
    page = ("<table><tr>" + "<td colspan=1000>a" * 20).encode()
    with pytest.raises(Unreadable):
        read_content("html", page, Limits(characters=199_999))
    assert read_content("html", page, Limits(characters=200_100)).text.count("a") == 20
