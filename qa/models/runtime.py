"""The only place that imports onnxruntime, so that its telemetry is off before it loads."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ..config import device_wanted, forbid_telemetry
from ..errors import ModelError

CPU = "CPUExecutionProvider"
# What a device is called here, and the provider of onnxruntime that runs on it; "gpu" is the first of them that is there.
PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "rocm": "MIGraphXExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cpu": CPU,
}


def load_onnxruntime() -> Any:
    """The module onnxruntime, with its telemetry turned off."""
    forbid_telemetry()
    import onnxruntime

    return onnxruntime


@cache
def _share_memory() -> Any:
    """The module onnxruntime, with one memory for the values of all models on the processor.

    It grows to what the longest texts take that are worked on at once, and stays; memory for each model would keep as much for
    each of them. Regions of just the size that is needed (1) leave less of it unused than powers of two.
    """
    onnxruntime = load_onnxruntime()
    kind = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    place = onnxruntime.OrtMemoryInfo("Cpu", kind, 0, onnxruntime.OrtMemType.DEFAULT)
    onnxruntime.create_and_register_allocator(place, onnxruntime.OrtArenaCfg({"arena_extend_strategy": 1}))
    return onnxruntime


def provider() -> str:
    """The provider of onnxruntime for the device that is wanted. Raises `ModelError` when onnxruntime has none for it."""
    wanted = device_wanted()
    if wanted == "cpu":
        return CPU
    available = load_onnxruntime().get_available_providers()
    there = [name for name, one in PROVIDERS.items() if one in available]
    name = there[0] if wanted == "gpu" and there[0] != "cpu" else wanted
    if name not in there:
        raise ModelError("models.no_device", wanted, there=there)
    return PROVIDERS[name]


def open_session(file: Path, optimised: bool = True) -> Any:
    """An inference session for the model in `file`, with one thread, on the device that is wanted.

    `optimised` says whether its graph needs no more fusing. Raises `ModelError` when the device cannot be used.
    """
    onnxruntime = _share_memory()
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_DISABLE_ALL if optimised else levels.ORT_ENABLE_EXTENDED
    options.log_severity_level = 3
    chosen = provider()
    session = onnxruntime.InferenceSession(str(file), options, providers=list(dict.fromkeys((chosen, CPU))))
    if chosen not in session.get_providers():  # its libraries are there, the device or its driver is not
        raise ModelError("models.device_not_opened", device_wanted())
    return session
