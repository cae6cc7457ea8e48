"""Paying by card on a terminal that hangs on the till's line: written down, then asked, once.

A charge is an *attempt*: a row committed FULL under a P-number before the terminal hears of it.
While an attempt of a basket may still come to money, nothing else is charged for that basket and
it is not sold, cancelled or parked; what became of it is asked by its reference, never guessed.

| state | means |
|---|---|
| begun | written down; the terminal may have heard of it or not |
| sent | the terminal showed the amount |
| approved, declined, cancelled | the terminal's last word |
| unknown | no answer: it is asked |
| kept_open | put aside with its sale as *payment unknown*; asked now and then |
| settled_by_hand | a person typed what the terminal's slip says; asked until the terminal says it too |
| reversed | charged and given back |

Verbs marked *writes* are one transaction on the ledger lane; those marked *terminal* block and
belong on the terminal's lane.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from hardware.devices import CardAnswer, CardResult, Terminal
from pos_app.domain.basket import Basket
from pos_app.domain.day import utc_text
from pos_app.domain.errors import PosError, Refused, Unavailable
from pos_app.domain.tender import Payment
from pos_app.domain.text import plain
from pos_app.store import attempts
from pos_app.store.attempts import BY_HAND, CHARGE, KEPT_OPEN, REFUND, AttemptAnswer
from pos_app.store.transaction import Transaction
from pos_app.till import checkout
from pos_app.till.card_guard import refuse_running
from pos_app.till.card_numbers import refuse_card_number
from pos_app.till.till import Till, stamp
from sync.protocol import CardNoted, FactPayment

CARD: Final = "card"
Attempt = attempts.Attempt
SLIP_MAX = 32
ASKS = 5
"""How often a terminal that said nothing is asked before a person may put the sale aside."""


def integrated(till: Till) -> bool:
    """True where a terminal hangs on this till's line; else a person types from a slip."""
    return till.devices.terminal is not None


def start(
    till: Till, basket: Basket, payments: tuple[Payment, ...], amount: int | None = None
) -> Attempt:
    """*Writes.* The attempt to charge `amount` (None: what is due), durable and not sent yet.

    Raises what `checkout.pay` does, Refused("payment_running") while another may still come to
    money, Unavailable("terminal_offline") where there is no terminal.
    """
    terminal = _terminal(till)
    refuse_running(till, basket.basket_id)
    paid = checkout.pay(till, basket, payments, CARD, amount)[-1]
    with till.ledger.transaction() as tx:
        tx.keep_basket(basket, payments)
        return _begin(till, tx, CHARGE, basket.basket_id, paid.amount, basket.currency, terminal)


def _begin(
    till: Till,
    tx: Transaction,
    kind: str,
    basket_id: str,
    amount: int,
    currency: str,
    terminal: Terminal,
    of: str = "",
) -> Attempt:
    me = till.identity
    return tx.begin_attempt(
        f"{me.store}-{me.till}-{me.epoch}.",
        kind=kind,
        basket_id=basket_id,
        amount=amount,
        currency=currency,
        terminal=terminal.name,
        staff=till.person.staff_id if till.person else "",
        at=utc_text(till.now()),
        of_reference=of,
    )


def charge(till: Till, attempt: Attempt, told: Callable[[str], None]) -> CardAnswer:
    """*Terminal.* Sends a begun attempt; see `hardware.devices.Terminal.begin` for what it raises."""
    return _terminal(till).begin(attempt.reference, attempt.amount, attempt.currency, told)


def ask(till: Till, attempt: Attempt) -> CardAnswer:
    """*Terminal.* What became of it; raises Unavailable or Uncertain: still not known."""
    return _terminal(till).ask(attempt.reference)


def cancel(till: Till, attempt: Attempt) -> None:
    """*Terminal, on a lane of its own.* Stops it where that is still possible."""
    _terminal(till).cancel(attempt.reference)


def hang_up(till: Till) -> None:
    """*From any lane.* Nobody waits on its line any more: what runs there raises Uncertain."""
    _terminal(till).close()


def give_back(till: Till, attempt: Attempt) -> CardAnswer:
    """*Terminal.* Sends a begun refund; raises as `charge`."""
    terminal = _terminal(till)
    return terminal.refund(
        attempt.reference, attempt.of_reference, attempt.amount, attempt.currency
    )


def note_sent(till: Till, attempt: Attempt) -> Attempt:
    """*Writes.* The terminal shows the amount."""
    return _change(till, attempt, state="sent", sent_at=utc_text(till.now()))


def doubt(till: Till, attempt: Attempt, why: PosError, asked: int = 0) -> Attempt:
    """*Writes.* It may have happened: nothing else is charged until it is known."""
    answer = AttemptAnswer(reason=why.code)
    return _change(till, attempt, state="unknown", asked=asked, answer=answer)


