"""Which files a walk finds: order, names over several roots, `.qaignore`, and what is passed over and said to be."""

from __future__ import annotations

import os
import socket
import subprocess
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
from tiny import TinyEncoder

import qa
from qa.documents.folders import FoundFile, Ignored, Root, find_roots, safe_source, walk


def make(folder: Path, files: dict[str, str] | Iterable[str]) -> Path:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(files[name] if isinstance(files, dict) else name)
    return folder


def sources(*roots: Path, passed_over: Path | None = None) -> list[str]:
    return [item.source for item in walk(find_roots(roots), passed_over) if isinstance(item, FoundFile)]


def troubles(*roots: Path) -> list[str]:
    return [str(item) for item in walk(find_roots(roots)) if isinstance(item, qa.DocumentError)]


def test_files_come_in_the_order_of_their_whole_names_hidden_ones_left_out(tmp_path: Path) -> None:
    names = ["a.txt", "a/b.txt", "a/c/d.txt", "a b/e.txt", "z.txt", "ä.txt", "甲/乙.txt"]
    make(tmp_path, [*names, ".hidden.txt", ".git/config.txt", "a/.x/y.txt"])
    assert sources(tmp_path) == sorted(names)


def test_the_folder_of_the_index_is_passed_over(tmp_path: Path) -> None:
    make(tmp_path, ["a.txt", "index/README.md", "other/b.txt"])
    assert sources(tmp_path, passed_over=tmp_path / "index") == ["a.txt", "other/b.txt"]


@pytest.mark.parametrize(
    ("roots", "expected"),
    [
        (["p"], ["a.txt", "notes/b.txt"]),
        (["p", "q"], ["p/a.txt", "p/notes/b.txt", "q/notes/c.txt"]),
        (["p/notes", "q/notes"], ["p/notes/b.txt", "q/notes/c.txt"]),
        (["q", "p/a.txt"], ["q/notes/c.txt", "a.txt"]),
        (["p", "p"], ["a.txt", "notes/b.txt"]),
        (["x/p", "q/notes", "p/notes"], ["x/p/notes/d.txt", "q/notes/c.txt", "{here}/p/notes/b.txt"]),
    ],
)
def test_names_are_unique_over_several_roots(roots: list[str], expected: list[str], tmp_path: Path) -> None:
    make(tmp_path, ["p/a.txt", "p/notes/b.txt", "q/notes/c.txt", "x/p/notes/d.txt"])
    assert sources(*(tmp_path / root for root in roots)) == [name.format(here=tmp_path.name) for name in expected]
    found = find_roots([tmp_path / root for root in roots])
    for item in walk(found):
        assert isinstance(item, FoundFile)
        (root,) = [root for root in found if root.holds(item.source)]
        assert str(root.place(item.source)) == item.path


def test_a_source_inside_another_is_refused(tmp_path: Path) -> None:
    make(tmp_path, ["p/a/b.txt"])
    with pytest.raises(qa.DocumentError, match=r"p/a: lies inside .*p, which is read as well; name one of the two$"):
        find_roots([tmp_path / "p", tmp_path / "p" / "a"])


def test_sources_that_are_none_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(qa.DocumentError, match="is neither a folder nor a plain file"):
        find_roots(tmp_path / "pipe")
    with pytest.raises(qa.DocumentError, match="no such file or folder"):
        find_roots([tmp_path / "none"])
    with pytest.raises(qa.DocumentError, match="no source was named"):
        find_roots([])


RULES = {
    ".qaignore": "*.log\n!keep.log\n/top\nbuild/\n# a remark\na/**/z.txt\n\\#x.txt\n甲.txt\n",
    "a/.qaignore": "!x.log\nsecret.*\n",
    "a/b/.qaignore": "*\n!*.md\n",
}
TREE = [
    "1.log", "keep.log", "top/1.txt", "c/top/1.txt", "build/1.txt", "c/build/1.txt", "a/p/q/z.txt", "a/z.txt", "#x.txt", "甲.txt",
    "a/x.log", "a/c/x.log", "a/secret.txt", "secret.txt", "a/b/1.txt", "a/b/1.md", "c/buildx/1.txt", "x.txt",
]  # fmt: skip


def test_qaignore_is_gitignore_at_every_level(tmp_path: Path) -> None:
    make(tmp_path, TREE)
    make(tmp_path, RULES)
    found = sources(tmp_path)
    for name, rules in RULES.items():
        (tmp_path / name).with_name(".gitignore").write_text(rules)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["git", "-c", "core.quotepath=off", "ls-files", "-z", "--others", "--exclude-standard"],
        cwd=tmp_path, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    assert found == sorted(name for name in listed if name and not Path(name).name.startswith("."))
    assert "a/b/1.md" in found
    assert "a/x.log" in found


def test_ignored_entries_are_counted_a_folder_once(tmp_path: Path) -> None:
    make(tmp_path, {"a/1.txt": "", "a/2.txt": "", "b.txt": "", "c.txt": "", ".qaignore": "a/\nb.txt\n"})
    assert sum(isinstance(item, Ignored) for item in walk(find_roots(tmp_path))) == 2


