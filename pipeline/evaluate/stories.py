"""A benchmark for stories: documents that many outlets tell, each in its own language and in part.

No public gold has news stories in German, both kinds of Chinese and English. This one is made from
corpora whose line i says the same in every language: each outlet of a story tells a random 30 to
60 % of a document's lines, so that two outlets, even of one language, share only a part. Around the
stories are documents that a single outlet tells, and each document comes on the day of the document
most like it, so that neither the day nor the topic gives a story away.
"""

from __future__ import annotations

import datetime
import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np
import regex

from pipeline.embed import Encoder, Matrix
from pipeline.errors import UserError
from pipeline.evaluate import bcubed, comparable
from pipeline.language import Language
from pipeline.model import Segment
from pipeline.normalise import normalise
from pipeline.stories import article, grouping
from pipeline.stories.article import Article
from pipeline.stories.grouping import WEIGHTS, Weights

_DAYS = 30  # over which the documents of a benchmark lie
_FIRST_DAY = datetime.date(2031, 5, 1)
_MOST_TEXTS = 3  # of one event
_WORD = regex.compile(r"\w{4,}")


@dataclass(frozen=True)
class Text:
    """A document of a corpus: its event, and language tag to lines."""

    name: str
    event: str
    lines: Mapping[str, tuple[str, ...]]
    told: bool = True  # whether several outlets tell it, or one
    own: bool = False  # whether each key of `lines` is an outlet with a text of its own


@dataclass(frozen=True)
class Told:
    """An article of the benchmark, and the event that it reports."""

    key: str
    event: str
    language: str
    date: str
    lines: tuple[str, ...]


def ntrex(folder: Path) -> list[Text]:
    """The documents of NTREX-128, as in benchmarks/data/ntrex: `<tag>.txt`, DOCUMENT_IDS.tsv, EVENTS.tsv.

    Without those of which opinions may differ whether they report one event with others.

    Raises UserError where they are not there.
    """
    try:
        corpus = {
            path.stem.rpartition(".")[2]: path.read_text(encoding="utf-8").splitlines()
            for path in sorted(folder.glob("*.txt"))
        }
        table = (folder / "DOCUMENT_IDS.tsv").read_text(encoding="utf-8").splitlines()
        named = (folder / "EVENTS.tsv").read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UserError(f"{error.filename} cannot be read ({error.strerror}); name the folder with NTREX.") from None
    events = dict(line.split("\t") for line in named)
    places: dict[str, list[int]] = {}
    for number, line in enumerate(table):
        places.setdefault(line.split("\t")[0], []).append(number)
    return [
        Text(
            name,
            events.get(name, name),
            {tag: tuple(lines[number] for number in numbers) for tag, lines in corpus.items()},
        )
        for name, numbers in sorted(places.items())
        if events.get(name) != "?"
    ]


def pud(file: Path) -> list[Text]:
    """The documents of Parallel UD (a TSV with sent_id, doc_id, and a column a language).

    They have few sentences, so that parts of one would share nothing: a single outlet tells each.
    Raises UserError where the file is not there.
    """
    try:
        head, *rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror}); name the file pud.tsv.") from None
    documents: dict[str, list[list[str]]] = {}
    for row in rows:
        documents.setdefault(row[1], []).append(row)
    return [
        Text(name, name, {tag: tuple(row[2 + n] for row in own) for n, tag in enumerate(head[2:])}, told=False)
        for name, own in sorted(documents.items())
    ]


def written(folder: Path) -> list[Text]:
    """The hand-written stories of benchmarks/data/stories, whose outlets write in their own words."""
    return [
        Text(
            path.stem,
            path.stem,
            {
                f"{outlet.language.tag} {outlet.id}": tuple(line.text for line in outlet.lines)
                for outlet in comparable.read_story(path).outlets
            },
            own=True,
        )
        for path in sorted(folder.glob("*.json"))
    ]


def halves(texts: Sequence[Text]) -> tuple[list[Text], list[Text]]:
    """Development and test documents, by a hash of their events."""
    odd = [hashlib.sha256(text.event.encode()).digest()[0] % 2 == 1 for text in texts]
    return [t for t, o in zip(texts, odd) if not o], [t for t, o in zip(texts, odd) if o]


def make(texts: Sequence[Text], seed: int) -> list[Told]:
    """The articles of one benchmark, in the order of their arrival."""
    generator = random.Random(seed)
    texts = _few(generator.sample(list(texts), len(texts)))
    days = _days(texts, generator)
    made: list[Told] = []
    for text in texts:
        outlets = [tag for tag in sorted(text.lines) for _ in range(1 if text.own else generator.choice((0, 1, 1, 2)))]
        if not text.own and (not text.told or generator.random() < 0.3 or not outlets):
            outlets = [generator.choice(sorted(text.lines))]
        for number, tag in enumerate(outlets):
            day = days[text.event] + generator.choice((0, 0, 0, 1, 1, 2))
            date = (_FIRST_DAY + datetime.timedelta(days=day)).isoformat() if generator.random() >= 0.1 else ""
            lines = text.lines[tag] if text.own or not text.told else _part(text.lines[tag], generator)
            made.append(Told(f"{text.name}#{number}", text.event, tag.split()[0], date, lines))
    generator.shuffle(made)
    # News comes in about the order of its date, and what has none at any time.
    return sorted(
        made, key=lambda one: one.date or (_FIRST_DAY + datetime.timedelta(generator.randrange(_DAYS))).isoformat()
    )


