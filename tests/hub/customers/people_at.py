"""Customers as tills of a store ask about them, for the tests."""

from __future__ import annotations

from typing import Any

import msgspec

from pos_app.domain.basket import Basket, Line
from sync.hub.customers import feeding
from sync.hub.database import Connection
from sync.protocol import (
    Contact,
    CreditGiven,
    CustomerFields,
    CustomerReply,
    CustomerRow,
    CustomersFound,
    Moment,
    Sale,
    Timeline,
    ValueEarned,
)
from tests.hub.journals import DAY, sale_of
from tests.hub.righting import Asking, new_id
from tests.hub.tills import HandClock

PATH = "/v1/customers"
MAIL, PHONE = "sara.lindqvist@example.org", "+358401234410"


def sara(**said: Any) -> CustomerFields:
    """Sara, with an address that was verified."""
    contacts = (Contact("email", MAIL, "store", verified=True), Contact("phone", PHONE, "store"))
    fields: dict[str, Any] = {"name": "Sara Lindqvist", "contacts": contacts, "member": True}
    return CustomerFields(**(fields | said))


async def act(till: Asking, what: str, customer: str = "", **said: Any) -> CustomerReply:
    """Asks for something; done or refused."""
    own = said.pop("id", "") or new_id()
    answer = await till.post(PATH, id=own, act=what, customer=customer, **_plain(said))
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=CustomerReply)


def _plain(said: dict[str, Any]) -> dict[str, Any]:
    return {name: msgspec.to_builtins(value) for name, value in said.items()}


async def entered(till: Asking, fields: CustomerFields | None = None, **said: Any) -> CustomerRow:
    """Somebody new."""
    reply = await act(till, "save", new_id(), fields=fields or sara(), **said)
    assert (reply.state, reply.why) == ("DONE", "")
    assert reply.row is not None
    return reply.row


async def found(till: Asking, **said: Any) -> list[CustomerRow]:
    """Who is found in all stores."""
    answer = await till.till.send("POST", f"{PATH}/find", msgspec.json.encode(_plain(said)))
    assert answer.status_code == 200, answer.text
    return list(msgspec.json.decode(answer.content, type=CustomersFound).rows)


async def history(till: Asking, customer: str, **said: Any) -> Timeline:
    """A page of what happened."""
    body = msgspec.json.encode({"customer": customer, **said})
    answer = await till.till.send("POST", f"{PATH}/timeline", body)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=Timeline)


async def moments(till: Asking, customer: str, **said: Any) -> list[Moment]:
    """All pages of it."""
    told: list[Moment] = []
    cursor = ""
    while True:
        page = await history(till, customer, before=cursor, **said)
        told += page.moments
        cursor = page.cursor
        if not cursor:
            return told


def bought(till: Asking, customer: str, amount: int = 1_000, sku: str = "A1") -> Sale:
    """Journals a sale of one piece to somebody."""
    line = Line(1, sku, f"Article {sku}", 1_000, amount, "reduced")
    basket = Basket(new_id(), "EUR", "2026-11-25T09:00:00.000Z", DAY, (line,))
    fact = sale_of(till.journal, basket, customer=customer)
    till.journal.append(fact)
    return fact


def earned(till: Asking, account: str, amount: int, kind: str = "points", right: str = "") -> None:
    """Journals points, or credit that somebody gave; with a right the till may spend it at once."""
    said: dict[str, Any] = {"kind": kind, "account": account, "amount": amount}
    of = ""
    if kind == "credit":
        stamp = till.journal.stamp()
        till.journal.append(CreditGiven(**stamp, **said, currency="EUR", reason="goodwill"))
        of = stamp["id"]
    till.journal.append(ValueEarned(**till.journal.stamp(), **said, right=right, of=of))


def sent(books: Connection, clock: HandClock) -> int:
    """Has the rows that are due go down; how many were."""
    return feeding.send(books, clock.now())


async def rows(till: Asking, after: int = 0) -> dict[str, CustomerRow]:
    """Every row of a customer that this till's store was told, the newest of each."""
    told: dict[str, CustomerRow] = {}
    page = await till.till.pull(f"store:{till.journal.identity.store}", after)
    for one in page.rows:
        if one.kind == "customer":
            for row in msgspec.json.decode(one.rows, type=list[CustomerRow]):
                told[row.customer] = row
    return told
