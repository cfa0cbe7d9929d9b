"""Recognises input that is no question to the documents: greetings and thanks, only function words, random keys."""

from __future__ import annotations

import re
import unicodedata

from ..text.normalise import normalise
from ..text.scripts import HAN_RUN, RUN
from ..text.stop_words import chinese_function_words
from .question_words import QUESTION_CHARACTERS

_SMALL_TALK = re.compile(
    "(?:你|您|大家)?好[啊呀吗]?|嗨|哈[喽啰罗]|早(?:上好|安)?|(?:上午|中午|下午|晚上)好|晚安|在吗|再见|拜拜|好的?|嗯+|哦+|"
    "(?:谢谢|感谢|多谢)(?:你|您|大家|了|啦)*|你是谁|你叫什么(?:名字)?|你会什么|你能做什么|"
    "h(?:i|ey|ello)(?: there)?|thanks?(?: you)?(?: very much| so much| a lot)?|thx|(?:good)?bye|"
    "good (?:morning|afternoon|evening|night)|ok(?:ay)?|who are you|what are you|how are you|what can you do|"
    "hola|gracias|adi[oó]s|bonjour|salut|merci|au revoir|hallo|guten (?:tag|morgen|abend)|danke|ciao|grazie|ol[aá]|"
    "obrigad[oa]|привет|здравствуйте|спасибо|こんにちは|おはよう(?:ございます)?|こんばんは|ありがとう(?:ございます)?|さようなら|"
    "안녕(?:하세요|하십니까)?|감사합니다|고마워요?|مرحبا|شكرا"
)


def is_small_talk(text: str) -> bool:
    """Whether `text` as a whole is a greeting, thanks or the like."""
    return _SMALL_TALK.fullmatch(re.sub(r"[\W_]+", " ", normalise(text)).strip()) is not None


_KEY_ROWS = (
    "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "qwertzuiop", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю",
    "ضصثقفغعهخحجد", "شسيبلاتنمكط", "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ",
)  # fmt: skip
_REPEATED = re.compile(r"([^\W\d_])\1{2,}|([^\W\d_]{2,3})\2{2,}")


def is_noise(content: str) -> bool:
    """Whether a question is only function words ("的", "who"), repeated letters, adjacent keys ("asdf") or a single digit.

    `content` is the normalised question without its question words and stop words.
    """
    return all(_says_nothing(run) for run in RUN.findall(content))


def _function_words() -> frozenset[str]:
    """The Chinese function words of one character without question words: those in the content are parts of words (几何)."""
    return chinese_function_words() - QUESTION_CHARACTERS


def _says_nothing(run: str) -> bool:
    repeated = _REPEATED.fullmatch(run) and (len(run) > 3 or not run.isascii())  # AAA and WWW are names
    if repeated or (len(run) == 1 and run.isdigit()) or (HAN_RUN.match(run) and set(run) <= _function_words()):
        return True
    letters = unicodedata.normalize("NFKC", run)
    return len(run) > 3 and any(letters in unicodedata.normalize("NFKC", row) for row in _KEY_ROWS)
