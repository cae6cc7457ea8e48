"""Where the money of a return may go: the way it was paid, store credit, a gift card, or cash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pos_app.domain import returns
from pos_app.domain.errors import Refused
from pos_app.domain.returns import RefundFigures
from pos_app.domain.staff import Decision, Outcome
from pos_app.domain.tender import CREDIT as BY_CREDIT
from pos_app.domain.tender import EXCHANGE, SHOP, Payment, tender_of
from pos_app.domain.tender import GIFT_CARD as BY_CARD
from pos_app.till.refund_rules import before, standing
from pos_app.till.returning import Returning, pay_by
from pos_app.till.till import Till

if TYPE_CHECKING:
    from collections.abc import Sequence

ORIGINAL, CREDIT, GIFT_CARD, CASH = "original", "credit", "gift_card", "cash"
TENDERS: Final = {ORIGINAL: "", CREDIT: BY_CREDIT, GIFT_CARD: BY_CARD, CASH: "cash"}
CODES: Final = tuple(TENDERS)


@dataclass(frozen=True, slots=True)
class Target:
    """One way for the money to go back."""

    code: str
    """ORIGINAL, CREDIT, GIFT_CARD or CASH."""
    payments: tuple[Payment, ...]
    """What would be paid back so; negative."""
    limit: int
    """The most that may go back this way, minor units, positive."""
    locked: str = ""
    """Why not: the code of what the till would say (`needs_hub`, `not_allowed`, …)."""
    decision: Decision | None = None
    """What the policy says; `needs_approval` is a manager's word away."""
    action: str = ""
    chosen: bool = False
    by_shop: int = 0
    """What of it the shop pays back, through the hub; a person there where `Found.by_hand`."""

    @property
    def amount(self) -> int:
        """What goes back, positive."""
        return -sum(paid.amount for paid in self.payments)


def targets(till: Till, back: Returning, figures: RefundFigures) -> tuple[Target, ...]:
    """Every way for the money that is left over; none where nothing is left.

    `figures` are those of the return or of the refund part of an exchange.
    """
    carried = -sum(paid.amount for paid in figures.payments if paid.tender == EXCHANGE)
    if -figures.total == carried:
        return ()
    return tuple(
        found for code in CODES if (found := _target(till, back, code, carried)) is not None
    )


def _target(till: Till, back: Returning, code: str, carried: int) -> Target | None:
    tender = TENDERS[code]
    paid = {row.tender for row in back.sale.payments}
    if code != ORIGINAL and paid == {tender}:
        return None  # the way it was paid is that way
    other = replace(back, tender=tender, account=back.account if back.tender == tender else "")
    known = before(till.view, other)
    figures = returns.refund(
        other.sale, known, [_with_reason(each) for each in other.choices], tender, carried
    )
    payments = tuple(paid for paid in figures.payments if paid.tender != EXCHANGE)
    action, decision = standing(till, other, figures, carried)
    chosen = back.tender == tender
    shop = -sum(row.amount for row in payments if row.tender == SHOP)
    return Target(
        code,
        payments,
        _limit(other, known, payments, code),
        _locked(till, other, decision, payments),
        decision,
        action,
        chosen,
        by_shop=shop,
    )


def _with_reason(choice: returns.Choice) -> returns.Choice:
    return choice if choice.reason else replace(choice, reason="other")


def _limit(back: Returning, known: returns.Before, payments: Sequence[Payment], code: str) -> int:
    """What was paid so and did not go back yet; any other way, what is left of the whole sale."""
    if code != ORIGINAL:
        return max(0, back.sale.total - known.total)
    still = returns.still_paid(back.sale, known)
    used = {paid.tender for paid in payments}
    return sum(max(0, still.get(tender, 0)) for tender in used)


def _locked(till: Till, back: Returning, decision: Decision, payments: Sequence[Payment]) -> str:
    if decision.outcome is Outcome.REFUSED:
        if decision.online_only:
            return "needs_hub"
        return "chain_in_doubt" if decision.doubtful else "not_allowed"
    if back.found.channel and till.offline:
        return "needs_hub"
    kinds = {tender_of(paid.tender).kind for paid in payments}
    if "value" in kinds and till.suspect:
        return "rights_not_now"
    return ""


def target(till: Till, back: Returning, code: str, account: str = "") -> Returning:
    """The return with its money going that way.

    `account` is a customer's, or of a card that was read; empty makes a new slip or card. Raises
    Refused("target_unknown").
    """
    del till
    if code not in TENDERS:
        raise Refused("target_unknown", target=code)
    return pay_by(back, TENDERS[code], account)
