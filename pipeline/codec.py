"""Dataclasses to JSON and back, by their type hints; nothing is ever unpickled."""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_PLAIN = (str, int, float, bool, type(None))


def dump(value: Any) -> Any:
    """A value made of dataclasses, tuples, sets and mappings as plain JSON data."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list:
        return [dump(item) for item in value]
    if (names := _names(kind)) is not None:  # type: ignore[arg-type]
        return {name: dump(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {key: dump(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(dump(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [dump(item) for item in value]
    return value


@functools.cache
def _names(kind: type) -> tuple[str, ...] | None:
    """The names of a dataclass's fields, None for any other class."""
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None


def load(kind: type[T], data: Any) -> T:
    """The value of type `kind` that `dump` made `data` of.

    Raises TypeError, ValueError or KeyError where the data does not fit.
    """
    return _loader(kind)(data)  # type: ignore[no-any-return, arg-type]


@functools.cache
def _loader(kind: Any) -> Callable[[Any], Any]:
    """The function that makes a `kind` of plain data; worked out once for a type, since values are many."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        inner = _loader(next(option for option in arguments if option is not type(None)))
        return lambda data: None if data is None else inner(data)
    if origin is Literal:
        return lambda data: _one_of(arguments, data)
    if dataclasses.is_dataclass(kind):
        # Types that refer to themselves are looked up when they are met.
        hints = get_type_hints(kind)
        return lambda data: kind(**{name: _loader(hints[name])(item) for name, item in data.items()})  # type: ignore[operator]
    if origin is tuple and not (len(arguments) == 2 and arguments[1] is Ellipsis):
        loaders = [_loader(argument) for argument in arguments]
        return lambda data: tuple(load(item) for load, item in zip(loaders, data, strict=True))
    if origin in (tuple, frozenset, list):
        inner, make = _loader(arguments[0]), origin
        return lambda data: make(map(inner, data))
    if origin is not None and issubclass(origin, Mapping):
        inner = _loader(arguments[1])
        return lambda data: {key: inner(item) for key, item in data.items()}
    if origin is not None and issubclass(origin, Sequence):
        inner = _loader(arguments[0])
        return lambda data: [inner(item) for item in data]
    return lambda data: data


def _one_of(options: tuple[Any, ...], data: Any) -> Any:
    if data not in options:
        raise ValueError(f"{data!r} is none of {options}")
    return data
