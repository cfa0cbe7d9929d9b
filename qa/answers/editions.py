"""Editions of one document: 考勤制度_2022版 and 考勤制度_2024版, handbook v1.2 and v2.0, rules that say since when they hold.

Documents are editions of one when their names differ in nothing but a year or a version, or when one says that the other,
named in 《》 or by its year, is no longer in force. Of two the newer is the one with the later date since when it holds, the
later year, or the higher version. A full date in a name is none of these: minutes of another day are another document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..search.engine import Engine
from ..search.question import Question
from ..text.normalise import normalise
from ..text.values import values

# A passage of the newer edition goes before one of the older when its log odds are at most so far below.
NEARLY = 2.0
_READ = 2000  # characters of a document's first and last passage
_DAY = r"(?:19|20)\d\d([-_./]?)(?:0[1-9]|1[0-2])\1(?:[0-2]\d|3[01])(?!\d)"
_YEAR = re.compile(r"(?<![\d.])((?:19|20)\d\d)(?![\d.]|-\d)\s*年?\s*(?:度|版|修订[版稿]?|修正[版稿]?)?")
_EDITION = re.compile(r"((?:19|20)\d\d)\s*年?(?:度|版|修订|修正)")
_VERSION = re.compile(
    r"(?<![a-z])v(?:er(?:sion)?)?[ ._-]?(\d{1,3}(?:\.\d{1,3}){0,3})(?![\d.])|第(\d{1,2})版|(?<![\d.])(\d{1,3}\.\d{1,3})版"
)
_NOT_SUBJECT = re.compile(rf"{_DAY}|{_YEAR.pattern}|{_VERSION.pattern}|[\W_]+")
_IN_FORCE = re.compile(r"\s?起?\s?(?:正式|开始)?(?:施行|实施|执行|生效)")
_SINCE = re.compile(r"(?:effective|in force)(?: date)?:?\s?(?:from|as of|since|on)?\s?\Z")
_SAYS_SINCE = re.compile("施行|实施|执行|生效|effective|in force")
_ENDED = re.compile(r"同时废止|即行废止|予以废止|停止执行|supersed|replaces")
# How a question names an edition that is not the newest, and the year 23年.
_OLDER = re.compile(
    r"[旧老]版|(?<![新守古陈])旧的|(?<!最)老的那|上一?版|原来的|以前的|之前的"
    r"|\b(?:old|older|previous|former|earlier) (?:\w{1,20} )?(?:version|edition|rules?|policy|handbook|manual)"
)
_SHORT_YEAR = re.compile(r"(?<!\d)([012]\d)年(?![以之]?[内后前])")
_TITLE = re.compile("《([^》]{2,40})》")


@dataclass(frozen=True, slots=True)
class Edition:
    """A document's `source`, its name without year and version, these two (0 and () for none), the day since when it holds and
    the names and years of what it ends."""

    source: str
    subject: str
    year: int
    version: tuple[int, ...]
    since: str
    ended: frozenset[str]


def edition_of(engine: Engine, row: int) -> Edition:
    """The edition that the document of a passage is, by its name, its first and its last passage."""
    source = engine.paragraph(row).source
    name = normalise(str(PurePosixPath(source).with_suffix("")))
    rows = engine.document_around(row)
    said = [engine.normal_text(rows[0])[:_READ], engine.normal_text(rows[-1])[-_READ:]]
    days = (day for text in said for day in _since(text))
    plain = re.sub(_DAY, " ", name)
    years, version = _YEAR.findall(plain), _VERSION.search(plain)
    since = max(days, default="")
    return Edition(
        source,
        _NOT_SUBJECT.sub("", name),
        int(years[-1]) if years else 0,
        _numbers(version) if version else (),
        since,
        frozenset(each for text in said for each in _ends(text)),
    )


def _since(text: str) -> list[str]:
    """The days, `2024-07-01`, since when a normalised text says that it is in force."""
    if not _SAYS_SINCE.search(text):
        return []
    return [
        value.tokens[0]
        for value in values(text)
        if value.is_date
        and len(value.tokens[0]) == 10
        and (_IN_FORCE.match(text, value.end) or _SINCE.search(text[max(0, value.start - 40) : value.start]))
    ]


def _ends(text: str) -> list[str]:
    """The names, in 《》, and the years of what a normalised text says is no longer in force."""
    found = []
    for mark in _ENDED.finditer(text):
        begin, end = (mark.start(), mark.end() + 80) if mark.group().isascii() else (max(0, mark.start() - 80), mark.start())
        clause = text[begin:end]
        clause = clause[: clause.find(".")] if mark.group().isascii() and "." in clause else re.split("[。；;\n]", clause)[-1]
        found += [_NOT_SUBJECT.sub("", title) for title in _TITLE.findall(clause)]
        found += _EDITION.findall(clause)
    return found


def is_newer(one: Edition, other: Edition) -> bool:
    """Whether `one` is a newer edition of the document that `other` is too."""
    if one.source == other.source:
        return False
    named = len(other.subject) > 1 and other.subject in one.ended
    if one.subject != other.subject:
        return named and other.since <= one.since
    if one.since and other.since:
        return one.since > other.since
    if one.year and other.year:
        return one.year > other.year
    if one.version and other.version:
        return one.version > other.version
    return str(other.year) in one.ended


@dataclass(frozen=True, slots=True)
class Editions:
    """The `order` of the candidates, as positions, with newer editions before older ones; for each document of which there is a
    newer edition among them its name, `older`; and the candidate that says the same in an older edition, None for none."""

    order: list[int]
    older: dict[str, str]
    beside: int | None = None


def by_edition(engine: Engine, question: Question, rows: Sequence[int], odds: Sequence[float]) -> Editions:
    """The editions among the candidate `rows`, whose log `odds` fall.

    A question that names a year, a version or the old one takes that edition, and gets no other beside it.
    """
    sources = [engine.paragraph(row).source for row in rows]
    order = list(range(len(rows)))
    if len(set(sources)) < 2:
        return Editions(order, {})
    editions = {source: edition_of(engine, row) for source, row in dict(zip(sources, rows, strict=True)).items()}
    older: dict[str, str] = {}
    for one in editions.values():
        for other in editions.values():
            newest = editions.get(older.get(other.source, ""))
            if is_newer(one, other) and (newest is None or is_newer(one, newest)):
                older[other.source] = one.source
    same = [i for i in order if _newest(sources[i], older) == _newest(sources[0], older) and odds[i] >= odds[0] - NEARLY]
    named = [i for i in same if _is_named(editions[sources[i]], question.normal)]
    if not named and _OLDER.search(question.normal):
        named = [i for i in same if sources[i] in older]
    picked = named or [i for i in same if sources[i] not in older]
    if not older or not picked:
        return Editions(order, older)
    first = picked[0] if named or sources[picked[0]] != sources[0] else 0
    beside = None if named else next((i for i in same if sources[i] in older), None)
    front = [first] if beside is None else [first, beside]
    return Editions([*front, *(i for i in order if i not in front)], older, beside)


def _is_named(edition: Edition, question: str) -> bool:
    """Whether a normalised question names the year or the version of an edition."""
    years, version = _YEAR.findall(question), _VERSION.search(question)
    years += [f"20{year}" for year in _SHORT_YEAR.findall(question)]
    wanted = _numbers(version) if version else ()
    return str(edition.year) in years or edition.since[:4] in years or (bool(wanted) and edition.version == wanted)


def _numbers(version: re.Match[str]) -> tuple[int, ...]:
    return tuple(map(int, next(filter(None, version.groups())).split(".")))


def _newest(source: str, older: dict[str, str]) -> str:
    """The newest of the editions of `source`; `older` names a newer one of each that has one."""
    seen = {source}
    while (after := older.get(source, "")) and after not in seen:
        seen.add(after)
        source = after
    return source
