"""BLEU and chrF of a package on a test set. Needs ctranslate2, sentencepiece and sacrebleu."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UserError
from pipeline.translate.normalise import normalise
from pipeline.translate.training import clean, prepare


@dataclass(frozen=True)
class Scores:
    """BLEU and chrF from 0 to 100 with sacreBLEU's signatures, and how fast it went on this machine.

    `kept_out` counts the lines that `prepare` is sure not to have let into the training text;
    `model` is the SHA-256 of the weights, so that scores are not taken for those of another model.
    """

    name: str
    model: str
    lines: int
    kept_out: int
    bleu: float
    chrf: float
    bleu_signature: str
    chrf_signature: str
    sentences_a_second: float


def lines_of(path: Path, first: int = 1, last: int = 0) -> list[str]:
    """Lines `first` to `last` of a text file, counted from 1 as editors do; 0 means to the end."""
    try:
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read as UTF-8 text: {error}; check the path.") from None
    return lines[first - 1 : last or None]


def evaluate(
    name: str, package: Path, sources: Sequence[str], references: Sequence[str], beam: int = 4
) -> tuple[Scores, list[str]]:
    """Translate a test set and score it. Returns the scores and the translations.

    Traditional Chinese is turned into Simplified, the way Parallax does it at run time. Raises
    UserError where the two sides differ in length or are empty.
    """
    import sacrebleu

    archive, folder = _opened(package)
    with archive:
        digest = hashlib.sha256(archive.read(f"{folder}/model/model.bin")).hexdigest()
    if len(sources) != len(references) or not sources:
        raise UserError(f"{name} has {len(sources)} sources and {len(references)} references; give it as many of each.")
    sources = simplified(sources)
    began = time.monotonic()
    translations = translate(package, sources, beam)
    seconds = time.monotonic() - began
    bleu, chrf = sacrebleu.BLEU(), sacrebleu.CHRF()
    tests = prepare.fingerprints(prepare.FINGERPRINTS)
    scores = Scores(
        name,
        digest,
        len(sources),
        sum(prepare.fingerprint(clean.key(clean.mend(source, "news"))) in tests for source in sources),
        round(bleu.corpus_score(translations, [list(references)]).score, 2),
        round(chrf.corpus_score(translations, [list(references)]).score, 2),
        str(bleu.get_signature()),
        str(chrf.get_signature()),
        round(len(sources) / seconds, 1),
    )
    return scores, translations


def simplified(lines: Sequence[str]) -> list[str]:
    """Lines of a text with Traditional Chinese turned into Simplified; other text as it is."""
    from pipeline.language import detect, hant_variant, to_simplified

    text = "\n".join(lines)
    language = detect(text)
    if language.script != "Hant":
        return list(lines)
    variant = hant_variant(text, language)
    return [to_simplified(line, variant) for line in lines]


def translate(package: Path, sources: Sequence[str], beam: int = 4) -> list[str]:
    """The best translation of each line by an `.argosmodel`, with the plainest settings there are."""
    import ctranslate2
    import sentencepiece

    archive, name = _opened(package)
    with archive, tempfile.TemporaryDirectory() as temporary:
        archive.extractall(temporary)
        folder = Path(temporary) / name
        processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "sentencepiece.model"))
        translator = ctranslate2.Translator(
            str(folder / "model"), device="cpu", compute_type="int8", inter_threads=os.cpu_count() or 1, intra_threads=1
        )
        results = translator.translate_batch(
            [processor.encode(normalise(source), out_type=str) for source in sources],
            beam_size=beam,
            max_batch_size=1024,
            batch_type="tokens",
        )
        return [processor.decode(result.hypotheses[0]) for result in results]


def _opened(package: Path) -> tuple[zipfile.ZipFile, str]:
    """The archive, and the name of the folder in it."""
    try:
        archive = zipfile.ZipFile(package)
        return archive, next(name for name in archive.namelist() if name.endswith("/model/model.bin")).split("/")[0]
    except (OSError, StopIteration, zipfile.BadZipFile) as error:
        raise UserError(f"{package} is no package ({error}); run the package step first.") from None
