"""The token states of a text after the lower layers of the default model, from which the reader reads on (`reader.py`).

The lower layers see question and passage apart (DeFormer, Cao et al. 2020), the reader's own layers together. So they are those
of the prepared encoder itself: `lower_layers` cuts them out of its ONNX file, with the same mapped table of embeddings.
"""

from __future__ import annotations

from pathlib import Path

LAYERS = 4  # of twelve


def lower_layers(encoder: Path, target: Path) -> None:
    """Write the part of the ONNX file `encoder` from token ids to the states after layer `LAYERS` to `target`, beside it.

    Raises ValueError when the file has no such layer.
    """
    import onnx

    model = onnx.load(str(encoder), load_external_data=False)
    end = f"encoder/layer.{LAYERS - 1}/output/LayerNorm/LayerNormalization"
    states = next((node.output[0] for node in model.graph.node if node.name.endswith(end)), None)
    if states is None:
        raise ValueError(f"{encoder}: no {end}")
    needed, nodes = {states}, []
    for node in reversed(model.graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            nodes.append(node)
    graph = onnx.helper.make_graph(
        nodes[::-1],
        "lower layers",
        [value for value in model.graph.input if value.name in needed],
        [onnx.helper.make_tensor_value_info(states, onnx.TensorProto.FLOAT, ["text", "token", None])],
        [tensor for tensor in model.graph.initializer if tensor.name in needed],
    )
    lower = onnx.helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    target.write_bytes(lower.SerializeToString())
