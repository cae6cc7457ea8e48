"""Baskets put aside for a while; they outlive shifts, restarts and the day."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from pos_app.domain.basket import TEXT_MAX, Basket
from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused
from pos_app.domain.tender import Payment
from pos_app.domain.text import plain
from pos_app.store.attempts import CHARGE, KEPT_OPEN
from pos_app.store.records import ParkedBasket
from pos_app.till.card_guard import check_all_in
from pos_app.till.card_numbers import refuse_card_number
from pos_app.till.till import Till

GONE = ("declined", "cancelled", "reversed")
"""A charge in one of these took no money, or gave it back."""
PARKED_MAX = 200
"""More than any counter remembers."""


def park(till: Till, basket: Basket, payments: tuple[Payment, ...] = (), *, label: str = "") -> str:
    """*Writes.* Puts the basket aside; its id in the list.

    Raises Refused("basket_empty" | "payments_taken" | "too_many_parked" | "nobody_signed_in" |
    "text_is_card_number").
    """
    if not basket.lines:
        raise Refused("basket_empty")
    if payments:
        raise Refused("payments_taken")
    check_all_in(till, basket.basket_id, payments)
    check_room(till)
    refuse_card_number(label)
    by = till.need_person().staff_id
    aside = replace(basket, rewards=())  # points are not kept for who comes back one day
    with till.ledger.transaction() as tx:
        found = tx.park(aside, label=plain(label, TEXT_MAX), by=by, at=utc_text(till.now()))
    if basket.customer is not None:
        from pos_app.till import points

        points.let_go(till, basket)
    return found


def check_room(till: Till) -> None:
    """Raises Refused("too_many_parked") where nothing more may be put aside."""
    if len(till.ledger.parked()) >= PARKED_MAX:
        raise Refused("too_many_parked", limit=PARKED_MAX)


def parked(till: Till) -> list[ParkedBasket]:
    """The baskets put aside, oldest first."""
    return till.view.parked()


def recall(till: Till, park_id: str) -> Basket:
    """*Writes.* A parked basket becomes the open one, dated today: taxes are of the day it is sold.

    Its prices stay what the customer was told; one that a card may have been charged for keeps its
    day too, so that it costs what was charged. Raises Refused("basket_open") while another basket
    holds lines, Refused("no_such_parked").
    """
    held = till.ledger.open_basket()
    if held is not None and held[0].lines:
        raise Refused("basket_open")
    with till.ledger.transaction() as tx:
        basket = tx.unpark(park_id)
        attempts = till.ledger.attempts(basket.basket_id)
        if not any(each.kind == CHARGE and each.state not in GONE for each in attempts):
            basket = replace(basket, business_date=till.business_date())
        now_open = till.ledger.open_basket()
        tx.keep_basket(basket, now_open[1] if now_open else ())
        for attempt in attempts:
            if attempt.state == KEPT_OPEN:
                tx.change_attempt(structs.replace(attempt, state="unknown"))
    return basket
