"""Tills of a hub's database with sales that nobody sent yet."""

from __future__ import annotations

import datetime as dt
import random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.hub import devices
from sync.hub.answers import RandomIds
from sync.hub.database import Connection
from sync.hub.identity import load_keys, new_code
from sync.protocol import EnrolRequest
from tests.hub.journals import Journal


def enrolled(books: Connection, number: int, sales: int) -> Journal:
    """A till of the one store with so many sales, none of them sent."""
    key, ids, now = Ed25519PrivateKey.generate(), RandomIds(), dt.datetime.now(dt.UTC)
    with books.transaction():
        code = new_code(ids)
        devices.issue_code(books, "1", str(number), code, now, replaces=False)
        asked = EnrolRequest(code, key.public_key().public_bytes_raw().hex())
        own = devices.enrol(books, asked, load_keys(books), now, ids)
        devices.approve(books, own.device, now)
    journal = Journal(key, own, rnd=random.Random(number))
    journal.open_shift()
    for _ in range(sales):
        journal.sale(of=3)
    return journal
