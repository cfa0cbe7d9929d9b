"""The reader's own layers in torch, over the token states of question and passage, and their heads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

HEADS = 12
MATCHES = 3  # as in qa.models.reader, which is not imported here, so that torch and numpy are all that fitting needs
TOKEN_HEADS = 4  # unit, start, end, and the one that weights the tokens of a unit


# Names here -> in transformers' `BertModel`.
_NAMES = {
    "out": "attention.output.dense",
    "norm": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "norm_after": "output.LayerNorm",
}


class Layer(nn.Module):
    """A transformer layer as in BERT, with the projections of the attention in one matrix."""

    def __init__(self, hidden: int, intermediate: int, dropout: float) -> None:
        super().__init__()
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.out = nn.Linear(hidden, hidden)
        self.norm = nn.LayerNorm(hidden, eps=1e-12)
        self.up = nn.Linear(hidden, intermediate)
        self.down = nn.Linear(intermediate, hidden)
        self.norm_after = nn.LayerNorm(hidden, eps=1e-12)
        self.dropout = dropout

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        count, length, hidden = x.shape
        q, k, v = self.qkv(x).view(count, length, 3, HEADS, hidden // HEADS).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        seen = self.out(seen.transpose(1, 2).reshape(count, length, hidden))
        x = self.norm(x + F.dropout(seen, self.dropout, self.training))
        return self.norm_after(x + F.dropout(self.down(F.gelu(self.up(x))), self.dropout, self.training))


class Network(nn.Module):
    """`states`, shape (examples, tokens, hidden), question before passage, `side` 0 and 1, and `match`, as
    `match_features` gives it -> `answers` (examples,) and `tokens` (examples, tokens, TOKEN_HEADS), all logits.

    `mask`, shape (examples, tokens), is true for tokens that are there.
    """

    def __init__(self, hidden: int = 384, intermediate: int = 1536, layers: int = 8, dropout: float = 0.1) -> None:
        super().__init__()
        self.side = nn.Embedding(2, hidden)
        self.match = nn.Linear(MATCHES, hidden, bias=False)
        self.layers = nn.ModuleList(Layer(hidden, intermediate, dropout) for _ in range(layers))
        self.answers = nn.Linear(hidden, 1)
        self.tokens = nn.Linear(hidden, TOKEN_HEADS)
        for zero in (self.side.weight, self.match.weight, self.tokens.weight, self.tokens.bias):
            nn.init.zeros_(zero)

    def forward(self, states: Tensor, side: Tensor, match: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        x = states + self.side(side) + self.match(match)
        seen = None if mask is None else mask[:, None, None]
        for layer in self.layers:
            x = layer(x, seen)
        return self.answers(x[:, 0])[:, 0], self.tokens(x)


def take_layers(layers: Iterable[Layer], state: Mapping[str, np.ndarray], first: int) -> None:
    """Give `layers` the weights of the encoder's from `first` on, as `pack.write_start` wrote them."""
    for at, layer in enumerate(layers, first):

        def of(name: str, kind: str, at: int = at) -> Tensor:
            full = f"encoder.layer.{at}.{name}.{kind}"
            tensor = np.array(state[full], np.float32)
            return torch.from_numpy(tensor * state[f"{full}/scale"] if f"{full}/scale" in state else tensor)

        for kind in ("weight", "bias"):
            parts = [of(f"attention.self.{part}", kind) for part in ("query", "key", "value")]
            getattr(layer.qkv, kind).data = torch.cat(parts)
            for own, name in _NAMES.items():
                getattr(getattr(layer, own), kind).data = of(name, kind)


@dataclass(slots=True)
class Batch:
    """Examples of about one length: inputs of the network and what they should give."""

    states: Tensor
    side: Tensor
    match: Tensor  # (examples, tokens, MATCHES), as `match_features` gives them
    mask: Tensor  # (examples, tokens), true for those that are there
    unit: Tensor  # (examples, tokens), the unit of each token, -1 outside of units
    answers: Tensor  # (examples,), 1 where the passage answers
    groups: Tensor  # (examples,), the question of each
    gold: Tensor  # (examples, units), 1 where the unit answers, -1 where there is none
    span: Tensor  # (examples, 2), first and last token of the answer, -1 for none


def unit_logits(tokens: Tensor, unit: Tensor, count: int) -> Tensor:
    """The logit of each of `count` units: the mean of its tokens' logits, weighted by the softmax of their last head; (examples,
    units)."""
    at = unit.clamp(min=0)
    weight = (tokens[:, :, 3].float().clamp(-30, 30)).exp() * (unit >= 0)
    zeros = tokens.new_zeros((tokens.shape[0], count), dtype=torch.float32)
    total = zeros.scatter_add(1, at, weight)
    return zeros.scatter_add(1, at, weight * tokens[:, :, 0].float()) / total.clamp(min=1e-9)


def loss_of(answers: Tensor, tokens: Tensor, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
    """The sum of what the heads lose: does the passage answer, which passage of a question's does, which units, and the span."""
    answers = answers.float()
    judged = F.binary_cross_entropy_with_logits(answers, batch.answers)
    units = unit_logits(tokens, batch.unit, batch.gold.shape[1])
    there, held = batch.gold >= 0, batch.gold > 0
    good = held.any(1).float()
    each = F.binary_cross_entropy_with_logits(units, batch.gold.clamp(min=0), reduction="none")
    which = ((each * there).sum(1) / there.sum(1).clamp(min=1)).mean()
    among = units.masked_fill(~there, -1e4)
    choice = among.logsumexp(1) - among.masked_fill(~held, -1e4).logsumexp(1)
    choice = (choice * good).sum() / good.sum().clamp(min=1)
    rival = (batch.groups[:, None] == batch.groups[None]) & (batch.answers[None] == 0)
    chosen = ((batch.answers > 0) & rival.any(1)).float()
    against = torch.where(rival, answers[None], answers.new_full((), -1e4))
    ranked = torch.cat([against, answers[:, None]], 1).logsumexp(1) - answers
    ranked = (ranked * chosen).sum() / chosen.sum().clamp(min=1)
    spans = (batch.span[:, 0] >= 0).float()
    placed = answers.new_zeros(())
    for end in (0, 1):
        logits = tokens[:, :, 1 + end].float().masked_fill(batch.unit < 0, -1e4)
        lost = F.cross_entropy(logits, batch.span[:, end].clamp(min=0), reduction="none")
        placed = placed + (lost * spans).sum() / spans.sum().clamp(min=1) / 2
    parts = {"judged": judged, "which": which, "choice": choice, "ranked": ranked, "placed": placed}
    total = judged + which + 0.5 * choice + 0.5 * ranked + 0.3 * placed
    return total, {name: value.detach() for name, value in parts.items()}
