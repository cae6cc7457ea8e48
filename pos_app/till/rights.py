"""Rights to spend what others might spend too: asked of the hub, kept here, spent once.

    ask_id = rights.hold(till, "credit", "c-7781", 1_000)     # durable, then asked
    …                                                         # `heard` keeps what the hub answers
    with till.ledger.transaction() as tx:
        rights.capture(till, tx, ask_id, 900, of=sale.id)     # with the fact that spends it

A question is in the ledger before it is sent. Where no answer comes nobody knows whether the hub
gave the right; it is asked again under the same id until it says so, or given up by a fact that
makes the id worthless. Time is measured by the clock that nobody sets: a right that is over is not
spent any more, and given back by a fact of this till, which alone can know that it was not spent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused, Unavailable
from pos_app.store.records import new_id
from pos_app.store.rights_held import ANSWERED, DROPPED, HeldRight, Question
from pos_app.store.transaction import Transaction
from pos_app.till.till import Till, stamp
from sync.protocol import (
    EarnReversed,
    GrantReleased,
    HoldCaptured,
    HoldVoided,
    ReservationStepped,
    RightAsk,
    RightReply,
    RightUsed,
    ValueEarned,
)

GRANTS, HOLDS = "/v1/grants", "/v1/holds"
RETURNS, RESERVATIONS = "/v1/return-auths", "/v1/reservations"
ORDERS: Final = "/v1/orders"
CUSTOMERS: Final = "/v1/customers"
BASKET_TTL_S: Final = 900
GRANT_TTL_S: Final = 36 * 3_600
SELF: Final = "self"
CANCELLED: Final = "CANCELLED"
RELEASED, SPENT, CAPTURED, VOIDED = "RELEASED", "EXHAUSTED", "CAPTURED", "VOIDED"
_encode = msgspec.json.Encoder().encode
_reply = msgspec.json.Decoder(RightReply)


# --- asking -------------------------------------------------------------------------------


def ask(till: Till, path: str, message: msgspec.Struct, ask_id: str) -> Question:
    """*Writes.* A question that is durable from here on, and on its way where there is one.

    Raises Refused("rights_not_now") in training, and on a till that may be a copy of itself.
    """
    if till.training or is_suspect(till):
        raise Refused("rights_not_now")
    with till.ledger.transaction() as tx:
        tx.ask(ask_id, path, _encode(message), till.identity.epoch, utc_text(till.now()))
    question = till.ledger.question(ask_id)
    if question is None:
        raise Unavailable("ledger_corrupt", file="ledger.sqlite")
    send(till, question)
    return question


def send(till: Till, question: Question) -> None:
    """Over the link, which may be down: `ask_again` is for that."""
    till.to_hub(question.ask_id, question.path, question.body)


def ask_again(till: Till) -> int:
    """Every question that has no answer yet, under its own id; how many there are."""
    waiting = [each for each in till.ledger.open_questions() if each.epoch == till.identity.epoch]
    for question in waiting:
        send(till, question)
    return len(waiting)


def grant(till: Till, kind: str, account: str, amount: int, ttl_s: int = GRANT_TTL_S) -> str:
    """*Writes.* Asks for a right that may be spent offline; its id."""
    return _ask_value(till, GRANTS, kind, account, amount, ttl_s, "")


def hold(till: Till, kind: str, account: str, amount: int, basket: str = "") -> str:
    """*Writes.* Asks that so much of an account is kept for a basket; its id."""
    return _ask_value(till, HOLDS, kind, account, amount, BASKET_TTL_S, basket)


def _ask_value(
    till: Till, path: str, kind: str, account: str, amount: int, ttl_s: int, basket: str
) -> str:
    ask_id = new_id(till.now())
    epoch = till.identity.epoch
    ask(till, path, RightAsk(ask_id, epoch, kind, account, amount, ttl_s, basket), ask_id)
    return ask_id


def heard(till: Till, message: Mapping[str, Any]) -> bool:
    """*Writes.* What sync brought of a question; True where that ended it.

    Status 0 is no answer: the question stays open, and is asked again.
    """
    ledger = till.guard
    question = ledger.question(str(message.get("id", "")))
    status, body = message.get("status"), str(message.get("body", "")).encode()
    if question is None or not question.open or type(status) is not int or status == 0:
        return False
    code, reply = str(message.get("code", "")), None
    if question.path == CUSTOMERS:
        from pos_app.till import customer_answers

        return customer_answers.heard(till, question, status, body, code)
    if status == 200:
        try:
            reply = _reply.decode(body)
        except msgspec.MsgspecError:
            return False
        code = reply.why
    with ledger.transaction() as tx:
        tx.answered(question.ask_id, status, body, utc_text(till.now()), code=code)
        if reply is not None:
            _keep(till, tx, question, reply)
    return True


def _keep(till: Till, tx: Transaction, question: Question, reply: RightReply) -> None:
    """What may be spent is kept with the time it came, by the clock nobody sets."""
    identity = till.guard.identity
    ours = (reply.id, reply.device, reply.epoch) == (
        question.ask_id,
        identity.device,
        identity.epoch,
    )
    if not ours or reply.form not in ("grant", "hold", "return"):
        return
    first = reply.parts[0]
    amount = sum(part.amount for part in reply.parts)
    left = amount - sum(part.used for part in reply.parts)
    right = HeldRight(
        reply.id,
        reply.form,
        first.kind,
        first.account,
        reply.state,
        till.clock.boot_id(),
        utc_text(till.now()),
        "",
        reply.epoch,
        amount,
        left,
        reply.ttl_s,
        till.clock.monotonic_ms(),
        msgspec.json.encode(reply),
    )
    if right.spendable:
        tx.keep_right(right)


def answer(till: Till, ask_id: str) -> RightReply | None:
    """What the hub said to a question; None where it did not, or said that it cannot be."""
    question = till.ledger.question(ask_id)
    if question is None or question.status != 200:
        return None
    return _reply.decode(question.answer)


# --- time ---------------------------------------------------------------------------------


def is_over(till: Till, right: HeldRight) -> bool:
    """True where its time is over, or nobody can tell: the machine was started anew since."""
    if right.boot != till.clock.boot_id():
        return True
    return till.clock.monotonic_ms() - right.mono >= right.ttl_s * 1_000


def release_over(till: Till) -> int:
    """*Writes.* Gives back, by facts, every right whose time is over; how many.

    What the open basket is paid with stays: this till alone knows that it is not spent yet.
    """
    if till.training:
        return 0
    kept = kept_by_basket(till)
    over = [
        each
        for each in till.ledger.held_rights()
        if is_over(till, each) and each.right_id not in kept
    ]
    for right in over:
        release(till, right.right_id, "ttl")
    return len(over)


def release_booked(till: Till, kinds: tuple[str, ...], keep: frozenset[str] = frozenset()) -> int:
    """*Writes.* Gives back what this till alone may spend, once the hub has booked it; how many.

    Then every till may spend it. `keep` are rights that a sale is being paid with.
    """
    acked = till.acked()
    if till.training or till.offline or acked is None:
        return 0
    booked = []
    for right in till.ledger.held_rights():
        ours = right.form == SELF and right.kind in kinds and right.epoch == acked.epoch
        if ours and right.right_id not in keep:
            fact = till.ledger.fact(right.right_id)
            if fact is not None and fact.epoch == acked.epoch and fact.seq <= acked.seq:
                booked.append(right)
    for right in booked:
        release(till, right.right_id, "booked")
    return len(booked)


def kept_by_basket(till: Till) -> frozenset[str]:
    """Ids of rights that the open basket's rewards and payments name."""
    found = till.ledger.open_basket()
    if found is None:
        return frozenset()
    basket, payments, _ = found
    named = {reward.right for reward in basket.rewards}
    return frozenset(named | {getattr(paid, "right", "") for paid in payments} - {""})


