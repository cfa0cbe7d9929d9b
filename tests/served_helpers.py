"""Two real servers: Milvus's core with BM25, and the standalone server before it had that.

`QA_TEST_SERVERS` names a folder with a virtual environment for each (`.ci/servers` makes it); without it, or
without pymilvus, the tests that need a server are skipped. The standalone server listens on every interface and asks for no
password, so `.ci/served` starts these tests in a network of their own, and outside of one it is not started.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

CORE = """
import sys, time
from milvus_lite.server import Server
server = Server(sys.argv[1], sys.argv[2])
assert server.init()
server.start()
while True:
    time.sleep(3600)
"""


PATIENCE = 240.0  # seconds for a server to start, of which it needs three where the machine has nothing else to do


class Served:
    """A server process; `kill` ends it as a power cut does, `start` starts it again over the same files."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0

    @property
    def url(self) -> str:
        """The URL of a collection that no test has used."""
        self._made += 1
        return self.url_of(f"laws_{self._made}")

    def url_of(self, collection: str) -> str:
        """The URL of a collection."""
        return f"milvus://127.0.0.1:{self.port}/{collection}"

    def start(self) -> None:
        python = servers() / self.kind / "bin" / "python"
        if self.kind == "core":
            command = [str(python), "-c", CORE, str(self.folder / "core.db"), f"127.0.0.1:{self.port}"]
        else:
            programs = self.folder / "data" / "bin"
            if not programs.exists():  # it would unpack them for this folder, which takes long
                programs.parent.mkdir()
                programs.symlink_to(servers() / self.kind / "unpacked" / "bin")
            program = str(python.with_name("milvus-server"))
            command = [program, "--data", str(self.folder / "data"), "--proxy-port", str(self.port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        self._wait()

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _wait(self) -> None:
        """Until it takes connections. A server that does not is ended, and the error has the end of its log."""
        assert self._process is not None
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        state = self._process.poll()
        ended = f"does not start within {PATIENCE:.0f} s" if state is None else f"ended with {state}"
        self.kill()
        raise AssertionError(f"the server {self.kind} {ended}; its log ends: {self._log.read_text('utf-8', 'replace')[-2000:]}")

    def memory(self) -> int:
        """The megabytes that its processes have in memory."""
        assert self._process is not None
        found = 0
        for status in Path("/proc").glob("[0-9]*/status"):
            with suppress(OSError):
                if os.getpgid(int(status.parent.name)) == self._process.pid:
                    found += int(status.read_text("ascii").partition("VmRSS:")[2].split()[0]) // 1024
        return found

    def kill(self) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def servers() -> Path:
    return Path(os.environ.get("QA_TEST_SERVERS", "none")).absolute()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(kind: str, folder: Path, keep: bool = False) -> Iterator[Served]:
    """A server over the files in `folder`, which are removed afterwards unless they are to `keep`."""
    if find_spec("pymilvus") is None or not (servers() / kind / "bin" / "python").exists():
        pytest.skip("needs pymilvus and the server packages: see tests/served_helpers.py")
    if kind == "standalone" and [name for _, name in socket.if_nameindex()] != ["lo"]:
        pytest.skip("listens on every interface without a password: only in a network of its own, as .ci/served starts it")
    server = Served(kind, folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", params=["core", "standalone"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Each of the two servers."""
    with serving(request.param, tmp_path_factory.mktemp(request.param)) as started:
        yield started


@pytest.fixture(scope="session")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The core alone, for what does not depend on the server and takes the other one long."""
    with serving("core", tmp_path_factory.mktemp("core-alone")) as started:
        yield started


@pytest.fixture(autouse=True)
def own_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No builder finds the local index of another test."""
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "caches"))
    monkeypatch.setenv("QA_SERVER_PATIENCE", str(int(PATIENCE)))
