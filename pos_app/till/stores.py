"""The stores as this till knows them: where they are, when they are open, whether the hub hears them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from pos_app.domain.near import Place, distance_m
from pos_app.domain.pickup import Hours
from pos_app.till.till import Till
from sync.protocol import StoreHeardRow, StoreNameRow

_names = msgspec.json.Decoder(StoreNameRow)
_heards = msgspec.json.Decoder(StoreHeardRow)
_A_DAY: Final = date(2026, 1, 5)
"""Any day: hours that cannot be read fail on it."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A store of the chain, seen from another."""

    store: str
    name: str = ""
    """What it is called; empty where the hub never said."""
    place: str = ""
    distance_m: int | None = None
    """From this store; None where one of the two said nothing of where it is."""
    hours: Hours | None = None
    """None where it did not say when it is open."""
    pickup: bool = True
    ships: bool = True
    silent: str = ""
    """Since when nobody hears it (UTC); empty while it is heard."""


def every(till: Till) -> dict[str, Shop]:
    """Store -> what is known of it, our own too."""
    rows = [_names.decode(body) for _, body in till.catalogue.rows("store_name")]
    silent = {row.store: row.silent for row in _heard(till)}
    here = next((_place(row) for row in rows if row.store == till.identity.store), (0, 0))
    return {row.store: _shop(row, here, silent.get(row.store, "")) for row in rows}


def silent_since(till: Till) -> dict[str, str]:
    """Store -> since when it is not heard; only those that are not."""
    return {row.store: row.silent for row in _heard(till) if row.silent}


def _heard(till: Till) -> list[StoreHeardRow]:
    return [_heards.decode(body) for _, body in till.catalogue.rows("store_heard")]


def _place(row: StoreNameRow) -> Place:
    return row.lat, row.lon


def _shop(row: StoreNameRow, here: Place, silent: str) -> Shop:
    return Shop(
        *(row.store, row.name, row.place),
        distance_m(here, _place(row)),
        _hours(row),
        *(row.pickup, row.ships, silent),
    )


def _hours(row: StoreNameRow) -> Hours | None:
    """None where they cannot be read: a till shows no hours rather than wrong ones."""
    if len(row.hours) != 7 or not row.zone:
        return None
    try:
        found = Hours(row.zone, row.hours, row.days)
        found.end_of_day(_A_DAY)
    except (LookupError, ValueError, OSError):
        return None
    return found
