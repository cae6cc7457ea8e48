"""Gift cards and store credit: sold, topped up, asked about, paid with, given back.

    basket, line_id = sell(till, basket, "card", 5_000)        # a new card, printed with the sale
    basket, line_id = sell(till, basket, "card", 5_000, code)  # money on the card that was scanned

    asked = begin(till, basket, payments, read_code(text))     # writes; while people still talk
    ...                                                        # the hub's word comes
    payments = pay_with(till, basket, payments, asked)         # instant
    payments = take_back(till, payments, 0)                    # writes; what was held is free again

With the hub an amount is held for the sale, and captured in its commit. Without it only what this
till has a right to is spent: a grant, or what it put on the account itself. See `rights`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from pos_app.domain import basket as baskets
from pos_app.domain import tender as tenders
from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused, Unavailable
from pos_app.domain.tender import ACCOUNT_KINDS, GIFT_CARD, Payment, settle
from pos_app.domain.tender import CREDIT as BY_CREDIT
from pos_app.domain.value_code import (
    CARD,
    CREDIT,
    ValueCode,
    account_of,
    pin_proof,
    read_code,
)
from pos_app.store.records import new_id
from pos_app.store.rights_held import HeldRight
from pos_app.till import inquiries, rights, unsecured
from pos_app.till.permission import Approval, reason_text, require
from pos_app.till.till import Till, stamp
from pos_app.till.value_books import KINDS, Made, book, book_back, made, slip
from sync.protocol import CreditGiven, RightAsk, RightReply, ValueLook, ValueReply

__all__ = [
    "Asked",
    "Balance",
    "Made",
    "account_of",
    "ask_balance",
    "balance",
    "begin",
    "begin_account",
    "book",
    "book_back",
    "give_credit",
    "made",
    "pay",
    "pay_with",
    "read_code",
    "release_left",
    "sell",
    "settle_booked",
    "slip",
    "standing",
    "take_back",
    "tender_for",
]

SALE: Final = "gift_card_sale"
REDEEM: Final = "value_redeem"
BY_HAND: Final = "store_credit_by_hand"
NEW: Final = ""
"""The account of a card that is made with its sale."""
LABELS: Final = {CARD: "Gift card", CREDIT: "Store credit"}
WAITING, HELD, NOTHING, UNANSWERED, OFFLINE = "waiting", "held", "nothing", "unanswered", "offline"
"""What became of a payment that was begun. *nothing*: there is none on it, or nobody knows it."""


def tender_for(kind: str) -> str:
    """The tender that spends from accounts of a kind."""
    return GIFT_CARD if kind == CARD else BY_CREDIT


# --- selling ----------------------------------------------------------------------------------


def sell(
    till: Till,
    basket: Basket,
    kind: str,
    amount: int,
    code: str = "",
    *,
    pin: str = "",
    approval: Approval | None = None,
) -> tuple[Basket, int]:
    """The basket with money that is put on a card, and the id of its line.

    Without `code` a card is made and printed with the sale. Raises Refused("value_code_unreadable"
    | "value_kind_unknown" | "no_printer" | "amount_out_of_range" | "needs_manager" | …).
    """
    if kind not in KINDS:
        raise Refused("value_kind_unknown", kind=kind)
    account, last4 = NEW, ""
    if code:
        read = read_code(code, pin)
        if read.kind != kind:
            raise Refused("value_code_unreadable")
        account, last4 = account_of(read), read.last4
        held = f"{kind}/{account}"
        if any(line.value == held for line in basket.lines):
            raise Refused("value_in_sale")
    elif till.devices.printer is None:
        raise Refused("no_printer")
    line = baskets.value_line(kind, account, LABELS[kind], amount, last4)
    require(till, SALE, amount, approval=approval)
    return baskets.add_line(basket, line, till.need_person().staff_id)


# --- what is on it ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Balance:
    """What is known of an account here."""

    state: str
    """waiting, answered, unanswered (the hub was not reached), limited (asked too often)."""
    found: bool = False
    amount: int = 0
    currency: str = ""
    as_of: str = ""
    expires: str = ""
    here: int = 0
    """What this till may spend of it without the hub."""


def ask_balance(till: Till, code: ValueCode) -> str:
    """Asks the hub what is on it; the id of the question. Nothing is written."""
    return inquiries.ask(
        till, inquiries.VALUE, ValueLook(code.kind, account_of(code), pin_proof(code))
    )


def balance(till: Till, code: ValueCode, ask_id: str) -> Balance:
    """What the hub said by now, and what this till may spend without it."""
    account = account_of(code)
    here = sum(right.remaining for right in _held(till, code.kind, account))
    state = inquiries.state(till, ask_id)
    told = inquiries.answer(till, ask_id, ValueReply)
    if told is None:
        limited = state == inquiries.ANSWERED
        return Balance("limited" if limited else state, found=here > 0, here=here)
    return Balance(state, told.found, told.amount, told.currency, told.as_of, told.expires, here)


def _held(till: Till, kind: str, account: str) -> list[HeldRight]:
    """Rights of this till to an account that may be spent without asking, the oldest first."""
    if rights.is_suspect(till):
        return []
    return [
        right
        for right in till.ledger.held_rights()
        if (right.kind, right.account) == (kind, account)
        and right.form in ("grant", rights.SELF)
        and right.remaining > 0
        and not rights.is_over(till, right)
    ]


# --- paying with it -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A payment that was begun: what is to be paid from which account."""

    kind: str
    account: str
    last4: str
    amount: int
    """What it is wanted for at most, minor units."""
    ask_id: str = ""
    """Of the hold that was asked for."""
    right: str = ""
    """A right that this till has already."""
    held: int = 0
    """What that right is good for."""


