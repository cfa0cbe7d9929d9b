"""Where the interrogative stands that a question asks with."""

from __future__ import annotations

import pytest

from qa.search.interrogatives import interrogative_clause


@pytest.mark.parametrize(
    ("question", "clause"),
    [
        ("when did the dam fail?", "when did the dam fail?"),
        ("after the flood, who rebuilt it?", "who rebuilt it?"),
        # up to three words may stand before it
        ("and until about when did it last?", "when did it last?"),
        ("and so until about when did it last?", ""),
        # a question for yes or no asks for nothing that it mentions, unless it is whether somebody knows
        ("did they say who built it?", "did they say who built it?"),
        ("do you know who built it?", "who built it?"),
        ("can you say in what year it opened?", "what year it opened?"),
        # a conjunction asks where nothing else does
        ("what happened when the dam failed?", "what happened when the dam failed?"),
        ("when the dam failed, what happened?", "what happened?"),
        ("when the dam failed?", "when the dam failed?"),
        ("the dam failed when?", "when?"),
        ("the garden was opened in what year?", "what year?"),
        # one that is added by itself does not take the place of the first
        ("where the dam stood, and why?", "where the dam stood, and why?"),
        ("the dam, and why?", "why?"),
        ("the flood of 1987", ""),
    ],
)
def test_the_clause_that_asks(question: str, clause: str) -> None:
    assert interrogative_clause(question) == clause
