"""The command `parallax evaluate`: scores against gold, each with the data it was computed on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands import GROUP_SCORE, MIN_SCORE, group

evaluate_app = group("Score any stage against gold: facts and comparisons of a run, alignment, stories, translation.")

Run = Annotated[Path, typer.Option("--run", help="The folder of a finished run.", show_default=True)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Also list what was missed and what was wrong.")]


@evaluate_app.command()
def facts(
    gold: Annotated[Path, typer.Argument(help="The gold, such as seeds/facts.toml.")] = Path("seeds/facts.toml"),
    run: Run = Path("aligned"),
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Of the facts that two sources tell, how many a run has linked or grouped."""
    from pipeline.evaluate import facts as scorer
    from pipeline.export.jsonl import read_story

    story = read_story(run)
    scores = scorer.score(story, scorer.read(gold, story))
    if as_json:
        _print({"pairs": scores.pairs, "found": scores.found, "recall": scores.recall, "missed": scores.missed})
        return
    print(f"facts    recall {scores.recall:.3f} ({scores.found} of {scores.pairs} pairs of sources)")
    if verbose:
        for fact, a, b in scores.missed:
            print(f"missed\t{fact}\t{a}\t{b}")


@evaluate_app.command()
def comparisons(
    gold: Annotated[Path, typer.Argument(help="The gold, such as seeds/facts.toml.")] = Path("seeds/facts.toml"),
    run: Run = Path("aligned"),
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Of the planted contradictions, how many a run has found, and how many differences are false."""
    from pipeline.evaluate import comparisons as scorer
    from pipeline.export.jsonl import read_story

    scores = scorer.score(read_story(run), scorer.load(gold))
    if as_json:
        _print(
            {
                "precision": scores.precision,
                "recall": scores.recall,
                "right": scores.right,
                "differences": scores.differences,
                "found": scores.found,
                "contradictions": scores.contradictions,
                "missed": scores.missed,
            }
        )
        return
    print(
        f"differ   precision {scores.precision:.3f} ({scores.right} of {scores.differences})"
        f"  recall {scores.recall:.3f} ({scores.found} of {scores.contradictions})"
    )
    if verbose:
        for fact in scores.missed:
            print(f"missed\t{fact}")
        for wrong in scores.wrong:
            print(f"wrong\t{wrong.group}\t{wrong.reason}")


@evaluate_app.command()
def alignment(
    gold: Annotated[
        list[Path], typer.Argument(help="Folders of gold, or of folders of gold; .json stories.", show_default=False)
    ],
    min_score: Annotated[
        float, typer.Option(min=0, max=1, help="Of comparable text, drop links less probable than this.")
    ] = MIN_SCORE,
    group_score: Annotated[
        float, typer.Option(min=0, max=1, help="Of comparable text, group by links as probable as this.")
    ] = GROUP_SCORE,
    pivots: Annotated[bool, typer.Option("--pivots/--no-pivots", help="Use the English of the stories.")] = True,
    as_json: AsJson = False,
) -> None:
    """Score alignment: beads of parallel text; links and groups of comparable text.

    Three kinds of gold are known. A folder with `NAME.gold` beside `NAME.LANGUAGE.txt` is parallel text, scored
    strictly and laxly as vecalign's scorer does, and by its null beads. A folder with `DOCUMENT_IDS.tsv` is a corpus
    in several languages: stories of four outlets are made from its test documents, and links (precision, recall,
    F1 of pairs of sentences) and groups (B-cubed) are scored. So are hand-written stories, as in
    benchmarks/data/stories.
    """
    from pipeline import embed
    from pipeline.evaluate import alignment as scorer

    rows = scorer.evaluate(gold, embed.default(), (min_score, group_score), pivots)
    print(json.dumps(rows, indent=2) if as_json else scorer.table(rows))


@evaluate_app.command()
def stories(
    data: Annotated[Path, typer.Option(help="The folder with ntrex/ and stories/.")] = Path("benchmarks/data"),
    pud: Annotated[Path | None, typer.Option(help="pud.tsv: more documents that one outlet tells.")] = None,
    samples: Annotated[int, typer.Option(min=1, help="How many benchmarks to make and take the mean of.")] = 5,
    as_json: AsJson = False,
) -> None:
    """B-cubed and pairwise scores of stories, on documents that several outlets tell in part and in four languages."""
    from dataclasses import asdict

    from pipeline import embed
    from pipeline.evaluate import stories as scorer

    texts = [*scorer.ntrex(data / "ntrex"), *scorer.written(data / "stories"), *(scorer.pud(pud) if pud else [])]
    scores = scorer.evaluate(texts, embed.default(), range(1, samples + 1))
    if as_json:
        _print({name: asdict(one) for name, one in scores.items()})
        return
    for name, one in scores.items():
        (p, r, f1), (pairs_p, pairs_r, pairs_f1) = one.bcubed, one.pairs
        print(
            f"{name:<20} B-cubed P {p:.3f}  R {r:.3f}  F1 {f1:.3f}   pairs P {pairs_p:.3f}  R {pairs_r:.3f}"
            f"  F1 {pairs_f1:.3f}   {one.found:.0f} stories found of {one.stories:.0f} ({one.articles:.0f} articles)"
        )


@evaluate_app.command()
def translation(
    package: Annotated[Path, typer.Option(help="An .argosmodel file or the folder of a package.")],
    source: Annotated[Path, typer.Option(help="The text, one sentence a line.")],
    reference: Annotated[Path, typer.Option(help="Its human translation, line by line.")],
    language: Annotated[str, typer.Option(help="The language of the text, where it is not the package's.")] = "",
    first: Annotated[int, typer.Option(min=1, help="The first line to use.")] = 1,
    last: Annotated[int, typer.Option(min=0, help="The last line to use; 0 for all.")] = 0,
    beam: Annotated[int, typer.Option(min=1, help="Beam size.")] = 4,
) -> None:
    """sacreBLEU and chrF of a package on a file, as JSON with the signatures."""
    from pipeline.evaluate import translation as scorer
    from pipeline.language import Language

    tag = Language.parse(language) if language else None
    _print(scorer.evaluate(package, source, reference, language=tag, lines=slice(first - 1, last or None), beam=beam))


def _print(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=2))
