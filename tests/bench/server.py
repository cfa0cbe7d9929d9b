"""The chat in a process of its own, and what it uses: shared by the drivers that ask it much."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
from common import ROOT


def processor_seconds(process: int, children: bool = False) -> float:
    """What a process has used until now, its threads together; with `children` its children that ended too."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if children else 13])) / os.sysconf("SC_CLK_TCK")


def used(process: int) -> dict[str, int]:
    """Memory in MiB, and of it what is not mapped from files; threads and handles of a process."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    mb, own = (int(lines[name].split()[0]) // 1024 for name in ("VmRSS", "RssAnon"))
    handles = len(list(Path(f"/proc/{process}/fd").iterdir()))
    return {"mb": mb, "mb of its own": own, "threads": int(lines["Threads"]), "handles": handles}


class Server:
    """`app.py` over the documents in `folder/documents`, its errors kept in `folder/errors.txt`, once it answers."""

    def __init__(self, folder: Path, *options: str, limits: str = "") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.errors, self.url = folder / "errors.txt", f"http://127.0.0.1:{port}"
        command = [
            sys.executable, "app.py", "--port", str(port), "--rate", "100000", "--home", str(folder / "home"),
            "--seeds", str(folder / "documents"), "--index", str(folder / "index"), *options,
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=self.errors.open("w"),
            text=True,
            env={**os.environ, "QA_LIMITS": limits},
        )
        self.pid = self.process.pid
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("Ready"):
                break
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=120)
        while self.http.get("/health").status_code != 200:
            time.sleep(1)

    def tracebacks(self) -> int:
        """How many it has printed."""
        return self.errors.read_text("utf-8", "replace").count("Traceback")

    def close(self) -> None:
        self.http.close()
        self.process.terminate()
        self.process.wait(30)
