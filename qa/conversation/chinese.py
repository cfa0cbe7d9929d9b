"""A Chinese follow-up completed from the question before it: "那它的洪峰是多少？" after "綦河在哪里？".

A Chinese question names its topic first, and later questions may leave the topic out. So most follow-ups need the subject of the
earlier question, in front or in the place of a pronoun. One that only asks why or when ("为什么？") needs the whole earlier
question; one that only names something ("那永富镇呢？") is slot filling: the earlier question with one word replaced. Questions
are analysed by their question words, jieba's parts of speech and a few function words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..text.user_words import UserDictionary
from .chinese_pronouns import DOCUMENT_WORDS, in_place, pointing_back
from .chinese_question import ParsedQuestion
from .chinese_slots import instead
from .turns import Completion

LONG = 3  # content words; a question with more is less sure to be a follow-up
_LIKEWISE = re.compile("也?(?:这么|这样|那么|那样)")


def complete(question: str, earlier: str, quote: str, passages: Sequence[str], dictionary: UserDictionary) -> Completion | None:
    """`question` completed from `earlier`, the question before it (in its completed form); None when it stands by itself.

    `quote` is the sentence that answered `earlier`, `passages` are the texts of the passages found for `earlier`, first the one
    that holds `quote`: the person whom a pronoun stands for may be named there. `dictionary` holds the user's words.
    """
    asked, before = ParsedQuestion(question, dictionary), ParsedQuestion(earlier, dictionary)
    if not before.content():
        return None
    pronoun = pointing_back(asked)
    if pronoun is not None:
        # in a long question the pronoun may stand for something that the question itself names before it
        leads = all(word.start >= pronoun.start() for word in asked.content())
        return Completion(in_place(asked, pronoun, before, quote, passages), leads or len(asked.content()) <= LONG)
    if not asked.content():
        text = _all_of(before, asked)
    elif asked.names_only and asked.raw.endswith(("呢", "呢？", "呢?")):
        text = instead(asked, before)
    elif _LIKEWISE.search(asked.folded):
        text = asked.after(before.statement)
    else:
        return _doubtful(asked, before)
    return Completion(text, True)


def _doubtful(asked: ParsedQuestion, before: ParsedQuestion) -> Completion | None:
    """The completion of a question that shows no sure sign of a follow-up; None when it stands by itself."""
    if asked.names_only:
        short = asked.raw.endswith(("？", "?")) and len(asked.content()) <= 2 and not asked.names_one
        return Completion(instead(asked, before), False) if short else None
    if not _lacks_subject(asked):
        return None
    content = asked.content()
    nouns = [word for word in content if word.tag[0] in "nxjlg" or word.tag == "eng" or word.text.startswith("第")]
    asked_for = asked.asking.end() if asked.asking and asked.asking.start() else -1
    says_nothing = not any(word.start != asked_for for word in nouns)  # 会说哪些语言: no noun but the one asked for
    if asked.kind in ("reason", "manner") and len(content) <= 1:
        about = before.statement
    else:
        about = (before.owner() if nouns else "") or before.theme()
    if any(word.text in about for word in content if word.is_name or word.tag[0] == "n"):
        return None  # the question names its topic itself
    return Completion(asked.after(about), says_nothing and len(content) <= LONG)


def _lacks_subject(asked: ParsedQuestion) -> bool:
    """Whether a question may leave out its subject: it is short, and no name stands before its verb."""
    content = asked.content()
    if len(content) > 4 or re.match(f"什么[是叫]|谁是|[这那本](?:.|一.)?(?:{DOCUMENT_WORDS})", asked.folded):
        return False
    if len(content) == 1 and content[0].tag in ("ns", "nt", "nr"):
        return True  # a common noun such as 都城, which jieba's dictionary tags as a name
    return not any(word.is_name for word in content if word.end <= asked.subject_span()[1])


def _all_of(before: ParsedQuestion, asked: ParsedQuestion) -> str:
    """The whole of `before` with the question word of `asked`: in the place of its own, or after it ("为什么" after a place)."""
    if not asked.body:
        return before.body + before.mark
    adverbs = ("reason", "time", "place", "manner")
    if before.asking is not None and asked.asking is not None and before.kind in adverbs and asked.kind in adverbs:
        word = (
            re.sub("^(?:是|在)", "", asked.body)
            if asked.kind != "place" or before.body[: before.asking.start()].endswith("在")
            else asked.body
        )
        return before.body[: before.asking.start()] + word + before.body[before.asking.end() :] + before.mark
    return asked.after(before.statement)
