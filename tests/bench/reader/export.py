"""Writes a fitted reader as `qa/models/reader.onnx`, in int8, and compares it with torch: `export.py --weights FILE`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import warnings
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[3])]

import numpy as np
import torch
from fit import loaded
from network import Network
from torch import Tensor, nn
from torch.nn import functional as F

from qa.models.export import quantise
from qa.models.reader import WEIGHTS
from qa.models.runtime import open_session


class _Exported(nn.Module):
    """The network with attention written out, as the exporter and the quantiser know it."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, states: Tensor, side: Tensor, match: Tensor) -> tuple[Tensor, Tensor]:
        network = self.network
        x = states + network.side(side) + network.match(match)
        for layer in network.layers:
            hidden = x.shape[-1]
            q, k, v = (part.view(1, -1, 12, hidden // 12).transpose(1, 2) for part in layer.qkv(x).split(hidden, -1))
            seen = torch.softmax(q @ k.transpose(-1, -2) / (hidden // 12) ** 0.5, -1) @ v
            x = layer.norm(x + layer.out(seen.transpose(1, 2).reshape(1, -1, hidden)))
            x = layer.norm_after(x + layer.down(F.gelu(layer.up(x))))
        return network.answers(x[:, 0])[:, 0], network.tokens(x)


def export(network: Network, target: Path) -> dict[str, float]:
    """Write `target`; the greatest differences of its logits from torch's, on states at random."""
    network.eval()
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        folder = Path(name)
        inputs = (torch.randn(1, 8, 384), torch.ones(1, 8, dtype=torch.long), torch.randn(1, 8, 3))
        axes = {name: {1: "token"} for name in ("states", "side", "match", "tokens")}
        torch.onnx.export(
            _Exported(network), inputs, str(folder / "fp32.onnx"), input_names=["states", "side", "match"],
            output_names=["answers", "tokens"], dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
        network.eval()  # the exporter leaves it in training
        quantise(folder)
        target.write_bytes((folder / "int8.onnx").read_bytes())
        worst = {}
        for precision, file in (("fp32", folder / "fp32.onnx"), ("int8", target)):
            session = open_session(file, optimised=False)
            apart = []
            for length in (20, 90, 200):
                states, side = torch.randn(1, length, 384), torch.ones(1, length, dtype=torch.long)
                side[:, :9] = 0
                match = torch.rand(1, length, 3)
                answers, tokens = network(states, side, match)
                made = session.run(None, {"states": states.numpy(), "side": side.numpy(), "match": match.numpy()})
                apart += [abs(float(made[0][0] - answers[0])), float(np.abs(made[1] - tokens.numpy()).mean())]
            worst[precision] = round(max(apart), 4)
    return worst


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    given = parser.parse_args()
    network = loaded(given.weights, torch.device("cpu"))
    print(json.dumps({"apart": export(network, given.out), "bytes": given.out.stat().st_size}))


if __name__ == "__main__":
    main()
