"""Promotions at the hub: kept with every version, told to tills, and compared with what tills gave.

Rows go down the global stream, whatever stores a promotion is for: so a store that is added to
one, or taken out, needs no second message. A till says at which position its rules were; the
rules of that position are what its sale is compared with, so an old sale keeps the rules it was
sold under.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, func, select

from pos_app.domain.errors import Refused
from pos_app.domain.promotion import Promotion, Promotions, check
from pos_app.domain.sale import basket_of, figures_of, promotion_differences
from sync.hub import feed, schema
from sync.hub.database import Connection, Statement, adding, putting
from sync.protocol import PromotionRow, Refunded, Sale, Voided, promotion_of, row_of

KIND: Final = "promotion"
_p, _c, _d = schema.promotion.c, schema.coupon_use.c, schema.product.c
_ALL = Statement(
    "", select(_p.promotion_id, _p.version, _p.pos, _p.active, _p.body).order_by(*_p[:2])
)
_ANY = Statement("", select(func.count()).select_from(schema.promotion))
_PUT = putting(schema.promotion)
_USE = adding(schema.coupon_use, ignore=True)
_USED = Statement(
    "promotion_id coupon",
    select(_c.n, _c.doc_no).where(
        _c.promotion_id == bindparam("promotion_id"), _c.coupon == bindparam("coupon")
    ),
)
_ZONE = Statement(
    "store_id",
    select(schema.store.c.zone).where(schema.store.c.store_id == bindparam("store_id")),
)
ADD_LINE: Final = adding(schema.promotion_line)
_KNOWN = Statement("sku", select(_d.sku).where(_d.sku == bindparam("sku")))
_IN_DEPARTMENT = Statement(
    "department", select(func.count()).where(_d.department == bindparam("department"))
)
_decode = lru_cache(maxsize=2_000)(msgspec.json.Decoder(PromotionRow).decode)


@dataclass(frozen=True, slots=True)
class Kept:
    """One version as it is kept."""

    row: PromotionRow
    pos: int


def every(connection: Connection) -> list[Kept]:
    """All versions, by id and version."""
    return [Kept(_decode(bytes(body)), int(pos)) for _, _, pos, _, body in connection.all(_ALL)]


def latest(connection: Connection) -> dict[str, Kept]:
    """The last version of each, ended ones too."""
    return {kept.row.promotion_id: kept for kept in every(connection)}


def put(connection: Connection, promotion: Promotion, at: str) -> PromotionRow | None:
    """Keeps a promotion and tells the tills; None where it is just as it was.

    Its version is the hub's business. Raises Refused("promotion_bad").
    """
    check(promotion)
    before = latest(connection).get(promotion.promotion_id)
    if before is not None and same(promotion, before.row):
        return None
    version = before.row.version if before else 0
    row = msgspec.structs.replace(row_of(promotion), version=version + 1)
    _tell(connection, row, at)
    return row


def same(promotion: Promotion, row: PromotionRow) -> bool:
    """True where a rule is that of a row; versions aside."""
    return msgspec.structs.replace(row_of(promotion), version=row.version) == row


def end(connection: Connection, promotion_id: str, at: str) -> PromotionRow:
    """Ends a promotion at once; raises Refused("promotion_unknown")."""
    before = latest(connection).get(promotion_id)
    if before is None or not before.row.active:
        raise Refused("promotion_unknown", promotion=promotion_id)
    row = msgspec.structs.replace(before.row, version=before.row.version + 1, active=False)
    _tell(connection, row, at)
    return row


def _tell(connection: Connection, row: PromotionRow, at: str) -> None:
    feed.publish(connection, feed.GLOBAL, KIND, [row])
    pos = feed.positions(connection)[feed.GLOBAL]
    body = msgspec.json.encode(row)
    connection.run(_PUT, (row.promotion_id, row.version, pos, row.active, body, at))


def unknown_goods(connection: Connection, promotion: Promotion) -> list[str]:
    """SKUs and departments a promotion names and the catalogue does not have."""
    found = []
    for part in promotion.goods:
        found += [sku for sku in sorted(part.skus) if connection.one(_KNOWN, (sku,)) is None]
        for name in sorted(part.departments):
            counted = connection.one(_IN_DEPARTMENT, (name,))
            if counted is None or not counted[0]:
                found.append(name)
    return found


@lru_cache(maxsize=256)
def _promotions(rules: tuple[PromotionRow, ...], zone: str, store_id: str) -> Promotions:
    """The rules of a store, with what they have worked out so far."""
    known = []
    for row in rules:
        try:
            known.append(promotion_of(row))
        except ValueError:
            continue  # of a newer hub, before it was put back
    return Promotions(tuple(known), zone, store_id)


@dataclass(slots=True)
class Offers:
    """What a hub knows of promotions while it books the facts of one store's till."""

    connection: Connection
    store_id: str
    _versions: list[Kept] | None = field(default=None)
    lines: list[tuple[object, ...]] = field(default_factory=list)
    """Rows of `promotion_line` of what was booked."""
    used: list[tuple[str, str, int, str, str]] = field(default_factory=list)
    """Rows of `coupon_use`."""

    def at(self, basis: Mapping[str, int]) -> Promotions:
        """The rules that a till at those feed positions had."""
        pos = basis.get(feed.GLOBAL, 0)
        rules: dict[str, PromotionRow] = {}
        for kept in self._kept():
            if kept.pos <= pos:
                rules[kept.row.promotion_id] = kept.row
        found = self.connection.one(_ZONE, (self.store_id,))
        zone = str(found[0]) if found else "UTC"
        active = tuple(row for row in rules.values() if row.active)
        return _promotions(active, zone, self.store_id)

    def _kept(self) -> list[Kept]:
        if self._versions is None:
            counted = self.connection.one(_ANY)
            self._versions = every(self.connection) if counted and counted[0] else []
        return self._versions

    def differences(self, sale: Sale) -> list[str]:
        """Where a sale's promotions are not what the rules of its till gave; empty for equal."""
        if not (sale.promo or self._kept()):
            return []
        rules = self.at(sale.promo_basis or sale.basis)
        if not sale.promo and not any(rules.reach(row.sku, row.department) for row in sale.lines):
            return []
        try:
            return promotion_differences(basket_of(sale), rules, figures_of(sale).priced)
        except ValueError as cause:
            return [f"not computable: {cause}"]

    def book(self, n: int, fact: Sale | Voided | Refunded) -> None:
        """Gathers what reports need: what each promotion took off each line."""
        lines: Sequence[Any] = fact.lines
        for line in lines:
            for promo in getattr(line, "promo", ()):
                self.lines.append(
                    (n, line.line, promo.id, promo.version, promo.label, promo.amount)
                )

    def twice(self, n: int, sale: Sale) -> list[str]:
        """Coupons that are good once and were used before; the others are used from now on."""
        found = []
        once = (
            {kept.row.promotion_id for kept in self._kept() if kept.row.single_use}
            if any(row.coupon for row in sale.promo)
            else set()
        )
        for row in sale.promo:
            if not row.coupon or row.id not in once:
                continue
            before = self.connection.one(_USED, (row.id, row.coupon))
            earlier = [use for use in self.used if use[:2] == (row.id, row.coupon)]
            if before is not None:
                found.append(f"{row.coupon}: used by {before[1]}")
            elif earlier:
                found.append(f"{row.coupon}: used by {earlier[0][4]}")
            else:
                self.used.append((row.id, row.coupon, n, sale.biz_date, sale.doc_no))
        return found

    def write(self, at: str) -> None:
        """Writes what was gathered, and tells every till of coupons that are used up."""
        self.connection.many(ADD_LINE, self.lines)
        if not self.used:
            return
        self.connection.many(_USE, self.used)
        last = latest(self.connection)
        for promotion_id, _, _, biz_date, _ in self.used:
            kept = last[promotion_id]
            if kept.row.active and not kept.row.used_on:
                _mark_used(self.connection, kept.row, biz_date, at)
        self._versions = None


def _mark_used(connection: Connection, row: PromotionRow, biz_date: str, at: str) -> None:
    """The rule is another version from now on: what was sold before keeps the one it had."""
    used = msgspec.structs.replace(row, version=row.version + 1, used_on=biz_date)
    _tell(connection, used, at)
