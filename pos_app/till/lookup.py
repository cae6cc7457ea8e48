"""Finding articles, with the stock as it is here: what the hub knew plus what we did since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pos_app.domain.barcode import read
from pos_app.domain.errors import Unavailable
from pos_app.store.catalogue import Article
from pos_app.till import stores
from pos_app.till.favourites import marked
from pos_app.till.stores import Shop
from pos_app.till.till import Till, age_s

__all__ = [
    "SHOWN",
    "Article",
    "Elsewhere",
    "by_code",
    "by_sku",
    "by_skus",
    "department",
    "elsewhere",
    "favourites",
    "nearby",
    "search",
    "sold_best",
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


def sold_best(till: Till, name: str, limit: int = SHOWN) -> list[Article]:
    """What of a department sold here, best first."""
    return _here(till, till.catalogue.sold_best(name, limit))


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


NOWHERE: Final = Shop("")
"""A store of which nobody said anything."""


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
    reserved: int = 0
    """Promised to somebody who has not fetched it."""
    coming: int = 0
    coming_day: str = ""
    """The day the first of it should be there; empty where nobody said."""
    shop: Shop = NOWHERE
    """What that store says of itself."""

    @property
    def free(self) -> int:
        """What could be sold of it, thousandths."""
        return max(0, self.on_hand - self.reserved)


def elsewhere(till: Till, sku: str) -> list[Elsewhere]:
    """What the other stores have of a product, by store.

    While the hub hears a store its number is as fresh as our own contact with the hub: a product
    that does not move is not old.
    """
    shops, silent = stores.every(till), stores.silent_since(till)
    now, found, as_of = till.hub_now(), [], till.catalogue.as_of
    for held in till.catalogue.in_stores(sku):
        store = held.store
        if store == till.identity.store:
            continue
        known = silent.get(store) or max(as_of, held.as_of)
        shop = shops.get(store, NOWHERE)
        found.append(
            Elsewhere(
                store,
                held.on_hand,
                max(0, int(age_s(known, now))),
                store in silent,
                *(shop.name, shop.place),
                reserved=held.reserved,
                coming=held.coming,
                coming_day=held.coming_day,
                shop=shop,
            )
        )
    return found


def nearby(till: Till, skus: Sequence[str]) -> dict[str, int]:
    """SKU -> what the other stores could sell of it together, of these products."""
    return till.catalogue.elsewhere_sums(skus, till.identity.store) if skus else {}


def by_skus(till: Till, skus: Iterable[str]) -> dict[str, Article]:
    """The same for many at once; those that are not known are left out."""
    found = till.catalogue.by_skus(skus)
    return dict(zip(found, _here(till, list(found.values())), strict=True))


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
