"""What is drawn of turns: nothing of a document, a file name or a question is markup, and every link leads somewhere."""

from __future__ import annotations

import threading

import pytest
from chat_helpers import DOCUMENT, ROOT, SOURCE, HandIndex, Page

from qa.answers.answer import Answer
from qa.answers.citation import Citation
from qa.chat.drawing.cards import draw_panel
from qa.chat.drawing.conversation import Abilities, draw_conversation, said
from qa.chat.drawing.export import as_markdown
from qa.chat.drawing.markup import without_marks
from qa.chat.page.painter import EXAMPLES, SEED_DOCUMENT, SEED_SHA256
from qa.chat.state.history import Conversation
from qa.chat.state.turns import Asking, Turn, questions_in, take_turn
from qa.chat.texts.messages import message
from qa.disk import sha256_of
from qa.errors import Language, ModelError
from qa.service.backend import Backend
from qa.service.messages import LANGUAGES
from qa.types import Hit, Mark, Paragraph, Verification

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")


@pytest.fixture
def turns() -> tuple[Turn, ...]:
    backend = Backend.of(HandIndex()).open()
    questions = ["洪峰水位？", "<script>甲 乙 两句", "没有答案 <i>", "broken"]
    return tuple(take_turn(backend, question, number) for number, question in enumerate(questions, 1))


@pytest.mark.parametrize("language", LANGUAGES)
def test_documents_file_names_and_questions_stay_text(turns: tuple[Turn, ...], language: Language) -> None:
    panel = Page(draw_panel(turns, language, Abilities(rate=True, read=True)))
    talk = Page(draw_conversation(turns, language, Abilities(rate=True, read=True)))
    assert message("nothing_yet", language) in draw_panel((), language)
    own = {"section", "h2", "p", "ul", "li", "details", "summary", "article", "header", "a", "cite", "span", "blockquote", "mark",
           "footer", "div", "button", "meter", "strong", "b"}  # fmt: skip
    attributes = {"class", "id", "href", "title", "type", "tabindex", "hidden", "min", "max", "value", "aria-label",
                  "aria-pressed", "aria-expanded", "data-number", "data-do", "data-turn", "data-rating", "data-request",
                  "data-text", "data-done", "data-failed", "data-question", "role"}  # fmt: skip
    for page in (panel, talk):
        assert {tag for tag, _ in page.elements} <= own
        assert set().union(*(given for _, given in page.elements)) <= attributes
        assert all(str(href).startswith("#") for href in page.all("href"))
    for passage in HandIndex().passages:
        assert passage.text in panel.text
    assert SOURCE in panel.text
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
    assert talk.all("href") == ["#cite-1-1", "#cite-2-1", "#cite-2-2"]
    assert {str(href)[1:] for href in panel.all("href") + talk.all("href")} <= set(ids)


def test_two_sentences_of_a_passage_share_a_card(turns: tuple[Turn, ...]) -> None:
    panel = Page(draw_panel(turns[1:2], "zh"))
    assert "".join(panel.marked) == DOCUMENT.splitlines()[1]
    assert panel.all("data-number") == ["1", "2"]


def test_a_number_inside_a_quotation_is_no_link() -> None:
    citation = Citation(1, "a", "a", "", 0, 6, "见 [1]。", "0", 0, also=("b/copy.txt",))
    turn = Turn(1, "?", Answer("?", True, 0.9, "见 [1]。 [1]", (citation,)), {0: Paragraph(0, "a", 0, 6, 1, 1, "见 [1]。")})
    link = '<a class="ref" id="ref-1-1" href="#cite-1-1" aria-label="[1] 出处 1">[1]</a>'
    assert f'<p class="said">见 [1]。{link}</p>' in draw_conversation((turn,), "zh")
    assert "内容与“copy.txt”相同" in draw_panel((turn,), "zh")


def test_not_found_offers_the_nearest_passages(turns: tuple[Turn, ...]) -> None:
    for language, heading in (("zh", "最接近的段落"), ("en", "Closest passages")):
        panel = Page(draw_panel(turns[2:3], language))  # type: ignore[arg-type]
        assert heading in panel.text
        assert panel.marked == []
    talk = draw_conversation(turns[2:3], "zh")
    assert "估计文档里有答案的可能是 4%。" in talk
    assert "没有在文档里找到答案。" in talk
    assert '<blockquote class="closest">' in talk
    assert "I couldn&#x27;t find this in your documents." in draw_conversation(turns[2:3], "en")


def test_a_greeting_leaves_the_passages_before_it(turns: tuple[Turn, ...]) -> None:
    greeting = Turn(9, "你好", Answer("你好", False, 0.0, ""))
    assert draw_panel((*turns[:2], greeting), "zh") == draw_panel(turns[:2], "zh")
    assert draw_panel((greeting,), "zh") == draw_panel((), "zh")


