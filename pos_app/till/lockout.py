"""Wrong PINs: counted before they are checked, waited out on a clock nobody sets, never forgotten.

Per person: 5 in a row make them wait 30 seconds, each further one twice as long up to 15 minutes;
10 lock them until somebody lets them in; 100 in all, since the hub was heard, until the hub gives
them another PIN. Per till: 20 within an hour, and only badges open it. A restart of the machine
begins a running wait anew. So of 10,000 PINs nobody tries more than a hundred.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from pos_app.domain.errors import Refused
from pos_app.till.reference import GUESSES, SHORT_PIN

if TYPE_CHECKING:
    from pos_app.domain.staff import Staff
    from pos_app.store.reader import LedgerReads
    from pos_app.store.transaction import Transaction
    from pos_app.till.till import Till

FREE_TRIES: Final = 5
LOCK_TRIES: Final = 10
FIRST_WAIT_S: Final = 30
LONGEST_WAIT_S: Final = 15 * 60
TOTAL_TRIES: Final = 100
TILL_TRIES: Final = 20
TILL_SPAN_MS: Final = 3_600_000
LOCKED: Final = -1
"""A wait that only somebody else ends."""
_TILL: Final = "till_guesses"
"""Kind under which the ledger keeps when the till's last wrong PINs were typed."""


def wait_s(till: Till, staff_id: str, reads: LedgerReads | None = None) -> int:
    """Seconds until that person may try again; 0 now, `LOCKED` when only somebody else can unlock."""
    last = (reads or till.guard).last_try(staff_id)
    if last is None or last.tries < FREE_TRIES:
        return 0
    if last.tries >= LOCK_TRIES:
        return LOCKED
    wait_ms = 1_000 * min(FIRST_WAIT_S << (last.tries - FREE_TRIES), LONGEST_WAIT_S)
    same = last.boot != "" and last.boot == till.clock.boot_id()
    since = last.mono if same else till.opened_ms
    return _seconds(since + wait_ms - till.clock.monotonic_ms())


def till_wait_s(till: Till, reads: LedgerReads | None = None) -> int:
    """Seconds until this till takes PINs again; 0 where it does."""
    moments = _moments(till, reads)
    if len(moments) < TILL_TRIES:
        return 0
    return _seconds(moments[-TILL_TRIES] + TILL_SPAN_MS - till.clock.monotonic_ms())


def guesses(till: Till, staff_id: str, reads: LedgerReads | None = None) -> int:
    """Wrong PINs of that person in all, since the hub was heard."""
    return int((reads or till.guard).reference(GUESSES).get(staff_id, b"0"))


def refusal(
    till: Till, staff_id: str, *, badge: bool = False, reads: LedgerReads | None = None
) -> Refused | None:
    """Why no PIN of that person is looked at now; None where one is.

    With their badge shown too, the till's own limit does not count. `reads` is the read-only ledger
    of another thread than the one that writes.
    """
    if guesses(till, staff_id, reads) >= TOTAL_TRIES:
        return Refused("pin_locked_hub")
    waiting = wait_s(till, staff_id, reads)
    if waiting == LOCKED:
        return Refused("pin_locked")
    if waiting:
        return Refused("pin_wait", wait_s=waiting)
    everybody = 0 if badge else till_wait_s(till, reads)
    return Refused("pin_badges_only", wait_s=everybody) if everybody else None


def count(till: Till, staff_id: str) -> int:
    """*Writes.* One more try, durable before anything is checked; how many in a row that makes."""
    total = guesses(till, staff_id) + 1
    moments = [*_moments(till), till.clock.monotonic_ms()][-TILL_TRIES:]
    with till.guard.transaction() as tx:
        tries = tx.count_try(staff_id, till.now())
        tx.set_reference(GUESSES, staff_id, str(total).encode())
        tx.set_reference(_TILL, "", _kept(till, moments))
    return tries


def forgive(till: Till, tx: Transaction, person: Staff, pin: str) -> None:
    """The PIN was right: it was no guess. What was wrong before still counts while offline."""
    staff_id = person.staff_id
    tx.clear_tries(staff_id)
    left = guesses(till, staff_id) - 1
    kept = str(left).encode() if till.offline and left > 0 else None
    tx.set_reference(GUESSES, staff_id, kept)
    tx.set_reference(_TILL, "", _kept(till, _moments(till)[:-1]))
    policy = till.own.policy
    short = policy is not None and len(pin) < policy.proof(person.role).pin_min
    if short != (staff_id in till.short_pins):
        tx.set_reference(SHORT_PIN, staff_id, b"1" if short else None)
        till.short_pins = till.short_pins ^ {staff_id}


def _moments(till: Till, reads: LedgerReads | None = None) -> list[int]:
    """When wrong PINs were typed here within the hour, on the monotonic clock.

    Those of before a restart of the machine count as typed when the till was opened.
    """
    body = (reads or till.guard).reference(_TILL).get("")
    if body is None:
        return []
    held = json.loads(body)
    at: list[int] = held["at"]
    if held["boot"] != till.clock.boot_id():
        at = [till.opened_ms] * len(at)
    now = till.clock.monotonic_ms()
    return [moment for moment in at if now - moment < TILL_SPAN_MS]


def _kept(till: Till, moments: list[int]) -> bytes:
    return json.dumps({"boot": till.clock.boot_id(), "at": moments}).encode()


def _seconds(ms: int) -> int:
    return max(0, -(-ms // 1_000))
