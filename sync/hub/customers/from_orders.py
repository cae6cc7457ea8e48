"""Whose order it is, as a channel tells it: a customer who is known, or a guest of that order.

Nothing of this ever keeps an order from being taken: where the hub's secrets cannot be opened, the
order is nobody's.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Final

from pos_app.domain.errors import Refused
from sync.hub.answers import stamp
from sync.hub.channels.canonical import ChannelOrder
from sync.hub.customers import book, consents, feeding, people
from sync.hub.database import Connection
from sync.protocol import Consent
from sync.protocol.customers import EMAIL_OFFERS, NO, TEXT_MESSAGES, YES

TILL: Final = "till"
"""The channel whose customers have our own ids."""
_log = logging.getLogger(__name__)


def whose(connection: Connection, order: ChannelOrder, now: dt.datetime) -> str:
    """The customer's id; empty where nothing was told of anybody. In the caller's transaction."""
    said = order.customer
    if order.channel == TILL and said.external_id:
        person = people.find(connection, said.external_id)
        if person is not None and not person.erased:
            return people.root_of(connection, said.external_id)
        return said.external_id if person is None else ""
    external = "" if order.channel == TILL else said.external_id
    try:
        with connection.savepoint("whose"):
            return book.recognise(
                connection,
                order.channel,
                (said.email, said.phone, said.name, external),
                now,
                language=order.language,
            )
    except Refused as cause:
        _log.warning("an order is nobody's: %s", cause.code)
        return ""


def note(
    connection: Connection,
    customer: str,
    order: ChannelOrder,
    order_id: str,
    stores: Iterable[str],
    now: dt.datetime,
) -> None:
    """What an order tells of somebody: what they agreed to, and which stores see them."""
    if not customer:
        return
    said = order.consent
    for purpose, state in ((EMAIL_OFFERS, said.email), (TEXT_MESSAGES, said.sms)):
        if state in (YES, NO):
            told = Consent(purpose, state, said.at or order.placed_at, said.source or order.channel)
            consents.note(connection, customer, told, f"order:{order_id}", now)
    for store in stores:
        feeding.needed(connection, customer, store, stamp(now))
    feeding.touch(connection, customer, now)
