"""Stories: which articles, of many and in any language, report the same event.

    article.py   an article as a unit vector, its names and numbers, its day
    index.py     its nearest neighbours among all that came before
    rarity.py    how much a shared name says
    grouping.py  joins, founds and merges, by average linkage
    state.py     what is known so far, in SQLite
    arrive.py    new articles in, batch by batch
    listing.py   what is said of a story where stories are listed
    page.py      the page over all stories
    run.py       all of it, as `parallax stories` does it

docs/stories.md tells how it works and how well.
"""
