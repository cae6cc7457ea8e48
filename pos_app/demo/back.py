"""Goods that come back: a sale undone, lines of a receipt, a receipt of the other till."""

from __future__ import annotations

from pos_app.demo.doing import CONTROL, KEY, Doing


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
    hand.type("1")
    hand.read(doing.codes["G1207"])
    hand.wait_for("both lines", lambda: len(_chosen(doing)) == 2)
    hand.type("4")
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
    hand.type("1")
    _refund(doing, "return_of_other_till", consent="consent_to_return")


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
