"""A file that is named on the command line is read up to a bound, and one that never ends is told in one line."""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
import time
from pathlib import Path

import pytest
from tiny import TinyEncoder, index_of

from qa import disk
from qa.cli import main
from qa.disk import read_within
from qa.errors import DocumentError, QAError
from qa.index.location import ServerAddress
from qa.index.served.server import Server
from qa.service.access.users import Users
from qa.service.question_log import Asked, QuestionLog, read_log
from qa.text.synonyms import SynonymFiles, read_synonyms
from qa.text.user_words import read_user_dictionary

ENDLESS = "/dev/zero"
pytestmark = pytest.mark.skipif(not os.path.exists(ENDLESS), reason="needs a device that never ends")


def asked(question: str) -> Asked:
    return Asked(question, "program", "", "", 0.0, None, QAError("chat.busy"))


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (f"build seeds --index {{none}} --user-dict {ENDLESS}", "File too large; name a user dictionary, one word per line"),
        (f"eval {ENDLESS}", "File too large; name a question file in SQuAD format"),
        (f"eval {ENDLESS} --index {{none}}", "File too large; name a question file, one JSON object per line"),
        (f"eval {{none}} --compare {ENDLESS}", "File too large; name a file that --rows wrote"),
        (f"users list --users {ENDLESS}", "File too large; give a file that cited-qa users add has made"),
        (f"users add amy --no-password --users {ENDLESS}", "File too large; give a file that cited-qa users add has made"),
        (
            f"log {ENDLESS}",
            "the question log cannot be read: a line is longer than 10 MiB; name the file that serve --question-log writes",
        ),
        (f"serve --port 7999 --auth-file {ENDLESS}", "File too large; give a file with USER:PASSWORD"),
        (f"serve --port 7999 --users {ENDLESS}", "File too large; give a file that cited-qa users add has made"),
    ],
)
def test_a_file_that_never_ends(command: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.format(none=tmp_path / "none").split()) == 1
    assert capsys.readouterr().err.split(": ", 1)[1] == f"{ENDLESS}: {message}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"abcd")
    assert read_within(file, 4) == b"abcd"
    with pytest.raises(OSError, match="File too large"):
        read_within(file, 3)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a writer is waited for")
def test_a_named_pipe_that_nobody_opens_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "PIPE_PATIENCE", 0.1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(DocumentError) as caught:
        read_user_dictionary(pipe)
    assert caught.value.told() == f"{pipe}: Connection timed out; name a user dictionary, one word per line"
    assert "（等候太久，没有回应）" in caught.value.told("zh")
    with pytest.raises(DocumentError) as caught:
        read_synonyms(pipe)
    assert caught.value.told().startswith(f"{pipe}: Connection timed out; name a file of synonyms")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a writer is waited for")
def test_one_whose_writer_thinks_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "PIPE_PATIENCE", 0.05)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    writing = os.open(pipe, os.O_WRONLY)
    os.close(reading)

    def write() -> None:
        time.sleep(0.5)
        os.write(writing, "永富镇\n".encode())
        os.close(writing)

    threading.Thread(target=write).start()
    assert read_within(pipe, 100) == "永富镇\n".encode()


def test_synonyms_of_a_pipe_are_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    threading.Thread(target=pipe.write_text, args=("发薪 => 发工资\n", "utf-8"), daemon=True).start()
    files = SynonymFiles(pipe)
    assert files.current().others == files.current().others == {"发薪": ("发工资",)}


