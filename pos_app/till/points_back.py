"""What goods that come back do to points: what they earned goes, what was spent on them comes back.

Each line keeps its points, and what comes back of them is shared out by the quantity that came back
so far: in thirds or at once, all of it is all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pos_app.domain import loyalty as rules
from pos_app.domain.day import utc_text
from pos_app.domain.points_age import GIVEN_BACK
from pos_app.store.transaction import Transaction
from pos_app.till import rights as held
from pos_app.till.till import Till
from sync.protocol import Sale
from sync.protocol.messages import SaleRefRow

KIND: Final = "points"
ORDER: Final = "order"
"""The kind of a sold document that is a customer's order."""


@dataclass(frozen=True, slots=True)
class PointsEffect:
    """What a return does to points."""

    taken: int = 0
    """Of what the sale earned."""
    given: int = 0
    """Of what was spent on it."""
    after: int | None = None
    """What is the customer's to spend then; None where nobody here knows."""
    due: int = 0
    """By how much they have spent more than that."""


def effect(till: Till, sale: Sale | SaleRefRow, figures: Any) -> PointsEffect:
    """What a return does to points, before it is done; `figures` as `domain.returns.refund` gives.

    Reads only.
    """
    account = _account(sale)
    if not account:
        return PointsEffect()
    back = {row.source.line: -row.qty for row in figures.lines}
    before = {row.source.line: row.before for row in figures.lines}
    found = rules.reversal(sale.lines, _spent(sale), before, back)
    after = _balance(till, sale.customer)
    if after is None:
        return PointsEffect(found.taken, found.given)
    after += found.given - found.taken
    return PointsEffect(found.taken, found.given, max(after, 0), max(-after, 0))


def _balance(till: Till, customer: str) -> int | None:
    from pos_app.till import customers  # looks into the replica, which a plain sale need not

    row = customers.get(till, customer) if customer else None
    return row.points if row is not None else None


def _account(sale: Sale | SaleRefRow) -> str:
    if isinstance(sale, Sale):
        return sale.points.account if sale.points is not None else ""
    return sale.points_account


def _spent(sale: Sale | SaleRefRow) -> dict[int, int]:
    if isinstance(sale, Sale):
        return rules.spent_on(sale.lines, sale.rewards)
    return {line.line: line.spent for line in sale.lines}


def of_refund(refund: Any, sale: Sale | SaleRefRow | None) -> tuple[int, int]:
    """(taken back, given back) by a refund that is written, for its paper."""
    if sale is None or not _account(sale) or getattr(sale, "kind", "") == ORDER:
        return 0, 0
    back = {row.of: -row.qty for row in refund.lines}
    before = {row.of: row.before for row in refund.lines}
    found = rules.reversal(sale.lines, _spent(sale), before, back)
    return found.taken, found.given


def take_back(till: Till, tx: Transaction, refund: Any, sale: Sale | SaleRefRow) -> PointsEffect:
    """*Writes*, in the refund's commit: what it earned goes, what was spent on it comes back.

    What an order earned the hub takes back itself, whoever the goods came back to.
    """
    account = _account(sale)
    if not account or getattr(sale, "kind", "") == ORDER:
        return PointsEffect()
    back = {row.of: -row.qty for row in refund.lines}
    before = {row.of: row.before for row in refund.lines}
    found = rules.reversal(sale.lines, _spent(sale), before, back)
    return _give_and_take(till, tx, account, found, refund.id)


def take_all_back(till: Till, tx: Transaction, void: Any, sale: Sale) -> PointsEffect:
    """*Writes*, in a void's commit: the same for the whole sale."""
    if sale.points is None:
        return PointsEffect()
    found = rules.Reversal(sale.points.earned, sum(each.points for each in sale.rewards))
    return _give_and_take(till, tx, sale.points.account, found, void.id)


def _give_and_take(
    till: Till, tx: Transaction, account: str, found: rules.Reversal, of: str
) -> PointsEffect:
    till.loyalty.did(account, found.given - found.taken, utc_text(till.hub_now()))
    if found.taken:
        held.reverse(till, tx, KIND, account, found.taken, of=of)
    if found.given:
        spend_here = till.offline and not till.training
        held.earn(
            *(till, tx, KIND, account, found.given),
            of=of,
            to_spend=spend_here,
            reason=GIVEN_BACK,
        )
    return PointsEffect(found.taken, found.given)
