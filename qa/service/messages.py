"""The texts of the endpoints, about accounts and about summaries, and the choice of a language by a request's header."""

from __future__ import annotations

import re

from ..errors import Language

LANGUAGES: tuple[Language, ...] = ("zh", "en")
_WEIGHT = re.compile(r"[01](?:\.[0-9]{0,3})?")

MESSAGES: dict[str, dict[Language, str]] = {
    "sign_in_title": {"zh": "登录", "en": "Sign in"},
    "sign_in_name": {"zh": "用户名", "en": "Name"},
    "sign_in_password": {"zh": "密码", "en": "Password"},
    "sign_in_button": {"zh": "登录", "en": "Sign in"},
    "summary_by": {"zh": "总结（由 {name} 生成）", "en": "Summary (written by {name})"},
    "summary_remote": {"zh": "引文已发送到 {host}", "en": "The quotations were sent to {host}."},
    "summary_struck": {"zh": "划去的句子在引文中没有依据", "en": "The quotations do not support the sentences struck out."},
    "sign_out": {"zh": "退出登录（{name}）", "en": "Sign out {name}"},
}


def message(key: str, language: Language, **values: object) -> str:
    """The message `key` in `language`, with `values` for its {names}."""
    return MESSAGES[key][language].format(**values)


def choose_language(header: str) -> Language:
    """The language of the page for an Accept-Language header: Chinese of any kind, if wanted before English, else English."""
    wanted = (name.partition("-")[0] for name in accepted(header))
    return "zh" if next((name for name in wanted if name in LANGUAGES), "en") == "zh" else "en"


def accepted(header: str) -> list[str]:
    """The names in a header such as Accept-Encoding, in lower case, the most wanted first, without those it refuses (`q=0`)."""
    weighed = []
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((value[2:] for value in parameters if value.startswith("q=")), "1")
        if name and _WEIGHT.fullmatch(weight) and float(weight):
            weighed.append((-float(weight), name))
    return [name for _, name in sorted(weighed, key=lambda one: one[0])]
