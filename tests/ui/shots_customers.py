"""Pictures of the Customers screen, in each of its states."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt

from pos_app.till import inquiries
from sync.protocol.customers import (
    CARD,
    EMAIL,
    PHONE,
    Consent,
    Contact,
    CustomerRow,
    Moment,
    Proposal,
    Timeline,
)
from tests.till.customer_data import tell
from tests.ui.shop import CASHIER, SENIOR, Hand, opened

Shot = Callable[[Hand, str], None]


def people() -> list[CustomerRow]:
    """Seven people who answer to one name, as a store may have them."""
    gold, silver = {"member": True, "tier": "gold"}, {"member": True, "tier": "silver"}
    sara = CustomerRow(
        *("c-1", 7, "Sara Lindqvist"),
        (
            Contact(EMAIL, "sara@post.fi", "web", verified=True),
            Contact(PHONE, "+358401234410", "app", verified=True),
            Contact(CARD, "HF-7788-8812", "store"),
        ),
        language="fi",
        points=1_240,
        points_to_next=260,
        currency="EUR",
        as_of="2026-11-25T09:32:00.000Z",
        consents=(
            Consent("email_offers", "yes", "2024-01-12T10:00:00.000Z", "web checkout"),
            Consent("texts", "no", "2026-05-03T10:00:00.000Z", "till 2"),
            Consent("tips", "yes", "2024-03-09T10:00:00.000Z", "app settings"),
        ),
        since="2021-03-01",
        last_seen="2026-05-18T12:00:00.000Z",
        last_store="Kallio",
        favourite_store="T\u00f6\u00f6l\u00f6",
        favourite_share=68,
        value=231_800,
        basket=6_820,
        visits=34,
        visits_web=11,
        gap_days=24,
        proposals=(Proposal("c-4", "S. Lindqvist", "phone", detail="order W-10391"),),
        favourites=("A515-WHT-3942", "A515-BLK-3538"),
        **gold,
    )
    rest = (
        ("c-2", "Sara Jokinen", silver, "2026-05-03", "web"),
        ("c-3", "Sarah Mitchell", {"member": True, "tier": "basic"}, "2026-04-22", "Kamppi"),
        ("c-4", "S. Lindqvist", {"guest": True}, "2026-05-12", "web"),
        ("c-5", "Saara Niemi", gold, "2026-03-12", "app"),
        ("c-6", "Sara Aalto", silver, "2026-02-02", "Kallio"),
        ("c-7", "Sarita Koski", {"member": True, "tier": "basic"}, "2025-11-20", "web"),
    )
    rows = [
        CustomerRow(
            customer,
            1,
            name,
            last_seen=f"{day}T10:00:00.000Z",
            last_store=place,
            contacts=(Contact(PHONE, "+358401234410", "web", verified=True),)
            if customer == "c-4"
            else (),
            **more,
        )
        for customer, name, more, day, place in rest
    ]
    return [*rows, sara]


def moments() -> Timeline:
    """What happened, as head office tells it."""

    def moment(day: str, kind: str, **more: Any) -> Moment:
        return Moment(f"2026-{day}T10:00:00.000Z", kind, **more)

    return Timeline(
        (
            moment("11-25", "look", name="Day Pack 18 L", detail="3rd time", place="app"),
            moment(
                *("05-18", "return"),
                name="R-0911",
                place="Kallio",
                amount=-11_900,
                detail="Trail Runner 2, too small",
            ),
            moment("05-16", "support", state="solved", name="T-582", detail="parcel came late"),
            moment(
                *("05-12", "order"),
                name="W-10391",
                state="shipped",
                amount=21_150,
                items=4,
                detail="Instagram ad",
            ),
            moment("05-03", "points", state="spent", points=-800, place="T\u00f6\u00f6l\u00f6"),
            moment("05-03", "sale", name="1-1-1.1896", place="T\u00f6\u00f6l\u00f6", amount=8_940),
        ),
        complete_to="2026-11-25T09:59:00.000Z",
    )


def answer(hand: Hand, path: str, reply: msgspec.Struct) -> None:
    """The hub answers the newest inquiry of that kind."""
    ask_id = next(key for key, asked in reversed(hand.till.inquiries.items()) if asked.path == path)
    body = msgspec.json.encode(reply).decode()
    hand.till.hear({"op": "answer", "id": ask_id, "status": 200, "body": body})
    hand.window.members.heard(ask_id)
    hand.settle()


def customer_shots(data: Path, shot: Shot, **look: Any) -> None:
    """Through the screen, as a shift lead and as a cashier, with a line and without."""
    tell(data, *people())
    with opened(data, **look) as hand:
        hand.ready(SENIOR)
        members = hand.window.members
        hand.key(Qt.Key.Key_F3)
        shot(hand, "customers_recent")
        hand.type("sar")
        members.customers.choose("c-1")
        hand.settle()
        answer(hand, inquiries.TIMELINE, moments())
        shot(hand, "customers")
        if members.work is not None:
            members.work.open_detail(on=True)
        shot(hand, "customers_one")
        hand.window.acts.do("customer_contacts")
        shot(hand, "customers_shown")
        hand.window.acts.do("customer_compare")
        shot(hand, "customers_compare")
        hand.window.close_sheet()
        members.forms.ask_consent("calls")
        shot(hand, "customers_consent")
        hand.window.close_sheet()
        hand.window.acts.do("customer_note")
        shot(hand, "customers_note")
        hand.window.close_sheet()
        hand.window.acts.do("customer_edit")
        shot(hand, "customers_edit")
        hand.window.close_sheet()
        hand.line.connected = False
        hand.window.tick()
        members.customers.choose("c-4")
        members.customers.choose("c-1")
        shot(hand, "customers_offline")
        members.customers.type("zelda")
        if members.work is not None:
            members.work.search.edit.setText("zelda")
            members.work.open_detail(on=False)
        shot(hand, "customers_nobody")
        hand.window.acts.do("customer_new")
        shot(hand, "customers_new")
        hand.window.close_sheet()
        hand.line.connected = True
        hand.window.tick()
        hand.window.acts.do("sell")
        hand.settle()
        hand.window.acts.do("lock")
        hand.settle()
        hand.sign_in(CASHIER)
        hand.key(Qt.Key.Key_F3)
        members.customers.type("lindqvist")
        hand.settle()
        shot(hand, "customers_cashier")
