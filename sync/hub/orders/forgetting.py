"""Who ordered goes out of what is over: when a person asks for it, or when it is long ago.

What was ordered, when, and what it cost stays; the books need it, and it says nothing of anybody.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import islice
from typing import Final

import msgspec
from msgspec.structs import replace as changed
from sqlalchemy import bindparam, select

from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.channels.canonical import ChannelAttribution, ChannelCustomer, ChannelOrder
from sync.hub.database import Connection, Statement
from sync.hub.orders import kept
from sync.hub.orders.kept import Told, Whole

AFTER: Final = dt.timedelta(days=400)
"""So long nobody is forgotten: a complaint or a return may come."""
AT_ONCE: Final = 200
NOBODY: Final = ChannelCustomer()

_o = schema.customer_order.c
_ENDED = Statement(
    "open before nobody",
    select(_o.order_id)
    .where(
        _o.state != bindparam("open"),
        _o.changed < bindparam("before"),
        _o.body.not_like(bindparam("nobody")),
    )
    .order_by(_o.changed),
)
_NAMED = Statement("like", select(_o.order_id).where(_o.body.like(bindparam("like"))))
_MARK: Final = '%"customer":{}%'


def long_ago(connection: Connection, now: dt.datetime) -> list[str]:
    """Orders that are over so long that nobody needs to know whose they were."""
    rows = connection.each(_ENDED, (kept.OPEN, stamp(now - AFTER), _MARK))
    return [str(row[0]) for row in islice(rows, AT_ONCE)]


def of_person(connection: Connection, who: str) -> list[str]:
    """Orders of somebody by e-mail, telephone or the shop's number of them."""
    found = connection.all(_NAMED, (f"%{who}%",)) if len(who) >= 3 else []
    orders = [kept.find(connection, str(row[0])) for row in found]
    return [one.order_id for one in orders if one is not None and _is_of(one.told, who)]


def _is_of(order: ChannelOrder | None, who: str) -> bool:
    told = order.customer if order is not None else NOBODY
    said = (told.email, told.phone, told.external_id)
    return who.casefold() in [each.casefold() for each in said if each]


def forget(connection: Connection, order_id: str, now: dt.datetime) -> bool:
    """Empties who it was, here and at the tills; False for one that somebody still waits for.

    In the caller's transaction.
    """
    kept.lock(connection, order_id)
    whole = kept.find(connection, order_id)
    parts = kept.parts_of(connection, order_id)
    if whole is None or whole.state == kept.OPEN or any(part.open for part in parts):
        return False
    told, at = Told(), kept.at_of(now)
    kept.put(connection, _without(whole))
    for part in parts:
        bare = replace(
            part,
            row=changed(
                part.row,
                **dict.fromkeys(("customer", "phone", "email", "collector", "note"), ""),
                address=(),
                code="",
                code_end="",
            ),
        )
        if part.told:
            kept.set_aside(connection, bare)
        else:
            told.save(connection, bare, at)
    told.publish(connection)
    return True


def bare(order: ChannelOrder) -> ChannelOrder:
    """An order that says nobody: also where its shop tells of it once more."""
    fulfilment = changed(order.fulfilment, person="", note="", address=())
    return changed(order, customer=NOBODY, fulfilment=fulfilment, attribution=ChannelAttribution())


def is_forgotten(whole: Whole) -> bool:
    """Whether somebody was taken out of it."""
    return whole.state != kept.OPEN and '"customer":{}' in whole.body


def _without(whole: Whole) -> Whole:
    order = whole.told
    if order is None:
        return replace(whole, customer="")
    body = msgspec.json.encode(bare(order)).decode()
    # Said in so many words, so that it is not looked at again.
    if '"customer":{}' not in body:
        body = f'{body[:-1]},"customer":{{}}}}'
    return replace(whole, customer="", body=body)
