"""Customers for tests: who they are, and how they come to a till."""

from __future__ import annotations

from pathlib import Path

from pos_app.store.keys import Keys
from pos_app.store.replica import ReplicaWriter
from sync.protocol.customers import CARD, EMAIL, PHONE, Consent, Contact, CustomerRow, Proposal
from tests.till.shop import feed

SARA = CustomerRow(
    "c-sara",
    3,
    "Sara Lindqvist",
    (
        Contact(EMAIL, "sara@post.fi", "web", verified=True),
        Contact(PHONE, "+358401234410", "app", verified=True),
        Contact(CARD, "HF-7788-8812", "store"),
    ),
    "fi",
    groups=("staff-friends",),
    price_list="friends",
    member=True,
    tier="gold",
    points=1_240,
    points_to_next=260,
    currency="EUR",
    as_of="2026-11-25T08:00:00.000Z",
    consents=(Consent("tips", "yes", "2024-03-09T10:00:00.000Z", "app settings"),),
    since="2021-03-01",
    last_seen="2026-05-18T14:00:00.000Z",
    last_store="Kallio",
    favourite_store="Töölö",
    favourite_share=68,
    value=231_800,
    basket=6_820,
    visits=34,
    visits_web=11,
    gap_days=24,
    proposals=(Proposal("c-guest", "S. Lindqvist", "phone", detail="order W-10391"),),
    favourites=("SCARF", "COFFEE"),
)
GUEST = CustomerRow(
    "c-guest",
    1,
    "S. Lindqvist",
    (Contact(PHONE, "+358401234410", "web", verified=True),),
    guest=True,
    last_seen="2026-05-12T14:00:00.000Z",
)
JOKINEN = CustomerRow(
    "c-jokinen",
    1,
    "Sara Jokinen",
    (Contact(EMAIL, "jokinen@post.fi"),),
    member=True,
    tier="silver",
    last_seen="2026-05-03T14:00:00.000Z",
)
SAARA = CustomerRow("c-saara", 1, "Saara Niemi", since="2025-03-12", member=True)
ALL = (SARA, GUEST, JOKINEN, SAARA)


def tell(data: Path, *rows: CustomerRow, stream: str = "store:1") -> None:
    """The hub tells a till of customers; the till looks when it is told that something changed."""
    with ReplicaWriter.open(data, Keys.load(data).db_key) as writer:
        _, pos = writer.cursors()[stream]
        writer.apply(feed(stream, pos, ("customer", list(rows))))
