"""What the hub offers this store's customers, in memory: promotions, coupons, labels' patterns.

An open basket keeps what it began with. Its lines keep the price they were scanned at, and the
promotions that were in force when its first line was scanned stay its rules, whatever comes down
meanwhile and also past midnight: nobody's total moves while they look for their purse. A coupon
given later takes the newest rules, because the customer asks for it; so does a basket that is
opened again after the program was started anew, and then its total is said.

A coupon that is good once is promised once while the hub answers: every till hears of its use.
Without the hub it is promised once at each till, and head office is told of the second one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from pos_app.domain.basket import Basket, with_coupon
from pos_app.domain.errors import Refused
from pos_app.domain.label import Pattern
from pos_app.domain.promotion import NO_PROMOTIONS, Promotion, Promotions, coupon_key
from pos_app.domain.store import Store
from pos_app.store.catalogue import Catalogue
from sync.protocol import PromotionRow, promotion_of

COUPON = "coupon"
"""Kind under which the ledger keeps the day a coupon for one use was used here."""
PINNED_MAX = 64

_row = msgspec.json.Decoder(PromotionRow)


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon somebody may come with."""

    rule: Promotion
    active: bool


@dataclass(slots=True)
class Offers:
    """The rules now, and those that open baskets began with."""

    now: Promotions = NO_PROMOTIONS
    patterns: tuple[Pattern, ...] = ()
    coupons: Mapping[str, list[Coupon]] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)
    """Id of a promotion whose coupon is good once -> the day it was used at this till."""
    _pinned: dict[str, Promotions] = field(default_factory=dict)
    _known: object = None

    def look(self, catalogue: Catalogue, store: Store | None) -> bool:
        """Reads what the replica has now; True where it is another set than before."""
        rows = catalogue.rows("promotion")
        known = (rows, store)
        if store is None or known == self._known:
            return False
        self._known = known
        rules: list[Promotion] = []
        coupons: dict[str, list[Coupon]] = {}
        for _, body in rows:
            try:
                row = _row.decode(body)
                rule = promotion_of(row)
            except (ValueError, msgspec.MsgspecError):
                continue  # of a newer hub: a kind this program does not know is not given
            if rule.stores and store.store_id not in rule.stores:
                continue
            if row.active:
                rules.append(rule)
            if rule.coupon:
                coupons.setdefault(coupon_key(rule.coupon), []).append(Coupon(rule, row.active))
        basis = {"global": catalogue.cursors().get("global", ("", 0))[1]} if rules else {}
        self.now = Promotions(tuple(rules), store.zone, store.store_id, basis)
        self.coupons = coupons
        self.patterns = tuple(_patterns(store))
        return True

    def of(self, basket: Basket) -> Promotions:
        """The rules of a basket: those it began with."""
        pinned = self._pinned.get(basket.basket_id)
        if pinned is None:
            pinned = self.now
            if basket.lines:
                self._pin(basket, pinned)
        return pinned

    def _pin(self, basket: Basket, rules: Promotions) -> None:
        self._pinned.pop(basket.basket_id, None)
        while len(self._pinned) >= PINNED_MAX:
            self._pinned.pop(next(iter(self._pinned)))
        self._pinned[basket.basket_id] = rules

    def attach(self, basket: Basket, code: str, business_date: str) -> Basket | None:
        """The basket with a coupon on it; None where the code is none.

        Raises Refused("coupon_over" | "coupon_not_yet" | "coupon_used", day=…).
        """
        known = self.coupons.get(coupon_key(code))
        if not known:
            return None
        faults = [self._fault(each, business_date) for each in known]
        good = [each for each, fault in zip(known, faults, strict=True) if fault is None]
        if not good:
            raise next(fault for fault in faults if fault is not None)
        self._pin(basket, self.now)
        return with_coupon(basket, good[0].rule.coupon)

    def check(self, basket: Basket) -> None:
        """Refuses a basket whose coupon was used meanwhile: Refused("coupon_used", day=…)."""
        for code in basket.coupons:
            for each in self.coupons.get(coupon_key(code), ()):
                if each.rule.single_use and each.rule.promotion_id in self.used:
                    raise Refused("coupon_used", day=self.used[each.rule.promotion_id], coupon=code)

    def _fault(self, coupon: Coupon, today: str) -> Refused | None:
        rule = coupon.rule
        used = rule.used_on or self.used.get(rule.promotion_id, "")
        if rule.single_use and used:
            return Refused("coupon_used", day=used, coupon=rule.coupon)
        if rule.valid_to and today > rule.valid_to:
            return Refused("coupon_over", day=rule.valid_to, coupon=rule.coupon)
        if not coupon.active:
            return Refused("coupon_ended", coupon=rule.coupon)
        if rule.valid_from and today < rule.valid_from:
            return Refused("coupon_not_yet", day=rule.valid_from, coupon=rule.coupon)
        return None


def _patterns(store: Store) -> list[Pattern]:
    found = []
    for text in store.label_patterns:
        try:
            found.append(Pattern.parse(text))
        except Refused:
            continue  # the hub checked it; a newer one may know more marks
    return found
