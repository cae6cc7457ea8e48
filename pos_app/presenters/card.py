"""Paying on a card terminal, as a person sees it: asked once, never charged twice, never stuck.

The presenter drives one payment through `till.card`: each step is written on the ledger's lane and
asked on the terminal's, and what comes back decides the next. `tick`, once a second, asks again
where nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from hardware.devices import CardAnswer, CardResult
from pos_app.domain.day import utc_text
from pos_app.domain.errors import PosError, Unavailable
from pos_app.presenters.card_course import Course, unfinished
from pos_app.presenters.card_view import LOCKED, CardView, card_view
from pos_app.presenters.cart import Card
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.presenters.selling import Selling
from pos_app.till import card
from pos_app.till.card import Attempt, Settled
from pos_app.words import _

TERMINAL, CANCELLING = "terminal", "terminal_cancel"
"""A cancellation goes beside the payment that waits."""
UNSAVED_MS = 10_000
"""How often a sale that is charged and could not be written is tried again."""
POLL_MS = 2_000
"""How often a terminal is asked that is still at a payment nobody waits for on its line."""
_OF_ERROR: Final = {"terminal_busy": "busy"}


class Cards:
    """One payment at a time. `view` is what the Pay screen shows of it, None for nothing."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.on_change: Callable[[], None] = _nothing
        self.on_part: Callable[[], None] = _nothing
        """Somebody wants to pay only a part by card."""
        self.on_kept: Callable[[], None] = _nothing
        """The sale was put aside."""
        self.on_settled: Callable[[], None] = _nothing
        """What is kept open may have changed."""
        self.call: Callable[[Callable[[], None]], None] = lambda job: job()
        """Runs a job on this thread, from any."""
        selling.on_unsaved = self._unsaved
        self.view: CardView | None = None
        self._course = Course(0)
        self._phase = ""
        self._amount = 0

    # ---- what others ask

    @property
    def integrated(self) -> bool:
        """True where a terminal hangs on the till's line."""
        return card.integrated(self.desk.till)

    @property
    def running(self) -> bool:
        """True while money may be on its way: nothing else is charged, taken back or left."""
        return self._phase in LOCKED

    @property
    def now_ms(self) -> int:
        """The clock nobody sets."""
        return self.desk.till.clock.monotonic_ms()

    # ---- charging

    def start(self, amount: int | None = None) -> None:
        """Asks the terminal for `amount`, or for all that is due."""
        selling, till = self.selling, self.desk.till
        basket, payments = selling.basket, selling.payments
        if self.running or basket is None or selling.state.busy:
            return
        standing = selling.settlement
        self._forget()
        self._amount = amount or (standing.due if standing else 0)
        self._go("starting")
        self.desk.hands.run(
            LEDGER,
            lambda: card.start(till, basket, payments, amount),
            self._begun,
            self._refused,
        )

    def _refused(self, error: BaseException) -> None:
        """Nothing was begun: a rule said no, or the disk."""
        self._go("")
        self.desk.hands.sound("refused")
        self.desk.tell(error)
        if isinstance(error, PosError) and error.code in ("commit_unknown", "payment_running"):
            self.resume()  # it may stand in the ledger after all: then it is asked

    def _begun(self, attempt: Attempt) -> None:
        till = self.desk.till
        self._course.attempt, self._course.began_ms = attempt, self.now_ms
        self._go("waiting")

        def told(event: str) -> None:
            self.call(partial(self._event, attempt.number, event))

        self.desk.hands.run(
            TERMINAL, lambda: card.charge(till, attempt, told), self._answered, self._unanswered
        )

    def _event(self, number: int, event: str) -> None:
        """The terminal said how far it is."""
        attempt, till = self._course.attempt, self.desk.till
        if attempt is None or attempt.number != number or not self.running:
            return
        now = utc_text(till.now())
        if event == "shown" and not self._course.shown_at:
            self._course.shown_at, self._course.shown_ms = now, self.now_ms
            self.desk.hands.run(LEDGER, lambda: card.note_sent(till, attempt), None, _quiet)
        elif event == "card":
            self._course.card_at = now
        self._show()

    def _answered(self, answer: CardAnswer) -> None:
        """The terminal's word; what it means is written before anything is shown."""
        attempt, till = self._course.attempt, self.desk.till
        self._course.asking = False
        if attempt is None or not self.running:
            return
        if answer.result is CardResult.RUNNING:
            self._still_at_it()
            return
        basket, payments = self.selling.basket, self.selling.payments

        def settle() -> Settled:
            if attempt.kind == "refund":
                return card.settle_refund(till, attempt, answer, basket, payments)
            if basket is None:
                raise Unavailable("terminal_offline")
            return card.settle_charge(till, attempt, answer, basket, payments)

        self.desk.hands.run(LEDGER, settle, self._settled, self._not_written)

    def _still_at_it(self) -> None:
        """It lives and waits for the customer: so does the till, by asking now and then."""
        self._course.lives(self.now_ms + POLL_MS)
        if self._phase in ("checking", "open"):
            self._course.shown_at = self._course.shown_at or utc_text(self.desk.till.now())
            self._go("waiting")

    def _settled(self, settled: Settled) -> None:
        self._course.attempt = attempt = settled.attempt
        self._course.polling = self._course.asking = False
        if attempt.kind == "refund":
            self._refunded(settled)
        elif attempt.state in ("approved", "settled_by_hand"):
            self._charged(settled)
        elif attempt.state == "unknown":
            self._course.next_ask_ms = self.now_ms + self._pause_ms()
            self._go("wrong")
            self._alarm()
        else:
            self._not_charged(attempt)
        self.on_settled()

    def _charged(self, settled: Settled) -> None:
        selling = self.selling
        before = selling.payments
        selling.payments = settled.payments
        if len(settled.payments) == len(before):  # a person typed that it was not charged
            self._end("never")
        elif settled.complete:
            self._go("")
            selling.refresh()
            if self.desk.till.person is not None:
                selling.complete()
        else:
            standing = selling.settlement
            self._course.rest = standing.due if standing else 0
            self._end("partial" if settled.attempt.answer.partial else "")
        selling.refresh()

    def _not_charged(self, attempt: Attempt) -> None:
        result = attempt.answer.result
        if self._course.part:
            self._end("")
            self.on_part()
            return
        self._end({"declined": "declined", "never": "never"}.get(result, "cancelled"))
        if result == "declined":
            self._alarm()

    def _alarm(self) -> None:
        self.desk.hands.sound("refused")
        if self.view is not None:
            self.desk.hands.announce(self.view.spoken, at_once=True)

    def _unanswered(self, error: BaseException) -> None:
        """Not asked at all: nothing was charged. Asked and not answered: it is checked."""
        attempt, till = self._course.attempt, self.desk.till
        if not isinstance(error, PosError):
            raise error
        if attempt is None or not self.running:
            return
        if isinstance(error, Unavailable):

            def not_sent(_attempt: Attempt) -> None:
                kept = attempt.kind == "refund"
                self._end("kept" if kept else _OF_ERROR.get(error.code, "offline"))
                self._alarm()

            job = partial(card.not_sent, till, attempt, error)
            self.desk.hands.run(LEDGER, job, not_sent, self._not_written)
            return
        self._check(error.code)
        job = partial(card.doubt, till, attempt, error)
        self.desk.hands.run(LEDGER, job, self._doubted, self._not_written)

    def _doubted(self, attempt: Attempt) -> None:
        if self._course.attempt is not None and self._course.attempt.number == attempt.number:
            self._course.attempt = attempt

    def _not_written(self, error: BaseException) -> None:
        """The disk did not take it: it is asked again and written then."""
        self._course.asking = False
        if not isinstance(error, PosError):
            raise error
        self.desk.tell(error)
        self._check(error.code)

    def _unsaved(self, error: PosError) -> None:
        """Charged, and its sale not written: shown until it is, and tried again by itself."""
        first = self._phase != "unsaved"
        self._course.why, self._course.next_ask_ms = error.code, self.now_ms + UNSAVED_MS
        self._amount = sum(each.amount for each in self.selling.payments if each.terminal)
        self._end("unsaved")
        if first:
            self._alarm()

    # ---- asking

    def _check(self, why: str) -> None:
        """From now on it is asked by reference."""
        attempt = self._course.attempt
        refund = attempt is not None and attempt.kind == "refund"
        self._course.why, self._course.polling = why, False
        if not self._course.doubt_ms:
            self._course.doubt(self.now_ms, utc_text(self.desk.till.now()))
        self._go("asking_back" if refund else "checking")
        self._alarm()

    def _pause_ms(self) -> int:
        return self.desk.till.settings.terminal_check_s * 1_000 // card.ASKS

    def tick(self) -> None:
        """Once a second: the clock on the screen, and asking where nothing is known."""
        if self._phase == "unsaved" and self.now_ms >= self._course.next_ask_ms:
            self._course.next_ask_ms = self.now_ms + UNSAVED_MS
            self.finish_waiting()
        if not self.running:
            return
        settings = self.desk.till.settings
        if self._phase == "checking" and self._course.doubt_ms:
            waited_ms = self.now_ms - self._course.doubt_ms
            if waited_ms >= settings.terminal_open_s * 1_000:
                self._phase = "open"
        deaf = self._phase == "stopping" and not self._course.polling
        if deaf and self.now_ms >= self._course.next_ask_ms:
            card.hang_up(self.desk.till)  # alive, and hears nothing: what it came to is asked
        due = self._phase in ("checking", "open", "asking_back", "wrong") or self._course.polling
        if due and not self._course.asking and self.now_ms >= self._course.next_ask_ms:
            self._ask()
        self._show()

    def _ask(self) -> None:
        attempt, till = self._course.attempt, self.desk.till
        if attempt is None:
            return
        self._course.asking = True
        if not self._course.polling:
            self._course.asks += 1
        self._course.next_ask_ms = self.now_ms + (
            POLL_MS if self._course.polling else self._pause_ms()
        )
        self.desk.hands.run(
            TERMINAL, lambda: card.ask(till, attempt), self._answered, self._not_known
        )

    def _not_known(self, error: BaseException) -> None:
        """Still nothing: asked again at its time."""
        self._course.asking = False
        if not isinstance(error, PosError):
            raise error
        if self._course.polling and self.running:
            self._check(error.code)
        self._show()

    # ---- what a person does

    def cancel(self) -> None:
        """Del: stops it on the terminal, where it still can be stopped."""
        attempt, till = self._course.attempt, self.desk.till
        if self._phase != "waiting" or attempt is None:
            return
        self._go("stopping")
        patience_s = 0 if self._course.polling else self.desk.till.settings.terminal_silent_s
        self._course.next_ask_ms = self.now_ms + patience_s * 1_000

        def not_reached(error: BaseException) -> None:
            self.desk.tell(error)
            if self._phase == "stopping":
                self._go("waiting")

        self.desk.hands.run(CANCELLING, lambda: card.cancel(till, attempt), None, not_reached)

    def part(self) -> None:
        """Only a part by card: what runs is stopped, then an amount can be typed."""
        if self._phase == "waiting":
            self._course.part = True
            self.cancel()
        elif not self.running:
            self._forget()
            self._go("")
            self.on_part()

    def again(self) -> None:
        """The same once more, under a new number."""
        if self.view is not None and not self.running:
            self.start(self._amount or None)

    def ask_slip(self, what: str) -> None:
        """A person reads the end from the terminal: its slip's number is typed."""
        if self._phase in ("checking", "open"):
            self._course.slip_for = what
            self._show()

    def by_hand(self, slip: str) -> None:
        """The slip's number; empty goes back."""
        what, attempt, till = self._course.slip_for, self._course.attempt, self.desk.till
        basket, payments = self.selling.basket, self.selling.payments
        if not slip.strip() or attempt is None or basket is None or not what:
            self._course.slip_for = ""
            self._show()
            return
        job = partial(
            card.settle_by_hand,
            *(till, attempt, basket, payments),
            approved=what == "approved",
            slip=slip,
        )
        self._course.slip_for = ""
        self.desk.hands.run(LEDGER, job, self._settled, self.desk.tell)

    def keep(self) -> None:
        """Puts the sale aside as payment unknown: the next customer is served."""
        attempt, till = self._course.attempt, self.desk.till
        basket, payments = self.selling.basket, self.selling.payments
        if self._phase not in ("open", "wrong") or attempt is None or basket is None:
            return
        label = _("Payment unknown \u00b7 P-{number}").format(number=attempt.number)

        def kept(opened: Attempt) -> None:
            self._forget()
            self._go("")
            self.selling.reset()
            self.on_kept()
            self.on_settled()
            text = _("Kept as open. P-{number} settles itself or waits under Needs attention.")
            self.desk.hands.toast(text.format(number=opened.number))

        job = partial(card.keep_open, till, basket, payments, attempt, label=label)
        self.desk.hands.run(LEDGER, job, kept, self.desk.tell)

    def take_back(self, place: int) -> None:
        """A payment leaves the sale; one that the terminal charged goes back on the terminal."""
        selling, till = self.selling, self.desk.till
        if self.running or not 0 <= place < len(selling.payments):
            return
        payment, basket = selling.payments[place], selling.basket
        if not payment.terminal or basket is None:
            self.dismiss()
            selling.take_back(place)
            return
        self._forget()
        self._amount = payment.amount
        self._go("returning")
        start = partial(
            card.start_refund,
            *(till, payment.reference, basket.basket_id, basket.currency, payment.amount),
        )
        self.desk.hands.run(LEDGER, start, self._refund_begun, self._refused)

    def _refund_begun(self, attempt: Attempt) -> None:
        till = self.desk.till
        self._course.attempt, self._course.began_ms = attempt, self.now_ms
        self._go("returning")
        self.desk.hands.run(
            TERMINAL, lambda: card.give_back(till, attempt), self._answered, self._unanswered
        )

    def _refunded(self, settled: Settled) -> None:
        if settled.attempt.state == "approved":
            self.selling.payments = settled.payments
            self._end("")
            self.selling.refresh()
            amount = self.desk.money(settled.attempt.amount)
            self.desk.hands.toast(_("{amount} went back to the card.").format(amount=amount))
        else:
            self._end("kept")
            self._alarm()

    def dismiss(self) -> None:
        """What was told was read."""
        if not self.running:
            self._forget()
            self._go("")

    # ---- coming back

    def resume(self) -> None:
        """After a start or a recall: a payment of this basket whose end is not known is asked.

        Where it was charged and only the sale is missing, `finish_waiting` makes it.
        """
        basket, till = self.selling.basket, self.desk.till
        if basket is None or self.running:
            return
        attempt = unfinished(till, basket.basket_id)
        if attempt is None:
            return
        self._course = Course(self.now_ms, attempt, shown_at=attempt.sent_at)
        self._amount = attempt.amount
        title = _("Card payment P-{number} of {amount} is being checked.").format(
            number=attempt.number, amount=self.desk.money(attempt.amount)
        )
        self.selling.tell(Card("kept", title, _("Nothing is charged twice."), "warn"))
        self._check(attempt.answer.reason or "restart")

    def finish_waiting(self) -> None:
        """A sale that is paid on the terminal and was cut off before it was one: it ends now."""
        standing = self.selling.settlement
        by_terminal = any(payment.terminal for payment in self.selling.payments)
        paid = by_terminal and standing is not None and standing.complete
        if paid and not self.running and self.desk.till.person is not None:
            self.selling.complete()

    # ---- showing

    def _forget(self) -> None:
        self._course = Course(self.now_ms)

    def _end(self, phase: str) -> None:
        """No money is on its way any more; `phase` says what is told, empty for nothing."""
        self._course.end()
        self._go(phase)

    def _go(self, phase: str) -> None:
        self._phase = phase
        self._show()

    def _show(self) -> None:
        before = self.view
        self.view = None if not self._phase else self._viewed()
        if self.view != before:
            self.on_change()

    def _viewed(self) -> CardView:
        silent_s = self.desk.till.settings.terminal_silent_s
        at = self._course.standing(self._phase, self._amount, self.now_ms, silent_s)
        return card_view(self.desk, at)


def _nothing() -> None:
    """Nobody listens yet."""


def _quiet(error: BaseException) -> None:
    """How far the terminal is, is only told: what it comes to is written."""
    if not isinstance(error, PosError):
        raise error
