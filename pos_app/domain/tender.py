"""Ways to pay, and the arithmetic of paying: split, change, cash rounding.

A way to pay is one row of `TENDERS`. Only the part paid in cash is ever rounded: the card takes
the exact amount, and what is left of a cent that no coin can pay is the document's `rounding`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.basket import AMOUNT_MAX
from pos_app.domain.cash import denominations, round_to_step
from pos_app.domain.errors import Refused
from pos_app.domain.money import cash_step
from pos_app.domain.text import plain

PAYMENTS_MAX = 20
REFERENCE_MAX = 64
GIVEN_OVER_NOTES = 100
"""How many of the largest note may be handed over beyond what is due: a barcode scanned into
the amount is far more."""


@dataclass(frozen=True, slots=True)
class Tender:
    """One way to pay."""

    code: str
    kind: str
    """`cash` is rounded to coins and counted in the drawer; `card` takes exact amounts; `value` is
    what was paid before: a gift card or store credit, spent by a right; `exchange` carries money
    from a refund over to a sale and is nobody's; `shop` goes back by the shop that took it."""
    gives_change: bool
    opens_drawer: bool
    needs_reference: bool
    """True where a slip's number must be typed."""
    key: str
    """The key that pays the whole rest this way."""
    icon: str
    offered: bool = True
    """False for one that no person chooses in Pay."""


TENDERS: dict[str, Tender] = {
    tender.code: tender
    for tender in (
        Tender("cash", "cash", True, True, False, "F10", "banknote"),
        Tender("card", "card", False, False, False, "F11", "credit-card"),
        Tender("gift_card", "value", False, False, False, "", "gift"),
        Tender("credit", "value", False, False, False, "", "wallet"),
        Tender("exchange", "exchange", False, False, False, "", "repeat-2", offered=False),
        Tender("shop", "shop", False, False, False, "", "globe", offered=False),
    )
}

EXCHANGE, SHOP = "exchange", "shop"
GIFT_CARD, CREDIT = "gift_card", "credit"
ACCOUNT_KINDS: dict[str, str] = {GIFT_CARD: "card", CREDIT: "credit"}
"""Tender of stored value -> kind of the account it is spent from."""


