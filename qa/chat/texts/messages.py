"""The messages of the web chat, in Chinese and in English side by side in one table."""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import Any, Literal

from ...answers.confidence import BANDS as BAND_FLOORS
from ...errors import Language
from ...service.backend import UNLIKELY
from ...service.messages import MESSAGES as SERVICE_MESSAGES
from .documents_messages import DOCUMENTS_MESSAGES

MESSAGES: dict[str, dict[Language, str]] = {
    # the frame
    "title": {"zh": "问问你的文档", "en": "Ask your documents"},
    "intro": {"zh": "逐字引用，不联网", "en": "Quoted word for word, offline"},
    "switch": {"zh": "English", "en": "中文"},
    "new": {"zh": "新对话", "en": "New chat"},
    "menu": {"zh": "菜单", "en": "Menu"},
    "search_talks": {"zh": "搜索对话", "en": "Search conversations"},
    "today": {"zh": "今天", "en": "Today"},
    "yesterday": {"zh": "昨天", "en": "Yesterday"},
    "week": {"zh": "近 7 天", "en": "Last 7 days"},
    "older": {"zh": "更早", "en": "Older"},
    "collections": {"zh": "文档集", "en": "Collections"},
    "back_to_chat": {"zh": "返回对话", "en": "Back to the chat"},
    "keys": {"zh": "快捷键", "en": "Keyboard shortcuts"},
    "keys_list": {
        "zh": "Enter 提问\nShift+Enter 换行\n↑ 修改上一问（输入框为空时）\n/ 跳到输入框\nCtrl+K 搜索对话\nEsc 关闭\n? 显示快捷键",
        "en": "Enter Ask\nShift+Enter New line\n↑ Edit the last question (when the box is empty)\n/ Go to the box\n"
        "Ctrl+K Search conversations\nEsc Close\n? Show this list",
    },
    # the question box
    "placeholder": {"zh": "向你的文档提问", "en": "Ask about your documents"},
    "question": {"zh": "问题", "en": "Question"},
    "send": {"zh": "提问", "en": "Ask"},
    "opening": {
        "zh": "页面还在载入，载入后马上提问",
        "en": "The page is still loading. Your question will be asked as soon as it is ready",
    },
    "attach": {"zh": "添加文件", "en": "Add files"},
    "drop_anywhere": {"zh": "松开即可添加", "en": "Drop to add the files"},
    "scope_all": {"zh": "{name} · 全部 {documents:,} 篇", "en": "{name} · {documents:1 document|all # documents}"},
    "scope_empty": {"zh": "{name} · 还没有文档", "en": "{name} · no documents yet"},
    "scope_some": {"zh": "只查 {names}", "en": "Only {names}"},
    "scope_several": {"zh": "只查选中的 {count} 项", "en": "Only {count} selected"},
    "scope_choose": {"zh": "选择在哪些文档里查找", "en": "Choose which documents to search"},
    "scope_clear": {"zh": "改为查找全部文档", "en": "Search all documents"},
    "welcome": {"zh": "想从文档里知道什么？", "en": "What would you like to know?"},
    "examples": {"zh": "可以这样问", "en": "You could ask"},
    "no_documents": {"zh": "把文件拖到这里", "en": "Drop your files here"},
    "no_documents_phone": {"zh": "添加你的文件", "en": "Add your files"},
    "kinds_read": {
        "zh": "PDF、Word、Excel、PowerPoint、网页、电子书、Markdown、纯文本",
        "en": "PDF, Word, Excel, PowerPoint, web pages, e-books, Markdown, plain text",
    },
    "being_read": {
        "zh": "“{name}”还在处理，完成后即可提问。",
        "en": "“{name}” is being read. You can ask as soon as it is done.",
    },
    "add_first": {"zh": "选择文件", "en": "Choose files"},
    "try_samples": {"zh": "试试示例文档", "en": "Try the sample documents"},
    "unopened": {
        "zh": "这个文档集打不开：{reason}。其他文档集不受影响。",
        "en": "This collection cannot be opened: {reason}. The others still work.",
    },
    # what may go wrong with a question
    "trouble": {"zh": "没能回答：{reason}", "en": "No answer: {reason}"},
    "greeting": {
        "zh": "你好！请直接问文档里的事，比如“{example}”。",
        "en": "Hello! Ask about something in your documents, such as “{example}”.",
    },
    "nothing_named": {
        "zh": "请直接问文档里的事，把要找的人、物或事写出来。",
        "en": "Please ask about something in your documents, and name it.",
    },
    "offline": {
        "zh": "连接中断，正在重连；你的问题已保留。",
        "en": "Connection lost. Reconnecting; your question is kept.",
    },
    # the answer
    "searching": {"zh": "正在查找……", "en": "Searching…"},
    "loading": {"zh": "正在载入模型，完成后马上回答……", "en": "Loading the model; the answer follows as soon as it is ready…"},
    "model_loading": {
        "zh": "正在载入模型。现在就可以提问，完成后马上回答。",
        "en": "The model is loading. Ask now; the answer follows as soon as it is ready.",
    },
    "newer": {"zh": "这是旧版，新版是“{name}”", "en": "An older version; the newer one is “{name}”"},
    "understood": {"zh": "我理解为：{question}", "en": "I understood: {question}"},
    "as_typed": {"zh": "不，按我原话搜", "en": "No, search my words"},
    "quoted_before": {
        "zh": "上面已引用这一处，没有找到别的说明。想问的不是这个？请把问题写完整。",
        "en": "Already quoted above; nothing else was found. Not what you meant? Ask the question in full.",
    },
    "found_by_words": {
        "zh": "文档还在处理，暂时只按字面查找；处理完再问，可能找到更多",
        "en": "Documents are still being processed, so only words were matched. Ask again later to find more",
    },
    "searched_in": {"zh": "只查找了：{names}", "en": "Searched only: {names}"},
    "everywhere": {"zh": "在全部文档里找", "en": "Search all documents"},
    "rephrase": {"zh": "换个说法", "en": "Rephrase"},
    "show_all": {"zh": "展开", "en": "Show all"},
    "sure_high": {"zh": "高把握", "en": "High confidence"},
    "sure_fair": {"zh": "中等把握", "en": "Medium confidence"},
    "sure_low": {"zh": "低把握", "en": "Low confidence"},
    "sure_possible": {"zh": "低把握", "en": "Low confidence"},
    "sure_none": {"zh": "很可能不在这些文档里", "en": "Probably not in these documents"},
    "sure_unclear": {"zh": "不确定文档里有没有", "en": "It may or may not be in these documents"},
    "sure_means": {
        "zh": "估计 {percent}% 的可能答对了。试验中，这一档的回答 {right}% 是对的。",
        "en": "Estimated {percent}% likely to be right. In trials, {right}% of the answers at this level were.",
    },
    "none_means": {
        "zh": "估计文档里有答案的可能是 {percent}%。",
        "en": "Estimated chance that the documents hold the answer: {percent}%.",
    },
    "possible": {"zh": "可能相关，请核对", "en": "Possibly related, please check"},
    "not_found": {"zh": "没有在文档里找到答案。", "en": "I couldn't find this in your documents."},
    "absent": {"zh": "文档里没有出现 {names}。", "en": "{names} does not appear in your documents."},
    "closest": {"zh": "最接近的一段：", "en": "The closest passage:"},
    "quotes_only": {
        "zh": "这里只摘引原文，不概括，也不计算。",
        "en": "Answers are quotations: nothing is summarised or calculated.",
    },
    "same_elsewhere": {"zh": "另有 {count} 处也这样说", "en": "{count:1 more place says|# more places say} the same"},
    "next": {"zh": "接着问", "en": "Ask next"},
    "instead": {"zh": "文档里有答案的问题", "en": "Your documents do answer"},
    "to_card": {"zh": "出处 {number}", "en": "source {number}"},
    "confirmed": {"zh": "有人确认过", "en": "confirmed by a reader"},
    "copy_answer": {"zh": "复制回答", "en": "Copy answer"},
    "helpful": {"zh": "有帮助", "en": "Helpful"},
    "unhelpful": {"zh": "没帮助", "en": "Not helpful"},
    "retry": {"zh": "重试", "en": "Retry"},
    "edit": {"zh": "修改", "en": "Edit"},
    "undo": {"zh": "删除这一问", "en": "Delete question"},
    "editing": {"zh": "提问后将替换上一个问题。", "en": "This will replace the last question."},
    "rephrasing": {
        "zh": "换个说法再问；框里原来的内容会放回来。",
        "en": "Ask it in other words. What you were typing comes back afterwards.",
    },
    "cancel": {"zh": "取消", "en": "Cancel"},
    "rated": {"zh": "已记下评价。", "en": "Thanks, noted."},
    # the cited passages
    "sources": {"zh": "出处", "en": "Sources"},
    "nearest": {"zh": "最接近的段落", "en": "Closest passages"},
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
    "unit_attachment": {"zh": "附件 {number} {name}", "en": "attachment {number} {name}"},
    "unit_file": {"zh": "压缩包中第 {number} 个文件 {name}", "en": "file {number} {name}"},
    "unit_cell": {"zh": "第 {number} 个单元", "en": "cell {number}"},
    "unit_time": {"zh": "时间 {name}", "en": "at {name}"},
    "check": {"zh": "核对信息", "en": "Verify"},
    "by_words": {"zh": "主要凭字面匹配", "en": "Found mostly by its words"},
    "by_meaning": {"zh": "主要凭意思相近", "en": "Found mostly by its meaning"},
    "by_both": {"zh": "字面和意思都相近", "en": "Found by words and meaning alike"},
    "share_title": {"zh": "字面 {words}%，意思 {meaning}%", "en": "words {words}%, meaning {meaning}%"},
    "open": {"zh": "打开原文", "en": "Open"},
    "copy": {"zh": "复制引文", "en": "Copy quotation"},
    "copied": {"zh": "已复制", "en": "Copied"},
    "not_copied": {"zh": "没能复制", "en": "Could not copy"},
    "context": {"zh": "上下文", "en": "Context"},
    "quotation": {"zh": "“{quote}”——{source}，{place}", "en": "“{quote}” ({source}, {place})"},
    "changed": {
        "zh": "这个文件后来改动过或已不在原处，请到“管理文档”里重新读取。",
        "en": "This file has changed or moved since it was read. Read it again under “Manage documents”.",
    },
    "span": {"zh": "字符 {spans}，文件 SHA-256 {sha256}", "en": "characters {spans}, file SHA-256 {sha256}"},
    "nothing_yet": {"zh": "回答引用的原文会显示在这里。", "en": "The passages behind an answer appear here."},
    # conversations
    "export_markdown": {"zh": "导出 Markdown", "en": "Export Markdown"},
    "export_html": {"zh": "导出网页", "en": "Export HTML"},
    "nothing_to_export": {"zh": "还没有可以导出的对话。", "en": "There is nothing to export yet."},
    "exported": {"zh": "导出于 {time}", "en": "Exported {time}"},
    "export_span": {
        "zh": "字符 {start}–{end}，文件 SHA-256 {sha256}",
        "en": "characters {start}–{end}, file SHA-256 {sha256}",
    },
    "no_conversations": {"zh": "提问之后，对话会列在这里。", "en": "Your conversations will be listed here."},
    "kept_in_browser": {"zh": "对话只保存在这个浏览器里。", "en": "Conversations are kept in this browser only."},
    "kept_on_disk": {
        "zh": "对话保存在这个浏览器里，也保存在运行程序的电脑上：{folder}",
        "en": "Conversations are kept in this browser and on the computer that runs the program: {folder}",
    },
    "rename_named": {"zh": "重命名对话：{title}", "en": "Rename the conversation: {title}"},
    "new_title": {"zh": "对话名称", "en": "Name of the conversation"},
    "delete_named": {"zh": "删除对话：{title}", "en": "Delete the conversation: {title}"},
    "talk_deleted": {"zh": "已删除对话“{title}”。", "en": "Deleted “{title}”."},
    # settings
    "settings": {"zh": "设置", "en": "Settings"},
    "set_k": {"zh": "相关段落显示几条", "en": "Related passages to show"},
    "set_k_help": {"zh": "只影响列出多少段落，不影响答案。", "en": "Changes how many are listed, not the answer."},
    "set_caution": {"zh": "没有把握时", "en": "When unsure"},
    "set_caution_help": {
        "zh": "把握不足时，是给出可能的答案，还是说没找到。{means}",
        "en": "Whether to give a possible answer or to say that nothing was found. {means}",
    },
    "caution_bold": {"zh": "多回答", "en": "Answer more often"},
    "caution_balanced": {"zh": "适中", "en": "Balanced"},
    "caution_cautious": {"zh": "宁缺毋滥", "en": "Only when sure"},
    "caution_means": {
        "zh": "试验结果：找对了的答案，{good}% 会给出；文档里其实没有答案的问题，{bad}% 也会给出可能的答案。",
        "en": "In trials it gave {good}% of the right answers, and an answer to {bad}% of the questions without one.",
    },
    "set_language": {"zh": "界面语言 · Language", "en": "Language · 界面语言"},
    "set_language_help": {"zh": "只改变界面；用什么语言提问都可以。", "en": "For the page only. You can ask in any language."},
    "language_auto": {"zh": "与浏览器一致", "en": "Match browser"},
    "language_zh": {"zh": "中文", "en": "中文"},
    "language_en": {"zh": "English", "en": "English"},
    "set_theme": {"zh": "外观", "en": "Appearance"},
    "set_theme_help": {"zh": "浅色或深色。", "en": "Light or dark."},
    "theme_system": {"zh": "与系统一致", "en": "Match system"},
    "theme_light": {"zh": "浅色", "en": "Light"},
    "theme_dark": {"zh": "深色", "en": "Dark"},
    "settings_kept": {"zh": "设置保存在这个浏览器里。", "en": "Settings are kept in this browser."},
    **SERVICE_MESSAGES,
    **DOCUMENTS_MESSAGES,
}