def test_synonyms_of_a_pipe_hold_for_every_index(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    threading.Thread(target=pipe.write_text, args=("发薪 => 发工资\n", "utf-8"), daemon=True).start()
    assert SynonymFiles(pipe).current().others == {"发薪": ("发工资",)}
    threading.Thread(target=pipe.write_text, args=("", "utf-8"), daemon=True).start()
    assert SynonymFiles(pipe).current().others == {"发薪": ("发工资",)}
    open(pipe, "rb", buffering=0).close()


def test_a_log_that_is_a_pipe_without_a_reader_keeps_nobody_waiting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(QAError) as caught:
        QuestionLog(pipe).check()
    assert caught.value.code == "chat.log_unwritten"
    QuestionLog(pipe)(asked("unread"))
    told = capsys.readouterr().err
    assert told.startswith(f"{pipe}: the question log cannot be written: {os.strerror(errno.ENXIO)}")


def test_a_log_that_is_a_pipe_waits_for_a_reader_that_pauses(tmp_path: Path) -> None:
    pipe, lines = tmp_path / "pipe", [f"{number} " + "x" * 9000 for number in range(20)]  # more than a pipe holds
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    log = QuestionLog(pipe)
    log.check()
    keep = os.open(pipe, os.O_WRONLY)  # so that the reader sees no end between two lines
    os.set_blocking(reader, True)
    writer = threading.Thread(target=lambda: [log(asked(line)) for line in lines], daemon=True)
    writer.start()
    time.sleep(0.3)
    with open(reader, encoding="utf-8") as stream:
        read = [json.loads(stream.readline())["question"] for _ in lines]
    os.close(keep)
    writer.join()
    assert read == lines


def test_a_log_that_is_a_pipe_waits_a_moment_for_a_reader_that_opens_it_again(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    log = QuestionLog(pipe)
    writer = threading.Thread(target=log, args=(asked("late"),), daemon=True)
    writer.start()
    time.sleep(0.05)
    with open(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), encoding="utf-8") as stream:
        writer.join()
        assert json.loads(stream.readline())["question"] == "late"


def test_a_log_that_is_a_pipe_whose_reader_never_reads_keeps_a_question_waiting_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.service.question_log._PATIENCE", 0.05)
    pipe, log = tmp_path / "pipe", QuestionLog(tmp_path / "pipe")
    os.mkfifo(pipe)
    with open(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as reader:
        for number in range(20):
            log(asked(f"{number} " + "x" * 9000))
        full = f"{pipe}: the question log cannot be written: {os.strerror(errno.EAGAIN)}; "
        assert capsys.readouterr().err.count(full) == 1
        held = reader.read(1 << 20)
        log(asked("read again"))  # a part of a line stands before it, which is left out
        (tmp_path / "log").write_bytes(held + reader.read(1 << 20))
    read = [entry["question"].split(" ")[0] for entry in read_log(tmp_path / "log")]
    assert read == [*map(str, range(len(read) - 1)), "read"]
    assert 2 < len(read) < 20


def test_users_of_a_pipe_are_read_once_and_not_changed(tmp_path: Path) -> None:
    Users(tmp_path / "users").put("amy", reads=["*"])
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    threading.Thread(target=pipe.write_bytes, args=((tmp_path / "users").read_bytes(),), daemon=True).start()
    users = Users(pipe)
    assert [user.name for user in users.everybody()] == [user.name for user in users.everybody()] == ["amy"]
    with pytest.raises(QAError) as caught:
        users.put("bob")
    assert caught.value.code == "chat.users_damaged"
    assert pipe.is_fifo()


def test_users_of_a_folder_are_told_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["users", "list", "--users", str(tmp_path)]) == 1
    assert f"{tmp_path}: Is a directory; give a file that cited-qa users add has made\n" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["endless", "pipe", "long"])
def test_an_index_whose_pointer_or_manifest_never_ends_is_told_in_one_line(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def put(file: Path) -> None:
        file.unlink(missing_ok=True)
        if kind == "endless":
            file.symlink_to(ENDLESS)
        elif kind == "pipe":
            os.mkfifo(file)
        else:
            with file.open("wb") as stream:
                stream.truncate(2**30 + 1)

    index = index_of(tmp_path, {"a.txt": "The library closes at five."}, TinyEncoder())
    name, digest = (index.folder / "CURRENT").read_text("ascii").split()
    for file in (index.folder / name / f"manifest-{digest[:16]}.json", index.folder / "CURRENT"):
        put(file)
        assert main(["info", "--index", str(index.folder)]) == 1
        told = capsys.readouterr().err
        assert told.startswith(f"error: {file}: ")
        assert "rebuild" in told
        assert told.count("\n") == 1


def test_certificates_that_never_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("pymilvus")
    with (tmp_path / "long.pem").open("wb") as stream:
        stream.truncate(2**24 + 1)
    monkeypatch.setenv("QA_MILVUS_CA", str(tmp_path / "long.pem"))
    with pytest.raises(QAError) as caught:
        Server(ServerAddress("127.0.0.1", 1, "docs", tls=True))
    assert str(caught.value) == (
        f"QA_MILVUS_CA: {tmp_path}/long.pem: File too large; name a file of certificates (PEM) of at most 16 MiB that may be read"
    )


def test_a_line_longer_than_a_log_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.service.question_log.BYTES_A_FILE", 21)
    (tmp_path / "log").write_bytes(b'{"question": "four"}\n')
    assert len(list(read_log(tmp_path / "log"))) == 1
    (tmp_path / "log").write_bytes(b'{"question": "fours"}\n')
    with pytest.raises(QAError) as caught:
        list(read_log(tmp_path / "log"))
    assert caught.value.code == "chat.log_line_too_long"
