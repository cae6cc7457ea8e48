"""A member of the demo's shop, the programme, and the hub's answers, for tests of the window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pos_app.domain.loyalty import RewardKind, RewardRule
from sync.protocol.customers import CARD, Contact, CustomerRow
from tests.till import membering
from tests.till.customer_data import tell
from tests.ui.shop import Hand

CARD_CODE = "HF-7788-8812"
SARA = CustomerRow(
    *("c-sara", 7, "Sara Lindqvist"),
    (Contact(CARD, CARD_CODE, "store"),),
    member=True,
    tier="gold",
    points=1_240,
    currency="EUR",
    as_of="2026-11-25T09:32:00.000Z",
)
GIFT = RewardRule("tenth", "10 % off", RewardKind.PERCENT, 500, 1_000, combinable=False)


def join(hand: Hand, **changes: Any) -> None:
    """The programme and Sara come down."""
    club = replace(membering.CLUB, rewards=(*membering.CLUB.rewards[:1], GIFT), **changes)
    membering.has_programme(hand.till, club)
    tell(hand.till.data, SARA)
    hand.till.catalogue.reopen()
    hand.settle()


def answer(hand: Hand, *, left: int | None = None) -> None:
    """The hub answers what it was asked last, as sync would bring it."""
    (question,) = hand.till.ledger.open_questions()

    def hear() -> None:
        membering.answered(hand, question.ask_id, left=left)

    hand.window.run("ledger", hear, lambda _done: hand.window.points.heard())
    hand.settle()
