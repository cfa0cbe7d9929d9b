"""Importing the package has no side effects; onnxruntime is imported in one place, which turns off its telemetry first."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from qa.models.runtime import load_onnxruntime

IMPORTS = """
import json, os, sys
before, folder = dict(os.environ), sorted(os.listdir("."))
import qa
for name in {names}:
    __import__(name)
for name in dir(qa):
    getattr(qa, name)
print(json.dumps([before == dict(os.environ), folder == sorted(os.listdir(".")), "onnxruntime" in sys.modules]))
"""


def modules() -> list[str]:
    """Every module of the package but those of the chat, which bring Gradio, and the one that runs the command line."""
    files = sorted((ROOT / "qa").rglob("*.py"))
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files if file.stem != "__init__"]
    return [name for name in names if not name.startswith(("qa.chat.", "qa.__main__"))]


def test_importing_changes_no_environment_variable_and_no_file(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"PYTHONPATH": str(ROOT), "QA_CACHE": str(tmp_path / "cache"), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    program = [sys.executable, "-B", "-W", "ignore", "-c", IMPORTS.format(names=modules())]
    done = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [True, True, False]
    assert list(tmp_path.iterdir()) == []


def test_onnxruntime_is_forbidden_to_report_its_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    assert load_onnxruntime() is sys.modules["onnxruntime"]
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


def test_whatever_imports_onnxruntime_forbids_it_first() -> None:
    """In each function that imports the library, or one that brings it, a call that forbids the reports comes before."""
    importing = []
    for file in sorted((ROOT / "qa").rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        owners = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            if {"onnxruntime", "rapidocr"} & {name.split(".")[0] for name in imported(node)}:
                function: ast.AST | None = node
                while function is not None and not isinstance(function, ast.FunctionDef):
                    function = owners.get(function)
                assert function is not None, f"{file}:{node.lineno} imports it when the module is imported"
                calls = [
                    call.lineno
                    for call in ast.walk(function)
                    if isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Name)
                    and call.func.id in ("forbid_telemetry", "load_onnxruntime")
                ]
                assert calls, f"{file}:{node.lineno}"
                assert min(calls) < node.lineno, f"{file}:{node.lineno}"
                importing.append(file.name)
    assert sorted(set(importing)) == ["export.py", "ocr.py", "runtime.py"]


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
