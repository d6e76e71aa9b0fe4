"""Dataclasses to JSON and back, by their type hints; nothing is ever unpickled."""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def dump(value: Any) -> Any:
    """A value made of dataclasses, tuples, sets and mappings as plain JSON data."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: dump(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: dump(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(dump(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [dump(item) for item in value]
    return value


def load(kind: type[T], data: Any) -> T:
    """The value of type `kind` that `dump` made `data` of.

    Raises TypeError, ValueError or KeyError where the data does not fit.
    """
    return _load(kind, data)  # type: ignore[no-any-return]


def _load(kind: Any, data: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if data is None:
            return None
        return _load(next(option for option in arguments if option is not type(None)), data)
    if origin is Literal:
        if data not in arguments:
            raise ValueError(f"{data!r} is none of {arguments}")
        return data
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        return kind(**{name: _load(hints[name], item) for name, item in data.items()})  # type: ignore[operator]
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_load(arguments[0], item) for item in data)
        return tuple(_load(argument, item) for argument, item in zip(arguments, data, strict=True))
    if origin in (frozenset, list):
        return origin(_load(arguments[0], item) for item in data)
    if origin is not None and issubclass(origin, Mapping):
        return {key: _load(arguments[1], item) for key, item in data.items()}
    if origin is not None and issubclass(origin, Sequence):
        return [_load(arguments[0], item) for item in data]
    return data


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
