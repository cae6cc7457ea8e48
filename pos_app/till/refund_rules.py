"""Who may give money back for goods, and how much: role, receipt, way of paying, day and hub."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pos_app.domain import returns
from pos_app.domain.returns import Before, RefundFigures
from pos_app.domain.staff import Decision, Outcome
from pos_app.domain.tender import EXCHANGE, tender_of
from pos_app.store.reader import LedgerReads
from pos_app.till import taken_in
from pos_app.till.permission import Approval, decide, require
from pos_app.till.returning import Returning
from pos_app.till.till import Till
from sync.protocol import Refunded

ACTION: Final = "refund"
ORDER: Final = "refund_order"
OTHER_TENDER: Final = "refund_other_tender"
OTHER_STORE: Final = "refund_other_store"
LATE: Final = "return_late"


def before(reads: LedgerReads, back: Returning) -> Before:
    """What came back of the sale already: here by the journal, elsewhere as the hub told.

    What was taken in here and waits for the hub's word is back too.
    """
    sale = back.sale.id
    return Before.of([*taken_in.of(reads, sale), *reads.refunds_of(sale), *back.found.elsewhere])


def standing(
    till: Till, back: Returning, figures: RefundFigures, carried: int = 0
) -> tuple[str, Decision]:
    """Which action decides over it, and what the policy says to who is signed in.

    The amount is what of that receipt came back with this: a large refund in small parts is large.
    `carried` of it pays for goods that go out instead.
    """
    asked = asked_of(till, till.view, back, figures, carried)
    told = [(action, decide(till, action, amount, spent=used)) for action, amount, used in asked]
    refused = (each for each in told if each[1].outcome is Outcome.REFUSED)
    return next(refused, None) or next((each for each in told if not each[1].allowed), told[-1])


def days_left(till: Till, back: Returning, line: int = 0) -> int | None:
    """Days until the last one for it, below 0 so many too late; None where there is no end.

    The hub may have told another last day of a line, and a department may have days of its own;
    without a line, the soonest of what is chosen.
    """
    lines = [line] if line else [each.line for each in back.choices]
    if not lines:
        return _left(till, back, till.return_days)
    ends = [end for each in lines if (end := _line_left(till, back, each)) is not None]
    return min(ends) if ends else None


def _line_left(till: Till, back: Returning, line: int) -> int | None:
    told = dict(back.found.until)
    if line in told:
        end = told[line]
        return returns.days_left(end, till.business_date(), 0) if end else None
    of_departments = till.policy.return_days_of
    days = till.return_days
    if of_departments:
        days = of_departments.get(_department(till, back, line), days)
    return _left(till, back, days)


def _left(till: Till, back: Returning, days: int) -> int | None:
    return returns.days_left(back.sale.biz_date, till.business_date(), days) if days else None


def _department(till: Till, back: Returning, line: int) -> str:
    """The department of a sold line, as it was sold or as the catalogue has it now."""
    sold = next((row for row in back.sale.lines if row.line == line), None)
    if sold is None:
        return ""
    named = str(getattr(sold, "department", ""))
    article = till.catalogue.by_sku(sold.sku) if sold.sku and not named else None
    return article.product.department if article is not None else named


def main_action(back: Returning) -> str:
    """The policy's row that decides over the amount: an order's money goes back by its shop."""
    return ORDER if back.found.channel else ACTION


def of_other_store(till: Till, back: Returning) -> bool:
    """True where another store sold it at its counter."""
    return not back.found.channel and back.sale.store not in ("", till.identity.store)


def besides(till: Till, back: Returning, figures: RefundFigures) -> list[tuple[str, int]]:
    """What has to be allowed besides the amount, and how much of it."""
    left_over = days_left(till, back)
    needed = [(LATE, 0)] if left_over is not None and left_over < 0 else []
    if of_other_store(till, back):
        needed.append((OTHER_STORE, -figures.total))
    if back.tender and tender_of(back.tender).kind != "value":
        needed.append((OTHER_TENDER, -figures.total))
    return needed


def asked_of(
    till: Till, reads: LedgerReads, back: Returning, figures: RefundFigures, carried: int
) -> list[tuple[str, int, int]]:
    """(action, amount, spent of it in this shift without the hub) that the policy is asked."""
    asked = [(*each, 0) for each in besides(till, back, figures)]
    so_far = before(reads, back).total - figures.total
    if carried:
        asked.append((EXCHANGE, carried, till.used.get(spent_key(till, EXCHANGE), 0)))
        so_far -= carried
    if figures.total + carried or not carried:
        asked.append((main_action(back), so_far, spent_else(till, reads, back)))
    return asked


def spent(till: Till) -> int:
    """What this till paid back in this shift without the hub."""
    return till.used.get(spent_key(till), 0)


def spent_else(till: Till, reads: LedgerReads, back: Returning) -> int:
    """The same without this receipt, of which all that came back is counted anyway."""
    shift = till.need_shift().shift_id
    made = [each for each in reads.refunds_of(back.sale.id) if each.offline]
    return spent(till) + sum(_given(each) for each in made if each.shift == shift)


def _given(refund: Refunded) -> int:
    """What was paid back by a refund and not carried over to a sale; negative."""
    over = sum(paid.amount for paid in refund.payments if paid.tender == EXCHANGE)
    return refund.total - over


def spent_key(till: Till, action: str = ACTION) -> str:
    """Where it is counted what was given in this shift without the hub."""
    return f"{till.need_shift().shift_id}/{action}_offline"


def approver(
    till: Till,
    back: Returning,
    figures: RefundFigures,
    carried: int,
    given: Approval | None,
    *,
    offline: bool,
) -> str:
    """Who agreed, "" where nobody had to: to being late, to another way to pay, to the amount.

    One word covers all where whoever gave it may give all of them.
    """
    reason = "; ".join(choice.reason for choice in back.choices)
    agreed = ""
    for action, amount, used in asked_of(till, till.ledger, back, figures, carried):
        if given is not None and agreed == given.staff_id:
            given = replace(given, action=action, amount=amount)
        by = require(
            *(till, action, amount),
            approval=given,
            reason=reason,
            spent=used,
            offline=offline,
        )
        agreed = by or agreed
    return agreed
