"""The form to sign in, as a person meets it: by keyboard alone, on a phone and at 200 % zoom, light and dark; and axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_helpers import Served
from test_browser import PHONE, browser
from test_page_safety import findings
from tiny import TinyEncoder

from qa.collections.library import Library
from qa.service.access.users import Users
from qa.service.backend import Backend

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::Warning:gradio")]
__all__ = ["browser"]  # the fixture

NAME, PASSWORD, TYPED = "writer", "长一点的密码 1", '<b>"写手"'  # the last is nobody's
ZOOMED = {"width": 640, "height": 430}  # a window of 1,280 pixels at 200 %
FOCUSED = "document.activeElement.id"


class Form:
    """The form in a browser."""

    def __init__(self, browser: Any, address: str, locale: str, size: Any, scheme: Any) -> None:
        self.context = browser.new_context(locale=locale, viewport=size, color_scheme=scheme)
        self.page = self.context.new_page()
        self.page.goto(address)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("users")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "a.txt").write_text("水位227.6米。", "utf-8")
    users = Users(folder / "users.json")
    users.put(NAME, PASSWORD, ("default",), ())
    library = Library(folder / "home", folder / "seeds", folder / "index", encoder=TinyEncoder())
    library.prepare()
    running = Served(Backend(library, users=users).open())
    yield running
    running.close()
    library.close()


@pytest.mark.parametrize(
    ("locale", "size", "scheme", "told"),
    [
        ("zh-CN", PHONE, "light", ("登录", "退出")),
        ("zh-CN", ZOOMED, "dark", ("登录", "退出")),
        ("en-GB", PHONE, "dark", ("Sign in", "Sign out")),
        ("en-GB", ZOOMED, "light", ("Sign in", "Sign out")),
    ],
)
def test_one_signs_in_and_out_by_keyboard_alone(
    browser: Any, served: Served, tmp_path: Path, locale: str, size: Any, scheme: str, told: tuple[str, str]
) -> None:
    form = Form(browser, served.url, locale, size, scheme)
    page = form.page
    page.screenshot(path=tmp_path / "form.png")
    assert (page.inner_text("h1"), page.title(), page.evaluate(FOCUSED)) == (told[0], told[0], "name")
    found = findings(form, "form")  # type: ignore[arg-type]
    page.keyboard.type(TYPED)
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    page.screenshot(path=tmp_path / "refused.png")
    assert (page.input_value("#name"), page.input_value("#password"), page.evaluate(FOCUSED)) == (TYPED, "", "password")
    found += findings(form, "refused")  # type: ignore[arg-type]
    boxes = page.locator("input, button").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert min(boxes) >= 44
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    page.keyboard.press("Shift+Tab")  # which selects the name
    page.keyboard.type(NAME)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-ready] #rail #account", state="attached")
    assert told[1] in (page.text_content("#account button") or "")
    page.focus("#top [data-do=rail]")
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#account') !== null"):
            break
    page.screenshot(path=tmp_path / "rail.png")
    found += findings(form, "rail")  # type: ignore[arg-type]
    page.keyboard.press("Enter")
    page.wait_for_selector("#password")
    form.context.close()
    assert "\n".join(found) == ""
