"""Selling: a basket is started, filled, paid and completed.

A basket is a value: each verb gives a new one. Those marked *writes* make one transaction and
belong on the ledger lane; the others only compute and read, on any thread.

    basket = start(till)
    basket, line_id = scan(till, basket, "4006381333931")
    keep(till, basket)                      # writes; after the paint
    payments = pay(till, basket, (), "cash", 2_000)
    done = complete(till, basket, payments)  # writes; the sale is now a fact
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pos_app.domain import basket as baskets
from pos_app.domain import tender as tenders
from pos_app.domain.basket import Basket, Line, line_gross
from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused
from pos_app.domain.money import MILLI
from pos_app.domain.pricing import Priced, price
from pos_app.domain.sale import figures
from pos_app.domain.tender import Payment, Settlement, settle
from pos_app.store.records import Position, new_id
from pos_app.store.transaction import Transaction
from pos_app.till import documents, papers
from pos_app.till.card_guard import check_all_in, over
from pos_app.till.card_numbers import refuse_card_number
from pos_app.till.offers import COUPON
from pos_app.till.permission import Approval, reason_text, require, used_key
from pos_app.till.reducing import (
    DISCOUNT,
    OVERRIDE,
    check_amounts_off,
    discount_basket,
    discount_line,
    discounted,
    overridden,
    override_price,
)
from pos_app.till.scanning import add, attach_coupon, scan, staff_by
from pos_app.till.till import USED, Till, stamp
from sync.protocol import BasketCancelled, FactPoints, LineRemoved, Refunded, Sale

if TYPE_CHECKING:
    from pos_app.till.bringing_back import Coming
    from pos_app.till.value_books import Made

__all__ = [
    "AGE_OVERRIDE",
    "Completed",
    "add",
    "add_custom",
    "age_checks",
    "attach_coupon",
    "cancel",
    "check_ready",
    "complete",
    "confirm_age",
    "discount_basket",
    "discount_line",
    "keep",
    "note_line",
    "override_price",
    "pay",
    "priced",
    "remove_line",
    "restored",
    "scan",
    "set_quantity",
    "settlement",
    "start",
    "take_back",
]

AGE_OVERRIDE = "age_override"


def start(till: Till) -> Basket:
    """An empty basket of today. Nothing is written before something is in it."""
    now = till.now()
    return Basket(
        basket_id=new_id(now),
        currency=till.store.currency,
        opened_at=utc_text(now),
        business_date=till.business_date(),
    )


def add_custom(
    till: Till,
    basket: Basket,
    label: str,
    unit_price: int,
    *,
    tax_code: str = "standard",
    qty: int = MILLI,
    approval: Approval | None = None,
) -> tuple[Basket, int]:
    """The basket with an item typed by hand: minor units a piece, no stock.

    Raises Refused("label_missing" | "price_missing" | "text_is_card_number" | "tax_rate_missing" |
    "needs_manager" …): the action is `custom_item`, its amount what the line costs.
    """
    refuse_card_number(label)
    till.rules.rate_on(tax_code, basket.business_date)
    line = baskets.custom_line("", label, unit_price, tax_code, qty)
    require(till, "custom_item", line_gross(line), approval=approval)
    return baskets.add_line(basket, line, staff_by(till))


def set_quantity(basket: Basket, line_id: int, qty: int) -> Basket:
    """The basket with another quantity (thousandths) on a line; see `domain.basket`."""
    return baskets.set_quantity(basket, line_id, qty)


def note_line(basket: Basket, line_id: int, note: str) -> Basket:
    """The basket with a note on a line; raises Refused("text_is_card_number")."""
    refuse_card_number(note)
    return baskets.note_line(basket, line_id, note)


def remove_line(
    till: Till,
    basket: Basket,
    line_id: int,
    *,
    reason: str = "",
    approval: Approval | None = None,
) -> Basket:
    """*Writes.* The basket without that line; what was taken out is journalled and the rest kept.

    Raises Refused("no_such_line" | "reason_missing" | "needs_manager" …); the action is
    `line_void`, its amount what the line costs.
    """
    line = basket.line(line_id)
    worth = line_gross(line)
    reason = reason_text(reason)
    approver = require(till, "line_void", worth, approval=approval, reason=reason)
    left = baskets.remove_line(basket, line_id)
    with till.ledger.transaction() as tx:
        tx.append(
            LineRemoved(
                **stamp(till, tx, approver=approver),
                basket=basket.basket_id,
                sku=line.sku,
                label=line.label,
                qty=line.qty,
                total=worth,
                currency=basket.currency,
                reason=reason,
            )
        )
        if left.lines:
            tx.keep_basket(left, ())
        else:
            tx.forget_basket(left.basket_id)
    till.after_commit()
    return left


def age_checks(basket: Basket) -> list[Line]:
    """The lines somebody still has to check the buyer's age for."""
    return [line for line in basket.lines if line.age_limit and not line.age_checked]


