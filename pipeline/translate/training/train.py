# mypy: warn-return-any=False, disallow-untyped-calls=False
"""Training against the clock, on one GPU or a CPU. Needs torch and numpy.

Everything that a step depends on is in the checkpoint (weights, their average, optimiser, random
states, place in the text, time spent), so that training stopped at any checkpoint and taken up
again does exactly what it would have done without the stop. The learning rate and the mix of the
text follow the share of the planned total that is done, in steps or in minutes, over all calls.
"""

from __future__ import annotations

import contextlib
import math
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pipeline.errors import UserError
from pipeline.translate.training import batches, shards, weights
from pipeline.translate.training.batches import Batch
from pipeline.translate.training.network import Network
from pipeline.translate.training.options import Training
from pipeline.translate.training.text import Text

Say = Callable[[str], None]
_EMA_EVERY = 8


def train(prepared: Path, run: Path, options: Training, say: Say, start_from: Path | None = None) -> None:
    """Train on a prepared folder, keeping `run/state.pt`; go on from there if it exists.

    `start_from` is a folder of packed weights to begin with instead of random ones. Raises
    UserError for options, text or a checkpoint that do not fit together, and for a loss that is
    no number any more.
    """
    began = time.monotonic()
    if bool(options.minutes) == bool(options.steps):
        raise UserError("Training needs an end: give either --minutes or --steps.")
    run.mkdir(parents=True, exist_ok=True)
    with (run / "log.txt").open("a", encoding="utf-8") as log:

        def both(line: str) -> None:
            say(line)
            print(line, file=log, flush=True)

        Trainer(prepared, run, options, both, began, start_from).run()


