"""How good a translation package is: sacreBLEU and chrF against human translations, line by line.

BLEU: Papineni et al. 2002; chrF: Popovic 2015; both as sacreBLEU computes them (Post 2018), whose
signatures say with which settings.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.errors import UserError
from pipeline.language import Language, hant_variant, to_simplified, to_traditional


def score(hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, float | int | str]:
    """BLEU and chrF (0 to 100) of hypotheses against one reference each, with sacreBLEU's signatures.

    Raises ValueError where there are not as many of one as of the other, or none.
    """
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    if len(hypotheses) != len(references) or not hypotheses:
        raise ValueError(f"{len(hypotheses)} hypotheses for {len(references)} references")
    bleu, chrf = BLEU(), CHRF()
    return {
        "lines": len(hypotheses),
        "bleu": bleu.corpus_score(list(hypotheses), [list(references)]).score,
        "chrf": chrf.corpus_score(list(hypotheses), [list(references)]).score,
        "bleu_signature": str(bleu.get_signature()),
        "chrf_signature": str(chrf.get_signature()),
    }


def evaluate(
    package: Path,
    source: Path,
    reference: Path,
    *,
    language: Language | None = None,
    lines: slice = slice(None),
    beam: int = 4,
    threads: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> dict[str, float | int | str]:
    """Translate the lines of a file with a package (a folder or an `.argosmodel`) and score them.

    `language` is that of the source file, where it is not the package's: Chinese is converted to the
    package's script. Guards are at work as in a run, the memory is not. The result also has the
    package's name, sentences a second, and how many lines were flagged.

    Raises UserError for files that cannot be read or do not fit together.
    """
    from pipeline.translate import guarded, install, packages
    from pipeline.translate.engine import Engine

    found = packages.read(package)
    texts, references = _lines(source)[lines], _lines(reference)[lines]
    if len(texts) != len(references) or not texts:
        raise UserError(f"{source} and {reference} have {len(texts)} and {len(references)} lines; they must match.")
    texts = _in_script(texts, language or found.source, found.source)
    engine = Engine(install.unpacked(found), found, beam=beam, threads=threads)
    done = 0

    def progress(count: int) -> None:
        nonlocal done
        done = min(done + count, len(texts))
        if on_progress:
            on_progress(done, len(texts))

    start = time.perf_counter()
    outputs = guarded.translate(texts, engine, found.source, progress=progress)
    seconds = time.perf_counter() - start
    return {
        "package": found.name,
        **score([output.text for output in outputs], references),
        "sentences_per_second": len(texts) / seconds,
        "flagged": sum(bool(output.warnings) for output in outputs),
    }


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read as UTF-8 text ({error}); check the file.") from None


def _in_script(texts: list[str], language: Language, wanted: Language) -> list[str]:
    if language.base != "zh" or language.script == wanted.script:
        return texts
    if wanted.script == "Hans":
        variant = hant_variant("\n".join(texts), language)
        return [to_simplified(text, variant) for text in texts]
    return [to_traditional(text) for text in texts]
