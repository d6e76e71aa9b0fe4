"""Tokenised pairs in the memory of the device that trains on them. Needs torch and numpy.

A pair takes two bytes a token on disk and four here, so that millions fit beside any network, and
a batch costs no more to bring than the numbers of its pairs.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from pipeline.translate.training.batches import Batch
from pipeline.translate.training.shards import END, PADDING, START, Array, Encoded


class Text:
    """Pairs with control tokens added; batches are gathered on the device."""

    def __init__(self, text: Encoded, device: torch.device) -> None:
        self.device = device
        self.source, self.source_starts = _with_control(text.source, text.source_lengths, first=None, device=device)
        self.target, self.target_starts = _with_control(text.target, text.target_lengths, first=START, device=device)
        self.target_lengths = torch.from_numpy(text.target_lengths.astype(np.int64) + 2).to(device)

    def gather(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Sources (n, s) and targets (n, t), the latter padded on the right."""
        rows = torch.from_numpy(batch.rows)
        if self.device.type == "cuda":
            rows = rows.pin_memory().to(self.device, non_blocking=True)
        steps = torch.arange(batch.source_length, device=self.device)
        source = self.source[self.source_starts[rows][:, None] + steps]
        steps = torch.arange(batch.target_length, device=self.device)
        places = (self.target_starts[rows][:, None] + steps).clamp_(max=len(self.target) - 1)
        inside = steps < self.target_lengths[rows][:, None]
        return source.long(), torch.where(inside, self.target[places], PADDING).long()


def _with_control(tokens: Array, lengths: Array, first: int | None, device: torch.device) -> tuple[Tensor, Tensor]:
    extra = 1 if first is None else 2
    longer = lengths.astype(np.int64) + extra
    starts = np.cumsum(longer) - longer
    flat = np.full(int(longer.sum()), END, np.int32)
    if first is not None:
        flat[starts] = first
    inner = np.repeat(starts + (extra - 1) - (np.cumsum(lengths, dtype=np.int64) - lengths), lengths)
    flat[inner + np.arange(len(tokens))] = tokens
    return torch.from_numpy(flat).to(device), torch.from_numpy(starts).to(device)
