"""Documents and the reader as a person meets them: files dropped in, read, asked about, taken out; citations opened.

A real browser, the page over collections whose encoder needs no model.
"""

from __future__ import annotations

import base64
import io
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chat_helpers import free_port
from openpyxl import Workbook
from reportlab.pdfgen.canvas import Canvas
from test_browser import DESKTOP, PHONE, Visit, browser, closing_with
from tiny import TinyEncoder

from qa.chat.page.page import build_chat
from qa.chat.serving.server import launch_chat
from qa.collections.library import Library
from qa.service.backend import Backend

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::Warning:gradio")]

__all__ = ["browser"]  # the fixture

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> 戊。"
NAME = "甲<b>乙.txt"


def library_in(folder: Path, seeds: Path) -> Library:
    library = Library(folder / "home", seeds, folder / "index", encoder=TinyEncoder())
    library.prepare()
    return library


@pytest.fixture(scope="module")
def chat(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backend, str]]:
    """A chat that is served, and its address: one for all tests, each of which puts a library of its own behind it."""
    folder = tmp_path_factory.mktemp("chat")
    library = library_in(folder, corpus)
    backend = Backend(library).open()
    page = build_chat(backend, folder / "home")
    yield backend, launch_chat(page, "127.0.0.1", free_port(), backend=backend)
    page.close(verbose=False)
    library.close()


@pytest.fixture
def shelves(
    browser: Browser, corpus: Path, tmp_path: Path, chat: tuple[Backend, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Library, Any]]:
    """A library and what opens pages of the chat over it; none of them may go beyond this machine or fail."""
    seeds = Path(shutil.copytree(corpus, tmp_path / "seeds"))
    (seeds / NAME).write_text(f"坏人写的文档。{HOSTILE}\n")
    library = library_in(tmp_path, seeds)
    backend, address = chat
    monkeypatch.setattr(backend, "library", library)
    visits: list[Visit] = []

    def visit(size: Any = DESKTOP, locale: str = "zh-CN") -> Any:
        visits.append(Visit(browser, address, locale, size))
        opened = visits[-1].page
        opened.click("#top [data-do=rail]") if size is PHONE else None
        opened.click("[data-do=show_library]")
        opened.wait_for_selector("#documents-list tbody tr")
        return opened

    yield library, visit
    for opened in visits:
        opened.context.close()
        assert opened.hosts() == {"127.0.0.1"}
        assert opened.errors == []
    library.close()


def told(page: Any, place: str, text: str) -> None:
    """Wait until a part of the page holds a text."""
    page.wait_for_function("([place, text]) => document.querySelector(place)?.innerText.includes(text)", arg=[place, text])


def ask(page: Any, question: str) -> None:
    if page.is_visible("#library"):
        page.click("#library-head [data-do=back]")
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#cards .card", state="attached")


