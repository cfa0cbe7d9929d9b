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
        ("\\begin{enumerate}[label={(\\alph*)},\n start=2]\\item A\\item B\\end{enumerate}", "(b) A\n(c) B"),
        ("\\begin{enumerate} [label=(\\alph*)]\\item A\\end{enumerate}", "(a) A"),
        ("\\begin{enumerate}[nosep, leftmargin=*]\\item A\\end{enumerate}", "1. A"),
        ("\\begin{enumerate}[resume]\\item A\\end{enumerate}", "* A"),
        ("\\begin{enumerate}[label={\\textbf{Q\\arabic*:}}]\\item A\\end{enumerate}", "* A"),
        ("\\begin{enumerate}[label=\\thesection.\\arabic*]\\item A\\end{enumerate}", "* A"),
        ("\\begin{enumerate}[label=\\arabic{enumi}.\\arabic*]\\item A\\end{enumerate}", "* A"),
        ("\\begin{enumerate}[label=\\alph*.\\arabic*]\\item A\\end{enumerate}", "* A"),
        ("\\begin{enumerate}[label=\\bfseries\\roman*)]\\item A\\end{enumerate}", "* A"),
        *((f"\\begin{{enumerate}}[{own}]\\item A\\end{{enumerate}}", "* A")
          for own in ("(C1)", "第1条", "Step 1:", "{Case} i.", "(\\itshape a)")),
        ("\\begin{enumerate}\\begin{samepage}\\item A\\end{samepage}\\item B\\end{enumerate}", "* A\n* B"),
        *((f"\\begin{{enumerate}}{counted}\\item A\\end{{enumerate}}\\begin{{enumerate}}\\item B\\end{{enumerate}}", "* A\n1. B")
          for counted in ("\\setcounter{enumi}{\\value{save}}", "\\addtocounter{enumi}{2}", "\\stepcounter{enumi}")),
        ("\\begin{theorem}\\begin{enumerate}\\item A\\end{enumerate}\\end{theorem}", "1. A"),
        ("\\begin{steps}\\begin{enumerate}\\item A\\end{enumerate}\\end{steps}", "* A"),
        ("\\newcommand{\\x}[1]{\\item #1}\\begin{enumerate}\\x{}\\item A\\end{enumerate}", "* A"),
        ("\\begin{enumerate}\\setcounter{enumi}{4}\\item A\\end{enumerate}", "5. A"),
        ("\\begin{enumerate}[label=\\textbullet]\\item A\\end{enumerate}", "* A"),
        ("\\begin{enumerate}\\begin{steps}\\item A\\end{steps}\\end{enumerate}", "* A"),
    ],
)  # fmt: skip
def test_items_have_the_numbers_that_are_printed(body: str, text: str) -> None:
    found = read_content("tex", f"\\begin{{document}}\n{body}\n\\end{{document}}".encode(), Limits()).text
    assert found.replace("\n\n", "\n") == text.replace("\n\n", "\n") + "\n"


@pytest.mark.parametrize(
    "made", ["\\renewcommand{\\labelenumi}{x}", "\\renewcommand{\\theenumi}{x}", "\\setlist[enumerate]{nosep}"]
)
@pytest.mark.parametrize("source", ["%s\\begin{document}LIST", "\\begin{document}%sLIST", "%sLIST"])
def test_no_item_has_a_number_where_a_source_makes_its_own_labels(made: str, source: str) -> None:
    lists = "\n\n\\begin{enumerate}\\item A\\end{enumerate}\\begin{enumerate}[1)]\\item B\\end{enumerate}"
    found = read_content("tex", source.replace("%s", made).replace("LIST", lists).encode(), Limits()).text
    assert found.endswith("* A\n* B\n\n")


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("\\documentclass[11pt]{article}\\usepackage{enumerate}", "1. A\n(a) B\n\n"),
        ("\\documentclass{amsart}", "* A\n(a) B\n\n"),
        ("\\documentclass{article}\\usepackage[spanish]{babel}", "* A\n(a) B\n\n"),
        ("\\newcommand{\\x}[1]{\\item #1}", "* A\n* B\n\n"),
    ],
)
def test_items_have_the_numbers_of_the_usual_classes_only(before: str, text: str) -> None:
    lists = "\\begin{enumerate}\\item A\\end{enumerate}\\begin{enumerate}[(a)]\\item B\\end{enumerate}"
    assert read_content("tex", f"{before}\\begin{{document}}{lists}".encode(), Limits()).text == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("\\begin{verbatim}[1, 2,\n 3] list\n\\end{verbatim}", "[1, 2,\n 3] list\n\n"),
        ("\\begin{minted} {c}\nx\n\\end{minted}", "x\n\n"),
        ("\\begin{minted}\n[linenos]\n{c}\nx\n\\end{minted}", "x\n\n"),
        ("\\begin{lstlisting}[language=C,\n numbers=left]\nx\n\\end{lstlisting}", "x\n\n"),
        ("\\begin{lstlisting}\n[1, 2]\n\\end{lstlisting}", "[1, 2]\n\n"),
    ],
)
def test_only_what_a_program_is_set_with_is_no_text_of_it(source: str, text: str) -> None:
    assert read_content("tex", source.encode(), Limits()).text == text


