"""Who stands at the till: by PIN, by badge or by both; and a second person's consent.

A PIN shows presence, it opens nothing at the hub. What a badge is good for says the policy's
`proof`. Wrong PINs are counted *before* the check (`till.lockout`).
"""

from __future__ import annotations

from pos_app.domain.badge import badge_fits
from pos_app.domain.errors import Refused
from pos_app.domain.staff import PIN_MAX, Badge, Staff
from pos_app.till import lockout
from pos_app.till.chain import STOP_CODES
from pos_app.till.permission import Approval
from pos_app.till.till import Till, stamp
from sync.protocol import Overridden, SignedIn, SignInRefused, StaffUnlocked

PIN, BADGE, BADGE_PIN = "pin", "badge", "badge_pin"
"""How somebody showed who they are, as the journal says it."""
UNLOCK = "unlock_staff"


def people(till: Till) -> list[Staff]:
    """Who may sign in here, by name."""
    active = [person for person in till.staff.values() if person.active and person.pin]
    return sorted(active, key=lambda person: (person.name.casefold(), person.staff_id))


def short_pins(till: Till) -> list[str]:
    """Names of those whose PIN is shorter than it has to be by now; the hub gives them another."""
    known = till.staff
    return sorted(known[staff_id].name for staff_id in till.short_pins if staff_id in known)


def whose(till: Till, code: str) -> Staff | None:
    """Whose badge that is; None for nobody's here."""
    for person in till.staff.values():
        if person.badge and person.active and badge_fits(person.badge, code):
            return person
    return None


def sign_in(till: Till, staff_id: str, pin: str, *, badge: str = "") -> Staff:
    """*Writes.* Puts that person at the till and journals it; an open basket stays.

    `badge` is the code of their badge where it was scanned before. Takes about 0.2 s (argon2id), so
    it belongs on a lane. Raises Refused("staff_unknown" | "badge_unknown"),
    Refused("pin_wrong", left=…), Refused("pin_wait" | "pin_badges_only", wait_s=…),
    Refused("pin_locked" | "pin_locked_hub"), Refused("device_suspended" | "till_wiped"); each refusal after a known name is journalled.
    """
    person = _check(till, staff_id, pin, badge)
    _put(till, person, BADGE_PIN if badge else PIN, pin)
    return person


def sign_in_badge(till: Till, code: str) -> Staff:
    """*Writes.* The same by a badge alone.

    Raises Refused("badge_unknown"), which is journalled, and Refused("badge_needs_pin", staff=…) or
    Refused("badge_not_enough") where the policy wants more of that role.
    """
    _open_to_people(till)
    person = _owner(till, code)
    wanted = till.policy.proof(person.role).signs_in
    if wanted is not Badge.ALONE:
        raise _more_than_a_badge(wanted, person)
    _put(till, person, BADGE, "")
    return person


def sign_out(till: Till) -> None:
    """Nobody is at the till; basket, shift and everything unsent stay."""
    till.person = None


def approve(
    till: Till,
    staff_id: str,
    pin: str,
    action: str,
    amount: int = 0,
    *,
    reason: str = "",
    badge: str = "",
) -> Approval:
    """*Writes.* That person's consent to what somebody else is about to do, for `approval`.

    `action` and `amount` are those of the Refused("needs_manager") before. It is journalled with
    the reason. Raises as `sign_in`, and Refused("approver_is_actor" | "approval_not_enough").
    """
    _not_oneself(till, staff_id)
    person = _check(till, staff_id, pin, badge)
    with till.guard.transaction() as tx:
        lockout.forgive(till, tx, person, pin)
    return _agreed(till, person, action, amount, reason, BADGE_PIN if badge else PIN)


def approve_badge(
    till: Till, code: str, action: str, amount: int = 0, *, reason: str = ""
) -> Approval:
    """*Writes.* The same by a badge alone; raises also what `sign_in_badge` raises."""
    person = _owner(till, code)
    _not_oneself(till, person.staff_id)
    wanted = till.policy.proof(person.role).agrees
    if wanted is not Badge.ALONE:
        raise _more_than_a_badge(wanted, person)
    return _agreed(till, person, action, amount, reason, BADGE)


