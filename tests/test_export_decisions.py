"""Decisions of readers on groups and links: kept by words, applied to any later run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from story_fixture import story

from pipeline.errors import UserError
from pipeline.export.decisions import Decision, added, apply, apply_to_links, keys, lapsed, load, save
from pipeline.export.review import read_review
from pipeline.language import Language
from pipeline.model import Document, Group, Link, Segment, Source, Story


def made(groups: str = "", sources: str = "abc", each: int = 4) -> Story:
    """Sources with sentences of their own words, and groups such as "a1 b1 | a2 c3"."""
    segments = []
    documents = []
    for source in sources:
        documents.append(Document(Source(source, f"{source}.txt", source, Language("de"), "", "", "", ""), "", ()))
        for number in range(1, each + 1):
            text = f"Satz {number} von {source}."
            id = f"{source}:{number}"
            segments.append(Segment(id, source, number, 0, len(text), text, text, "paragraph", 0, 1, text))
    return Story(tuple(documents), tuple(segments), (), parsed(groups), ())


def parsed(groups: str) -> tuple[Group, ...]:
    found = []
    for number, words in enumerate(filter(str.strip, groups.split("|")), start=1):
        members: dict[str, tuple[str, ...]] = {}
        for word in words.split():
            members[word[0]] = (*members.get(word[0], ()), f"{word[0]}:{word[1:]}")
        found.append(Group(f"g{number}", members, 0.8, f"Label {number}"))
    return tuple(found)


def shown(groups: tuple[Group, ...]) -> str:
    return " | ".join(" ".join(id.replace(":", "") for run in g.members.values() for id in run) for g in groups)


def decided(words: str, story: Story) -> Decision:
    """ "apart a1 b1 / c1" or "together a1 b1"."""
    verdict, _, rest = words.partition(" ")
    key = keys(story.segments)
    parts = tuple(tuple(key[f"{word[0]}:{word[1:]}"] for word in part.split()) for part in rest.split("/"))
    return Decision(verdict, parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("groups", "decisions", "expected"),
    [
        ("a1 b1 c1", [], "a1 b1 c1"),
        ("a1 b1 c1", ["apart a1 b1 / c1"], "a1 b1"),
        ("a1 b1 c1", ["apart a1 / b1 / c1"], ""),
        ("a1 a2 b1 b2", ["apart a1 b1 / a2 b2"], "a1 b1 | a2 b2"),
        # What no part names stays with the part that most are in.
        ("a1 b1 b2 c1", ["apart a1 / b1 b2"], "b1 b2 c1"),
        ("a1 b1 | a2 b2", ["together a1 b1 a2 b2"], "a1 a2 b1 b2"),
        ("", ["together a1 b1"], "a1 b1"),
        ("a1 b1", ["together a1 c1"], "a1 b1 c1"),
        ("a1 b1 | c1 a2", ["together a1 b1 c1"], "a1 b1 c1 | c1 a2"),
        ("a1 b1 | c1 a2", ["apart c1 / a2", "together a1 b1 c1"], "a1 b1 c1"),
        # The later one wins.
        ("a1 b1", ["apart a1 / b1", "together a1 b1"], "a1 b1"),
        ("a1 b1", ["together a1 b1", "apart a1 / b1"], ""),
        # A sentence that tells two facts is in two groups, and stays in the one it is not taken from.
        ("a1 b1 | a1 c1", ["apart a1 / c1"], "a1 b1"),
        # Sentences of one source are no group.
        ("", ["together a1 a2"], ""),
    ],
)
def test_decisions_on_groups(groups: str, decisions: list[str], expected: str) -> None:
    story = made(groups)
    assert shown(apply([decided(words, story) for words in decisions], story.segments, story.groups)) == expected


def test_what_a_group_keeps_and_what_a_new_one_has() -> None:
    story = made("a1 a2 b1 b2 | c1 c2 b3")
    split = apply([decided("apart a1 b1 / a2 b2", story)], story.segments, story.groups)
    assert [(group.id, group.label, group.score) for group in split] == [
        ("g1", "Label 1", 0.8),
        ("g2", "Label 2", 0.8),
        ("g1-1", "", 0.8),
    ]
    (own,) = apply([decided("together a3 b3", made())], story.segments, ())
    assert (own.id, own.label, own.score) == ("own-1", "", 1.0)


def test_groups_that_no_decision_names_are_the_same_objects() -> None:
    story = made("a1 b1 | a2 b2")
    after = apply([decided("apart a1 / b1", story)], story.segments, story.groups)
    assert after == story.groups[1:]
    assert after[0] is story.groups[1]


@pytest.mark.parametrize(
    ("links", "decisions", "expected"),
    [
        ("a1-b1", ["apart a1 / b1"], ""),
        ("a1-b1 a1-c1", ["apart a1 / b1"], "a1-c1"),
        ("a1-b1", ["together a1 b1"], "a1-b1"),
        ("a1-b1", ["together a1 b1 c1"], "a1-b1 a1-c1 b1-c1"),
        ("b1-a1", ["together a1 b1"], "b1-a1"),
        ("", ["together a1 b1", "apart a1 / b1"], ""),
        ("a1-b1", ["apart a1 / b1", "together a1 b1"], "a1-b1"),
        ("a2-b2", ["together a1 b1"], "a2-b2 a1-b1"),
    ],
)
def test_decisions_on_links(links: str, decisions: list[str], expected: str) -> None:
    story = made()
    ids = [[f"{word[0]}:{word[1]}" for word in link.split("-")] for link in links.split()]
    before = [Link((a,), (b,), 0.7) for a, b in ids]
    after = apply_to_links([decided(words, story) for words in decisions], story.segments, before)
    assert " ".join(f"{link.a[0]}-{link.b[0]}".replace(":", "") for link in after) == expected
    assert all(link in before or link.score == 1 for link in after)


class TestKeys:
    def test_sentences_are_found_by_their_words_under_new_numbers(self) -> None:
        old = made("a1 b1")
        moved = tuple(replace(segment, id=f"{segment.source}:{segment.number + 7}") for segment in old.segments)
        group = Group("g9", {"a": ("a:8",), "b": ("b:8",), "c": ("c:8",)}, 0.9)
        (after,) = apply([decided("apart a1 b1 / c1", old)], moved, (group,))
        assert after.members == {"a": ("a:8",), "b": ("b:8",)}

    def test_equal_sentences_of_one_source_are_told_apart_and_of_two_sources_too(self) -> None:
        story = made()
        same = tuple(replace(segment, plain="Gleich.") for segment in story.segments)
        assert len(set(keys(same).values())) == len(same)
        assert keys(same)["a:1"].startswith("a#") and keys(same)["a:2"] == keys(same)["a:1"] + ".2"

    def test_white_space_and_composition_make_no_difference(self) -> None:
        one, other = (replace(made().segments[0], plain=text) for text in ("K\u00f6ln  ist", "Ko\u0308ln ist"))
        assert keys([one]) == keys([other])

    def test_a_decision_lapses_when_its_sentences_are_gone(self) -> None:
        story = made()
        decisions = [decided("apart a1 / b1", story), decided("together a1 b1 c1", story)]
        assert lapsed(decisions, story.segments) == ()
        without = [segment for segment in story.segments if segment.id != "b:1"]
        assert lapsed(decisions, without) == (decisions[0],)
        assert lapsed(decisions, []) == tuple(decisions)
        assert apply(decisions, without, parsed("a1 c1"))[0].members == {"a": ("a:1",), "c": ("c:1",)}


class TestFile:
    def test_decisions_come_back_in_order(self, tmp_path: Path) -> None:
        story = made()
        decisions = (decided("apart a1 / b1 c1", story), decided("together a1 b1", story))
        save(tmp_path / "decisions.jsonl", decisions)
        assert load(tmp_path / "decisions.jsonl") == decisions
        assert len((tmp_path / "decisions.jsonl").read_text("utf-8").splitlines()) == 2

    def test_no_file_is_no_decision(self, tmp_path: Path) -> None:
        assert load(tmp_path / "none.jsonl") == ()

    def test_of_equal_decisions_the_last_counts(self) -> None:
        story = made()
        apart, together = decided("apart a1 / b1", story), decided("together a1 b1", story)
        assert added((apart, together), (apart,)) == (together, apart)

    @pytest.mark.parametrize(
        "line",
        [
            "{",
            "[]",
            "7",
            "{}",
            "[" * 100_000,
            '{"verdict": "maybe", "parts": []}',
            '{"verdict": ["apart"], "parts": []}',
            '{"verdict": "apart", "parts": ["a#1"]}',
            '{"verdict": "apart", "parts": [[1]]}',
        ],
    )
    def test_a_damaged_line_is_named(self, line: str, tmp_path: Path) -> None:
        path = tmp_path / "decisions.jsonl"
        path.write_text(f'{{"verdict": "apart", "parts": []}}\n{line}\n', "utf-8")
        with pytest.raises(UserError, match="line 2, is no decision"):
            load(path)

    def test_a_file_that_is_no_text_is_an_error_not_an_empty_list(self, tmp_path: Path) -> None:
        path = tmp_path / "decisions.jsonl"
        path.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(UserError, match="cannot be read"):
            load(path)


SENTENCES = [f"{source}:{number}" for source in "abc" for number in range(1, 5)]
ARRANGEMENT = st.lists(st.sampled_from(["", "g1", "g2", "g3", "g4"]), min_size=12, max_size=12)


def arranged(labels: list[str]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for id, label in zip(SENTENCES, labels):
        if label:
            groups.setdefault(label, set()).add(id)
    return {label: ids for label, ids in groups.items() if len({id[0] for id in ids}) > 1}


def sets(groups: tuple[Group, ...]) -> list[frozenset[str]]:
    return sorted((frozenset(id for run in group.members.values() for id in run) for group in groups), key=sorted)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(before=ARRANGEMENT, after=ARRANGEMENT)
def test_what_a_reviewer_arranges_is_what_comes_out(
    before: list[str], after: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    groups = tuple(
        Group(label, {source: run for source in "abc" if (run := tuple(sorted(i for i in ids if i[0] == source)))}, 0.8)
        for label, ids in arranged(before).items()
    )
    story = replace(made(), groups=groups)
    table = tmp_path_factory.mktemp("review") / "review.tsv"
    table.write_text("id\tgroup\n" + "".join(f"{id}\t{label}\n" for id, label in zip(SENTENCES, after)), "utf-8")
    decisions = read_review(table, story).decisions
    wanted = sorted(map(frozenset, arranged(after).values()), key=sorted)
    result = apply(decisions, story.segments, story.groups)
    assert sets(result) == wanted
    assert len({group.id for group in result}) == len(result)
    # Applied to its own result it changes nothing more.
    assert sets(apply(decisions, story.segments, result)) == wanted


def test_the_file_is_plain_json() -> None:
    assert json.loads(json.dumps(decided("apart a1 / b1", made()).parts))


def test_the_fixture_has_keys_of_its_own() -> None:
    found = keys(story().segments)
    assert len(set(found.values())) == len(found) == len(story().segments)
