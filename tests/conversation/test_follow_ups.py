"""Follow-up questions: completed from the conversation when they need it, and only then."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

import qa
from qa.answers.follow_ups import understand
from qa.cli import main
from qa.search.retrieval import Retriever

pytestmark = pytest.mark.usefixtures("one_line_a_passage")

FLOOD = "綦河洪峰水位是多少？"


def cited(question: str, quote: str, understood: str = "") -> qa.Answer:
    citation = qa.Citation(1, "a.txt", "/a.txt", "paragraph 1, line 1", 0, len(quote), quote, "0", 0)
    return qa.Answer(question, True, 0.9, f"{quote} [1]", (citation,), (), understood)


STAND_ALONE = [
    FLOOD,
    "周方华组织了几支突击队？",
    "徐德纯和他的妻子住在哪里？",
    "那不勒斯在哪个国家？",
    "其他国家有哪些节日用松树装饰房屋？",
    "这篇文章讲了什么？",
    "这些文档里有没有提到新冠疫情？",
    "谢谢！",
    "……",
    "减负清单",
    "What did Luther say about his critics in Wittenberg?",
    "How does the heart pump blood through the arteries of the body?",
    "¿Cuándo terminó la Segunda Guerra Mundial en Europa?",
    "富士山の高さは何メートルですか？",
    "한국 전쟁은 언제 시작되었나요?",
]


# the new question, the one before it, and both as one
COMPLETED = [
    ("她父亲是谁？", "高英是哪位皇帝的皇后？", "高英父亲是谁？"),
    ("那四川呢？", "五月艾，在福建叫什么？", "五月艾，在四川叫什么？"),
    ("那鸡翅呢？", "三文鱼要多少度？", "鸡翅要多少度？"),
    ("期刊呢？", "图书可以借几天？", "期刊可以借几天？"),
    ("那洋房呢？", "高层的物业费是多少？", "洋房的物业费是多少？"),
    ("研究生呢？", "本科生住宿费多少钱？", "研究生住宿费多少钱？"),
    ("糖醋鱼呢？", "怎么做红烧肉？", "怎么做糖醋鱼？"),
    ("食堂呢？", "图书馆几点开门？", "食堂几点开门？"),
    ("那节假日呢？", "工作日几点上班？", "节假日几点上班？"),
    ("她多大？", "贺砚秋的妻子是谁？", "贺砚秋的妻子多大？"),
    ("那英呢？", "刘欢是哪里人？", "那英是哪里人？"),
    ("为什么？", FLOOD, "綦河洪峰水位是多少？ 为什么？"),
    ("Why?", "When did the flood crest?", "When did the flood crest? Why?"),
    ("彼は何歳ですか？", "徐徳純さんはどこの村の書記ですか？", "徐徳純は何歳ですか？"),
]


@pytest.mark.parametrize(("question", "earlier", "complete"), COMPLETED)
def test_a_follow_up_takes_what_it_leaves_out_from_the_question_before(question: str, earlier: str, complete: str) -> None:
    assert understand(question, [earlier]) == complete
    assert understand(question, ["Who?", "红烧肉怎么做？", earlier, "谢谢"]) == complete


@pytest.mark.parametrize("question", STAND_ALONE)
@pytest.mark.parametrize("earlier", ["莫庆台一家什么时候搬出泥瓦房？", "Where does Zhang Fanglei work?", FLOOD])
def test_a_question_that_stands_by_itself_stays_as_it_is(question: str, earlier: str) -> None:
    assert understand(question, [earlier]) is question


@pytest.mark.parametrize("question", ["为什么？", "那它的洪峰是多少？", "Why?", FLOOD])
def test_without_an_earlier_question_there_is_nothing_to_take(question: str) -> None:
    assert understand(question, []) is question
    assert understand(question, ["你好", "thanks!"]) is question


def test_a_conversation_goes_on_from_how_its_last_question_was_understood() -> None:
    turn = cited("研究生呢？", "一年800元", understood="研究生住宿费多少钱？")
    assert understand("博士生呢？", ["本科生住宿费多少钱？", turn]) == "博士生住宿费多少钱？"
    assert understand("博士生呢？", ["本科生住宿费多少钱？", "研究生呢？"]) == "博士生住宿费多少钱？"


def test_an_answer_says_how_its_question_was_understood(tiny_index: qa.Index) -> None:
    first = tiny_index.ask(FLOOD)
    assert first.understood == ""
    follow_up = tiny_index.ask("为什么？", history=[first])
    assert (follow_up.question, follow_up.understood) == ("为什么？", "綦河洪峰水位，为什么？")
    assert follow_up.hits == tiny_index.ask(follow_up.understood).hits
    assert tiny_index.search("为什么？", history=[first]) == list(follow_up.hits)
    assert tiny_index.ask("医生救治了多少病人？", history=[follow_up]).understood == ""


@pytest.mark.parametrize(
    "question", ["为什么？", "它呢", "那", "他" * 2000, "？" * 50, "\ud800它", "𠮷它是什么？", "ﷺ它", "It", "(", "[它", "”它“"]
)
@pytest.mark.parametrize("earlier", ["", "？", "的", "“", "它", "谁", "多少", "\ud800", "ﷺ是什么？", "(", "a" * 2000, "第" * 50])
def test_whatever_is_asked_something_is_understood(question: str, earlier: str) -> None:
    assert isinstance(understand(question, [earlier]), str)


def test_a_long_conversation_does_not_make_a_question_longer_and_longer() -> None:
    history: list[qa.Answer | str] = [FLOOD]
    for _ in range(100):
        text = understand("详细说说", history)
        history.append(cited("详细说说", "水。", text))
    assert len(text) <= 310
    assert understand("那永富镇呢？", ["水库" * 1000 + "是什么？"]) is not None
    assert understand("它" + "水" * 400, [FLOOD]) == "它" + "水" * 400


@pytest.fixture(scope="module")
def asked(seed_index: qa.Index) -> Callable[..., qa.Answer]:
    """Gives the answer to the last of some questions, which are asked one after another; each turn is asked once."""

    @cache
    def answer(*questions: str) -> qa.Answer:
        return seed_index.ask(questions[-1], history=[answer(*questions[:i]) for i in range(1, len(questions))])

    return answer


def test_a_follow_up_is_understood_the_same_whether_history_holds_texts_or_answers(
    seed_index: qa.Index, seed_follow_ups: list[dict[str, Any]], asked: Callable[..., qa.Answer]
) -> None:
    for entry in seed_follow_ups[::6]:
        answers = [asked(*entry["history"][: i + 1]) for i in range(len(entry["history"]))]
        assert seed_index.ask(entry["question"], history=entry["history"]) == asked(*entry["history"], entry["question"])
        found = seed_index.search(entry["question"], history=entry["history"])
        assert found == seed_index.search(entry["question"], history=answers)


def test_no_more_texts_are_asked_than_a_question_may_follow(tiny_index: qa.Index, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    read = Retriever.read
    monkeypatch.setattr(Retriever, "read", lambda self, text: asked.append(text) or read(self, text))
    tiny_index.ask("你好", history=[f"第{number}个水库在哪里？" for number in range(50)])
    assert asked == [*(f"第{number}个水库在哪里？" for number in range(46, 50)), "你好"]


def test_a_follow_up_gathers_evidence_once_for_each_way_to_read_it(
    seed_index: qa.Index,
    seed_follow_ups: list[dict[str, Any]],
    asked: Callable[..., qa.Answer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gathered: list[str] = []
    gather = Retriever.gather
    monkeypatch.setattr(Retriever, "gather", lambda self, *args: gathered.append(args[0].text) or gather(self, *args))
    for entry in seed_follow_ups[::10]:
        history = [asked(earlier) for earlier in entry["history"]]
        gathered.clear()
        answer = seed_index.ask(entry["question"], history=history)
        assert len(gathered) == len(set(gathered)) <= 4
        assert (answer.understood or answer.question) in gathered


def test_the_command_line_takes_the_questions_before(
    tiny_index: qa.Index, tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("qa.index.open.load_encoder", lambda *_: tiny)
    after = ["他救治了多少病人？", "--index", str(tiny_index.folder), "--after", "医生是谁？", "--after", "徐德纯是哪里的医生？"]
    assert main(["ask", *after]) == 0
    assert capsys.readouterr().out.startswith("understood as: 徐德纯救治了多少病人？\n\n医生徐德纯救治了71名病人。")
    assert main(["ask", *after, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["understood"] == "徐德纯救治了多少病人？"
    assert main(["search", *after, "-k", "1"]) == 0
    assert "医生徐德纯救治了71名病人。" in capsys.readouterr().out


def test_follow_ups_on_the_seed_document(seed_follow_ups: list[dict[str, Any]], asked: Callable[..., qa.Answer]) -> None:
    def share(values: list[bool]) -> float:
        return sum(values) / len(values)

    right: dict[str, list[bool]] = {"alone": [], "understood": []}
    for entry in seed_follow_ups[::2]:  # all of them: tests/bench/follow_ups.py
        answers = {"alone": asked(entry["question"]), "understood": asked(*entry["history"], entry["question"])}
        for name, answer in answers.items():
            right[name].append(bool(answer.hits) and entry["quote"] in answer.hits[0].text)  # a bare "why?" finds nothing
    assert share(right["understood"]) >= 0.78
    assert share(right["understood"]) >= share(right["alone"]) + 0.05
