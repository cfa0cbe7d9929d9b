"""Estimates how many tokens the embedding model makes of a text, without its tokenizer."""

from __future__ import annotations

from ..text.lines import is_wide

# Tokens of a passage at most. The model's window is 512, of which the prompt and the special tokens take some.
WINDOW = 480
# Tokens per character. Measured with multilingual-e5-small: 0.66 on Chinese, 0.24 on English; raised, to err on the high side.
_WIDE, _NARROW = 0.75, 0.35
_SIGN = 0.9  # for digits and signs, which are often tokens by themselves


_MOST_KNOWN = 2**16  # characters whose estimate is kept


def estimate_tokens(text: str) -> float:
    """The estimated number of tokens of `text`, rather too high than too low."""
    return sum(map(_KNOWN.__getitem__, text))


def tokens_of(char: str) -> float:
    """The estimated number of tokens of the character `char`, 0.35 to 0.9."""
    if is_wide(char):
        return _WIDE
    return _NARROW if char.isalpha() or char.isspace() else _SIGN


class _Known(dict[str, float]):
    """The estimates of characters, each computed when it is first met: a text is estimated several times while it is split."""

    def __missing__(self, char: str) -> float:
        tokens = tokens_of(char)
        if len(self) < _MOST_KNOWN:
            self[char] = tokens
        return tokens


_KNOWN = _Known()
