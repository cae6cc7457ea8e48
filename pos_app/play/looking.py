"""What an `expect` of a play compares: the till as it is, and what the step says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused
from pos_app.domain.tender import Payment
from pos_app.play import case_hands, order_hands
from pos_app.play import steps as play
from pos_app.play.amounts import milli, minor
from pos_app.till import checkout, lookup, parking, shift
from pos_app.till.till import Till

_NOTHING = play.Expect()


class Seen(NamedTuple):
    """A till, and what is in the hands of whoever stands at it."""

    till: Till
    basket: Basket | None
    payments: tuple[Payment, ...]
    done: checkout.Completed | None
    printed: int


def expect(step: play.Expect, seen: Seen) -> int:
    """How many things held.

    Raises Refused("play_expected", differences=…) that says all that differs.
    """
    wanted = {
        name: _plain(seen.till, name, value)
        for name, value in msgspec.structs.asdict(step).items()
        if name not in ("refused", "approver") and value != getattr(_NOTHING, name)
    }
    looks = _looks(seen)
    found = {name: looks[name](value) for name, value in wanted.items()}
    wrong = {name: [wanted[name], found[name]] for name in wanted if wanted[name] != found[name]}
    if wrong:
        raise Refused("play_expected", differences=wrong)
    return len(wanted)


def _looks(seen: Seen) -> dict[str, Callable[[Any], Any]]:
    """How each thing an `expect` may name is looked at, given what is wanted of it."""
    till, basket, payments, done, printed = seen
    return {
        "total": lambda _: checkout.priced(till, basket).total if basket else 0,
        "due": lambda _: checkout.settlement(till, basket, payments).due if basket else 0,
        "lines": lambda _: len(basket.lines) if basket else 0,
        "change": lambda _: done.change if done else 0,
        "doc_no": lambda _: done.sale.doc_no if done else "",
        "sales": lambda _: shift.summary(till).sales,
        "voids": lambda _: shift.summary(till).voids,
        "refunds": lambda _: shift.summary(till).refunds,
        "refunded": lambda _: shift.summary(till).refunded,
        "shift_total": lambda _: shift.summary(till).total,
        "expected": lambda wanted: _named(shift.summary(till).expected(), wanted),
        "parked": lambda _: len(parking.parked(till)),
        "printed": lambda _: printed,
        "waiting": lambda _: len(till.ledger.print_jobs(("queued", "printing"))),
        "unknown": lambda _: len(till.ledger.print_jobs(("unknown",))),
        "unsent": lambda _: till.ledger.unsent(till.acked()).entries,
        "stock": lambda wanted: {sku: _stock(till, sku) for sku in wanted},
        "cases": lambda wanted: case_hands.waiting(till, wanted),
        "orders": lambda wanted: order_hands.states(till, wanted),
        "orders_paid": lambda _: shift.summary(till).orders,
        "person": lambda _: till.person.staff_id if till.person else "",
    }


def _plain(till: Till, name: str, value: Any) -> Any:
    """A wanted value as it is compared: amounts in minor units, quantities in thousandths."""
    currency = till.store.currency
    if name == "stock":
        return {sku: milli(qty) for sku, qty in value.items()}
    if isinstance(value, Decimal):
        return minor(value, currency)
    if name in ("cases", "orders"):
        return value
    if isinstance(value, dict):
        return {key: minor(amount, currency) for key, amount in value.items()}
    return value


def _stock(till: Till, sku: str) -> int | None:
    article = lookup.by_sku(till, sku)
    return article.on_hand if article else None


def _named(found: Mapping[str, int], wanted: Mapping[str, int]) -> dict[str, int]:
    return {name: found.get(name, 0) for name in wanted}
