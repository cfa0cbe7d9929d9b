"""The chat as a person meets it: the real app on the seed document, in a real browser.

Skipped where playwright or Chromium is missing; with REQUIRE_BROWSER=1 in the environment that is a failure.
"""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import pytest
from chat_helpers import DOCUMENT, SOURCE, HandIndex, free_port

from qa.chat.page.page import build_chat
from qa.chat.page.painter import EXAMPLES
from qa.chat.serving.server import launch_chat
from qa.service.backend import Backend

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::Warning:gradio")]

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
START_SECONDS = 400  # the first start prepares the model and builds the index
WAIT = 90_000  # milliseconds for one answer, also where the machine is busy
ASKED = "綦河洪峰水位是多少？"
UNANSWERABLE = "珠穆朗玛峰有多高？"
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 360, "height": 740}
BOX = "#question textarea"
GRADIOS = "**/assets/index-*.js"  # its first script
SHIFTS = """new PerformanceObserver(list => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shift = (window.shift ?? 0) + each.value
}).observe({ type: 'layout-shift', buffered: true })"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, or a skip that says what is missing."""
    if find_spec("playwright") is None:
        _do_without("playwright is not installed")
    if not CHROMIUM.exists():
        _do_without(f"{CHROMIUM} is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield started
        started.close()


def _do_without(reason: str) -> NoReturn:
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"REQUIRE_BROWSER=1, and {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def app(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`app.py` started as the README says, on an index folder of its own; its address."""
    folder = tmp_path_factory.mktemp("app")
    command = [sys.executable, "app.py", "--port", str(free_port()), "--index", str(folder / "index")]
    # a proxy that leads nowhere: it must not come between the server and its own check that it answers
    environment = {**os.environ, "QA_HOME": str(folder / "home"), "HTTP_PROXY": "http://127.0.0.1:9", "PYTHONUNBUFFERED": "1"}
    with (folder / "stderr").open("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            yield _address(process, folder / "stderr")
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)
            if process.stdout is not None:
                process.stdout.close()


def _address(process: subprocess.Popen[str], errors: Path) -> str:
    """What the app prints when it is ready, within bounds."""
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)

    threading.Thread(target=read, daemon=True).start()
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and (process.poll() is None or not lines.empty()):
        try:
            line = lines.get(timeout=1)
        except queue.Empty:
            continue
        if ready := re.match(r"Ready: (http://\S+)", line):
            return ready[1]
    raise AssertionError(f"app.py did not start: {errors.read_text('utf-8')[-2000:]}")


@contextmanager
def served(backend: Backend) -> Iterator[str]:
    """The address of a chat of its own."""
    page = build_chat(backend)
    address = launch_chat(page, "127.0.0.1", free_port())
    try:
        yield address
    finally:
        page.close(verbose=False)


@contextmanager
def closing_with(event: threading.Event) -> Iterator[None]:
    """Set `event` at the end, so that nothing waits for it any longer."""
    try:
        yield
    finally:
        event.set()


class Visit:
    """A page that is open, and every request and error it made."""

    def __init__(self, browser: Browser, address: str, locale: str, size: Any, scheme: Any = "light") -> None:
        self.context = browser.new_context(locale=locale, viewport=size, color_scheme=scheme)
        self.requested: list[str] = []
        self.errors: list[str] = []
        self.context.on("request", lambda request: self.requested.append(request.url))
        self.context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(WAIT)
        self.page.goto(address)
        self.page.wait_for_selector("html[data-ready]")

    def ask(self, question: str) -> str:
        """Type a question; the reply's text, once it is complete."""
        replies = self.page.locator("#conversation .sure").count()
        self.page.fill(BOX, question)
        self.page.press(BOX, "Enter")
        self.page.wait_for_function(f"document.querySelectorAll('#conversation .sure').length > {replies}")
        self.page.wait_for_function(f"document.querySelectorAll('#cards section, #cards section > details').length > {replies}")
        return self.page.locator("#conversation .bot").last.inner_text()

    def hosts(self) -> set[str | None]:
        """The hosts that were asked for anything."""
        return {urlsplit(url).hostname for url in self.requested if urlsplit(url).scheme not in ("data", "blob")}

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.fixture
def visit(browser: Browser, app: str) -> Iterator[Any]:
    """Opens pages of the app; afterwards none of them may have gone beyond this machine or failed."""
    visits: list[Visit] = []

    def open_page(locale: str = "zh-CN", size: Any = DESKTOP, scheme: Any = "light") -> Visit:
        visits.append(Visit(browser, app, locale, size, scheme))
        return visits[-1]

    yield open_page
    for opened in visits:
        opened.context.close()
        assert opened.hosts() == {"127.0.0.1"}
        assert opened.errors == []


def test_a_question_is_answered_with_its_passage(visit: Any, tmp_path: Path) -> None:
    opened = visit()
    assert opened.page.inner_text("#heading h1") == "问问你的文档"
    assert "227.6" in opened.ask(ASKED)
    sure = opened.page.locator("#conversation .sure")
    assert "把握" in sure.inner_text()
    sure.locator("summary").click()
    assert "%" in sure.inner_text()
    assert "227.6" in opened.page.inner_text("#conversation .said b")
    card = opened.page.locator("#cards .card").first
    assert "227.6" in card.locator("mark").inner_text()
    assert "000_392e2ddd1b67788a.txt" in card.inner_text()
    assert re.search(r"第 \d+ 段，第 8 行", card.inner_text())
    opened.page.click("#ref-1-1")
    opened.page.wait_for_function("document.activeElement.matches('.card:has(#cite-1-1)')")
    opened.page.screenshot(path=tmp_path / "answered.png")
    assert opened.overflow() == 0


