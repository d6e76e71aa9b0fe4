"""The command line of the training chain; see docs/training.md."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.errors import UserError
from pipeline.translate.training import options

_STEPS = ("prepare", "train", "pack", "package", "evaluate")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chain, or one step of it. Returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] not in (*_STEPS, "all", "fingerprint", "-h", "--help"):
        words.insert(0, "all")
    chosen = _parser().parse_args(words)
    try:
        chosen.run(chosen)
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _all(chosen: argparse.Namespace) -> None:
    if (_prepared(chosen) / "prepare.json").exists():
        _say(f"{_prepared(chosen)} is there already and is used as it is.")
    else:
        _prepare(chosen)
    _train(chosen)
    _pack(chosen)
    _package(chosen)
    if chosen.test:
        _evaluate(chosen)
        _package(chosen)


def _prepare(chosen: argparse.Namespace) -> None:
    from pipeline.translate.training import prepare, recipe

    if chosen.data is None:
        raise UserError("The text is not part of the repository; say with --data where it is.")
    prescription = recipe.read(chosen.pair, chosen.list or recipe.DATA_LIST)
    if chosen.only:
        prescription = recipe.with_files(prescription, chosen.only)
    prepare.prepare(chosen.data, prescription, _prepared(chosen), options.chosen(chosen, options.Preparation), _say)


def _train(chosen: argparse.Namespace) -> None:
    from pipeline.translate.training import train

    train.train(_prepared(chosen), _run(chosen), options.chosen(chosen, options.Training), _say, chosen.start_from)


def _pack(chosen: argparse.Namespace) -> None:
    from pipeline.translate.training import train

    for path in train.pack(_run(chosen), _packed(chosen)):
        _say(f"{path} {path.stat().st_size} bytes")


def _package(chosen: argparse.Namespace) -> None:
    from pipeline.translate.training import package

    scores = _written_scores(chosen)
    path = package.package(_prepared(chosen), _packed(chosen), chosen.work / chosen.pair, chosen.version, scores)
    _say(f"{path} {path.stat().st_size} bytes")


def _evaluate(chosen: argparse.Namespace) -> None:
    from pipeline.translate.training import evaluate, package

    path = chosen.work / chosen.pair / package.file_name(chosen.pair, chosen.version)
    found = {score["name"]: score for score in _written_scores(chosen)}
    for name, *files in chosen.test:
        sources, references = (evaluate.lines_of(Path(file), *chosen.lines) for file in files)
        scores, translations = evaluate.evaluate(name, path, sources, references, chosen.beam)
        translated = path.with_suffix("." + re.sub(r"\W+", "-", name) + ".txt")
        translated.write_text("\n".join(translations) + "\n", encoding="utf-8")
        _say(json.dumps(asdict(scores)))
        found[name] = asdict(scores)
    _scores(chosen).write_text(json.dumps(list(found.values()), indent=1) + "\n", encoding="utf-8")


def _fingerprint(chosen: argparse.Namespace) -> None:
    from pipeline.translate.training import evaluate, prepare

    print("\n".join(prepare.fingerprints_of(line for path in chosen.files for line in evaluate.lines_of(path))))


def _prepared(chosen: argparse.Namespace) -> Path:
    return Path(chosen.work / chosen.pair / "prepared")


def _run(chosen: argparse.Namespace) -> Path:
    return Path(chosen.work / chosen.pair / "run")


def _packed(chosen: argparse.Namespace) -> Path:
    return Path(chosen.packed or chosen.work / chosen.pair / "packed")


def _scores(chosen: argparse.Namespace) -> Path:
    return Path(chosen.work / chosen.pair / "scores.json")


def _written_scores(chosen: argparse.Namespace) -> list[dict[str, Any]]:
    path = _scores(chosen)
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else []


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _lines(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or 0)


def _version(text: str) -> str:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)*", text):
        raise ValueError
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.translate.training",
        description="Train a starter model. With a pair and no step, all steps are done, one after the other.",
    )
    steps = parser.add_subparsers(required=True, metavar="STEP")
    runs = {
        "all": (_all, "everything: prepare, train, pack, package, evaluate"),
        "prepare": (_prepare, "clean the text, learn the vocabulary, tokenise"),
        "train": (_train, "train, or go on from a checkpoint"),
        "pack": (_pack, "write the averaged weights as files under 16 MiB"),
        "package": (_package, "make the .argosmodel"),
        "evaluate": (_evaluate, "score the package with sacreBLEU and chrF"),
    }
    for name, (run, text) in runs.items():
        step = steps.add_parser(name, help=text, description=text)
        step.set_defaults(run=run)
        step.add_argument("pair", help="de-en or zh-en")
        step.add_argument("--work", type=Path, default=Path(".gpu"), help="where results go, in a folder of the pair")
        if name in ("all", "prepare"):
            step.add_argument("--data", type=Path, help="folder of the text: PAIR/FILE.tsv.xz")
            step.add_argument("--list", type=Path, help="another data list than the one of the starter models")
            step.add_argument("--only", nargs="+", metavar="FILE", help="only these texts of the list")
            options.add(step, options.Preparation)
        if name in ("all", "train"):
            options.add(step, options.Training)
            step.add_argument("--start-from", type=Path, metavar="FOLDER", help="packed weights to begin with")
        if name in ("all", "pack", "package"):
            step.add_argument("--packed", type=Path, metavar="FOLDER", help="the packed weights, if elsewhere")
        if name in ("all", "package", "evaluate"):
            step.add_argument(
                "--version", type=_version, default="1.0", metavar="N.N", help="version of the package (default: 1.0)"
            )
        if name in ("all", "evaluate"):
            step.add_argument(
                "--test",
                nargs=3,
                action="append",
                metavar=("NAME", "SOURCE", "REFERENCE"),
                default=[],
                help="a test set: two text files, line by line; may be given several times",
            )
            step.add_argument(
                "--lines", type=_lines, default=(1, 0), metavar="A-B", help="lines of the test sets, such as 1001-1997"
            )
            step.add_argument("--beam", type=int, default=4, help="beam size (default: 4)")
    step = steps.add_parser("fingerprint", help="print what held_out.txt must hold for a test set's files")
    step.set_defaults(run=_fingerprint)
    step.add_argument("files", nargs="+", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
