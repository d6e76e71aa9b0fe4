"""How fast claims are read and compared, how rarely wolf is cried, and how many differences are found.

    python -m benchmarks.claims

Speed is that of one core: processor time, the best of several rounds. The lines of NTREX-128 say the
same in four languages, so every difference found between them is a false alarm or a slip of a
translator. Then one number of each line that all agree on is changed in the English, and it is
counted how many of these planted differences are found.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks import corpus
from pipeline import compare, read
from pipeline.compare.names import Names
from pipeline.language import Language
from pipeline.model import Claim, Comparison, Document, Group, Segment
from pipeline.segment import segment as split

SEEDS = Path(__file__).parent.parent / "seeds"
TABLES = Path(__file__).parent.parent / "tests" / "golden" / "claims"
TAGS = ("de", "en", "zh-Hans", "zh-Hant")
ROUNDS = 5
COPIES = 10
# The date of the newest document in NTREX-128.
DATE = "2018-10-01"
# Every digit becomes another one, far away.
CHANGED = str.maketrans("123456789", "786923415")


def main() -> None:
    documents, _ = read.documents([SEEDS])
    segments = [one for document in documents for one in split(document)]
    speed("seeds", len(segments), lambda: compare.find(documents, segments, []))
    tables, sentences = generated()
    speed("tables", len(sentences), lambda: compare.find(tables, sentences, []))
    lines, languages, groups = parallel()
    names = compare.learn_names(lines, languages, groups)
    speed("news", len(lines), lambda: claims_of(lines, languages, names))
    claims = claims_of(lines, languages, names)
    found = compared(groups, lines, claims)
    differences = [one for one in found if one.verdict == "differ"]
    print(f"alarms   {len(differences)} differences in {len(groups)} lines that say the same in {len(TAGS)} languages")
    for one in differences:
        print(f"         line {one.group}: {one.reason}")
    planted, right = plant(found, lines, languages, groups, names, claims)
    print(f"planted  {right} of {planted} changed numbers found ({right / planted:.0%})")


def speed(name: str, segments: int, work: Callable[[], object]) -> None:
    """Print segments a second of processor time, the best of several rounds."""
    work()
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    print(f"{name:<8} {segments / best:,.0f} segments a second ({segments} segments)")


def generated() -> tuple[list[Document], list[Segment]]:
    """The sentences of the golden tables, several times over: hardly one of them claims nothing."""
    documents, segments = [], []
    seeds = {document.source.language.base: document for document in read.documents([SEEDS])[0]}
    for base in ("de", "zh"):
        rows = (TABLES / f"{base}.tsv").read_text(encoding="utf-8").splitlines()
        texts = [row.split("\t")[0] for row in rows if row and not row.startswith("#")] * COPIES
        source = replace(seeds[base].source, id=base)
        documents.append(Document(source, "\n".join(texts), ()))
        segments += [line_of(base, number, text) for number, text in enumerate(texts)]
    return documents, segments


def line_of(source: str, number: int, text: str) -> Segment:
    return Segment(f"{source}:{number}", source, number, 0, len(text), text, text, "paragraph", number, number)


def parallel() -> tuple[list[Segment], dict[str, Language], list[Group]]:
    """NTREX-128 as four sources, and each line as one group of all of them."""
    texts = corpus.ntrex().lines
    lines = [line_of(tag, number, text) for tag in TAGS for number, text in enumerate(texts[tag])]
    groups = [
        Group(str(number), {tag: (f"{tag}:{number}",) for tag in TAGS}, 1.0) for number in range(len(texts["en"]))
    ]
    return lines, {tag: Language.parse(tag) for tag in TAGS}, groups


def claims_of(lines: list[Segment], languages: dict[str, Language], names: Names) -> dict[str, list[Claim]]:
    return {line.id: compare.claims(line, languages[line.source], DATE, names) for line in lines}


def compared(groups: list[Group], lines: list[Segment], claims: dict[str, list[Claim]]) -> list[Comparison]:
    return compare.compare(groups, {line.id: line for line in lines}, claims, dict.fromkeys(TAGS, DATE))


def plant(
    found: list[Comparison],
    lines: list[Segment],
    languages: dict[str, Language],
    groups: list[Group],
    names: Names,
    claims: dict[str, list[Claim]],
) -> tuple[int, int]:
    """Change one English number of each agreement, one at a time: how many were changed, how many found."""
    by_id, by_group = {line.id: line for line in lines}, {group.id: group for group in groups}
    planted = right = 0
    for one in found:
        english = next((claim for claim in one.claims if claim.segment.startswith("en:")), None)
        if one.verdict != "agree" or one.kind != "number" or english is None:
            continue
        changed = english.text.translate(CHANGED)
        if changed == english.text:
            continue
        line = by_id[english.segment]
        other = replace(line, text=line.text[: english.start] + changed + line.text[english.end :])
        group = by_group[one.group]
        members = [by_id[id] for ids in group.members.values() for id in ids if id != line.id]
        said = {member.id: claims[member.id] for member in members}
        said[line.id] = compare.claims(other, languages["en"], DATE, names)
        planted += 1
        right += any(
            found_one.verdict == "differ" and found_one.kind == "number"
            for found_one in compared([group], [*members, other], said)
        )
    return planted, right


if __name__ == "__main__":
    main()
