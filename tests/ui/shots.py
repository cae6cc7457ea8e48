"""Pictures of every screen, to look at: `python -m tests.ui.shots`, into build/shots/."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt

from hardware.simulator import Fault
from pos_app.store.witness import PLACE_VARIABLE
from tests.ui import (
    shots_attention,
    shots_customers,
    shots_goods,
    shots_member,
    shots_people,
    shots_sell,
    shots_values,
)
from tests.ui.shop import CASHIER, MANAGER, PINS, Hand, make_data, opened
from tests.ui.shots_card import card_shots
from tests.ui.shots_lives import lives_shots
from tests.ui.shots_offers import offer_shots
from tests.ui.shots_papers import paper_shots
from tests.ui.shots_pickup import pickup_shots
from tests.ui.shots_returns import returns_of
from tests.ui.shots_shift import shift_shots
from tests.ui.shots_stock import stock_shots

Shot = Callable[[str], None]
OUT = Path("build/shots")
LOOKS: dict[str, dict] = {
    "light": {},
    "dark": {"theme": "dark"},
    "1024": {"size": (1024, 768)},
    "1920": {"size": (1920, 1080)},
    "de": {"locale": "de"},
    "de_1024": {"locale": "de", "size": (1024, 768)},
    "rtl": {"locale": "ar"},
    "rtl_1024": {"locale": "ar", "size": (1024, 768), "theme": "dark"},
}


def walk(hand: Hand, shot: Shot) -> None:
    """A short day, stopping at each screen and sheet."""
    day = (morning, selling, sheets, paying, evening, torn)
    for part in (*day, shots_sell.sell, shots_people.people):
        part(hand, shot)


def morning(hand: Hand, shot: Shot) -> None:
    """The lock and the float."""
    window = hand.window
    shot("01_lock")
    hand.window.lock.choose(CASHIER)
    hand.type("14")
    shot("02_lock_typed")
    hand.type("99")
    shot("03_lock_wrong")
    hand.type(PINS[CASHIER])
    window.opening.set(5_000, 1)
    window.opening.set(1_000, 12)
    window.opening.set(200, 15)
    shot("04_open_shift")
    hand.key(Qt.Key.Key_F12)
    shot("05_sell_empty")


def selling(hand: Hand, shot: Shot) -> None:
    """A basket, a search, an unknown code, discounts."""
    window = hand.window
    codes = _codes()
    hand.scan(codes[0])
    hand.scan(codes[40])
    hand.scan(codes[40])
    hand.scan(codes[200])
    shot("06_sell")
    hand.type("linen")
    shot("07_sell_search")
    hand.key(Qt.Key.Key_Escape)
    hand.scan("9999999999994")
    shot("08_unknown")
    hand.key(Qt.Key.Key_F6)
    shot("09_discount")
    hand.type("5")
    window.discounting.choose_reason("Damaged")
    hand.settle()
    shot("10_discount_filled")
    window.discounting.give()
    hand.settle()
    window.selling.set_note("Wrap as a present, no price tag")
    hand.settle()
    shot("11_sell_discounted")
    hand.key(Qt.Key.Key_F6)
    hand.type("30")
    window.discounting.choose_reason("Damaged")
    window.discounting.give()
    hand.settle()
    shot("12_consent_pin")
    hand.key(Qt.Key.Key_Escape)


def sheets(hand: Hand, shot: Shot) -> None:
    """What lies over the basket."""
    window = hand.window
    window.acts.custom()
    hand.settle()
    shot("13_custom")
    hand.key(Qt.Key.Key_Escape)
    window.about.show("W110-WHT-M")
    hand.settle()
    shot("14_product")
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_F5)
    shot("15_quantity")
    hand.key(Qt.Key.Key_Escape)
    window.acts.more()
    hand.settle()
    shot("16_more")
    hand.key(Qt.Key.Key_Escape)


def paying(hand: Hand, shot: Shot) -> None:
    """Cash, card, both; the sale done; parked ones; an age."""
    window = hand.window
    codes = _codes()
    hand.key(Qt.Key.Key_F12)
    shot("17_pay")
    window.paying.set_amount(window.paying.state.quick[2].amount)
    hand.settle()
    shot("18_pay_amount")
    hand.key(Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    shot("19_pay_card")
    hand.type("20")
    hand.key(Qt.Key.Key_F12)
    hand.key(Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    window.paying.set_amount(window.paying.state.quick[-1].amount)
    hand.settle()
    shot("20_pay_split")
    hand.key(Qt.Key.Key_F12)
    shot("21_done")
    hand.scan(codes[3])
    hand.key(Qt.Key.Key_F7)
    hand.scan(codes[5])
    hand.key(Qt.Key.Key_F7)
    shot("22_parked_toast")
    hand.key(Qt.Key.Key_F7)
    shot("23_parked")
    hand.key(Qt.Key.Key_Escape)
    hand.scan(_wine())
    shot("24_age")
    window.acts.card("checked")
    hand.key(Qt.Key.Key_F11)


def torn(hand: Hand, shot: Shot) -> None:
    """A printer pulled in the middle of a receipt, a disk that fills up, and nobody there."""
    window = hand.window
    window.acts.go_sell()
    hand.settle()
    hand.scan(_codes()[7])
    hand.printer.pull_after = 200
    hand.key(Qt.Key.Key_F10)
    hand.printer.fault = Fault.NONE
    hand.clock.go(5 * 3_600)
    window.connection.refresh()
    window.toasts.show("Nobody here? This till locks in 30 s.")
    shot("32_done_asks")
    window.acts.sync()
    hand.settle()
    shot("33_sync_asks")
    window.receipts.came_out(window.receipts.unknown[0].job_id)
    hand.key(Qt.Key.Key_Escape)
    window.toasts.clear()


def evening(hand: Hand, shot: Shot) -> None:
    """The last sales, the line down, the lock, the close."""
    window = hand.window
    window.acts.do("sales")
    hand.settle()
    shot("25_sales")
    hand.key(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    shot("26_consent_reason")
    hand.key(Qt.Key.Key_Escape)
    hand.line.connected = False
    hand.clock.go(1_800)
    window.connection.refresh()
    window.acts.sync()
    hand.settle()
    shot("27_sync_offline")
    hand.key(Qt.Key.Key_Escape)
    window.key_table.open()
    shot("28_keys")
    window.key_table.hide()
    window.acts.lock()
    hand.settle()
    shot("29_locked")
    hand.sign_in(MANAGER)
    window.acts.go_shift()
    hand.settle()
    shot("30_close")
    window.closing.set(5_000, 2)
    window.closing.set(1_000, 12)
    hand.settle()
    shot("31_close_counted")


def _codes() -> list[str]:
    from tests.ui.shop import demo_goods

    return [
        str(int(p.barcodes[0])) if p.barcodes else ""
        for p in demo_goods().products
        if not p.age_limit
    ]


def _wine() -> str:
    from tests.ui.shop import demo_goods

    return next(
        str(int(p.barcodes[0])) for p in demo_goods().products if p.age_limit and p.barcodes
    )


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:] or list(LOOKS)
    for look in wanted:
        with tempfile.TemporaryDirectory() as room:
            data = _alone(Path(room) / "till")
            with opened(data, **LOOKS[look]) as hand:

                def shot(name: str, hand: Hand = hand, look: str = look) -> None:
                    hand.settle()
                    hand.window.grab().save(str(OUT / f"{look}_{name}.png"))

                walk(hand, shot)
            card_shots(_alone(Path(room) / "card"), partial(_grab, look), **LOOKS[look])
            shift_shots(_alone(Path(room) / "shift"), partial(_grab, look), **LOOKS[look])
            offer_shots(_alone(Path(room) / "offers"), partial(_grab, look), **LOOKS[look])
            returns_of(_alone(Path(room) / "back"), partial(_grab, look), **LOOKS[look])
            paper_shots(_alone(Path(room) / "papers"), partial(_grab, look), **LOOKS[look])
            cases = _alone(Path(room) / "cases")
            shots_attention.attention_shots(cases, partial(_grab, look), **LOOKS[look])
            pickup_shots(_alone(Path(room) / "pickup"), partial(_grab, look), **LOOKS[look])
            stock_shots(_alone(Path(room) / "stock"), partial(_grab, look), **LOOKS[look])
            people = _alone(Path(room) / "customers")
            shots_customers.customer_shots(people, partial(_grab, look), **LOOKS[look])
            member = _alone(Path(room) / "member")
            shots_member.member_shots(member, partial(_grab, look), **LOOKS[look])
            goods = _alone(Path(room) / "goods")
            shots_goods.goods_shots(goods, partial(_grab, look), **LOOKS[look])
            cards = _alone(Path(room) / "values")
            shots_values.value_shots(cards, partial(_grab, look), **LOOKS[look])
            lives_shots(_alone(Path(room) / "lives"), partial(_grab, look), **LOOKS[look])


def _alone(data: Path) -> Path:
    """A till of its own, on a machine that has met no other."""
    os.environ[PLACE_VARIABLE] = f"{data}-machine"
    return make_data(data)


def _grab(look: str, hand: Hand, name: str) -> None:
    hand.window.grab().save(str(OUT / f"{look}_{name}.png"))


if __name__ == "__main__":
    main()