def confirm_age(
    till: Till,
    basket: Basket,
    line_id: int,
    *,
    without_proof: bool = False,
    reason: str = "",
    approval: Approval | None = None,
) -> Basket:
    """The basket with the age checked by who is signed in, for all lines of that limit or below.

    `without_proof` is the policy's `age_override`: Refused("needs_manager" | "reason_missing" …);
    the line then names who approved.
    """
    by = till.need_person().staff_id
    if without_proof:
        by = require(till, AGE_OVERRIDE, approval=approval, reason=reason_text(reason)) or by
    limit = basket.line(line_id).age_limit
    for line in age_checks(basket):
        if line.age_limit <= limit:
            basket = baskets.set_age_checked(basket, line.line_id, by)
    return basket


def priced(till: Till, basket: Basket) -> Priced:
    """What the basket costs now. Raises Refused("tax_rate_missing" | "amount_out_of_range")."""
    return price(basket, till.rules, till.offers.of(basket))


def settlement(till: Till, basket: Basket, payments: tuple[Payment, ...]) -> Settlement:
    """How far it is paid."""
    return settle(priced(till, basket).total, payments, basket.currency)


def pay(
    till: Till,
    basket: Basket,
    payments: tuple[Payment, ...],
    tender: str,
    given: int | None = None,
    reference: str = "",
) -> tuple[Payment, ...]:
    """`payments` and one more; `given` is minor units handed over, None the exact rest.

    Raises Refused("basket_empty" | "age_check_needed", line_id, age | "no_open_shift" |
    "not_allowed" | "needs_manager" | "reference_is_card_number") and what `domain.tender.pay` does.
    """
    refuse_card_number(reference, "reference_is_card_number")
    check_ready(till, basket)
    total = priced(till, basket).total
    return tenders.pay(total, payments, tender, given, reference, basket.currency)


def take_back(payments: tuple[Payment, ...], place: int) -> tuple[Payment, ...]:
    """`payments` without the one at `place`: it was typed wrongly, or the money was given back.

    Raises Refused("no_such_payment"), Refused("payment_on_terminal") for one that only the card
    terminal can give back, Refused("payment_is_exchange") for goods that come back.
    """
    if not 0 <= place < len(payments):
        raise Refused("no_such_payment")
    if payments[place].tender == tenders.EXCHANGE:
        raise Refused("payment_is_exchange")
    if payments[place].terminal:
        raise Refused("payment_on_terminal")
    if payments[place].right:
        raise Refused("payment_is_held")
    return (*payments[:place], *payments[place + 1 :])


def check_ready(till: Till, basket: Basket) -> None:
    """Refuses a basket that may not be paid, whatever it looked like when it was filled."""
    till.need_shift()
    require(till, "sell")
    if not basket.lines:
        raise Refused("basket_empty")
    if basket.handing is not None:
        from pos_app.till import handing_over  # nothing a plain sale needs at its start

        handing_over.check_in_basket(till, basket)
    till.offers.check(basket)
    if basket.rewards:
        from pos_app.till import points

        points.check(till, basket)
    for line in basket.lines:
        if line.age_limit and not line.age_checked:
            raise Refused("age_check_needed", line_id=line.line_id, age=line.age_limit)
    check_amounts_off(till, basket)


def keep(till: Till, basket: Basket, payments: tuple[Payment, ...] = ()) -> None:
    """*Writes.* The basket as it is survives a power cut; an empty one is forgotten.

    Call it after each change, after the paint; of several waiting only the last matters. A basket
    that was sold or parked meanwhile is not kept: it must not come back as one still to be paid.
    """
    kept = basket.lines or payments or basket.handing
    gone = till.ledger.hash_of(basket.basket_id) or any(
        each.basket_id == basket.basket_id for each in till.ledger.parked()
    )
    with till.ledger.transaction() as tx:
        if kept and not gone:
            tx.keep_basket(basket, payments)
        else:
            tx.forget_basket(basket.basket_id)