def test_what_the_documents_do_not_hold_is_said_so(visit: Any, tmp_path: Path) -> None:
    opened = visit(scheme="dark")
    assert "没有在文档里找到答案" in opened.ask(UNANSWERABLE)
    assert "最接近的一段" in opened.page.inner_text("#conversation")
    assert opened.page.inner_text("#cards h2") == "最接近的段落"
    assert opened.page.locator("#cards .card").count() == 5
    assert opened.page.locator("#cards mark").count() == 0
    opened.page.screenshot(path=tmp_path / "not-found.png")


def test_a_phone_shows_the_panel_below(visit: Any, tmp_path: Path) -> None:
    opened = visit(size=PHONE)
    assert opened.overflow() == 0
    opened.ask(ASKED)
    assert opened.overflow() == 0
    assert not opened.page.locator("#cards .card").first.is_visible()
    opened.page.click("#ref-1-1")  # the card comes from below
    opened.page.wait_for_selector("html[data-open~=sources]")
    card = opened.page.locator("#cards .card").first.bounding_box()
    assert card["y"] > 0.2 * PHONE["height"]
    opened.page.go_back()
    opened.page.wait_for_selector("html:not([data-open~=sources])")
    assert opened.page.url.endswith("/")
    box = opened.page.locator(BOX).bounding_box()
    assert PHONE["height"] - 100 < box["y"] + box["height"] < PHONE["height"]  # always at hand, at the window's foot
    opened.page.screenshot(path=tmp_path / "phone.png", full_page=True)


def test_the_language_is_the_browsers_and_can_be_switched(visit: Any) -> None:
    opened = visit(locale="en-GB")
    assert opened.page.inner_text("#heading h1") == "Ask your documents"
    assert opened.page.get_attribute(BOX, "placeholder") == "Ask about your documents"
    assert opened.page.locator("#conversation .example").first.inner_text() == EXAMPLES[-1]  # the one in English
    opened.ask(ASKED)
    assert "paragraph" in opened.page.inner_text("#cards .card header")
    opened.page.click("[data-do=switch]")
    opened.page.wait_for_function("document.querySelector('#heading h1').innerText === '问问你的文档'")
    opened.page.wait_for_function("document.querySelector('#cards .card header').innerText.includes('段')")
    assert "把握" in opened.page.inner_text("#conversation .sure")
    assert opened.page.evaluate("document.documentElement.lang") == "zh-CN"


def test_an_example_is_asked_by_a_click_and_clearing_forgets(visit: Any) -> None:
    opened = visit(locale="zh-HK")
    examples = opened.page.locator("#conversation .example")
    assert examples.all_inner_texts() == list(EXAMPLES)
    examples.first.click()
    opened.page.wait_for_selector("#conversation .sure")
    opened.page.click("#new")
    opened.page.wait_for_selector("#conversation .example")
    opened.page.wait_for_function("!document.querySelector('#cards .card')")


def test_a_question_too_long_is_kept_and_explained(visit: Any) -> None:
    opened = visit()
    opened.page.press(BOX, "Enter")
    opened.page.wait_for_function("document.querySelector('#note').innerText.includes('请先输入问题')")
    opened.page.fill(BOX, "长" * 2001)
    opened.page.press(BOX, "Enter")
    opened.page.wait_for_function("document.querySelector('#note').innerText.includes('2001')")
    assert len(opened.page.input_value(BOX)) == 2001
    assert opened.page.locator("#conversation .bot").count() == 0
    opened.page.fill(BOX, "长" * 350_000)  # a megabyte; it is not sent to be refused
    opened.page.press(BOX, "Enter")
    opened.page.wait_for_function("document.querySelector('#note').innerText.includes('10000+')")
    opened.ask(ASKED)
    opened.page.wait_for_function("!document.querySelector('#note p')")


# -- over an index made by hand: every button ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the chat over the index made by hand keeps ratings and conversations."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def hand(browser: Browser, home: Path) -> Iterator[Any]:
    """The chat over the index made by hand, and its address."""
    page = build_chat(Backend.of(HandIndex()).open(), home, keep_history=True)
    yield page, launch_chat(page, "127.0.0.1", free_port())
    page.close(verbose=False)


@pytest.fixture
def opened(browser: Browser, hand: Any) -> Iterator[Visit]:
    """A page of it, which may not go beyond this machine or fail."""
    visit = Visit(browser, hand[1], "zh-CN", DESKTOP)
    yield visit
    visit.context.close()
    assert visit.hosts() == {"127.0.0.1"}
    assert visit.errors == []


