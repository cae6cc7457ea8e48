"""Finding articles, with the stock as it is here: what the hub knew plus what we did since."""

from __future__ import annotations

from dataclasses import replace

from pos_app.domain.barcode import read
from pos_app.domain.errors import Unavailable
from pos_app.store.catalogue import Article
from pos_app.till.favourites import marked
from pos_app.till.till import Till

__all__ = [
    "SHOWN",
    "Article",
    "by_code",
    "by_sku",
    "department",
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