def pdf() -> bytes:
    """Three pages; on the second the volcano."""
    file = io.BytesIO()
    canvas = Canvas(file)
    for number, line in enumerate(
        ("The river rose in June.", "The volcano Popoca erupted at noon.", "Schools opened in July."), 1
    ):
        canvas.drawString(72, 700, line)
        canvas.drawString(72, 660, f"This is the paragraph number {number} of the report, which says nothing else.")
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def test_files_are_dropped_in_read_asked_about_and_opened_at_their_place(shelves: Any, tmp_path: Path) -> None:
    _, visit = shelves
    page = visit()
    (tmp_path / "report (final).pdf").write_bytes(pdf())
    (tmp_path / "bad.zip").write_bytes(b"PK\x05\x06")
    page.set_input_files("#add-files input[type=file]", [tmp_path / "report (final).pdf", tmp_path / "bad.zip"])
    told(page, "#activity", "1 个可以提问，1 个没有成功")
    told(page, "#activity", "bad.zip")
    told(page, "#documents-list", "report (final).pdf")
    assert "uploaded/" not in page.inner_text("#documents-list")
    page.screenshot(path=tmp_path / "documents.png")

    ask(page, "When did the volcano Popoca erupt?")
    told(page, "#chip", "我的文档 · 全部 5 篇")
    opener = page.locator("#cards .card .actions [data-do=open]").first
    opener.click()
    page.wait_for_selector(".reader img")
    assert "第 2 页，共 3 页" in page.inner_text(".reader nav")
    assert page.evaluate("document.activeElement.id") == "reader-title"
    picture, box = (page.locator(f".reader {name}").first.bounding_box() for name in (".picture", ".box"))
    scale = picture["width"] / 595.28
    assert box["x"] - picture["x"] == pytest.approx(72 * scale, abs=3)
    assert picture["y"] + (841.89 - 700) * scale == pytest.approx(box["y"] + box["height"], abs=6 * scale)
    page.screenshot(path=tmp_path / "page.png")

    assert page.locator("#conversation .said").is_visible()  # the answer stays in sight beside it
    assert page.locator(".reader svg text").first.text_content() == "The volcano Popoca erupted at noon."
    page.click(".reader [data-do=page] >> nth=1")
    told(page, ".reader nav", "第 3 页，共 3 页")
    told(page, ".reader", "引用处在第 2 页")
    page.fill(".reader .find", "river")
    page.keyboard.press("Enter")
    told(page, ".reader nav", "1 / 1")
    told(page, ".reader nav", "第 1 页，共 3 页")
    page.click(".reader [data-do=place]")
    told(page, ".reader nav", "第 2 页，共 3 页")
    page.click(".reader [data-do=show_text]")
    page.wait_for_selector(".reader.text mark")
    assert "Popoca" in page.inner_text(".reader mark.now")
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('.reader')")
    assert page.evaluate("document.activeElement.dataset.do") == "open"
    opener.press("Enter")  # the same place again
    page.wait_for_selector(".reader img")
    page.go_back()
    page.wait_for_function("!document.querySelector('.reader')")
    assert page.is_visible("#conversation .said")
    opener.click()
    page.wait_for_selector(".reader img")
    page.click(".reader [data-do=close]")
    page.wait_for_function("!document.querySelector('.reader')")


def test_what_came_of_files_is_told_on_their_page_alone_and_goes_when_dismissed(shelves: Any, tmp_path: Path) -> None:
    _, visit = shelves
    page, other = visit(), visit()
    (tmp_path / "火山.txt").write_text("火山在中午爆发了。\n")
    page.set_input_files("#add-files input[type=file]", [tmp_path / "火山.txt"])
    told(page, "#activity", "可以提问了")
    told(other, "#documents-list", "火山.txt")  # without a click
    assert other.inner_text("#activity").strip() == ""
    page.click("#activity [data-do=dismiss]")
    page.wait_for_function("!document.querySelector('#activity').innerText.trim()")
    assert not page.is_visible("#activity")


def test_a_change_on_disk_is_shown_while_the_list_is_looked_at(shelves: Any, tmp_path: Path) -> None:
    library, visit = shelves
    page = visit()
    page.focus("#documents-list [data-do=tick][data-id='river.txt']")
    (tmp_path / "seeds" / "river.txt").write_text("别的。\n")
    told(page, "#documents-list", "文件已改动")
    assert page.evaluate("document.activeElement.dataset.id") == "river.txt"
    (tmp_path / "seeds" / "a.txt").write_text("另一篇。\n")
    library.refresh()  # a row above the one with the focus
    told(page, "#documents-list", "a.txt")
    assert page.evaluate("(({ do: action, id }) => [action, id])(document.activeElement.dataset)") == ["tick", "river.txt"]


DROPPED = """([place, name, text]) => {
  const data = new DataTransfer()
  data.items.add(new File([text], name, { type: 'text/plain' }))
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    const event = new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true })
    document.querySelector(place).dispatchEvent(event)
    if (kind !== 'dragenter' && !event.defaultPrevented) throw new Error('the browser would open the file')
    if (kind === 'dragover' && !document.documentElement.hasAttribute('data-drop')) throw new Error('not shown')
  }
}"""


