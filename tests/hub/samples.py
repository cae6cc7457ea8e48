"""One full example of every message, fact and row: each field holds something, and the same always."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any
from zlib import crc32

import msgspec
from msgspec import inspect

from sync import protocol
from sync.hub.desk import ENDPOINTS
from sync.protocol import Fact


def kinds() -> dict[str, type[msgspec.Struct]]:
    """Every structure of the protocol by its name: those of the package, and those of endpoints."""
    found: dict[str, type[msgspec.Struct]] = {}
    for module in pkgutil.iter_modules(protocol.__path__):
        for value in vars(importlib.import_module(f"sync.protocol.{module.name}")).values():
            ours = isinstance(value, type) and issubclass(value, msgspec.Struct)
            if ours and value.__module__.startswith("sync.protocol.") and value is not Fact:
                found[value.__name__] = value
    for endpoint in ENDPOINTS:
        for kind in (endpoint.body, endpoint.reply):
            if kind is not None:
                found[kind.__name__] = kind
    return {name: kind for name, kind in sorted(found.items()) if not name.startswith("_")}


def sample(kind: type[msgspec.Struct]) -> msgspec.Struct:
    """The example of a kind."""
    told: inspect.StructType = inspect.type_info(kind)  # type: ignore[assignment]
    return _struct(told, kind.__name__)


def _struct(told: inspect.StructType, path: str) -> msgspec.Struct:
    values = {field.name: _value(field.type, f"{path}.{field.name}") for field in told.fields}
    if issubclass(told.cls, Fact):
        values |= {"v": 1, "sv": 1}
    made: msgspec.Struct = told.cls(**values)
    return made


def _number(path: str, most: int | None) -> int:
    """Never a default, and another one for each field."""
    return 2 + crc32(path.encode()) % min(9_998, (most or 9_999) - 1)


_OF_PATTERN = {
    r"^[A-Za-z0-9._~:-]{1,64}$": "order-1042",
    "^[A-Z]{3}$": "EUR",
    "^(yes|no|unknown)$": "yes",
    "^(paid|authorized|pending)$": "paid",
    "^(pickup|ship)$": "ship",
}
"""What fits a pattern, and is no default."""

_PLAIN: dict[type[inspect.Type], Callable[[str], Any]] = {
    inspect.AnyType: lambda _: {"any": ["thing", 1, None]},
    inspect.BoolType: lambda _: True,
    inspect.NoneType: lambda _: None,
    inspect.RawType: lambda _: msgspec.Raw(b'[{"any":"bytes","as":"they came"}]'),
}


def _value(told: inspect.Type, path: str) -> Any:
    if type(told) in _PLAIN:
        return _PLAIN[type(told)](path)
    match told:
        case inspect.StrType(pattern=str() as pattern):
            found: Any = _OF_PATTERN[pattern]
        case inspect.StrType():
            found = path.rpartition(".")[2] + " ä€"
        case inspect.IntType():
            found = _number(path, told.le)
        case inspect.StructType():
            found = _struct(told, path)
        case inspect.ListType() | inspect.VarTupleType() | inspect.CollectionType():
            found = [_value(told.item_type, path)]
        case inspect.TupleType():
            found = tuple(_value(each, f"{path}{n}") for n, each in enumerate(told.item_types))
        case inspect.DictType():
            found = {_value(told.key_type, path + "k"): _value(told.value_type, path)}
        case inspect.UnionType():
            found = _value(next(t for t in told.types if t != inspect.NoneType()), path)
        case _:
            raise TypeError(f"{path}: no example of {told}")
    return found
