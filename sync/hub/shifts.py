"""Shifts at the hub: opened, and closed by a Z that is added up again from its documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select, update

from sync.hub import cash, schema
from sync.hub.checks import told
from sync.hub.database import Connection, Statement, adding
from sync.hub.devices import Device
from sync.protocol import ShiftClosed, ShiftOpened

if TYPE_CHECKING:
    from sync.hub.booking import Booking

_s, _doc = schema.shift.c, schema.document.c
ADD: Final = adding(schema.shift, ignore=True)
_CLOSE_SHIFT = Statement(
    "at z sum_total off due found wanted",
    update(schema.shift)
    .where(_s.shift == bindparam("wanted"))
    .values(
        closed=bindparam("at"),
        z_no=bindparam("z"),
        total=bindparam("sum_total"),
        difference=bindparam("off"),
        expected=bindparam("due"),
        counted=bindparam("found"),
    ),
)
_SHIFT_SUMS = Statement(
    "shift",
    select(
        _doc.kind,
        func.count(),
        func.sum(_doc.net),
        func.sum(_doc.tax),
        func.sum(_doc.total),
        func.sum(_doc.rounding),
    )
    .where(_doc.shift == bindparam("shift"))
    .group_by(_doc.kind),
)


def row(device: Device, fact: ShiftOpened) -> tuple[object, ...]:
    """A shift as it is kept from its begin."""
    return (
        *(fact.shift or fact.id, device.store_id, device.till, device.device, fact.number),
        *(fact.biz_date, fact.currency, fact.t.wall, fact.actor, fact.float_amount, ""),
        *(0, 0, 0, 0, 0),
    )


def close(booking: Booking, connection: Connection, n: int, fact: ShiftClosed) -> None:
    """Closes a shift and adds it up again: a Z is a pure fold over its documents."""
    off = sum(each.counted - each.expected for each in fact.tenders)
    sums_of_z = (fact.total, off, *(cash.cash_of(fact) or (0, 0)))
    closed = connection.run(_CLOSE_SHIFT, (fact.t.wall, fact.z_no, *sums_of_z, fact.shift))
    if not closed:
        booking.flag("z_without_shift", n, fact, f"Z {fact.z_no}", fact.total)
    right = {
        "sales": 0,
        "voids": 0,
        "refunds": 0,
        "net": 0,
        "tax": 0,
        "total": 0,
        "rounding": 0,
    }
    for kind, count, *sums in connection.all(_SHIFT_SUMS, (fact.shift,)):
        right[f"{kind}s"] = int(count)
        for name, amount in zip(("net", "tax", "total", "rounding"), sums, strict=True):
            right[name] += int(amount)
    found = [
        f"{name}: {getattr(fact, name)}, should be {amount}"
        for name, amount in right.items()
        if getattr(fact, name) != amount
    ]
    found += cash.differences(connection, fact)
    if found:
        booking.flag("z_differs", n, fact, told(found), fact.total - right["total"])
    for tender, amount in cash.over_limit(connection, fact):
        booking.flag("variance", n, fact, f"Z {fact.z_no}, {tender}: {fact.reason}", amount)
