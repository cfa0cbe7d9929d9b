"""The folders of the chat import in one direction, and importing them leaves the process as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from test_structure import imported_modules

CHAT = Path(__file__).parents[2] / "qa" / "chat"
ORDERS = {
    "service": tuple("hosts messages access examples llm question_log vouched admission backend api web".split()),
    "chat": tuple("process texts state drawing page serving options serve".split()),
}


@pytest.mark.parametrize(("package", "folder"), [(package, name) for package, names in ORDERS.items() for name in names])
def test_a_folder_imports_only_from_those_before_it(package: str, folder: str) -> None:
    order, there = ORDERS[package], CHAT.parent / package
    files = [there / f"{folder}.py"] if (there / f"{folder}.py").exists() else sorted((there / folder).rglob("*.py"))
    assert files
    for file in files:
        used = {name.split(".")[1] for name in imported_modules(file) if name.startswith(f"{package}.")}
        assert used <= set(order[: order.index(folder) + 1]), file


# Prints what importing, and then starting, changes of the environment and of the folder for temporary files.
WATCHING = """
import os, sys, tempfile
import qa
before = dict(os.environ)
changed = lambda: sorted(name for name in {*before, *os.environ} if before.get(name) != os.environ.get(name))
import qa.chat.process, qa.service.backend, qa.service.web.guards, qa.service.api.http_api, qa.service.api.mcp_tools
print(changed(), os.listdir(tempfile.gettempdir()), "gradio" in sys.modules)
folder = qa.chat.process.prepare_process()
again = qa.chat.process.prepare_process()
print(changed(), [str(folder)] == [os.path.join(tempfile.gettempdir(), name) for name in os.listdir(tempfile.gettempdir())])
print(again == folder, os.environ["no_proxy"], folder.stat().st_mode & 0o777 == 0o700)
"""


def test_importing_changes_neither_environment_nor_disk_and_starting_does(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path), "no_proxy": "example.org"}
    ended = subprocess.run(
        [sys.executable, "-c", WATCHING], cwd=CHAT.parents[1], env=environment, capture_output=True, text=True, check=True,
        timeout=120,
    )  # fmt: skip
    assert ended.stdout.splitlines() == [
        "[] [] False",
        "['GRADIO_ANALYTICS_ENABLED', 'GRADIO_TEMP_DIR', 'NO_PROXY', 'no_proxy'] True",
        "True example.org,127.0.0.1,localhost,::1 True",
    ]
    assert list(tmp_path.iterdir()) == []