# --- spending -----------------------------------------------------------------------------


def is_suspect(till: Till) -> bool:
    """True where this till may be a restored copy: what only one life may do waits for the hub."""
    return till.suspect


def spendable(till: Till, right_id: str, form: tuple[str, ...], *, kept: bool = False) -> HeldRight:
    """The right, if it may be spent now. Raises Refused("right_over" | "rights_not_now").

    `kept`: an open basket names it, so it was not given back when its time was over.
    """
    if is_suspect(till):
        raise Refused("rights_not_now")
    right = till.ledger.held_right(right_id)
    if right is None or right.form not in form or not right.spendable:
        raise Refused("right_over")
    if is_over(till, right) and not kept:
        raise Refused("right_over")
    return right


def spend(
    till: Till, tx: Transaction, right_id: str, amount: int, of: str = "", *, kept: bool = False
) -> RightUsed:
    """Spends out of a grant, in the transaction of what it pays for (E2).

    Raises Refused("right_over" | "right_not_enough", left= | "rights_not_now").
    """
    right = spendable(till, right_id, ("grant", SELF), kept=kept)
    _check(amount)
    fact = RightUsed(
        **stamp(till, tx),
        kind=right.kind,
        account=right.account,
        amount=amount,
        right=right_id,
        of=of,
    )
    tx.take_off(right, amount)
    tx.append(fact)
    if right.remaining == amount:
        tx.close_right(right_id, SPENT)
    return fact


