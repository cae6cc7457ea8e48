"""Bugs that the simulation must find: each is put into the real code for the length of one run.

The program itself has no branch for any of them. What a plant replaces it replaces here, and only
the simulation can. The table says in which profile a bug is looked for and within how many seeds it
was always found; a bug that outlives its seeds means that the promises or the profiles are too weak.

Not in this table, because nothing here tears pages: `synchronous=NORMAL`. The power cuts
(`tests/power`) find it, as they must.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Final

from sync.simulation import (
    plants_engine,
    plants_hub,
    plants_orders,
    plants_rights,
    plants_store,
    plants_values,
)
from sync.simulation.ports import replaced

Replacement = tuple[Any, str, Any]
"""Whose, which name, and what stands there instead."""


@dataclass(frozen=True, slots=True)
class Plant:
    """One bug."""

    name: str
    told: str
    profile: str
    """Where it is looked for."""
    seeds: int
    """Within so many of that profile's seeds, from 0 on, it has to be found."""
    make: Callable[[], list[Replacement]]


def _table() -> dict[str, Plant]:
    rows: tuple[Any, ...] = (
        *plants_hub.ROWS,
        *plants_engine.ROWS,
        *plants_store.ROWS,
        *plants_rights.ROWS,
        *plants_orders.ROWS,
        *plants_values.ROWS,
    )
    return {name: Plant(name, *rest) for name, *rest in rows}


PLANTS: Final[dict[str, Plant]] = _table()


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The real code with that bug in it; an empty name plants nothing."""
    if not name:
        with nullcontext():
            yield
        return
    with ExitStack() as stack:
        for owner, what, stand_in in PLANTS[name].make():
            stack.enter_context(replaced(owner, what, stand_in))
        yield
