"""Argos packages: which are there, and which of them lead from a language to English.

An Argos package is a folder with `metadata.json`, a CTranslate2 model in `model/` and either
`sentencepiece.model` or `bpe.model`; an `.argosmodel` file is that folder as a zip archive.

`argostranslate.package` is not imported here: importing it creates four folders in the user's
home, and it reads metadata without checking it. What makes a package Argos' own, its tokenizers,
comes from `argostranslate.tokenizer`, which does neither (see `engine`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import regex

from pipeline.errors import UserError
from pipeline.language import Language
from pipeline.settings import Settings
from pipeline.translate import archive

SUFFIX = ".argosmodel"
STARTER_FOLDER = Path(__file__).parent / "starter"
PIVOT = Language("en")

Place = Literal["models", "argos", "starter"]
_KEYS = ("from_code", "to_code", "package_version", "target_prefix", "normalisation")
_VERSION = regex.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,31}")
_CODE = regex.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}")


@dataclass(frozen=True, slots=True)
class Package:
    """A package that lies somewhere: `location` is its folder, or its `.argosmodel` file."""

    location: Path
    source: Language
    target: Language
    version: str
    target_prefix: str = ""
    normalisation: str = ""  # the rules that its training text went through (see `normalise`)
    place: Place = "argos"

    @property
    def pair(self) -> str:
        """The pair in Argos' codes: "zh-en"."""
        return f"{self.source.argos}-{self.target.argos}"

    @property
    def name(self) -> str:
        """What a reader is shown: "argos de-en 1.0", or "starter de-en 1.0" for our own."""
        return f"{'starter' if self.place == 'starter' else 'argos'} {self.pair} {self.version}"


def read(location: Path, place: Place = "argos") -> Package:
    """The package in a folder or an `.argosmodel` file, from its metadata alone.

    Raises UserError where the metadata is missing or says something impossible.
    """
    try:
        if location.is_dir():
            path = location / "metadata.json"
            if not path.is_file():
                raise UserError(f"{location} is no Argos package: it has no metadata.json.")
            data = path.read_bytes()[: archive.MAX_METADATA]
        else:
            data = archive.metadata(location)
        values = json.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise UserError(f"{location} cannot be read: {error.strerror or error}; check the file.") from None
    except (ValueError, RecursionError):
        raise UserError(f"{location} is no Argos package: its metadata.json is no JSON; get it again.") from None
    return _from_metadata(values, location, place)


def _from_metadata(values: object, location: Path, place: Place) -> Package:
    if not isinstance(values, Mapping):
        raise UserError(f"{location} is no Argos package: its metadata.json is no JSON object; get it again.")
    if values.get("type", "translate") != "translate":
        raise UserError(f"{location} is a package of type {values.get('type')!r}; only translation packages are used.")
    found = {key: values.get(key, "") for key in _KEYS}
    if not all(isinstance(value, str) for value in found.values()):
        raise UserError(f"{location} has metadata that is not text; get the package again.")
    if not _CODE.fullmatch(found["from_code"]) or not _CODE.fullmatch(found["to_code"]):
        raise UserError(f"{location} does not name its languages in metadata.json; get the package again.")
    if not _VERSION.fullmatch(found["package_version"]):
        raise UserError(f"{location} has no usable package_version in metadata.json; get the package again.")
    return Package(
        location,
        Language.parse(found["from_code"]),
        Language.parse(found["to_code"]),
        found["package_version"],
        found["target_prefix"],
        found["normalisation"],
        place,
    )


def argos_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Where Argos Translate keeps its packages, found as its own settings module finds it:
    `ARGOS_PACKAGES_DIR`, then its settings.json, then `argos-translate/packages` in the user's data folder."""
    env = os.environ if environment is None else environment
    home = Path(env["SNAP_USER_DATA"]) if env.get("SNAP") and env.get("SNAP_USER_DATA") else Path.home()
    configuration = Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "argos-translate" / "settings.json"
    stated: object = env.get("ARGOS_PACKAGES_DIR")
    if not stated:
        try:
            stated = json.loads(configuration.read_text(encoding="utf-8")).get("ARGOS_PACKAGES_DIR")
        except (OSError, ValueError, AttributeError):
            stated = None
    if isinstance(stated, str) and stated:
        return Path(stated).expanduser()
    return Path(env.get("XDG_DATA_HOME") or home / ".local" / "share") / "argos-translate" / "packages"


def folders(settings: Settings) -> list[tuple[Path, Place]]:
    """The folders in which packages are looked for, the best first."""
    own: list[tuple[Path, Place]] = [(settings.models, "models")] if settings.models else []
    return [*own, (argos_folder(), "argos"), (STARTER_FOLDER, "starter")]


def installed(settings: Settings) -> tuple[list[Package], list[str]]:
    """All packages, the best first, and a sentence for each that is broken.

    Raises UserError where the folder that the settings name is not there.
    """
    if settings.models and not settings.models.is_dir():
        raise UserError(f"The folder of models {settings.models} does not exist; correct the setting 'models'.")
    packages: list[Package] = []
    problems: list[str] = []
    for folder, place in folders(settings):
        for location in _candidates(folder):
            try:
                packages.append(read(location, place))
            except UserError as error:
                problems.append(str(error))
    return packages, problems


def _candidates(folder: Path) -> Iterable[Path]:
    """The packages in a folder by name; the folder itself, where it is an unpacked package."""
    if not folder.is_dir():
        return []
    if (folder / "metadata.json").is_file():
        return [folder]
    return sorted(
        path
        for path in folder.iterdir()
        if not path.name.startswith(".")
        and (path.suffix == SUFFIX if path.is_file() else path.is_dir() and (path / "metadata.json").exists())
    )


def route(packages: Sequence[Package], source: Language, target: Language = PIVOT) -> tuple[Package, ...] | None:
    """The shortest chain of packages from a language to another, as Argos pivots; None if there is none.

    For each pair the first package of its place counts, the newest where there are several.
    Chinese of either script goes through the `zh` package if there is one, through `zt` otherwise:
    the caller converts the script.
    """
    best: dict[tuple[str, str], Package] = {}
    for package in packages:
        known = best.get((package.source.argos, package.target.argos))
        newer = known and known.place == package.place and _order(package.version) > _order(known.version)
        if known is None or newer:
            best[package.source.argos, package.target.argos] = package
    starts, goals = _codes(source), _codes(target)
    paths: list[tuple[Package, ...]] = [(package,) for code in starts for (a, _), package in best.items() if a == code]
    seen = set(starts)
    while paths:
        for path in paths:
            if path[-1].target.argos in goals:
                return path
        ends = {path[-1].target.argos for path in paths}
        paths = [
            (*path, package)
            for path in paths
            for (a, b), package in best.items()
            if a == path[-1].target.argos and a not in seen and b not in seen
        ]
        seen |= ends
    return None


def _codes(language: Language) -> list[str]:
    """Argos codes that stand for a language, the preferred first."""
    if language.base == "zh":
        return ["zh", "zt"]
    if language.base == "pt":
        return [language.argos, *({"pt", "pb"} - {language.argos})]
    return [language.argos]


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in regex.findall(r"[0-9]+", version))
