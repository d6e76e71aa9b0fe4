"""What is said of a story where stories are listed: a line of stories.jsonl, and a row of the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.embed import Matrix
from pipeline.model import Source


def entry(identifier: str, members: Sequence[tuple[Source, Matrix]], merged: Sequence[str]) -> str:
    """The entry of a story as JSON: see docs/formats.md. members: its articles and their vectors, float32 (d,)."""
    sources = [source for source, _ in members]
    dates = sorted(source.date for source in sources if source.date)
    label = sources[central(members)]
    data: dict[str, Any] = {
        "id": identifier,
        "label": label.title or label.outlet,
        "label_language": label.language.tag,
        "first": dates[0] if dates else "",
        "last": dates[-1] if dates else "",
        "languages": sorted({source.language.tag for source in sources}),
        "outlets": list(dict.fromkeys(source.outlet for source in sources)),
        "size": len(sources),
        "articles": [
            {
                "outlet": source.outlet,
                "language": source.language.tag,
                "title": source.title,
                "date": source.date,
                "url": source.url,
                "path": source.path,
                "sha256": source.sha256,
            }
            for source in sources
        ],
        "merged": list(merged),
    }
    return json.dumps(data, ensure_ascii=False)


def central(members: Sequence[tuple[Source, Matrix]]) -> int:
    """The place of the article whose title names the story: the one most like all of it, in English if there is one."""
    matrix = np.stack([vector for _, vector in members])
    likeness = (matrix @ matrix.sum(axis=0)).round(4).tolist()
    english = [place for place, (source, _) in enumerate(members) if source.language.base == "en" and source.title]
    titled = [place for place, (source, _) in enumerate(members) if source.title]
    return max(english or titled or range(len(members)), key=lambda place: (likeness[place], -place))
