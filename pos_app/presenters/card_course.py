"""What is known of one payment on a card terminal while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.presenters.card_view import Standing
from pos_app.till import Till
from pos_app.till.card import Attempt


@dataclass
class Course:
    """One payment from its begin to its end; monotonic milliseconds, 0 for not yet."""

    began_ms: int
    attempt: Attempt | None = None
    shown_ms: int = 0
    doubt_ms: int = 0
    next_ask_ms: int = 0
    shown_at: str = ""
    card_at: str = ""
    doubt_at: str = ""
    why: str = ""
    """The code of what was raised."""
    slip_for: str = ""
    asks: int = 0
    rest: int = 0
    asking: bool = False
    """The terminal is being asked right now."""
    polling: bool = False
    """It lives and waits for the customer."""
    part: bool = False
    """It is stopped because only a part is wanted by card."""

    def doubt(self, now_ms: int, at: str) -> None:
        """From now on nobody knows how it ends, until it was asked; the first time is now."""
        self.doubt_ms = self.next_ask_ms = now_ms
        self.doubt_at = at

    def lives(self, next_ask_ms: int) -> None:
        """It answers, and the customer has not yet: no doubt, it is only asked now and then."""
        self.polling, self.why = True, ""
        self.asks = self.doubt_ms = 0
        self.next_ask_ms = next_ask_ms

    def end(self) -> None:
        """No money is on its way any more."""
        self.part = self.polling = self.asking = False
        self.slip_for, self.doubt_ms = "", 0

    def standing(self, phase: str, amount: int, now_ms: int, silent_s: int) -> Standing:
        """Where it stands, for the page."""
        return Standing(
            *(phase, self.attempt, now_ms, self.began_ms, self.shown_ms),
            *(self.shown_at, self.card_at, self.doubt_at, self.why),
            silent_s=silent_s,
            asks=self.asks,
            next_ask_ms=self.next_ask_ms,
            slip_for=self.slip_for,
            amount=amount,
            rest=self.rest,
        )


def unfinished(till: Till, basket_id: str) -> Attempt | None:
    """The payment of a basket whose end is not known, or else what is still owed to its card."""
    attempts = till.view.attempts(basket_id)
    running = [each for each in attempts if each.running]
    owed = [each for each in attempts if each.kind == "refund" and each.open]
    return next(iter((running or owed)[-1:]), None)