def payable(till: Till, basket: Basket, payments: tuple[Payment, ...]) -> int:
    """What stored value may still pay of a sale: never what is put on cards by it.

    Raises Refused("already_paid" | "value_pays_value").
    """
    from pos_app.till import checkout

    total = checkout.priced(till, basket).total
    standing_ = settle(total, payments, basket.currency)
    if standing_.complete:
        raise Refused("already_paid")
    put_on = sum(line.unit_price for line in basket.lines if line.value)
    by_value = sum(each.amount for each in payments if each.tender in ACCOUNT_KINDS)
    most = min(standing_.due, total - put_on - by_value)
    if most <= 0:
        raise Refused("value_pays_value")
    return most


def begin(
    till: Till, basket: Basket, payments: tuple[Payment, ...], code: ValueCode, amount: int = 0
) -> Asked:
    """*Writes.* A payment from a card or slip begins: so much is asked for, or all that may be.

    Raises what `begin_account` does.
    """
    return begin_account(
        *(till, basket, payments, code.kind, account_of(code)),
        amount=amount,
        last4=code.last4,
        pin=pin_proof(code),
    )


def begin_account(
    till: Till,
    basket: Basket,
    payments: tuple[Payment, ...],
    kind: str,
    account: str,
    *,
    amount: int = 0,
    last4: str = "",
    pin: str = "",
) -> Asked:
    """*Writes.* The same from an account that is known: a customer's own store credit.

    With the hub a hold is asked for, else a right that is here is taken. Raises
    Refused("value_needs_hub") where there is neither, Refused("value_paid_twice" | "already_paid" |
    "value_pays_value" | "amount_out_of_range" | "overpaid" | "rights_not_now" | "not_allowed" …).
    """
    from pos_app.till import checkout

    checkout.check_ready(till, basket)
    most = payable(till, basket, payments)
    if amount and (type(amount) is not int or not 0 < amount <= most):
        raise Refused("overpaid", due=most, currency=basket.currency)
    require(till, REDEEM, amount or most)
    asked = Asked(kind, account, last4, amount or most)
    used = {each.right for each in payments if each.right}
    for right in _held(till, kind, account):
        if right.right_id not in used:
            return replace(asked, right=right.right_id, held=right.remaining)
    if till.offline or till.training:
        raise Refused("value_needs_hub")
    ask_id = new_id(till.now())
    question = RightAsk(
        *(ask_id, till.identity.epoch, kind, account, asked.amount),
        ttl_s=rights.BASKET_TTL_S,
        basket=basket.basket_id,
        least=1,
        currency=basket.currency,
        pin=pin,
    )
    rights.ask(till, rights.HOLDS, question, ask_id)
    return replace(asked, ask_id=ask_id)


def standing(till: Till, asked: Asked) -> tuple[str, int]:
    """What became of it, and what it is good for: (WAITING | HELD | NOTHING | UNANSWERED, amount)."""
    if asked.right:
        return HELD, min(asked.held, asked.amount)
    question = till.ledger.question(asked.ask_id)
    if question is None:
        return UNANSWERED, 0
    if question.open:
        return (UNANSWERED if till.offline else WAITING), 0
    told = rights.answer(till, asked.ask_id)
    if told is None:
        return UNANSWERED, 0
    return _good_for(told)


def _good_for(told: RightReply) -> tuple[str, int]:
    if told.state != "HELD":
        return NOTHING, 0
    return HELD, sum(part.amount - part.used for part in told.parts)


def pay_with(
    till: Till, basket: Basket, payments: tuple[Payment, ...], asked: Asked
) -> tuple[Payment, ...]:
    """`payments` and what is held, which nobody else can spend any more.

    Raises Refused("value_nothing_on_it"), Unavailable("value_not_answered"), and what
    `domain.tender.pay_value` does.
    """
    state, amount = standing(till, asked)
    if state in (WAITING, UNANSWERED):
        raise Unavailable("value_not_answered")
    if state == NOTHING or amount <= 0:
        raise Refused("value_nothing_on_it", last4=asked.last4)
    amount = min(amount, payable(till, basket, payments))
    right = asked.right or asked.ask_id
    told = rights.answer(till, asked.ask_id) if asked.ask_id else None
    left = told.left if told is not None else asked.held - amount
    return pay(
        *(till, basket, payments, asked.kind, asked.account, amount),
        right=right,
        last4=asked.last4,
        left=left,
    )