@dataclass(frozen=True, slots=True)
class Payment:
    """An amount by a tender. `amount` settles the total; cash is `given - change`."""

    tender: str
    amount: int
    given: int = 0
    change: int = 0
    reference: str = ""
    """The slip's number; where `terminal` is set, what the till and that terminal call it."""
    auth: str = ""
    last4: str = ""
    """The last four digits of the card; the rest is never known here."""
    terminal: str = ""
    """The id of the terminal that charged it; empty where a person typed the slip."""
    account: str = ""
    """Of stored value: the account it is spent from, or goes back to."""
    right: str = ""
    """The grant or hold that covers it; empty where somebody answered for it, and going back."""
    left: int | None = None
    """What is on the account after it, as far as the till knows."""
    approved_by: str = ""
    """Who answered for it where no right covers it."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """How far a total is paid, minor units."""

    payable: int
    """total + rounding: what the payments must come to."""
    rounding: int
    """Signed; 0 unless the last of it is paid in cash."""
    paid: int
    due: int
    """What a card would still have to take: exact."""
    due_cash: int
    """What is still to be paid if it is paid in cash: rounded to coins."""
    change: int
    complete: bool


def tender_of(code: str) -> Tender:
    """The tender; raises Refused("tender_unknown")."""
    try:
        return TENDERS[code]
    except KeyError:
        raise Refused("tender_unknown", tender=code) from None


def paid_as(paid: object) -> str:
    """The tender that a payment of a document comes down to.

    What was carried over from a refund stands for how the goods brought back were paid: its
    reference names that tender. Where it names none, it is store credit; so it is too in a sale
    made for goods of an order, of whose money its shop knows that it is spent.
    """
    tender = str(getattr(paid, "tender", ""))
    if tender != EXCHANGE:
        return tender
    behind = str(getattr(paid, "ref", "") or getattr(paid, "reference", ""))
    if behind not in TENDERS or behind == EXCHANGE:
        return CREDIT
    return CREDIT if behind == SHOP and getattr(paid, "amount", 0) > 0 else behind


def is_counted(code: str) -> bool:
    """Whether people count at the end of a shift what it brought: notes, coins, slips."""
    return code not in TENDERS or TENDERS[code].kind in ("cash", "card")


def settle(total: int, payments: tuple[Payment, ...], currency: str) -> Settlement:
    """Where paying `total` stands after `payments`.

    It is complete when nothing is left, or when what is left of the cash part is less than
    coins can pay; that rest is then `rounding`. Works the same for a negative total (money
    given back), with every sign turned. Raises Refused("tender_unknown").
    """
    cash = exact = change = 0
    has_cash = False
    for payment in payments:
        if tender_of(payment.tender).kind == "cash":
            cash += payment.amount
            has_cash = True
        else:
            exact += payment.amount
        change += payment.change
    paid = cash + exact
    due = total - paid
    if due == 0:
        return Settlement(paid, 0, paid, 0, 0, change, True)
    due_cash = round_to_step(total - exact, cash_step(currency)) - cash
    if has_cash and due_cash == 0:
        return Settlement(paid, -due, paid, 0, 0, change, True)
    return Settlement(total, 0, paid, due, due_cash, change, False)


def pay(
    total: int,
    payments: tuple[Payment, ...],
    tender_code: str,
    given: int | None,
    reference: str,
    currency: str,
) -> tuple[Payment, ...]:
    """`payments` and one more; `given` is what was handed over, None for the exact rest.

    Raises Refused("tender_unknown" | "already_paid" | "too_many_payments" |
    "amount_out_of_range" | "cash_step" | "overpaid" | "reference_missing" |
    "reference_is_card_number").
    """
    tender = tender_of(tender_code)
    standing = _open(total, payments, currency)
    if tender.kind not in ("cash", "card"):
        raise Refused("value_account_missing", tender=tender_code)
    reference = _reference(tender, reference)
    due = standing.due_cash if tender.kind == "cash" else standing.due
    if given is None:
        return (
            *payments,
            Payment(tender.code, due, due if tender.gives_change else 0, 0, reference),
        )
    if type(given) is not int or not 0 < given <= AMOUNT_MAX:
        raise Refused("amount_out_of_range", limit=AMOUNT_MAX)
    if tender.kind == "cash":
        step = cash_step(currency)
        if given % step:
            raise Refused("cash_step", step=step, currency=currency)
    if not tender.gives_change:
        if given > due:
            raise Refused("overpaid", due=due, currency=currency)
        return (*payments, Payment(tender.code, given, 0, 0, reference))
    most = due + GIVEN_OVER_NOTES * denominations(currency)[0]
    if given > most:
        raise Refused("amount_out_of_range", limit=most, currency=currency)
    amount = min(given, due)
    return (*payments, Payment(tender.code, amount, given, given - amount, reference))


def _open(total: int, payments: tuple[Payment, ...], currency: str) -> Settlement:
    """Where it stands, for one payment more."""
    standing = settle(total, payments, currency)
    if standing.complete:
        raise Refused("already_paid")
    if len(payments) >= PAYMENTS_MAX:
        raise Refused("too_many_payments", limit=PAYMENTS_MAX)
    return standing


def pay_value(
    total: int, payments: tuple[Payment, ...], payment: Payment, currency: str
) -> tuple[Payment, ...]:
    """`payments` and one of stored value; by one right an account pays once.

    Raises Refused("already_paid" | "too_many_payments" | "value_account_missing" |
    "value_paid_twice" | "amount_out_of_range" | "overpaid").
    """
    standing = _open(total, payments, currency)
    if tender_of(payment.tender).kind != "value" or not payment.account:
        raise Refused("value_account_missing", tender=payment.tender)
    if any((paid.account, paid.right) == (payment.account, payment.right) for paid in payments):
        raise Refused("value_paid_twice", tender=payment.tender)
    if type(payment.amount) is not int or not 0 < payment.amount <= AMOUNT_MAX:
        raise Refused("amount_out_of_range", limit=AMOUNT_MAX)
    if payment.amount > standing.due:
        raise Refused("overpaid", due=standing.due, currency=currency)
    return (*payments, payment)


def _reference(tender: Tender, reference: str) -> str:
    reference = plain(reference, REFERENCE_MAX)
    if tender.needs_reference and not reference:
        raise Refused("reference_missing", tender=tender.code)
    if _is_card_number(reference):
        raise Refused("reference_is_card_number", tender=tender.code)
    return reference


def _is_card_number(text: str) -> bool:
    """True for 13 to 19 digits, however grouped, with the check digit of a card."""
    digits = text.replace(" ", "").replace("-", "")
    if not (13 <= len(digits) <= 19 and digits.isascii() and digits.isdigit()):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
