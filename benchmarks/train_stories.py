"""Work out what grouping takes from data: the mean sentence embedding of news in each language.

    python -m benchmarks.train_stories --ntrex FOLDER    writes pipeline/stories/means.json

FOLDER holds NTREX-128 with one file a language, `de.txt` or `ntrex.de.txt`, and DOCUMENT_IDS.tsv.
Only the development documents are used (`halves` in pipeline/evaluate/stories.py).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pipeline import embed
from pipeline.evaluate import stories
from pipeline.language import Language

SCALE = 10_000
TARGET = Path(__file__).parent.parent / "pipeline" / "stories" / "means.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ntrex", type=Path, default=Path(__file__).parent / "data" / "ntrex")
    texts, _ = stories.halves(stories.ntrex(parser.parse_args().ntrex))
    encoder = embed.default()
    means: dict[str, list[int]] = {}
    for tag in sorted(texts[0].lines):
        language = Language.parse(tag)
        # Traditional Chinese is embedded as Simplified, so it needs no mean of its own.
        if language.base != "yue" and language.script != "Hant":
            vectors = encoder.encode([line for text in texts for line in text.lines[tag]])
            means[language.base] = [round(SCALE * value) for value in vectors.mean(axis=0).tolist()]
    rows = ",\n".join(f'"{base}": {json.dumps(row)}' for base, row in sorted(means.items()))
    TARGET.write_text(f'{{"encoder": "{encoder.name}", "scale": {SCALE}, "means": {{\n{rows}\n}}}}\n', encoding="utf-8")
    print(f"{TARGET.name}: {', '.join(sorted(means))}")


if __name__ == "__main__":
    main()