def pay(
    till: Till,
    basket: Basket,
    payments: tuple[Payment, ...],
    kind: str,
    account: str,
    amount: int,
    *,
    right: str = "",
    last4: str = "",
    left: int | None = None,
    approval: Approval | None = None,
) -> tuple[Payment, ...]:
    """`payments` and so much from an account, by a right of this till.

    Without a right it is a risk that the policy must allow and somebody answers for (E5).
    """
    if kind not in KINDS:
        raise Refused("value_kind_unknown", kind=kind)
    most = payable(till, basket, payments)
    if type(amount) is not int or not 0 < amount <= most:
        raise Refused("overpaid", due=most, currency=basket.currency)
    approver = ""
    if right:
        rights.spendable(till, right, ("hold", "grant", rights.SELF))
    else:
        approver = _answered_for(till, kind, account, amount, approval)
    payment = Payment(
        tender_for(kind),
        amount,
        last4=last4,
        account=account,
        right=right,
        left=left,
        approved_by=approver,
    )
    total = payable_total(till, basket)
    return tenders.pay_value(total, payments, payment, basket.currency)


def _answered_for(
    till: Till, kind: str, account: str, amount: int, approval: Approval | None
) -> str:
    """Who answers for spending what no right covers."""
    if not till.offline or till.suspect or till.training:
        raise Refused("rights_not_now")
    free = unsecured.left(till, kind, account)
    if amount > free:
        raise Refused("unsecured_too_much", left=free)
    return require(till, unsecured.ACTION, approval=approval)


def payable_total(till: Till, basket: Basket) -> int:
    """What the whole sale comes to."""
    from pos_app.till import checkout

    return checkout.priced(till, basket).total


# --- giving it back -----------------------------------------------------------------------------


def take_back(till: Till, payments: tuple[Payment, ...], place: int) -> tuple[Payment, ...]:
    """*Writes.* `payments` without one from stored value; what was held for it is free again.

    Raises Refused("no_such_payment").
    """
    if not 0 <= place < len(payments):
        raise Refused("no_such_payment")
    _let_go(till, payments[place].right)
    return (*payments[:place], *payments[place + 1 :])


def give_up(till: Till, asked: Asked) -> None:
    """*Writes.* A payment that was begun is not wanted any more."""
    if asked.ask_id and not rights.give_up(till, asked.ask_id):
        _let_go(till, asked.ask_id)


def release_left(till: Till, payments: tuple[Payment, ...]) -> int:
    """*Writes.* Lets every hold on stored value go that no payment names; how many.

    Its sale is over, or the program ended between the hub's word and the payment.
    """
    if till.training:
        return 0
    named = {each.right for each in payments}
    count = 0
    for question in till.ledger.open_questions():
        if question.path == rights.HOLDS and question.ask_id not in named:
            count += rights.give_up(till, question.ask_id)
    for right in till.ledger.held_rights():
        if right.form == "hold" and right.kind in KINDS and right.right_id not in named:
            count += rights.release(till, right.right_id, "sale_over")
    return count


def still_good(till: Till, payments: tuple[Payment, ...]) -> tuple[Payment, ...]:
    """Those of kept payments whose rights may still be spent."""

    def good(paid: Payment) -> bool:
        if not paid.account or not paid.right:
            return True
        right = till.ledger.held_right(paid.right)
        return right is not None and right.spendable and not rights.is_over(till, right)

    return tuple(filter(good, payments))


def settle_booked(till: Till, payments: tuple[Payment, ...] = ()) -> int:
    """*Writes.* What the hub has booked of cards sold here is free for every till now."""
    return rights.release_booked(till, KINDS, frozenset(each.right for each in payments))


def _let_go(till: Till, right_id: str) -> None:
    right = till.ledger.held_right(right_id) if right_id else None
    if right is not None and right.form == "hold":
        rights.release(till, right_id, "taken_back")


# --- by hand ------------------------------------------------------------------------------------


def give_credit(
    till: Till,
    customer: str,
    account: str,
    amount: int,
    *,
    reason: str,
    approval: Approval | None = None,
) -> CreditGiven:
    """*Writes.* Store credit for a customer that no return brought; never without the hub.

    Raises Refused("amount_out_of_range" | "reason_missing" | "needs_manager" | "not_allowed"),
    Unavailable("needs_hub").
    """
    if type(amount) is not int or not 0 < amount <= baskets.AMOUNT_MAX:
        raise Refused("amount_out_of_range", limit=baskets.AMOUNT_MAX)
    till.need_shift()
    reason = reason_text(reason)
    approver = require(till, BY_HAND, amount, approval=approval, reason=reason)
    with till.ledger.transaction() as tx:
        given = CreditGiven(
            **stamp(till, tx, approver=approver),
            kind=CREDIT,
            account=account or customer,
            customer=customer,
            amount=amount,
            currency=till.store.currency,
            reason=reason,
        )
        tx.append(given)
        rights.earn(
            *(till, tx, CREDIT, account or customer, amount, given.id),
            currency=till.store.currency,
        )
    till.after_commit()
    return given