def _few(texts: Sequence[Text]) -> list[Text]:
    """The texts, of each event the first three, so that no event outweighs the others."""
    counts: dict[str, int] = {}
    chosen = []
    for text in texts:
        counts[text.event] = counts.get(text.event, 0) + 1
        if counts[text.event] <= _MOST_TEXTS:
            chosen.append(text)
    return chosen


def _part(lines: Sequence[str], generator: random.Random) -> tuple[str, ...]:
    amount = max(round(len(lines) * generator.uniform(0.3, 0.6)), min(2, len(lines)))
    return tuple(lines[place] for place in sorted(generator.sample(range(len(lines)), amount)))


def _days(texts: Sequence[Text], generator: random.Random) -> dict[str, int]:
    """A day for each event: that of the one whose document is most like its own, where that has its day already."""
    words = [
        {
            word.lower()
            for tag, lines in text.lines.items()
            if tag.startswith("en")
            for line in lines
            for word in _WORD.findall(line)
        }
        for text in texts
    ]
    holders: dict[str, list[int]] = {}
    for number, own in enumerate(words):
        for word in sorted(own):
            holders.setdefault(word, []).append(number)
    days: dict[str, int] = {}
    for number in generator.sample(range(len(texts)), len(texts)):
        alike: dict[int, float] = {}
        for word in sorted(words[number]):
            for other in holders[word]:
                if other != number:
                    alike[other] = alike.get(other, 0.0) + 1 / len(holders[word])
        nearest = max(sorted(alike), key=alike.__getitem__, default=number)
        days.setdefault(texts[number].event, days.get(texts[nearest].event, generator.randrange(_DAYS)))
    return days


class Remembering:
    """An encoder that encodes each text once, for benchmarks that share most of theirs."""

    def __init__(self, encoder: Encoder) -> None:
        self.name = encoder.name
        self._encoder = encoder
        self._known: dict[str, Matrix] = {}

    def encode(self, texts: Sequence[str]) -> Matrix:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._encoder.encode(new)))
        return np.stack([self._known[text] for text in texts])


def articles(told: Sequence[Told], encoder: Encoder) -> list[Article]:
    """The articles as grouping sees them."""
    made = []
    for one in told:
        language = Language.parse(one.language)
        segments = normalise(_segments(one.lines), language)
        chosen = article.lead(segments)
        vectors = encoder.encode([segment.normal for segment in chosen])
        made.append(article.from_segments(one.key, chosen, vectors, language, one.date))
    return made


def _segments(lines: Iterable[str]) -> list[Segment]:
    return [
        Segment(f"s:{n}", "s", n, 0, len(line), line, line, "title" if n == 1 else "paragraph", n, n)
        for n, line in enumerate(lines, start=1)
    ]


@dataclass(frozen=True)
class Scores:
    """B-cubed and pairwise precision, recall and F1, and how many stories there are and were found."""

    bcubed: tuple[float, float, float]
    pairs: tuple[float, float, float]
    articles: float
    stories: float
    found: float


def score(
    told: Sequence[Told], made: Sequence[Article], batch: int = grouping.BATCH, weights: Weights = WEIGHTS
) -> Scores:
    """Group the articles and compare with what they tell."""
    clusters = grouping.group(made, batch, weights)
    numbers = {event: number for number, event in enumerate(sorted({one.event for one in told}))}
    gold = {place: {numbers[one.event]} for place, one in enumerate(told)}
    found = {place: {n} for n, cluster in enumerate(clusters) for place in cluster.members}
    together = sum(_pairs(len(cluster.members)) for cluster in clusters)
    wanted = sum(map(_pairs, Counter(one.event for one in told).values()))
    right = sum(_pairs(n) for c in clusters for n in Counter(told[place].event for place in c.members).values())
    pairs = right / max(together, 1), right / max(wanted, 1), 2 * right / max(together + wanted, 1)
    return Scores(bcubed.score(found, gold), pairs, len(told), len(numbers), len(clusters))


def _pairs(amount: int) -> int:
    return amount * (amount - 1) // 2


def mean(scores: Sequence[Scores]) -> Scores:
    """The mean of each figure."""

    def triple(values: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
        first, second, third = (fmean(column) for column in zip(*values))
        return first, second, third

    return Scores(
        triple([one.bcubed for one in scores]),
        triple([one.pairs for one in scores]),
        fmean(one.articles for one in scores),
        fmean(one.stories for one in scores),
        fmean(one.found for one in scores),
    )


def evaluate(texts: Sequence[Text], encoder: Encoder, seeds: Sequence[int]) -> dict[str, Scores]:
    """The scores on both halves, and on the test half with articles one by one, in the order turned round, and
    without dates; each the mean over benchmarks made with these seeds."""
    remembering = Remembering(encoder)
    development, test = halves(texts)
    rows: dict[str, list[Scores]] = {}
    for seed in seeds:
        for name, half in (("development", development), ("test", test)):
            told = make(half, seed)
            made = articles(told, remembering)
            rows.setdefault(name, []).append(score(told, made))
        rows.setdefault("test, one by one", []).append(score(told, made, batch=1))
        rows.setdefault("test, turned round", []).append(score(told[::-1], made[::-1]))
        dateless = [replace(one, day=None) for one in made]
        rows.setdefault("test, without dates", []).append(score(told, dateless))
    return {name: mean(found) for name, found in rows.items()}
