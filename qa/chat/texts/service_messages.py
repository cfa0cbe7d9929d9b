"""What the server and the endpoints say when they refuse, in Chinese and in English."""

from __future__ import annotations

from typing import Literal

SERVICE_MESSAGES: dict[str, dict[Literal["zh", "en"], str]] = {
    # arguments of the endpoints
    "bad_k": {"zh": "k 必须是 1 到 {limit} 的整数。", "en": "k has to be a whole number from 1 to {limit}."},
    "bad_threshold": {"zh": "threshold 必须是 0 到 1 的数。", "en": "threshold has to be a number from 0 to 1."},
    "bad_collection": {
        "zh": "没有文档集 {name}；现有：{names}",
        "en": "There is no collection {name}; there are: {names}",
    },
    "bad_within": {
        "zh": "within 必须是一列文档或文件夹的名字，最多 {limit} 个。",
        "en": "within has to be a list of names of documents or folders, {limit} at most.",
    },
    "bad_history": {
        "zh": "history 必须是此前问题的列表，最多 {limit} 个。",
        "en": "history has to be a list of earlier questions, {limit} at most.",
    },
    "bad_json": {"zh": "请求的内容不是 JSON 对象：{reason}", "en": "The request's body is no JSON object: {reason}"},
    "bad_parameter": {
        "zh": "没有参数 {name}；可用的有：{names}",
        "en": "There is no parameter {name}; there are: {names}",
    },
    "no_question": {"zh": "缺少 question。", "en": "question is missing."},
    # what the server refuses
    "bad_host": {
        "zh": "这里不以这个名字提供服务；如确实应当，启动时加上 --names。",
        "en": "This is not served under that name; if it should be, start it with --names.",
    },
    "bad_origin": {"zh": "不接受来自其他网站的请求。", "en": "Requests made by other sites are refused."},
    "bad_password": {"zh": "需要用户名和密码。", "en": "A user name and a password are needed."},
    "too_many_passwords": {
        "zh": "密码错误次数过多，请 {seconds} 秒后再试。",
        "en": "Too many wrong passwords; try again in {seconds} s.",
    },
    "too_many": {"zh": "请求太频繁，请 {seconds} 秒后再试。", "en": "Too many requests; try again in {seconds} s."},
    "too_large": {
        "zh": "请求最多 {limit}，这个更大；请缩短问题或减少文件。",
        "en": "A request may have at most {limit}; this one has more. Shorten the question, or send fewer files.",
    },
    "too_slow": {"zh": "请求在 {seconds} 秒内没有送完。", "en": "The request was not complete within {seconds} s."},
    "no_space": {
        "zh": "磁盘空间不足，无法接收文件。",
        "en": "There is not enough space on the disk to take files.",
    },
    "not_served": {"zh": "这里没有这样的地址。", "en": "There is nothing at this address."},
    "wrong_method": {"zh": "这个地址要用 {method} 请求。", "en": "Ask for this address with {method}."},
    "busy": {"zh": "同时提问的人太多，请稍后再试。", "en": "Too many questions at once; please try again in a moment."},
    "failed": {
        "zh": "出错了，原因已写在启动程序的窗口里。",
        "en": "Something went wrong; the reason is in the window the chat was started in.",
    },
}