def test_files_can_be_dropped_anywhere(shelves: Any) -> None:
    _, visit = shelves
    page = visit()
    for number, place in enumerate(("#conversation", "#question textarea", "#rail"), 1):
        page.evaluate(DROPPED, [place, f"火山{number}.txt", f"{number}号火山在中午爆发了。"])
        told(page, "#documents-list", f"火山{number}.txt")
        assert page.evaluate("document.documentElement.hasAttribute('data-drop')") is False


def test_progress_is_in_the_pages_accent(shelves: Any) -> None:
    _, visit = shelves
    page = visit()
    page.evaluate(
        "document.querySelector('#activity .prose').innerHTML = '<p class=progress><progress max=100 value=50></progress></p>'"
    )
    bar = page.locator("#activity progress")
    assert bar.bounding_box()["height"] < 10
    for scheme, accent in (("light", (0xA6, 0x3A, 0x24)), ("dark", (0xF0, 0x93, 0x7C))):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function("dark => document.body.classList.contains('dark') === dark", arg=scheme == "dark")
        pixel = page.evaluate(
            """async data => {
                const image = new Image()
                image.src = 'data:image/png;base64,' + data
                await image.decode()
                const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
                canvas.getContext('2d').drawImage(image, 0, 0)
                return [...canvas.getContext('2d').getImageData(image.width / 4, image.height / 2, 1, 1).data]
            }""",
            base64.b64encode(bar.screenshot()).decode("ascii"),
        )
        assert tuple(pixel[:3]) == accent


def test_documents_are_taken_out_and_put_back(shelves: Any) -> None:
    library, visit = shelves
    page = visit()
    page.get_by_role("button", name="移除 river.txt").click()
    told(page, "#documents-note", "已移除“river.txt”")
    assert "river.txt" not in page.inner_text("#documents-list")
    page.click("#documents-note [data-do=put_back]")
    told(page, "#documents-note", "已恢复“river.txt”")
    told(page, "#documents-list", "river.txt")
    assert library.wait(60)


def test_a_document_put_back_by_keyboard_has_the_focus_again_and_no_other(shelves: Any) -> None:
    page = shelves[1]()
    rows = page.locator("#documents-list [data-do=remove]").evaluate_all("rows => rows.map(row => row.dataset.id)")
    page.locator("#documents-list [data-do=remove]").first.press("Enter")
    page.wait_for_function("document.activeElement.dataset.do === 'put_back'")
    page.keyboard.press("Enter")
    page.wait_for_selector("#documents-note [data-do=put_back]", state="detached")
    page.wait_for_function("document.activeElement.matches('#documents-list [data-do=remove]')")
    assert page.evaluate("document.activeElement.dataset.id") == rows[0]


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_what_was_taken_out_is_told_in_sight_with_what_undoes_it(shelves: Any, tmp_path: Path, size: Any) -> None:
    library, visit = shelves
    for number in range(30):
        (tmp_path / "seeds" / f"z{number}.txt").write_text(f"第 {number} 篇文档。\n")
    library.refresh()
    assert library.wait(60)
    page = visit(size)
    button = page.get_by_role("button", name="移除 z9.txt")
    button.scroll_into_view_if_needed()
    button.click()
    told(page, "#documents-note", "已移除“z9.txt”")
    page.wait_for_function("document.activeElement.dataset.do === 'put_back'")

    def in_sight() -> None:
        page.wait_for_timeout(100)
        box = page.locator("#documents-note p").bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= size["height"]

    in_sight()
    page.keyboard.press("Enter")
    told(page, "#documents-note", "已恢复“z9.txt”")
    assert library.wait(60)
    library.create("旅行")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    if size is PHONE:
        page.click("#top [data-do=rail]")
    page.click("#shelves [data-do=collection] >> nth=1")
    told(page, "#chip", "旅行")
    if size is PHONE:
        page.click("#top [data-do=rail]")
    page.click("[data-do=show_library]")
    page.click("#manage button")
    told(page, "#documents-list", "这里还没有文档")
    page.click("#collection-delete")
    told(page, "#documents-note", "删除")
    page.wait_for_function("document.activeElement.dataset.do === 'cancel'")
    in_sight()


