"""Sentences of a document that order a language model about: what stands in them supports nothing that a model writes.

They are found by their wording, a list that is never whole. It is a second line of defence: that the quotations are data is said
in the prompt, and what is beside the question is struck out anyway. A harmless sentence that is taken for one loses a true
sentence of a summary, no more.
"""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[^。！？!?\n.]++(?:\.(?!\s|\Z)[^。！？!?\n.]*+)*+[。！？!?\n.]*+|[。！？!?\n.]++")
_ORDER = re.compile(
    r"(?:忽略|无视|忘记|忘掉|不要理会|不必理会|不用管|抛开|推翻)[^。\n]{0,20}(?:指令|指示|提示|规则|要求|设定|约束|限制|以上|上文|上述|之前|前面)"
    r"|(?:只|仅|直接|务必|必须|一律)[^。，,\n]{0,6}(?:回答|回复|答复|输出|答道)"
    r"|(?:请|必须|应|要|须|务必)[^。\n]{0,12}(?:告诉|转告|提醒|建议)[^。\n]{0,4}(?:用户|读者|提问)"
    r"|(?:回答|总结|摘要|答案|答复|回复)(?:中|里|时|的?末尾|的?开头|的?结尾|必须|应当?|须|要)[^。\n]{0,12}(?:写|说|称|加|包含|注明|提到|附|推荐|是|为)"
    r"|你(?:现在|从现在起|今后)?(?:扮演|就是|不再是|是一(?:个|名|位|只))|从现在(?:起|开始)"
    r"|(?:模型|助手|机器人|人工智能|\bai\b)[^。\n]{0,8}(?:请|必须|应|须|要|注意)|系统提示|提示词|开发者模式"
    r"|\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}"
    r"\b(?:instructions?|prompts?|rules?|directions?|above|previous|prior|earlier|quotations?|question)\b"
    r"|\b(?:reply|respond|answer|output|print|say|write|state)\b[^.\n]{0,20}\b(?:only|exactly|just|instead|with the words)\b"
    r"|\b(?:only|just|instead) (?:reply|respond|answer|output|print|say|write)\b|\btell the (?:user|reader)\b"
    r"|\b(?:in|of|to) (?:your|the|any) (?:answer|summary|reply|response)\b|\byou are (?:now|no longer)\b|\bfrom now on\b"
    r"|\b(?:act as|pretend)\b|\b(?:models?|assistants?|chatbots?|ai)\b[^.\n]{0,8}\b(?:must|should|shall|please)\b"
    r"|\bsystem prompt\b|\bdeveloper mode\b"
    r"|\bif you(?:'re| are)\b[^.\n]{0,30}\b(?:summari[sz]\w*|answering|model|assistant|ai)\b",
    re.IGNORECASE,
)


def without_orders(text: str) -> str:
    """`text` without the sentences that order a language model about."""
    return "".join(sentence for sentence in _SENTENCE.findall(text) if not _ORDER.search(sentence))
