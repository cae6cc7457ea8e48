"""What tills ask about customers: acts, people of all stores, a person's history."""

from __future__ import annotations

import re
from typing import Final

from sync.hub.answers import HubProblem, stamp
from sync.hub.customers import acts, book, feeding, finding, people, timeline
from sync.hub.right_desk import Asked, Row
from sync.protocol import (
    CustomerAsk,
    CustomerFind,
    CustomerReply,
    CustomerRow,
    CustomersFound,
    Timeline,
    TimelineAsk,
)

TEXT_MAX: Final = 254
_ID: Final = re.compile(r"[!-~]{1,64}", re.ASCII).fullmatch


def _find(asked: Asked) -> CustomersFound:
    """Who is meant; who is found is known to the asker's store from now on."""
    said: CustomerFind = asked.message
    connection, store = asked.connection, asked.device.store_id
    if len(said.text) > TEXT_MAX or len(said.code) > TEXT_MAX:
        raise HubProblem("malformed", "text")
    if said.customer and not _ID(said.customer):
        raise HubProblem("malformed", "customer")
    finding.allow(connection, asked.device.device, asked.now)
    most = min(max(said.limit, 1), finding.LIMIT_MAX)
    if said.customer:
        found: tuple[str, ...] = (people.root_of(connection, said.customer),)
    elif said.code:
        found = finding.by_code(connection, said.code)
    else:
        found = finding.search(connection, said.text, book.country_of(connection, store), most)
    rows = [row for one in found[:most] if (row := _row(asked, one)) is not None]
    if len(rows) == 1:  # of many only those whom somebody opens are the store's
        feeding.needed(connection, rows[0].customer, store, stamp(asked.now))
        feeding.touch(connection, rows[0].customer, asked.now)
    return CustomersFound(tuple(rows), more=len(found) > most)


def _row(asked: Asked, customer: str) -> CustomerRow | None:
    person = people.find(asked.connection, customer)
    if person is None or person.erased:
        return None
    return feeding.renew(asked.connection, person, asked.now)[1]


def _timeline(asked: Asked) -> Timeline:
    said: TimelineAsk = asked.message
    if not _ID(said.customer):
        raise HubProblem("malformed", "customer")
    return timeline.page(asked.connection, said, asked.now)


ROWS: Final = (
    Row(
        "/v1/customers",
        "Something is done to a customer: entered, changed, noted, joined, erased.",
        CustomerAsk,
        acts.answer,
        ("fenced", "id_reused"),
        CustomerReply,
    ),
    Row(
        "/v1/customers/find",
        "Customers of all stores, by an address, a number, a card, an id or words of a name.",
        CustomerFind,
        _find,
        (),
        CustomersFound,
    ),
    Row(
        "/v1/customers/timeline",
        "What happened between a customer and all channels, newest first.",
        TimelineAsk,
        _timeline,
        (),
        Timeline,
    ),
)
