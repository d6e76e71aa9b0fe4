"""The data list (data.toml): which texts a model is trained on, how much each counts, whose they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline import toml
from pipeline.errors import UserError

DATA_LIST = Path(__file__).with_name("data.toml")
LANGUAGES = {"de": "German", "zh": "Chinese", "en": "English"}


@dataclass(frozen=True)
class Weight:
    """How often a pair of a class is drawn, as against the others, as training goes on."""

    start: float
    end: float


@dataclass(frozen=True)
class Text:
    """One file of the data list. `script` is an OpenCC configuration, used for Chinese only."""

    file: str
    kind: str  # its class
    what: str
    origin: str
    licence: str
    held: int = 0
    script: str = "t2s"


@dataclass(frozen=True)
class Recipe:
    """What the data list says for one language pair, texts in its order."""

    source: str
    target: str
    classes: dict[str, Weight]
    texts: tuple[Text, ...]

    @property
    def pair(self) -> str:
        return f"{self.source}-{self.target}"


def read(pair: str, path: Path = DATA_LIST) -> Recipe:
    """The recipe of a pair such as "de-en". Raises UserError for a pair or a list that is not there or not right."""
    source, _, target = pair.partition("-")
    if source not in LANGUAGES or target != "en" or source == "en":
        raise UserError(f"{pair!r} is no pair that this chain trains; it trains de-en and zh-en.")
    values = _toml(path)
    try:
        weights = {**values["classes"], **values.get("weights", {}).get(pair, {})}
        classes = {name: Weight(float(w["start"]), float(w["end"])) for name, w in weights.items()}
        texts = tuple(_text(entry) for entry in values["texts"] if pair in entry["pairs"])
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} is no data list: {error} is missing or wrong; compare it with {DATA_LIST}.") from None
    if not texts:
        raise UserError(f"{path} lists no text for {pair}; add one.")
    for text in texts:
        if text.kind not in classes:
            raise UserError(f"{path} gives {text.file} the class {text.kind!r}, which it does not define; define it.")
    return Recipe(source, target, classes, texts)


def with_files(recipe: Recipe, names: list[str]) -> Recipe:
    """The recipe with only the texts of these names."""
    unknown = sorted(set(names) - {text.file for text in recipe.texts})
    if unknown:
        raise UserError(f"The data list has no text {unknown[0]!r} for {recipe.pair}; check the name.")
    return replace(recipe, texts=tuple(text for text in recipe.texts if text.file in names))


def _text(entry: dict[str, Any]) -> Text:
    known = {"file", "pairs", "class", "what", "origin", "licence", "held", "script"}
    if unknown := sorted(set(entry) - known):
        raise ValueError(f"the key {unknown[0]!r}")
    return Text(
        file=entry["file"],
        kind=entry["class"],
        what=entry["what"],
        origin=entry["origin"],
        licence=entry["licence"],
        held=int(entry.get("held", 0)),
        script=entry.get("script", "t2s"),
    )


def _toml(path: Path) -> dict[str, Any]:
    try:
        return dict(toml.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, toml.TOMLDecodeError) as error:
        raise UserError(f"{path} is no readable data list: {error}; mend it or leave --list away.") from None
