"""How much of the machine's own arithmetic the encoder reaches, and which operators hold the rest.

    python tests/bench/arithmetic.py [--tokens 330] [--rounds 5]

The peak is that of one large matrix product in the same runtime and type, fp32 and int8, on as many threads as there are
cores, each with a session of its own, as the encoder runs. The least time of a text is its int8 operations at the int8 peak and
those of attention, which is fp32, at the fp32 peak; the share is that over the time it takes. The profile is onnxruntime's own.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from common import store

import qa

SIZE = 1536  # of the large product, rows, columns and depth: what the encoder's weights and activations come to together


def options(profile: str = "") -> Any:
    import onnxruntime

    made = onnxruntime.SessionOptions()
    made.intra_op_num_threads = made.inter_op_num_threads = 1
    made.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    if profile:
        made.enable_profiling, made.profile_file_prefix = True, profile
    return made


def product(kind: str) -> tuple[Any, dict[str, Any]]:
    """A session of one matrix product with a constant right side, which is laid out beforehand, and its input."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    chance = np.random.default_rng(0)
    if kind == "int8":
        weights = chance.integers(-64, 64, (SIZE, SIZE)).astype(np.int8)
        values = chance.integers(0, 256, (SIZE, SIZE)).astype(np.uint8)
        operator, given, taken = "MatMulInteger", TensorProto.UINT8, TensorProto.INT32
    else:
        weights, values = (chance.standard_normal((SIZE, SIZE)).astype(np.float32) for _ in range(2))
        operator, given, taken = "MatMul", TensorProto.FLOAT, TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node(operator, ["a", "b"], ["c"])], "product",
        [helper.make_tensor_value_info("a", given, [SIZE, SIZE])], [helper.make_tensor_value_info("c", taken, [SIZE, SIZE])],
        [numpy_helper.from_array(weights, "b")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString(), options(), ["CPUExecutionProvider"]), {"a": values}


def together(runs: list[Callable[[], object]], repeats: int) -> float:
    """Seconds for every run to be done `repeats` times, each on a thread of its own."""

    def repeat(run: Callable[[], object]) -> None:
        for _ in range(repeats):
            run()

    began = time.perf_counter()
    with ThreadPoolExecutor(len(runs)) as pool:
        list(pool.map(repeat, runs))
    return time.perf_counter() - began


def operations(folder: Path, tokens: int) -> tuple[int, int]:
    """A text's operations (a multiplication and an addition are two) in the products with weights, and in attention."""
    config = json.loads((folder / "sentence-transformers" / "config.json").read_text("utf-8"))
    hidden, inner, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    return 2 * tokens * layers * (4 * hidden**2 + 2 * hidden * inner), 4 * tokens**2 * hidden * layers


def profile(session_file: Path, values: dict[str, Any]) -> dict[str, dict[str, float]]:
    """By operator, the share of the time of a run and its milliseconds: the least of ten runs of each node."""
    import onnxruntime

    with tempfile.TemporaryDirectory() as temporary:
        session = onnxruntime.InferenceSession(str(session_file), options(f"{temporary}/run"), ["CPUExecutionProvider"])
        for _ in range(10):
            session.run(None, values)
        events = json.loads(Path(session.end_profiling()).read_text("utf-8"))
    nodes: dict[tuple[str, str], list[float]] = defaultdict(list)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            nodes[event["args"]["op_name"], event["name"]].append(event["dur"] / 1000)
    total: dict[str, float] = defaultdict(float)
    for (operator, _), durations in nodes.items():
        total[operator] += min(durations)
    whole = sum(total.values())
    ordered = sorted(total.items(), key=lambda pair: -pair[1])[:10]
    return {name: {"ms": round(value, 2), "share": round(value / whole, 3)} for name, value in ordered}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=330, help="of a text; the contexts of peers.py have 330")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    import onnxruntime

    cores = len(os.sched_getaffinity(0))
    prepared = qa.load_encoder().prepared
    session = onnxruntime.InferenceSession(str(prepared.onnx), options(), ["CPUExecutionProvider"])
    ids = np.random.default_rng(0).integers(1000, 200_000, (1, given.tokens))
    values = {node.name: ids if node.name == "input_ids" else np.zeros_like(ids) for node in session.get_inputs()}
    peaks = {kind: [product(kind) for _ in range(cores)] for kind in ("fp32", "int8")}
    encode: list[Callable[[], object]] = [lambda: session.run(None, values)] * cores
    multiply: dict[str, list[Callable[[], object]]] = {
        kind: [lambda pair=pair: pair[0].run(None, pair[1]) for pair in pairs] for kind, pairs in peaks.items()
    }
    per_second: dict[str, list[float]] = {"fp32": [], "int8": [], "texts": []}
    for runs in (encode, *multiply.values()):
        together(runs, 1)
    for _ in range(given.rounds):
        for kind, runs in multiply.items():
            per_second[kind].append(cores * 4 * 2 * SIZE**3 / together(runs, 4))
        per_second["texts"].append(cores * 10 / together(encode, 10))
    best = {kind: max(values) for kind, values in per_second.items()}  # what others take of the machine is no part of a peak
    middle = {kind: statistics.median(values) for kind, values in per_second.items()}
    weights, attention = operations(prepared.folder, given.tokens)
    least = weights / middle["int8"] + attention / middle["fp32"]
    store(
        "arithmetic",
        {
            "tokens": given.tokens,
            "precision": prepared.precision,
            "giga-operations of a text": {"int8": round(weights / 1e9, 2), "fp32": round(attention / 1e9, 2)},
            "peak, giga-operations a second": {kind: round(middle[kind] / 1e9) for kind in ("fp32", "int8")},
            "best round": {kind: round(best[kind] / 1e9) for kind in ("fp32", "int8")},
            "texts per second": round(middle["texts"], 1),
            "texts per second at the peak": round(1 / least, 1),
            "share of the peak": round(middle["texts"] * least, 3),
            "operators, one thread": profile(prepared.onnx, values),
        },
    )


if __name__ == "__main__":
    sys.exit(main())