class Trainer:
    """One call of training: the network, its optimiser and where in the text they are."""

    def __init__(
        self, prepared: Path, run: Path, options: Training, say: Say, began: float, start_from: Path | None
    ) -> None:
        self.options, self.say, self.began = options, say, began
        self.state_path = run / "state.pt"
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.cuda = self.device.type == "cuda"
        facts = shards.facts(prepared)
        self.classes: dict[str, Mapping[str, float]] = facts["classes"]
        self.text, self.held = shards.read(prepared, options.partial)
        self.pairs, self.held_pairs = Text(self.text, self.device), Text(self.held, self.device)
        torch.manual_seed(options.train_seed)
        torch.set_float32_matmul_precision("high")
        if self.cuda:
            # cuDNN's attention plans anew for each new length; the others do not.
            torch.backends.cuda.enable_cudnn_sdp(False)
        self.shape = weights.shape(options.shape, int(facts["vocabulary"]), options.dropout)
        self.network = Network(self.shape).to(self.device)
        if start_from:
            load_packed(self.network, start_from)
        self.parameters: list[Tensor] = list(self.network.parameters())
        self.averages = [parameter.detach().clone() for parameter in self.parameters]
        self.optimiser = self._optimiser()
        self.step = self.tokens = self.round = self.place = 0
        self.round_progress = 0.0
        self.spent = 0.0  # seconds of earlier calls
        self.validation: dict[str, float] = {}
        if self.state_path.exists():
            self._restore()
        self.save_seconds = 10.0 if self.cuda else 0.2
        self.validate_seconds = 0.0
        self.stopping = False

    def run(self) -> None:
        self.say(
            f"{len(self.text)} pairs, {self.text.tokens} tokens; {sum(p.numel() for p in self.parameters) / 1e6:.1f} M "
            f"parameters on {self._device_name()}, torch {torch.__version__}; step {self.step}; "
            f"ready after {self.elapsed():.0f} s"
        )
        self._compile()
        self._validate()
        previous = signal.signal(signal.SIGTERM, self._stop) if _in_main_thread() else None
        try:
            self._loop()
        finally:
            if previous is not None:
                signal.signal(signal.SIGTERM, previous)

    def _loop(self) -> None:
        first, last_save = self.step, time.monotonic()
        lines = Lines(self)
        order: list[Batch] = []
        while not self._finished(first):
            if not order:
                order = self._round()
            lines.add(*self._train_on(order[self.place]), order[self.place])
            self.place += 1
            if self.place == len(order):
                order, self.place, self.round, self.round_progress = [], 0, self.round + 1, self.progress()
            if self.step % self.options.log_every == 0:
                lines.write()
                lines = Lines(self)
            if self.step % self.options.validate_every == 0:
                self._validate()
            if time.monotonic() - last_save > self.options.checkpoint_seconds:
                self._save()
                last_save = time.monotonic()
        lines.write()
        self._validate()
        self._save()
        self.say(f"saved at step {self.step}, {self.tokens} tokens seen, {self.elapsed() / 60:.1f} min in this call")

    def _round(self) -> list[Batch]:
        classes, options = list(self.classes.values()), self.options
        return batches.round_of(self.text, classes, options.train_seed, self.round, self.round_progress, options.tokens)

    def _train_on(self, batch: Batch) -> tuple[Tensor, Tensor]:
        options = self.options
        rate = options.rate * min(1.0, (self.step + 1) / options.warmup) * max(0.0, 1.0 - self.progress())
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        loss = self._loss(self.pairs, batch, options.smoothing)
        # Divided by what a full batch has, not by what this one has: each token counts the same.
        (loss * (2 / options.tokens)).backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.step += 1
        self.tokens += batch.source_tokens + batch.target_tokens
        if self.step % _EMA_EVERY == 0:
            updates = self.step // _EMA_EVERY
            keep = min(options.average, (1 + updates) / (10 + updates))
            with torch.no_grad():
                torch._foreach_lerp_(self.averages, [p.detach() for p in self.parameters], 1 - keep)
        return loss.detach(), norm.detach()

    def _loss(self, pairs: Text, batch: Batch, smoothing: float) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.cuda):
            return self.network(*pairs.gather(batch), smoothing)

    def progress(self) -> float:
        """The share of the planned total that is done, from 0 to 1."""
        options = self.options
        if options.steps:
            return min(1.0, self.step / (options.total_steps or options.steps))
        planned = (options.total_minutes or options.minutes) * 60 - self._reserve()
        return min(1.0, (self.spent + self.elapsed()) / max(planned, 1e-3))

    def _finished(self, first: int) -> bool:
        options = self.options
        if self.stopping:
            return True
        if options.steps:
            return self.step >= min(first + options.steps, options.total_steps or math.inf)
        return self.elapsed() >= options.minutes * 60 - self._reserve() or self.progress() >= 1

    def _reserve(self) -> float:
        """Seconds to keep for the last validation and checkpoint."""
        return 1.5 * (self.save_seconds + self.validate_seconds) + (5.0 if self.cuda else 0.5)

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def _validate(self) -> None:
        """The loss of the averaged weights on the pairs held back, in nats a token, by class."""
        began = time.monotonic()
        names = list(self.classes)
        self.network.eval()
        with torch.no_grad(), torch.compiler.set_stance("force_eager"):
            current = [parameter.clone() for parameter in self.parameters]
            torch._foreach_copy_(self.parameters, self.averages)
            for kind in np.unique(self.held.kinds).tolist():
                chosen = batches.in_order(self.held, np.flatnonzero(self.held.kinds == kind), self.options.tokens)
                total = torch.stack([self._loss(self.held_pairs, batch, 0.0) for batch in chosen]).sum().item()
                self.validation[names[kind]] = total / sum(batch.target_tokens for batch in chosen)
            torch._foreach_copy_(self.parameters, current)
        self.network.train()
        self.validate_seconds = time.monotonic() - began
        self.say(f"step {self.step} held back: " + ", ".join(f"{k} {v:.4f}" for k, v in self.validation.items()))

    def _compile(self) -> None:
        """Compile the layers and keep that if it works, in good time, and is faster than without."""
        if self.options.compile == "off" or (self.options.compile == "auto" and not self.cuda):
            return
        began = time.monotonic()
        random = torch.get_rng_state(), torch.cuda.get_rng_state() if self.cuda else None
        order = self._round()
        sample = order[:: max(1, len(order) // 12)]
        try:
            self._speed(sample[:3])
            without = self._speed(sample)
            with _at_most(self.options.compile_seconds):
                self.network.compile_layers()
                self._speed(sample)
            compiled = self._speed(sample)
            self.say(
                f"compiled: {compiled:.0f} tokens/s, not compiled: {without:.0f}; {time.monotonic() - began:.0f} s"
            )
            if compiled < without and self.options.compile == "auto":
                self.network.uncompile()
        except Exception as error:  # whatever the compiler trips over, training goes on without it
            self.network.uncompile()
            self.say(f"not compiled, going on without: {type(error).__name__}: {str(error)[:300]}")
        torch.set_rng_state(random[0])
        if random[1] is not None:
            torch.cuda.set_rng_state(random[1])

    def _speed(self, sample: list[Batch]) -> float:
        """Tokens a second, forward and backward, without a step."""
        began = time.monotonic()
        for batch in sample:
            self._loss(self.pairs, batch, self.options.smoothing).backward()
        self.optimiser.zero_grad(set_to_none=True)
        if self.cuda:
            torch.cuda.synchronize()
        return sum(batch.source_tokens + batch.target_tokens for batch in sample) / (time.monotonic() - began)

    def _optimiser(self) -> torch.optim.AdamW:
        matrices = [p for p in self.parameters if p.dim() > 1]
        rest = [p for p in self.parameters if p.dim() < 2]
        groups = [{"params": matrices, "weight_decay": self.options.decay}, {"params": rest, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=self.options.rate, betas=(0.9, 0.98), eps=1e-9, fused=self.cuda)

    def _save(self) -> None:
        began = time.monotonic()
        if not all(torch.isfinite(average).all() for average in self.averages):
            raise UserError(f"The weights are no numbers any more at step {self.step}; start anew with a lower --rate.")
        state = {
            "network": self.network.state_dict(),
            "averages": self.averages,
            "optimiser": self.optimiser.state_dict(),
            "random": torch.get_rng_state(),
            "cuda_random": torch.cuda.get_rng_state() if self.cuda else None,
            "step": self.step,
            "tokens": self.tokens,
            "round": self.round,
            "place": self.place,
            "round_progress": self.round_progress,
            "seconds": self.spent + self.elapsed(),
            "validation": self.validation,
            "fits": self._fits(),
            "shape": asdict(self.shape),
            "about": {"device": self._device_name(), "torch": str(torch.__version__), "options": asdict(self.options)},
        }
        partial = self.state_path.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.state_path)
        self.save_seconds = time.monotonic() - began

    def _restore(self) -> None:
        state = load_state(self.state_path)
        if state["fits"] != self._fits():
            raise UserError(
                f"{self.state_path} was trained with {state['fits']}, not {self._fits()}; "
                "use the same options and text, or another folder."
            )
        self.network.load_state_dict(state["network"])
        torch._foreach_copy_(self.averages, [average.to(self.device) for average in state["averages"]])
        self.optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"])
        if self.cuda and state["cuda_random"] is not None:
            torch.cuda.set_rng_state(state["cuda_random"])
        self.step, self.tokens, self.spent = state["step"], state["tokens"], state["seconds"]
        self.round, self.place, self.round_progress = state["round"], state["place"], state["round_progress"]
        self.validation = state["validation"]

    def _fits(self) -> dict[str, Any]:
        """What a checkpoint must have in common with the call that takes it up."""
        options = self.options
        return {
            "shape": asdict(self.shape),
            "pairs": len(self.text),
            "tokens": options.tokens,
            "seed": options.train_seed,
        }

    def _device_name(self) -> str:
        return torch.cuda.get_device_name() if self.cuda else "CPU"

    def _stop(self, *_: object) -> None:
        self.stopping = True


class Lines:
    """The figures of one line of the log, added up on the device so that no step waits for them."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.loss = self.norm = torch.zeros((), device=trainer.device)
        self.targets = self.steps = 0
        self.tokens_before, self.since = trainer.tokens, time.monotonic()

    def add(self, loss: Tensor, norm: Tensor, batch: Batch) -> None:
        self.loss, self.norm = self.loss + loss, self.norm + norm
        self.targets += batch.target_tokens
        self.steps += 1

    def write(self) -> None:
        """Say the means of the steps added. Raises UserError where the loss is no number."""
        trainer = self.trainer
        if not self.steps:
            return
        loss, norm = float(self.loss) / self.targets, float(self.norm) / self.steps
        speed = (trainer.tokens - self.tokens_before) / (time.monotonic() - self.since)
        trainer.say(
            f"step {trainer.step} loss {loss:.4f} rate {trainer.optimiser.param_groups[0]['lr']:.1e} "
            f"gradient {norm:.2f} progress {trainer.progress():.3f} {speed:.0f} tokens/s "
            f"{trainer.elapsed() / 60:.1f} min"
        )
        if not math.isfinite(loss):
            raise UserError(
                f"The loss is no number any more at step {trainer.step}; {trainer.state_path} is from before, "
                "go on from it with a lower --rate."
            )


def load_state(path: Path) -> dict[str, Any]:
    """A checkpoint, on the CPU. Raises UserError where there is none."""
    try:
        return dict(torch.load(path, map_location="cpu", weights_only=True))
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise UserError(f"{path} is no checkpoint ({error}); train first.") from None


def load_packed(network: Network, folder: Path) -> None:
    """Put packed weights into a network. Raises UserError if they are of another shape."""
    arrays, shape, _ = weights.unpack(folder)
    if shape != network.shape:
        raise UserError(f"{folder} holds weights of {shape}, not {network.shape}; use the same vocabulary and --shape.")
    network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})


def pack(run: Path, out: Path) -> Sequence[Path]:
    """The averaged weights of `run/state.pt` as small files in `out`; see weights.py."""
    state = load_state(run / "state.pt")
    shape = weights.Shape(**state["shape"])
    names = [name for name, _ in Network(shape).named_parameters()]
    arrays = {name: average.float().numpy() for name, average in zip(names, state["averages"])}
    facts = {key: state[key] for key in ("step", "tokens", "seconds", "validation", "about")}
    return weights.pack(out, arrays, shape, facts)


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the block when it takes longer, where the system has alarms."""
    if not (_in_main_thread() and hasattr(signal, "setitimer")):
        yield
        return

    def ring(*_: object) -> None:
        raise TimeoutError(f"more than {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
