"""The web chat over an index made by hand: what it draws, what its endpoints give, what it refuses."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import string
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from gradio_client import Client

import qa
from qa.answers.answer import Answer
from qa.answers.citation import Citation
from qa.chat.drawing.conversation import Abilities, draw_contents, draw_conversation, draw_panel
from qa.chat.page.page import EXAMPLES, SEED, SEED_SHA256, build_chat
from qa.chat.page.turns import QUESTION_LIMIT, Turn, take_turn
from qa.chat.service.desk import Desk
from qa.chat.service.server import launch_chat
from qa.chat.texts.messages import LANGUAGES, MESSAGES, Language, choose_language, confidence_words, message, table
from qa.disk import sha256_of
from qa.errors import ModelError
from qa.types import Hit, Mark, Paragraph, Verification

# Gradio's own queue warns of pandas; what the tests ask for is not affected
pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")

ROOT = Path(__file__).parent.parent
# one passage a line; the second sentence of each is what the index below answers with
DOCUMENT = (
    "水位记录。洪峰水位227.6米。\n"
    "<script>document.title='owned'</script> **粗体** 甲。<img src=x onerror=\"document.title='owned'\"> "
    "`${document.title='owned'}` ![图](http://example.invalid/a.png) [1] $$x^2$$ 乙。\n"
    "&lt;b&gt; </blockquote></article> 丙。'\"><svg onload=alert(1)> 丁。\n"
)
SOURCE = "<b onclick=alert(1)>恶&意\"'.txt"


class HandIndex:
    """An index of `DOCUMENT`: a question finds the passages that hold its words, and its first word decides the answer."""

    def __init__(self) -> None:
        self.passages: list[Paragraph] = []
        start = 0
        for row, text in enumerate(DOCUMENT.splitlines()):
            self.passages.append(Paragraph(row, SOURCE, start, start + len(text), row + 1, row + 1, text, part=2 * (row == 2)))
            start += len(text) + 1
        self.manifest = SimpleNamespace(
            documents=(SimpleNamespace(source=SOURCE, encoding="utf-8", passages=3),), model="by hand"
        )

        self.verification = Verification(True, "unchanged")

    def verify_document(self, source: str) -> Verification:
        assert source == SOURCE
        return self.verification

    def warm_up(self) -> None:
        """There is no model."""

    def paragraph(self, row: int) -> Paragraph:
        return self.passages[row]

    def search(self, question: str, k: int = 5) -> list[Hit]:
        if question == "broken":
            raise ModelError("no model: install one")
        ranked = sorted(self.passages, key=lambda p: (-sum(c in p.text for c in question), p.row))
        scores = {"dense": 0.5, "sentence": 0.4, "lexical": 2.0, "coverage": 0.9}
        return [Hit(i, 1.0 / i, passage, scores) for i, passage in enumerate(ranked[:k], 1)]

    def ask(
        self,
        question: str,
        k: int = 5,
        threshold: float = 0.25,
        within: Collection[str] | None = None,
        history: Sequence[Answer] = (),
    ) -> Answer:
        self.history = list(history)
        hits = tuple(self.search(question, k))
        understood = f"{history[-1].question} {question}" if history and question.startswith("它") else ""
        if "没有" in question or threshold > 0.91:
            return Answer(question, False, 0.04, "这些文档中没有找到这个问题的答案。", (), hits, understood)
        passage = hits[0].paragraph
        cuts = [match.end() for match in re.finditer("。", passage.text)]
        spans = [(0, cuts[0]), (cuts[0], cuts[1])] if "两句" in question else [(cuts[0], cuts[1])]
        digest = hashlib.sha256(DOCUMENT.encode()).hexdigest()
        at, place = passage.start, passage.place
        citations = tuple(
            Citation(n, SOURCE, SOURCE, place, at + a, at + b, passage.text[a:b], digest, passage.row)
            for n, (a, b) in enumerate(spans, 1)
        )
        text = "\n".join(f"{c.quote} [{c.number}]" for c in citations)
        return Answer(question, True, 0.91, text, citations, hits, understood)


class Page(HTMLParser):
    """The elements and the text of a piece of HTML, as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, "the elements are nested as written"

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self._open:
            self.marked[-1] += data

    def all(self, attribute: str) -> list[str | None]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The chat over the index made by hand, served for the tests of this file."""
    page = build_chat(Desk.of(HandIndex()).open())
    url = launch_chat(page, "127.0.0.1", free_port())
    yield url
    page.close(verbose=False)


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False)


@pytest.fixture
def turns() -> tuple[Turn, ...]:
    desk = Desk.of(HandIndex()).open()
    questions = ["洪峰水位？", "<script>甲 乙 两句", "没有答案 <i>", "broken"]
    return tuple(take_turn(desk, question, number) for number, question in enumerate(questions, 1))


# -- messages -----------------------------------------------------------------------------------------------------------


def test_every_message_is_there_in_both_languages() -> None:
    assert set(table("zh")) == set(table("en")) == set(MESSAGES)
    for key, texts in MESSAGES.items():
        assert set(texts) == set(LANGUAGES), key
        names = [{name for _, name, _, _ in string.Formatter().parse(texts[language]) if name} for language in LANGUAGES]
        assert names[0] == names[1], key
        assert all(text.strip() for text in texts.values()), key


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("zh-CN,zh;q=0.9", "zh"), ("zh-HK", "zh"), ("ZH", "zh"), ("en-GB,zh;q=0.9", "en"), ("fr", "en"), ("", "en")],
)
def test_language_of_the_browser(accepted: str, language: Language) -> None:
    assert choose_language(accepted) == language


@pytest.mark.parametrize(
    ("confidence", "found", "words"),
    [
        (0.9999, True, "把握很大（99%）"),
        (0.85, True, "把握很大（85%）"),
        (0.7, True, "比较有把握（70%）"),
        (0.31, True, "把握不大（31%），请核对原文"),
        (0.0, False, "文档里有答案的可能：1%"),
    ],
)
def test_confidence_in_words_with_the_figure(confidence: float, found: bool, words: str) -> None:
    assert confidence_words(confidence, found, "zh") == words


# -- what is drawn ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_documents_file_names_and_questions_stay_text(turns: tuple[Turn, ...], language: Language) -> None:
    panel = Page(draw_panel(turns, language, Abilities(rate=True, read=True)))
    talk = Page(draw_conversation(turns, language, Abilities(rate=True, read=True)))
    contents = Page(draw_contents(HandIndex().manifest.documents, language))
    assert draw_panel((), language) == ""
    own = {"section", "h2", "p", "ul", "li", "details", "summary", "article", "header", "a", "cite", "span", "blockquote", "mark",
           "footer", "div", "button", "meter", "strong"}  # fmt: skip
    attributes = {"class", "id", "href", "title", "type", "tabindex", "hidden", "min", "max", "value", "aria-label",
                  "aria-pressed", "aria-expanded", "data-number", "data-do", "data-turn", "data-rating", "data-request",
                  "data-text", "data-done", "data-failed"}  # fmt: skip
    for page in (panel, talk, contents):
        assert {tag for tag, _ in page.elements} <= own
        assert set().union(*(given for _, given in page.elements)) <= attributes
        assert all(str(href).startswith("#") for href in page.all("href"))
    for passage in HandIndex().passages:
        assert passage.text in panel.text
    assert SOURCE in panel.text
    assert SOURCE in contents.text
    assert "<script>甲 乙 两句" in panel.text
    assert "<script>甲 乙 两句" in talk.text


def test_a_quotation_is_marked_where_it_stands(turns: tuple[Turn, ...]) -> None:
    assert Page(draw_panel(turns[:1], "zh")).marked == ["洪峰水位227.6米。"]


def test_each_number_leads_to_its_card_and_back(turns: tuple[Turn, ...]) -> None:
    panel = Page(draw_panel(turns, "zh"))
    talk = Page(draw_conversation(turns, "zh"))
    ids = panel.all("id") + talk.all("id")
    assert len(ids) == len(set(ids))
    assert [i for i in panel.all("id") if str(i).startswith("cite")] == ["cite-2-1", "cite-2-2", "cite-1-1"]
    assert talk.all("href") == ["#cite-1-1", "#cite-2-1", "#cite-2-2", "#near-3"]
    assert {str(href)[1:] for href in panel.all("href") + talk.all("href")} <= set(ids)


def test_two_sentences_of_a_passage_share_a_card(turns: tuple[Turn, ...]) -> None:
    panel = Page(draw_panel(turns[1:2], "zh"))
    assert "".join(panel.marked) == DOCUMENT.splitlines()[1]
    assert panel.all("data-number") == ["1", "2"]


def test_a_number_inside_a_quotation_is_no_link() -> None:
    citation = Citation(1, "a", "a", "", 0, 6, "见 [1]。", "0", 0)
    turn = Turn(1, "?", Answer("?", True, 0.9, "见 [1]。 [1]", (citation,)), {0: Paragraph(0, "a", 0, 6, 1, 1, "见 [1]。")})
    link = '<a class="ref" id="ref-1-1" href="#cite-1-1" aria-label="[1] 出处 1">[1]</a>'
    assert f'<p class="said">见 [1]。{link}</p>' in draw_conversation((turn,), "zh")


def test_not_found_offers_the_nearest_passages(turns: tuple[Turn, ...]) -> None:
    for language, heading in (("zh", "最接近的段落"), ("en", "Nearest passages")):
        panel = Page(draw_panel(turns[2:3], language))  # type: ignore[arg-type]
        assert heading in panel.text
        assert panel.marked == []
    assert "4%" in draw_conversation(turns[2:3], "zh")


def test_places_are_said_in_the_language_of_the_page(turns: tuple[Turn, ...]) -> None:
    zh, en = (Page(draw_panel(turns[:1], language)).text for language in LANGUAGES)
    assert "第 1 段，第 1 行" in zh
    assert "第 3 段第 2 部分，第 3 行" in zh
    for passage in HandIndex().passages:
        assert passage.place in en


def test_a_place_names_page_and_headings() -> None:
    mark = Mark(0, "page", 3, "", ("第二章", "2.1"))
    passage = Paragraph(0, "a.pdf", 0, 4, 12, 40, "洪峰。", mark=mark)
    turn = Turn(1, "?", Answer("?", False, 0.1, "", (), (Hit(1, 1.0, passage, {}),)))
    zh, en = (Page(draw_panel((turn,), language)).text for language in LANGUAGES)
    assert "第 3 页，第二章 › 2.1，第 12 段" in zh
    assert passage.place == "page 3, 第二章 › 2.1, paragraph 12"
    assert passage.place in en


def test_a_citation_whose_file_has_changed_says_so() -> None:
    index = HandIndex()
    notes = {language: message("changed", language) for language in LANGUAGES}
    for held in (True, False):
        index.verification = Verification(held, "")
        turn = take_turn(Desk.of(index).open(), "洪峰水位？", 1)
        for language, note in notes.items():
            assert (note in draw_panel((turn,), language)) is not held


def test_trouble_is_told_in_one_line(turns: tuple[Turn, ...]) -> None:
    assert '<p class="said trouble">No answer: no model: install one</p>' in draw_conversation(turns[3:], "en")


def test_questions_wait_for_the_model() -> None:
    index, ready = HandIndex(), threading.Event()

    def load_slowly() -> None:
        ready.wait(30)

    index.warm_up = load_slowly  # type: ignore[method-assign]
    desk = Desk.of(index).open()
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(desk.ask("洪峰水位？")))
    asking.start()
    asking.join(0.2)
    assert not desk.loaded
    assert answers == []
    ready.set()
    asking.join(30)
    assert answers[0].found


def test_a_model_that_does_not_load_is_told_to_who_asks(capsys: pytest.CaptureFixture[str]) -> None:
    index = HandIndex()

    def fail() -> None:
        raise ModelError("model x is not here")

    index.warm_up = fail  # type: ignore[method-assign]
    assert take_turn(Desk.of(index).open(), "洪峰水位？", 1).trouble == "model x is not here"
    assert capsys.readouterr().err == "model x is not here\n"


def test_examples_are_of_the_seed_document() -> None:
    assert sha256_of(ROOT / "seeds" / SEED) == SEED_SHA256
    assert len(EXAMPLES) == len(set(EXAMPLES)) == 7


# -- endpoints ----------------------------------------------------------------------------------------------------------


def test_ask_gives_the_answer_and_its_citations(client: Client) -> None:
    answer = client.predict("洪峰水位？", api_name="/ask")
    assert answer == json.loads(json.dumps(qa.answer_json(HandIndex().ask("洪峰水位？"))))
    assert set(answer) == {"question", "understood", "found", "confidence", "text", "citations", "hits"}
    (citation,) = answer["citations"]
    assert set(citation) == {"number", "source", "place", "start", "end", "quote", "sha256", "also"}
    assert DOCUMENT[citation["start"] : citation["end"]] == citation["quote"] == "洪峰水位227.6米。"


def test_search_gives_hits(client: Client) -> None:
    hits = client.predict("甲乙", 2, api_name="/search")
    assert [hit["rank"] for hit in hits] == [1, 2]
    assert set(hits[0]) == {"rank", "score", "source", "start", "end", "place", "text", "scores"}
    assert hits[0]["text"] == DOCUMENT.splitlines()[1]
    assert len(client.predict("甲乙", api_name="/search")) == 3


def test_only_these_endpoints_are_offered(client: Client) -> None:
    offered = client.view_api(return_format="dict", print_info=False)
    assert set(offered["named_endpoints"]) == {"/ask", "/search", "/documents"}
    assert offered["unnamed_endpoints"] == {}


@pytest.mark.parametrize("endpoint", ["/ask", "/search"])
@pytest.mark.parametrize(
    ("question", "k", "reason"),
    [
        ("", 5, "Please type a question first."),
        (" \n", 5, "Please type a question first."),
        ("长" * (QUESTION_LIMIT + 1), 5, "at most 2000 characters; this one has 2001"),
        (["a"], 5, "has to be a text"),
        ("水位", 0, "whole number from 1 to 50"),
        ("水位", "7", "whole number from 1 to 50"),
        ("broken", 5, "no model: install one"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(
    client: Client, endpoint: str, question: object, k: object, reason: str
) -> None:
    with pytest.raises(Exception, match=re.escape(reason)) as caught:
        client.predict(question, k, api_name=endpoint)
    assert len(str(caught.value).splitlines()) == 1


def test_a_question_may_be_as_long_as_the_limit(client: Client) -> None:
    assert client.predict("长" * QUESTION_LIMIT, api_name="/ask")["found"]


# -- small things -------------------------------------------------------------------------------------------------------


def test_the_package_does_not_import_gradio() -> None:
    code = "import sys, qa; sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60).returncode == 0


def test_messages_of_the_table_are_filled_in() -> None:
    assert message("too_long", "en", limit=1, length=2).startswith("A question may have at most 1 characters; this one has 2.")
