"""Synonyms: a file of words that mean the same, in the form of Solr and Elasticsearch, read when an index is opened.

    # what the office calls it
    发薪, 发工资, 薪资发放
    WFH, work from home, 居家办公
    走人 => 离职, 辞职

The words of a line are equal; those before `=>` are also looked for as those behind it, not the other way. A line that ends in a
backslash goes on in the next, and `\\,` is a comma inside a word. What was typed is always looked for too.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock

from ..disk import Stamp, read_within
from ..errors import DocumentError, QAError
from .normalise import normalise
from .scripts import HAN_RUN
from .words import part_of_speech, segment

LARGEST = 4 * 2**20  # bytes of a file
MOST_WORDS, LONGEST = 100, 64  # of a line; characters of a word
LONGEST_QUESTION = 1000  # characters; what is longer is a paste, in which nothing is replaced
_SEPARATOR = re.compile(r"(?<!\\),")
_COMMAS = re.compile("[，、]")  # as they are typed in Chinese
_ESCAPED = re.compile(r"\\(.)")
_LETTER = re.compile(r"[0-9a-z\u00c0-\u052f]")  # of scripts whose words have spaces between them


@dataclass(frozen=True, slots=True)
class Match:
    """A word of the synonyms in a normalised text, at [start, end), and the `others` to look for in its place."""

    start: int
    end: int
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Synonyms:
    """For each normalised word, those that are looked for too, in the order of the file."""

    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def matches(self, text: str) -> list[Match]:
        """The words of the normalised `text` that have synonyms: from left to right, the longest first, none over another.

        A word counts where words are: 工资 not in 人工资源, `pto` not in `laptop`.
        """
        if not self.others or len(text) > LONGEST_QUESTION:
            return []
        lengths = sorted({len(word) for word in self.others}, reverse=True)
        inside = _inside_words(text)
        found: list[Match] = []
        at = 0
        while at < len(text):
            spans = ((at, at + length) for length in lengths if text[at : at + length] in self.others)
            span = next((span for span in spans if _is_word(text, *span, inside)), None)
            if span:
                found.append(Match(*span, self.others[text[slice(*span)]]))
            at = span[1] if span else at + 1
        return found


NO_SYNONYMS = Synonyms()


def read_synonyms(file: str | os.PathLike[str]) -> Synonyms:
    """Read `file`, UTF-8. Raises `DocumentError`, which names the file and, if there is one, the line."""
    try:
        text = read_within(file, LARGEST).decode("utf-8-sig")
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise DocumentError("text.synonyms_too_large", file, most=LARGEST // 2**20) from error
        raise DocumentError("text.synonyms_unreadable", file, reason=error) from error
    except UnicodeDecodeError as error:
        raise DocumentError("text.synonyms_not_utf8", file, reason=error.reason) from error
    synonyms, problems = parse_synonyms(text, file)
    if problems:
        raise problems[0]
    return synonyms


def parse_synonyms(text: str, file: str | os.PathLike[str] = "") -> tuple[Synonyms, tuple[DocumentError, ...]]:
    """The synonyms in `text`, and what is wrong with its lines, each named with its number and, if there is one, the `file`."""
    others: dict[str, dict[str, None]] = {}
    problems = []
    for number, line in _lines(text):
        code, named = ("text.line_of_file", {"file": file}) if file else ("text.line", {})
        try:
            words, targets = _group(line, DocumentError(code, number=number, **named))
        except DocumentError as error:
            problems.append(error)
            continue
        for word in words:
            others.setdefault(word, {}).update(dict.fromkeys(each for each in targets if each != word))
    return Synonyms({word: tuple(targets)[:MOST_WORDS] for word, targets in others.items()}), tuple(problems)


def count_groups(text: str) -> int:
    """The lines of `text` that have words."""
    return sum(1 for _ in _lines(text))


def _group(line: str, place: DocumentError) -> tuple[list[str], list[str]]:
    """The words of a line, and those that they are also looked for as. For a bad line raises `DocumentError` about `place`."""
    given, arrow, instead = line.partition("=>")
    if "=>" in instead:
        raise DocumentError("text.synonym_arrows", place, example="a, b => c")
    words = _words(given, place)
    targets = _words(instead, place) if arrow else words
    if not arrow and len(words) < 2:
        raise DocumentError("text.synonym_alone", place, word=words[0])
    return words, targets


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines with the number of each, those that go on in the next as one; without comments and blank ones."""
    begun: list[str] = []
    first = 0
    for number, line in enumerate([*text.splitlines(), ""], 1):
        first = first if begun else number
        if line.endswith("\\"):
            begun.append(line[:-1])
            continue
        whole = "".join((*begun, line))
        if whole.strip() and not whole.lstrip().startswith("#"):
            yield first, whole
        begun = []


