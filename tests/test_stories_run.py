"""`parallax stories` as a user meets it: what comes out, what a second run does, what no run may do."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from stories_fixture import WordEncoder, read_lines, record, text, write_lines
from typer.testing import CliRunner

from pipeline import cli, embed
from pipeline.errors import UserError
from pipeline.read import Entry, File, stream
from pipeline.settings import Settings
from pipeline.stories import grouping, page, run
from pipeline.stories.state import FILE_NAME, Total
from pipeline.workspace import FOLDER

PLAIN = Settings(translate=False)
FIRST = [
    record("bridge", "Bote"),
    record("clinic", "Bote"),
    record("bridge", "Courier", 1),
    record("comet", "Ledger"),
    record("clinic", "Courier", 2, date="2031-05-06"),
]


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "default", WordEncoder)
    monkeypatch.setattr(embed, "default_name", lambda: WordEncoder.name)


def take_in(path: Path, out: Path, **options: bool) -> run.Result:
    return run.stories([path], out, PLAIN, **{"reports": False, **options})  # type: ignore[arg-type]


def outlets(out: Path) -> dict[str, list[str]]:
    return {str(story["id"]): list(story["outlets"]) for story in read_lines(out / "stories.jsonl")}  # type: ignore[call-overload]


def test_articles_become_stories_and_a_second_run_reads_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = write_lines(tmp_path / "in.jsonl", FIRST), tmp_path / "out"
    result = take_in(path, out)
    assert (result.arrived.new, result.total) == (5, Total(stories=2, articles=4, alone=1))
    stories = read_lines(out / "stories.jsonl")
    assert [story["last"] for story in stories] == ["2031-05-06", "2031-05-04", "2031-05-04"]
    assert stories[0]["first"] == "2031-05-04" and stories[0]["size"] == 2
    before = {file: file.read_bytes() for file in out.glob("[!.]*.*")}
    monkeypatch.setattr(stream, "document", None)  # reading an article would fail now
    again = take_in(path, out)
    assert (again.arrived.new, again.arrived.known) == (0, 5)
    assert before == {file: file.read_bytes() for file in out.glob("[!.]*.*")}


def test_what_arrives_later_joins_and_the_id_stays(tmp_path: Path) -> None:
    path, out = write_lines(tmp_path / "in.jsonl", FIRST), tmp_path / "out"
    take_in(path, out)
    before = outlets(out)
    write_lines(path, [*FIRST, record("bridge", "Gazette", 3), record("strike", "Gazette")])
    result = take_in(path, out)
    assert (result.arrived.new, result.arrived.known) == (2, 5)
    after = outlets(out)
    [bridge] = [story for story, own in before.items() if own == ["Bote", "Courier"] and "Gazette" in after[story]]
    assert after[bridge] == ["Bote", "Courier", "Gazette"]
    assert set(before) < set(after) and len(after) == len(before) + 1


def test_all_at_once_and_one_by_one_come_to_the_same(tmp_path: Path) -> None:
    records = [*FIRST, record("bridge", "Gazette", 3), record("strike", "Gazette")]
    take_in(write_lines(tmp_path / "all.jsonl", records), tmp_path / "whole")
    for number in range(1, len(records) + 1):
        take_in(write_lines(tmp_path / "some.jsonl", records[:number]), tmp_path / "grown")
    assert outlets(tmp_path / "whole") == outlets(tmp_path / "grown")


def test_only_changed_stories_are_reported(tmp_path: Path) -> None:
    path, out = write_lines(tmp_path / "in.jsonl", FIRST), tmp_path / "out"
    assert take_in(path, out, reports=True).reports == 2
    assert take_in(path, out, reports=True).reports == 0
    write_lines(path, [*FIRST, record("bridge", "Gazette", 3)])
    assert take_in(path, out, reports=True).reports == 1
    listed = {str(story["id"]): story["report"] for story in read_lines(out / "stories.jsonl")}
    reports = [report for report in listed.values() if report]
    assert len(reports) == 2
    assert all((out / str(report)).is_file() for report in reports)
    assert all(f'href="{report}"' in (out / "index.html").read_text() for report in reports)
    assert any("Gazette" in (out / str(report)).read_text() for report in reports)


def test_an_article_between_two_stories_makes_them_one(tmp_path: Path) -> None:
    bridge, clinic = text("bridge", 0, 5), text("clinic", 0, 5)
    apart = [
        record("bridge", "Bote"),
        record("bridge", "Courier", 1),
        record("clinic", "Bote"),
        record("clinic", "Ledger", 1),
    ]
    path, out = write_lines(tmp_path / "in.jsonl", apart), tmp_path / "out"
    take_in(path, out, reports=True)
    first, second = sorted(outlets(out), key=lambda story: outlets(out)[story] != ["Bote", "Courier"])
    between = [{**record("bridge", f"Both {n}"), "text": f"{bridge}\n\n{clinic}"} for n in range(3)]
    for number in range(1, 4):
        write_lines(path, [*apart, *between[:number]])
        take_in(path, out, reports=number == 3)
    assert list(outlets(out)) == [first]
    [story] = read_lines(out / "stories.jsonl")
    assert story["merged"] == [second] and story["size"] == 7
    assert f"../{first}/report.html" in (out / second / "report.html").read_text()


def test_a_new_version_takes_the_place_of_the_old(tmp_path: Path) -> None:
    address = "https://www.example.org/bridge"
    path, out = tmp_path / "in.jsonl", tmp_path / "out"
    take_in(write_lines(path, [record("bridge", "Bote", url=address), record("bridge", "Courier", 1)]), out)
    mended = {**record("bridge", "Bote", url=address), "title": "The bridge, corrected"}
    assert take_in(write_lines(path, [mended]), out).arrived.versions == 1
    [story] = read_lines(out / "stories.jsonl")
    assert [one["title"] for one in story["articles"]] == ["The bridge, corrected", "Courier on the bridge"]  # type: ignore[index, attr-defined]
    other = {**record("comet", "Bote", url=address)}  # the same address, and about something else
    assert take_in(write_lines(path, [other]), out).arrived.new == 1


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from stories_fixture import WordEncoder
from pipeline import embed
from pipeline.settings import Settings
from pipeline.stories import grouping, run, state
embed.default, embed.default_name = WordEncoder, lambda: WordEncoder.name
grouping.BATCH = 2
left = int(sys.argv[3])
real = state.State.keep_rarity
def keep(self, rarity):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), 9)
    real(self, rarity)
state.State.keep_rarity = keep
run.stories([Path(sys.argv[1])], Path(sys.argv[2]), Settings(translate=False), reports=False)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is a POSIX signal")
def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.jsonl", FIRST)
    here = str(Path(__file__).parent)

    def started(out: Path, batches: int) -> int:
        command = [sys.executable, "-c", KILLED, path, out, str(batches), here]
        return subprocess.run(command, env={**os.environ}, capture_output=True).returncode

    assert started(tmp_path / "whole", 9) == 0
    assert [started(tmp_path / "killed", 1), started(tmp_path / "killed", 9)] == [-signal.SIGKILL, 0]
    assert (tmp_path / "killed/stories.jsonl").read_bytes() == (tmp_path / "whole/stories.jsonl").read_bytes()


def test_a_lost_list_and_page_are_written_again(tmp_path: Path) -> None:
    path, out = write_lines(tmp_path / "in.jsonl", FIRST), tmp_path / "out"
    take_in(path, out)
    before = (out / "index.html").read_bytes(), (out / "stories.jsonl").read_bytes()
    (out / "index.html").unlink()
    (out / "stories.jsonl").write_text("edited")
    take_in(path, out)
    assert before == ((out / "index.html").read_bytes(), (out / "stories.jsonl").read_bytes())


def test_lines_that_are_no_articles_are_left_out_with_a_note(tmp_path: Path) -> None:
    good = json.dumps(FIRST[0]).encode()
    path = tmp_path / "in.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + good + b'\n\n{"title": 1}\nnonsense\n\xff\xfe\n[1]\n' + good.replace(b"Bote", b"Ledger")
    )
    result = take_in(path, tmp_path / "out")
    assert result.arrived.new == 2
    assert [note.split(" ", 2)[2][:40] for note in result.arrived.notes if "Left out" in note]
    assert (
        sum(
            "record 3" in note or "line 4" in note or "line 5" in note or "record 6" in note
            for note in result.arrived.notes
        )
        == 4
    )
    path.write_bytes(b"nonsense\n" * 50)
    with pytest.raises(UserError, match="Nothing could be read") as refused:
        take_in(path, tmp_path / "none")
    assert "30 more" in str(refused.value)


def test_a_line_that_comes_again_is_taken_in_once_whatever_lies_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "BATCH", 2)
    first, second, third = (json.dumps(one) for one in FIRST[:3])
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(["nonsense", first, second, first, third]) + "\n", encoding="utf-8")
    arrived = take_in(path, tmp_path / "out").arrived
    assert (arrived.new, arrived.versions, arrived.known) == (3, 0, 1)


def test_a_long_file_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    line = json.dumps({"text": text("bridge", 0, 40) * 20}) + "\n"
    path.write_text(line * 300)
    assert path.stat().st_size > 10_000_000
    file = File(path, path.name, True, {0: Entry(language="en")})
    tracemalloc.start()
    digests = {piece.digest for piece in stream.pieces(file)}
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(digests) == 1  # the same line is the same piece
    assert peak < 2_000_000 and stream.amount(file) == 300


def test_titles_cannot_act_on_the_page(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202e"
    records = [{**record("bridge", hostile, turn), "title": hostile} for turn in range(2)]
    records[1]["outlet"] = "Other"
    take_in(write_lines(tmp_path / "in.jsonl", records), tmp_path / "out")
    shown = (tmp_path / "out/index.html").read_text()
    assert "<script>alert" not in shown and "<img" not in shown and "\u202e" not in shown
    assert "Content-Security-Policy" in shown and "http://" not in shown


def test_many_stories_go_on_several_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "PER_PAGE", 1)
    path, out = write_lines(tmp_path / "in.jsonl", FIRST), tmp_path / "out"
    take_in(path, out)
    assert 'href="index-2.html"' in (out / "index.html").read_text()
    assert 'href="index.html"' in (out / "index-2.html").read_text()
    monkeypatch.setattr(page, "PER_PAGE", 1000)
    take_in(path, out)
    assert not (out / "index-2.html").exists()


def test_a_report_compares_so_many_articles_one_of_each_outlet_first(tmp_path: Path) -> None:
    from pipeline.read import parse

    documents = [
        parse(text("bridge", n).encode(), name)[0] for n, name in enumerate(["a.txt", "a.txt", "b.txt", "c.txt"])
    ]
    chosen, notes = run.chosen(documents, 3)
    assert [document.source.path for document in chosen] == ["a.txt", "b.txt", "c.txt"]
    assert len(notes) == 1 and "4 articles" in notes[0]
    assert run.chosen(documents, 4)[1] == []
    assert len({document.source.id for document in run.chosen(documents, 4)[0]}) == 4


@pytest.mark.parametrize("what", ["run.json", "index.html", "a file", "a damaged state", "another encoder"])
def test_files_of_others_are_left_alone(tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = write_lines(tmp_path / "in.jsonl", FIRST), tmp_path / "out"
    if what == "a file":
        out.write_text("mine")
    elif what == "a damaged state":
        take_in(path, out)
        (out / FOLDER / FILE_NAME).write_bytes(b"no database" * 1000)
    elif what == "another encoder":
        take_in(path, out)
        monkeypatch.setattr(embed, "default_name", lambda: "another")
    else:
        out.mkdir()
        (out / what).write_text("mine")
    with pytest.raises(UserError, match=r"choose another --out|name a folder"):
        take_in(path, out)
    if what in ("run.json", "index.html"):
        assert (out / what).read_text() == "mine" and len(list(out.iterdir())) == 1


def test_the_command(tmp_path: Path) -> None:
    path, out = write_lines(tmp_path / "in.jsonl", FIRST), tmp_path / "out"
    options = ["stories", str(path), "--out", str(out), "--no-reports", "--no-translate"]
    told = json.loads(CliRunner().invoke(cli.app, [*options, "--json"]).stdout)
    assert (told["new"], told["stories"], told["alone"], told["reports"]) == (5, 2, 1, 0)
    said = CliRunner().invoke(cli.app, options).stdout
    assert "2 stories with 4 articles" in said and str(out / "index.html") in said
    assert CliRunner().invoke(cli.app, [*options, "-q"]).stdout == ""


def test_state_is_a_whole_database(tmp_path: Path) -> None:
    take_in(write_lines(tmp_path / "in.jsonl", FIRST), tmp_path / "out")
    with sqlite3.connect(tmp_path / "out" / FOLDER / FILE_NAME) as sql:
        assert sql.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert sql.execute("SELECT sum(size) FROM stories").fetchone() == (5,)