Band = Literal["high", "fair", "low", "possible"]

# The least confidence of each band, and what was right in it, in percent, of the first quotations to real questions; an answer
# below POSSIBLE is more likely wrong than right, and is shown as a passage to be checked.
POSSIBLE = BAND_FLOORS["low"]
BANDS: tuple[tuple[float, Band, int], ...] = (
    (BAND_FLOORS["high"], "high", 94),
    (BAND_FLOORS["fair"], "fair", 78),
    (POSSIBLE, "low", 58),
    (0.0, "possible", 41),
)


def message(key: str, language: Language, **values: object) -> str:
    """The message `key` in `language`, with `values` for its {names}; {count:1 file|# files} is the one or the other."""
    return _FORMATTER.vformat(MESSAGES[key][language], (), values)


class _Formatter(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        one, several, many = format_spec.partition("|")
        return (one if value == 1 else many.replace("#", f"{value:,}")) if several else format(value, format_spec)


_FORMATTER = _Formatter()


def listed(names: Iterable[str], language: Language) -> str:
    """`names` one after another, as a sentence has them."""
    return ("、" if language == "zh" else ", ").join(names)


def band_of(confidence: float) -> Band:
    """The band of a found answer's `confidence`, 0 to 1."""
    return next(band for least, band, _ in BANDS if confidence >= least or least == 0.0)


def confidence_words(confidence: float, found: bool, language: Language) -> tuple[str, str]:
    """An answer's `confidence` (0 to 1) in a few words, and what they mean with the percentage.

    The percentage is never 0 or 100, since it is an estimate.
    """
    percent = min(99, max(1, int(confidence * 100 + 0.5)))
    if not found:
        key = "sure_none" if confidence < UNLIKELY else "sure_unclear"
        return message(key, language), message("none_means", language, percent=percent)
    band = band_of(confidence)
    right = next(right for _, name, right in BANDS if name == band)
    return message(f"sure_{band}", language), message("sure_means", language, percent=percent, right=right)