def unlock(till: Till, staff_id: str, approval: Approval) -> None:
    """*Writes.* Somebody who agreed (`UNLOCK`) lets a person who is locked out try again; journalled.

    Raises Refused("approver_is_actor") for oneself, Refused("approval_not_enough"), and
    Refused("pin_locked_hub") where only the hub can.
    """
    if approval.staff_id == staff_id:
        raise Refused("approver_is_actor")
    if lockout.guesses(till, staff_id) >= lockout.TOTAL_TRIES:
        raise Refused("pin_locked_hub")
    agreed = till.policy.may_approve(approval.role, UNLOCK, offline=till.offline)
    if approval.action != UNLOCK or not agreed:
        raise Refused("approval_not_enough", action=UNLOCK, amount=0, unit="none")
    tries, _ = till.guard.tries(staff_id)
    with till.guard.transaction() as tx:
        tx.clear_tries(staff_id)
    with till.ledger.transaction() as tx:
        fields = stamp(till, tx, approver=approval.staff_id)
        tx.append(StaffUnlocked(**fields, staff=staff_id, tries=tries, method=approval.method))
    till.after_commit()


def _put(till: Till, person: Staff, method: str, pin: str) -> None:
    before = till.person
    till.person = person
    try:
        with till.ledger.transaction() as tx:
            if pin and till.guard is till.ledger:
                lockout.forgive(till, tx, person, pin)
            tx.append(SignedIn(**stamp(till, tx), method=method))
        if pin and till.guard is not till.ledger:
            with till.guard.transaction() as tx:
                lockout.forgive(till, tx, person, pin)
    except BaseException:
        till.person = before
        raise
    till.after_commit()


def _not_oneself(till: Till, staff_id: str) -> None:
    if till.person is not None and till.person.staff_id == staff_id:
        raise Refused("approver_is_actor")


def _agreed(
    till: Till, person: Staff, action: str, amount: int, reason: str, method: str
) -> Approval:
    """The consent, journalled: who asked, what, how much, why, who agreed and how."""
    policy = till.policy
    unit = policy.action(action).unit
    if not policy.may_approve(person.role, action, amount, offline=till.offline):
        raise Refused("approval_not_enough", action=action, amount=amount, unit=unit)
    actor = till.person
    limit = policy.limit(actor.role, action, offline=till.offline) if actor else None
    kept = till.ledger.open_basket()
    with till.ledger.transaction() as tx:
        tx.append(
            Overridden(
                **stamp(till, tx, approver=person.staff_id),
                action=action,
                amount=abs(amount),
                unit=unit,
                limit=limit,
                reason=reason,
                method=method,
                basket=kept[0].basket_id if kept else "",
            )
        )
    till.after_commit()
    return Approval(person.staff_id, person.role, action, amount, method)


def _owner(till: Till, code: str) -> Staff:
    person = whose(till, code)
    if person is None:
        _note(till, "", 0, 0, BADGE)
        raise Refused("badge_unknown")
    return person


def _more_than_a_badge(wanted: Badge, person: Staff) -> Refused:
    if wanted is Badge.WITH_PIN:
        return Refused("badge_needs_pin", staff=person.staff_id)
    return Refused("badge_not_enough")


def _open_to_people(till: Till) -> None:
    """Raises Refused("device_suspended" | "till_wiped") where a person at the hub stopped the till."""
    if till.stopped:
        raise Refused(STOP_CODES[till.order])


def _check(till: Till, staff_id: str, pin: str, badge: str = "") -> Staff:
    _open_to_people(till)
    person = till.staff.get(staff_id)
    if person is None or not person.active or not person.pin:
        raise Refused("staff_unknown")
    if badge and not badge_fits(person.badge, badge):
        _note(till, "", 0, 0, BADGE)
        raise Refused("badge_unknown")
    method = BADGE_PIN if badge else PIN
    refused = lockout.refusal(till, staff_id, badge=bool(badge))
    if refused is None:
        tries = lockout.count(till, staff_id)
        if _fits(person.pin, pin):
            return person
        refused = lockout.refusal(till, staff_id, badge=True)
        refused = refused or Refused("pin_wrong", left=lockout.FREE_TRIES - tries)
    waiting = refused.facts.get("wait_s", 0)
    tries, _ = till.guard.tries(staff_id)
    _note(till, staff_id, tries, waiting if isinstance(waiting, int) else 0, method)
    raise refused


def _fits(verifier: str, pin: str) -> bool:
    if not (pin.isascii() and pin.isdigit() and len(pin) <= PIN_MAX):
        return False
    import argon2

    try:
        return argon2.PasswordHasher().verify(verifier, pin)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def _note(till: Till, staff_id: str, tries: int, waiting: int, method: str) -> None:
    with till.ledger.transaction() as tx:
        fields = stamp(till, tx)
        tx.append(
            SignInRefused(**fields, staff=staff_id, tries=tries, locked_s=waiting, method=method)
        )
    till.after_commit()
