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

from qa.errors import ModelError
from qa.models.encoder import load_encoder
from qa.models.runtime import load_onnxruntime, open_session, provider

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
            if {"onnxruntime", "ocrust"} & {name.split(".")[0] for name in imported(node)}:
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


def available(monkeypatch: pytest.MonkeyPatch, *there: str) -> None:
    monkeypatch.setattr(load_onnxruntime(), "get_available_providers", lambda: list(there))


def test_the_device_is_the_one_that_is_named_or_the_first_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QA_DEVICE", raising=False)
    assert provider() == "CPUExecutionProvider"
    available(monkeypatch, "OpenVINOExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider")
    for named, found in (("gpu", "CUDA"), ("GPU", "CUDA"), ("openvino", "OpenVINO"), ("cpu", "CPU"), ("", "CPU")):
        monkeypatch.setenv("QA_DEVICE", named)
        assert provider() == f"{found}ExecutionProvider"


@pytest.mark.parametrize("named", ["gpu", "cuda", "tpu"])
def test_a_device_that_is_not_there_is_one_line_with_what_is(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    available(monkeypatch, "AzureExecutionProvider", "CPUExecutionProvider")
    monkeypatch.setenv("QA_DEVICE", named)
    with pytest.raises(ModelError) as caught:
        load_encoder("no-such-model")
    assert str(caught.value) == (
        f"{named}: onnxruntime has no such device here, only cpu; name one of these, or install the onnxruntime of that device"
    )


def test_a_device_without_its_driver_is_told_and_not_replaced_by_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    available(monkeypatch, "CUDAExecutionProvider", "CPUExecutionProvider")
    monkeypatch.setenv("QA_DEVICE", "cuda")
    given: list[object] = []

    class Session:
        def __init__(self, file: str, options: object, providers: list[str]) -> None:
            given.extend(providers)

        def get_providers(self) -> list[str]:
            return ["CPUExecutionProvider"]

    monkeypatch.setattr(load_onnxruntime(), "InferenceSession", Session)
    with pytest.raises(ModelError, match="cuda: onnxruntime cannot use this device") as caught:
        open_session(Path("model.onnx"))
    assert (given, caught.value.code) == (["CUDAExecutionProvider", "CPUExecutionProvider"], "models.device_not_opened")
