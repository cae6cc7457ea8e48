"""A product in the stores: how many each has, and how old that number is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from pos_app.domain.catalogue import PIECE
from pos_app.domain.money import MILLI
from pos_app.presenters.views import dotted
from pos_app.till import lookup
from pos_app.words import _, clock, date_of, number, quantity

if TYPE_CHECKING:
    from pos_app.presenters.desk import Desk
    from pos_app.till.lookup import Article, Elsewhere

SHOWN: Final = 12
"""More stores than that are a list for head office."""


class StoreView(msgspec.Struct, frozen=True):
    """A store and what it has."""

    name: str
    detail: str
    count: str
    as_of: str
    old: bool = False
    """True where the store is silent: its number is as old as the silence."""
    none: bool = False
    here: bool = False

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        words = _("as of {time}").format(time=self.as_of) if self.as_of else ""
        return ", ".join(part for part in (self.name, self.count, words, self.detail) if part)


def stores(desk: Desk, article: Article) -> tuple[StoreView, ...]:
    """Our own store first, then who has most; nothing where no other store is known."""
    others = lookup.elsewhere(desk.till, article.product.sku)
    if not others:
        return ()
    others = sorted(others, key=_nearest)[:SHOWN]
    return (_here(article), *(_view(desk, article, each) for each in others))


def in_all(desk: Desk, article: Article) -> int | None:
    """Thousandths in all stores together; None where no other store is known."""
    rows = desk.till.catalogue.stock(article.product.sku)
    others = [max(0, on_hand) for store, on_hand, _at in rows if store != desk.till.identity.store]
    return sum(others) + max(0, article.on_hand or 0) if others else None


def _nearest(each: Elsewhere) -> tuple[bool, bool, int, str]:
    """What can be had now comes first; a silent store's number promises nothing."""
    return each.on_hand <= 0, each.silent, -each.on_hand, each.store


def _here(article: Article) -> StoreView:
    count = "?" if article.on_hand is None else count_of(article, article.on_hand)
    none = article.on_hand is not None and article.on_hand <= 0
    return StoreView(_("This store"), "", count, _("now"), none=none, here=True)


def _view(desk: Desk, article: Article, each: Elsewhere) -> StoreView:
    moment = desk.till.hub_now() - timedelta(seconds=each.age_s)
    today = date_of(moment, desk.zone) == date_of(desk.till.hub_now(), desk.zone)
    return StoreView(
        each.name or _("Store {number}").format(number=each.store),
        _detail(each),
        count_of(article, each.on_hand),
        (clock if today else date_of)(moment, desk.zone),
        each.silent,
        each.on_hand <= 0,
    )


def _detail(each: Elsewhere) -> str:
    """Where it is, and that nobody hears it."""
    parts = [each.place] if each.name and each.place else []
    return dotted(*parts, _("not reachable")) if each.silent else "".join(parts)


def count_of(article: Article, on_hand: int) -> str:
    """A quantity as this product is counted, never below nothing."""
    left = max(0, on_hand)
    if article.product.unit == PIECE:
        return number(left // MILLI)
    return quantity(left, article.product.unit)