@pytest.mark.parametrize(
    ("locale", "texts"), [("zh-CN", ("向你的文档提问", "提问")), ("en-GB", ("Ask about your documents", "Ask"))]
)
def test_a_question_is_typed_and_sent_before_gradio_is_there(browser: Browser, locale: str, texts: tuple[str, str]) -> None:
    with served(Backend.of(HandIndex()).open()) as address:
        context = browser.new_context(locale=locale, viewport=DESKTOP)
        page = context.new_page()
        held: list[Any] = []
        page.route(GRADIOS, lambda route, _: held.append(route))
        page.add_init_script(SHIFTS)
        page.goto(address, wait_until="commit")
        early = page.locator("#early textarea")
        page.wait_for_selector(f"#early textarea[placeholder='{texts[0]}']")  # a script behind the box says it
        assert page.inner_text("#early button") == texts[1]
        assert page.evaluate("document.activeElement.matches('#early textarea')")
        place = early.bounding_box()
        early.fill("洪峰")
        early.press("End")
        early.type("水位？")
        early.press("Enter")
        assert page.inner_text("#early p") != ""
        while held:
            held.pop().continue_()
        page.wait_for_selector("#conversation .sure")
        assert "洪峰水位？" in page.inner_text("#conversation .user-row")
        assert "227.6" in page.inner_text("#conversation .said")
        assert page.locator("#early").count() == 0
        now = page.locator(BOX).bounding_box()
        assert place is not None
        assert now is not None
        assert all(abs(place[side] - now[side]) < 2 for side in ("x", "y", "height"))
        assert page.evaluate("window.shift ?? 0") < 0.05
        context.close()


def test_hostile_documents_stay_text(opened: Visit) -> None:
    title = opened.page.title()
    opened.ask("甲乙")
    opened.ask("<img src=http://example.invalid/q.png onerror=\"document.title='owned'\"> 没有 ${document.title='owned'}")
    opened.page.evaluate("document.querySelectorAll('details').forEach(folded => folded.open = true)")
    talk, panel = opened.page.inner_text("#conversation"), opened.page.inner_text("#cards")
    for passage in DOCUMENT.splitlines():
        assert passage in panel
    assert SOURCE in panel
    assert "![图](http://example.invalid/a.png) [1] $$x^2$$ 乙。" in talk
    assert "<img src=http://example.invalid/q.png" in talk
    assert opened.page.locator("#conversation img, #cards img, #cards script, #cards svg, #cards b[onclick]").count() == 0
    assert opened.page.title() == title


def test_pointing_at_a_number_lights_its_card_and_escape_comes_back(opened: Visit) -> None:
    page = opened.page
    opened.ask("洪峰水位？")
    opened.ask("没有")
    assert page.locator("#cards .lit").count() == 0
    page.hover("#ref-1-1")
    assert page.locator(".card.lit #cite-1-1").count() == page.locator("mark.lit#mark-1-1").count() == 1
    page.hover("#heading")
    assert page.locator("#cards .lit").count() == 0
    page.focus("#ref-1-1")
    page.keyboard.press("Enter")  # the card is folded away
    page.wait_for_function("document.activeElement.matches('.card:has(#cite-1-1)')")
    assert page.locator("#cite-1-1").is_visible()
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.id === 'ref-1-1'")
    page.click("#cite-1-1")
    page.wait_for_function("document.activeElement.id === 'ref-1-1'")


def test_a_quotation_is_copied_with_its_source(opened: Visit) -> None:
    page = opened.page
    opened.ask("洪峰水位？")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')) }")
    page.evaluate("() => document.addEventListener('copy', () => { window.copied = document.activeElement.value })")
    button = page.locator("#cards .card [data-do=copy]").first
    button.click()
    page.wait_for_function("document.querySelector('#cards [data-do=copy]').textContent === '已复制'")
    assert page.evaluate("window.copied") == f"“洪峰水位227.6米。”——{SOURCE}，第 1 段，第 1 行"
    page.wait_for_function("document.querySelector('#live').textContent === '已复制'")
    page.evaluate("() => { navigator.clipboard.writeText = async text => { window.copied = 'leave: ' + text } }")
    button.click()
    page.wait_for_function("window.copied.startsWith('leave: “洪峰')")


def test_what_surrounds_a_passage_is_shown_on_demand(opened: Visit) -> None:
    opened.ask("洪峰水位？")
    card = opened.page.locator("#cards .card").first
    assert card.locator(".context").is_visible() is False
    card.locator("[data-do=context]").click()
    assert card.locator(".context").inner_text() == DOCUMENT.splitlines()[1]
    assert card.locator("[data-do=context]").get_attribute("aria-expanded") == "true"
    assert card.locator("mark .word").all_inner_texts() == ["洪峰水位"]


def test_a_follow_up_is_shown_as_understood_and_can_be_asked_as_typed(opened: Visit) -> None:
    page = opened.page
    opened.ask("洪峰水位？")
    assert page.locator(".understood").count() == 0
    opened.ask("它多高？")
    assert page.inner_text(".understood").startswith("我理解为：洪峰水位？ 它多高？")
    page.click(".understood button")
    page.wait_for_function("!document.querySelector('.understood')")
    assert page.locator("#conversation .user-row").all_inner_texts() == ["洪峰水位？", "它多高？"]