def test_the_list_is_narrowed_whatever_way_a_name_is_put_in(shelves: Any, tmp_path: Path) -> None:
    library, visit = shelves
    for number in range(12):
        (tmp_path / "seeds" / f"手册{number}.txt").write_text(f"第 {number} 篇文档。\n")
    library.refresh()
    assert library.wait(60)
    page = visit()
    field = page.locator("#filter-documents input")
    assert field.get_attribute("placeholder") == "按名称筛选"
    assert 30 < page.locator("#filter-documents").bounding_box()["height"] < 50  # a line with a field in it
    page.set_viewport_size({"width": 1280, "height": 400})  # where the list is longer than the window, too
    assert 30 < page.locator("#filter-documents").bounding_box()["height"] < 50
    assert field.evaluate("field => getComputedStyle(field).borderTopWidth") == "1px"
    shown = "document.querySelectorAll('#documents-list tbody tr').length"
    field.focus()
    page.keyboard.insert_text("手册")  # as an input method or a paste does
    page.wait_for_function(f"{shown} === 12")
    page.keyboard.press("End")
    page.keyboard.type("11")
    page.wait_for_function(f"{shown} === 1")
    page.keyboard.press("Backspace")
    page.wait_for_function(f"{shown} === 3")


def test_boxes_that_are_ticked_quickly_are_all_ticked(shelves: Any) -> None:
    _, visit = shelves
    page = visit()
    boxes = "[...document.querySelectorAll('#documents-list tbody input')]"
    page.evaluate(f"{boxes}.slice(0, 3).forEach(box => box.click())")
    told(page, "#documents-list .chosen", "只问选中的 3 篇")
    assert page.evaluate(f"{boxes}.map(box => box.checked)") == [True, True, True, False]


def test_a_double_click_takes_a_document_out_once(shelves: Any) -> None:
    library, visit = shelves
    page = visit()
    page.evaluate("""() => {
      const button = document.querySelector('#documents-list [data-do=remove]')
      button.click()
      button.click()
    }""")
    page.wait_for_selector("#documents-note [data-do=put_back]")
    page.evaluate("""() => {
      window.notes = []
      new MutationObserver(() => notes.push(document.querySelector('#documents-note').innerText))
        .observe(document.querySelector('#documents-note'), { childList: true, subtree: true })
      const button = document.querySelector('#documents-note [data-do=put_back]')
      button.click()
      button.click()
    }""")
    page.wait_for_selector("#documents-note [data-do=put_back]", state="detached")
    page.click("#documents-list [data-do=sort]")  # which comes after both
    page.wait_for_selector("#documents-list [aria-sort]")
    assert page.locator("#documents-note [role=alert]").count() == 0
    assert len(library.removed()) == 0


# timers come late, as on a busy machine, where a browser puts them off behind keys
LATE = """() => {
  const { setTimeout: timer } = window
  window.setTimeout = (call, wait = 0, ...given) => timer(call, wait + 300, ...given)
}"""


def test_back_closes_what_was_opened_last_and_leaves_once_nothing_is_open(shelves: Any) -> None:
    page = shelves[1](locale="en-GB")
    here, shown, depth = page.url, "document.documentElement.dataset.open", "history.state.depth"
    page.evaluate(LATE)
    page.click("[data-do=show_options]")
    assert page.evaluate(f"[{shown}, document.activeElement.closest('#options') !== null]") == ["options", True]
    page.click("[data-do=show_library]")
    page.click("#documents-list button.name >> nth=0")
    assert page.evaluate(f"[{shown}, {depth}]") == ["library reader", 2]
    page.go_back()
    page.wait_for_function(f"{shown} === 'library'")
    page.click("#documents-list button.name >> nth=0")
    for _ in range(3):  # more often than there is something open
        page.keyboard.press("Escape")
    assert page.evaluate(f"[{shown}, {depth}]") == ["", 2]
    page.click("[data-do=show_options]")
    page.go_forward()  # to nothing
    page.go_back()
    page.wait_for_function(f"{shown} === ''")
    assert (page.url, page.evaluate(depth)) == (here, 1)
    assert page.is_visible("#conversation .start")
    page.click("[data-do=show_library]")
    page.click("#documents-list button.name >> nth=0")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate(depth) == 2
    with page.expect_navigation(url="about:blank"):
        page.go_back()


