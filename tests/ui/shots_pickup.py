"""Pictures of Pickup and of the hand-over, in each of their states."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from tests.ui.orders import add_orders, everything, pass_of, ready, sells
from tests.ui.shop import Hand, opened
from tests.ui.shots_attention import add_stores

Shot = Callable[[Hand, str], None]


def barcode(hand: Hand, sku: str) -> str:
    """What is scanned of a product."""
    return str(int(hand.till.catalogue.by_sku(sku).product.barcodes[0])).zfill(13)


def detail(hand: Hand) -> None:
    """On a narrow screen: the order beside its list."""
    work = hand.window.orders.work
    if work.narrow:
        work.open_detail(on=True)
    hand.settle()


def pickup_shots(data: Path, shot: Shot, **look: Any) -> None:
    """The queue, a pick list, the sheets, a hand-over paid, unpaid and offline."""
    add_stores(data)
    sells(data)
    with opened(data, **look) as hand:
        window, pickup = hand.window, hand.window.orders.pickup
        hand.ready()
        hand.key(Qt.Key.Key_F9)
        shot(hand, "90_pickup_empty")
        window.acts.go_sell()
        add_orders(data, everything())
        window.orders.moved_orders()
        hand.key(Qt.Key.Key_F9)
        shot(hand, "91_pickup_queue")
        pickup.choose("r-10482")
        hand.scan(barcode(hand, "O610-NVY-M"))
        hand.scan(barcode(hand, "W110-WHT-M"))
        detail(hand)
        shot(hand, "92_pickup_picking")
        hand.scan(barcode(hand, "O610-NVY-M"))
        shot(hand, "93_pickup_wrong")
        hand.key(Qt.Key.Key_F6)
        shot(hand, "94_pickup_missing")
        window.close_sheet()
        hand.key(Qt.Key.Key_F3)
        shot(hand, "95_pickup_reach")
        window.close_sheet()
        hand.key(Qt.Key.Key_F5)
        shot(hand, "96_pickup_by_hand")
        window.close_sheet()
        hand.scan(barcode(hand, "W110-WHT-S"))
        hand.scan(barcode(hand, "W110-WHT-L"))
        shot(hand, "97_pickup_all_found")
        hand.key(Qt.Key.Key_F12)
        shot(hand, "98_pickup_ready")
        pickup.choose("r-10479")
        detail(hand)
        shot(hand, "99_pickup_of_another")
        giving(hand, shot)


def giving(hand: Hand, shot: Shot) -> None:
    """At the counter."""
    window, pickup = hand.window, hand.window.orders.pickup
    row = ready()[0]
    hand.scan(pass_of(row))
    shot(hand, "a0_hand_over")
    extras = pickup.state.giving.extras
    if extras:
        pickup.toggle_extra(extras[0].sku)
    pickup.choose_who("named")
    hand.settle()
    shot(hand, "a1_hand_over_extra")
    if extras:
        pickup.toggle_extra(extras[0].sku)
    pickup.open_bag()
    pickup.toggle_line("2")
    hand.settle()
    shot(hand, "a2_hand_over_open")
    pickup.open_bag()
    hand.scan("W-10468")
    shot(hand, "a3_hand_over_wrong_bag")
    hand.line.connected = False
    window.connection.refresh()
    pickup.choose_who("self")
    window.orders.moved_orders()
    hand.settle()
    shot(hand, "a4_hand_over_offline")
    hand.line.connected = True
    window.connection.refresh()
    pickup.not_this()
    pickup.choose("r-10466")
    detail(hand)
    shot(hand, "a5_hand_over_due")
    pickup.choose_segment("done")
    detail(hand)
    shot(hand, "a6_pickup_done")
    hand.settle()


def main() -> None:
    import sys
    import tempfile

    from tests.ui.shots import LOOKS, OUT, _alone

    OUT.mkdir(parents=True, exist_ok=True)
    for look in sys.argv[1:] or list(LOOKS):
        with tempfile.TemporaryDirectory() as room:

            def shot(hand: Hand, name: str, look: str = look) -> None:
                hand.settle()
                hand.window.grab().save(str(OUT / f"{look}_{name}.png"))

            pickup_shots(_alone(Path(room) / "till"), shot, **LOOKS[look])


if __name__ == "__main__":
    main()
