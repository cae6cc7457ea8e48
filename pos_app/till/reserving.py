"""Goods put aside for somebody, here or in another store: promised by the hub alone.

Without the hub there is no promise: the request waits in the ledger and is asked when there is a
line. What the hub promised it keeps for this till also while the till is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pos_app.domain.basket import QTY_MAX, TEXT_MAX
from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused
from pos_app.domain.text import plain
from pos_app.store.records import new_id
from pos_app.till import rights
from pos_app.till.card_numbers import refuse_card_number
from pos_app.till.till import Till, stamp
from sync.protocol import ReservationStepped, ReserveAsk

HOURS: Final = 24
PATH: Final = rights.RESERVATIONS
LINES_MAX: Final = 200
QUEUED, ASKED, RESERVED, REFUSED = "queued", "asked", "RESERVED", "REFUSED"


@dataclass(frozen=True, slots=True)
class Promise:
    """Where a request for goods stands: `state` is as `rights.state_of` says."""

    reservation: str
    state: str
    left: int = 0
    """Of a refused one: what the store could promise, thousandths."""

    @property
    def made(self) -> bool:
        """True where the goods are promised."""
        return self.state == RESERVED

    @property
    def waits(self) -> bool:
        """True while nobody knows: nothing may be told to the customer yet."""
        return self.state in (QUEUED, ASKED)


def reserve(
    till: Till, store: str, lines: tuple[tuple[str, int], ...], reference: str = ""
) -> Promise:
    """*Writes.* Asks for (SKU, thousandths) of a store; what that is so far.

    Raises Refused("nobody_signed_in" | "quantity_out_of_range" | "reference_is_card_number" |
    "rights_not_now").
    """
    till.need_person()
    if not 0 < len(lines) <= LINES_MAX or not all(0 < qty <= QTY_MAX for _, qty in lines):
        raise Refused("quantity_out_of_range", limit=QTY_MAX)
    refuse_card_number(reference, "reference_is_card_number")
    ask_id = new_id(till.now())
    message = ReserveAsk(
        ask_id, till.identity.epoch, store, lines, plain(reference, TEXT_MAX), HOURS * 3_600
    )
    rights.ask(till, rights.RESERVATIONS, message, ask_id)
    return standing(till, ask_id)


def standing(till: Till, reservation: str) -> Promise:
    """Where a request stands, as this till knows it."""
    told = rights.answer(till, reservation)
    left = told.left if told is not None and told.state == REFUSED else 0
    return Promise(reservation, rights.state_of(till, reservation), left)


def cancel(till: Till, reservation: str) -> Promise:
    """*Writes.* Takes a promise back, or a request before anybody answered it.

    A fact, so it works without the hub too; the hub frees the goods when it hears of it. Raises
    Refused("nobody_signed_in" | "reservation_unknown" | "reservation_over", state=).
    """
    till.need_person()
    question = till.ledger.question(reservation)
    if question is None or question.path not in (rights.RESERVATIONS, rights.ORDERS):
        raise Refused("reservation_unknown", reservation=reservation)
    if question.open:
        rights.give_up(till, reservation)
        return standing(till, reservation)
    state = rights.state_of(till, reservation)
    if state != RESERVED:
        raise Refused("reservation_over", state=state)
    with till.ledger.transaction() as tx:
        fields = stamp(till, tx)
        tx.append(ReservationStepped(**fields, reservation=reservation, step="CANCELLED"))
        tx.close_question(reservation, rights.CANCELLED, utc_text(till.now()))
    till.after_commit()
    return standing(till, reservation)


def step(
    till: Till,
    reservation: str,
    to: str,
    lines: tuple[tuple[str, int], ...] = (),
    sale: str = "",
) -> ReservationStepped:
    """*Writes.* Tells what became of promised goods in this store: PICKING, READY, COLLECTED."""
    if till.suspect:
        raise Refused("rights_not_now")
    with till.ledger.transaction() as tx:
        fact = ReservationStepped(
            **stamp(till, tx), reservation=reservation, step=to, lines=lines, sale=sale
        )
        tx.append(fact)
    till.after_commit()
    return fact