def restored(till: Till) -> tuple[Basket, tuple[Payment, ...], str] | None:
    """The basket that was open when the program ended: basket, payments, when it was kept."""
    return till.ledger.open_basket()


@dataclass(frozen=True, slots=True)
class Completed:
    """A sale that is a fact."""

    sale: Sale
    position: Position
    """Where it stands in the journal."""
    change: int
    job_id: str
    """Its receipt in the print queue, "" where it was queued before."""
    paper: str = papers.RECEIPT
    """What was queued of it."""
    again: bool = False
    """True where this basket had become a sale already: nothing was written."""
    refund: Refunded | None = None
    """What came back in exchange for it."""
    by_terminal: int = 0
    """What of that the till's card terminal gives back by itself, minor units."""


def complete(
    till: Till,
    basket: Basket,
    payments: tuple[Payment, ...],
    paper: str = papers.RECEIPT,
) -> Completed:
    """*Writes.* The sale: fact, stock, totals and receipt in the queue, in one commit.

    With an order in the basket it is handed over in the same commit. The basket's id is the sale's: calling it again for the same basket gives the sale that is there
    and sells nothing twice. Afterwards run `till.printing` on the device's lane. `paper` is what
    the customer wants of it: `papers.RECEIPT`, `GIFT` or `NONE`.
    Raises what `pay` does, Refused("not_paid", due), and Unavailable("disk_full" | …) or
    Uncertain("commit_unknown"); after an error nothing was sold and the basket is still kept.
    """
    before = till.ledger.sale(basket.basket_id)
    if before is not None:
        return _again(till, before)
    if any(payment.terminal for payment in payments):
        till.need_shift()  # charged: no rule that changed meanwhile may keep it from being a sale
    else:
        check_ready(till, basket)
    check_all_in(till, basket.basket_id, payments)
    coming, payments = _coming(till, basket, payments)
    basket = _dated(till, basket, payments)
    with_values = any(line.value for line in basket.lines) or any(paid.account for paid in payments)
    new: tuple[Made, ...] = ()
    if with_values:
        from pos_app.till import value_books  # nothing a plain sale needs

        basket, new = value_books.made(basket)
    rules = till.offers.of(basket)
    worked = figures(price(basket, till.rules, rules), payments)
    standing = settle(worked.priced.total, payments, basket.currency)
    if not standing.complete:
        raise Refused("not_paid", due=standing.due, currency=basket.currency)
    counted = _counted(till, basket)
    coupons = _used_up(till, worked.priced)
    kick = any(tenders.tender_of(payment.tender).opens_drawer for payment in payments)
    with till.ledger.transaction() as tx:
        back = None if coming is None else coming.write(till, tx, basket)
        fields = stamp(
            till, tx, document=True, fact_id=basket.basket_id, business_date=basket.business_date
        )
        earned = _points(till, basket, worked.priced)
        sale = documents.sale_fact(fields, basket, worked, rules.basis, earned)
        position = tx.append(sale)
        if with_values:
            value_books.book(till, tx, sale, payments)
        _book_besides(till, tx, basket, sale)
        for key, times in counted.items():
            tx.set_reference(USED, key, str(times).encode())
        for promotion_id in coupons:
            tx.set_reference(COUPON, promotion_id, basket.business_date.encode())
        paper, kick = (paper, kick) if coming is None else coming.paper(paper, kick=kick)
        job_id = papers.queue_sale(till, tx, sale, position, paper, kick=kick)
        if new:
            value_books.slips(till, tx, sale, new)
    till.used |= counted
    till.offers.used |= dict.fromkeys(coupons, basket.business_date)
    till.printing.committed(job_id)
    if paper == papers.NONE:
        till.printing.without_paper(sale.id)
    till.after_commit()
    done = Completed(sale, position, worked.change, job_id, paper, refund=back)
    return done if coming is None else coming.done(till, done)


def _coming(
    till: Till, basket: Basket, payments: tuple[Payment, ...]
) -> tuple[Coming | None, tuple[Payment, ...]]:
    """What comes back in exchange, ready to be written, and the payments as the sale states them."""
    if basket.bringing is None:
        return None, payments
    from pos_app.till import bringing_back  # nothing a plain sale needs

    return bringing_back.agree(till, basket, payments)


