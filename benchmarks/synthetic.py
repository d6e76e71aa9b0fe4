"""Made news of any amount, with known stories: python -m benchmarks.synthetic FOLDER --articles 10000

A story is a handful of sentences drawn from NTREX-128, which has each of them in German, English and
both scripts of Chinese. Each of its articles tells most of them in one language and in an order of its
own, on one of three days. Sizes of stories, days, outlets and sentences follow from the seed alone.
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import ntrex

SIZES = (1, 1, 2, 3, 4, 5, 6, 8)  # articles of a story, drawn evenly: 3.75 on average
FACTS, TOLD = 9, 7  # sentences of a story, and of each of its articles
DAYS = 28  # all stories happen in one month, however many they are
LANGUAGES = ("de", "en", "zh-Hans", "zh-Hant")
_LENGTHS = (30, 110)  # characters of a sentence in English
_FIRST = datetime.date(2031, 3, 1)


@dataclass(frozen=True)
class Made:
    """An article as a line of JSON, and the number of its story."""

    record: dict[str, str]
    story: int


def articles(count: int, seed: int = 0) -> Iterator[Made]:
    """So many articles, story after story."""
    rng = random.Random(seed)
    corpus = ntrex().lines
    usable = [n for n, line in enumerate(corpus["en"]) if _LENGTHS[0] <= len(line) <= _LENGTHS[1]]
    made = story = 0
    while made < count:
        facts = rng.sample(usable, FACTS)
        begin = _FIRST + datetime.timedelta(days=rng.randrange(DAYS))
        for outlet in range(min(rng.choice(SIZES), count - made)):
            language = rng.choice(LANGUAGES)
            title, *told = rng.sample(facts, TOLD + 1)
            lines = corpus[language]
            yield Made(
                {
                    "id": f"a{made}",
                    "outlet": f"Outlet {outlet}",
                    "language": language,
                    "title": lines[title],
                    "date": (begin + datetime.timedelta(days=rng.randrange(3))).isoformat(),
                    "text": "\n\n".join(lines[n] for n in told),
                },
                story,
            )
            made += 1
        story += 1


def write(folder: Path, count: int, seed: int = 0, each: int = 1000) -> list[int]:
    """JSONL files with `each` articles at most, in the order of a wire: mixed. Returns the story of each article."""
    everything = list(articles(count, seed))
    random.Random(seed).shuffle(everything)
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, count, each):
        lines = (json.dumps(made.record, ensure_ascii=False) for made in everything[start : start + each])
        path = folder / f"articles-{start // each:05}.jsonl"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return [made.story for made in everything]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    stories = write(arguments.folder, arguments.articles, arguments.seed)
    table = "".join(f"{number}\t{story}\n" for number, story in enumerate(stories))
    (arguments.folder / "stories.tsv").write_text(table, encoding="utf-8")
    print(f"{len(stories)} articles on {len(set(stories))} stories in {arguments.folder}; stories.tsv tells which")


if __name__ == "__main__":
    main()
