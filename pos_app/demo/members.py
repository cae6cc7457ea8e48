"""Customers at the counter: found by name, what is known of them, a word that staff should see."""

from __future__ import annotations

from pos_app.demo.doing import KEY, Doing

NAME, NOTE = "sara lindqvist", "Likes paper bags"


def looked_up(doing: Doing) -> None:
    """F3, a whole name: who she is, what happened, what she agrees to; a note, and back to Sell."""
    hand, window = doing.hand, doing.window
    shown = window.members.customers
    hand.press(KEY.Key_F3)
    hand.place("customers")
    hand.type(NAME)
    hand.wait_for("her profile", lambda: shown.state.profile is not None)
    hand.wait_for("her history", lambda: not shown.state.history.busy)
    hand.picture("customers")
    hand.press(KEY.Key_F6)
    hand.sheet("customer_ask")
    hand.type(NOTE)
    hand.press(KEY.Key_Return)
    hand.wait_for("the note", lambda: _note(doing) == NOTE)
    hand.picture("customer_note")
    hand.press(KEY.Key_Escape)
    hand.press(KEY.Key_Escape)
    hand.place("sell")


def _note(doing: Doing) -> str:
    profile = doing.window.members.customers.state.profile
    return profile.note if profile is not None else ""
