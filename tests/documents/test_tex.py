"""LaTeX sources: the commands that a source defines itself."""

from __future__ import annotations

import pytest

from qa.config import Limits
from qa.documents.content import Unreadable
from qa.documents.readers import read_content

SOURCE = r"""
\newcommand{\pump}{DeepPump-V3\xspace}
\def\site{River \town}
\newcommand\town{Ford}
\newcommand{\two}[2]{#1 and #2}
\begin{document}
\section{About \pump}
The \pump{} works at \site, not at \pumps.
\end{document}
"""


def test_commands_that_a_source_defines_are_put_in() -> None:
    found = read_content("tex", SOURCE.encode(), Limits())
    assert found.text == "About DeepPump-V3\n\nThe DeepPump-V3 works at River Ford, not at .\n\n"
    assert [mark.headings for mark in found.marks] == [("About DeepPump-V3",)]


def test_headings_and_titles_stay_where_a_class_defines_them_anew() -> None:
    source = (
        r"""\documentclass{article}
\renewcommand\section{\@startsection{section}{1}{0pt}{1ex}{1ex}{\bf}}
\newcommand{\pump}{DeepPump}
\newcommand{\terms}{"""
        + "x" * 3000
        + r"""}
\title{Manual of \pump}
\begin{document}
\section{Pumps}
The \pump{} hums. A\terms B
\end{document}
"""
    )
    found = read_content("tex", source.encode(), Limits())
    assert [mark.headings for mark in found.marks][-1] == ("Manual of DeepPump", "Pumps")
    assert "The DeepPump hums." in found.text


def test_a_command_put_in_very_often_stops_at_the_limit() -> None:
    source = r"\newcommand{\a}{" + "x" * 1999 + r"}\begin{document}" + r"\a " * 100_000
    with pytest.raises(Unreadable, match="holds over 900000 characters"):
        read_content("tex", source.encode(), Limits(characters=900_000))


def test_a_command_that_grows_without_end_is_bounded() -> None:
    source = r"\newcommand{\a}{\a\a\a\a\a\a\a\a\a\a}\begin{document}" + r"\a " * 100
    with pytest.raises(Unreadable, match="holds over 9000 characters"):
        read_content("tex", source.encode(), Limits(characters=9000))
