"""The inbox read: a hint is fetched, an order taken, whatever cannot be read is kept and told.

State, not deltas: an order is fetched as it is now, so hints may come twice, late or in the wrong
order. While the shop is away its hints wait; one that nobody can read stands in nobody's way.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, select

from pos_app.domain.errors import Unavailable
from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.channels import inbox, keeping, mapping, privacy_asks
from sync.hub.channels.adapter import KeyRefused, ShopRefused, ShopUnreachable
from sync.hub.channels.canonical import ChannelOrder
from sync.hub.channels.inbox import Row
from sync.hub.channels.standard import UNREADABLE
from sync.hub.channels.work import (
    AWAY,
    GIVEN_UP,
    KEY,
    ORDER_KIND,
    Pausing,
    Work,
    next_try,
    pause_s,
    shop_answers,
    shop_fails,
    tell_person,
)
from sync.hub.database import Connection, Statement, row_error, storage_error

AT_ONCE: Final = 32
"""Deliveries read in one go."""
TOGETHER: Final = 8
"""Orders booked in one transaction: a sale that comes meanwhile waits for no more of them."""
MISSES_MAX: Final = 3
"""So many in a row without an answer, and the shop is left alone for a while."""
KEY_PAUSE_S: Final = 60.0
PENNIES: Final = 1
"""What rounding may come to for each line; more is no rounding."""


@dataclass(frozen=True, slots=True)
class _Read:
    """An order that was read."""

    row: Row
    order: ChannelOrder
    since: str
    """Before it was fetched: hints up to then are answered by it; empty where it came whole."""


_log = logging.getLogger(__name__)
_p = schema.product.c
_BY_BARCODE = Statement(
    "pattern", select(_p.sku, _p.barcodes).where(_p.barcodes.like(bindparam("pattern")))
)


def read(work: Work) -> int:
    """Reads what waits; how many deliveries were settled. Raises Pausing where the shop fails."""
    settled = misses = 0
    fetched: set[str] = set()
    whole: list[_Read] = []
    """Orders that came whole: they are booked together, with one flush of the disk."""
    for row in inbox.due(work.connection, work.channel, work.clock.now(), AT_ONCE):
        if row.external_id in fetched:
            continue
        if not work.begin():
            break
        try:
            if _one(work, row, whole):
                fetched.add(row.external_id)
        except KeyRefused:
            _book(work, whole)
            shop_fails(work, KEY)
            raise Pausing(KEY_PAUSE_S) from None
        except ShopUnreachable as cause:
            misses += 1
            _again(work, row, cause)
            if misses >= MISSES_MAX and not settled:
                shop_fails(work, AWAY)
                raise Pausing(pause_s(0, cause.retry_after_s)) from None
            continue
        settled += 1
    _book(work, whole)
    if misses and not settled:
        shop_fails(work, AWAY)
    return settled


def _one(work: Work, row: Row, whole: list[_Read]) -> bool:
    """Settles a delivery, or puts its order to those that are booked together.

    True where its order was fetched, so that other hints of it are settled too.
    """
    since = stamp(work.clock.now())
    if row.topic in privacy_asks.TOPICS:
        _wished(work, row)
        return False
    try:
        found, fetched = _found(work, row)
        if found is None:
            _settle(work, row, inbox.KEPT)
            return False
        order = work.adapter.to_canonical(found, work.settings)
    except (ShopUnreachable, KeyRefused, Unavailable, storage_error):
        raise
    except ShopRefused as cause:
        shop_answers(work)
        _flag(work, row, str(cause))
    except (ValueError, TypeError, KeyError, ArithmeticError) as cause:
        _flag(work, row, f"cannot be read: {cause}")
    except Exception as cause:  # noqa: BLE001 - our own mistake: the delivery is kept, others go on
        _flag(work, row, _our_mistake(work, cause))
    else:
        one = _Read(row, order, since if fetched else "")
        if fetched or work.connection.shared:
            _book(work, [one])
        else:
            whole.append(one)
            if len(whole) >= TOGETHER:
                _book(work, whole)
        return fetched
    return False


def _wished(work: Work, row: Row) -> None:
    """Somebody is to be told of, or forgotten; what cannot be done at once a person is told."""

    def write() -> None:
        try:
            wish = privacy_asks.read_wish(row.topic, row.raw)
        except (ValueError, TypeError) as cause:
            inbox.settle(work.connection, work.channel, row, inbox.FLAGGED, str(cause))
            tell_person(work, ORDER_KIND, f"{work.channel} {row.topic}: cannot be read")
            return
        # Settled first: its own body is emptied with the others.
        inbox.settle(work.connection, work.channel, row, inbox.DONE)
        left = privacy_asks.fulfil(work.connection, work.channel, wish, work.clock.now())
        keeping.wipe(work.connection, work.channel, row.delivery, row.body_hash)
        if left:
            tell_person(work, ORDER_KIND, f"{work.channel} {left}")

    work.booked(write)


def _found(work: Work, row: Row) -> tuple[Any, bool]:
    """(the order, whether it was fetched); nothing for a delivery that is about none."""
    if row.topic == UNREADABLE:
        raise ValueError("the body")
    found = work.adapter.carried(row.topic, row.raw) if row.raw else None
    if found is not None or not row.external_id:
        return found, False
    found = work.adapter.fetch_order(work.client, work.settings, row.external_id)
    shop_answers(work)
    return found, True


def _book(work: Work, together: list[_Read]) -> None:
    """Has orders taken in one transaction; one that cannot be is undone and flagged alone."""
    for one in together:
        learn_barcodes(work.connection, work.channel, one.order)

    def write() -> list[tuple[Row, Exception]]:
        failed: list[tuple[Row, Exception]] = []
        for one in together:
            try:
                with work.connection.savepoint("taking"):
                    _take(work, one)
            except row_error as cause:
                failed.append((one.row, cause))
            except (Unavailable, storage_error):
                raise
            except Exception as cause:  # noqa: BLE001 - the other orders are taken
                failed.append((one.row, cause))
        return failed

    for row, cause in work.booked(write) if together else ():
        _flag(work, row, _our_mistake(work, cause))
    together.clear()


def _take(work: Work, one: _Read) -> None:
    order = one.order
    inbox.settle(work.connection, work.channel, one.row, inbox.DONE)
    if one.since:
        inbox.settle_fetched(work.connection, work.channel, one.row.external_id, one.since)
    if abs(order.rounding) > PENNIES * (len(order.lines) + 1):
        said = f"{work.channel} {order.external_id}: lines and total differ"
        tell_person(work, ORDER_KIND, said, amount=order.rounding, currency=order.currency)
    work.take(work.connection, order, work.clock.now())


def _our_mistake(work: Work, cause: Exception) -> str:
    _log.error("a delivery of %s", work.channel, exc_info=cause)
    return f"{type(cause).__name__}: the hub made a mistake"


def _settle(work: Work, row: Row, state: str, detail: str = "") -> None:
    work.booked(lambda: inbox.settle(work.connection, work.channel, row, state, detail))


def _flag(work: Work, row: Row, why: str) -> None:
    """Kept as it came, and a person is told; it is not tried again by itself."""

    def write() -> None:
        inbox.settle(work.connection, work.channel, row, inbox.FLAGGED, why)
        name = row.external_id or row.delivery
        tell_person(work, ORDER_KIND, f"{work.channel} {name}: {why}")

    work.booked(write)


def _again(work: Work, row: Row, cause: ShopUnreachable) -> None:
    now = work.clock.now()
    if row.received < stamp(now - GIVEN_UP):
        _flag(work, row, f"the shop does not say: {cause}")
        return
    at = next_try(now, row.tries, cause)
    work.booked(lambda: inbox.later(work.connection, work.channel, row, at, str(cause)))


def learn_barcodes(connection: Connection, channel: str, order: ChannelOrder) -> None:
    """Notes whose barcodes an order names by which products have them; outside a transaction.

    Only where the shop's own number of the product says nothing.
    """
    found: dict[str, str] = {}
    for line in order.lines:
        code = line.barcode
        if not code or not code.isalnum() or not code.isascii():
            continue
        if code in found or mapping.sku_of(connection, channel, line.sku, code):
            continue
        for sku, codes in connection.all(_BY_BARCODE, (f'%"{code}"%',)):
            if code in _codes(codes):
                found[code] = str(sku)
    if found:
        with connection.transaction():
            for code, sku in found.items():
                mapping.put(connection, channel, mapping.BARCODE, code, sku)


def _codes(text: Any) -> list[str]:
    return msgspec.json.decode(text, type=list[str])
