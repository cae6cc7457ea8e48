"""The people at a store's tills: who they are, what they may do, their PIN as a verifier only."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pos_app.domain.badge import badge_code, badge_verifier
from pos_app.domain.errors import Refused
from pos_app.domain.staff import Policy, Role, Staff
from pos_app.domain.text import plain
from sync.hub import policies, store
from sync.hub.answers import Ids
from sync.hub.database import Connection

_APPROVERS: Final = frozenset({Role.MANAGER, Role.HQ})
_NAME_MAX: Final = 60
_COMMON: Final = frozenset({"121212", "123123", "112233", "1212", "1122", "159753", "147258"})
_RUNS: Final = ("01234567890", "09876543210")


def checked_pin(pin: str, role: Role, policy: Policy) -> str:
    """The PIN, as long as the policy wants it of that role.

    Raises Refused("pin_not_digits" | "pin_too_short" | "pin_too_long" | "pin_too_easy").
    """
    if not (pin.isascii() and pin.isdigit()):
        raise Refused("pin_not_digits")
    proof = policy.proof(role)
    if len(pin) < proof.pin_min:
        raise Refused("pin_too_short", need=proof.pin_min)
    if len(pin) > proof.pin_max:
        raise Refused("pin_too_long", limit=proof.pin_max)
    if len(set(pin)) == 1 or pin in _COMMON or any(pin in run for run in _RUNS):
        raise Refused("pin_too_easy")
    return pin


def _policy(connection: Connection) -> Policy:
    """The limits in force; what an older text does not say is as shipped."""
    shipped = Policy.parse(policies.shipped_policy())
    return Policy.parse(policies.current(connection).text).with_rows_of(shipped)


def verifier(pin: str) -> str:
    """What is kept of a PIN: argon2id with a salt of its own."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(pin)


def add(connection: Connection, store_id: str, name: str, role: Role, pin: str) -> Staff:
    """A new person; the next free number of the store is theirs.

    Raises Refused("name_missing" | "store_unknown" | "pin_…").
    """
    name = plain(name, _NAME_MAX)
    if not name:
        raise Refused("name_missing")
    checked_pin(pin, role, _policy(connection))
    taken = [int(one.staff_id) for one in store.people(connection, store_id)]
    number = str(max(taken, default=0) + 1)
    person = Staff(number, name, role, verifier(pin), pin_digits=len(pin))
    store.save_person(connection, store_id, person)
    return person


def _person(connection: Connection, store_id: str, staff_id: str) -> Staff:
    for person in store.people(connection, store_id):
        if person.staff_id == staff_id:
            return person
    raise Refused("staff_number_unknown", staff=staff_id)


def deactivate(connection: Connection, store_id: str, staff_id: str) -> Staff:
    """Takes a person off the tills; what they did stays under their number.

    Raises Refused("staff_number_unknown" | "last_manager").
    """
    person = _person(connection, store_id, staff_id)
    left = [
        one
        for one in store.people(connection, store_id)
        if one.active and one.role in _APPROVERS and one.staff_id != staff_id
    ]
    if person.role in _APPROVERS and not left:
        raise Refused("last_manager", name=person.name)
    person = replace(person, active=False)
    store.save_person(connection, store_id, person)
    return person


def set_pin(connection: Connection, store_id: str, staff_id: str, pin: str) -> Staff:
    """Gives a person a new PIN. Raises Refused("staff_number_unknown" | "pin_…")."""
    person = _person(connection, store_id, staff_id)
    checked_pin(pin, person.role, _policy(connection))
    person = replace(person, pin=verifier(pin), pin_digits=len(pin))
    store.save_person(connection, store_id, person)
    return person


def check_manager(connection: Connection, store_id: str, staff_id: str, pin: str) -> Staff:
    """A manager of the store who proved it by the PIN; nobody is locked out here.

    Raises Refused("staff_number_unknown" | "manager_needed" | "pin_not_theirs").
    """
    import argon2

    person = _person(connection, store_id, staff_id)
    if not person.active or person.role not in _APPROVERS:
        raise Refused("manager_needed", name=person.name)
    try:
        argon2.PasswordHasher().verify(person.pin, pin)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError) as cause:
        raise Refused("pin_not_theirs", name=person.name) from cause
    return person


def give_badge(connection: Connection, store_id: str, staff_id: str, ids: Ids) -> tuple[Staff, str]:
    """A new badge for a person, and its code, which is kept nowhere: the old badge opens nothing.

    Raises Refused("staff_number_unknown").
    """
    person = _person(connection, store_id, staff_id)
    code = badge_code(ids.token(64))
    person = replace(person, badge=badge_verifier(code, ids.token(16)))
    store.save_person(connection, store_id, person)
    return person, code


def take_badge(connection: Connection, store_id: str, staff_id: str) -> Staff:
    """The person's badge opens nothing any more. Raises Refused("staff_number_unknown")."""
    person = replace(_person(connection, store_id, staff_id), badge="")
    store.save_person(connection, store_id, person)
    return person
