"""Bitext made by a small grammar: enough to train on, and true in both languages."""

from __future__ import annotations

import itertools
import lzma
import random
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.translate.training import prepare, recipe
from pipeline.translate.training.options import Preparation

ROOT = Path(__file__).parents[1]
SMALL = Preparation(vocabulary=400, longest=60)

_WHO = {
    "Der Minister": "The minister", "Die Firma": "The company", "Ein Arzt": "A doctor", "Die Stadt": "The city",
    "Der Verein": "The club", "Eine Lehrerin": "A teacher", "Das Museum": "The museum", "Der Richter": "The judge",
    "Die Polizei": "The police", "Ein Bauer": "A farmer", "Die Schule": "The school", "Der Chor": "The choir",
}  # fmt: skip
_DID = {
    "kaufte": "bought", "verkaufte": "sold", "zeigte": "showed", "fand": "found", "malte": "painted",
    "bewachte": "guarded", "suchte": "looked for", "lobte": "praised", "verlor": "lost", "besuchte": "visited",
}  # fmt: skip
_WHEN = {
    "am Montag": "on Monday", "im Winter": "in winter", "gestern": "yesterday", "vor drei Tagen": "three days ago",
    "im Jahr 2024": "in 2024", "am 5. Mai": "on 5 May", "zum ersten Mal": "for the first time", "oft": "often",
}  # fmt: skip
_WHAT = {
    "das Haus": "the house", "die Brücke": "the bridge", "ein Schiff": "a ship", "zwei Gärten": "two gardens",
    "den Turm": "the tower", "die alte Mühle": "the old mill", "einen Hund": "a dog",
    "das kleine Boot": "the small boat", "120 Bücher": "120 books", "die Karte": "the map",
}  # fmt: skip
_ZH_WHO = {
    "部长": "The minister",
    "公司": "The company",
    "医生": "The doctor",
    "老师": "The teacher",
    "警察": "The police",
}
_ZH_WHEN = {"昨天": "yesterday", "星期一": "on Monday", "冬天": "in winter", "2024年": "in 2024", "今天": "today"}
_ZH_DID = {"买了": "bought", "卖了": "sold", "找到了": "found", "画了": "painted", "参观了": "visited"}
_ZH_WHAT = {
    "房子": "the house",
    "大桥": "the bridge",
    "书店": "the bookshop",
    "图书馆": "the library",
    "钟楼": "the bell tower",
}

# A data list for the files that `write` makes.
DATA_LIST = """
[classes]
news = { start = 1.0, end = 2.0 }
docs = { start = 1.0, end = 0.5 }

[[texts]]
file = "grammar"
pairs = ["de-en", "zh-en"]
class = "news"
held = 60
what = "sentences made by a grammar"
origin = "tests/training_fixture.py"
licence = "MIT"

[[texts]]
file = "more.hant"
pairs = ["de-en", "zh-en"]
class = "docs"
what = "more of them"
origin = "tests/training_fixture.py"
licence = "MIT"
"""


def sentences(source: str) -> list[tuple[str, str]]:
    """All sentences of the grammar for a source language, in a fixed random order."""
    pairs = []
    if source == "de":
        for who, did, when, what in itertools.product(_WHO, _DID, _WHEN, _WHAT):
            pairs.append((f"{who} {did} {when} {what}.", f"{_WHO[who]} {_DID[did]} {_WHAT[what]} {_WHEN[when]}."))
    else:
        for who, when, did, what in itertools.product(_ZH_WHO, _ZH_WHEN, _ZH_DID, _ZH_WHAT):
            pairs.append(
                (f"{who}{when}{did}{what}。", f"{_ZH_WHO[who]} {_ZH_DID[did]} {_ZH_WHAT[what]} {_ZH_WHEN[when]}.")
            )
    random.Random(3).shuffle(pairs)
    return pairs


def write(folder: Path, source: str, count: int) -> Path:
    """Write `count` pairs as the two texts of `DATA_LIST`, and the list beside them. Returns the list's path."""
    pairs = sentences(source)[:count]
    if source == "zh":
        from pipeline.language import to_traditional

        hant = [(to_traditional(a), b) for a, b in pairs[count // 2 :]]
    else:
        hant = pairs[count // 2 :]
    save(folder / f"{source}-en" / "grammar.tsv.xz", pairs[: count // 2])
    save(folder / f"{source}-en" / "more.hant.tsv.xz", hant)
    path = folder / "list.toml"
    path.write_text(DATA_LIST, encoding="utf-8")
    return path


def save(path: Path, pairs: list[tuple[str, str]]) -> None:
    """Write pairs as the chain reads them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(path, "wt", encoding="utf-8", preset=1) as out:
        out.writelines(f"{a}\t{b}\n" for a, b in pairs)


def prepared_at(data: Path, out: Path, pair: str = "de-en", options: Preparation = SMALL) -> tuple[Path, list[str]]:
    said: list[str] = []
    prepare.prepare(data, recipe.read(pair, data / "list.toml"), out, options, said.append)
    return out, said


CARRIED = ("pipeline/__init__.py", "pipeline/errors.py", "pipeline/translate/training")


def carried_to(folder: Path) -> Path:
    """The files that docs/training.md says to take along to the GPU machine."""
    for name in CARRIED:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(ROOT / name, target) if (ROOT / name).is_dir() else shutil.copyfile(ROOT / name, target)
    return folder


def without(*modules: str) -> str:
    """Python that runs the chain where these modules cannot be imported."""
    return (
        f"import sys; sys.modules.update(dict.fromkeys({modules!r}))\n"
        "from pipeline.translate.training.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )


ONLY_HERE = ("sentencepiece", "opencc", "ctranslate2", "regex", "sacrebleu", "argostranslate", "py3langid")


def run_carried(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", without(*ONLY_HERE), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