def test_only_a_greeting_is_greeted() -> None:
    greeting, why = (Turn(1, text, Answer(text, False, 0.0, ""), further=("何时开门？",)) for text in ("你好", "Why?"))
    assert said(greeting, "zh") == "你好！请直接问文档里的事，比如“何时开门？”。"
    assert said(why, "en") == "Please ask about something in your documents, and name it."


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
        turn = take_turn(Backend.of(index).open(), "洪峰水位？", 1)
        for language, note in notes.items():
            assert (note in draw_panel((turn,), language)) is not held


def test_trouble_is_told_in_one_line(turns: tuple[Turn, ...]) -> None:
    told = "No answer: m: the prepared model cannot be loaded; delete the folder and it is made again"
    assert f'<p class="said trouble" role="alert">{told}</p>' in draw_conversation(turns[3:], "en")


def test_questions_wait_for_the_model() -> None:
    index, ready = HandIndex(), threading.Event()

    def load_slowly() -> None:
        ready.wait(30)

    index.warm_up = load_slowly  # type: ignore[method-assign]
    backend = Backend.of(index).open()
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(backend.ask("洪峰水位？")))
    asking.start()
    asking.join(0.2)
    assert not backend.loaded
    assert answers == []
    ready.set()
    asking.join(30)
    assert answers[0].found


def test_a_model_that_does_not_load_is_told_to_who_asks(capsys: pytest.CaptureFixture[str]) -> None:
    index = HandIndex()

    def fail() -> None:
        raise ModelError("models.no_model_in_folder", "x")

    index.warm_up = fail  # type: ignore[method-assign]
    told = "x: holds no sentence-transformers model (no modules.json); name another folder"
    assert str(take_turn(Backend.of(index).open(), "洪峰水位？", 1).trouble) == told
    assert capsys.readouterr().err == told + "\n"


def test_examples_are_of_the_seed_document() -> None:
    assert sha256_of(ROOT / "seeds" / SEED_DOCUMENT) == SEED_SHA256
    assert len(EXAMPLES) == len(set(EXAMPLES)) == 7


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("保修几年？坏了找谁？", ("保修几年？", "坏了找谁？")),
        ("How long is it covered? Who repairs it?", ("How long is it covered?", "Who repairs it?")),
        ("保修几年？", ("保修几年？",)),
        ("保修几年", ("保修几年",)),
        ("？".join("甲乙丙丁戊己庚") + "？", ("？".join("甲乙丙丁戊己庚") + "？",)),
    ],
)
def test_several_questions_are_told_apart(text: str, questions: tuple[str, ...]) -> None:
    assert questions_in(text) == questions


def test_an_answer_more_likely_wrong_than_right_is_no_answer_in_its_looks() -> None:
    citation = Citation(1, "a", "a", "", 0, 4, "甲乙丙。", "0", 0, span=(0, 2))
    passages = {0: Paragraph(0, "a", 0, 4, 1, 1, "甲乙丙。")}
    unsure, sure = (
        draw_conversation((Turn(1, "?", Answer("?", True, confidence, "甲乙丙。 [1]", (citation,)), passages),), "zh")
        for confidence in (0.49, 0.5)
    )
    assert '<p class="possible">可能相关，请核对</p><p class="said maybe">甲乙丙。<a' in unsure
    assert '<p class="said"><b>甲乙</b>丙。<a' in sure
    assert "可能相关" not in sure


def test_each_of_several_questions_has_its_own_answer_and_its_own_band() -> None:
    first = Citation(1, "a", "a", "", 0, 4, "甲乙丙。", "0", 0, span=(0, 2))
    second = Citation(2, "a", "a", "", 4, 8, "丁戊己。", "0", 0, span=(0, 2))
    hits = (Hit(1, 1.0, Paragraph(0, "a", 0, 8, 1, 1, "甲乙丙。丁戊己。"), {}),)
    parts = (
        Answer("几点开门", True, 0.9, "甲乙丙。 [1]", (first,), hits),
        Answer("<谁>开门", True, 0.4, "丁戊己。 [2]", (second,), hits),
        Answer("几点关门", False, 0.2, "没有", (), hits),
    )
    answer = Answer("几点开门，<谁>开门，几点关门？", True, 0.9, "", (first, second), hits, parts=parts)
    turn = Turn(1, answer.question, answer, {0: hits[0].paragraph}, offset=2)

    drawn = draw_conversation((turn,), "zh")
    told = [piece.split("</section>")[0] for piece in drawn.split('<section class="part">')[1:]]
    assert [piece.split("</h3>")[0] for piece in told] == ["<h3>几点开门", "<h3>&lt;谁&gt;开门", "<h3>几点关门"]
    assert [piece.split('<details class="sure ')[1].split('"')[0] for piece in told] == ["high", "possible", "none"]
    assert ["<b>甲乙</b>丙。<a" in told[0], "可能相关，请核对" in told[1], "<b>" in told[1]] == [True, True, False]
    assert "没有在文档里找到答案。" in told[2]
    assert (drawn.count("可能相关"), drawn.count('class="sure')) == (2, 3)  # the one other is in the text to be copied
    copied = "几点开门\n甲乙丙。 [3]\n\n<谁>开门\n可能相关，请核对\n丁戊己。 [4]\n\n几点关门\n没有在文档里找到答案。"
    assert said(turn, "zh") == copied
    exported = as_markdown(Conversation(turns=(turn,)), "2026-01-01 00:00", "zh")
    assert [band in exported for band in ("高把握", "可能相关", "几点关门")] == [True, True, True]


