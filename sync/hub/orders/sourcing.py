"""Which store does what of an order: the pickup store what it can promise, others the rest.

What is decided here is promised at once and under lock, so two orders never get the same piece. What
no store can promise stays with the store that was asked, as short, and a person is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import bindparam, select

from sync.hub import accounts, atp, reservations, rights, schema
from sync.hub.database import Connection, Statement
from sync.hub.orders import service
from sync.protocol.orders import BRING, PICKUP, SHIP

ASKED_AT_ONCE: Final = 20
"""So many stores are looked at for one order."""
TTL_S: Final = 30 * 86_400

_s = schema.stock.c
_WHO_HAS = Statement(
    "sku above",
    select(_s.store_id, _s.on_hand)
    .where(_s.sku == bindparam("sku"), _s.on_hand > bindparam("above"))
    .order_by(_s.on_hand.desc(), _s.store_id),
)


@dataclass(frozen=True, slots=True)
class Need:
    """So much of a product; `line` is the platform's id of what was ordered."""

    line: str
    sku: str
    qty: int


@dataclass(slots=True)
class Plan:
    """A part to be made: what one store promises, and what it was asked for and has not."""

    store_id: str
    way: str
    to_store: str = ""
    goods: dict[str, int] = field(default_factory=dict)
    """Line -> thousandths that are there."""
    short: dict[str, int] = field(default_factory=dict)

    def give(self, line: str, qty: int) -> None:
        """So much of a line is this store's to get."""
        if qty:
            self.goods[line] = self.goods.get(line, 0) + qty


def plans(
    connection: Connection,
    needs: Sequence[Need],
    store_id: str,
    way: str,
    now: dt.datetime,
    *,
    to_store: str = "",
    without: Iterable[str] = (),
    split: bool | None = None,
) -> list[Plan]:
    """Who does what. `store_id` is asked first; empty for whoever has it, which is how parcels go.

    `without` are stores that are not to be asked. Lines of unknown products go to the first store.
    """
    barred = set(without)
    if not store_id:
        return _anywhere(connection, needs, way, to_store, barred, now)
    own = Plan(store_id, way, to_store)
    left = [need for need in needs if need.sku]
    for need in needs:
        if not need.sku:
            own.give(need.line, need.qty)
    left = _from(connection, own, left, now)
    found = [own]
    others = service.of(connection, store_id).when_short == service.SPLIT
    if left and (others if split is None else split):
        bring, target = (SHIP, "") if way == SHIP else (BRING, to_store or store_id)
        more = _anywhere(connection, left, bring, target, barred | {store_id}, now)
        for one in more:
            one.short.clear()  # told of the store that was asked, once
        found += [one for one in more if one.goods]
        given = {line: sum(one.goods.get(line, 0) for one in more) for line in _lines(left)}
        left = [Need(n.line, n.sku, n.qty - given.get(n.line, 0)) for n in left]
    own.short = {need.line: need.qty for need in left if need.qty}
    return [one for one in found if one.goods or one.short]


def _lines(needs: Iterable[Need]) -> list[str]:
    return [need.line for need in needs]


def _anywhere(
    connection: Connection,
    needs: Sequence[Need],
    way: str,
    to_store: str,
    barred: set[str],
    now: dt.datetime,
) -> list[Plan]:
    """Stores that send: one that has all of it before several that have some."""
    left, found = list(needs), list[Plan]()
    unknown = [need for need in left if not need.sku]
    left = [need for need in left if need.sku]
    for store_id in _order(connection, left, barred, now):
        if not left:
            break
        plan = Plan(store_id, way, to_store)
        left = _from(connection, plan, left, now)
        if plan.goods:
            found.append(plan)
    if (unknown or left) and not found:
        found.append(Plan("", way, to_store))
    for need in unknown:
        found[0].give(need.line, need.qty)
    for need in left:
        found[0].short[need.line] = need.qty
    return found


def _order(
    connection: Connection, needs: Sequence[Need], barred: set[str], now: dt.datetime
) -> list[str]:
    """Stores that have any of it and send, those that have most of the whole first."""
    sends = {one.store_id for one in service.every(connection) if one.ships} - barred
    most: dict[str, list[int]] = {}
    for sku in {need.sku for need in needs}:
        wanted = sum(need.qty for need in needs if need.sku == sku)
        stores = [row for row in connection.all(_WHO_HAS, (sku, 0)) if row[0] in sends]
        for store_id, _ in stores[:ASKED_AT_ONCE]:
            free = accounts.available(connection, "stock", atp.account(store_id, sku), now)
            both = most.setdefault(store_id, [0, 0])
            both[0] += min(max(free, 0), wanted)
            both[1] += max(free, 0)
    useful = [(covered, free, store) for store, (covered, free) in most.items() if covered]
    return [store for _, _, store in sorted(useful, key=lambda one: (-one[0], -one[1], one[2]))]


def _from(
    connection: Connection, plan: Plan, needs: Sequence[Need], now: dt.datetime
) -> list[Need]:
    """Gives a plan what its store can promise, locked; what is left of the needs."""
    skus = sorted({need.sku for need in needs})
    names = {sku: atp.account(plan.store_id, sku) for sku in skus}
    accounts.lock(connection, [("stock", name) for name in names.values()])
    free = {
        sku: max(accounts.available(connection, "stock", name, now), 0)
        for sku, name in names.items()
    }
    left = []
    for need in needs:
        # Whole pieces only, where whole pieces were ordered.
        step = 1_000 if need.qty % 1_000 == 0 else 1
        given = min(need.qty, free[need.sku]) // step * step
        plan.give(need.line, given)
        free[need.sku] -= given
        if given < need.qty:
            left.append(Need(need.line, need.sku, need.qty - given))
    return left


def promise(
    connection: Connection,
    reservation: str,
    store_id: str,
    goods: Sequence[tuple[str, int]],
    reference: str,
    now: dt.datetime,
) -> None:
    """The goods are this part's. Told again under the same id they are promised once.

    Raises LookupError where the store has not got them: what was planned was not under lock.
    """
    sums: dict[str, int] = {}
    for sku, qty in goods:
        sums[sku] = sums.get(sku, 0) + qty
    lines = tuple(sorted((sku, qty) for sku, qty in sums.items() if sku and qty > 0))
    asked = repr(lines).encode()
    wanted = reservations.wanted(reservation, store_id, lines, TTL_S, asked)
    right = reservations.reserve_here(connection, wanted, reference, now)
    if right.state == rights.REFUSED:
        raise LookupError(reservation)


__all__ = ["BRING", "PICKUP", "SHIP", "Need", "Plan", "plans", "promise"]
