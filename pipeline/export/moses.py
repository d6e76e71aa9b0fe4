"""Moses: two line-parallel files for each two languages, and the ids of each line's sentences.

`bitext.de-en.de` and `bitext.de-en.en` have the same number of lines; the suffix is the language.
`bitext.de-en.ids` has OPUS' columns: document, document, sentence ids, sentence ids, score.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.export.view import View, one_line, rounded


def render(view: View) -> dict[str, bytes]:
    files = {}
    for (a, b), pairs in view.pairs_by_language().items():
        name = f"bitext.{a}-{b}"
        # Two outlets in one language: the side has to tell the files apart.
        suffixes = (a, b) if a != b else (f"1.{a}", f"2.{b}")
        files[f"{name}.{suffixes[0]}"] = _lines(one_line(pair.a.text) for pair in pairs)
        files[f"{name}.{suffixes[1]}"] = _lines(one_line(pair.b.text) for pair in pairs)
        files[f"{name}.ids"] = _lines(
            "\t".join(
                (
                    pair.a.source.id,
                    pair.b.source.id,
                    " ".join(pair.a.ids),
                    " ".join(pair.b.ids),
                    str(rounded(pair.score)),
                )
            )
            for pair in pairs
        )
    return files


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
