"""Goods that come back: a sale undone, lines of a receipt, a receipt of the other till."""

from __future__ import annotations

from pos_app.demo.doing import ALT, CONTROL, KEY, Doing


def undo_last(doing: Doing) -> None:
    """The sale that was just made is taken back; somebody answers for it."""
    hand, window = doing.hand, doing.window
    hand.click("Undo", within=window.panel)
    hand.wait_for(
        "the void",
        lambda: window.sheet_name == "consent" or window.selling.state.done is None,
    )
    doing.consent("consent_to_void")
    hand.wait_for("the void", lambda: window.selling.state.done is None)
    hand.press(KEY.Key_P, CONTROL)
    hand.sheet("consent")
    doing.consent_by_pin()
    doing.printed()


def own_receipt(doing: Doing) -> None:
    """Two lines of a sale of this till, one of them damaged."""
    hand, window = doing.hand, doing.window
    hand.read(doing.numbers["offers"])
    hand.place("sales")
    hand.picture("receipt_scanned")
    hand.read(doing.codes["W130-WHT-M"])
    hand.place("returns")
    hand.press(KEY.Key_1, ALT)
    hand.read(doing.codes["G1207"])
    hand.wait_for("both lines", lambda: len(_chosen(doing)) == 2)
    hand.press(KEY.Key_4, ALT)
    hand.click("Damaged", within=window.work)
    hand.picture("return")
    _refund(doing, "return_done")


def receipt_of_other_till(doing: Doing) -> None:
    """A sale of the second till, as the hub told of it; more than a cashier may give back."""
    hand = doing.hand
    hand.read(doing.numbers["other till"])
    hand.place("sales")
    hand.picture("receipt_of_other_till")
    hand.press(KEY.Key_F12)
    hand.place("returns")
    hand.read(doing.codes["W140-BLK-26"])
    hand.wait_for("the line", lambda: len(_chosen(doing)) == 1)
    hand.press(KEY.Key_1, ALT)
    _refund(doing, "return_of_other_till", consent="consent_to_return")


def order_swapped(doing: Doing) -> None:
    """What was fetched an hour ago comes back for another size: the price of the web stays."""
    hand, window = doing.hand, doing.window
    doing.synced()
    hand.press(KEY.Key_F8)
    hand.place("returns")
    hand.type(doing.numbers["order"])
    hand.press(KEY.Key_Return)
    hand.wait_for("the order", lambda: len(window.returns.state.lines) > 1)
    hand.read(doing.codes["W120-PLM-M"])
    hand.wait_for("the line", lambda: len(_chosen(doing)) == 1)
    hand.press(KEY.Key_1, ALT)
    hand.click("Swap size", within=window.work)
    hand.wait_for("the size", lambda: bool(window.returns.state.out))
    hand.picture("order_swapped")
    _refund(doing, "order_swapped_done")


def caught(doing: Doing) -> None:
    """The second till took the same goods back while its line was cut: a person is told."""
    hand, window = doing.hand, doing.window
    cases = window.casework.cases
    hand.wait_for("the second return", lambda: cases.count > 0, 60)
    hand.press(KEY.Key_9, CONTROL)
    hand.place("attention")
    hand.wait_for("the case", lambda: bool(cases.state.rows))
    hand.picture("second_return_caught")
    hand.press(KEY.Key_1, CONTROL)
    hand.place("sell")


def _chosen(doing: Doing) -> list[int]:
    return [each.line for each in doing.window.returns.state.lines if each.chosen]


def _refund(doing: Doing, picture: str, consent: str = "") -> None:
    """F12, with a manager where one is asked for; then back to selling."""
    hand, window = doing.hand, doing.window
    hand.wait_for("keys of money", lambda: not window.guarded)
    hand.press(KEY.Key_F12)
    hand.wait_for(
        "the refund",
        lambda: window.sheet_name == "consent" or window.returns.state.done is not None,
    )
    doing.consent(consent)
    hand.wait_for("the refund", lambda: window.returns.state.done is not None)
    doing.printed()
    hand.picture(picture)
    hand.press(KEY.Key_1, CONTROL)
    hand.place("sell")