def _words(part: str, place: DocumentError) -> list[str]:
    """The distinct words of one side of a line, normalised. For a bad one raises `DocumentError` about `place`."""
    words = []
    for given in _SEPARATOR.split(_COMMAS.sub(",", part)):
        word = " ".join(normalise(_ESCAPED.sub(r"\1", given)).split())
        if not re.search(r"[^\W_]", word):
            raise DocumentError("text.synonym_missing", place)
        if len(word) > LONGEST:
            raise DocumentError("text.synonym_too_long", place, word=f"{word[:20]}...", most=LONGEST)
        words.append(word)
    if len(words) > MOST_WORDS:
        raise DocumentError("text.too_many_synonyms", place, most=MOST_WORDS)
    return list(dict.fromkeys(words))


def _inside_words(text: str) -> list[tuple[int, int]]:
    """The spans of the known Chinese words of several characters in a normalised text."""
    spans = []
    for run in HAN_RUN.finditer(text):
        at = run.start()
        for word in segment(run.group()):
            if len(word) > 1 and part_of_speech(word):
                spans.append((at, at + len(word)))
            at += len(word)
    return spans


def _is_word(text: str, start: int, end: int, words: list[tuple[int, int]]) -> bool:
    """Whether no word of the text lies across an end of the span [start, end), which may be the first or last part of one."""
    if start and _LETTER.match(text[start]) and _LETTER.match(text[start - 1]):
        return False
    if end < len(text) and _LETTER.match(text[end]) and _LETTER.match(text[end - 1]):
        return False
    for first, last in words:
        if first < start < last and last != end:
            return False
        if first < end < last and first != start:
            return False
        if (first, last) != (start, end) and first <= start and end <= last and end - start == 1:
            return False  # 假 in 假如
    return True


class SynonymFiles:
    """The synonyms of an index: of the file that was `named`, and of the one `beside` its documents, which need not be there.

    A file that was changed is read again at the next question; one that cannot be read then leaves the words as they were.
    """

    def __init__(self, named: str | os.PathLike[str] | None = None, beside: Path | None = None) -> None:
        """Reads both. Raises `DocumentError`."""
        self._files = [Path(file) for file in (named, beside) if file is not None]
        self._lock = Lock()
        self._read: list[tuple[Stamp | None, Synonyms]] = [self._of(file, file != beside) for file in self._files]
        self._joined = _joined([synonyms for _, synonyms in self._read])

    def current(self) -> Synonyms:
        """The synonyms as the files are now."""
        if not self._files:
            return NO_SYNONYMS
        with self._lock:
            for number, file in enumerate(self._files):
                stamp = _stamp(file)
                if stamp != self._read[number][0]:
                    try:
                        self._read[number] = self._of(file, stamp is not None)
                    except QAError:
                        self._read[number] = (stamp, self._read[number][1])
                    self._joined = _joined([synonyms for _, synonyms in self._read])
            return self._joined

    @staticmethod
    def _of(file: Path, needed: bool) -> tuple[Stamp | None, Synonyms]:
        stamp = _stamp(file)
        if stamp is None and needed:
            return None, _of_pipe(file)
        return (stamp, read_synonyms(file)) if stamp is not None else (None, NO_SYNONYMS)


@lru_cache(8)
def _of_pipe(file: Path) -> Synonyms:
    """The synonyms in a pipe, which can be read once, for all indexes of this process."""
    return read_synonyms(file)


def _stamp(file: Path) -> Stamp | None:
    """When the file was written; None where there is none, and for a pipe, which can be read once."""
    try:
        status = os.stat(file)
    except OSError:
        return None
    return Stamp.of(status) if stat.S_ISREG(status.st_mode) else None


def _joined(several: list[Synonyms]) -> Synonyms:
    if len(several) == 1:
        return several[0]
    others: dict[str, tuple[str, ...]] = {}
    for synonyms in several:
        for word, targets in synonyms.others.items():
            others[word] = tuple(dict.fromkeys((*others.get(word, ()), *targets)))
    return Synonyms(others)