def test_the_language_of_what_is_minted_is_no_line_of_it() -> None:
    source = (
        "\\begin{minted}[frame=single,\n linenos]{python}\nprint(1)\n\\end{minted}\n\\begin{verbatim}\n[a]\n{b}\n\\end{verbatim}"
    )
    assert read_content("tex", source.encode(), Limits()).text == "print(1)\n\n[a]\n{b}\n\n"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        # what other commands than of emphasis print
        (r"\texttt{n\_layers} \textsf{on} \mbox{two words} \textup{up}", "n_layers on two words up"),
        (r"A\vspace*{1cm}\pagestyle{plain}\raisebox{1ex}{up} \parbox[t]{3cm}{box} \makebox[2cm][l]{left}",
         "Aup box left"),
        (r"\addcontentsline{toc}{section}{No}\addtocounter{page}{2}Day \today.", "Day ."),
        (r"m\textsuperscript{2} and H\textsubscript{2}O", "m² and H2O"),
        (r"\url{http://a.b/c_d%20e} and \texttt{x}", "http://a.b/c_d%20e and x"),
        (r"see \ref{a}, \eqref{b}, \autocite{c}\nocite{*}", "see [a], [b], [c]"),
        # formulas that mean the same in a line
        (r"$\frac{a+b}{2} + \frac{1}{2} + \sqrt[3]{x}$", "(a+b)/2 + 1/2 + ³√(x)"),
        (r"$x^{n+1} + x_{max} + 10^{-6} + e^{-x^2} + \sum_{i=1}^{n} k$", "x^(n+1) + x_max + 10^-6 + e^(-x^2) + ∑_(i=1)^n k"),
        (r"$a \ne b \land c \gets d \bmod 2$", "a ≠ b ∧ c ← d mod 2"),
        # numbers with units
        (r"\SI{3.5}{\metre\per\second}, \qty{20}{\degreeCelsius}, \ang{30}, \num{1.5e-3}", "3.5 m/s, 20 °C, 30°, 1.5 × 10⁻³"),
        (r"\SI{9.8}{\kilo\gram\metre\per\second\squared}, \si{m.s^{-2}}, \SI{5}{\kilo\watt\hour}", "9.8 kg m/s², m s⁻², 5 kW h"),
        (r"\SIrange{1}{5}{\mm}, \numrange{1}{9}, \SI{50}{\percent}, \SI{3}{\cubic\metre}, \SI{4}{\um}",
         "1 mm to 5 mm, 1 to 9, 50 %, 3 m³, 4 µm"),
        # what environments are set with
        ("\\begin{minipage}[t]{0.5\\textwidth}A\\end{minipage}", "A"),
        ("\\begin{wrapfigure}{r}{4cm}A\\end{wrapfigure}", "A"),
        ("\\begin{multicols}{2}A\\end{multicols}", "A"),
        ("\\begin{tcolorbox}[title={Note}, width=3cm]A\\end{tcolorbox}", "Note\n\nA"),
        ("\\begin{lemma}[Zorn]A\\end{lemma}", "(Zorn) A"),
        ("\\begin{equation}\n[a,b] = c\n\\end{equation}", "[a,b] = c"),
        ("\\begin{tikzpicture}[scale=1]\\draw (0,0) -- (1,1) node[right] {End};\\end{tikzpicture}", "End"),
        ("\\begin{algorithmic}[1]\\Require $n$\\If{$n>0$}\\State $x \\gets 1$\\EndIf\\end{algorithmic}",
         "Require: n\nif n>0\nx ← 1\nend if"),
        ("\\caption[short]{A long one}", "A long one"),
        # a command without arguments takes no letter of what follows
        (r"\fontsize{12}{14}\selectfont Hello {\fontfamily{ptm}\selectfont 水位} a\linebreak[4]b", "Hello 水位 a\nb"),
        (r"$x^{} + \frac{1}{(a+b)(c+d)} + \frac{(a+b)}{2}$", "x^ + 1/((a+b)(c+d)) + (a+b)/2"),
        (r"\mintinline{c}{a} \framesubtitle{S}B \begin{columns}[T]C\end{columns}", "a S\n\nB C"),
        (r"\ref*{a} \SI{3}{\deci\bel} \SI{2}{\exa\byte}", "[a] 3 dB 2 EB"),
        (r"\begin{equation*}a=b\tag{1}\end{equation*}", "a=b (1)"),
        (r"{a\\{b}}$c^{d+e}$", "a\nbc^(d+e)"),
        # a % behind a line break begins a comment, and a blank line behind one ends the paragraph
        ("a\\\\% no\nb 5\\% c% no\n\nd", "a\nb 5% c\n\nd"),
        # of an environment, what stands in its place is text though it looks like a setting
        (r"\begin{lemma}[Case $n=2$]A\end{lemma}", "(Case n=2) A"),
        (r"\begin{proof}[Proof for $k=1$]B\end{proof}", "Proof for k=1. B"),
        ("\\begin{align}[A=B]&=c\\end{align}", "[A=B] =c"),
        ("\\begin{split}{2}&=c\\end{split}", "2 =c"),
        ("\\begin{block}{20}\nA\\end{block}\\begin{entry}{2024-05}\nB\\end{entry}", "20\nA2024-05\nB"),
        ("\\begin{minipage}{\\dimexpr 0.5\\textwidth-2pt}A\\end{minipage}", "A"),
        ("\\begin{tcolorbox}[title={Note \\textbf{on {x}}}]A\\end{tcolorbox}", "Note on x\n\nA"),
        ("\\begin{lstlisting}[language=C, caption={The code}]\nint x;\n\\end{lstlisting}", "The code\n\nint x;"),
        # the words of drawings, and all of one whose words are not known
        ("\\begin{tikzpicture}[every node/.style={draw}]\\node[draw] (a) [right=of b] {One}; \\node (c) at (0,0)\n {Two};"
         "\\node[label={[red]above:Side}]{\\textbf{\\textcolor{red}{Three}}};\\draw (a) -- (b) coordinate[label=left:Four];"
         "\\end{tikzpicture}", "One\nTwo\nThree\n[red]above:Side\nFour"),
        ("\\begin{tikzpicture}\\matrix (m) [matrix of nodes] {a & b \\\\ c & d \\\\};\\legend{E,F}\\end{tikzpicture}",
         "a b\nc d\n\nE,F"),
        ("\\begin{forest}[Root [Child]]\\end{forest}", "[Root [Child] ]"),
        ("\\begin{pspicture}(2,2)\\rput(1,1){Text}\\end{pspicture}", "(2,2)(1,1)Text"),
        ("\\begin{algorithmic}\\State $A[1]$\\Procedure{Sum}{a, b}\\State \\Call{Add}{x}\\EndProcedure\\end{algorithmic}",
         "A[1]\nprocedure Sum(a, b)\nAdd(x)\nend procedure"),
    ],
)  # fmt: skip
def test_commands_and_environments_are_read_as_printed(source: str, text: str) -> None:
    assert read_content("tex", source.encode(), Limits()).text == f"{text}\n\n"


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("\\begin{tabularx}{\\textwidth}{lX}\\toprule A & B \\\\ "
         "\\cmidrule(lr){1-2}\\midrule[1pt] 1 & 2 \\\\[2pt] \\bottomrule\\end{tabularx}",
         "A；B\nA：1；B：2"),
        ("\\begin{tabular*}{5cm}{ll}A & B \\tabularnewline\\addlinespace\\rowcolor{red} 1 & 2\\end{tabular*}",
         "A；B\nA：1；B：2"),
        ("\\begin{tabularx}{\\dimexpr\\textwidth-2cm}[t]{lX}A & B \\\\% no\n1 & 2\\end{tabularx}", "A；B\nA：1；B：2"),
        ("\\begin{longtable}[c]{ll}\\caption{All}\\label{t}\\\\\\hline A & B \\\\\\endfirsthead A & B \\\\\\endhead\n"
         "\\multicolumn{2}{r}{go on}\\\\\\endfoot\\endlastfoot 1 & 2 \\\\\\end{longtable}", "All\n\nA；B\nA：1；B：2"),
    ],
)  # fmt: skip
def test_tables_have_their_title_and_head_once(table: str, text: str) -> None:
    assert read_content("tex", table.encode(), Limits()).text == f"{text}\n\n"


