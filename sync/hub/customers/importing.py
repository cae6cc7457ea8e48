"""Customers from a CSV file: entered once, whoever is there by mail, number or card is changed.

A head line names the columns: name, email, phone, card, language, birthday, groups (apart by
spaces), member (yes or no). The whole file is looked through first; then its people are entered some
at a time, so that the hub serves on, and a run that was broken off is begun again. A consent is never
imported: nobody can say when and to which words it was given.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from pos_app.domain.errors import Refused
from sync.hub.answers import RandomIds
from sync.hub.customers import book, finding
from sync.hub.database import Connection
from sync.protocol import Contact, CustomerFields
from sync.protocol.customers import CARD, EMAIL, PHONE

COLUMNS: Final = frozenset(
    {"name", "email", "phone", "card", "language", "birthday", "groups", "member"}
)
BYTES_MAX: Final = 256 << 20
TOGETHER: Final = 50
_NEWEST: Final = 1 << 40
"""Whatever was changed before, the file says it anew."""
_IDS: Final = RandomIds()


class Imported(msgspec.Struct, frozen=True):
    """What came of a file."""

    made: int
    changed: int
    skipped: int


def read(connection: Connection, file: Path, store: str, now: dt.datetime) -> Imported:
    """Enters everybody of a file. In transactions of its own.

    Raises Refused("customer_file_bad").
    """
    try:
        text = file.read_bytes()[:BYTES_MAX].decode("utf-8-sig")
    except FileNotFoundError as cause:
        raise Refused("customer_file_bad", line=0, why="it is not there") from cause
    except UnicodeDecodeError as cause:
        raise Refused("customer_file_bad", line=1, why="it is not UTF-8") from cause
    lines = csv.DictReader(io.StringIO(text))
    unknown = set(lines.fieldnames or ()) - COLUMNS
    if not lines.fieldnames or unknown:
        raise Refused("customer_file_bad", line=1, why=", ".join(sorted(unknown)) or "no head")
    people, skipped = _checked(connection, lines)
    made = changed = 0
    for start in range(0, len(people), TOGETHER):
        with connection.transaction():
            for fields in people[start : start + TOGETHER]:
                new = _enter(connection, fields, store, now)
                made, changed = made + new, changed + (not new)
    return Imported(made, changed, skipped)


def _checked(
    connection: Connection, lines: Iterable[dict[str, str]]
) -> tuple[list[CustomerFields], int]:
    """Everybody of the file, and how many lines say nobody, before anybody is entered."""
    groups = {one.group_id for one in book.groups(connection)}
    found, skipped = [], 0
    for number, row in enumerate(lines, 2):
        fields = _fields({name: (value or "").strip() for name, value in row.items() if name})
        unknown = set(fields.groups or ()) - groups
        if unknown:
            why = f"there is no group {min(unknown)}"
            raise Refused("customer_file_bad", line=number, why=why)
        if fields.name or fields.contacts:
            found.append(fields)
        else:
            skipped += 1
    return found, skipped


def _enter(connection: Connection, fields: CustomerFields, store: str, now: dt.datetime) -> bool:
    """Enters or changes one; True for somebody new."""
    customer = _known(connection, fields)
    if customer and fields.contacts:
        both = (*book.contacts_of(connection, customer), *fields.contacts)
        fields = msgspec.structs.replace(fields, contacts=both)
    book.save(connection, customer or _IDS.uuid(), fields, now, base=_NEWEST, store=store)
    return not customer


def _fields(said: dict[str, str]) -> CustomerFields:
    kinds = (("email", EMAIL), ("phone", PHONE), ("card", CARD))
    contacts = tuple(Contact(kind, said[name], "import") for name, kind in kinds if said.get(name))
    member = said.get("member", "").casefold()
    return CustomerFields(
        name=said.get("name") or None,
        contacts=contacts or None,
        language=said.get("language") or None,
        birthday=said.get("birthday") or None,
        groups=tuple(said["groups"].split()) if said.get("groups") else None,
        member=member in ("yes", "true", "1") if member else None,
    )


def _known(connection: Connection, fields: CustomerFields) -> str:
    for one in fields.contacts or ():
        found = finding.of_contact(connection, one.kind, one.value)
        if found:
            return found[0]
    return ""
