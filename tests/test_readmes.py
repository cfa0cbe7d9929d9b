"""The documents: every fenced block runs as it is printed, the two languages of the README agree, and every link leads somewhere.

The blocks of a file are run in their order, in a copy of the project with a home folder of its own: `sh` by bash, `python` by
this interpreter. A server that a block starts runs until the file ends or the next server starts. A comment before a block says
what else becomes of it:

    <!-- file: questions.jsonl -->    the block is written into that file
    <!-- not run: WHY -->             the block is left out; NOT_RUN below lists every one
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from conftest import ROOT
from test_structure import ORDER

from qa.chat.options import ChatOptions, spelled, variable
from qa.config import Limits, cache_folder

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(page for folder in ("qa", "index", "tests") for page in (ROOT / folder).rglob("README.md")),
]
TRANSLATED = ROOT / "README.zh-CN.md"
EVERY_PAGE = [*PAGES, TRANSLATED, ROOT / "CHANGELOG.md"]
NOT_RUN = [
    ("README.md", "the tests would run themselves; .ci/run runs this line"),
    ("README.md", "an install needs the network; tests/test_packaging.py builds the package and runs it outside the repository"),
    ("CONTRIBUTING.md", "the checks and the tests run these themselves, in .ci/run"),
    ("qa/index/served/README.md", "it needs a server; tests/index/test_served.py runs the same against two real ones"),
    ("qa/service/README.md", "it puts a document in"),
    ("qa/service/README.md", "needs the package openai"),
    (
        "tests/bench/reader/README.md",
        "it needs the question files and folders of real documents, which are not part of the project",
    ),
]
SERVERS = re.compile(r"app\.py|qa serve|cited-qa serve|qa watch")
READY = re.compile(r"^Ready: |files skipped; files: ", re.MULTILINE)  # what the chat and `watch` print once they are at work
BASH = ["bash", "-euo", "pipefail", "-c"]
NOTES = {
    "notes/library.md": "# Town library\n\nThe library closes at 9 p.m. on Tuesdays.\n\n永富镇图书馆周二晚九点闭馆。\n",
    "notes/小区.txt": "物业公司每天早上七点开始收垃圾。\n车库入口限高2.1米。\n",
    "papers/flood.html": "<h1>Flood</h1><p>The river crested at 227.6 metres on Saturday.</p>",
}


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its page, the line it begins on, its language, the comment before it, and its text."""

    page: str
    line: int
    language: str
    file: str
    not_run: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    lines = page.read_text("utf-8").splitlines()
    opened, comment = -1, ""
    for number, line in enumerate(lines):
        if opened >= 0:
            if line == "```":
                name = page.relative_to(ROOT).as_posix()
                said = re.fullmatch(r"<!-- (file|not run): (.+) -->", comment)
                file, reason = (said[2] if said and said[1] == kind else "" for kind in ("file", "not run"))
                yield Block(name, opened + 1, lines[opened][3:], file, reason, "\n".join(lines[opened + 1 : number]) + "\n")
                opened = -1
        elif line.startswith("```"):
            opened, comment = number, lines[number - 1]
    assert opened < 0, f"{page}: a block is left open"


EVERY = [block for page in PAGES for block in blocks(page)]


def test_what_is_not_run_is_listed() -> None:
    assert [(block.page, block.not_run) for block in EVERY if block.not_run] == NOT_RUN


@pytest.mark.parametrize("block", EVERY, ids=lambda block: f"{block.page}:{block.line}")
def test_a_block_is_of_a_kind_that_can_be_run(block: Block) -> None:
    assert block.language in ("sh", "python", "json", "text")
    if block.language == "json":
        assert [json.loads(line) for line in block.text.splitlines()]
    elif block.language == "python":
        ast.parse(block.text)
    elif block.language == "text":
        assert block.file or not re.search(r"^(\$|\.venv/|curl |import )", block.text, re.MULTILINE)