def _points(
    till: Till, basket: Basket, worked: Priced
) -> tuple[FactPoints, Mapping[int, int]] | None:
    """What the sale does to its customer's points, and what each line earns."""
    if basket.customer is None:
        return None
    from pos_app.till import points  # nothing a sale to nobody in particular needs

    earned = points.of_lines(till, basket, worked)
    told = points.told(till, basket, earned)
    return None if told is None else (told, earned)


def _book_besides(till: Till, tx: Transaction, basket: Basket, sale: Sale) -> None:
    """*Writes*, in the sale's commit: points earned and spent, the order that goes with it."""
    if sale.points is not None:
        from pos_app.till import points

        points.book(till, tx, basket, sale)
    if basket.handing is not None:
        from pos_app.till import handing_over

        handing_over.hand_over_with(till, tx, basket, sale.id)


def _counted(till: Till, basket: Basket) -> dict[str, int]:
    """How often who signed in has done what the policy counts, with this basket."""
    by = till.need_person().staff_id
    done = {DISCOUNT: discounted(basket, by), OVERRIDE: overridden(basket, by)}
    keys = {used_key(till, action): times for action, times in done.items() if times}
    return {key: till.used.get(key, 0) + times for key, times in keys.items()}


def _used_up(till: Till, worked: Priced) -> list[str]:
    """Ids of the promotions whose coupon is good once and is used now."""
    once = {rule.promotion_id for rule in till.offers.now.rules if rule.single_use}
    return [each.promotion_id for each in worked.promotions if each.promotion_id in once]


def _again(till: Till, sale: Sale) -> Completed:
    """The sale that was there."""
    place = till.ledger.hash_of(sale.id)
    position = Position(sale.dev, sale.epoch, sale.seq, place, sale.doc_no)
    back = till.ledger.refund(sale.exchange) if sale.exchange else None
    return Completed(sale, position, sale.change, "", again=True, refund=back)


def _dated(till: Till, basket: Basket, payments: tuple[Payment, ...]) -> Basket:
    """The basket on today's business date, unless that changes what was already paid.

    A sale begun before the day's cut-off and paid after it belongs to the new day; where taxes
    or promotions changed with the day, it stays on the day it was reckoned for.
    """
    today = till.business_date()
    if today == basket.business_date:
        return basket
    moved = replace(basket, business_date=today)
    rules = till.offers.of(basket)
    before, after = (price(each, till.rules, rules).total for each in (basket, moved))
    same = before == after and settle(after, payments, basket.currency).complete
    return moved if same else basket


def cancel(
    till: Till,
    basket: Basket,
    payments: tuple[Payment, ...] = (),
    *,
    reason: str = "",
    approval: Approval | None = None,
) -> None:
    """*Writes.* The basket is thrown away and journalled; an empty one just goes.

    What was to come back for it stays with the customer.

    Raises Refused("payments_taken") while a payment is on it, and Refused("needs_manager" |
    "reason_missing" …); the action is `cancel_basket`, its amount what the basket costs.
    """
    if any(paid.tender != tenders.EXCHANGE for paid in payments):
        raise Refused("payments_taken")
    check_all_in(till, basket.basket_id, payments)
    ended = over(till, basket.basket_id)
    if not basket.lines:
        with till.ledger.transaction() as tx:
            tx.forget_attempts(ended)
            tx.forget_basket(basket.basket_id)
        return
    due = sum(line_gross(line) for line in basket.lines if line.fixed)
    total = priced(till, basket).total - due  # the order is only not handed over
    reason = reason_text(reason)
    approver = require(till, "cancel_basket", total, approval=approval, reason=reason)
    with till.ledger.transaction() as tx:
        tx.append(
            BasketCancelled(
                **stamp(till, tx, approver=approver),
                currency=basket.currency,
                lines=len(basket.lines),
                total=total,
                reason=reason,
            )
        )
        tx.forget_attempts(ended)
        tx.forget_basket(basket.basket_id)
    _let_go(till, basket)
    till.after_commit()


def _let_go(till: Till, basket: Basket) -> None:
    """*Writes.* What was asked of the hub for a basket that is no more."""
    if basket.customer is not None:
        from pos_app.till import points

        points.let_go(till, basket)
    if basket.bringing is not None and basket.bringing.auth:
        from pos_app.till import return_words

        return_words.give_back(till, basket.bringing.auth)
