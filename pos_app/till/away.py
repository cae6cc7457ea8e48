"""Goods of another store, for a customer who stands here: fetched there, brought here, or sent home.

The hub alone promises them. Without it nothing is promised: the question waits in the ledger and is
asked by itself when there is a line. What was promised is an order of that store from then on, under
the id of the question; it is taken back like any promise (`reserving.cancel`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from pos_app.domain.basket import (
    AMOUNT_MAX,
    QTY_MAX,
    TEXT_MAX,
    Basket,
    add_line,
    away_line,
)
from pos_app.domain.errors import Refused
from pos_app.domain.text import plain
from pos_app.store.records import new_id
from pos_app.store.rights_held import Question
from pos_app.till import rights
from pos_app.till.card_numbers import refuse_card_number
from pos_app.till.reserving import LINES_MAX, REFUSED, RESERVED
from pos_app.till.till import Till
from sync.protocol import OrderAsk, OrderAskLine
from sync.protocol.orders import BRING, PICKUP, SHIP

WAYS: Final = (PICKUP, BRING, SHIP)
QUEUED, ASKED = "queued", "asked"
"""Kept here without a line; on its way."""
ADDRESS_LINES: Final = 8
_asked = msgspec.json.Decoder(OrderAsk)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of which store, and how they get it."""

    store: str
    way: str
    lines: tuple[OrderAskLine, ...]
    name: str = ""
    phone: str = ""
    address: tuple[str, ...] = ()
    until: str = ""
    """Kept so long (UTC); empty leaves it to the hub."""
    sale: str = ""
    """Id of the basket it is paid in."""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where such a question stands; `state` as `rights.state_of` says it."""

    ask_id: str
    state: str
    wish: Wish
    order: str = ""
    """What people call the order that it became."""
    until: str = ""
    left: int = 0
    """Of a refused one: what that store could promise, thousandths."""
    instead: tuple[tuple[str, int], ...] = ()
    """(store, thousandths) who could promise it, most first."""

    @property
    def held(self) -> bool:
        """True where the goods are promised."""
        return self.state == RESERVED

    @property
    def refused(self) -> bool:
        """True where the hub said no, for whatever reason."""
        return not (self.held or self.waits or self.taken_back)

    @property
    def waits(self) -> bool:
        """True while nobody knows: nothing may be told to the customer yet."""
        return self.state in (QUEUED, ASKED)

    @property
    def taken_back(self) -> bool:
        """True where nobody wants it any more."""
        return self.state in (rights.CANCELLED, "given_up", "")

    @property
    def not_enough(self) -> bool:
        """True where that store has too little of it."""
        return self.state == REFUSED


def ask(till: Till, wish: Wish) -> Standing:
    """*Writes.* Asks the hub; what that is so far.

    Raises Refused("nobody_signed_in" | "quantity_out_of_range" | "amount_out_of_range" |
    "store_is_here" | "customer_missing" | "address_missing" | "reference_is_card_number" |
    "rights_not_now").
    """
    till.need_person()
    name, phone = plain(wish.name, TEXT_MAX), plain(wish.phone, TEXT_MAX)
    address = tuple(filter(None, (plain(line, TEXT_MAX) for line in wish.address)))
    if not 0 < len(wish.lines) <= LINES_MAX or any(
        not 0 < line.qty <= QTY_MAX for line in wish.lines
    ):
        raise Refused("quantity_out_of_range", limit=QTY_MAX)
    if any(not 0 <= line.total <= AMOUNT_MAX for line in wish.lines):
        raise Refused("amount_out_of_range", limit=AMOUNT_MAX)
    if wish.store == till.identity.store:
        raise Refused("store_is_here")
    if not (name or phone):
        raise Refused("customer_missing")
    if wish.way == SHIP and not address:
        raise Refused("address_missing")
    for text in (name, phone, *address):
        refuse_card_number(text, "reference_is_card_number")
    ask_id = new_id(till.now())
    message = OrderAsk(
        ask_id,
        till.identity.epoch,
        wish.store,
        wish.way,
        wish.lines,
        till.store.currency,
        wish.until,
        name,
        phone,
        customer=wish.customer,
        address=address[:ADDRESS_LINES] if wish.way == SHIP else (),
        sale=wish.sale,
    )
    question = rights.ask(till, rights.ORDERS, message, ask_id)
    return _standing(till, question)


def standing(till: Till, ask_id: str) -> Standing | None:
    """Where a question about goods of another store stands; None where it is about none."""
    question = till.ledger.question(ask_id)
    if question is None or question.path != rights.ORDERS:
        return None
    return _standing(till, question)


def _standing(till: Till, question: Question) -> Standing:
    said = _asked.decode(question.body)
    wish = Wish(
        *(said.store, said.way, said.lines, said.name, said.phone, said.address),
        *(said.until, said.sale, said.customer),
    )
    state = rights.state_of(till, question.ask_id)
    told = rights.answer(till, question.ask_id)
    if told is None:
        return Standing(question.ask_id, state, wish)
    return Standing(
        *(question.ask_id, state, wish, told.order, told.until),
        left=told.left if state == REFUSED else 0,
        instead=told.instead,
    )


def pay_here(basket: Basket, standing: Standing, goods: str, how: str) -> tuple[Basket, int]:
    """The basket with what the promised goods cost as a line, and the id of that line.

    Only what the hub promised is paid: Raises Refused("away_not_held" | "away_in_sale" | …).
    """
    if not standing.held:
        raise Refused("away_not_held")
    if any(line.order == standing.ask_id for line in basket.lines):
        raise Refused("away_in_sale", name=standing.order)
    amount = sum(line.total for line in standing.wish.lines)
    line = away_line(standing.ask_id, standing.order or standing.ask_id[-6:], goods, how, amount)
    return add_line(basket, line)
