"""Small stories for the tests, and an encoder that needs no model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.embed import Matrix
from pipeline.stories.grouping import Member


class WordEncoder:
    """A sentence is the sum of its words, each a direction of its own: alike is what shares words."""

    name = "words"

    def encode(self, texts: Sequence[str]) -> Matrix:
        rows = np.zeros((len(texts), 512), dtype=np.float32)
        for row, text in zip(rows, texts):
            for word in text.lower().split():
                seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
                row += np.random.default_rng(seed).standard_normal(512).astype(np.float32)
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)


TOPICS = {
    "bridge": "harbour bridge crane steel river ferry toll pylons cable reopening engineers harbourmaster traffic deck",
    "clinic": "clinic nurses vaccine dosage patients trial doctors ward surgery hospital fever laboratory tablets cure",
    "comet": "comet telescope orbit astronomers tail perihelion sky observatory ice dust magnitude spectrum dawn cam",
    "strike": "strike union wages drivers depot buses negotiation picket rota overtime ballot mediator timetable",
}


def text(topic: str, turn: int = 0, sentences: int = 6) -> str:
    """An article on a topic: sentences of its words, in an order that `turn` changes."""
    words = TOPICS[topic].split()
    lines = []
    for n in range(sentences):
        start = (3 * n + turn) % len(words)
        lines.append(" ".join((words[start:] + words[:start])[:8]).capitalize() + ".")
    return "\n\n".join(lines)


def record(topic: str, outlet: str, turn: int = 0, date: str = "2031-05-04", **more: str) -> dict[str, str]:
    title = f"{outlet} on the {topic}"
    return {"title": title, "text": text(topic, turn), "outlet": outlet, "date": date, "language": "en", **more}


def write_lines(path: Path, records: Sequence[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), encoding="utf-8")
    return path


def read_lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def member(number: int, direction: Sequence[float], day: int | None = None, language: str = "en") -> Member:
    """An article of one sentence that points in a direction of a few dimensions."""
    vector = np.array(direction, dtype=np.float32)
    vector /= np.linalg.norm(vector)
    return Member(number, language, day, vector, np.zeros((0, len(vector)), dtype=np.int8), {})
