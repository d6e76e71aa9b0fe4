"""What can be set for the text and for training. The command line is made from this."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, get_type_hints

Options = TypeVar("Options")


def _option(default: Any, text: str, **more: Any) -> Any:
    return field(default=default, metadata={"help": text, **more})


@dataclass(frozen=True)
class Preparation:
    """How text is prepared."""

    vocabulary: int = _option(16_000, "pieces of the SentencePiece model")
    limit: int = _option(0, "most pairs read of each text; 0 is all")
    same_source: int = _option(4, "translations kept of one source line")
    headlines: float = _option(0.06, "share of sentences given again without their full stop, as headlines are")
    joined: float = _option(0.04, "share of sentences given again on one line with their neighbour")
    longest: int = _option(160, "most tokens of either side")
    vocabulary_lines: int = _option(300_000, "pairs that the vocabulary is learnt from, besides all news")
    threads: int = _option(1, "threads of SentencePiece's trainer")
    seed: int = _option(7, "seed of all that is drawn")


@dataclass(frozen=True)
class Training:
    """How a network is trained. Either `minutes` or `steps` ends a call."""

    shape: str = _option("base", "size of the network", choices=("base", "small", "tiny"))
    minutes: float = _option(0.0, "length of this call by the clock, all included")
    total_minutes: float = _option(0.0, "minutes planned over all calls; this call's where not given")
    steps: int = _option(0, "steps of this call")
    total_steps: int = _option(0, "steps planned over all calls; this call's where not given")
    tokens: int = _option(50_000, "tokens of a batch, both sides together")
    rate: float = _option(1.2e-3, "highest learning rate; from there it falls evenly to nothing")
    warmup: int = _option(500, "steps until the highest rate")
    dropout: float = _option(0.1, "share of activations dropped")
    smoothing: float = _option(0.1, "label smoothing")
    decay: float = _option(0.01, "weight decay")
    average: float = _option(0.98, "how much the moving average of the weights keeps every 8 steps")
    train_seed: int = _option(1, "seed of weights, dropout and the order of the text")
    compile: str = _option("auto", "whether layers are compiled; auto is on a GPU only", choices=("auto", "on", "off"))
    compile_seconds: float = _option(120.0, "longest that compiling may take")
    log_every: int = _option(100, "steps between lines of the log")
    validate_every: int = _option(1000, "steps between looks at the pairs held back")
    checkpoint_seconds: float = _option(120.0, "seconds between checkpoints")
    partial: bool = _option(False, "train on the parts of the text that are there")


def add(parser: argparse.ArgumentParser, kind: type) -> None:
    """One argument for each field of an options class."""
    types = get_type_hints(kind)
    for entry in fields(kind):
        name = "--" + entry.name.replace("_", "-")
        text = entry.metadata["help"]
        if types[entry.name] is bool:
            parser.add_argument(name, action="store_true", help=text)
        else:
            shown = f"{text} (default: {entry.default})"
            parser.add_argument(
                name, type=types[entry.name], default=entry.default, choices=entry.metadata.get("choices"), help=shown
            )


def chosen(arguments: argparse.Namespace, kind: type[Options]) -> Options:
    """The options that were given on the command line."""
    return kind(**{entry.name: getattr(arguments, entry.name) for entry in fields(kind)})  # type: ignore[arg-type]