def test_theorems_have_the_name_that_a_source_gives_them_and_a_title_has_its_date() -> None:
    source = (
        "\\newtheorem{thm}{定理}[section]\\title{T}\\date{2024年3月}\\begin{document}\\begin{thm}[勾股]甲\\end{thm}\n\n"
        "\\begin{thm}乙\\end{thm}\\end{document}"
    )
    assert read_content("tex", source.encode(), Limits()).text == "T\n\n2024年3月\n\n定理 (勾股) 甲\n\n定理 乙\n\n"


def test_slides_have_their_titles_as_headings() -> None:
    source = (
        "\\documentclass{beamer}\\begin{document}\\begin{frame}[fragile]{Plan}\\begin{itemize}\\item<1-> One\\end{itemize}"
        "\\end{frame}\\begin{frame}\\frametitle{End}Two\\end{frame}\\end{document}"
    )
    found = read_content("tex", source.encode(), Limits())
    assert found.text == "Plan\n\n* One\n\nEnd\n\nTwo\n\n"
    assert [mark.headings for mark in found.marks] == [("Plan",), ("End",)]


def test_a_title_within_the_document_is_its_title_and_operators_that_it_declares_are_put_in() -> None:
    source = (
        "\\DeclareMathOperator*{\\argmax}{arg\\,max}\\begin{document}\\title [m]{T}\\author[S.]{A}\\author{B}\\date[1]{2020}"
        "\\maketitle "
        "$\\argmax_x f(x)$\\end{document}"
    )
    assert read_content("tex", source.encode(), Limits()).text == "T\n\nA, B\n\n2020\n\narg max_x f(x)\n\n"
