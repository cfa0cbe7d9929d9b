"""onnxruntime, which runs the prepared models. Whoever needs it gets it here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..config import forbid_telemetry


def load_onnxruntime() -> Any:
    """The library, kept from reporting its use to its maker over the network."""
    forbid_telemetry()
    import onnxruntime

    return onnxruntime


def open_session(file: Path) -> Any:
    """A session that runs a prepared model, which needs no more optimising, in one thread."""
    onnxruntime = load_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
