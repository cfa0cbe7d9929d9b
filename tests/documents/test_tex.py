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


PAPER = r"""\documentclass{ctexart}
\title{水位预报}\author{张三\thanks{某大学} \and 李四\\某研究所}
\begin{document}\maketitle
见\href{https://example.org/a_b%20c}{网站}与\cite[第3页]{zhang2020,li}，用 \LaTeX{} 排版。
\includegraphics[width=3cm]{figure.png}
\begin{comment}
不要
\end{comment}
\begin{lstlisting}[language=Python]
level = 5 % 2  # 取余
\section{no}
\end{lstlisting}
\begin{tabular}{lll}
站名 & 水位 & 流量 \\ \hline
\multirow{2}{*}{石桥} & 12 & 30 \\
 & 13 & 31 \\
\multicolumn{2}{c}{合计} & 61 \\
\end{tabular}
\begin{thebibliography}{9}\bibitem{li} 李四. 水文.\end{thebibliography}
\end{document}
"""


def test_links_programs_spans_and_authors_are_read() -> None:
    found = read_content("tex", PAPER.encode(), Limits()).text
    assert found == (
        "水位预报\n\n张三, 李四, 某研究所\n\n见网站与[zhang2020,li]，用 LaTeX 排版。\n\n"
        "level = 5 % 2  # 取余\n\\section{no}\n\n"
        "站名；水位；流量\n站名：石桥；水位：12；流量：30\n站名：石桥；水位：13；流量：31\n站名：合计；流量：61\n\n"
        "li 李四. 水文.\n\n"
    )


def test_of_a_paragraph_that_cannot_be_parsed_only_the_line_stands_as_it_is() -> None:
    source = r"\begin{document}" + "\nA \\emph{clear} line.\nAnother \\textbf{one}.\nBroken \\footnote\n\\end{document}"
    assert read_content("tex", source.encode(), Limits()).text == "A clear line.\nAnother one.\nBroken \\footnote\n\n"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        # a block that is switched on by making the lines around it comments
        ("A\n\n%\\begin{comment}\nSeen.\n%\\end{comment}\n\nB", "A\n\nSeen.\n\nB"),
        ("5\\% % see \\begin{comment}\nSeen.\n% \\end{comment}\nB", "5% Seen.\nB"),
        (
            "% use \\begin{verbatim} here\n\\section{One}\nText. % secret\n\n"
            "\\section{Two}\n\\begin{verbatim}\nx % 2\n\\end{verbatim}\nEnd",
            "One\n\nText.\n\nTwo\n\nx % 2\n\nEnd",
        ),
        (
            "\\section{One}\nUse \\verb|\\begin{lstlisting}| or \\lstinline!50% {&}!. % secret\n\n\\section{Two}\n"
            "\\begin{lstlisting}\n% \\begin{comment}\n\\end{lstlisting}\nEnd",
            "One\n\nUse \\begin{lstlisting} or 50% {&}.\n\nTwo\n\n% \\begin{comment}\n\nEnd",
        ),
        ("\\href{https://a.b/a%20b}{here} \\begin{comment}\nx\n\\end{comment}\nSeen.", "here\nSeen."),
        ("\\begin{verbatim} without an end % secret\n\n\\section{Two}\nText.", "without an end\n\nTwo\n\nText."),
        ("\\begin{itemize}\n\\item \\cite{Knuth} says.\n\\end{itemize}", "* [Knuth] says."),
    ],
)  # fmt: skip
def test_programs_are_neither_in_comments_nor_in_the_words_of_a_line(body: str, text: str) -> None:
    source = f"\\begin{{document}}\n{body}\n\\end{{document}}"
    assert read_content("tex", source.encode(), Limits()).text == f"{text}\n\n"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "\\begin{enumerate}\n\\item A\n\\item[(x)] B\n\\item C\n\\begin{enumerate}\\item D\n\\item E\\end{enumerate}\n"
            "\\begin{itemize}\\item F\\end{itemize}\n\\item G\\end{enumerate}",
            "1. A\n(x) B\n2. C\n(a) D\n(b) E\n\n* F\n\n3. G",
        ),
        ("\\begin{enumerate}[(i)]\\item A\\item B\\end{enumerate}", "(i) A\n(ii) B"),
        ("\\begin{enumerate}[label={\\textbf{Q\\arabic*:}}, start=3]\\item A\\item B\\end{enumerate}", "Q3: A\nQ4: B"),
        ("\\begin{enumerate}[label=\\chinese*、]\\item 甲\\end{enumerate}", "一、 甲"),
        (
            "\\begin{enumerate}[nosep]\\item A\\end{enumerate}\n\nB\n\n\\begin{enumerate}[resume]\\item C\\end{enumerate}",
            "1. A\n\nB\n\n2. C",
        ),
        ("\\begin{enumerate}\\setcounter{enumi}{4}\\item A\\end{enumerate}", "5. A"),
        ("\\begin{enumerate}[label=\\textbullet]\\item A\\end{enumerate}", "* A"),
        ("\\begin{enumerate}\\begin{steps}\\item A\\end{steps}\\end{enumerate}", "* A"),
    ],
)  # fmt: skip
def test_items_have_the_numbers_that_are_printed(body: str, text: str) -> None:
    found = read_content("tex", f"\\begin{{document}}\n{body}\n\\end{{document}}".encode(), Limits()).text
    assert found.replace("\n\n", "\n") == text.replace("\n\n", "\n") + "\n"


def test_items_whose_labels_the_preamble_makes_have_no_other_numbers() -> None:
    lists = "\\begin{enumerate}\\item A\\end{enumerate}\\begin{enumerate}[1)]\\item B\\end{enumerate}"
    source = f"\\renewcommand{{\\labelenumi}}{{§\\arabic{{enumi}}}}\\begin{{document}}{lists}\\end{{document}}"
    assert read_content("tex", source.encode(), Limits()).text == "* A\n1) B\n\n"


def test_the_language_of_what_is_minted_is_no_line_of_it() -> None:
    source = (
        "\\begin{minted}[frame=single,\n linenos]{python}\nprint(1)\n\\end{minted}\n\\begin{verbatim}\n[a]\n{b}\n\\end{verbatim}"
    )
    assert read_content("tex", source.encode(), Limits()).text == "print(1)\n\n[a]\n{b}\n\n"
