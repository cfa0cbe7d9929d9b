"""Exports a sentence-transformers model to ONNX, from token ids to vectors of length 1, in fp32 and in int8."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .runtime import load_onnxruntime

# Size in bytes from which a weight table is mapped. Weights of matrix products are repacked in memory on loading in any case.
_LEAST_MAPPED = 1 << 20


def export(transformer: Any, folder: Path) -> None:
    """Export `transformer`, a `SentenceTransformer` with all its modules, to `fp32.onnx` in `folder`.

    Its inputs are token ids, its output is normalised to length 1. Raises any exception of torch for a model it cannot trace.
    """
    import torch

    names = [name for name in ("input_ids", "token_type_ids") if name in transformer.preprocess(["a"])]

    class Pipeline(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.modules_in_order = transformer

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            features: dict[str, Any] = dict(zip(names, tensors, strict=True))
            features["attention_mask"] = torch.ones_like(features["input_ids"])
            for module in self.modules_in_order:
                features = module(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], p=2, dim=1)

    ids = torch.ones((2, 8), dtype=torch.long)
    tensors = tuple(torch.zeros_like(ids) if name == "token_type_ids" else ids for name in names)
    axes = {name: {0: "text", 1: "token"} for name in names}
    with torch.no_grad(), warnings.catch_warnings(), _unmasked(transformer):
        warnings.simplefilter("ignore")  # the tracer warns of every Python branch in transformers
        torch.onnx.export(
            Pipeline(), tensors, str(folder / "fp32.onnx"), input_names=names, output_names=["embedding"],
            dynamic_axes={**axes, "embedding": {0: "text"}}, opset_version=17, dynamo=False,
        )  # fmt: skip


@contextmanager
def _unmasked(transformer: Any) -> Iterator[None]:
    """Within this context, `transformer` ignores its attention mask and attends to every token.

    Texts are never padded, so that the result is the same, and the exported model takes a sixth less time.
    """
    model: Any = getattr(transformer[0], "model", None)
    if model is None or "attention_mask" not in inspect.signature(model.forward).parameters:
        yield
        return
    forward = model.forward
    model.forward = lambda **arguments: forward(**{**arguments, "attention_mask": None})
    try:
        yield
    finally:
        del model.forward  # uncovers the method of the class


def quantise(folder: Path) -> None:
    """Quantise `fp32.onnx` in `folder` to `int8.onnx`: int8 weights with one scale per channel, int8 activations.

    Weights use 7 bits only: with 8 bits, the 16-bit sums of AVX2's multiply-add saturate.
    """
    import logging

    load_onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # silences advice on a pre-processing step that has no effect here
    try:
        quantize_dynamic(
            folder / "fp32.onnx", folder / "int8.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
            op_types_to_quantize=["MatMul", "Gather"], extra_options={"MatMulConstBOnly": True},
        )  # fmt: skip
    finally:
        root.setLevel(level)


def optimise(folder: Path, precision: str) -> None:
    """Replace `<precision>.onnx` in `folder` by an optimised one, with fused operators, so that loading needs no optimisation.

    Large weight tables, of which a text needs few rows, go to `<precision>.weights`, which is memory-mapped. Skip connections are
    not fused with layer normalisation: in onnxruntime 1.32 the fused operator takes five times as long as the two operators.
    """
    onnxruntime = load_onnxruntime()
    source = folder / f"{precision}.onnx"
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(folder / f"{precision}.optimised.onnx")
    options.log_severity_level = 3
    for name, value in (("file_name", f"{precision}.weights"), ("min_size_in_bytes", str(_LEAST_MAPPED))):
        options.add_session_config_entry(f"session.optimized_model_external_initializers_{name}", value)
    onnxruntime.InferenceSession(
        str(source), options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )
    os.replace(folder / f"{precision}.optimised.onnx", source)
