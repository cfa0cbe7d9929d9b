"""English words that carry no claim of their own. The stop words of the word index are many more, open, long and low among them.

Words that say how much or how many (all, only, most) are none: a sentence that has one of its own says something of its own.
"""

from __future__ import annotations

import re

from ...text.stop_words import likely_language, without_stop_words

ENGLISH = frozenset(
    "a an the this that these those it its they their them he his him she her we our us you your i me my who whom whose "
    "which what when where why how there here and or but so yet if then than as at by for from in into of off on onto out "
    "over to up with within about after against along among around before behind between beyond down during near per since "
    "through toward towards under until upon via be am is are was were been being do does did done have has had having can "
    "could may might must shall should will would also too very just both each such same however therefore thus moreover "
    "additionally finally furthermore according".split()
)
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")


def without_function_words(text: str) -> str:
    """`text`, which is in lower case, with its function words replaced by spaces; Chinese ones stay."""
    if likely_language(text) != "en":
        return without_stop_words(text)
    return _WORD.sub(lambda match: " " if match.group() in ENGLISH else match.group(), text)
