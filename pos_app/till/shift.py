"""A shift from its float to its Z: both counted by a person, the rest a fold over the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pos_app.domain.basket import AMOUNT_MAX
from pos_app.domain.cash import kept_pieces
from pos_app.domain.errors import Refused
from pos_app.domain.shift import CASH, ShiftTotals
from pos_app.domain.staff import Outcome
from pos_app.domain.tender import is_counted, tender_of
from pos_app.store.records import Position, Shift, new_id
from pos_app.till import exceptions, looking
from pos_app.till.papers import z_order
from pos_app.till.permission import Approval, decide, reason_text, require
from pos_app.till.till import USED, Till, stamp
from sync.protocol import CashMove, FactTax, ShiftClosed, ShiftOpened, TenderTotal

PIECES_MAX = 100_000
"""Notes or coins of one kind; more is a barcode typed into the field."""


def open_shift(
    till: Till,
    float_amount: int,
    counts: Mapping[int, int] | None = None,
    *,
    reason: str = "",
    note: str = "",
    approval: Approval | None = None,
) -> Shift:
    """*Writes.* Selling may begin with that much in the drawer, minor units.

    `counts` is denomination -> pieces; where given its sum is the float. `reason` says why it is
    not the set float. Raises Refused("shift_open" | "amount_out_of_range" | "needs_manager" |
    "reason_missing" | "not_allowed" | "nobody_signed_in"); the action is `open_shift`, its amount
    what the float is off by.
    """
    if till.shift is not None:
        raise Refused("shift_open")
    counted = _counts(counts)
    if counts:
        float_amount = _worth(counted)
    if not 0 <= float_amount <= AMOUNT_MAX:
        raise Refused("amount_out_of_range", limit=AMOUNT_MAX)
    reason, note = reason_text(reason), reason_text(note)
    off = abs(float_off(till, float_amount))
    approver = require(till, "open_shift", off, approval=approval, reason=reason)
    shift_id = new_id(till.now())
    with till.ledger.transaction() as tx:
        tx.append(
            ShiftOpened(
                **stamp(till, tx, shift=shift_id, approver=approver),
                number=till.ledger.next_shift_number(),
                currency=till.store.currency,
                float_amount=float_amount,
                counts=counted,
                set_float=till.settings.float_amount,
                reason=reason,
                note=note,
            )
        )
    till.look_again()
    till.after_commit()
    return till.need_shift()


def float_off(till: Till, float_amount: int) -> int:
    """How much that float is above (or below) what is set for this till; 0 where nothing is set."""
    return float_amount - till.settings.float_amount if till.settings.float_amount else 0


def summary(till: Till) -> ShiftTotals:
    """What the open shift has brought so far; raises Refused("no_open_shift")."""
    return till.view.shift_totals(till.need_shift().shift_id)


def sees_expected(till: Till) -> bool:
    """True where the person may see what the drawer should hold before counting it."""
    if till.settings.blind_count == "everyone":
        return False
    return decide(till, "see_expected_cash").outcome is Outcome.ALLOWED


def late(till: Till) -> bool:
    """True where the open shift's business day is over: its Z will say so."""
    return till.shift is not None and till.business_date() > till.shift.business_date


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
    the difference is and whatever is unsent; over the policy's amount it asks for a reason and for
    somebody's word. Parked baskets stay, and the Z says how many. Raises
    Refused("no_open_shift" | "basket_open" | "amount_out_of_range" | "tender_unknown" |
    "reason_missing", amount | "needs_manager" …); actions `close_shift` (amount: the largest
    difference of a tender) and `z_close`: who agrees to the first agrees to the second.
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
    approver = require(till, "close_shift", largest, approval=approval, reason=reason)
    if approval is not None and approval.action == "close_shift":
        approval = replace(approval, action="z_close", amount=0)
    approver = require(till, "z_close", approval=approval) or approver
    left = _left(till, found.get(CASH, 0), pieces)
    looking.tell(till)
    unsent = till.ledger.unsent(till.acked())
    known = exceptions.known_of_this_till(till)
    with till.ledger.transaction() as tx:
        fields = stamp(till, tx, approver=approver, business_date=shift.business_date)
        z = ShiftClosed(
            **fields,
            **z_fields(shift, totals, unsent.entries, unsent.amount),
            moves=[
                CashMove(row.kind, row.amount, row.reason, row.reference, row.wall)
                for row in till.ledger.cash_moves(shift.shift_id)
            ],
            left=left[0],
            left_counts=left[1],
            parked=len(till.ledger.parked()),
            late=late(till),
            tenders=tender_totals(totals, found, variance),
            counts=pieces,
            reason=reason,
            exceptions=known.count,
            exceptions_total=known.amount,
            set_aside=known.set_aside,
            set_aside_total=known.set_aside_amount,
            exceptions_as_of=known.as_of,
        )
        position = tx.append(z)
        job_id = tx.queue_print("z", z_order(till, z, position))
        for used in till.used:
            tx.set_reference(USED, used, None)
    till.look_again()
    till.printing.committed(job_id)
    till.after_commit()
    return Closed(z, position, job_id)


def z_fields(shift: Shift, totals: ShiftTotals, unsent: int, unsent_total: int) -> dict[str, Any]:
    """What a Z says of the shift's totals."""
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
        "float_amount": totals.float_amount,
        "cash_in": totals.cash_in,
        "cash_out": totals.cash_out,
        "drops": totals.drops,
        "cash_back": totals.cash_back,
        "refunds": totals.refunds,
        "refunded": totals.refunded,
        "orders": totals.orders,
        "values": totals.values,
    }


def _left(till: Till, counted: int, pieces: Mapping[str, int]) -> tuple[int, dict[str, int]]:
    """What stays in the drawer for the next shift: the set float, or all where none is set.

    In pieces too, where the counted ones make exactly that.
    """
    wanted = till.settings.float_amount
    left = max(0, min(counted, wanted) if wanted else counted)
    kept = kept_pieces({int(worth): count for worth, count in pieces.items()}, left)
    return left, {str(worth): count for worth, count in kept.items()}


def tender_totals(
    totals: ShiftTotals, found: Mapping[str, int], variance: Mapping[str, int]
) -> list[TenderTotal]:
    """What a Z says of each way that was paid."""
    expected = totals.expected()
    return [
        TenderTotal(
            tender=tender,
            expected=expected.get(tender, 0),
            counted=(found if is_counted(tender) else expected).get(tender, 0),
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
