"""The messages about accounts, and about a language model."""

from __future__ import annotations

from ...errors import Language

ACCOUNT_MESSAGES: dict[str, dict[Language, str]] = {
    "sign_in_title": {"zh": "登录", "en": "Sign in"},
    "sign_in_name": {"zh": "用户名", "en": "Name"},
    "sign_in_password": {"zh": "密码", "en": "Password"},
    "sign_in_button": {"zh": "登录", "en": "Sign in"},
    "summary_by": {"zh": "总结（由 {name} 生成）", "en": "Summary (written by {name})"},
    "summary_remote": {"zh": "引文已发送到 {host}", "en": "The quotations were sent to {host}."},
    "summary_struck": {"zh": "划去的句子在引文中没有依据", "en": "What is struck out does not stand in the quotations."},
    "sign_out": {"zh": "退出登录（{name}）", "en": "Sign out {name}"},
}