def test_the_last_question_can_be_asked_again_changed_and_taken_back(opened: Visit) -> None:
    page, questions = opened.page, opened.page.locator("#conversation .user-row")
    opened.ask("洪峰水位？")
    opened.ask("甲乙")
    assert page.locator("[data-do=undo]").count() == 1  # of the last question only
    page.evaluate("document.querySelector('#conversation .turn:last-child .sure').dataset.before = ''")
    page.click("[data-do=retry]")
    page.wait_for_function(
        "document.querySelectorAll('#conversation .sure').length === 2 && !document.querySelector('[data-before]')"
    )
    page.click("[data-do=edit]")
    page.wait_for_function("document.querySelector('#question textarea').value === '甲乙'")
    page.click("#note [data-do=cancel]")
    page.wait_for_function("document.querySelector('#question textarea').value === ''")
    page.fill(BOX, "还没问的")  # is there again after editing, whether it is cancelled or sent
    page.click("[data-do=edit]")
    page.wait_for_function("document.querySelector('#question textarea').value === '甲乙'")
    page.click("[data-do=edit]")
    page.click("#note [data-do=cancel]")
    page.wait_for_function("document.querySelector('#question textarea').value === '还没问的'")
    page.click("[data-do=edit]")
    page.wait_for_function("document.querySelector('#question textarea').value === '甲乙'")
    assert page.evaluate("document.activeElement.matches('#question textarea')")
    page.keyboard.type("丙")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#conversation .turn:last-child .user-row').innerText === '甲乙丙'")
    page.wait_for_selector("#conversation .turn:last-child .sure")
    assert questions.all_inner_texts() == ["洪峰水位？", "甲乙丙"]
    assert page.input_value(BOX) == "还没问的"
    assert page.locator("#note p").count() == 0
    page.fill(BOX, "没有的东西")
    page.keyboard.press("Enter")
    page.wait_for_selector("#conversation .turn:last-child .closest")
    page.fill(BOX, "还没问的")
    page.click("[data-do=rephrase]")  # in other words, without losing what was typed, or the question and what came of it
    page.wait_for_function("document.querySelector('#question textarea').value === '没有的东西'")
    page.keyboard.type("乙")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#conversation .turn:last-child .user-row').innerText === '没有的东西乙'")
    page.wait_for_function("document.querySelector('#question textarea').value === '还没问的'")
    assert questions.all_inner_texts() == ["洪峰水位？", "甲乙丙", "没有的东西", "没有的东西乙"]
    for left in (3, 2):
        page.click("[data-do=undo]")
        page.wait_for_function(f"document.querySelectorAll('#conversation .turn').length === {left}")
        page.wait_for_function("document.activeElement.dataset.do === 'undo'")
    page.click("[data-do=undo]")
    page.wait_for_function("document.querySelectorAll('#conversation .turn').length === 1")
    page.click("[data-do=undo]")
    page.wait_for_selector("#conversation .start")


def test_a_rating_is_kept_once_and_taken_back_by_the_same_button(opened: Visit, home: Path) -> None:
    page, file = opened.page, home / "feedback.jsonl"
    opened.ask("洪峰水位？")
    page.click("[data-rating=up]")
    page.wait_for_selector("[data-rating=up][aria-pressed=true]")
    (kept,) = map(json.loads, file.read_text("utf-8").splitlines())
    assert (kept["question"], kept["quote"], kept["source"], kept["rating"]) == ("洪峰水位？", "洪峰水位227.6米。", SOURCE, "up")
    page.click("[data-rating=down]")
    page.wait_for_selector("[data-rating=down][aria-pressed=true]")
    (kept,) = map(json.loads, file.read_text("utf-8").splitlines())
    assert (kept["rating"], "quote" in kept) == ("down", False)
    page.wait_for_function("document.activeElement.matches('[data-rating=down]')")  # the button keeps the focus
    page.click("[data-rating=down]")
    page.wait_for_selector("[data-rating=down][aria-pressed=false]")
    assert file.read_text("utf-8") == ""


def test_conversations_outlive_a_reload_and_can_be_taken_up_again(opened: Visit, home: Path) -> None:
    page = opened.page
    opened.ask("洪峰水位？ 一")
    page.wait_for_function("localStorage.getItem('qa-conversations')")
    page.reload()
    page.wait_for_selector("#conversation .sure")
    assert page.locator("#cards mark").first.inner_text() == "洪峰水位227.6米。"
    opened.ask("没有 二")
    page.click("#new")
    page.wait_for_selector("#conversation .start")
    page.locator("#past li", has_text="洪峰水位？ 一").locator(".resume").click()
    page.wait_for_function("document.querySelectorAll('#conversation .turn').length === 2")
    (kept,) = (file for file in (home / "conversations").iterdir() if "洪峰水位？ 一" in file.read_text("utf-8"))
    assert len(kept.read_text("utf-8").splitlines()) == 3
    page.click("#new")
    page.wait_for_selector("#conversation .start")
    page.locator("#past li", has_text="洪峰水位？ 一").locator("[data-do=delete]").click()
    page.wait_for_function("!document.querySelector('#past').innerText.includes('洪峰水位？ 一')")
    assert not kept.exists()
    page.click("#note [data-do=restore_talk]")
    page.wait_for_function("document.querySelector('#past').innerText.includes('洪峰水位？ 一')")
    assert kept.exists()
    row = page.locator("#past li", has_text="洪峰水位？ 一")
    row.hover()
    row.locator("[data-do=rename]").click()
    page.keyboard.type("洪水")
    page.keyboard.press("Enter")
    page.wait_for_function("JSON.parse(localStorage.getItem('qa-conversations')).conversations.some(one => one.name === '洪水')")
    page.locator("#past .resume", has_text="洪水").wait_for()  # the page draws the list after the browser has stored it
    page.fill("#find-talks", "没有 二")  # a later question of the renamed conversation
    assert page.locator("#past li:visible .resume").all_inner_texts() == ["洪水"]
    assert page.locator("#conversation .start").is_visible()  # Enter ends the naming and does not open what was named


