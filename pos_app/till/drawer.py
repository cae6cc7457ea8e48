"""The drawer opened without a sale: counted, with a reason, journalled before it opens."""

from __future__ import annotations

from pos_app.domain.errors import Unavailable
from pos_app.till.permission import Approval, reason_text, require
from pos_app.till.till import Till, stamp
from sync.protocol import DrawerOpened


def open_drawer(till: Till, reason: str, *, approval: Approval | None = None) -> None:
    """*Writes.* Journals it; then call `kick` on the printer's lane.

    Raises Refused("no_open_shift" | "reason_missing" | "needs_manager" …); the action is `no_sale`,
    its amount how often in this shift with this time.
    """
    shift = till.need_shift()
    times = till.ledger.shift_totals(shift.shift_id).drawer_opens + 1
    reason = reason_text(reason)
    approver = require(till, "no_sale", times, approval=approval, reason=reason)
    with till.ledger.transaction() as tx:
        tx.append(DrawerOpened(**stamp(till, tx, approver=approver), reason=reason))
    till.after_commit()


def kick(till: Till) -> None:
    """Opens it; raises Unavailable("drawer_unavailable")."""
    if till.devices.drawer is None:
        raise Unavailable("drawer_unavailable", reason="none")
    till.devices.drawer.open()
