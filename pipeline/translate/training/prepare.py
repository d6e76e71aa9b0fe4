"""From a folder of bitext to a vocabulary and tokenised text.

The order of everything follows from the data list, the files and the seed, so that the same text
gives the same files.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import lzma
import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pipeline import __version__
from pipeline.errors import UserError
from pipeline.translate.normalise import NORMALISATION, character_rules
from pipeline.translate.training import clean, shards
from pipeline.translate.training.options import Preparation
from pipeline.translate.training.recipe import Recipe, Text

FINGERPRINTS = Path(__file__).with_name("held_out.txt")


@dataclass(frozen=True, slots=True)
class Row:
    """One pair, cleaned."""

    kind: str
    source: str
    target: str


_Kept = tuple[int, str, str, Row]  # number of the text, fingerprints of both sides, the row


@dataclass
class Tally:
    """What became of one text: pairs read and kept, and pairs dropped by reason."""

    file: str
    read: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)


def prepare(data: Path, recipe: Recipe, out: Path, options: Preparation, say: Callable[[str], None]) -> None:
    """Clean the texts of a recipe, learn a vocabulary and write the tokenised text to `out`.

    `data` is the folder that holds PAIR/FILE.tsv.xz. Raises UserError for a missing or broken file,
    and for options that the format of the token ids has no room for.
    """
    if options.vocabulary > 2**16 or options.longest > 2**8 - 1:
        raise UserError("A vocabulary may have 65,536 pieces and a side 255 tokens; lower --vocabulary or --longest.")
    rows, held, tallies = collect(data, recipe, options, say)
    if not rows or not held:
        found = f"{len(rows)} pairs to train on and {len(held)} to check by"
        raise UserError(f"{data / recipe.pair} left {found}; add text, or a `held` to the data list.")
    rows += [*headlines(rows, options), *neighbours(rows, recipe.source, options)]
    say(f"{len(rows)} pairs in all, {len(held)} held back; learning {options.vocabulary} pieces ...")
    model = vocabulary(rows, recipe, options)
    out.mkdir(parents=True, exist_ok=True)
    (out / "sentencepiece.model").write_bytes(model)
    kinds = list(recipe.classes)
    pieces, too_long = encode(rows, model, kinds, options)
    held_pieces, _ = encode(held, model, kinds, options)
    say(f"{sum(piece.tokens for piece in pieces)} tokens, {too_long} pairs too long; writing ...")
    shards.write(
        out,
        pieces,
        shards.joined(held_pieces),
        {
            "parallax": __version__,
            "pair": recipe.pair,
            "vocabulary": _pieces_of(model),
            "normalisation": NORMALISATION,
            "classes": {name: asdict(weight) for name, weight in recipe.classes.items()},
            "texts": [
                {**asdict(text), "read": tally.read, "kept": tally.kept, "dropped": dict(sorted(tally.dropped.items()))}
                for text, tally in zip(recipe.texts, tallies)
            ],
            "options": asdict(options),
            "held_out": hashlib.sha256(FINGERPRINTS.read_bytes()).hexdigest(),
        },
    )


def collect(
    data: Path, recipe: Recipe, options: Preparation, say: Callable[[str], None]
) -> tuple[list[Row], list[Row], list[Tally]]:
    """The pairs worth training on, those held back, and a tally for each text.

    A pair is left out if either side is a line of a known test set, or shares a side with a pair
    that is held back: the news texts hold some sentences in several translations.
    """
    tests = fingerprints(FINGERPRINTS)
    seen: set[str] = set()
    times: Counter[str] = Counter()
    kept: list[_Kept] = []
    tallies = [Tally(text.file) for text in recipe.texts]
    for number, (text, tally) in enumerate(zip(recipe.texts, tallies)):
        simplified = _simplifier(text) if recipe.source == "zh" else None
        lines = read_pairs(data / recipe.pair / f"{text.file}.tsv.xz")
        for raw_source, raw_target in itertools.islice(lines, options.limit or None):
            tally.read += 1
            row = Row(text.kind, clean.mend(raw_source, text.kind, simplified), clean.mend(raw_target, text.kind))
            a, b = fingerprint(clean.key(row.source)), fingerprint(clean.key(row.target))
            reason = clean.drop_reason(row.source, row.target, recipe.source, text.kind)
            if not reason and (a in tests or b in tests):
                reason = "test set"
            if not reason and a + b in seen:
                reason = "duplicate"
            if not reason and times[a] >= options.same_source:
                reason = "same source"
            if reason:
                tally.dropped[reason] += 1
                continue
            seen.add(a + b)
            times[a] += 1
            kept.append((number, a, b, row))
        say(f"{text.file}: {tally.read} pairs read")
    held = _held(kept, recipe, options)
    sources, targets = {a for _, a, _, _ in held}, {b for _, _, b, _ in held}
    rows = []
    for number, a, b, row in kept:
        if a in sources or b in targets:
            tallies[number].dropped["held back"] += 1
        else:
            tallies[number].kept += 1
            rows.append(row)
    for text, tally in zip(recipe.texts, tallies):
        dropped = ", ".join(f"{reason} {count}" for reason, count in sorted(tally.dropped.items()))
        say(f"{text.file} ({text.kind}): {tally.kept} of {tally.read} kept; {dropped or 'none dropped'}")
    return rows, [row for *_, row in held], tallies


def _held(kept: list[_Kept], recipe: Recipe, options: Preparation) -> list[_Kept]:
    chosen = []
    for number, text in enumerate(recipe.texts):
        if text.held:
            own = [entry for entry in kept if entry[0] == number]
            # A small text gives at most a tenth of its pairs.
            count = min(text.held, len(own) // 10)
            chosen += random.Random(f"{options.seed} held {text.file}").sample(own, count)
    return chosen


def headlines(rows: list[Row], options: Preparation) -> list[Row]:
    """Some sentences once more without a full stop on either side, as headlines have none."""
    chance = random.Random(f"{options.seed} headlines")
    return [
        Row(row.kind, row.source[:-1], row.target[:-1])
        for row in rows
        if row.kind != "words" and row.source.endswith((".", "。")) and row.target.endswith(".")
        if not row.target.endswith("..") and len(row.source) > 8 and chance.random() < options.headlines
    ]


def neighbours(rows: list[Row], source: str, options: Preparation) -> list[Row]:
    """Some sentences once more together with the next of their file, for lines that are not one sentence."""
    chance = random.Random(f"{options.seed} neighbours")
    space = "" if source == "zh" else " "
    return [
        Row(a.kind, a.source + space + b.source, a.target + " " + b.target)
        for a, b in itertools.pairwise(rows)
        if a.kind == b.kind != "words"
        and a.source.endswith((".", "。", "!", "?"))
        and a.target.endswith((".", "!", "?"))
        if chance.random() < options.joined
    ]


def vocabulary(rows: list[Row], recipe: Recipe, options: Preparation) -> bytes:
    """A SentencePiece unigram model (Kudo 2018) shared by both languages.

    With byte fallback, so that no character is lost, and with the rules of
    `pipeline.translate.normalise` compiled in.
    """
    import sentencepiece

    others = [row for row in rows if row.kind != "news"]
    if len(others) > options.vocabulary_lines:
        others = random.Random(f"{options.seed} vocabulary").sample(others, options.vocabulary_lines)
    news = [row for row in rows if row.kind == "news"]
    lines = [line for row in (*news, *others) for line in (row.source, row.target)]
    model = io.BytesIO()
    with _temporary_folder() as folder:
        rules = (f"{_code_points(a)}\t{_code_points(b)}\n" for a, b in character_rules())
        (folder / "rules.tsv").write_text("".join(rules), encoding="ascii")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=model,
            vocab_size=options.vocabulary,
            hard_vocab_limit=False,
            character_coverage=0.9998 if recipe.source == "zh" else 0.9999,
            byte_fallback=True,
            split_digits=True,
            normalization_rule_tsv="rules.tsv",
            unk_id=shards.UNKNOWN,
            bos_id=shards.START,
            eos_id=shards.END,
            pad_id=shards.PADDING,
            num_threads=options.threads,
            max_sentence_length=4000,
            minloglevel=2,
        )
    return model.getvalue()


def encode(rows: list[Row], model: bytes, kinds: list[str], options: Preparation) -> tuple[list[shards.Encoded], int]:
    """The rows as token ids, in pieces of a few thousand, and how many were too long to keep."""
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    pieces, too_long = [], 0
    for start in range(0, len(rows), 10_000):
        batch = rows[start : start + 10_000]
        sources, targets = (processor.encode([getattr(row, side) for row in batch]) for side in ("source", "target"))
        fits = [
            (source, target, kinds.index(row.kind))
            for row, source, target in zip(batch, sources, targets)
            if 0 < len(source) <= options.longest and 0 < len(target) <= options.longest
        ]
        too_long += len(batch) - len(fits)
        pieces.append(shards.encoded(fits))
    return pieces, too_long


def read_pairs(path: Path) -> Iterator[tuple[str, str]]:
    """The first two columns of each line of an xz-compressed TSV; lines with fewer are left out."""
    try:
        with lzma.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            for line in lines:
                columns = line.rstrip("\n").split("\t")
                if len(columns) >= 2:
                    yield columns[0], columns[1]
    except (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError) as error:
        raise UserError(f"{path} is no readable .tsv.xz: {error}; get it again or take it off the list.") from None


def fingerprint(key: str) -> str:
    """Twelve hex digits that stand for a line's key; "" for a line without a letter or digit."""
    return hashlib.blake2b(key.encode(), digest_size=6).hexdigest() if key else ""


def fingerprints(path: Path) -> frozenset[str]:
    """The lines that must not be trained on: one fingerprint a line, # starts a comment."""
    return frozenset(line for line in path.read_text(encoding="ascii").split("\n") if line and not line.startswith("#"))


def fingerprints_of(lines: Iterable[str]) -> list[str]:
    """Sorted fingerprints of the lines of a test set, Chinese in Simplified script in both of OpenCC's ways."""
    from pipeline.language import to_simplified

    forms = {form for line in lines for form in (line, to_simplified(line, "t2s"), to_simplified(line, "tw2sp"))}
    return sorted({fingerprint(clean.key(clean.mend(form, "news"))) for form in forms} - {""})


def _simplifier(text: Text) -> Callable[[str], str]:
    from pipeline.language import to_simplified

    return lambda line: to_simplified(line, text.script)


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A new folder to work in: SentencePiece writes the path of its rules, as it was given, into the model."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def _code_points(text: str) -> str:
    return " ".join(f"{ord(character):X}" for character in text)


def _pieces_of(model: bytes) -> int:
    import sentencepiece

    return int(sentencepiece.SentencePieceProcessor(model_proto=model).get_piece_size())
