"""Why something was not done, in Chinese: the errors of the package are lines of English, and the page has two languages.

A reason that is not in the table is shown as it is.
"""

from __future__ import annotations

import re

from ...errors import CodedError
from .messages import Language

# The end of a line in English, and what it is in Chinese.
_TABLE: tuple[tuple[str, str], ...] = (
    # files that are not read
    ("is encrypted; save it without a password", "文件有密码；请去掉密码后另存"),
    ("is a damaged PDF; save or print it to PDF again", "PDF 已损坏；请重新保存或打印成 PDF"),
    (r"has a damaged page (\d+); .*", r"第 \1 页已损坏；请重新保存或打印成 PDF"),
    ("has no text, only images; .*", "只有图像，没有文字；安装文字识别后再试：pip install rapidocr==3.10.0"),
    ("is an image; .*", "是图像；安装文字识别后再试：pip install rapidocr==3.10.0"),
    ("has no text, and none is recognised in its images; .*", "没有文字，图像里也认不出文字；请另写一份文字说明"),
    ("is an image without text that can be recognised; .*", "图像里认不出文字；请另写一份文字说明"),
    ("is a damaged image or too large; save it again", "图像已损坏或过大；请重新保存"),
    (r"has over (\d+) megapixels; make it smaller", r"超过 \1 百万像素；请缩小"),
    ("is Rich Text; save it as .docx or .pdf", "是 RTF 格式；请另存为 .docx 或 .pdf"),
    ("is of Word 97-2003; save it as .docx", "是 Word 97-2003 格式；请另存为 .docx"),
    ("is of PowerPoint 97-2003; save it as .pptx", "是 PowerPoint 97-2003 格式；请另存为 .pptx"),
    ("is an old Office container of another kind; .*", "是另一种旧的 Office 文件；请另存为 .docx、.xlsx 或 .pdf"),
    ("is a ZIP archive; unpack it and put what it holds there", "是 ZIP 压缩包；请解压后放入里面的文件"),
    (r"is a damaged container.*; .*", "文件已损坏；请用原来的程序重新保存"),
    (r"is no (.+) file, whatever its name says; .*", r"不是 \1 文件，尽管文件名这样写；请重新保存或删除"),
    (r"(\S+) is not a kind that is read; .*", r"不读 \1 这种文件；请另存为 .txt、.pdf、.docx 或 .html"),
    ("is protected against copying; .*", "有版权保护，只能用书店自己的程序打开"),
    ("names no book in its container; .*", "电子书里找不到正文；请重新转换成 EPUB"),
    (r"has a chapter (.+) that .*", r"章节 \1 读不了；请重新转换成 EPUB"),
    ("holds no page; save it again as .html", "里面没有网页；请重新保存为 .html"),
    (r"(?:lacks its (?:part|slide)|has a (?:damaged )?part) ?.*", "文件不完整；请用原来的程序重新保存"),
    (r"is no table of values .*", "不是表格；请重新保存为 .csv"),
    (r"(?:has|holds) over (\d+) (pages|slides|rows|members|characters); .*", r"超过上限（\1）；请拆分，或在 QA_LIMITS 里提高 \2"),
    (r"is nested over (\d+) elements deep; .*", r"嵌套超过 \1 层，不是供人阅读的文档"),
    ("is over (.+) MiB; .*", r"超过 \1 MiB；请拆分，或在 QA_LIMITS 里提高 file_mb"),
    (r"took over (\d+) s to read; .*", r"读了 \1 秒还没有读完；请拆分，或在 QA_LIMITS 里提高 seconds"),
    ("takes too much memory to read; .*", "读它要用的内存太多；请拆分，或在 QA_LIMITS 里提高 memory_mb"),
    (r"made its reader fail .*", "读取时出错（内存不足或文件损坏）；请重新保存或拆分"),
    (r"cannot be read \(.*\); save it again or convert it", "读不了；请重新保存或转换格式"),
    (r"needs the package (\S+); .*", r"需要安装 \1：pip install -r requirements.txt"),
    (r"starts as (.+) but byte (\d+) is not; save it as UTF-8 text", r"开头是 \1 编码，第 \2 字节却不是；请另存为 UTF-8 文本"),
    (r"is not UTF-8 \(byte (\d+)\) and no other encoding gives readable text; save it as UTF-8 text",
     r"不是 UTF-8（第 \1 字节），别的编码也读不通；请另存为 UTF-8 文本"),
    ("holds NUL bytes, so it is not a text file; save it as UTF-8 text", "含有 NUL 字节，不是文本文件；请另存为 UTF-8 文本"),
    ("is empty; put text into it", "是空文件"),
    ("No space left on device; .*", "磁盘已满；请腾出空间"),
    ("Permission denied; .*", "没有权限；请检查文件的权限"),
    ("changes while it is read; .*", "读取时文件正在改动；请等它写完"),
    (r"(.+); check the file and its permissions", r"读不了（\1）；请检查文件及其权限"),
    (r"(.+); it was not added, free some space or check permissions", r"没有放入（\1）；请腾出空间或检查权限"),
    ("(?:no such file or folder|is neither a folder nor a plain file); name the folder .*",
     "没有这个文件夹；请指明文档所在的文件夹"),
    ("is the folder of an index; name the folder .*", "这是索引的文件夹；请指明文档所在的文件夹"),
    (r"(.+); name the folder that holds your documents", r"打不开（\1）；请指明文档所在的文件夹"),
    (r"(.+); the folder was not read, .*", r"文件夹没有读（\1）；请检查权限和其中的文件"),
    ("is .+, passed over; put a copy .*", "不是普通文件，略过；请放入文件的副本"),
    ("preparing .+ needs sentence-transformers: .*", "备模型要用 sentence-transformers：pip install -r requirements.txt"),
    (r"lies inside (.+), which is read as well; name one of the two", r"在 \1 之内，而后者也要读；请只写其中一个"),
    ("no source was named; .*", "没有指明文档；请指明文档所在的文件夹"),
    # the index and the model
    (r"was built with the model (\S+), not (\S+); rebuild it with: (.+)", r"索引是用模型 \1 建的，不是 \2；请重建：\3"),
    (r"was built with another version of the model (\S+) .*; rebuild it with: (.+)", r"索引是用另一版模型 \1 建的；请重建：\2"),
    (r"was built with tokenizer .*; rebuild it with: (.+)", r"索引是用另一版分词和分段建的；请重建：\1"),
    (r"was made by a newer version of this program .*; update the program, or rebuild it with: (.+)",
     r"索引是更新的版本建的；请更新程序，或重建：\1"),
    (r"was made by an older version of this program .*; rebuild it with: (.+)", r"索引是旧版本建的；请重建：\1"),
    (r"(\S+) has (\d+) bytes, not (\d+); rebuild it with: (.+)", r"索引的 \1 有 \2 字节，应为 \3；请重建：\4"),
    (r"(\S+) is not what was written; rebuild it with: (.+)", r"索引的 \1 已损坏；请重建：\2"),
    (r"(.+); rebuild it with: (.+)", r"索引不能用（\1）；请重建：\2"),
    ("is a file, not the folder of an index; .*", "这是文件，不是索引的文件夹；请指明索引所在的文件夹"),
    ("is no question; give it as text", "不是问题；请给出文字"),
    ("is no document's name; .*", "不是文档的名称；请给出文档名称"),
    ("is no earlier question or answer; .*", "不是先前的问题或回答；请给出文字或回答"),
    (r"holds no index; make one with: (.+)", r"没有索引；请建立：\1"),
    (r"cannot be read; (python .+) makes the index anew", r"读不了；请重建索引：\1"),
    (r"(.+); (python .+) makes the index anew", r"索引已损坏（\1）；请重建：\2"),
    ("another build of this index is running; .*", "这个索引正在另处建立；请等它结束"),
    (r"(.+); the index was not written and what was there is unchanged; .*",
     r"索引没有写成（\1），原来的没有变；请腾出空间、检查权限或另选文件夹"),
    (r"holds other files \((.+)\) and no index; .*", r"里面有别的文件（\1），不是索引；请另选一个空文件夹"),
    (r"holds no document that can be read.*; put documents there", "没有读得了的文档；请放入文档"),
    ("holds no paragraph with a letter or a digit; .*", "文档里没有文字；请放入有文字的文档"),
    ("the prepared model cannot be (?:loaded|read back); delete the folder .*",
     "备好的模型打不开；请删除这个文件夹，它会重新生成"),
    (r"(.+); the prepared model needs 700 MB there, or set QA_CACHE to another folder",
     r"备模型时出错（\1）；那里要有 700 MB 空间，或用 QA_CACHE 另选文件夹"),
    (r"is not on this machine and cannot be fetched .*", "这台机器上没有这个模型，也取不到；请联网一次，或不用 --model"),
    (r"holds no sentence-transformers model .*; name another folder", "不是 sentence-transformers 模型；请另选文件夹"),
    ("no such folder; name a sentence-transformers folder .*", "没有这个模型文件夹；请另选"),
    (r"has no fast tokenizer .*; take another model", "这个模型没有快速分词器；请换一个模型"),
    (r"cannot be (?:written as ONNX|loaded by sentence-transformers) .*; take another model", "这个模型不能用；请换一个模型"),
    (r"the prepared form does not agree with the model .*", "备好的模型与原模型不一致；请换一个模型"),
    (r"(\w+): (.*); the index is as it was, try again", r"程序出错（\1：\2）；索引没有变，请再试一次"),
    ("is no longer there; add it again", "文件已不在；请重新放入"),
    # the reader
    ("has no pages; see its text instead", "没有页面；请看文字"),
    ("is gone or has changed since it was indexed; see its text instead", "文件已不在或已改动；请看文字"),
    (r"cannot be (?:opened as a PDF|drawn.*); see its text instead", "画不出页面；请看文字"),
    ("holds no text to read; look at the file itself", "没有可读的文字；请看文件本身"),
    ("no document (?:and no folder )?of this index; .*", "文档集里没有这篇文档"),
    # collections
    ("holds no documents yet; add some first", "还没有文档；请先放入文件"),
    ("documents are being indexed; ask again in a moment", "文档正在建索引；请稍后再问"),
    ("its documents are not indexed yet; ask again in a moment", "文档还没有建好索引；请稍后再问"),
    ("there is no such collection; choose another", "没有这个文档集；请另选"),
    ("there is a collection of this name already; type another", "已有同名的文档集；请换一个名称"),
    ("a collection's name is one line without unseen characters; type another", "名称只能是一行看得见的文字；请换一个"),
    (r"a collection's name has 1 to (\d+) characters; type another", r"名称要有 1 到 \1 个字；请换一个"),
    ("is being indexed; delete it when that is done", "正在建索引；请等它结束再删除"),
    ("this collection is no longer in the trash; make a new one", "这个文档集已不在回收站里；请新建"),
    ("none of these documents is in the collection any more; look at the list again", "这些文档已不在文档集里；请再看一下列表"),
    ("is no longer in the trash; add it again", "已不在回收站里；请重新放入"),
    ("is in use by another program; try again", "正被另一个程序使用；请再试一次"),
    ("the first collection is made of your own folder .*", "第一个文档集是你自己的文件夹，不能删除；可以移除其中的文档"),
    (r"(.+); it was not deleted, try again later", r"没有删除（\1）；请稍后再试"),
    (r"(.+); nothing was changed", r"没有办成（\1），什么也没有改动"),
    (r"(.+); choose another folder with --home", r"用不了（\1）；请用 --home 另选文件夹"),
    (r"(.+); delete the file to have the collection without what it says", r"记录读不了（\1）；删除这个文件后，文档集仍可用"),
)  # fmt: skip
_PATTERNS = tuple((re.compile(rf"(?P<name>.*?: )?{english}", re.DOTALL), chinese) for english, chinese in _TABLE)


def reason_in_words(reason: object, language: Language) -> str:
    """A reason in the page's language; the name that it begins with stays."""
    text = reason.told(language) if isinstance(reason, CodedError) else str(reason)
    if language != "zh":
        return text
    if isinstance(reason, CodedError) and reason.told("zh") != text:
        return reason.told("zh")
    for pattern, chinese in _PATTERNS:
        if found := pattern.fullmatch(text):
            # \1 in the table is the first group after the name
            told = re.sub(r"\\(\d)", lambda number, found=found: found[int(number[1]) + 1] or "", chinese)  # type: ignore[misc]
            return (found["name"] or "").replace(": ", "：") + told
    return text
