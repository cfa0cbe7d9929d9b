"""A Chinese follow-up completed from the question before it: "那它的洪峰是多少？" after "綦河在哪里？".

Chinese puts what a question is about first and may leave it out from then on, so that most follow-ups need the subject of the
earlier question in front of them, or in the place of a pronoun; one that only asks why or when needs all of it, and "那永富镇
呢？" needs it with one word replaced. The questions are read by their question words, by jieba's parts of speech and by a few
function words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..text.user_words import UserDictionary
from .chinese_pronouns import DOCUMENTS, in_place, pointing_back
from .chinese_question import ParsedQuestion
from .chinese_slots import instead
from .turns import Completion

LONG = 3  # words with a meaning of their own
_LIKEWISE = re.compile("也?(?:这么|这样|那么|那样)")


def complete(question: str, earlier: str, quote: str, passages: Sequence[str], dictionary: UserDictionary) -> Completion | None:
    """`question` completed from the one before it, as that was understood, and the sentence `quote` that answered that one.

    `passages` are those found for it, the one that the sentence is from first. None when it stands by itself.
    """
    asked, before = ParsedQuestion(question, dictionary), ParsedQuestion(earlier, dictionary)
    if not before.content():
        return None
    pronoun = pointing_back(asked)
    if pronoun is not None:
        # in a long question it may stand for something that the question says before it
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
    """The completion of a question that may stand by itself; None when it has all that it needs."""
    if asked.names_only:
        short = asked.raw.endswith(("？", "?")) and len(asked.content()) <= 2 and not asked.names_one
        return Completion(instead(asked, before), False) if short else None
    if not _lacks_subject(asked):
        return None
    content = asked.content()
    nouns = [word for word in content if word.tag[0] in "nxjlg" or word.tag == "eng" or word.text.startswith("第")]
    asked_for = asked.asking.end() if asked.asking and asked.asking.start() else -1
    says_nothing = not any(word.start != asked_for for word in nouns)  # 会说哪些语言: verbs, and what is asked for
    if asked.kind in ("reason", "manner") and len(content) <= 1:
        about = before.statement
    else:
        about = (before.owner() if nouns else "") or before.theme()
    if any(word.text in about for word in content if word.is_name or word.tag[0] == "n"):
        return None  # it says itself what it is about
    return Completion(asked.after(about), says_nothing and len(content) <= LONG)


def _lacks_subject(asked: ParsedQuestion) -> bool:
    """Whether a question may have left out what it is about: it is short, and names nothing before its verb."""
    content = asked.content()
    if len(content) > 4 or re.match(f"什么[是叫]|谁是|[这那本](?:.|一.)?(?:{DOCUMENTS})", asked.folded):
        return False
    if len(content) == 1 and content[0].tag in ("ns", "nt", "nr"):
        return True  # 都城, which the dictionary takes for a name
    return not any(word.is_name for word in content if word.end <= asked.subject_span()[1])


def _all_of(before: ParsedQuestion, asked: ParsedQuestion) -> str:
    """The earlier question asked for something else: its question word replaced, or the new one after it."""
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