def test_a_conversation_left_as_soon_as_the_answer_is_seen_is_stored(opened: Visit) -> None:
    page = opened.page
    page.evaluate("""() => new MutationObserver((_, observer) => {
      if (!document.querySelector('#conversation .sure')) return
      observer.disconnect()
      document.querySelector('#new').click()
    }).observe(document.body, { childList: true, subtree: true })""")
    page.fill(BOX, "洪峰水位？ 立刻")
    page.press(BOX, "Enter")
    page.wait_for_function("localStorage.getItem('qa-conversations')?.includes('洪峰水位？ 立刻')")
    page.locator("#past .resume", has_text="洪峰水位？ 立刻").click()
    page.wait_for_function("document.querySelector('#conversation .user-row')?.innerText === '洪峰水位？ 立刻'")


def test_windows_keep_what_each_other_asked(opened: Visit, hand: Any) -> None:
    def load(page: Any, *questions: str) -> None:
        page.bring_to_front()  # a window behind others is drawn seldom, and waited for long
        page.goto(hand[1])
        page.wait_for_selector("#conversation .sure" if questions else "#conversation .start")
        page.wait_for_timeout(100)
        assert page.locator("#conversation .user-row").all_inner_texts() == list(questions)

    def ask(page: Any, question: str) -> None:
        page.bring_to_front()
        page.fill(BOX, question)
        page.press(BOX, "Enter")
        page.wait_for_function("text => localStorage.getItem('qa-conversations')?.includes(text)", arg=question)

    one = opened.page
    two, three = opened.context.new_page(), opened.context.new_page()
    load(two)
    load(three)
    ask(one, "洪峰水位？ 甲")
    ask(two, "洪峰水位？ 乙")
    kept = "JSON.parse(localStorage.getItem('qa-conversations')).conversations.map(one => one.turns.map(turn => turn.question))"
    assert one.evaluate(kept) == [["洪峰水位？ 乙"], ["洪峰水位？ 甲"]]
    load(one, "洪峰水位？ 甲")  # each window has its own conversation
    load(two, "洪峰水位？ 乙")
    load(three, "洪峰水位？ 乙")  # the newest
    ask(three, "甲乙 三")
    ask(two, "甲乙 二")  # which has gone on in another window
    ask(two, "甲乙 四")
    assert one.evaluate(kept) == [
        ["洪峰水位？ 乙", "甲乙 二", "甲乙 四"], ["洪峰水位？ 乙", "甲乙 三"], ["洪峰水位？ 甲"]
    ]  # fmt: skip
    assert [text for text in two.locator("#past .resume").all_inner_texts() if text == "洪峰水位？ 乙"] == ["洪峰水位？ 乙"] * 2
    load(two, "洪峰水位？ 乙", "甲乙 二", "甲乙 四")
    load(three, "洪峰水位？ 乙", "甲乙 三")
    two.bring_to_front()
    two.locator("#past li", has_text="洪峰水位？ 甲").locator("[data-do=delete]").first.click()
    two.wait_for_function(f"{kept}.length === 2")
    assert two.evaluate(kept) == [["洪峰水位？ 乙", "甲乙 二", "甲乙 四"], ["洪峰水位？ 乙", "甲乙 三"]]


def test_a_conversation_taken_up_again_is_stored_again(opened: Visit, hand: Any) -> None:
    one, two = opened.page, opened.context.new_page()
    kept = "JSON.parse(localStorage.getItem('qa-conversations'))"
    current = f"(({{ current, conversations }}) => conversations.find(one => one.id === current)?.turns[0].question)({kept})"

    def click(page: Any, selector: str) -> None:
        page.bring_to_front()
        page.locator("#past li", has_text="甲乙 再续").locator(selector).click()

    opened.ask("甲乙 再续")
    one.wait_for_function("localStorage.getItem('qa-conversations')")
    one.wait_for_function(f"{current} === '甲乙 再续'")
    one.click("#new")
    one.wait_for_function(f"{kept}.current === ''")
    click(one, ".resume")
    one.wait_for_function(f"{current} === '甲乙 再续'")
    two.bring_to_front()
    two.goto(hand[1])
    two.wait_for_selector("#conversation .sure")
    two.click("#new")
    two.wait_for_function(f"{kept}.current === ''")
    click(one, ".resume")  # after the other window has written
    one.wait_for_function(f"{current} === '甲乙 再续'")
    click(two, "[data-do=delete]")
    two.wait_for_function(f"{kept}.conversations.length === 0")
    click(one, ".resume")  # which the other window has deleted
    one.wait_for_function(f"{current} === '甲乙 再续'")
    opened.ask("洪峰水位？")  # it goes on as the same
    one.wait_for_function(f"{kept}.conversations[0].turns.length === 2")
    assert one.evaluate(f"{kept}.conversations.length") == 1
    one.reload()
    one.wait_for_selector("#conversation .sure")
    assert one.locator("#conversation .user-row").all_inner_texts() == ["甲乙 再续", "洪峰水位？"]


def test_what_has_been_typed_outlives_a_reload(opened: Visit) -> None:
    opened.page.fill(BOX, "洪峰")
    opened.page.reload()  # as Gradio does when the server is there again
    opened.page.wait_for_function("document.querySelector('#question textarea')?.value === '洪峰'")
    opened.page.fill(BOX, "")
    opened.page.reload()
    opened.page.wait_for_selector("#conversation .start")
    opened.page.wait_for_timeout(300)
    assert opened.page.input_value(BOX) == ""