def capture(
    till: Till, tx: Transaction, right_id: str, amount: int, of: str = "", *, kept: bool = False
) -> HoldCaptured:
    """Spends what was held, or a part of it; the rest is free again when the hub hears of it."""
    right = spendable(till, right_id, ("hold",), kept=kept)
    _check(amount)
    fact = HoldCaptured(**stamp(till, tx), right=right_id, amount=amount, of=of)
    tx.take_off(right, amount)
    tx.append(fact)
    tx.close_right(right_id, CAPTURED)
    return fact


def earn(
    till: Till,
    tx: Transaction,
    kind: str,
    account: str,
    amount: int,
    of: str = "",
    *,
    currency: str = "",
    expires: str = "",
    to_spend: bool = True,
    reason: str = "",
) -> ValueEarned:
    """Books what came into an account; this till may spend it at once, and no other (E6).

    With `to_spend` false nobody may before the hub has booked it, and then everybody. The right is
    called as the fact is, so `release_booked` finds whether the hub knows of it.
    """
    _check(amount)
    fact_id = new_id(till.now())
    right_id = "" if is_suspect(till) or not to_spend else fact_id
    fact = ValueEarned(
        **stamp(till, tx, fact_id=fact_id),
        kind=kind,
        account=account,
        amount=amount,
        of=of,
        right=right_id,
        currency=currency,
        expires=expires,
        reason=reason,
    )
    tx.append(fact)
    if right_id:
        tx.keep_right(
            HeldRight(
                *(right_id, SELF, kind, account, "ACTIVE", till.clock.boot_id()),
                *(utc_text(till.now()), of, till.identity.epoch, amount, amount, GRANT_TTL_S),
                *(till.clock.monotonic_ms(), b""),
            )
        )
    return fact


def reverse(
    till: Till, tx: Transaction, kind: str, account: str, amount: int, of: str = ""
) -> EarnReversed:
    """Takes back what a returned sale gave, also where it was spent by now (E7)."""
    _check(amount)
    fact = EarnReversed(**stamp(till, tx), kind=kind, account=account, amount=amount, of=of)
    tx.append(fact)
    return fact


def _check(amount: int) -> None:
    if type(amount) is not int or amount <= 0:
        raise Refused("amount_out_of_range", limit=0)


# --- giving back --------------------------------------------------------------------------


def release(till: Till, right_id: str, reason: str = "not_needed") -> bool:
    """*Writes.* Gives the rest of a right back by a fact; False where there is none."""
    right = till.ledger.held_right(right_id)
    if right is None or not right.spendable or right.epoch != till.identity.epoch:
        return False
    with till.ledger.transaction() as tx:
        let_go(till, tx, right, reason)
    till.after_commit()
    return True


def let_go(till: Till, tx: Transaction, right: HeldRight, reason: str) -> None:
    """The same within a transaction of somebody else's."""
    fields = stamp(till, tx)
    if right.form == "hold":
        tx.append(HoldVoided(**fields, right=right.right_id, reason=reason))
        tx.close_right(right.right_id, VOIDED)
    else:
        left = right.remaining
        tx.append(GrantReleased(**fields, right=right.right_id, left=left, reason=reason))
        tx.close_right(right.right_id, RELEASED)


def give_up(till: Till, ask_id: str, reason: str = "given_up") -> bool:
    """*Writes.* Nobody waits for the answer any more: what the hub gave, or may yet give, is void.

    False where the answer is here (`release` it) or nothing was asked.
    """
    question = till.ledger.question(ask_id)
    if question is None or not question.open:
        return False
    with till.ledger.transaction() as tx:
        give_up_in(till, tx, question, reason)
    till.after_commit()
    return True


def give_up_in(till: Till, tx: Transaction, question: Question, reason: str) -> None:
    """The same within a transaction of somebody else's."""
    at = utc_text(till.now())
    tx.answered(question.ask_id, 0, b"", at, state=DROPPED, code=reason)
    fields = stamp(till, tx)
    if question.path in (RESERVATIONS, ORDERS):
        tx.append(ReservationStepped(**fields, reservation=question.ask_id, step="CANCELLED"))
    elif question.path == HOLDS:
        tx.append(HoldVoided(**fields, right=question.ask_id, reason=reason))
    else:
        tx.append(GrantReleased(**fields, right=question.ask_id, left=0, reason=reason))


def state_of(till: Till, ask_id: str) -> str:
    """queued, asked, given_up, the hub's word for it (RESERVED, REFUSED …), or its problem's code."""
    question = till.ledger.question(ask_id)
    if question is None:
        return ""
    if question.open:
        return "queued" if till.offline else "asked"
    if question.state != ANSWERED:
        return CANCELLED if question.code == CANCELLED else "given_up"
    told = answer(till, ask_id)
    return told.state if told is not None else question.code