class Reader:
    """Somebody who follows a page in a clone of the project: types each block and sees whether it does what it should."""

    def __init__(self, folder: Path) -> None:
        self.clone, self.home = folder / "clone", folder / "home"
        self.server: subprocess.Popen[bytes] | None = None
        self.ports: dict[str, str] = {}  # the port that a page names -> one that is free
        self._make_clone()
        for name, text in NOTES.items():
            (self.home / name).parent.mkdir(parents=True, exist_ok=True)
            (self.home / name).write_text(text, encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("QA_") or name == "QA_CACHE"}
        cache = {} if "QA_CACHE" in kept else {"QA_CACHE": str(cache_folder())}  # the model is prepared already
        path = os.pathsep.join([str(self.clone / ".venv" / "shims"), os.environ["PATH"]])
        dead = "http://127.0.0.1:9"  # no way out to a network
        self.environment = {
            **kept, **cache, "HOME": str(self.home), "PATH": path, "QA_HOME": str(self.home / "chat"),
            "QA_PORT": self._port("7860"), "http_proxy": dead, "https_proxy": dead, "no_proxy": "127.0.0.1",
        }  # fmt: skip

    def _make_clone(self) -> None:
        leave = shutil.ignore_patterns("__pycache__", ".*_cache", "build-*", "cache", "CURRENT", ".lock")
        for name in ("qa", "seeds", "index", "tests"):
            shutil.copytree(ROOT / name, self.clone / name, ignore=leave)
        for name in ("app.py", "pyproject.toml", "requirements.txt", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, self.clone)
        python = f'exec "{sys.executable}"'
        scripts = {
            "bin/python": f'{python} "$@"',
            # installs nothing: says whether what is named is there in the versions named
            "bin/pip": f'command=$1; shift; {python} -m pip "$command" --quiet --dry-run --no-index --no-deps "$@"',
            "bin/cited-qa": f"{python} -c "
            """'import sys; sys.argv[0] = "cited-qa"; from qa.cli import main; sys.exit(main())' "$@\"""",
            "shims/python3": f'[ "$1 $2" = "-m venv" ] && exit 0; {python} "$@"',
        }
        for name, script in scripts.items():
            file = self.clone / ".venv" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            # by another process: a thread that forks here meanwhile would hold the file open, and nobody could run it
            subprocess.run(["tee", file], input=f"#!/bin/sh\n{script}\n", encoding="utf-8", stdout=subprocess.DEVNULL, check=True)
            file.chmod(0o755)

    def _port(self, named: str) -> str:
        if named not in self.ports:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.ports[named] = str(probe.getsockname()[1])
        return self.ports[named]

    def follow(self, block: Block) -> None:
        """Do what a block says. Fails where a command in it fails or a server does not come up."""
        text = re.sub(r"\b786\d\b", lambda port: self._port(port[0]), block.text)
        if block.file:
            (self.clone / block.file).write_text(text, encoding="utf-8")
        elif block.language == "python":
            self._run([sys.executable, "-c", text], block)
        elif block.language == "sh":
            lines = text.splitlines()
            server = lines.pop() if SERVERS.search(lines[-1]) else ""
            self._run([*BASH, "\n".join(lines)], block)
            if server:
                self._serve(server, block)

    def _run(self, command: list[str], block: Block) -> None:
        done = subprocess.run(
            command, cwd=self.clone, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )  # fmt: skip
        assert done.returncode == 0, f"{block.page}:{block.line}: status {done.returncode}\n{done.stdout}{done.stderr}"

    def _serve(self, command: str, block: Block) -> None:
        """Start a server and wait until it is ready; it takes the place of the one before it."""
        self.close()
        output = self.clone / "server.txt"
        with output.open("w", encoding="utf-8") as file:
            self.server = subprocess.Popen(
                [*BASH, command],
                cwd=self.clone,
                env=self.environment,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        for _ in range(1200):
            if READY.search(printed := output.read_text("utf-8")):
                return
            assert self.server.poll() is None, f"{block.page}:{block.line}: ended\n{printed}"
            time.sleep(0.1)
        raise AssertionError(f"{block.page}:{block.line}: is not ready\n{printed}")

    def close(self) -> None:
        if self.server is not None:
            os.killpg(self.server.pid, 15)
            self.server.wait(30)
            self.server = None


def run_blocks(page: Path, folder: Path) -> None:
    """Follow a page from its first block to its last. Fails with the block that does not do what it should."""
    to_run = [block for block in blocks(page) if not block.not_run and (block.language in ("sh", "python") or block.file)]
    if not to_run:
        return
    reader = Reader(folder)
    try:
        for block in to_run:
            reader.follow(block)
    finally:
        reader.close()


@pytest.fixture(scope="module")
def followed(encoder: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Path, Future[None]]]:
    """Every page, being followed, two at a time: most of it is waiting for programs to start."""
    with ThreadPoolExecutor(2) as pool:
        yield {page: pool.submit(run_blocks, page, tmp_path_factory.mktemp("page")) for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_block_of_a_page_runs_as_it_is_printed(page: Path, followed: dict[Path, Future[None]]) -> None:
    followed[page].result()


def test_both_languages_of_the_readme_have_the_same_blocks() -> None:
    def bare(page: Path) -> list[tuple[str, str]]:
        return [(block.language, re.sub(r" {2,}# .*$", "", block.text, flags=re.MULTILINE)) for block in blocks(page)]

    assert bare(TRANSLATED) == bare(ROOT / "README.md")


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) < 200


def test_the_readme_begins_with_the_two_commands() -> None:
    start, test = [
        line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if line.startswith("python3 -m venv .venv")
    ]
    assert start.endswith("-r requirements.txt && .venv/bin/python app.py")
    assert test.endswith("-r requirements.txt -r tests/requirements.txt && .venv/bin/python -m pytest")


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page}: {target}"
        if heading:
            headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            assert heading in [anchor(one) for one in headings], f"{page}: {target}"


def anchor(heading: str) -> str:
    """The name of a heading in an address, as Markdown viewers make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_file_of_the_project_that_is_named_is_there(page: Path) -> None:
    named = re.findall(r"`((?:qa|tests|\.ci)/[\w./-]*\w/?)", page.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_option_and_limit_of_the_chat_and_of_reading_is_told() -> None:
    page = (ROOT / "qa" / "chat" / "README.md").read_text("utf-8")
    assert [
        option.name for option in fields(ChatOptions) if f"`{spelled(option)}" not in page or variable(option) not in page
    ] == []
    page = (ROOT / "qa" / "documents" / "README.md").read_text("utf-8")
    for limit in fields(Limits):
        row = next(line for line in page.splitlines() if line.startswith("|") and f"`{limit.name}`" in line)
        assert str(limit.default) in row.replace(",", "")


def test_every_driver_is_told_with_its_result() -> None:
    page = (ROOT / "tests" / "bench" / "README.md").read_text("utf-8")
    there = {file.name for file in (ROOT / "tests" / "bench").glob("*.py")}
    assert there == set(re.findall(r"`(\w+\.py)", page))
    results = {file.name for file in (ROOT / "tests" / "bench" / "results").glob("*.json")}
    assert results == set(re.findall(r"results/(\w+\.json)", page))


def test_the_packages_are_told_in_the_order_of_their_imports() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = page[page.index("| package | its job |") :].split("\n\n")[0]
    told = [name.strip("/") for row in table.splitlines()[2:] for name in re.findall(r"`([\w/]+)`", row.split("|")[1])]
    assert told == ORDER
