"""Who stands at the till: PIN, lock-out, and a second person's approval.

A PIN shows presence, it opens nothing at the hub. Wrong ones are counted *before* the check and
outlive a restart (which begins a running wait anew): 5 make the person wait 30 seconds, each
further one twice as long up to 15 minutes, 10 lock until a manager or the hub lets them in.
"""

from __future__ import annotations

from pos_app.domain.errors import Refused
from pos_app.domain.staff import Role, Staff
from pos_app.till.permission import Approval
from pos_app.till.till import Till, stamp
from sync.protocol import SignedIn, SignInRefused

FREE_TRIES = 5
LOCK_TRIES = 10
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 15 * 60
PIN_MAX = 12
"""Characters of a PIN that are looked at: a code scanned into the field is longer."""


def people(till: Till) -> list[Staff]:
    """Who may sign in here, by name."""
    active = [person for person in till.staff.values() if person.active and person.pin]
    return sorted(active, key=lambda person: (person.name.casefold(), person.staff_id))


def wait_s(till: Till, staff_id: str) -> int:
    """Seconds until that person may try again; 0 now, -1 when only somebody else can unlock."""
    return _wait_s(till, staff_id, till.view.tries(staff_id)[0])


def _wait_s(till: Till, staff_id: str, count: int) -> int:
    if count >= LOCK_TRIES:
        return -1
    if count < FREE_TRIES:
        return 0
    wait_ms = 1_000 * min(FIRST_WAIT_S << (count - FREE_TRIES), LONGEST_WAIT_S)
    since = till.locked_since_ms.get(staff_id, till.opened_ms)
    return max(0, -(-(since + wait_ms - till.clock.monotonic_ms()) // 1_000))


def sign_in(till: Till, staff_id: str, pin: str) -> Staff:
    """Puts that person at the till and journals it; an open basket stays.

    Takes about 0.2 s (argon2id), so it belongs on a lane. Raises Refused("staff_unknown"),
    Refused("pin_wrong", left=…), Refused("pin_wait", wait_s=…), Refused("pin_locked"); each refusal
    after a known name is journalled.
    """
    person = _check(till, staff_id, pin)
    before = till.person
    till.person = person
    try:
        with till.ledger.transaction() as tx:
            tx.clear_tries(staff_id)
            tx.append(SignedIn(**stamp(till, tx)))
    except BaseException:
        till.person = before
        raise
    till.locked_since_ms.pop(staff_id, None)
    till.after_commit()
    return person


def sign_out(till: Till) -> None:
    """Nobody is at the till; basket, shift and everything unsent stay."""
    till.person = None


def approve(till: Till, staff_id: str, pin: str, action: str, amount: int = 0) -> Approval:
    """That person's consent to what somebody else is about to do, for the verb's `approval`.

    `action` and `amount` are those of the Refused("needs_manager") before. Raises as `sign_in`, and
    Refused("approver_is_actor" | "approval_not_enough").
    """
    if till.person is not None and till.person.staff_id == staff_id:
        raise Refused("approver_is_actor")
    person = _check(till, staff_id, pin)
    with till.ledger.transaction() as tx:
        tx.clear_tries(staff_id)
    till.locked_since_ms.pop(staff_id, None)
    if not till.policy.may_approve(person.role, action, amount, offline=till.offline):
        unit = till.policy.action(action).unit
        raise Refused("approval_not_enough", action=action, amount=amount, unit=unit)
    return Approval(staff_id, person.role, action, amount)


def unlock(till: Till, staff_id: str, manager_id: str, manager_pin: str) -> None:
    """A manager lets somebody who is locked out try again.

    Raises as `sign_in` for the manager's own PIN, and Refused("approver_is_actor" |
    "approval_not_enough") for oneself or for somebody who is no manager.
    """
    if staff_id == manager_id:
        raise Refused("approver_is_actor")
    manager = _check(till, manager_id, manager_pin)
    if manager.role not in (Role.MANAGER, Role.HQ):
        raise Refused("approval_not_enough", action="unlock", amount=0, unit="none")
    with till.ledger.transaction() as tx:
        tx.clear_tries(manager_id)
        tx.clear_tries(staff_id)
    till.locked_since_ms.pop(manager_id, None)
    till.locked_since_ms.pop(staff_id, None)


def _check(till: Till, staff_id: str, pin: str) -> Staff:
    person = till.staff.get(staff_id)
    if person is None or not person.active or not person.pin:
        raise Refused("staff_unknown")
    count, _ = till.ledger.tries(staff_id)
    waiting = _wait_s(till, staff_id, count)
    if waiting:
        _refuse(till, staff_id, count, waiting)
    with till.ledger.transaction() as tx:
        count = tx.count_try(staff_id, till.now())
    if not _fits(person.pin, pin):
        till.locked_since_ms[staff_id] = till.clock.monotonic_ms()
        _refuse(till, staff_id, count, _wait_s(till, staff_id, count))
    return person


def _fits(verifier: str, pin: str) -> bool:
    if not (pin.isascii() and pin.isdigit() and len(pin) <= PIN_MAX):
        return False
    import argon2

    try:
        return argon2.PasswordHasher().verify(verifier, pin)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def _refuse(till: Till, staff_id: str, tries: int, waiting: int) -> None:
    with till.ledger.transaction() as tx:
        fields = stamp(till, tx)
        tx.append(SignInRefused(**fields, staff=staff_id, tries=tries, locked_s=max(0, waiting)))
    till.after_commit()
    if waiting < 0:
        raise Refused("pin_locked")
    if waiting:
        raise Refused("pin_wait", wait_s=waiting)
    raise Refused("pin_wrong", left=FREE_TRIES - tries)
