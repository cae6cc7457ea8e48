"""The drawer between the float and the Z: cash out, a drop, the X, the count."""

from __future__ import annotations

from pos_app.demo.doing import CONTROL, KEY, Doing

SHORT = -200
"""What is missing in the evening, minor units."""
BAG = "SB00004417"
"""What stands on the bag for the safe."""
FLOAT = ("", "", "2", "3", "4")
"""Pieces of each note in the morning, the largest first."""


def open_shift(doing: Doing) -> None:
    """The float is counted, and the shift is open."""
    hand = doing.hand
    hand.place("open_shift")
    for pieces in FLOAT:
        hand.type(pieces)
        hand.press(KEY.Key_Return)
    hand.picture("open_shift")
    hand.press(KEY.Key_F12)
    hand.place("sell")


def cash_out(doing: Doing) -> None:
    """A bill is paid at the door: a cashier asks for it."""
    hand, window = doing.hand, doing.window
    _to_shift(doing)
    hand.press(KEY.Key_F11)
    hand.sheet("cash_move")
    hand.type("12.50")
    hand.press(KEY.Key_F6)
    hand.picture("cash_out")
    hand.press(KEY.Key_F12)
    hand.wait_for("an answer", lambda: window.sheet_name != "cash_move")
    doing.consent("consent_to_cash_out")
    hand.sheet("")
    doing.printed()
    _back(doing)


def drop_and_x(doing: Doing) -> None:
    """Notes go to the safe in a bag, then a look at the shift so far."""
    hand, window = doing.hand, doing.window
    _to_shift(doing)
    hand.press(KEY.Key_F11)
    hand.sheet("cash_move")
    hand.click("Safe drop")
    hand.type("100")
    hand.press(KEY.Key_F6)
    hand.read(BAG)
    hand.picture("safe_drop")
    hand.press(KEY.Key_F12)
    hand.sheet("")
    doing.printed()
    hand.wait_for("keys of money", lambda: not window.guarded)
    hand.press(KEY.Key_F10)
    hand.sheet("x_report")
    hand.picture("x_report")
    hand.press(KEY.Key_F12)
    hand.sheet("")
    doing.printed()
    _back(doing)


def blind(doing: Doing) -> None:
    """A cashier counts and is not told what should be there."""
    _to_shift(doing)
    for pieces in ("", "2", "3"):
        doing.hand.type(pieces)
        doing.hand.press(KEY.Key_Return)
    doing.hand.picture("close_shift_blind")
    _back(doing)


def count_and_close(doing: Doing) -> None:
    """A manager counts, largest first, finds what is missing, says why, and closes."""
    hand, window = doing.hand, doing.window
    _to_shift(doing)
    till = window.till
    left = till.ledger.shift_totals(till.need_shift().shift_id).expected_cash + SHORT
    for row in window.closing.state.rows:
        pieces, left = divmod(left, row.worth)
        hand.type(str(pieces))
        hand.press(KEY.Key_Return)
    hand.press(KEY.Key_F6)
    hand.picture("close_shift")
    hand.press(KEY.Key_F12)
    hand.place("lock")
    doing.printed()
    hand.picture("shift_closed")


def _to_shift(doing: Doing) -> None:
    doing.hand.press(KEY.Key_3, CONTROL)
    doing.hand.place("close_shift")


def _back(doing: Doing) -> None:
    doing.hand.press(KEY.Key_1, CONTROL)
    doing.hand.place("sell")
