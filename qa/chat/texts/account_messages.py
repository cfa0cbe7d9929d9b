"""The messages about accounts."""

from __future__ import annotations

from ...errors import Language

ACCOUNT_MESSAGES: dict[str, dict[Language, str]] = {
    "sign_in_title": {"zh": "登录", "en": "Sign in"},
    "sign_in_name": {"zh": "用户名", "en": "Name"},
    "sign_in_password": {"zh": "密码", "en": "Password"},
    "sign_in_button": {"zh": "登录", "en": "Sign in"},
    "sign_out": {"zh": "退出登录（{name}）", "en": "Sign out {name}"},
}
