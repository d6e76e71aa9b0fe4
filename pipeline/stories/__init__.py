"""Stories: which articles, of many and in any language, report the same event.

    article.py   an article as a unit vector, its rare names and numbers, its day
    index.py     its nearest neighbours among all that came before
    grouping.py  joins, founds and merges, by average linkage
    state.py     what is known so far, in SQLite
    arrive.py    new articles in, changed stories out, batch by batch
    page.py      the page over all stories and stories.jsonl

The pure functions that other parts of the program use are named here.
"""

from __future__ import annotations

from pipeline.stories.article import Article, document_vector, from_segments, lead, terms
from pipeline.stories.grouping import StoryCluster, group
from pipeline.stories.index import StoryIndex

__all__ = ["Article", "StoryCluster", "StoryIndex", "document_vector", "from_segments", "group", "lead", "terms"]
