"""What tills tell of customers: documents that name one, and what one said to a purpose.

A document that names nobody costs one look at a field. When books are made anew from the journal
nothing of this is done: it is there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select

from pos_app.domain.day import parse_utc
from sync.hub import schema
from sync.hub.customers import consents, feeding
from sync.hub.database import Connection, Statement, adding
from sync.protocol import Consent, ConsentNoted, Refunded, Sale

if TYPE_CHECKING:
    from sync.hub.booking import Booking

SALE, REFUND = "sale", "refund"
CUSTOMER_MAX: Final = 64

_ADD = adding(schema.customer_document, ignore=True)
_c = schema.customer.c
_ERASED = Statement("customer", select(_c.erased).where(_c.customer == bindparam("customer")))


@dataclass(slots=True)
class Visits:
    """The documents of a batch that name somebody."""

    documents: list[tuple[str, str, int, str, str, str]] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)


def book(books: Booking, n: int, fact: Sale | Refunded) -> None:
    """Gathers a document that names a customer."""
    customer = fact.customer
    if books.anew or len(customer) > CUSTOMER_MAX:
        return
    kind = SALE if isinstance(fact, Sale) else REFUND
    at = _when(books, fact.t.wall)
    visits = _of(books)
    visits.documents.append((customer, at, n, kind, fact.id, books.device.store_id))
    visits.touched.add(customer)


def touch(books: Booking, customer: str) -> None:
    """A document that named somebody never happened: their figures are others."""
    if not books.anew:
        _of(books).touched.add(customer)


def book_consent(books: Booking, n: int, fact: ConsentNoted) -> None:
    """Keeps what a customer said at the till, under the time at which they said it."""
    del n
    if books.anew or len(fact.customer) > CUSTOMER_MAX:
        return

    def write() -> None:
        if _is_erased(books.connection, fact.customer):
            return
        said = Consent(
            fact.purpose, fact.state, _when(books, fact.t.wall), f"till {fact.till}", fact.text
        )
        now = parse_utc(books.at)
        if consents.note(books.connection, fact.customer, said, fact.id, now):
            feeding.touch(books.connection, fact.customer, now)

    books.afterwards.append(write)


def _of(books: Booking) -> Visits:
    if books.visits is None:
        visits = books.visits = Visits()
        books.afterwards.append(lambda: _write(books, visits))
    return books.visits


def _write(books: Booking, visits: Visits) -> None:
    connection, now = books.connection, parse_utc(books.at)
    gone = {one for one in visits.touched if _is_erased(connection, one)}
    rows = [row for row in visits.documents if row[0] not in gone]
    connection.many(_ADD, rows)
    last = {row[0]: row[1] for row in sorted(rows, key=lambda row: row[1])}
    for customer, at in sorted(last.items()):
        feeding.needed(connection, customer, books.device.store_id, at)
    feeding.touch_all(connection, visits.touched - gone, now)


def _is_erased(connection: Connection, customer: str) -> bool:
    row = connection.one(_ERASED, (customer,))
    return row is not None and bool(row[0])


def _when(books: Booking, wall: str) -> str:
    """When it was by that till's clock; when it came, where that says nothing or runs ahead."""
    try:
        parse_utc(wall)
    except ValueError:
        return books.at
    return min(wall, books.at)
