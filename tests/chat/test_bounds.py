"""The bounds and promises of the chat, each by its number: what a client may use, what is kept, what is escaped."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import anyio
import h11
import pytest
from chat_helpers import ASKED, HandIndex, Page, Served, as_json, asked_json, backend, served  # noqa: F401
from pydantic import ValidationError
from starlette.datastructures import Headers

import qa
from qa.chat.drawing.conversation import draw_start
from qa.chat.drawing.markup import as_text
from qa.chat.drawing.rail import draw_history
from qa.chat.page.reader_panel import parse_request
from qa.chat.serving.server import _PromptHttp, _Server
from qa.chat.state.history import Conversation, for_browser
from qa.chat.state.records import from_record, to_record
from qa.chat.state.settings import CAUTIONS
from qa.chat.state.turns import Turn, take_turn
from qa.chat.texts.messages import confidence_words
from qa.errors import DocumentError, QAError
from qa.service.api import replies
from qa.service.api.requests import QUESTION_LIMIT, AskRequest, objection
from qa.service.backend import Backend
from qa.service.web.exchange import POLICY, Body, ClientLimits, Refused
from qa.service.web.guards import Allowance

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")


# -- what a client may use ------------------------------------------------------------------------------------------------


def test_the_limits_of_a_client() -> None:
    assert ClientLimits() == ClientLimits(
        body=1_000_000, upload=2**30, rate=50, burst=10, body_seconds=20, stall_seconds=20, spare=2**29
    )


@pytest.mark.parametrize(("uploads", "most"), [(False, 1_000_000), (True, 2**30)])
def test_a_body_is_refused_by_the_byte_that_it_announces_too_many(uploads: bool, most: int) -> None:
    async def begin(length: int) -> None:
        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        await Body(receive, ClientLimits(), uploads).begin(Headers({"content-length": str(length)}))

    anyio.run(begin, most)
    with pytest.raises(Refused) as caught:
        anyio.run(begin, most + 1)
    assert caught.value.status == 413


def test_a_body_that_announces_nothing_is_counted() -> None:
    async def begin(pieces: int) -> None:
        sent = iter(range(pieces))

        async def receive() -> Any:
            return {"type": "http.request", "body": b"a" * 100_000, "more_body": next(sent) < pieces - 1}

        await Body(receive, ClientLimits(), uploads=False).begin(Headers({"transfer-encoding": "chunked"}))

    anyio.run(begin, 10)
    with pytest.raises(Refused):
        anyio.run(begin, 11)


def test_clients_that_have_all_in_hand_again_are_forgotten() -> None:
    now = [0.0]
    allowance = Allowance(1, 5, lambda: now[0])
    for number in range(10_000):
        allowance.wait(str(number))
    assert len(allowance._left) == 10_000
    now[0] = 5.1
    allowance.wait("later")
    assert set(allowance._left) == {"later"}


def test_of_too_many_clients_the_oldest_are_forgotten() -> None:
    allowance = Allowance(1, 5, lambda: 0.0)
    for number in range(10_001):
        allowance.wait(str(number))
    assert len(allowance._left) == 5_001


@pytest.mark.parametrize(
    ("field", "fits", "misfits"),
    [
        ("k", (1, 200), (0, 201, "5", True, 5.0)),
        ("threshold", (0, 1, 0.25), (-0.01, 1.01, "0.5", True)),
        ("within", (["a"] * 200, [], None), (["a"] * 201, "a", [1])),
        ("history", (["a"] * 20, [], None), (["a"] * 21, "a", [1], [" "])),
        ("question", ("a" * 2000,), ("a" * 2001, " ", "", 1)),
        ("top", (), (5, None)),
    ],
)
def test_the_ends_of_what_a_request_may_say(field: str, fits: Sequence[object], misfits: Sequence[object]) -> None:
    for value in fits:
        assert getattr(AskRequest(**{"question": "a", field: value}), field) == value
    for value in misfits:
        with pytest.raises(ValidationError):
            AskRequest(**{"question": "a", field: value})


def test_a_connection_is_closed_that_takes_over_ten_seconds_for_the_head_of_a_request() -> None:
    timers: list[list[Any]] = []

    def call_later(seconds: float, close: object) -> Any:
        timers.append([seconds, close, "runs"])
        return SimpleNamespace(cancel=lambda: timers[-1].__setitem__(2, "cancelled"))

    protocol: Any = _PromptHttp.__new__(_PromptHttp)
    protocol.loop, protocol.transport = SimpleNamespace(call_later=call_later), SimpleNamespace(close="close")
    protocol.conn = SimpleNamespace(their_state=h11.IDLE)
    for _ in range(3):  # what comes of the head bit by bit gives no more time
        protocol._watch()
    assert timers == [[10, "close", "runs"]]
    protocol.conn.their_state = h11.SEND_BODY
    protocol._watch()
    assert timers == [[10, "close", "cancelled"]]
    protocol.conn.their_state = h11.IDLE  # the next request on the same connection
    protocol._watch()
    assert [timer[2] for timer in timers] == ["cancelled", "runs"]


def test_the_server_takes_a_thousand_connections_and_three_seconds_to_close() -> None:
    async def app(*_: object) -> None: ...

    with socket.socket() as listening:
        config = _Server(app, listening).config
    assert (config.limit_concurrency, config.timeout_graceful_shutdown, config.server_header, config.ws) == (
        1000,
        3,
        False,
        "none",
    )


def test_the_page_may_load_from_its_own_server_only() -> None:
    allowed = dict(directive.split(" ", 1) for directive in POLICY.split("; "))
    assert allowed == {
        "default-src": "'self'", "script-src": "'self' 'unsafe-inline' 'unsafe-eval'", "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:", "font-src": "'self' data:", "connect-src": "'self'", "form-action": "'self'",
        "object-src": "'none'", "base-uri": "'self'", "frame-ancestors": "'none'",
    }  # fmt: skip


def test_eight_questions_of_programs_are_answered_at_a_time(
    served: Served, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, free, running, most = threading.Lock(), threading.Event(), [0], [0]

    def search(*_: object, **__: object) -> list[Any]:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
            if running[0] == 8:
                threading.Timer(0.5, free.set).start()  # time for a ninth to come in
        free.wait(20)
        with lock:
            running[0] -= 1
        return []

    monkeypatch.setattr(backend, "search", search)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: served.post("/api/search", question=ASKED), range(12)))
    assert [answer.status_code for answer in answers] == [200] * 12
    assert most == [8]


def test_who_comes_when_too_many_wait_is_told_to_come_again(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    assert replies.CALLS_WAITING == 64
    monkeypatch.setattr(replies, "CALLS_WAITING", 0)
    answer = served.post("/api/search", question=ASKED)
    assert (answer.status_code, answer.json()) == (503, {"error": "Too many questions at once; please try again in a moment."})


# -- questions ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("a" * 2000, None),
        ("a" * 2001, "chat.question_too_long"),
        (" \t\u3000", "chat.empty_question"),
        (None, "chat.question_is_no_text"),
    ],
)
def test_what_may_be_asked(question: object, code: str | None) -> None:
    problem = objection(question)
    assert QUESTION_LIMIT == 2000
    assert (problem and problem.code) == code


def test_the_earlier_questions_of_a_request_are_what_a_conversation_is(served: Served, tiny_index: qa.Index) -> None:
    first, second = "综合来看，綦河洪峰水位是多少？", "它超保证水位多少？"
    for history in ([], [first], [first, second]):
        answer = served.post("/api/ask", question=second, history=history).json()
        assert answer == as_json(asked_json(tiny_index, second, history=tuple(history)))


def test_the_cautions_are_what_was_measured() -> None:
    assert {name: caution.threshold for name, caution in CAUTIONS.items()} == {"bold": 0.2, "balanced": 0.45, "cautious": 0.6}


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.85, "High"), (0.849, "Medium"), (0.6, "Medium"), (0.599, "Low")],
)
def test_where_the_words_for_how_sure_an_answer_is_change(confidence: float, words: str) -> None:
    assert confidence_words(confidence, True, "en")[0] == f"{words} confidence"


# -- what is kept ---------------------------------------------------------------------------------------------------------


def test_the_browser_keeps_so_much() -> None:
    assert for_browser(Conversation())["most"] == {"conversations": 20, "bytes": 600_000}
    turns = tuple(Turn(number, "?") for number in range(60))
    assert [turn.number for turn in Conversation().with_turns(turns).with_turns(turns).turns] == list(range(10, 60))


@pytest.mark.parametrize(
    ("kept", "english", "chinese"),
    [
        (
            to_record(QAError("collections.no_such_collection", "x")),
            "x: there is no such collection; choose another", "x：没有这个文档集；请另选",
        ),
        # a text, which earlier versions kept
        ("no model: install one", "there was no answer then; ask again", "当时没有得到回答；请重新提问"),
        (
            {"code": "chat.bad_k", "about": "", "values": {}},
            "there was no answer then; ask again", "当时没有得到回答；请重新提问",
        ),
        ({"code": "chat.failed"}, "there was no answer then; ask again", "当时没有得到回答；请重新提问"),
        ({"code": 3, "about": [], "values": 4}, "there was no answer then; ask again", "当时没有得到回答；请重新提问"),
        (
            {"code": "chat.not_kept", "about": "x", "values": {"reason": {"errno": 10**30}}},
            "there was no answer then; ask again", "当时没有得到回答；请重新提问",
        ),
    ],
)  # fmt: skip
def test_an_error_that_was_kept_is_told_in_the_pages_language(kept: Any, english: str, chinese: str) -> None:
    record = {**to_record(Turn(1, "?")), "trouble": json.loads(json.dumps(kept))}
    trouble = from_record(Turn, record).trouble
    assert trouble is not None
    assert (trouble.told("en"), trouble.told("zh")) == (english, chinese)


def test_a_turn_does_not_keep_what_its_error_was_raised_in() -> None:
    index = HandIndex()

    def fail(*_: object, **__: object) -> Any:
        raise DocumentError("chat.no_text", "a.txt") from OSError(5, "disk")

    index.ask = fail  # type: ignore[method-assign]
    trouble = take_turn(Backend.of(index).open(), "?", 1).trouble
    assert trouble is not None
    assert str(trouble) == "a.txt: holds no text to read; look at the file itself"
    assert (trouble.__traceback__, trouble.__cause__, trouble.__context__) == (None, None, None)


# -- escaping and requests of the page ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_every_character_that_turns_others_is_kept_apart(code: int) -> None:
    assert as_text(f"a{chr(code)}b") == f'a<bdi class="turning" title="U+{code:04X}">{chr(code)}</bdi>b'


def test_what_is_no_turning_character_is_left() -> None:
    for code in (0x2029, 0x202F, 0x2065, 0x206A, ord("א")):
        assert as_text(chr(code)) == chr(code)


def test_attributes_hold_whatever_is_put_into_them() -> None:
    hostile = "\"'><img src=x onerror=alert(1)>&quot;"
    history = Page(draw_history((Conversation(hostile, hostile, (Turn(1, hostile),)),), "", hostile, "en"))
    assert set(history.all("data-id")) == {hostile}
    start = Page(draw_start((hostile,), 1, "en"))
    assert start.all("data-question") == [hostile]
    assert not {"img"} & {tag for tag, _ in (*history.elements, *start.elements)}


@pytest.mark.parametrize(
    ("values", "taken"),
    [
        ({"start": 0, "end": 20_000}, True), ({"start": 0, "end": 20_001}, False), ({"start": 5, "end": 4}, False),
        ({"start": -1, "end": 4}, False), ({"start": 0.0, "end": 4}, False), ({"start": True, "end": 4}, False),
        ({"collection": 3}, False), ({"collection": None}, True), ({"source": ["a"]}, False),
    ],
)  # fmt: skip
def test_what_the_reader_may_be_asked_to_open(values: dict[str, Any], taken: bool) -> None:
    request = {"collection": "", "source": "a.txt", "start": 0, "end": 4, **values}
    assert (parse_request(json.dumps(request)) is not None) is taken


def test_a_request_to_open_has_a_bound() -> None:
    request = json.dumps({"source": "a.txt", "start": 0, "end": 1})
    assert parse_request(request + " " * (10_000 - len(request))) is not None
    assert parse_request(request + " " * (10_001 - len(request))) is None
