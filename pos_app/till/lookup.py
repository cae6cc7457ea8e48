"""Finding articles, with the stock as it is here: what the hub knew plus what we did since."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from pos_app.domain.barcode import read
from pos_app.domain.errors import Unavailable
from pos_app.store.catalogue import Article
from pos_app.till.favourites import marked
from pos_app.till.till import Till, age_s
from sync.protocol import StoreHeardRow, StoreNameRow

__all__ = [
    "SHOWN",
    "Article",
    "Elsewhere",
    "by_code",
    "by_sku",
    "department",
    "elsewhere",
    "favourites",
    "search",
    "variants",
]

SHOWN = 60
"""Articles a list shows: more is not read by anybody."""


def search(till: Till, text: str, limit: int = SHOWN) -> list[Article]:
    """Articles for what was typed, best first. Empty where this till has no catalogue."""
    return _here(till, till.catalogue.search(text, limit))


def favourites(till: Till, limit: int = SHOWN) -> list[Article]:
    """What a person marked at this till, then what this store sells most."""
    best = till.catalogue.favourites(limit)
    first = marked(till)
    if first:
        known = {each.product.sku for each in first}
        best = [*first, *(each for each in best if each.product.sku not in known)][:limit]
    return _here(till, best)


def department(till: Till, name: str, limit: int = SHOWN) -> list[Article]:
    """The articles of a department."""
    return _here(till, till.catalogue.department(name, limit))


def variants(till: Till, style: str) -> list[Article]:
    """The sizes and colours of a style."""
    return _here(till, till.catalogue.variants(style))


def by_code(till: Till, raw: str) -> Article | None:
    """The article a code names, for a price check.

    Raises Refused("code_…"), Unavailable("catalogue_in_part") where it may be in a damaged part.
    """
    found = till.catalogue.by_code(read(raw).keys)
    if found is None and till.catalogue.broken:
        raise Unavailable("catalogue_in_part", scanned=raw)
    return None if found is None else _here(till, [found])[0]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another store has of a product."""

    store: str
    on_hand: int
    age_s: int
    """For so long the hub may have heard nothing newer of it."""
    silent: bool
    """True where the store is not heard: its number is as old as the silence."""
    name: str = ""
    """What it is called; empty where the hub never said."""
    place: str = ""


def elsewhere(till: Till, sku: str) -> list[Elsewhere]:
    """What the other stores have of a product, by store.

    While the hub hears a store its number is as fresh as our own contact with the hub: a product
    that does not move is not old.
    """
    silent = {row.store: row.silent for row in _heard(till) if row.silent}
    named = {row.store: row for row in _named(till)}
    now, found = till.hub_now(), []
    for store, on_hand, told in till.catalogue.stock(sku):
        if store == till.identity.store:
            continue
        known = silent.get(store) or max(till.catalogue.as_of, told)
        called = named.get(store, StoreNameRow(store, ""))
        found.append(
            Elsewhere(
                *(store, on_hand, max(0, int(age_s(known, now))), store in silent),
                *(called.name, called.place),
            )
        )
    return found


def _named(till: Till) -> list[StoreNameRow]:
    rows = till.catalogue.rows("store_name")
    return [msgspec.json.decode(body, type=StoreNameRow) for _, body in rows]


def _heard(till: Till) -> list[StoreHeardRow]:
    rows = till.catalogue.rows("store_heard")
    return [msgspec.json.decode(body, type=StoreHeardRow) for _, body in rows]


def by_sku(till: Till, sku: str) -> Article | None:
    """The article of a SKU."""
    found = till.catalogue.by_sku(sku)
    return None if found is None else _here(till, [found])[0]


def _here(till: Till, articles: list[Article]) -> list[Article]:
    """With our own movements on top that the hub's stock does not contain yet."""
    moves = till.own_moves()
    if not moves:
        return articles
    return [
        replace(each, on_hand=each.on_hand + moves[each.product.sku])
        if each.on_hand is not None and each.product.sku in moves
        else each
        for each in articles
    ]
