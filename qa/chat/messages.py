"""Every message of the web chat, in Chinese and in English, side by side in one table."""

from __future__ import annotations

from typing import Literal

from .service_messages import SERVICE_MESSAGES

__all__ = ["LANGUAGES", "MESSAGES", "Language", "choose_language", "confidence_words", "message", "table"]

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

MESSAGES: dict[str, dict[Language, str]] = {
    # the page
    "title": {"zh": "问问你的文档", "en": "Ask your documents"},
    "intro": {
        "zh": "回答逐字引自文档，处处注明出处；不联网。",
        "en": "Answers are quoted word for word, each with its source. No network.",
    },
    "switch": {"zh": "English", "en": "中文"},
    "clear": {"zh": "清空", "en": "Clear"},
    "placeholder": {"zh": "输入问题", "en": "Type a question"},
    "question": {"zh": "问题", "en": "Question"},
    "send": {"zh": "提问", "en": "Ask"},
    "conversation": {"zh": "对话", "en": "Conversation"},
    "welcome": {"zh": "想从文档里知道什么？", "en": "What would you like to know from the documents?"},
    # what may go wrong with a question
    "empty": {"zh": "请先输入问题。", "en": "Please type a question first."},
    "too_long": {
        "zh": "问题最多 {limit} 个字符，现在有 {length} 个，请缩短。",
        "en": "A question may have at most {limit} characters; this one has {length}. Please shorten it.",
    },
    "not_text": {"zh": "问题必须是一段文字。", "en": "The question has to be a text."},
    "trouble": {"zh": "没能回答：{reason}", "en": "No answer: {reason}"},
    # the answer
    "searching": {"zh": "正在查找……", "en": "Searching…"},
    "loading": {"zh": "正在载入模型，载入后随即回答……", "en": "Loading the model; the answer follows as soon as it is ready…"},
    "sure_high": {"zh": "把握很大（{percent}%）", "en": "Quite sure ({percent}%)"},
    "sure_fair": {"zh": "比较有把握（{percent}%）", "en": "Fairly sure ({percent}%)"},
    "sure_low": {"zh": "把握不大（{percent}%），请核对原文", "en": "Not sure ({percent}%), please check the passage"},
    "unlikely": {
        "zh": "文档里有答案的可能：{percent}%",
        "en": "Chance that the documents hold the answer: {percent}%",
    },
    "see_nearest": {"zh": "看最接近的段落", "en": "See the nearest passages"},
    # the panel
    "sources": {"zh": "出处", "en": "Sources"},
    "nearest": {"zh": "最接近的段落", "en": "Nearest passages"},
    "nearest_note": {
        "zh": "文档里没有找到答案，下面只是内容最接近的段落。",
        "en": "The documents do not seem to answer this; these passages only come closest.",
    },
    "nothing_near": {"zh": "没有相近的段落。", "en": "No passage comes near."},
    "others": {"zh": "其他相关段落（{count}）", "en": "Other related passages ({count})"},
    "earlier": {"zh": "此前的问题", "en": "Earlier questions"},
    "to_answer": {"zh": "回到回答中的 [{number}]", "en": "Back to [{number}] in the answer"},
    "place": {"zh": "第 {number} 段，第 {line} 行", "en": "paragraph {number}, line {line}"},
    "place_part": {"zh": "第 {number} 段第 {part} 部分，第 {line} 行", "en": "paragraph {number}.{part}, line {line}"},
    "paragraph": {"zh": "第 {number} 段", "en": "paragraph {number}"},
    "paragraph_part": {"zh": "第 {number} 段第 {part} 部分", "en": "paragraph {number}.{part}"},
    "unit_page": {"zh": "第 {number} 页", "en": "page {number}"},
    "unit_slide": {"zh": "第 {number} 张幻灯片", "en": "slide {number}"},
    "unit_sheet": {"zh": "第 {number} 张工作表 {name}", "en": "sheet {number} {name}"},
    "unit_chapter": {"zh": "第 {number} 章 {name}", "en": "chapter {number} {name}"},
    "changed": {
        "zh": "建立索引之后，这个文件已经改动或不在原处；请重新建立索引。",
        "en": "This file has changed or gone since it was indexed; index it again.",
    },
    "span": {
        "zh": "字符 {spans} · 文件 SHA-256 {sha256}…",
        "en": "characters {spans} · file SHA-256 {sha256}…",
    },
    "nothing_yet": {
        "zh": "提问后，回答所依据的原文会列在这里。",
        "en": "The passages an answer stands on will be shown here.",
    },
    "documents": {"zh": "文档 {documents} 篇，共 {passages} 段", "en": "Documents: {documents}, passages: {passages}"},
    "more_documents": {"zh": "另有 {count} 篇", "en": "and {count} more"},
    **SERVICE_MESSAGES,
}

# from this confidence on, these words
_BANDS = ((0.75, "sure_high"), (0.5, "sure_fair"), (0.0, "sure_low"))


def message(key: str, language: Language, **values: object) -> str:
    """The message in this language, its {names} filled in."""
    return MESSAGES[key][language].format(**values)


def table(language: Language) -> dict[str, str]:
    """All messages of one language, as they stand."""
    return {key: texts[language] for key, texts in MESSAGES.items()}


def choose_language(accepted: str) -> Language:
    """The language of the page for an Accept-Language header: Chinese of any kind, else English."""
    return "zh" if accepted.strip().lower().startswith("zh") else "en"


def confidence_words(confidence: float, found: bool, language: Language) -> str:
    """How sure an answer is, in words with the figure: never 0 % or 100 %, since it is an estimate."""
    percent = min(99, max(1, int(confidence * 100 + 0.5)))
    if not found:
        return message("unlikely", language, percent=percent)
    key = next(key for least, key in _BANDS if confidence >= least or least == 0.0)
    return message(key, language, percent=percent)