# the farewell of each stream of messages comes late, as on a busy machine
LATE_FAREWELL = """
const plain = window.fetch
window.fetch = async (...request) => {
  const answer = await plain(...request)
  if (!String(request[0]?.url ?? request[0]).includes('/queue/data')) return answer
  const late = new TransformStream({ async transform(chunk, out) {
    const text = new TextDecoder().decode(chunk, { stream: true })
    const at = text.indexOf('data: {"msg":"close_stream"')
    const encoder = new TextEncoder()
    if (at < 0) { out.enqueue(chunk); return }
    window.farewells = (window.farewells ?? 0) + 1
    if (at) out.enqueue(encoder.encode(text.slice(0, at)))
    await new Promise(done => setTimeout(done, 1500))
    out.enqueue(encoder.encode(text.slice(at)))
  } })
  return new Response(answer.body.pipeThrough(late), { status: answer.status, headers: answer.headers })
}
"""


def test_an_event_begun_while_the_stream_of_messages_ends_is_heard_of(browser: Browser, hand: Any) -> None:
    context = browser.new_context(locale="zh-CN")
    try:
        context.add_init_script(LATE_FAREWELL)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.goto(hand[1])
        page.wait_for_selector("#conversation .start")
        for question in ("洪峰水位？", "甲乙"):  # what keeps the conversation begins when the answer is there
            page.fill(BOX, question)
            page.press(BOX, "Enter")
            page.wait_for_function("text => JSON.stringify(qa.kept()).includes(text)", arg=question)
            page.click("#new")
            page.wait_for_selector("#conversation .sure", state="detached")
        assert page.evaluate("window.farewells") > 1
    finally:
        context.close()


SERVER = """() => {
  const done = id => ({ msg: 'process_completed', event_id: id, output: {} })
  const pause = () => new Promise(done => setTimeout(done, 20))
  const streams = [], told = []
  let answered = Promise.resolve(), joined = 0
  window.fetch = async url => {
    if (url.endsWith('join')) {
      const id = `e${joined++}`
      await answered
      return new Response(JSON.stringify({ event_id: id }))
    }
    return new Response(new ReadableStream({ start: stream => { streams.push(stream) } }))
  }
  const send = (...messages) => {
    for (const each of messages) streams.at(-1).enqueue(new TextEncoder().encode(`data: ${JSON.stringify(each)}\n\n`))
  }
  const close = async () => {
    send({ msg: 'close_stream', event_id: null })
    streams.at(-1).close()
    await pause()
  }
  const join = () => window.fetch('http://server/queue/join', { body: '{}' })
  return { done, pause, streams, told, send, close, join, late: waited => { answered = waited } }
}"""