def test_what_a_quotation_leaves_out_is_copied_and_exported_too() -> None:
    citation, passages = Citation(1, "a", "a", "", 0, 4, "甲乙丙。", "0", 0), {0: Paragraph(0, "a", 0, 4, 1, 1, "甲乙丙。")}
    turn = Turn(1, "有哪些？", Answer("有哪些？", True, 0.9, "", (citation,), note="（共 9 项）"), passages)
    assert said(turn, "zh") == "甲乙丙。 [1]\n（共 9 项）"
    assert "（共 9 项）" in as_markdown(Conversation(turns=(turn,)), "2026-01-01 00:00", "zh")


def test_a_follow_up_that_brings_nothing_new_says_so() -> None:
    first, second = (
        Citation(1, "a", "a", "", start, start + 4, quote, "0", 0) for start, quote in ((0, "甲乙丙。"), (4, "丁戊己。"))
    )

    def told(question: str, understood: str, *cited: Citation) -> bool:
        asked = Turn(1, "甲乙？", Answer("甲乙？", True, 0.9, "", (first,)))
        then = Turn(2, question, Answer(question, True, 0.9, "", cited, understood=understood))
        return "没有找到别的说明" in draw_conversation((asked, then), "zh")

    assert draw_conversation((), "zh") == ""
    assert told("为什么？", "甲乙，为什么？", first)
    assert not told("为什么？", "甲乙，为什么？", second)
    assert not told("为什么？", "甲乙，为什么？", first, second)
    assert not told("甲乙？", "", first)


def test_one_quotation_that_answers_all_is_shown_once() -> None:
    citation = Citation(1, "a", "a", "", 0, 4, "甲乙丙。", "0", 0)
    parts = tuple(Answer(question, True, 0.9, "甲乙丙。 [1]", (citation,)) for question in ("何时", "何地"))
    passages = {0: Paragraph(0, "a", 0, 4, 1, 1, "甲乙丙。")}
    drawn = draw_conversation(
        (Turn(1, "何时何地？", Answer("何时何地？", True, 0.9, "", (citation,), parts=parts), passages),), "zh"
    )
    assert ("part" in drawn, drawn.count('<p class="said">')) == (False, 1)


def test_citations_are_numbered_through_the_conversation_and_a_limit_is_told() -> None:
    backend = Backend.of(HandIndex()).open()
    first = take_turn(backend, "甲 两句", 1)
    second = take_turn(backend, "洪峰水位？", 2, Asking(within=["notes/a.txt"]), (first,))
    talk = Page(draw_conversation((first, second), "zh"))
    assert [attributes["aria-label"] for _, attributes in talk.elements if str(attributes.get("id")).startswith("ref-")] == [
        "[1] 出处 1", "[2] 出处 2", "[3] 出处 3",
    ]  # fmt: skip
    assert "只查找了：a.txt" in talk.text
    assert "[3]" in Page(draw_panel((first, second), "zh")).text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("## Factory reset\n\nHold **RESET**.", "Factory reset\n\nHold RESET."),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n| 1 | 2 |"),
        ("See [the site](http://example.invalid/x) and `code`.", "See the site and code."),
        ("2 * 3 * 4, a_b_c, #5", "2 * 3 * 4, a_b_c, #5"),
    ],
)
def test_marks_of_markdown_are_out_of_sight_in_markdown_alone(text: str, seen: str) -> None:
    assert without_marks(text, "a.MD") == seen
    assert without_marks(text, "a.txt") == text


def test_a_long_question_is_folded() -> None:
    long = draw_conversation((Turn(1, "长" * 200),), "zh")
    assert '<h2 class="user-row long">' in long
    assert 'data-do="unfold"' in long
    assert "unfold" not in draw_conversation((Turn(1, "短？"),), "zh")


def test_an_answer_found_by_words_alone_says_so() -> None:
    citation, passages = HandIndex().ask("洪峰水位？").citations, {0: HandIndex().passages[0]}
    drawn = {
        by_words: draw_conversation(
            (Turn(1, "?", Answer("?", True, 0.9, "甲 [1]", citation, by_words=by_words), passages),), "zh"
        )
        for by_words in (True, False)
    }
    told = '<p class="limited">文档还在处理，暂时只按字面查找；处理完再问，可能找到更多</p>'
    assert [told in drawn[by_words] for by_words in (True, False)] == [True, False]
