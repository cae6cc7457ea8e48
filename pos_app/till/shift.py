"""A shift from its float to its Z: both counted by a person, the rest a fold over the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pos_app.domain.basket import AMOUNT_MAX
from pos_app.domain.errors import Refused
from pos_app.domain.shift import CASH, ShiftTotals
from pos_app.domain.staff import Outcome
from pos_app.domain.tender import tender_of
from pos_app.store.records import Position, Shift, new_id
from pos_app.till.permission import Approval, decide, reason_text, require
from pos_app.till.printing import z_order
from pos_app.till.till import USED, Till, stamp
from sync.protocol import FactTax, ShiftClosed, ShiftOpened, TenderTotal

PIECES_MAX = 100_000
"""Notes or coins of one kind; more is a barcode typed into the field."""


def open_shift(till: Till, float_amount: int, counts: Mapping[int, int] | None = None) -> Shift:
    """*Writes.* Selling may begin with that much in the drawer, minor units.

    `counts` is denomination -> pieces; where given its sum is the float. Raises
    Refused("shift_open" | "amount_out_of_range" | "not_allowed" | "nobody_signed_in").
    """
    if till.shift is not None:
        raise Refused("shift_open")
    require(till, "open_shift")
    counted = _counts(counts)
    if counts:
        float_amount = _worth(counted)
    if not 0 <= float_amount <= AMOUNT_MAX:
        raise Refused("amount_out_of_range", limit=AMOUNT_MAX)
    shift_id = new_id(till.now())
    with till.ledger.transaction() as tx:
        tx.append(
            ShiftOpened(
                **stamp(till, tx, shift=shift_id),
                number=till.ledger.next_shift_number(),
                currency=till.store.currency,
                float_amount=float_amount,
                counts=counted,
            )
        )
    till.look_again()
    till.after_commit()
    return till.need_shift()


def summary(till: Till) -> ShiftTotals:
    """What the open shift has brought so far; raises Refused("no_open_shift")."""
    return till.view.shift_totals(till.need_shift().shift_id)


def sees_expected(till: Till) -> bool:
    """True where the person may see what the drawer should hold before counting it."""
    return decide(till, "see_expected_cash").outcome is Outcome.ALLOWED


@dataclass(frozen=True, slots=True)
class Closed:
    """A shift that is over."""

    z: ShiftClosed
    position: Position
    job_id: str


def close_shift(
    till: Till,
    counted: Mapping[str, int],
    counts: Mapping[int, int] | None = None,
    reason: str = "",
    *,
    approval: Approval | None = None,
) -> Closed:
    """*Writes.* The Z: totals, count, difference, and what the hub does not have yet.

    `counted` is tender -> minor units found; cash may come as `counts` instead. It closes whatever
    the difference is and whatever is unsent; over the policy's amount it asks for a reason. Parked
    baskets stay. Raises Refused("no_open_shift" | "basket_open" | "amount_out_of_range" |
    "tender_unknown" | "reason_missing", amount | "needs_manager" …); actions `close_shift` (amount:
    the cash difference) and `z_close`.
    """
    shift = till.need_shift()
    held = till.ledger.open_basket()
    if held is not None and (held[0].lines or held[1]):
        raise Refused("basket_open")
    pieces = _counts(counts)
    found = _found(counted, pieces, given=counts is not None)
    totals = till.ledger.shift_totals(shift.shift_id)
    variance = totals.variance(found)
    reason = reason_text(reason)
    largest = max((abs(amount) for amount in variance.values()), default=0)
    approver = require(till, "z_close", approval=approval)
    require(till, "close_shift", largest, approval=approval, reason=reason)
    unsent = till.ledger.unsent(till.acked())
    with till.ledger.transaction() as tx:
        fields = stamp(till, tx, approver=approver, business_date=shift.business_date)
        z = ShiftClosed(
            **fields,
            **_z_fields(shift, totals, unsent.entries, unsent.amount),
            tenders=_tenders(totals, found, variance),
            counts=pieces,
            reason=reason,
        )
        position = tx.append(z)
        job_id = tx.queue_print("z", z_order(till, z, position))
        for used in till.used:
            tx.set_reference(USED, used, None)
    till.look_again()
    till.printing.committed(job_id)
    till.after_commit()
    return Closed(z, position, job_id)


def _z_fields(shift: Shift, totals: ShiftTotals, unsent: int, unsent_total: int) -> dict[str, Any]:
    return {
        "number": shift.number,
        "z_no": shift.number,
        "currency": shift.currency,
        "opened": shift.opened,
        "sales": totals.sales,
        "voids": totals.voids,
        "gross": totals.gross,
        "discount": totals.discount,
        "net": totals.net,
        "tax": totals.tax,
        "total": totals.total,
        "rounding": totals.rounding,
        "taxes": [
            FactTax(
                code=row.code,
                rate_ppm=row.rate_ppm,
                net=row.net,
                tax=row.tax,
                gross=row.gross,
                label=row.label,
                exempt=row.exempt,
            )
            for row in totals.tax_rows()
        ],
        "first_seq": totals.first_seq,
        "last_seq": totals.last_seq,
        "unsent": unsent,
        "unsent_total": unsent_total,
        "drawer_opens": totals.drawer_opens,
        "cancelled": totals.cancelled,
        "copies": totals.copies,
    }


def _tenders(
    totals: ShiftTotals, found: Mapping[str, int], variance: Mapping[str, int]
) -> list[TenderTotal]:
    expected = totals.expected()
    return [
        TenderTotal(
            tender=tender,
            expected=expected.get(tender, 0),
            counted=found.get(tender, 0),
            difference=difference,
        )
        for tender, difference in variance.items()
    ]


def _found(counted: Mapping[str, int], pieces: Mapping[str, int], *, given: bool) -> dict[str, int]:
    found = dict(counted)
    if given:
        found[CASH] = _worth(pieces)
    for tender, amount in found.items():
        tender_of(tender)
        if type(amount) is not int or abs(amount) > AMOUNT_MAX:
            raise Refused("amount_out_of_range", limit=AMOUNT_MAX)
    return found


def _counts(counts: Mapping[int, int] | None) -> dict[str, int]:
    """As the fact keeps them: keys are text, empty rows left out."""
    kept: dict[str, int] = {}
    for worth, pieces in (counts or {}).items():
        if not 0 <= pieces <= PIECES_MAX or not 0 < worth <= AMOUNT_MAX:
            raise Refused("amount_out_of_range", limit=PIECES_MAX)
        if pieces:
            kept[str(worth)] = pieces
    return kept


def _worth(pieces: Mapping[str, int]) -> int:
    return sum(int(worth) * number for worth, number in pieces.items())