def test_back_pressed_twice_at_once_closes_both(shelves: Any) -> None:
    page = shelves[1]()
    page.click("#documents-list button.name >> nth=0")
    page.evaluate("history.go(-2)")
    page.wait_for_function("document.documentElement.dataset.open === '' && history.state.depth === 0")
    page.click("[data-do=show_options]")
    page.keyboard.press("Escape")  # and Back, before anything could have been done about the history
    with page.expect_navigation(url="about:blank"):
        page.go_back()


def test_back_closes_the_menu_and_the_list_of_keys_before_what_is_below(shelves: Any) -> None:
    page = shelves[1]()
    shown = "document.documentElement.dataset.open"
    page.keyboard.press("?")
    assert page.evaluate(f"[{shown}, document.querySelector('#keys').open]") == ["library keys", True]
    page.go_back()
    page.wait_for_function(f"{shown} === 'library' && !document.querySelector('#keys').open")
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    page.wait_for_function(f"{shown} === 'library'")
    page.click("#library-head [data-do=back]")
    page.click("#chip [data-do=menu]")
    assert page.evaluate(shown) == "menu"
    page.go_back()
    page.wait_for_function(f"{shown} === ''")
    assert not page.is_visible("#scope-menu")
    assert page.get_attribute("#chip [data-do=menu]", "aria-expanded") == "false"
    page.click("#chip [data-do=menu]")
    page.click("#scopes input[data-id=notes]")
    page.wait_for_selector("#chip .clear")
    assert page.get_attribute("#chip [data-do=menu]", "aria-expanded") == "true"
    page.press("#chip .clear", "Enter")
    page.wait_for_function("document.activeElement.dataset.do === 'menu' && !document.querySelector('#chip .clear')")
    page.click("#shelves [data-do=show_library]")  # beside the menu
    assert page.evaluate(shown) == "library"


