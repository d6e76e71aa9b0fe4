"""The hand-written stories that alignment is trained and tested on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "benchmarks" / "data"
STORIES = sorted(path for name in ("stories", "stories-test", "digests") for path in (DATA / name).glob("*.json"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_fact_is_defined_and_told_by_two_outlets(path: Path) -> None:
    story = json.loads(path.read_text(encoding="utf-8"))
    told: dict[str, set[str]] = {}
    for outlet in story["outlets"]:
        assert outlet["language"] in ("de", "en", "zh-Hans", "zh-Hant")
        for sentence in outlet["sentences"]:
            assert set(sentence) == {"kind", "text", "en", "facts"}
            assert sentence["kind"] in ("title", "heading", "paragraph", "item", "quote", "row")
            assert sentence["text"].strip() and sentence["en"].strip()
            for fact in sentence["facts"]:
                told.setdefault(fact, set()).add(outlet["id"])
    assert set(told) == set(story["facts"])
    assert all(len(outlets) >= 2 for outlets in told.values())


def test_no_story_is_both_trained_on_and_kept_for_tests() -> None:
    kept = {path.stem for path in (DATA / "stories-test").glob("*.json")}
    assert not kept & {path.stem for name in ("stories", "digests") for path in (DATA / name).glob("*.json")}
