"""Card payments that wait for their end: asked in quiet moments, and what a person should know.

A sale put aside as *payment unknown* settles itself here: charged, it becomes the sale it was;
not charged, it is a parked sale like any other. What a person typed by hand is asked until the
terminal has said the same. Money is given back only when a person says so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hardware.devices import CardAnswer, CardResult
from pos_app.domain.errors import PosError
from pos_app.presenters.card import Cards
from pos_app.presenters.connection import Attention
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.till import card
from pos_app.till.card import Attempt
from pos_app.till.checkout import Completed
from pos_app.till.till import Till
from pos_app.words import _

KEPT = "terminal_kept"
"""A lane of its own: no customer waits for what is asked here."""
EVERY_MS = 30_000
"""How often what waits is asked about."""
SHOWN = 3


class Kept:
    """What waits, beside the selling. `refresh` after each change, `tick` once a second."""

    def __init__(self, desk: Desk, cards: Cards) -> None:
        self.desk, self.cards = desk, cards
        self.on_change: Callable[[], None] = lambda: None
        self.on_finished: Callable[[Completed], None] = lambda _completed: None
        self.recall: Callable[[str], None] = lambda _park_id: None
        """Makes a parked basket the open one."""
        self.waiting: tuple[Attempt, ...] = ()
        self._next_ms = 0
        self._asking = False
        self._head: object = None
        """Where the journal stood when it was looked at last."""

    def refresh(self) -> None:
        """Reads what waits."""
        till = self.desk.till
        basket = self.cards.selling.basket
        held = basket.basket_id if basket is not None else ""
        self.waiting = tuple(
            each
            for each in till.view.attempts()
            if each.basket_id != held and (each.open or self._paid(each))
        )
        self.on_change()

    def _paid(self, attempt: Attempt) -> bool:
        """Charged after all, its sale still put aside."""
        charged = attempt.kind == "charge" and attempt.state == "approved"
        return charged and self.desk.till.view.parked_basket(attempt.basket_id) is not None

    def tick(self) -> None:
        """Asks about one after the other, when nobody pays."""
        now, head = self.desk.till.clock.monotonic_ms(), self.desk.till.ledger.head()
        if head != self._head:
            self._head = head
            self.refresh()
            if any(each.kind == "refund" and each.state == "begun" for each in self.waiting):
                self._next_ms = now  # a document owes it: it is sent at once
        if self._asking or self.cards.running or now < self._next_ms:
            return
        self._next_ms = now + EVERY_MS
        self.refresh()
        asked = [each for each in self.waiting if each.open and not self._stray(each)]
        if asked:
            self._ask(asked)
        else:
            self._finish_paid()

    @staticmethod
    def _stray(attempt: Attempt) -> bool:
        """The terminal has said so: only a person can settle a charge that no sale has.

        The same for what it did not give back.
        """
        refused = attempt.kind == "refund" and bool(attempt.answer.result)
        charged = attempt.answer.result == "approved"
        return attempt.state == "unknown" and (charged or refused)

    def _ask(self, left: list[Attempt]) -> None:
        attempt, till = left[0], self.desk.till
        self._asking = True

        def went_on() -> None:
            self._asking = False
            if left[1:] and not self.cards.running:
                self._ask(left[1:])
            else:
                self.refresh()
                self._finish_paid()

        def heard(answer: CardAnswer) -> None:
            job = partial(self._write, attempt, answer)
            self.desk.hands.run(LEDGER, job, lambda _done: went_on(), failed)

        def failed(error: BaseException) -> None:
            if not isinstance(error, PosError):
                raise error
            went_on()

        verb = card.give_back if attempt.kind == "refund" else card.ask
        self.desk.hands.run(KEPT, lambda: verb(till, attempt), heard, failed)

    def _write(self, attempt: Attempt, answer: CardAnswer) -> object:
        """*Ledger lane.* What the later word means."""
        till = self.desk.till
        if answer.result is CardResult.RUNNING:
            return None
        if attempt.kind == "refund":
            return card.settle_refund(till, attempt, answer)
        if attempt.state == "settled_by_hand":
            return card.check_kept(till, attempt, answer)
        kept = card.kept_basket(till, attempt)
        if kept is None:
            return card.check_stray(till, attempt, answer)
        if answer.result is CardResult.APPROVED:
            return card.settle_charge(till, attempt, answer, *kept)
        label = _("Not charged \u00b7 P-{number}").format(number=attempt.number)
        return card.release(till, attempt, answer, label=label)

    def _finish_paid(self) -> None:
        """The sales put aside that are paid now become sales, where somebody may sell."""
        till = self.desk.till
        paid = [each for each in self.waiting if each.kind == "charge" and not each.open]
        if not paid or till.person is None or till.shift is None:
            return
        if self.cards.running or self.cards.selling.state.busy:
            return

        def first() -> tuple[Attempt, Completed] | None:
            for each in paid:  # one that is charged in part waits for a person, not the others
                completed = card.finish_kept(till, each)
                if completed is not None:
                    return each, completed
            return None

        def finished(found: tuple[Attempt, Completed] | None) -> None:
            self.refresh()
            if found is not None:
                attempt, completed = found
                self.on_finished(completed)
                text = _("Card payment P-{number} was charged. Its sale {sale} is complete.")
                self.desk.hands.toast(
                    text.format(number=attempt.number, sale=completed.sale.doc_no)
                )

        def not_finished(error: BaseException) -> None:
            self.refresh()
            self.desk.tell(error)

        self.desk.hands.run(LEDGER, first, finished, not_finished)

    # ---- what a person sees and does

    def attention(self) -> tuple[Attention, ...]:
        """A row for each that needs a person, the oldest first."""
        rows = [self._row(each) for each in self.waiting]
        return tuple(row for row in rows if row is not None)[:SHOWN]

    def _row(self, attempt: Attempt) -> Attention | None:
        facts = {"number": attempt.number, "amount": self.desk.money(attempt.amount)}
        if attempt.kind == "refund":
            return self._refund_row(attempt, facts)
        if self._stray(attempt):
            title = _("{amount} was charged on the terminal, and no sale has it (P-{number})")
            return Attention(
                title.format(**facts),
                _("The customer paid for nothing, or twice. Ask them, then give it back."),
                ((f"card_back_{attempt.number}", _("Give it back")),),
                _("See to a card payment"),
            )
        if attempt.state == "settled_by_hand":
            return None
        look = ((f"card_look_{attempt.number}", _("Look at the sale")),)
        if attempt.open:
            title = _("Payment unknown: {amount} by card (P-{number})").format(**facts)
            return Attention(
                title,
                _("Its sale is parked. It settles itself when the terminal answers."),
                look,
                _("See to a card payment"),
            )
        title = _("{amount} by card was charged after all (P-{number})")
        told = _("Its sale is parked and becomes a sale by itself.")
        if attempt.answer.partial:
            facts["amount"] = self.desk.money(attempt.answer.amount)
            told = _("That is a part of its sale, which is parked. The rest has to be paid.")
        title = title.format(**facts)
        return Attention(title, told, look, _("See to a card payment"))

    def _refund_row(self, attempt: Attempt, facts: dict[str, Any]) -> Attention:
        if self._stray(attempt):
            title = _("The terminal did not give {amount} back (P-{number})").format(**facts)
            acts = (
                (f"card_send_{attempt.number}", _("Try again")),
                (f"card_gave_{attempt.number}", _("Given back otherwise")),
            )
            told = _("The receipt says it went back to the card.")
            return Attention(title, told, acts, _("See to a card payment"))
        title = _("{amount} still has to go back to a card (P-{number})").format(**facts)
        if not card.integrated(self.desk.till):
            told = _("No terminal is connected to this till any more.")
            gave = ((f"card_gave_{attempt.number}", _("Given back otherwise")),)
            return Attention(title, told, gave, _("See to a card payment"))
        told = _("The terminal does it by itself as soon as it answers.")
        return Attention(title, told, short=_("See to a card payment"))

    def send(self, number: int) -> None:
        """What the terminal refused to give back is tried once more."""
        self._do(number, card.send_again)

    def gave(self, number: int) -> None:
        """A person gave it back another way."""
        self._do(number, card.gave_back_otherwise)

    def _do(self, number: int, verb: Callable[[Till, Attempt], object]) -> None:
        attempt, till = self._of(number), self.desk.till
        if attempt is None:
            return

        def done(_result: object) -> None:
            self._next_ms = till.clock.monotonic_ms()
            self.refresh()

        self.desk.hands.run(LEDGER, lambda: verb(till, attempt), done, self.desk.tell)

    def look(self, number: int) -> None:
        """The sale put aside comes back; where its payment is unknown, it is asked at once."""
        attempt = self._of(number)
        for row in self.desk.till.view.parked():
            if attempt is not None and row.basket_id == attempt.basket_id:
                self.recall(row.park_id)

    def give_back(self, number: int) -> None:
        """A person says so: what no sale has goes back to the card."""
        attempt, till = self._of(number), self.desk.till
        if attempt is None or self.cards.running:
            return

        def begun(refund: Attempt) -> None:
            def heard(answer: CardAnswer) -> None:
                job = partial(card.settle_refund, till, refund, answer)
                self.desk.hands.run(LEDGER, job, lambda _done: self.refresh(), failed)

            self.desk.hands.run(KEPT, lambda: card.give_back(till, refund), heard, failed)

        def failed(error: BaseException) -> None:
            self.refresh()
            self.desk.tell(error)

        self.desk.hands.run(
            LEDGER,
            lambda: card.start_refund(
                till,
                attempt.reference,
                attempt.basket_id,
                attempt.currency,
                attempt.answer.amount,
            ),
            begun,
            failed,
        )

    def _of(self, number: int) -> Attempt | None:
        return next((each for each in self.waiting if each.number == number), None)
