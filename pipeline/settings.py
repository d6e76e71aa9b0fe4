"""One typed settings object, from `parallax.toml`, the environment and the command line, in that order."""

from __future__ import annotations

import os
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from pipeline import toml
from pipeline.errors import UserError

ENVIRONMENT_PREFIX = "PARALLAX_"
FILE_NAME = "parallax.toml"
# Settings that say how the work is done, on which nothing that is made depends.
MANNER = ("threads", "jobs", "scheduler")
# Settings that say where things lie: what is made depends on what is there and does not name the place.
PLACES = ("models", "memory", "glossary")
_RANGES = {
    "beam": (1, 100),
    "threads": (0, 1000),
    "min_score": (0.0, 1.0),
    "group_score": (0.0, 1.0),
    "topics": (0, 10_000),
}


@dataclass(frozen=True)
class Settings:
    """What a user may set. Each field is a key of `parallax.toml`, an environment variable
    (`PARALLAX_` and the name in capitals) and, where it makes sense, a flag."""

    models: Path | None = None  # a folder of .argosmodel files or unpacked packages, before Argos' own folders
    memory: Path | None = None  # the translation memory to use, instead of the user's own
    glossary: Path | None = None  # a TSV of source term, target term, note
    translate: bool = True  # whether to translate at all
    beam: int = 4  # beam size of the translation engine
    threads: int = 0  # threads of the translation engine; 0 means one for each core
    jobs: int = 0  # processes to work with; 0 means one for each physical core
    scheduler: str = ""  # the address of a Dask scheduler, whose workers then do the work
    min_score: float = 0.6  # links less probable than this are dropped
    group_score: float = 0.3  # links less probable than this make no group; a wrong "not mentioned" costs most there
    topics: int = 0  # how many topics to make; 0 means as many as the text has


def load(folder: Path, environment: Mapping[str, str] | None = None, **flags: Any) -> Settings:
    """Settings from `folder/parallax.toml` if there is one, then the environment, then flags that are not None.

    Raises UserError for an unknown key or a value of the wrong type.
    """
    settings = Settings()
    path = folder / FILE_NAME
    if path.is_file():
        settings = _updated(settings, _toml(path), str(path), base=path.parent)
    values = {
        field.name: environment_value
        for field in fields(Settings)
        if (
            environment_value := (os.environ if environment is None else environment).get(
                ENVIRONMENT_PREFIX + field.name.upper()
            )
        )
    }
    settings = _updated(settings, values, "the environment")
    return _updated(settings, {key: value for key, value in flags.items() if value is not None}, "the command line")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return dict(toml.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is no readable TOML file: {error}; mend it or remove it.") from None


def _updated(settings: Settings, values: Mapping[str, Any], where: str, base: Path | None = None) -> Settings:
    types_of = get_type_hints(Settings)
    converted: dict[str, Any] = {}
    for key, value in values.items():
        if key not in types_of:
            known = ", ".join(sorted(types_of))
            raise UserError(f"{where} sets {key!r}, which Parallax does not know; it knows {known}.")
        try:
            converted[key] = _converted(value, types_of[key], base)
        except (KeyError, TypeError, ValueError):
            raise UserError(f"{where} sets {key} to {value!r}, which is not of the kind it needs.") from None
        least, most = _RANGES.get(key, (None, None))
        if least is not None and not least <= converted[key] <= most:
            raise UserError(f"{where} sets {key} to {value!r}; it can be from {least} to {most}.")
    return replace(settings, **converted)


def _converted(value: Any, kind: Any, base: Path | None) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(option for option in get_args(kind) if option is not type(None))
    if kind is bool:
        if isinstance(value, bool):
            return value
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[str(value).lower()]
    if kind is Path:
        path = Path(value).expanduser()
        return base / path if base and not path.is_absolute() else path
    if (kind is float and isinstance(value, (int, str))) or isinstance(value, str):
        return kind(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError
    return value
