# mypy: disallow-subclassing-any=False, warn-return-any=False
"""The Transformer (Vaswani et al. 2017) as CTranslate2 runs it: pre-norm, ReLU, sinusoidal
positions, one embedding for both languages and the output. Needs torch and nothing else.

There are no padding masks. All sources of a batch have the same number of tokens, so there is
nothing to mask in the encoder and in cross attention; targets are padded on the right, where the
causal decoder cannot look. So attention runs in the fastest kernel there is, and no row of a mask
can be empty, from which NaN would come.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pipeline.translate.training.shards import PADDING
from pipeline.translate.training.weights import Shape


class Attention(nn.Module):
    """Multi-head attention, of a sequence on itself or, where a memory is given, on that."""

    def __init__(self, width: int, heads: int, cross: bool) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width) if cross else None
        self.inputs = nn.Linear(width, 2 * width if cross else 3 * width)
        self.output = nn.Linear(width, width)

    def forward(self, x: Tensor, memory: Tensor | None = None, causal: bool = False) -> Tensor:
        if self.query is None or memory is None:
            q, k, v = self.inputs(x).chunk(3, -1)
        else:
            q = self.query(x)
            k, v = self.inputs(memory).chunk(2, -1)
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (q, k, v))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.output(mixed.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.relu(self.up(x)))


class EncoderLayer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.dropout = shape.dropout
        self.attention_norm, self.feed_norm = nn.LayerNorm(shape.width), nn.LayerNorm(shape.width)
        self.attention = Attention(shape.width, shape.heads, cross=False)
        self.feed = FeedForward(shape.width, shape.inner)

    def forward(self, x: Tensor) -> Tensor:
        x = x + F.dropout(self.attention(self.attention_norm(x)), self.dropout, self.training)
        return x + F.dropout(self.feed(self.feed_norm(x)), self.dropout, self.training)


class DecoderLayer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.dropout = shape.dropout
        self.attention_norm, self.cross_norm = nn.LayerNorm(shape.width), nn.LayerNorm(shape.width)
        self.feed_norm = nn.LayerNorm(shape.width)
        self.attention = Attention(shape.width, shape.heads, cross=False)
        self.cross = Attention(shape.width, shape.heads, cross=True)
        self.feed = FeedForward(shape.width, shape.inner)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        x = x + F.dropout(self.attention(self.attention_norm(x), causal=True), self.dropout, self.training)
        x = x + F.dropout(self.cross(self.cross_norm(x), memory), self.dropout, self.training)
        return x + F.dropout(self.feed(self.feed_norm(x)), self.dropout, self.training)


class Head(nn.Module):
    """Scores of the next token, and their loss."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(vocabulary))

    def forward(self, x: Tensor, embedding: Tensor, expected: Tensor, smoothing: float) -> Tensor:
        logits = F.linear(x, embedding, self.bias).flatten(0, 1).float()
        return F.cross_entropy(
            logits, expected.flatten(), ignore_index=PADDING, label_smoothing=smoothing, reduction="sum"
        )


class Network(nn.Module):
    """The whole model. `forward` gives the loss, summed over the target tokens."""

    positions: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width, padding_idx=PADDING)
        self.encoder = nn.ModuleList([EncoderLayer(shape) for _ in range(shape.encoder)])
        self.decoder = nn.ModuleList([DecoderLayer(shape) for _ in range(shape.decoder)])
        self.encoder_norm, self.decoder_norm = nn.LayerNorm(shape.width), nn.LayerNorm(shape.width)
        self.head = Head(shape.vocabulary)
        self.register_buffer("positions", sinusoids(512, shape.width), persistent=False)
        for name, parameter in self.named_parameters():
            if name == "embedding.weight":
                nn.init.normal_(parameter, 0, shape.width**-0.5)
            elif parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, source: Tensor, target: Tensor, smoothing: float = 0.0) -> Tensor:
        """The loss of (n, s) sources, all of s tokens, and (n, t) targets, padded on the right."""
        hidden = self.hidden(source, target[:, :-1])
        return self.head(hidden, self.embedding.weight, target[:, 1:], smoothing)

    def hidden(self, source: Tensor, target: Tensor) -> Tensor:
        """What the decoder makes of each target position, (n, t, width)."""
        memory = self._embed(source)
        for layer in self.encoder:
            memory = layer(memory)
        memory = self.encoder_norm(memory)
        x = self._embed(target)
        for layer in self.decoder:
            x = layer(x, memory)
        return self.decoder_norm(x)

    def logits(self, source: Tensor, target: Tensor) -> Tensor:
        """Scores of every token after each target position, (n, t, vocabulary)."""
        return F.linear(self.hidden(source, target), self.embedding.weight, self.head.bias)

    def _embed(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens) * math.sqrt(self.shape.width) + self.positions[: tokens.shape[1]]
        return F.dropout(x, self.shape.dropout, self.training)

    def compile_layers(self) -> None:
        """Compile the layers, each kind once for all lengths, in place; `uncompile` takes it back.

        Layers and not the whole network: that takes seconds where the whole takes minutes.
        """
        for part in (*self.encoder, *self.decoder, self.head):
            part.compile(dynamic=True)

    def uncompile(self) -> None:
        for part in (*self.encoder, *self.decoder, self.head):
            part._compiled_call_impl = None


def sinusoids(length: int, width: int) -> Tensor:
    """Positions from 1 on, sines before cosines: what CTranslate2 makes when a model brings none."""
    steps = torch.arange(1, length + 1)[:, None]
    scale = torch.exp(torch.arange(width // 2) * -(math.log(10_000) / (width // 2 - 1)))
    return torch.cat([torch.sin(steps * scale), torch.cos(steps * scale)], 1)
