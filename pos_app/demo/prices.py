"""What makes a sale cheaper, weighs it or forbids it: promotions, labels, coupons, other prices."""

from __future__ import annotations

from pos_app.demo.doing import ALT, KEY, Doing
from pos_app.demo.looks import customer

WEIGHED = "2101103012506"
"""A label of the scale: 1.250 kg of bananas."""
OUT_OF_DATE = "010204300015910917261101"
"""Milk chocolate that was best before the first of November 2026."""
COUPON = "WELCOME10"


def cheaper(doing: Doing) -> None:
    """3 for 2, a bundle, a label, a coupon; half way through another person takes over."""
    hand, window = doing.hand, doing.window
    doing.sell("W130-WHT-S", "W130-WHT-M", "W130-BLK-L", "G1510", "G1207")
    hand.picture("promotions")
    hand.scan(WEIGHED)
    hand.picture("weighed_label")
    hand.scan(COUPON)
    hand.picture("coupon")
    doing.badge("senior")
    hand.picture("badge_in_mid_sale")
    other_price(doing)
    hand.press(KEY.Key_F12)
    hand.place("pay")
    hand.click("Gift receipt")
    hand.picture("pay_gift_receipt")
    customer(doing, "customer_display")
    hand.press(KEY.Key_F10)
    doing.done()
    doing.numbers["offers"] = doing.number_of_done()
    customer(doing, "customer_display_paid")
    invoice(doing)
    hand.wait_for("an empty basket", lambda: not window.selling.open)


def other_price(doing: Doing) -> None:
    """A price that the shelf says, with its reason."""
    hand = doing.hand
    doing.sell("S420-TAN-40")
    hand.press(KEY.Key_F6)
    hand.sheet("discount")
    hand.click("New price")
    hand.type("95")
    hand.click(doing.window.discounting.state.reasons[0])
    hand.picture("other_price")
    hand.click("Sell at this price")
    hand.sheet("")
    hand.picture("other_price_given")


def invoice(doing: Doing) -> None:
    """Made out to a company, for the sale that was just made."""
    hand, window = doing.hand, doing.window
    hand.click("Invoice", within=window.panel)
    hand.sheet("invoice")
    for text in ("Nordlicht Design GmbH", "Sample Lane 3", "1020 Vienna", "", "ATU12345678"):
        hand.type(text)
        if text.startswith("ATU"):
            hand.picture("invoice")
        hand.press(KEY.Key_Return)
    hand.wait_for("the invoice", lambda: window.sheet_name == "" or window.papers.state.made)
    doing.printed()
    hand.press(KEY.Key_Escape)
    hand.sheet("")


def too_old(doing: Doing) -> None:
    """A code that says best before: refused, and nothing of it is sold."""
    hand, window = doing.hand, doing.window
    hand.read(OUT_OF_DATE)
    hand.wait_for("the refusal", lambda: window.selling.state.card is not None)
    hand.picture("best_before_is_over")
    hand.press(KEY.Key_Escape)
    window.selling.dismiss_card()


def discounted(doing: Doing) -> None:
    """A line discount with its reason."""
    hand = doing.hand
    doing.sell("M240-STN-M")
    hand.press(KEY.Key_F6)
    hand.sheet("discount")
    hand.type("5")
    hand.click(doing.window.discounting.state.reasons[0])
    hand.picture("discount")
    hand.click("Give discount")
    hand.sheet("")
    hand.picture("sell_discounted")


def split(doing: Doing) -> None:
    """An age is checked; part in cash, the rest by card."""
    hand, window = doing.hand, doing.window
    doing.sell("S420-BLK-41", "G1528")
    hand.click("Checked")
    hand.wait_for("the age", lambda: window.selling.state.card is None)
    hand.press(KEY.Key_F12)
    hand.place("pay")
    hand.type("50")
    hand.press(KEY.Key_F12)
    hand.wait_for("the first part", lambda: bool(window.selling.payments))
    hand.press(KEY.Key_2, ALT)
    hand.picture("pay_split")
    hand.wait_for("keys of money", lambda: not window.guarded)
    hand.press(KEY.Key_F12)
    doing.done()
