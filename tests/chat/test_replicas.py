"""Several replicas of the chat over one index on a real server: the same answers, the same rights, nothing on their disks."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from chat_helpers import Served
from conftest import together
from served_helpers import core, own_caches  # noqa: F401
from tiny import TinyEncoder

import qa
from qa.chat.serve import main
from qa.collections.library import Library
from qa.errors import IndexNotFound, QAError
from qa.evaluation.question_files import read_own_questions
from qa.index.served import ratings as kept_ratings
from qa.service.access.users import Users
from qa.service.backend import Backend
from qa.service.web.exchange import ClientLimits

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")


def test_a_rating_on_one_replica_counts_on_all_and_is_measured_with(
    core: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_ratings, "POLLED", -1.0)
    url, tiny, documents = core.url, TinyEncoder(), tmp_path / "documents"
    documents.mkdir()
    (documents / "river.txt").write_text("綦河洪峰水位227.6米。\n綦河洪峰水位警戒。\n集市开门。\n", "utf-8")
    with together(0.01):
        qa.build(documents, url, encoder=tiny)
    backends = []
    for name in ("a", "b"):
        library = Library(tmp_path / name, "seeds", url, encoder=tiny)
        library.prepare()
        backends.append(Backend(library).open())
    first, second = backends
    ratings, question = first.ratings, "綦河洪峰水位是多少？"
    assert ratings is not None
    assert second.ratings is not None

    def confirmed() -> list[tuple[str, bool]]:
        answers = [each.ask(question, threshold=0) for each in backends]
        return [(answer.citations[0].quote, answer.citations[0].confirmed) for answer in answers]

    assert [held for _, held in confirmed()] == [False, False]
    rating = {"question": question, "quote": "集市开门。", "source": "river.txt", "rating": "up", "answer": "长" * 70_000}
    ratings.keep("talk-1", rating)
    assert confirmed() == [("集市开门。", True)] * 2
    assert [one["id"] for one in second.ratings.all()] == ["talk-1"]
    second.ratings.keep("talk-2", {**rating, "rating": "down"})
    second.ratings.keep("talk-3", {"question": "开门？", "quote": None, "rating": "up"})
    assert [held for _, held in confirmed()] == [False, False]
    second.ratings.keep("talk-2", rating)  # in place of the one against
    assert [(one["id"], one["rating"]) for one in ratings.all()] == [("talk-1", "up"), ("talk-3", "up"), ("talk-2", "up")]
    ratings.keep("talk-2", None)
    ratings.keep("talk-2", None)
    assert [one["id"] for one in second.ratings.all()] == ["talk-1", "talk-3"]
    assert [(one.id, one.quotes) for one in read_own_questions(url).questions] == [("talk-1", (("集市开门。",),)), ("talk-3", ())]
    with together(0.01):
        qa.build(documents, url, encoder=tiny)  # which sweeps, and leaves ratings
    assert confirmed() == [("集市开门。", True)] * 2


def test_replicas_answer_alike_see_what_is_built_and_keep_nothing(core: Any, tmp_path: Path, capsys: Any) -> None:
    url, tiny, documents = core.url, TinyEncoder(), tmp_path / "documents"
    documents.mkdir()
    (documents / "river.txt").write_text("綦河洪峰水位227.6米。", "utf-8")
    with pytest.raises(IndexNotFound):
        Library(tmp_path / "none", "seeds", url, encoder=tiny).prepare()
    with together(0.01):
        qa.build(documents, url, encoder=tiny)
    users = Users(tmp_path / "users.json")
    users.put("boss", "长一点的密码 1", (), ("*",))
    users.put("reader", "长一点的密码 2", ("default",), ())
    users.put("none", "长一点的密码 3", ("law",), ())
    keys = {name: {"authorization": f"Bearer {users.new_key(name)}"} for name in ("boss", "reader", "none")}
    replicas, homes = [], [tmp_path / "home-1", tmp_path / "home-2"]
    for home in homes:
        library = Library(home, "seeds", url, encoder=tiny)
        library.prepare()
        library.resume()
        replicas.append(Served(Backend(library, users=users).open(), limits=ClientLimits(rate=1000, spare=0)))
        replicas[-1].http.timeout = 240.0  # the first question loads the dictionaries, and a call is patient with the server

    def each(user: str, method: str, path: str, **more: Any) -> list[Any]:
        return [one.http.request(method, path, headers=keys[user], **more) for one in replicas]

    def asked(user: str) -> list[Any]:
        return each(user, "POST", "/api/ask", json={"question": "綦河洪峰水位是多少？", "threshold": 0})

    try:
        first, second = (answer.json() for answer in asked("reader"))
        assert "227.6" in first["text"]
        assert first["text"] == second["text"]
        assert first["citations"] == second["citations"]
        assert [answer.status_code for answer in asked("none")] == [400, 400]
        assert "227.6" not in "".join(answer.text for answer in asked("none"))
        assert [[one["collection"] for one in listed.json()] for listed in each("none", "GET", "/api/collections")] == [[], []]
        assert [one.json()[0]["documents"] for one in each("reader", "GET", "/api/collections")] == [1, 1]

        base = "/api/collections/default/documents"
        file = {"file": ("b.txt", "又一句。".encode())}
        assert [one.status_code for one in each("reader", "POST", base, files=file)] == [403, 403]
        assert [one.status_code for one in each("none", "POST", base, files=file)] == [404, 404]
        for refused in (*each("boss", "POST", base, files=file), *each("boss", "POST", "/api/collections", json={"name": "n"})):
            assert refused.status_code == 400
            assert f"--index {url}" in refused.text
        id = each("boss", "GET", base)[0].json()[0]["id"]
        assert {one.status_code for one in each("boss", "DELETE", f"{base}/{id}")} == {400}

        (documents / "river.txt").write_text("綦河洪峰水位229.9米。", "utf-8")
        with together(0.01):
            qa.build(documents, url, encoder=tiny)
        ends = time.monotonic() + 60
        while time.monotonic() < ends and not all("229.9" in answer.text for answer in asked("reader")):
            time.sleep(0.2)
        assert all("229.9" in answer.text for answer in asked("reader"))

        shutil.rmtree(documents)  # as on a machine that has only the index
        first = asked("reader")[0].json()
        assert "229.9" in first["text"]
        assert first["citations"][0]["stands"] is True
        assert "is not on this machine" in first["citations"][0]["reason"]
        index = qa.open(url, encoder=tiny)
        stands = index.stands(index.ask("綦河洪峰水位是多少？", threshold=0).citations[0])
        assert (stands.ok, stands.finding.code if stands.finding else None) == (True, "index.files_elsewhere")
        with pytest.raises(QAError) as nowhere:
            Library(homes[0], "seeds", url, encoder=tiny).refresh()
        assert nowhere.value.code == "collections.on_server"
        assert not any(home.exists() for home in homes)
    finally:
        for one in replicas:
            one.close()
    assert main(["--index", url, "--keep-history", "--port", "7999"]) == 2
    assert "leave out --keep-history" in capsys.readouterr().err
