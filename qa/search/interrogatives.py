"""Finds the interrogative of a question in a language written with spaces.

"When" is the interrogative of "When did the dam fail?", not of "What happened when the dam failed?": it is the one at the start
of the question or of its main clause. If no clause starts with one, it is the first that occurs: "The garden was opened in what
year?".
"""

from __future__ import annotations

import re

_CONJUNCTIONS = frozenset("when quand cuando quando where wo où donde dove wie como come que".split())  # also interrogatives
_INTERROGATIVES = _CONJUNCTIONS | frozenset(
    "who whom whose what which why how quién quiénes quien quienes qué cuándo cuánto cuánta cuántos cuántas cuanto cuanta "
    "cuantos cuantas dónde cómo cuál cuáles qui quoi qu combien comment pourquoi quel quelle quels quelles wer wen wem wessen "
    "wann warum weshalb wieso wieviel wieviele welche welcher welches welchem welchen chi che quanto quanta quanti quante "
    "quantos quantas perché quale quali quem qual quais".split()
)
# A clause that begins with one asks for yes or no, unless "you" follows: "Do you know when ...?"
_AUXILIARIES = frozenset("do does did is are was were am has have had can could will would shall should may might must".split())
# Words that may precede the interrogative at the start of a clause: conjunctions and prepositions.
_BEFORE = frozenset(
    "and but or so then also in on at by for from of to since until till during about with within under over after before "
    "y e o pero en a al de del desde hasta por para con et ou mais à au en depuis par pour dans und oder aber in im an am auf "
    "seit bis von vom mit ab um zu zum für über ed ma da dal di per su em no na desde até com".split()
)
_MOST_BEFORE = 3  # of them
_CLAUSES = re.compile(r"[,;:!?¿¡.()\[\]—–]+|\s-+\s")
_WORD = re.compile(r"[^\W_]+")


def interrogative_clause(text: str) -> str:
    """The normalised question `text` from its interrogative on, or from the auxiliary of a yes-or-no question; else ""."""
    found: list[int] = []
    for start, clause in _clauses(text):
        words = list(_WORD.finditer(clause))
        for number, word in enumerate(words[: _MOST_BEFORE + 1]):
            if word.group() in _INTERROGATIVES or (word.group() in _AUXILIARIES and not _of_you(words[number:])):
                if number + 1 < len(words) or not found:  # "and why?" behind another interrogative does not count
                    found.append(start + word.start())
                break
            if word.group() not in _BEFORE and not word.group().isdigit():
                break
    main = [at for at in found if not _is_conjunction(text, at)] or found
    if main:
        return text[main[0] :]
    words = list(_WORD.finditer(text))
    asking = [word for word in words if word.group() in _INTERROGATIVES]
    asking = [word for word in asking if word.group() not in _CONJUNCTIONS or word is words[-1]]
    return text[asking[0].start() :] if asking else ""


def _clauses(text: str) -> list[tuple[int, str]]:
    starts = [0, *(match.end() for match in _CLAUSES.finditer(text))]
    ends = [*(match.start() for match in _CLAUSES.finditer(text)), len(text)]
    return [(start, text[start:end]) for start, end in zip(starts, ends, strict=True)]


def _of_you(words: list[re.Match[str]]) -> bool:
    return len(words) > 1 and words[1].group() == "you"


def _is_conjunction(text: str, at: int) -> bool:
    """Whether the interrogative at the offset `at` may be a conjunction: a word follows it that is not an auxiliary."""
    word, *after = [match.group() for match in _WORD.finditer(text, at)][:2]
    return word in _CONJUNCTIONS and bool(after) and after[0] not in _AUXILIARIES