def test_a_stream_of_messages_is_open_only_while_an_event_is_pending(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.evaluate(f"window.server = ({SERVER})()")
    page.add_script_tag(path=ROOT / "qa/chat/static/stream.js")
    opened = page.evaluate("""async () => {
      const { done, pause, streams, told, send, close, join, late } = window.server
      const opened = []
      await join()
      const { body } = await window.fetch('http://server/queue/data')
      const reading = async () => { for await (const chunk of body) told.push(new TextDecoder().decode(chunk)) }
      const read = reading().catch(error => error.message)
      await join()
      send(done('e0'), done('e1'))
      await close()
      opened.push(streams.length) // both were served
      await join()
      await pause()
      opened.push(streams.length) // which is opened for the third
      let answer
      late(new Promise(done => { answer = done }))
      const joining = join()
      await pause()
      send(done('e2'), done('e3'))
      await close()
      answer()
      await joining
      await pause()
      opened.push(streams.length) // the fourth was served before its identifier was known
      late(Promise.resolve())
      await join()
      await pause()
      send(done('e4'))
      await join() // while the stream closes
      await close()
      opened.push(streams.length)
      send(done('e5'))
      streams.at(-1).close() // without a word
      return [opened, await read, told.length]
    }""")
    context.close()
    assert opened == [[1, 2, 2, 4], "The stream of messages ended before it was closed.", 6]


@pytest.mark.parametrize("how", ["refused", "lost", "silent", "mute"])
def test_an_event_that_is_never_answered_holds_back_none_after_it(browser: Browser, how: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.evaluate(
        """how => {
      window.gradio_config = { dependencies: [{ id: 1, outputs: [7], trigger_mode: 'multiple' }] }
      window.joined = 0
      window.silences = []
      window.fetch = async url => {
        if (url.endsWith('join')) return new Response(JSON.stringify({ event_id: `e${joined++}` }))
        if (how === 'lost') throw new TypeError('Failed to fetch')
        if (how === 'silent') return new Promise(() => {})
        if (how === 'mute') return new Response(new ReadableStream())
        return new Response('', { status: 503 })
      }
      const { setTimeout: timer } = window
      window.setTimeout = (call, wait, ...given) => wait > 10000 ? void silences.push(() => call(...given)) : timer(call, wait)
    }""",
        how,
    )
    page.add_script_tag(path=ROOT / "qa/chat/static/stream.js")
    told = page.evaluate("""async () => {
      const pause = () => new Promise(done => setTimeout(done, 20))
      const join = () => window.fetch('http://server/queue/join', { body: '{"fn_index": 1}' })
      await join()
      const waiting = join() // has the turn of the first
      await pause()
      const before = window.joined
      const data = window.fetch('http://server/queue/data').then(async answer => answer.ok ? answer.text() : answer.status)
      const opened = data.catch(error => error.message)
      await pause()
      for (const silence of silences) silence() // two minutes later
      await waiting
      return [before, await opened, window.joined]
    }""")
    context.close()
    failed = "Failed to fetch"  # as the browser tells of a body that breaks off, too
    assert told == [1, {"refused": 503, "lost": failed, "silent": "The server does not answer.", "mute": failed}[how], 2]


def test_an_event_that_the_server_does_not_take_holds_back_none_after_it(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.evaluate("""() => {
      window.gradio_config = { dependencies: [{ id: 1, outputs: [7], trigger_mode: 'multiple' }] }
      window.joined = 0
      window.silences = []
      window.fetch = () => joined++ ? Promise.resolve(Response.json({ event_id: 'e1' })) : new Promise(() => {})
      window.setTimeout = (call, wait, ...given) => void silences.push(() => call(...given))
    }""")
    page.add_script_tag(path=ROOT / "qa/chat/static/stream.js")
    told = page.evaluate("""async () => {
      const join = () => window.fetch('http://server/queue/join', { body: '{"fn_index": 1}' })
      const first = join().catch(error => error.message), second = join()
      await null // each waits for those before it
      for (const silence of silences) silence()
      return [await first, (await second).ok, window.joined]
    }""")
    context.close()
    assert told == ["The server does not answer.", True, 2]


def test_a_session_that_is_lost_begins_anew_where_it_was(opened: Visit, hand: Any) -> None:
    page = opened.page
    opened.ask("洪峰水位？")
    page.wait_for_function("localStorage.getItem('qa-conversations')")
    hand[0].app.state_holder.session_data.clear()  # as after a restart, or long sleep
    page.fill(BOX, "甲乙")
    with page.expect_navigation():
        page.press(BOX, "Enter")
    page.wait_for_function("document.querySelector('#question textarea')?.value === '甲乙'")
    page.wait_for_function("document.querySelector('#conversation .user-row')?.innerText === '洪峰水位？'")
    assert page.locator("#conversation .user-row").count() == 1
    page.press(BOX, "Enter")
    page.wait_for_function("document.querySelectorAll('#conversation .sure').length === 2")


def test_a_conversation_is_exported(opened: Visit) -> None:
    page = opened.page
    page.click("[data-do=export_html]")
    page.wait_for_function("document.querySelector('#note').innerText.includes('还没有可以导出')")
    opened.ask("甲乙")
    for button, suffix, quote in (("[data-do=export_html]", "html", "&lt;img"), ("[data-do=export_markdown]", "md", "\\[")):
        with page.expect_download() as started:
            page.click(button)
        assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d 甲乙\.{suffix}", started.value.suggested_filename)
        text = Path(started.value.path()).read_text("utf-8")
        assert quote in text
        assert "<img" not in text


def test_settings_are_kept_in_the_browser(opened: Visit) -> None:
    page = opened.page
    opened.ask("洪峰水位？")
    page.click("[data-do=show_options]")
    page.locator("#set-caution label", has_text="宁缺毋滥").click()
    page.locator("#set-theme label", has_text="深色").click()
    page.wait_for_function("document.body.classList.contains('dark')")
    page.locator("#set-language label", has_text="English").click()
    page.wait_for_function("document.querySelector('#heading h1').innerText === 'Ask your documents'")
    assert page.locator("#conversation .turn").count() == 1
    page.reload()
    page.wait_for_function("document.querySelector('#heading h1')?.innerText === 'Ask your documents'")
    page.wait_for_function("document.body.classList.contains('dark') && document.documentElement.lang === 'en'")
    page.click("[data-do=show_options]")
    assert page.locator("#set-caution input:checked").get_attribute("value") == "cautious"


def test_the_focus_goes_back_to_where_it_was(opened: Visit) -> None:
    page, focused = opened.page, "document.activeElement.dataset.do ?? document.activeElement.id"
    opened.ask("甲乙")

    def press(selector: str, key: str, then: str) -> None:
        page.locator(selector).first.press(key)
        page.wait_for_function(f"({focused}) === '{then}'")

    press("#foot [data-do=show_options]", "Enter", "")
    press("#set-theme input[value=light]", "Escape", "show_options")
    press("#shelves [data-do=show_library]", "Enter", "")
    press("#library-head [data-do=back]", "Enter", "show_library")
    press("#foot [data-do=keys]", "Enter", "")
    press("#keys button", "Enter", "keys")
    press("#past [data-do=delete]", "Enter", "restore_talk")
    press("#note [data-do=restore_talk]", "Enter", "delete")
    press("#past [data-do=rename]", "Enter", "rename-talk")
    page.keyboard.type("改名")
    press("#rename-talk", "Enter", "resume")
    page.wait_for_function("document.activeElement.innerText === '改名'")
    press("#past [data-do=resume]", "Enter", "resume")
    page.wait_for_selector("#conversation .sure")
    page.set_viewport_size(PHONE)
    press("#top [data-do=rail]", "Enter", "new")
    press("#past [data-do=resume]", "Escape", "rail")
    page.click("#top [data-do=rail]")
    page.wait_for_function(f"({focused}) === 'new'")
    page.locator("#foot [data-do=show_options]").press("Enter")
    page.wait_for_function("document.activeElement.matches('#options h2')")
    press("#options h2", "Escape", "rail")
    page.click("#top [data-do=rail]")
    page.wait_for_function(f"({focused}) === 'new'")
    press("#past [data-do=delete]", "Enter", "restore_talk")


def test_light_and_dark_do_not_wait_for_the_server(opened: Visit) -> None:
    page = opened.page
    page.route("**/gradio_api/queue/join*", lambda _: None)  # never answered
    page.click("[data-do=show_options]")
    for name, dark in (("深色", True), ("浅色", False), ("深色", True)):
        page.locator("#set-theme label", has_text=name).click()
        assert page.evaluate("document.body.classList.contains('dark')") is dark
    page.locator("#set-theme input[value=light]").press(" ")
    assert page.evaluate("[document.body.classList.contains('dark'), localStorage['qa-settings']]") == [
        False,
        '{"theme":"light"}',
    ]
    page.unroute_all()
    page.locator("#set-language label", has_text="English").click()
    page.wait_for_function("document.querySelector('#set-theme').innerText.includes('Match system')")
    assert page.locator("#set-theme input:checked").get_attribute("value") == "light"
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.locator("#set-theme input:checked").get_attribute("value") == "light"


def test_an_empty_collection_leads_to_the_first_document(browser: Browser) -> None:
    index = HandIndex()
    index.manifest.documents = ()
    with served(Backend.of(index).open()) as address:
        opened = Visit(browser, address, "en-GB", PHONE)
        assert "Add your files" in opened.page.inner_text("#conversation")
        assert opened.page.inner_text("#conversation .first") == "Choose files"
        assert opened.overflow() == 0
        opened.context.close()


def test_questions_may_be_asked_while_the_model_loads(browser: Browser) -> None:
    index, ready = HandIndex(), threading.Event()
    index.warm_up = lambda: ready.wait(60)  # type: ignore[method-assign,assignment]
    with served(Backend.of(index).open()) as address, closing_with(ready):
        opened = Visit(browser, address, "zh-CN", DESKTOP)
        opened.page.wait_for_function("document.querySelector('#status').innerText.includes('正在载入模型')")
        opened.page.fill(BOX, "洪峰水位？")
        opened.page.press(BOX, "Enter")
        opened.page.wait_for_selector("#conversation .waiting")
        ready.set()
        opened.page.wait_for_selector("#conversation .sure")
        opened.page.wait_for_function("!document.querySelector('#status p')")
        opened.context.close()


def test_a_question_sent_while_another_is_answered_is_asked_after_it(browser: Browser) -> None:
    index, ready = HandIndex(), threading.Event()
    answer = index.ask

    def ask(question: str, *given: Any) -> Any:
        assert ready.wait(60)
        return answer(question, *given)

    index.ask = ask  # type: ignore[method-assign,assignment]
    with served(Backend.of(index).open()) as address, closing_with(ready):
        opened = Visit(browser, address, "zh-CN", DESKTOP)
        page = opened.page
        page.fill(BOX, "洪峰水位？")
        page.press(BOX, "Enter")
        page.wait_for_selector("#conversation .waiting")
        page.wait_for_function("document.querySelector('#question textarea').value === ''")
        page.fill(BOX, "甲乙？")
        page.press(BOX, "Enter")
        ready.set()
        page.wait_for_function("document.querySelectorAll('#conversation .sure').length === 2")
        assert page.locator("#conversation .user-row").all_inner_texts() == ["洪峰水位？", "甲乙？"]
        assert page.input_value(BOX) == ""
        opened.context.close()


@pytest.mark.parametrize(("locale", "told"), [("zh-CN", "连接中断"), ("en-GB", "Connection lost")])
def test_that_the_program_is_gone_is_told_in_the_pages_language(browser: Browser, locale: str, told: str) -> None:
    page = build_chat(Backend.of(HandIndex()).open())
    address = launch_chat(page, "127.0.0.1", free_port())
    opened = Visit(browser, address, locale, DESKTOP)
    opened.page.wait_for_selector("#conversation .start")
    page.close(verbose=False)
    opened.page.fill(BOX, "洪峰水位？")
    opened.page.press(BOX, "Enter")
    opened.page.wait_for_function("text => document.querySelector('#offline')?.innerText.includes(text)", arg=told)
    assert opened.page.input_value(BOX) == "洪峰水位？"
    assert [toast.is_visible() for toast in opened.page.locator(".toast-body").all()] == [False]
    opened.context.close()


def test_questions_to_begin_with_that_come_late_leave_the_answer_on_the_page(browser: Browser) -> None:
    backend, ready = Backend.of(HandIndex()).open(), threading.Event()

    def examples(language: str, collection: str | None = None, *, look: bool = True) -> tuple[str, ...]:
        if not look:  # as when the page is loaded
            return ("洪峰水位？",)
        ready.wait(60)
        return ("甲乙？",)

    backend.examples = examples  # type: ignore[method-assign,assignment]
    with served(backend) as address, closing_with(ready):
        opened = Visit(browser, address, "zh-CN", DESKTOP)
        opened.page.wait_for_selector("#conversation .example")
        opened.ask("洪峰水位？")
        assert opened.page.locator("#conversation .example").is_hidden()
        ready.set()
        opened.page.wait_for_function("document.querySelector('#conversation .example').textContent === '甲乙？'")
        assert opened.page.locator("#conversation .turn").count() == 1
        assert opened.page.locator("#conversation .example").is_hidden()
        opened.page.click("#new")
        opened.page.click("#conversation .example")
        opened.page.wait_for_selector("#conversation .sure")
        opened.context.close()
