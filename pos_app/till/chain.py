"""What the hub's word does to a till that may be a copy, and to one that a person at the hub stopped.

Sync hears the hub and tells the window; the ledger notes it, so the next start knows it too. While it
is in doubt whether this is the till's only life it sells on; returns of a receipt, pickups and rights
wait (`Till.suspect`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pos_app.domain.day import parse_utc
from pos_app.store.doubt import PROVEN, ChainState, Doubt
from pos_app.store.rotation import rotate, signs_since

if TYPE_CHECKING:
    from pos_app.store.ledger import Ledger
    from pos_app.till.till import Till
    from sync.link import SyncStatus

ORDER: Final = "order"
"""Kind and key under which the ledger keeps what a person at the hub ordered."""
KEY_DAYS: Final = 30
"""How long a till signs by one key."""
_TALKING: Final = frozenset({"DRAIN", "PULL", "LIVE"})
STOP_CODES: Final = {
    "suspend": "device_suspended",
    "drain_wipe": "device_suspended",
    "wipe": "device_suspended",
    "wiped": "till_wiped",
}
"""An order that keeps people from a till -> what they are told."""


def wanted(ledger: Ledger, status: SyncStatus) -> Doubt | None:
    """What is to be believed of the chain after what sync said; None where nothing changes.

    The hub's "ok" ends a doubt only where it was said of this very journal, at or after the entry at
    which the doubt began; and never one that the till itself has proof of.
    """
    held = ledger.doubt
    told = {"rolled_back": ChainState.ROLLED_BACK, "fork": ChainState.ROLLED_BACK}
    told["fenced"] = ChainState.FENCED
    if status.state in ("ROLLED_BACK", "PAUSED") and status.error_code in told:
        state = told[status.error_code]
        why = held.why if held.why in PROVEN else status.error_code
        return Doubt(state, why) if (state, why) != (held.state, held.why) else None
    if held.state is ChainState.HEALTHY or held.why in PROVEN or not status.vouched:
        return None
    epoch, seq, digest = status.vouched.split(".")
    if int(epoch) != ledger.identity.epoch or int(seq) < held.since:
        return None
    return Doubt() if ledger.hash_at(int(epoch), int(seq)) == digest else None


def settle(ledger: Ledger, status: SyncStatus) -> bool:
    """Notes what the hub's word does to this ledger, on its lane; True where something changed."""
    found = wanted(ledger, status)
    if found is not None:
        ledger.believe(found.state, found.why)
    order = status.order if status.order or status.state in _TALKING else None
    if order is None or order == order_of(ledger):
        return found is not None
    with ledger.transaction() as tx:
        tx.set_reference(ORDER, ORDER, order.encode() or None)
    return True


def news(ledger: Ledger, status: SyncStatus, order: str) -> bool:
    """True where `settle` has something to do; `order` is what is noted. Reads, never writes."""
    changed = status.order != order and (bool(status.order) or status.state in _TALKING)
    return changed or wanted(ledger, status) is not None


def order_of(ledger: Ledger) -> str:
    """What a person at the hub ordered last, as the ledger holds it."""
    return ledger.reference(ORDER).get(ORDER, b"").decode()


def is_stop(order: str) -> bool:
    """True for an order that keeps people from this till."""
    return order in STOP_CODES


def rest(till: Till) -> None:
    """In a quiet moment, on the ledger's lane: the log into its file; another key every thirty days."""
    ledger = till.guard
    ledger.checkpoint_when_idle()
    now = till.now()
    if till.suspect or till.own.store is None:
        return
    since = parse_utc(signs_since(ledger, now))
    if now - since > timedelta(days=KEY_DAYS):
        rotate(ledger, till.data, business_date=till.business_date())
        till.after_commit()