def test_what_sorts_and_turns_pages_keeps_the_focus(shelves: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = shelves[1]()
    count = page.locator("#documents-list tbody tr").count()
    monkeypatch.setattr("qa.chat.drawing.documents.ROWS_SHOWN", count - 1)
    focused = "document.activeElement.dataset.way"
    page.focus("[data-way=size]")
    for order in ("ascending", "descending", "ascending"):
        page.keyboard.press("Enter")
        page.wait_for_function(f"document.querySelector('th.size').ariaSort === '{order}' && {focused} === 'size'")
    page.focus("[data-way=on]")
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelector('[data-way=on]').disabled && {focused} === 'back'")


def test_closing_the_reader_does_not_take_the_focus_of_who_types(shelves: Any) -> None:
    page = shelves[1]({"width": 1600, "height": 860})
    page.click("#documents-list button.name >> nth=0")
    page.wait_for_selector("#reader h2")
    page.focus("#find-talks")
    page.keyboard.press("Escape")
    page.wait_for_function("document.documentElement.dataset.open === 'library'")
    page.wait_for_timeout(100)
    assert page.evaluate("document.activeElement.id") == "find-talks"


def test_what_looks_for_changes_does_not_untick_what_is_ticked_meanwhile(shelves: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    library, visit = shelves
    page = visit()
    looking, go_on, etag = threading.Event(), threading.Event(), library.etag

    def slow(*given: Any) -> Any:
        if looking.is_set():
            return etag(*given)
        looking.set()
        assert go_on.wait(60)
        return None  # as if all had changed

    monkeypatch.setattr(library, "etag", slow)
    with closing_with(go_on):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        assert looking.wait(60)
        page.keyboard.press("Escape")
        page.click("#chip [data-do=menu]")
        page.click("#scopes input[data-id=notes]")
        page.wait_for_timeout(500)  # in which it would be answered, if it did not wait
    told(page, "#chip", "只查 notes")
    ask(page, "洪峰水位是多少？")
    assert "只查找了：notes" in page.inner_text("#conversation")


def test_what_was_removed_does_not_take_the_focus_of_who_types_by_now(shelves: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    library, visit = shelves
    page = visit()
    go_on, remove = threading.Event(), library.remove
    monkeypatch.setattr(library, "remove", lambda *given: go_on.wait(60) and remove(*given))
    with closing_with(go_on):
        page.get_by_role("button", name="移除 river.txt").click()
        page.keyboard.press("Control+k")
        page.keyboard.type("洪")
    told(page, "#documents-note", "已移除“river.txt”")
    assert page.evaluate("document.activeElement.id") == "find-talks"


def test_only_what_is_ticked_is_searched_by_keyboard_alone_and_the_answer_says_so(shelves: Any) -> None:
    _, visit = shelves
    page = visit()
    page.click("#library-head [data-do=back]")
    page.focus("#chip [data-do=menu]")
    page.evaluate(LATE)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('#scope-menu') !== null")
    box = page.locator("#scopes input[data-id=notes]")
    box.focus()
    page.keyboard.press("Space")
    told(page, "#chip", "只查 notes")
    page.wait_for_function("document.activeElement.dataset.id === 'notes'")
    assert not page.locator("#scopes input[data-do=all]").is_checked()
    page.keyboard.press("Escape")
    ask(page, "洪峰水位是多少？")
    assert not [place for place in page.locator("#cards .card cite").all_inner_texts() if place == "river.txt"]
    assert "只查找了：notes" in page.inner_text("#conversation")
    page.click("#chip [data-do=all]")
    told(page, "#chip", "全部 4 篇")
    assert page.locator("#scopes input:checked").evaluate_all("boxes => boxes.map(box => box.dataset.do)") == ["all"]
    page.click("#conversation [data-do=everywhere]")
    page.wait_for_function("!document.querySelector('#conversation .limited')")


def test_a_collection_is_made_and_chosen(shelves: Any, tmp_path: Path) -> None:
    library, visit = shelves
    page = visit()
    page.click("#manage button")
    page.fill("#collection-name input, #collection-name textarea", "旅行")
    page.click("#collection-new")
    told(page, "#documents-note", "已新建“旅行”")
    told(page, "#documents-list", "这里还没有文档")
    (tmp_path / "火山.txt").write_text("火山在中午爆发了。\n")
    page.set_input_files("#add-files input[type=file]", [tmp_path / "火山.txt"])
    told(page, "#activity", "可以提问了")
    ask(page, "火山什么时候爆发？")
    assert set(page.locator("#cards .card cite").all_inner_texts()) == {"火山.txt"}
    page.locator("#cards .card [data-do=open]").first.click()
    page.wait_for_selector(".reader mark")
    assert [info.name for info in library.collections()] == ["", "旅行"]


def test_hostile_names_and_texts_stay_text(shelves: Any) -> None:
    _, visit = shelves
    page = visit()
    title = page.title()
    assert NAME in page.inner_text("#documents-list")
    ask(page, "坏人写的文档")
    page.locator("#cards .card [data-do=open]").first.click()
    page.wait_for_selector(".reader mark")
    assert HOSTILE in page.inner_text(".reader")
    assert NAME in page.inner_text(".reader h2")
    assert page.locator(".reader img, .reader b, #documents-list img, #documents-list b").count() == 0
    assert page.title() == title


def test_a_page_is_enlarged_where_it_is_too_small_to_read(shelves: Any, tmp_path: Path) -> None:
    library, visit = shelves
    (tmp_path / "seeds" / "report.pdf").write_bytes(pdf())
    library.refresh()
    assert library.wait(60)
    page = visit(PHONE)
    ask(page, "When did the volcano Popoca erupt?")
    page.click("#top [data-do=sources]")
    page.locator("#cards .card", has_text="report.pdf").locator("[data-do=open]").first.click()
    picture = page.locator(".reader .picture")
    picture.locator("img").wait_for()
    width = picture.bounding_box()["width"]
    assert width > 1.1 * PHONE["width"]  # at once, at the cited lines, which are in sight from end to end
    view = page.locator(".reader-body").bounding_box()
    for line in page.locator(".reader .picture text").all():
        at = line.bounding_box()
        assert view["x"] <= at["x"]
        assert at["x"] + at["width"] <= view["x"] + view["width"]
    assert page.locator(".reader .finding").is_hidden()
    page.click(".reader [data-do=tools]")
    assert page.locator(".reader .finding").is_visible()
    page.click(".reader [data-do=zoom_in]")
    assert (zoomed := picture.bounding_box()["width"]) > width
    box = page.locator(".reader .box").first.bounding_box()
    assert view["y"] <= box["y"] <= view["y"] + view["height"]
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") == 0
    assert page.locator(".reader nav").evaluate("nav => nav.scrollWidth - nav.clientWidth") == 0
    page.click(".reader [data-do=page] >> nth=1")
    told(page, ".reader nav", "第 3 页")
    assert picture.bounding_box()["width"] == zoomed  # it stays so from page to page
    assert page.get_attribute(".reader [data-do=tools]", "aria-expanded") == "true"


def test_what_names_a_sheet_is_in_line_with_its_rows(shelves: Any, tmp_path: Path) -> None:
    library, visit = shelves
    book = Workbook()
    book.active.append(["品名", "单价"])
    book.active.append(["火山石", 89])
    book.save(tmp_path / "seeds" / "库存.xlsx")
    library.refresh()
    assert library.wait(60)
    page = visit()
    ask(page, "火山石的单价是多少？")
    page.locator("#cards .card", has_text="库存").locator("[data-do=open]").first.click()
    page.wait_for_selector(".reader mark")
    sheet, row = (page.locator(f".reader .reader-body > p{kind}").first.bounding_box() for kind in (".unit", ":not(.unit)"))
    assert (sheet["x"], sheet["width"]) == (row["x"], row["width"])


def test_the_list_has_room_in_a_narrow_window_and_beside_the_reader(shelves: Any) -> None:
    _, visit = shelves
    page = visit({"width": 1000, "height": 700}, "en-GB")
    beyond = "[...document.querySelectorAll('#library')].map(list => list.scrollWidth - list.clientWidth)"
    assert page.evaluate(beyond) == [0]
    page.set_viewport_size({"width": 1440, "height": 900})
    assert page.is_visible("#documents-list .date")
    page.locator("#documents-list button.name").last.click()
    page.wait_for_selector(".reader .reader-body")
    assert page.evaluate(beyond) == [0]
    assert page.locator("#documents-list [data-do=remove]").first.is_visible()
    names, button = page.locator("#documents-list button.name"), page.locator("#documents-list th.name button")
    ordered = names.all_inner_texts()
    sign = "document.querySelector('#documents-list th.name').ariaSort"
    for order in ("ascending", "descending"):  # also where there is no room for a table
        if page.evaluate(sign) != order:
            button.click()
            page.wait_for_function(f"{sign} === '{order}'")
        assert names.all_inner_texts() == (ordered if order == "ascending" else ordered[::-1])
    for width, table in ((1440, False), (1680, False), (1920, True)):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator("#documents-list td.date").first.is_visible() == table
        assert [head.is_visible() for head in page.locator("#documents-list th button").all()] == [True] * 6
        assert page.evaluate(beyond) == [0]


def test_a_phone_has_room_for_all_of_it(shelves: Any, tmp_path: Path) -> None:
    _, visit = shelves
    page = visit(PHONE, "en-GB")
    wide = "document.documentElement.scrollWidth - window.innerWidth"
    told(page, "#documents-list", "Ready")
    assert page.evaluate(wide) == 0
    page.screenshot(path=tmp_path / "documents-phone.png", full_page=True)
    ask(page, "When did the clinic open?")
    page.click("#top [data-do=sources]")
    page.locator("#cards .card [data-do=open]").first.click()
    page.wait_for_selector(".reader mark")
    assert page.evaluate(wide) == 0
    box = page.locator(".reader").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    page.screenshot(path=tmp_path / "reader-phone.png")


def test_synonyms_are_edited_below_the_documents(shelves: Any) -> None:
    library, visit = shelves
    library.set_synonyms("旧词, 老词", "")
    page = visit()
    page.click("#synonyms .label-wrap")
    page.wait_for_function("document.querySelector('#synonyms-text textarea')?.value === '旧词, 老词'")
    page.fill("#synonyms-text textarea", "洪水、发大水\n孤零零")
    page.click("#synonyms-save")
    told(page, "#synonyms-note [role=alert]", "第 2 行：只有“孤零零”一个词")
    assert library.synonyms() == "旧词, 老词"
    page.fill("#synonyms-text textarea", "洪水、发大水")
    page.click("#synonyms-save")
    told(page, "#synonyms-note", "已保存，共 1 组同义词。")
    assert library.synonyms() == "洪水、发大水"
    assert [other.text for other in library.index().retriever.read("发大水了吗").others] == ["洪水了吗"]


def test_unsaved_synonyms_outlive_the_fold_and_another_collection(shelves: Any) -> None:
    library, visit = shelves
    other = library.create("另一个")
    page = visit()
    field = "#synonyms-text textarea"
    told(page, "#synonyms .label-wrap", "同义词")
    page.click("#synonyms .label-wrap")
    page.fill(field, "洪水、发大水")
    page.click("#synonyms .label-wrap")
    told(page, "#synonyms .label-wrap", "还没保存：我的文档")
    page.click("#synonyms .label-wrap")
    told(page, "#synonyms-note", "这些修改还没有保存。")
    assert page.input_value(field) == "洪水、发大水"
    page.keyboard.press("Escape")
    page.click(f'#shelves [data-id="{other}"]')
    page.click("[data-do=show_library]")
    told(page, "#library-head", "另一个")
    told(page, "#synonyms .label-wrap", "还没保存：我的文档")
    page.click("#synonyms .label-wrap")
    page.wait_for_function("document.querySelector('#synonyms-text textarea')?.value === ''")
    page.fill(field, "甲、乙")
    page.click("#synonyms-save")
    told(page, "#synonyms-note", "已保存，共 1 组同义词。")
    assert (library.synonyms(), library.synonyms(other)) == ("", "甲、乙")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()  # the first one's are not saved
    assert asked == ["beforeunload"]


def test_the_keyboard_reaches_nothing_out_of_sight_and_the_keys_are_shown_in_the_middle(shelves: Any) -> None:
    page = shelves[1]()
    unseen = """() => {
      const { top, left, right, bottom, width, height } = document.activeElement.getBoundingClientRect()
      const middle = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
      const seen = document.activeElement.contains(middle) || middle?.contains(document.activeElement)
      return document.activeElement === document.body || (seen && width > 2 && height > 2) ? '' : document.activeElement.outerHTML
    }"""
    page.keyboard.press("Escape")
    page.wait_for_selector("#conversation .start")
    for _ in range(24):
        page.keyboard.press("Tab")
        assert page.evaluate(unseen) == ""
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    box = page.locator("#keys").bounding_box()
    assert box
    assert abs(box["x"] + box["width"] / 2 - DESKTOP["width"] / 2) < 2
    assert abs(box["y"] + box["height"] / 2 - DESKTOP["height"] / 2) < 2
    page.click("#keys button")
    assert not page.is_visible("#keys")
    page.keyboard.press("?")
    page.keyboard.press("Escape")
