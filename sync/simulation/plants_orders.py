"""Planted bugs of customers' orders: at the hub that takes them, at the tills that hand them over."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from pos_app.till import order_book, order_overlay
from sync.hub.orders import booking, handing, kept

Rows = list[tuple[Any, str, Any]]


def _given_twice_in_silence() -> Rows:
    return [(handing, "_twice", lambda *_given: None)]


def _shop_hears_it_twice() -> Rows:
    real = handing._twice

    def twice(step: Any, goods: Any, over: int) -> None:
        real(step, goods, over)
        given = [(line.line, line.qty, line) for line in step.row.lines]
        handing._tell_shop(step, given)

    return [(handing, "_twice", twice)]


def _payment_is_nobodys() -> Rows:
    return [(booking, "pay", lambda *_given: None)]


def _goods_stay() -> Rows:
    return [(booking, "handed_in", lambda _fact: iter(()))]


def _older_holds() -> Rows:
    """What was called off comes back with a delivery of before."""
    real = kept.find

    def find(connection: Any, order_id: str) -> Any:
        found = real(connection, order_id)
        return dataclasses.replace(found, external_version="") if found is not None else None

    return [(kept, "find", find)]


def _taken_anew() -> Rows:
    """A repeat is another order: its parts get other ids."""
    real = kept.order_id_of
    count = [0]

    def order_id_of(channel: str, external_id: str) -> str:
        count[0] += 1
        return real(channel, f"{external_id} {count[0]}")

    return [(kept, "order_id_of", order_id_of)]


def _not_told() -> Rows:
    """Each third change of a part reaches no till."""
    real = kept.Told.publish
    count = [0]

    def publish(self: Any, connection: Any) -> None:
        count[0] += 1
        if count[0] % 3 == 0:
            self.rows.clear()
            return
        real(self, connection)

    return [(kept.Told, "publish", publish)]


def _handed_over_unseen() -> Rows:
    """What was handed over here still waits on this till's screen."""
    real = order_overlay.laid_over

    def laid_over(told: Any, steps: Any, names: Any) -> Any:
        return real(told, [one for one in steps if one.step != "COLLECTED"], names)

    return [(order_book, "laid_over", laid_over)]


ROWS: Final = (
    (
        "order_given_twice_in_silence",
        "An order that is handed over a second time is told to nobody.",
        *("orders", 20, _given_twice_in_silence),
    ),
    (
        "shop_hears_it_twice",
        "The shop is told of a second hand-over as of the first.",
        *("orders", 20, _shop_hears_it_twice),
    ),
    (
        "payment_is_nobodys",
        "What a till takes for an order is not booked to it.",
        *("orders", 10, _payment_is_nobodys),
    ),
    (
        "goods_of_an_order_stay",
        "Goods of an order that are handed over stay in the stock.",
        *("orders", 10, _goods_stay),
    ),
    (
        "older_order_holds",
        "A delivery of before overwrites an order.",
        *("orders", 20, _older_holds),
    ),
    (
        "order_taken_anew",
        "An order that is delivered again is another one.",
        *("orders", 10, _taken_anew),
    ),
    (
        "order_not_told",
        "Each third change of an order reaches no till.",
        *("orders", 10, _not_told),
    ),
    (
        "handed_over_unseen",
        "A till does not see that it has handed an order over until the hub says so.",
        *("orders", 30, _handed_over_unseen),
    ),
)
