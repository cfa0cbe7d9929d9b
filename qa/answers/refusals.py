"""What is said beside quotations, in the language of the question: that no answer is found, or which part of it is quoted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .lists import Shown

_NOT_FOUND = {
    "zh": "这些文档中没有找到这个问题的答案。",
    "zh-Hant": "這些文件中沒有找到這個問題的答案。",
    "en": "These documents do not hold an answer to this question.",
    "es": "Estos documentos no contienen la respuesta a esta pregunta.",
    "fr": "Ces documents ne contiennent pas de réponse à cette question.",
    "de": "Diese Dokumente enthalten keine Antwort auf diese Frage.",
    "it": "Questi documenti non contengono la risposta a questa domanda.",
    "pt": "Estes documentos não contêm a resposta a esta pergunta.",
    "ru": "В этих документах нет ответа на этот вопрос.",
    "ja": "これらの文書には、この質問の答えがありません。",
    "ko": "이 문서들에는 이 질문에 대한 답이 없습니다.",
    "ar": "لا تحتوي هذه المستندات على إجابة عن هذا السؤال.",
    "vi": "Các tài liệu này không có câu trả lời cho câu hỏi này.",
    "tr": "Bu belgelerde bu sorunun yanıtı yok.",
}
_ABSENT = {
    "zh": "文档里没有 {names}。",
    "zh-Hant": "文件裡沒有 {names}。",
    "en": "{names} stands nowhere in these documents.",
}
_NOT_FOUND_BY_WORDS = {
    "zh": "向量还在建，先按字面找；按字面没有找到这个问题的答案，建好后再问一次。",
    "zh-Hant": "向量還在建，先按字面找；按字面沒有找到這個問題的答案，建好後再問一次。",
    "en": "Vectors are still being made. By words alone no answer was found; ask again when the index is complete.",
    "es": "Los vectores aún se están creando. Solo por las palabras no se encontró respuesta; pregunte de nuevo más tarde.",
    "fr": "Les vecteurs sont en cours de calcul. Les mots seuls n'ont pas donné de réponse ; reposez la question plus tard.",
    "de": "Die Vektoren entstehen noch. Allein nach den Wörtern wurde keine Antwort gefunden; bitte später noch einmal fragen.",
    "it": "I vettori sono ancora in preparazione. Con le sole parole non è stata trovata una risposta; riprova più tardi.",
    "pt": "Os vetores ainda estão sendo criados. Só pelas palavras não se encontrou resposta; pergunte de novo mais tarde.",
    "ru": "Векторы ещё создаются. Только по словам ответ не найден; спросите ещё раз позже.",
    "ja": "ベクトルはまだ作成中です。言葉だけでは答えが見つかりませんでした。完成後にもう一度お尋ねください。",
    "ko": "벡터를 아직 만드는 중입니다. 단어만으로는 답을 찾지 못했습니다. 완성된 뒤 다시 물어보세요.",
    "ar": "ما زالت المتجهات قيد الإنشاء. لم يُعثر على إجابة بالكلمات وحدها؛ اسأل مرة أخرى لاحقًا.",
    "vi": "Các vectơ vẫn đang được tạo. Chỉ theo từ ngữ thì chưa tìm thấy câu trả lời; hãy hỏi lại sau.",
    "tr": "Vektörler henüz oluşturuluyor. Yalnızca sözcüklerle yanıt bulunamadı; daha sonra yeniden sorun.",
}
_ITEMS = {
    "zh": "（共 {count} 项，这里是第 {first} 至 {last} 项，其余见原文）",
    "zh-Hant": "（共 {count} 項，這裡是第 {first} 至 {last} 項，其餘見原文）",
    "en": "(items {first} to {last} of {count}; the rest stand in the document)",
}
_ROWS = {
    "zh": "（相关的共 {count} 行，列出 {last} 行；没有替你计算）",
    "zh-Hant": "（相關的共 {count} 行，列出 {last} 行；沒有替你計算）",
    "en": "({last} of the {count} rows that bear on this; nothing was computed)",
}
_NO_QUESTION = {
    "zh": "请输入一个问题。",
    "en": "Please ask a question. 请输入一个问题。",
}
_NOTHING_NAMED = {
    "zh": "请写明问的是什么。",
    "zh-Hant": "請寫明問的是什麼。",
    "en": "Please name what you ask about.",
}


def not_found(
    question: str, language: str | None, *, asked: bool = True, absent: Sequence[str] = (), by_words: bool = False
) -> str:
    """The sentence that refuses `question`, in `language` (a code such as "zh" or "en"; None or an unknown one for English).

    `asked` is False for a question that names nothing: no word at all, or only such as "how" and "it". The sentence then asks for
    a question, or for what it is about. `absent` are the identifiers in it that stand nowhere, which the sentence then names.
    `by_words` says that vectors are still being made, so that what is not found now may be later.
    """
    if not asked and has_word(question):
        return _NOTHING_NAMED[script_of(question) if re.search(r"[\u3400-\u9fff]", question) else "en"]
    if not asked:
        return _NO_QUESTION["zh" if re.search(r"[。？！，、…—]", question) else "en"]
    if absent:  # a short question with a code is told by its letters
        han, kana = (re.search(letters, question) for letters in (r"[\u3400-\u9fff]", r"[\u3041-\u30ff]"))
        language = "ja" if kana else "zh" if han else "en" if (language or "zh").startswith("zh") else language
    if language and language.startswith("zh"):
        language = script_of(question)
    if absent and language in _ABSENT:
        return _ABSENT[language].format(names=("、" if language != "en" else ", ").join(absent))
    sentences = _NOT_FOUND_BY_WORDS if by_words else _NOT_FOUND
    return sentences.get(language or "en", sentences["en"])


def told_part(shown: Shown, question: str, language: str) -> str:
    """Which of the items of a list, or how many of the rows of a table, are quoted."""
    if language.startswith("zh"):
        language = script_of(question)
    told = _ROWS if shown.rows else _ITEMS
    return told.get(language, told["en"]).format(first=shown.first, last=shown.last, count=shown.count)


def has_word(question: str) -> bool:
    """Whether `question` holds a letter or a digit."""
    return any(map(str.isalnum, question))


def script_of(question: str) -> str:
    """The code "zh-Hant" if conversion to simplified characters changes `question`, else "zh"."""
    from opencc import OpenCC

    question = question.encode("utf-8", "replace").decode("utf-8")  # OpenCC takes no lone surrogates
    return "zh" if OpenCC("t2s").convert(question) == question else "zh-Hant"
