"""The people at a store's tills: who they are, what they may do, their PIN as a verifier only."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pos_app.domain.errors import Refused
from pos_app.domain.staff import Role, Staff
from pos_app.domain.text import plain
from sync.hub import store
from sync.hub.database import Connection

PIN_MIN: Final = 4
PIN_MAX: Final = 12
_APPROVERS: Final = frozenset({Role.MANAGER, Role.HQ})
_NAME_MAX: Final = 60
_COMMON: Final = frozenset({"123456", "654321", "12345678", "1234", "4321", "121212", "123123"})


def checked_pin(pin: str) -> str:
    """The PIN; raises Refused("pin_not_digits" | "pin_too_short" | "pin_too_long" | "pin_too_easy")."""
    if not (pin.isascii() and pin.isdigit()):
        raise Refused("pin_not_digits")
    if len(pin) < PIN_MIN:
        raise Refused("pin_too_short", need=PIN_MIN)
    if len(pin) > PIN_MAX:
        raise Refused("pin_too_long", limit=PIN_MAX)
    if len(set(pin)) == 1 or pin in _COMMON:
        raise Refused("pin_too_easy")
    return pin


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
    checked_pin(pin)
    taken = [int(one.staff_id) for one in store.people(connection, store_id)]
    person = Staff(str(max(taken, default=0) + 1), name, role, verifier(pin))
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
    checked_pin(pin)
    person = replace(person, pin=verifier(pin))
    store.save_person(connection, store_id, person)
    return person