@pytest.mark.parametrize(("data", "reason"), [(b"\xff\xfe\n", "is not UTF-8"), (b"!\n", "Invalid git pattern: '!'")])
def test_a_folder_whose_qaignore_cannot_be_read_is_not_read(data: bytes, reason: str, tmp_path: Path) -> None:
    make(tmp_path, ["a/private.txt", "b.txt"])
    (tmp_path / "a" / ".qaignore").write_bytes(data)
    assert sources(tmp_path) == ["b.txt"]
    assert troubles(tmp_path) == [f"{tmp_path}/a/.qaignore: {reason}; the folder was not read; fix the file"]


def test_links_pipes_and_sockets_are_named_and_never_followed(tmp_path: Path) -> None:
    docs = make(tmp_path / "docs", ["a.txt"])
    (tmp_path / "outside").mkdir()
    make(tmp_path / "outside", ["o.txt"])
    (docs / "loop").symlink_to(docs)
    (docs / "out").symlink_to(tmp_path / "outside")
    (docs / "out.txt").symlink_to(tmp_path / "outside" / "o.txt")
    (docs / "nowhere.txt").symlink_to("nowhere")
    os.mkfifo(docs / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(docs)  # the path of a socket must be short
        try:
            server.bind("socket.txt")
        finally:
            os.chdir(here)
    assert sources(docs) == ["a.txt"]
    assert [trouble.removeprefix(f"{docs}/").split(",")[0] for trouble in troubles(docs)] == [
        "loop: is a link", "nowhere.txt: is a link", "out: is a link", "out.txt: is a link", "pipe.txt: is a pipe",
        "socket.txt: is a socket",
    ]  # fmt: skip


def test_names_that_are_no_names_are_one_line_each(tmp_path: Path) -> None:
    odd = ["two\nlines.txt", "quo\"te's.txt", "<b>&amp;.txt", "\u202egnp.txt", "\x1b[31mred.txt"]
    make(tmp_path, odd)
    for name in odd:
        (tmp_path / f"{name}.link").symlink_to("nowhere")
    assert sources(tmp_path) == sorted(odd)
    assert len(troubles(tmp_path)) == len(odd)
    assert all(trouble.isprintable() for trouble in troubles(tmp_path))


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, ["a/1.txt", "b/2.txt"])
    original = os.scandir

    def refuse(path: str | Path) -> object:
        if str(path).rstrip("/").endswith("/a"):
            raise PermissionError(13, "Permission denied", path)
        return original(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert sources(tmp_path) == ["b/2.txt"]
    assert troubles(tmp_path) == [f"{tmp_path}/a/: Permission denied; the folder was not read, check its permissions"]


def test_nesting_too_deep_for_the_system_is_named_not_a_crash(tmp_path: Path) -> None:
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        for _ in range(60):
            os.mkdir("d" * 100)
            os.chdir("d" * 100)
        Path("deep.txt").write_text("x")
    finally:
        os.chdir(here)
    assert sources(tmp_path) == []
    (trouble,) = troubles(tmp_path)
    assert trouble.endswith(": File name too long; the folder was not read, check its permissions")
    subprocess.run(["rm", "-rf", str(tmp_path / ("d" * 100))], check=True)


def test_a_walk_is_lazy_and_holds_one_folder_at_a_time(tmp_path: Path) -> None:
    for i in range(40):
        make(tmp_path, [f"{i:02}/{j:03}-{'n' * 60}.txt" for j in range(250)])
    tracemalloc.start()
    count = sum(1 for _ in walk(find_roots(tmp_path)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 10_000
    assert peak < 400_000  # 10,000 names alone take over a million bytes


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "a/../../b", "", "a\0b", ".."])
def test_names_that_lead_out_are_not_safe(name: str) -> None:
    assert not safe_source(name)
    assert Root("/docs").place("a/b.txt") == Path("/docs/a/b.txt")


def test_every_index_among_the_documents_is_left_out(tmp_path: Path) -> None:
    docs = make(tmp_path / "docs", {"a.txt": "洪水退去。\n", "papers/b.txt": "火山爆发了。\n", "old/CURRENT": "of the sea\n"})
    first = qa.build(docs, docs / "papers" / "index", encoder=TinyEncoder())
    second = qa.build(docs, docs / "index", encoder=TinyEncoder())
    for index in (first, second):
        assert [entry.source for entry in index.manifest.documents] == ["a.txt", "old/CURRENT", "papers/b.txt"]
        assert index.manifest.skipped == ()
    with pytest.raises(qa.DocumentError) as caught:
        find_roots(docs / "index")
    assert str(caught.value) == f"{docs}/index: is the folder of an index; name the folder that holds your documents"


@pytest.mark.parametrize(("more", "read"), [(0, ["a.txt"]), (1, [])])
def test_a_qaignore_over_a_mebibyte_is_not_read_and_neither_is_its_folder(more: int, read: list[str], tmp_path: Path) -> None:
    make(tmp_path, {"a.txt": "", ".qaignore": "#" * (2**20 + more)})
    assert sources(tmp_path) == read
    assert len(troubles(tmp_path)) == more
