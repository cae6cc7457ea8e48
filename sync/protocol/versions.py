"""Which versions of facts and feed rows this program reads, and how one becomes another.

A hub reads what tills of two releases ago wrote (facts are *raised*), and tells them what they can
read (rows of the feed are *lowered*). Most changes need neither: a new field with a default is no
new version, for unknown fields are passed over and the bytes are kept as they came. A version goes
up only where the same words mean something else.

A body that says no `sv` is of version 1, for ever: `sv` is written only from 2 on.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import msgspec

from sync.protocol.messages import SCHEMA

BACK: Final = 2
"""So many releases back are spoken."""

Raise = Callable[[dict[str, Any]], dict[str, Any]]
Lower = Callable[[Any], Any]

RAISES: Final[dict[str, tuple[Raise, ...]]] = {}
"""Type of fact -> how a body of version 1 is told as version 2, of 2 as 3, and so on.

So a type with n steps is at version n + 1. None of them has a second version so far.
"""

Step = dict[str, Lower | None]
LOWERS: Final[dict[int, Step]] = {}
"""Version of the rows -> kind of row -> how a row of it is told to a reader of the version before.

None where it cannot be told: the stream waits until that till was updated. A kind that is not named
is the same in both; one that did not exist then is passed over by who does not know it.
"""


class TooNew(msgspec.ValidationError):
    """A fact of a version that is not known here: its bytes are kept until it is."""


def highest(tag: str) -> int:
    """The version of a type that is written here."""
    return len(RAISES.get(tag, ())) + 1


def ranges() -> dict[str, tuple[int, int]]:
    """Type -> (lowest, highest) version read here; types that only ever had one are left out."""
    return {tag: (max(1, len(steps) + 1 - BACK), len(steps) + 1) for tag, steps in RAISES.items()}


def reads() -> str:
    """A name for all that can be read here: another one means that more can be."""
    told = repr((sorted(ranges().items()), sorted(_tags()), SCHEMA))
    return sha256(told.encode()).hexdigest()[:16]


def _tags() -> set[str]:
    from typing import get_args

    from sync.protocol.facts import AnyFact

    return {str(kind.__struct_config__.tag) for kind in get_args(AnyFact)}


def raised(body: bytes) -> dict[str, Any]:
    """A body of an older version as one of today's; raises `TooNew`, msgspec.ValidationError.

    Fields nobody here knows stay in it. The bytes themselves are never rebuilt: this is only read.
    """
    told: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
    tag, version = told.get("type"), told.get("sv", 1)
    if not isinstance(tag, str) or type(version) is not int or version < 1:
        raise msgspec.ValidationError("`type` is a text, `sv` a number from 1 on")
    newest = highest(tag)
    if version > newest:
        raise TooNew(f"{tag[:40]} is of version {version}, {newest} is known here")
    for step in RAISES.get(tag, ())[version - 1 :]:
        told = step(told)
    if newest > 1:
        told["sv"] = newest
    return told


class Untold(Exception):
    """A row cannot be told to so old a reader: it waits for an update."""


def lowered(kind: str, rows: bytes, reader: int) -> bytes:
    """The rows of one position as a reader of an older version takes them; raises `Untold`.

    Byte for byte the same where nothing about that kind has changed since.
    """
    steps: list[Lower] = []
    for version in range(SCHEMA, reader, -1):
        if kind not in LOWERS.get(version, {}):
            continue
        lower = LOWERS[version][kind]
        if lower is None:
            raise Untold(kind)
        steps.append(lower)
    if not steps:
        return rows
    told = msgspec.json.decode(rows)
    for lower in steps:
        told = [lower(row) for row in told]
    return msgspec.json.encode(told)