def not_sent(till: Till, attempt: Attempt, why: PosError) -> Attempt:
    """*Writes.* The terminal never heard of it (`Unavailable`): nothing was charged."""
    return _change(till, attempt, state="cancelled", answer=AttemptAnswer(reason=why.code))


def _change(till: Till, attempt: Attempt, **changes: Any) -> Attempt:
    changed = msgspec.structs.replace(attempt, changed_at=utc_text(till.now()), **changes)
    with till.ledger.transaction() as tx:
        tx.change_attempt(changed)
    return changed


@dataclass(frozen=True, slots=True)
class Settled:
    """What an answer came to."""

    attempt: Attempt
    payments: tuple[Payment, ...]
    """The basket's, with this one where it was charged."""
    complete: bool = False
    """True where nothing is left to pay: complete the sale."""


def settle_charge(
    till: Till,
    attempt: Attempt,
    answer: CardAnswer,
    basket: Basket,
    payments: tuple[Payment, ...],
) -> Settled:
    """*Writes.* The terminal's word, and the basket with the payment, in one commit.

    A charge of another amount or currency than was asked, which the terminal does not call a
    partial approval, is no payment: it stays unknown for a person, `attempt.answer` says what it
    was. RUNNING changes nothing.
    """
    if answer.result is CardResult.RUNNING:
        return Settled(attempt, payments)
    if answer.result is not CardResult.APPROVED:
        return Settled(_change(till, attempt, **_ended(answer)), payments)
    if strange(attempt, answer):
        heard = _heard(answer, reason="wrong_amount")
        return Settled(_change(till, attempt, state="unknown", answer=heard), payments)
    payments = _with(payments, attempt, answer)
    approved = msgspec.structs.replace(
        attempt, state="approved", changed_at=utc_text(till.now()), answer=_heard(answer)
    )
    with till.ledger.transaction() as tx:
        tx.change_attempt(approved)
        if attempt.state == KEPT_OPEN:
            tx.keep_parked(basket.basket_id, basket, payments)
            _note(till, tx, approved, "charged")
        else:
            tx.keep_basket(basket, payments)
    return Settled(approved, payments, checkout.settlement(till, basket, payments).complete)


def strange(attempt: Attempt, answer: CardAnswer | AttemptAnswer) -> bool:
    """True where another amount was charged than was asked, and not as a partial approval."""
    if answer.currency != attempt.currency:
        return True
    if answer.partial:
        return not 0 < answer.amount < attempt.amount
    return answer.amount != attempt.amount


def _ended(answer: CardAnswer) -> dict[str, Any]:
    state = "declined" if answer.result is CardResult.DECLINED else "cancelled"
    return {"state": state, "answer": _heard(answer)}


def _heard(answer: CardAnswer, reason: str = "") -> AttemptAnswer:
    return AttemptAnswer(
        result=str(answer.result),
        amount=answer.amount,
        currency=answer.currency,
        partial=answer.partial,
        auth=answer.auth,
        last4=answer.last4,
        scheme=answer.scheme,
        terminal=answer.terminal,
        slip=answer.slip,
        at=answer.at,
        reason=reason or answer.reason,
    )


def _with(
    payments: tuple[Payment, ...], attempt: Attempt, answer: CardAnswer
) -> tuple[Payment, ...]:
    if any(payment.reference == attempt.reference for payment in payments):
        return payments
    terminal = answer.terminal or attempt.terminal
    made = Payment(
        *(CARD, answer.amount, 0, 0, attempt.reference, answer.auth, answer.last4, terminal)
    )
    return (*payments, made)


def settle_by_hand(
    till: Till,
    attempt: Attempt,
    basket: Basket,
    payments: tuple[Payment, ...],
    *,
    approved: bool,
    slip: str,
) -> Settled:
    """*Writes.* What a person reads from the terminal's slip, marked as typed and journalled.

    The terminal is asked on until it says the same; where it does not, somebody is told. Raises
    Refused("reference_missing" | "reference_is_card_number").
    """
    slip = plain(slip, SLIP_MAX)
    if not slip:
        raise Refused("reference_missing", tender=CARD)
    refuse_card_number(slip, "reference_is_card_number")
    heard = AttemptAnswer(
        result="approved" if approved else "declined",
        amount=attempt.amount if approved else 0,
        currency=attempt.currency,
        slip=slip,
        typed=True,
    )
    settled = msgspec.structs.replace(
        attempt, state=BY_HAND, changed_at=utc_text(till.now()), answer=heard
    )
    if approved:
        made = Payment(CARD, attempt.amount, 0, 0, f"{attempt.reference} {slip}")
        payments = (*payments, made)
    with till.ledger.transaction() as tx:
        tx.change_attempt(settled)
        if attempt.state == KEPT_OPEN:
            tx.keep_parked(basket.basket_id, basket, payments)
        else:
            tx.keep_basket(basket, payments)
        _note(till, tx, settled, "typed_charged" if approved else "typed_not_charged", slip=slip)
    till.after_commit()
    return Settled(settled, payments, checkout.settlement(till, basket, payments).complete)


