"""The page in a real browser, over documents and questions that mean it ill; and what axe-core finds in each of its states.

Skipped where playwright or Chromium is missing; with REQUIRE_BROWSER=1 in the environment that is a failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from chat_helpers import free_port
from test_browser import BOX, DESKTOP, PHONE, Visit, browser  # noqa: F401
from tiny import TinyEncoder

from qa.chat.page.page import build_chat
from qa.chat.serving.server import launch_chat
from qa.collections.library import Library
from qa.service.backend import Backend

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::Warning:gradio")]

RUN = "document.title='owned';window.owned=1"
MARKUP = (
    f'<script>{RUN}</script><img src=http://example.invalid/a.png onerror="{RUN}"><svg onload="{RUN}">'
    "<iframe src=//example.invalid></iframe></blockquote></article></section></dialog><style>*{display:none}</style>"
    "<base href=//example.invalid><form action=//example.invalid>"
)
TEMPLATE = f"`${{{RUN}}}` {{{{{RUN}}}}} \\${{{RUN}}} ![图](http://example.invalid/b.png) [link](javascript:{RUN}) $$x$$ &lt;b&gt;"
BIDI = "账户\u202e余额\u202d共\u2066一百\u2069元\u200f\u061c。"
INVISIBLE = "密\u200b码\ufeff是\u2060零\u00ad宽\U000e0041。"
LONG_WORD = "W" * 5000
DOCUMENTS = {
    "<img src=x onerror=window.owned=1>.txt": f"洪水的记录。{MARKUP}洪水高十米。\n",
    "a`${window.owned=1}.md": f"# 标题 {MARKUP}\n\n{TEMPLATE} 大坝建成于1950年。\n",
    "\u202etxt.exe.txt": f"{BIDI}\n{INVISIBLE}\n",
    "page.html": f'<p>网页里的水库蓄水三百吨。</p><script>{RUN}</script><p onclick="{RUN}">&lt;script&gt;{RUN} 归村。</p>',
    "long.txt": f"超长的单词 {LONG_WORD} 到此为止。\n",
    "plain.txt": "医生徐德纯救治了71名病人。他彻夜未眠。\n桥梁在1987年建成。\n",
}
QUESTIONS = [
    "洪水高多少？",
    f"大坝建成于哪年？{TEMPLATE}",
    f"水库 {MARKUP}",
    f"余额{BIDI}",
    f"密码是什么{INVISIBLE}",
    f"单词 {LONG_WORD[:1900]}",
]
NO_ANSWER = "quxq zzyzx"
PATIENCE = 300_000  # milliseconds, for what is done in other processes
PARTS = "#conversation, #cards, #reader, #documents-list, #past, #activity"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, browser: Any, one_line_a_passage: None) -> Iterator[str]:
    """The chat over the documents, with all that a library brings."""
    folder = tmp_path_factory.mktemp("hostile")
    seeds = folder / "seeds"
    seeds.mkdir()
    for name, text in DOCUMENTS.items():
        (seeds / name).write_text(text, encoding="utf-8")
    library = Library(folder / "home", seeds, folder / "index", encoder=TinyEncoder())
    library.prepare()
    backend = Backend(library).open()
    page = build_chat(backend, library.home, keep_history=True)
    yield launch_chat(page, "127.0.0.1", free_port(), backend=backend)
    page.close(verbose=False)
    library.close()


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    """Opens pages; afterwards none of them may have been taken over, gone beyond this machine, or failed."""
    visits: list[tuple[Visit, list[str]]] = []

    def open_page(locale: str = "zh-CN", size: Any = DESKTOP, scheme: Any = "light") -> Visit:
        opened = Visit(browser, address, locale, size, scheme)
        complaints: list[str] = []
        opened.page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        opened.page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
        visits.append((opened, complaints))
        return opened

    yield open_page
    for opened, complaints in visits:
        assert opened.page.evaluate("window.owned") is None
        assert "owned" not in opened.page.title()
        opened.context.close()
        assert opened.hosts() == {"127.0.0.1"}
        assert opened.errors == []
        assert complaints == []  # nothing even tried: what is only stopped by the policy was markup


def narrow(opened: Visit) -> bool:
    return opened.page.viewport_size["width"] < 1000  # type: ignore[index]


def show(opened: Visit, view: str) -> None:
    """Show the documents or the settings."""
    if narrow(opened):
        opened.page.click("#top [data-do=rail]")
    opened.page.click(f"[data-do=show_{view}]")
    opened.page.wait_for_selector(f"html[data-open~={view}]")


def back(opened: Visit) -> None:
    opened.page.locator("[data-do=back]:visible").click()
    opened.page.wait_for_selector("html[data-open='']")


def open_reader(opened: Visit) -> None:
    if narrow(opened):
        opened.page.click("#top [data-do=sources]")
    opened.page.locator("#cards .card [data-do=open]").first.click()
    opened.page.wait_for_selector(".reader .reader-body")


def close_reader(opened: Visit) -> None:
    opened.page.keyboard.press("Escape")
    opened.page.wait_for_function("!document.querySelector('.reader')")
    if narrow(opened):
        opened.page.keyboard.press("Escape")
        opened.page.wait_for_selector("html[data-open='']")


@pytest.mark.parametrize(("locale", "size"), [("zh-CN", DESKTOP), ("en-GB", PHONE)])
def test_hostile_documents_and_questions_stay_text(visit: Any, locale: str, size: Any) -> None:
    opened = visit(locale, size)
    page = opened.page
    elements = page.locator(PARTS).locator("script, iframe, svg[onload], img[onerror], style, base, form, a[href^=javascript]")
    for question in QUESTIONS:
        opened.ask(question)
        assert question in (page.locator("#conversation .user-row").last.text_content() or "")
        assert elements.count() == 0
        assert opened.overflow() == 0
        open_reader(opened)
        assert elements.count() == 0
        close_reader(opened)
    for view in ("options", "library"):
        show(opened, view)
        assert elements.count() == 0
        assert opened.overflow() == 0
        if view == "options":
            back(opened)
    listed = page.locator("#documents-list").text_content()
    for name in DOCUMENTS:
        assert name.replace("\u202e", "") in listed.replace("\u202e", "")


# the characters of a part that are seen, as they are read: from line to line, each from left to right
READ = """part => {
  const seen = []
  const walk = document.createTreeWalker(part, NodeFilter.SHOW_TEXT)
  for (let node; (node = walk.nextNode());) [...node.data].forEach((char, at) => {
    const range = document.createRange()
    range.setStart(node, at)
    range.setEnd(node, at + 1)
    const { left, bottom, width } = range.getBoundingClientRect()
    if (width > 0) seen.push([char, Math.round(bottom / 8), left])
  })
  return seen.sort((one, other) => one[1] - other[1] || one[2] - other[2]).map(one => one[0]).join('')
}"""


def test_what_turns_the_direction_of_text_is_shown_and_turns_nothing(visit: Any) -> None:
    opened = visit()
    page = opened.page
    opened.ask("账户余额")
    read = "账户余额共一百元"
    assert read in page.locator("#conversation .said").last.evaluate(READ)
    assert read in page.locator("#cards blockquote", has_text="账户").first.evaluate(READ)
    assert "\u202e余额\u202d共\u2066一百\u2069元" in page.locator("#conversation .said").last.text_content()  # as it is copied
    mark = page.locator("#conversation .said bdi.turning").first
    assert mark.evaluate("part => getComputedStyle(part, '::before').content") == '"⟨U+202E⟩"'
    assert mark.bounding_box()["width"] > 20
    open_reader(opened)
    assert read in page.locator("#reader .reader-body p", has_text="账户").first.evaluate(READ)
    assert "txt.exe.txt" in page.locator("#reader h2").evaluate(READ)


def test_hostile_files_can_be_put_in(visit: Any, tmp_path: Path) -> None:
    opened = visit()
    page = opened.page
    show(opened, "library")
    hostile = [
        {
            "name": "<svg onload=window.owned=1>.md",
            "mimeType": "text/html",
            "buffer": f"# {MARKUP}\n\n仓库里有粮食九吨。\n".encode(),
        },
        {
            "name": "${window.owned=1}.html",
            "mimeType": "text/html",
            "buffer": f"<title>{MARKUP}</title><p>码头长两百米。</p>".encode(),
        },
        {"name": "archive.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n" + b"\x00<script>" * 100},
    ]
    page.wait_for_selector(
        "#documents-list tbody tr"
    )  # the panel is drawn: before, it does not yet know whom to tell of the files
    page.set_input_files("#add-files input[type=file]", hostile)
    # each file is read in a process of its own, which takes as long as it takes on a busy machine
    page.wait_for_function(
        "document.querySelector('#activity').textContent.includes('2 个可以提问，1 个没有成功')", timeout=PATIENCE
    )
    told = page.locator("#activity").text_content() or ""
    assert page.locator("#activity li").count() == 1
    assert "PDF 已损坏" in told
    back(opened)
    opened.ask("仓库里有粮食多少吨？")
    assert "九吨" in (page.locator("#cards").text_content() or "")
    assert page.locator(PARTS).locator("script, iframe, svg[onload], style").count() == 0


def test_a_question_of_a_megabyte_is_refused_and_the_page_goes_on(visit: Any) -> None:
    opened = visit()
    page = opened.page
    type_in = """([name, length]) => {  // at once: typing takes the browser a minute
        const box = document.querySelector(name)
        Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(box, '长'.repeat(length))
        box.dispatchEvent(new Event('input', { bubbles: true }))
    }"""
    page.evaluate(type_in, [BOX, 1_000_000])
    page.press(BOX, "Enter")
    page.wait_for_function("/2000|1 MB/.test(document.body.innerText)")
    assert page.locator("#conversation .bot").count() == 0
    assert page.evaluate("name => document.querySelector(name).value.length", BOX) == 1_000_000
    page.evaluate(type_in, [BOX, 0])
    assert "71" in opened.ask("医生徐德纯救治了多少病人？")


# -- accessibility --------------------------------------------------------------------------------------------------------


def findings(opened: Visit, state: str) -> list[str]:
    """What axe-core calls serious or critical, one line each."""
    if not opened.page.evaluate("() => 'axe' in window"):
        opened.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
    found = opened.page.evaluate("axe.run(document)")
    assert len(found["passes"]) > 20
    return [
        f"{state}: {violation['id']}: {node['target']} {node['failureSummary'][:200]!r}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize(
    ("locale", "scheme", "size"),
    [("zh-CN", "light", DESKTOP), ("en-GB", "dark", DESKTOP), ("zh-CN", "dark", PHONE), ("en-GB", "light", PHONE)],
)
def test_axe_finds_nothing_serious(visit: Any, locale: str, scheme: str, size: Any) -> None:
    opened = visit(locale, size, scheme)
    found = findings(opened, "empty")
    opened.page.press(BOX, "Enter")
    opened.page.wait_for_selector("#note [role=alert]")
    found += findings(opened, "refused")
    opened.ask("医生徐德纯救治了多少病人？")
    found += findings(opened, "answered")
    if narrow(opened):
        opened.page.click("#top [data-do=sources]")
    opened.page.locator("#cards [data-do=context]").first.click()
    found += findings(opened, "context shown")
    if narrow(opened):
        opened.page.keyboard.press("Escape")
        opened.page.wait_for_selector("html[data-open='']")
        opened.page.click("#top [data-do=rail]")
        found += findings(opened, "rail")
        opened.page.keyboard.press("Escape")
        opened.page.wait_for_selector("html[data-open='']")
    else:
        opened.page.hover("#ref-1-1")
    open_reader(opened)
    if narrow(opened):
        opened.page.click(".reader [data-do=tools]")
    found += findings(opened, "reader")
    close_reader(opened)
    opened.ask(NO_ANSWER)
    found += findings(opened, "not found")
    opened.page.click("#chip [data-do=menu]")
    found += findings(opened, "menu")
    opened.page.keyboard.press("Escape")
    for view in ("library", "options"):
        show(opened, view)
        found += findings(opened, view)
        back(opened)
    assert "\n".join(found) == ""


def test_the_page_of_the_api_is_drawn_from_this_machine_alone(visit: Any) -> None:
    opened = visit("en-GB")
    page = opened.page
    page.goto(page.url + "docs")
    page.wait_for_selector(".opblock")
    told = {path.replace("\u200b", "") for path in page.locator(".opblock-summary-path").all_inner_texts()}
    assert told >= {"/api/ask", "/api/documents", "/api/search", "/v1/chat/completions", "/retrieval"}
    page.click("#operations-ask-documents_api_documents_get button.opblock-summary-control")
    page.click("button.try-out__btn")
    page.click("button.execute")
    page.wait_for_selector(".live-responses-table tbody .response-col_status")
    assert page.locator(".live-responses-table tbody .response-col_status").first.inner_text().startswith("200")
    assert "plain.txt" in page.locator(".live-responses-table tbody .response-col_description").first.inner_text()
