"""Spending offline what no right of this till covers: a risk the shop took, within its numbers (E5).

    with till.ledger.transaction() as tx:
        unsecured.spend(till, tx, "points", "c-7781", 200, of=sale.id, approval=agreed)

Nothing where the policy says nothing, and that is how it is shipped. Each such burn is marked, names
who agreed, and the hub tells a person of whatever the account did not hold.
"""

from __future__ import annotations

from typing import Final

import msgspec

from pos_app.domain.errors import Refused
from pos_app.domain.staff import Unsecured
from pos_app.store.transaction import Transaction
from pos_app.till.permission import Approval, require
from pos_app.till.till import Till, stamp
from sync.protocol import RightUsed

ACTION: Final = "spend_unsecured"
SPENT: Final = "unsecured"
"""What was spent so, as reference rows of the ledger: of an account ever, and each since when."""
_EACH: Final = "/each"
_spent = msgspec.json.Decoder(list[tuple[int, int, int]])


def left(till: Till, kind: str, account: str) -> int:
    """How much of an account may be spent so now; 0 while the hub answers, or where nothing may be.

    Reads only. Points, or minor units.
    """
    if not till.offline or till.suspect or till.training:
        return 0
    return _left(till, kind, account, till.policy.unsecured.get(kind, Unsecured()))


def _left(till: Till, kind: str, account: str, most: Unsecured) -> int:
    rows = till.ledger.reference(SPENT)
    of_account = int(rows.get(f"{kind}/{account}", b"0"))
    unheard = sum(amount for _, _, amount in _unheard(till, rows.get(f"{kind}{_EACH}", b"[]")))
    return max(0, min(most.event, most.account - of_account, most.episode - unheard))


def _unheard(till: Till, each: bytes) -> list[tuple[int, int, int]]:
    """(epoch, seq, amount) of those that the hub has not confirmed."""
    acked = till.acked()
    place = (acked.epoch, acked.seq) if acked else (0, 0)
    return [one for one in _spent.decode(each) if (one[0], one[1]) > place]


def spend(
    till: Till,
    tx: Transaction,
    kind: str,
    account: str,
    amount: int,
    *,
    of: str = "",
    approval: Approval | None = None,
) -> RightUsed:
    """Spends it, in the transaction of what it pays for.

    Raises Refused("rights_not_now") where the hub can be asked or this till may be a copy,
    Refused("unsecured_too_much", left=), Refused("needs_manager" | "not_allowed" …).
    """
    if type(amount) is not int or amount <= 0:
        raise Refused("amount_out_of_range", limit=0)
    if not till.offline or till.suspect or till.training:
        raise Refused("rights_not_now")
    free = left(till, kind, account)
    if amount > free:
        raise Refused("unsecured_too_much", left=free)
    approver = require(till, ACTION, approval=approval)
    return burn(till, tx, kind, account, amount, of=of, approver=approver)


def burn(
    till: Till,
    tx: Transaction,
    kind: str,
    account: str,
    amount: int,
    *,
    of: str = "",
    approver: str = "",
) -> RightUsed:
    """The same where somebody agreed before, when it was put into an open basket."""
    fact = RightUsed(
        **stamp(till, tx, approver=approver),
        kind=kind,
        account=account,
        amount=amount,
        unsecured=True,
        of=of,
    )
    tx.append(fact)
    rows = till.ledger.reference(SPENT)
    each = [*_unheard(till, rows.get(f"{kind}{_EACH}", b"[]")), (fact.epoch, fact.seq, amount)]
    ever = int(rows.get(f"{kind}/{account}", b"0")) + amount
    tx.set_reference(SPENT, f"{kind}/{account}", str(ever).encode())
    tx.set_reference(SPENT, f"{kind}{_EACH}", msgspec.json.encode(each))
    return fact
