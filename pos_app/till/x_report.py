"""The X: a look at an open shift. It is no document, has no number and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pos_app.domain.errors import Refused
from pos_app.domain.shift import ShiftTotals
from pos_app.store.records import CashRow, Shift
from pos_app.till.permission import require
from pos_app.till.till import Till


@dataclass(frozen=True, slots=True)
class XReport:
    """What the shift is at a moment."""

    shift: Shift
    totals: ShiftTotals
    moves: list[CashRow]
    at: datetime
    parked: int


def look(till: Till) -> XReport:
    """The open shift as it is; the action is `see_expected_cash`.

    Reads only. Raises Refused("no_open_shift" | "not_allowed" | "nobody_signed_in").
    """
    shift = till.need_shift()
    require(till, "see_expected_cash")
    view = till.view
    return XReport(
        shift,
        view.shift_totals(shift.shift_id),
        view.cash_moves(shift.shift_id),
        till.now(),
        len(view.parked()),
    )


def print_x(till: Till, seen: XReport) -> str:
    """*Writes the print queue only.* Queues what was looked at; the job's id.

    Raises Refused("no_printer" | "not_allowed").
    """
    require(till, "see_expected_cash")
    if till.devices.printer is None:
        raise Refused("no_printer")
    from pos_app.receipts.shift_slips import x_receipt

    receipt = x_receipt(
        seen.totals,
        seen.moves,
        till.store,
        till.store.locale,
        shift=seen.shift.number,
        opened=seen.shift.opened,
        now=seen.at,
        till=till.identity.till,
        cashier=till.need_person().name,
    )
    with till.ledger.transaction() as tx:
        return tx.queue_print("x", receipt.to_dict())
