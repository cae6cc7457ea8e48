"""Refunds in the ledger: what came back of which line, and never more than was sold.

A refund is a row of `sale` like a void, so that numbers, tenders, stock and the list of documents
are one; `refund` says of which sale, and `returned` adds up what came back of each of its lines. The
table itself refuses more than was sold: whatever a verb overlooked, it is not journalled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlcipher3 import dbapi2

from pos_app.domain.errors import Refused
from pos_app.domain.returns import SELLABLE
from sync.protocol import Refunded, Voided

if TYPE_CHECKING:
    from collections.abc import Callable

INSERT_REFUND: Final = "INSERT INTO refund (place, refund_id, sale_id, total) VALUES (?,?,?,?)"
ADD_RETURNED: Final = (
    "INSERT INTO returned (sale_id, line, sold, qty) VALUES (?,?,?,?) "
    "ON CONFLICT (sale_id, line) DO UPDATE SET qty = qty + excluded.qty"
)
ADD_UP_TO_SOLD: Final = (
    "INSERT INTO returned (sale_id, line, sold, qty) VALUES (?1,?2,?3,min(?3,?4)) "
    "ON CONFLICT (sale_id, line) DO UPDATE SET qty = min(sold, qty + ?4)"
)
_VOIDED: Final = "SELECT voided_by <> '' FROM sale WHERE sale_id = ? AND kind = 'sale'"
_ANY: Final = "SELECT 1 FROM refund WHERE sale_id = ? LIMIT 1"


def stock_moves(fact: Refunded) -> list[int]:
    """What each line puts back into the stock that is sold, thousandths: damaged goods nothing."""
    return [0 if line.custom or line.condition != SELLABLE else -line.qty for line in fact.lines]


def keep(execute: Callable[..., Any], fact: Refunded, place: int) -> None:
    """A refund in its tables.

    Raises Refused("already_voided") where the sale was taken back as a whole and
    Refused("more_than_sold") where a line had less left than comes back.
    """
    row = execute(_VOIDED, (fact.sale,)).fetchone()
    if row is not None and row[0] and fact.was is None:
        raise Refused("already_voided", doc_no=fact.sale_doc)
    execute(INSERT_REFUND, (place, fact.id, fact.sale, fact.total))
    for line in fact.lines:
        if fact.was is not None:  # another life of this till may have taken it back too
            execute(ADD_UP_TO_SOLD, (fact.sale, line.of, line.sold, -line.qty))
            continue
        try:
            execute(ADD_RETURNED, (fact.sale, line.of, line.sold, -line.qty))
        except dbapi2.IntegrityError as cause:
            raise Refused(
                "more_than_sold", line_id=line.of, label=line.label, left=0, unit=line.unit
            ) from cause


def check_none(execute: Callable[..., Any], void: Voided) -> None:
    """Refuses to take back as a whole what came back in part: Refused("sale_has_refunds")."""
    if execute(_ANY, (void.sale,)).fetchone() is not None:
        raise Refused("sale_has_refunds", doc_no=void.sale_doc)