def keep_open(
    till: Till, basket: Basket, payments: tuple[Payment, ...], attempt: Attempt, *, label: str
) -> Attempt:
    """*Writes.* Puts the sale aside as *payment unknown*, with what was paid on it otherwise."""
    opened = msgspec.structs.replace(attempt, state=KEPT_OPEN, changed_at=utc_text(till.now()))
    by = till.person.staff_id if till.person else attempt.staff
    with till.ledger.transaction() as tx:
        tx.change_attempt(opened)
        tx.park(basket, payments, label=plain(label, 80), by=by, at=utc_text(till.now()))
        _note(till, tx, opened, KEPT_OPEN, reason=attempt.answer.reason)
    till.after_commit()
    return opened


def start_refund(till: Till, of: str, basket_id: str, currency: str, amount: int) -> Attempt:
    """*Writes.* The attempt to give back `amount` of what was charged under `of`, not sent yet.

    `basket_id` is the sale's. Raises Refused("payment_running") while the same is being given back
    already, Unavailable("terminal_offline") where there is no terminal.
    """
    terminal = _terminal(till)
    for attempt in till.ledger.attempts(basket_id):
        if attempt.kind == REFUND and attempt.of_reference == of and attempt.open:
            raise Refused("payment_running", number=attempt.number)
    with till.ledger.transaction() as tx:
        return _begin(till, tx, REFUND, basket_id, amount, currency, terminal, of=of)


def goes_back(
    till: Till, paid: Sequence[object], amount: int, before: int = 0
) -> list[tuple[FactPayment, int]]:
    """What the till's terminal gives back by itself of `amount` by card: charge and part of it.

    `paid` are a sale's payments, `before` what went back to its cards already: charges are given
    back in the order they were made, each at most as a whole. What no charge of this till covers
    (a slip, another till's sale) a person gives back. Nothing where no terminal is.
    """
    found: list[tuple[FactPayment, int]] = []
    if till.devices.terminal is None:
        return found
    for payment in paid:
        if not isinstance(payment, FactPayment) or payment.tender != CARD:
            continue  # another till's sale is known here without its card's reference
        gone = min(before, payment.amount)
        part = min(amount, payment.amount - gone)
        before -= gone
        amount -= part
        if payment.terminal and part:
            found.append((payment, part))
    return found


def owe_back(
    till: Till, tx: Transaction, document: str, parts: Sequence[tuple[FactPayment, int]]
) -> None:
    """In the transaction of a void or refund: what `goes_back` is begun with the document.

    It is sent right after the commit, and asked for until the terminal has given it.
    """
    for payment, part in parts:
        terminal, currency = _terminal(till), till.store.currency
        _begin(till, tx, REFUND, document, part, currency, terminal, of=payment.ref)


def owed(till: Till, attempt: Attempt) -> bool:
    """True for a refund of a document that is written: it has to go back, this way or another."""
    return attempt.kind == REFUND and bool(till.ledger.hash_of(attempt.basket_id))


def send_again(till: Till, attempt: Attempt) -> Attempt:
    """*Writes.* A refund that the terminal refused, begun anew under another number."""
    terminal = _terminal(till)
    with till.ledger.transaction() as tx:
        tx.forget_attempts([attempt.number])
        return _begin(
            *(till, tx, REFUND, attempt.basket_id, attempt.amount, attempt.currency, terminal),
            of=attempt.of_reference,
        )


def gave_back_otherwise(till: Till, attempt: Attempt) -> None:
    """*Writes.* A person gave it back in cash or on another terminal; journalled with their name."""
    with till.ledger.transaction() as tx:
        tx.forget_attempts([attempt.number])
        _note(till, tx, attempt, "given_back", reason="otherwise")
    till.after_commit()


