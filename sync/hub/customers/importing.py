"""Customers from a CSV file: entered once, whoever is there by mail, number or card is changed.

A head line names the columns: name, email, phone, card, language, birthday, groups (apart by
spaces), member (yes or no). All of the file or nothing of it. A consent is never imported: nobody
can say when and to which words it was given.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Final

import msgspec

from pos_app.domain.errors import Refused, Unavailable
from sync.hub.answers import RandomIds
from sync.hub.customers import book, finding
from sync.hub.database import Connection
from sync.protocol import Contact, CustomerFields
from sync.protocol.customers import CARD, EMAIL, PHONE

COLUMNS: Final = frozenset(
    {"name", "email", "phone", "card", "language", "birthday", "groups", "member"}
)
BYTES_MAX: Final = 256 << 20
_NEWEST: Final = 1 << 40
"""Whatever was changed before, the file says it anew."""
_IDS: Final = RandomIds()


class Imported(msgspec.Struct, frozen=True):
    """What came of a file."""

    made: int
    changed: int
    skipped: int


def read(connection: Connection, file: Path, store: str, now: dt.datetime) -> Imported:
    """Enters everybody of a file. In its own transaction.

    Raises Refused("customer_file_bad"), Unavailable("file_missing").
    """
    try:
        text = file.read_bytes()[:BYTES_MAX].decode("utf-8-sig")
    except FileNotFoundError as cause:
        raise Unavailable("file_missing", path=str(file)) from cause
    except UnicodeDecodeError as cause:
        raise Refused("customer_file_bad", line=1, why="it is not UTF-8") from cause
    lines = csv.DictReader(io.StringIO(text))
    unknown = set(lines.fieldnames or ()) - COLUMNS
    if not lines.fieldnames or unknown:
        raise Refused("customer_file_bad", line=1, why=", ".join(sorted(unknown)) or "no head")
    made = changed = skipped = 0
    with connection.transaction():
        for number, row in enumerate(lines, 2):
            said = {name: (value or "").strip() for name, value in row.items() if name}
            fields = _fields(said)
            if not fields.name and not fields.contacts:
                skipped += 1
                continue
            customer = _known(connection, fields)
            try:
                if customer and fields.contacts:
                    held = book.contacts_of(connection, customer)
                    both = (*held, *fields.contacts)
                    fields = msgspec.structs.replace(fields, contacts=both)
                own = customer or _IDS.uuid()
                book.save(connection, own, fields, now, base=_NEWEST, store=store)
            except Refused as cause:
                why = " ".join([cause.code, *map(str, cause.facts.values())])
                raise Refused("customer_file_bad", line=number, why=why) from cause
            made, changed = made + (not customer), changed + bool(customer)
    return Imported(made, changed, skipped)


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