def settle_refund(
    till: Till,
    attempt: Attempt,
    answer: CardAnswer,
    basket: Basket | None = None,
    payments: tuple[Payment, ...] = (),
) -> Settled:
    """*Writes.* The terminal's word on a refund; given back, the payment leaves the open basket."""
    if answer.result is CardResult.RUNNING:
        return Settled(attempt, payments)
    if answer.result is not CardResult.APPROVED:
        ended = _ended(answer)
        if owed(till, attempt):
            ended["state"] = "unknown"  # its document is written: a person has to settle it
        return Settled(_change(till, attempt, **ended), payments)
    of = till.ledger.attempt(attempt.of_reference)
    left = tuple(each for each in payments if each.reference != attempt.of_reference)
    done = msgspec.structs.replace(
        attempt, state="approved", changed_at=utc_text(till.now()), answer=_heard(answer)
    )
    with till.ledger.transaction() as tx:
        tx.change_attempt(done)
        if of is not None and of.kind == CHARGE:
            tx.change_attempt(msgspec.structs.replace(of, state="reversed"))
        if basket is not None:
            tx.keep_basket(basket, left)
        _note(till, tx, done, "given_back")
        if till.ledger.hash_of(attempt.basket_id):
            tx.forget_attempts([attempt.number, *([of.number] if of is not None else [])])
    till.after_commit()
    return Settled(done, left)


def check_kept(till: Till, attempt: Attempt, answer: CardAnswer) -> Attempt:
    """*Writes.* The terminal's later word on what a person settled by hand.

    The same: the attempt is settled and forgotten with its sale. Charged, where the person read
    that it was not: it is a charge without a sale, "unknown" with `wrong_hand`, and somebody must
    give it back or explain it.
    """
    said = answer.result is CardResult.APPROVED
    if answer.result is CardResult.RUNNING:
        return attempt
    if said == (attempt.answer.result == "approved") and not (said and strange(attempt, answer)):
        settled = msgspec.structs.replace(attempt, state="approved" if said else "declined")
        with till.ledger.transaction() as tx:
            tx.change_attempt(settled)
            if till.ledger.hash_of(attempt.basket_id):
                tx.forget_attempts([attempt.number])
        return settled
    heard = _heard(answer, reason="wrong_hand")
    stray = msgspec.structs.replace(attempt, state="unknown", answer=heard)
    with till.ledger.transaction() as tx:
        tx.change_attempt(stray)
        _note(till, tx, stray, "stray", reason="wrong_hand")
    till.after_commit()
    return stray


def check_stray(till: Till, attempt: Attempt, answer: CardAnswer) -> Attempt:
    """*Writes.* The end of a charge whose basket is gone: charged, somebody must give it back."""
    if answer.result is CardResult.RUNNING:
        return attempt
    if answer.result is not CardResult.APPROVED:
        return _change(till, attempt, **_ended(answer))
    stray = msgspec.structs.replace(attempt, state="unknown", answer=_heard(answer))
    with till.ledger.transaction() as tx:
        tx.change_attempt(stray)
        _note(till, tx, stray, "stray", reason="no_basket")
    till.after_commit()
    return stray


def kept_basket(till: Till, attempt: Attempt) -> tuple[Basket, tuple[Payment, ...]] | None:
    """The sale that was put aside with an unknown payment."""
    return till.ledger.parked_basket(attempt.basket_id)


def release(till: Till, attempt: Attempt, answer: CardAnswer, *, label: str) -> Attempt:
    """*Writes.* What was kept open was not charged: its sale is a parked one like any other."""
    ended = msgspec.structs.replace(attempt, changed_at=utc_text(till.now()), **_ended(answer))
    with till.ledger.transaction() as tx:
        tx.change_attempt(ended)
        tx.label_parked(attempt.basket_id, plain(label, 80))
        _note(till, tx, ended, "not_charged")
    till.after_commit()
    return ended


def finish_kept(till: Till, attempt: Attempt) -> checkout.Completed | None:
    """*Writes.* Completes the sale put aside whose payment came after all; None where it waits.

    It needs a person, a shift, and that nothing is left to pay.
    """
    kept = kept_basket(till, attempt)
    if kept is None or till.person is None or till.shift is None:
        return None
    basket, payments = kept
    if not checkout.settlement(till, basket, payments).complete:
        return None
    return checkout.complete(till, basket, payments)


def _note(
    till: Till, tx: Transaction, attempt: Attempt, state: str, *, slip: str = "", reason: str = ""
) -> None:
    answer = attempt.answer
    tx.append(
        CardNoted(
            **stamp(till, tx),
            reference=attempt.reference,
            basket=attempt.basket_id,
            state=state,
            amount=answer.amount or attempt.amount,
            currency=attempt.currency,
            of=attempt.of_reference,
            auth=answer.auth,
            last4=answer.last4,
            terminal=answer.terminal or attempt.terminal,
            slip=slip,
            reason=reason,
        )
    )


def _terminal(till: Till) -> Terminal:
    terminal = till.devices.terminal
    if terminal is None:
        raise Unavailable("terminal_offline", terminal="")
    return terminal
