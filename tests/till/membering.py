"""Members, a programme and the hub's answers for tests of points at a till."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from pos_app.domain.loyalty import Programme, RewardKind, RewardRule, Tier
from pos_app.domain.loyalty_rules import write
from pos_app.domain.member import Attached
from pos_app.store.replica import ReplicaWriter
from pos_app.till import checkout, points
from sync.protocol import ProgrammeRow, RightAsk, RightPart, RightReply
from tests.till.shop import CODES, HUB_TIME, feed

CLUB = Programme(
    "club",
    3,
    "Holdfast Club",
    "EUR",
    rewards=(
        RewardRule("euro", "1 euro for 100 points", RewardKind.AMOUNT, 100, 100),
        RewardRule("tenth", "10 %", RewardKind.PERCENT, 500, 1_000, combinable=False),
    ),
    tiers=(Tier("basic", "Basic", 0), Tier("gold", "Gold", 1_000, 200)),
)
MIRA = Attached("c-mira", "Mira", "c-mira", member=True, tier="basic", points=1_240, as_of=HUB_TIME)


def has_programme(till: Any, programme: Programme = CLUB) -> None:
    """The programme comes down."""
    row = ProgrammeRow(
        programme.programme, programme.version, programme.name, "EUR", write(programme)
    )
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        _, pos = writer.cursors()["global"]
        writer.apply(feed("global", pos, ("programme", [row])))
    till.catalogue.reopen()
    assert till.refresh_reference()


def basket_of(till: Any, *codes: str, who: Attached | None = MIRA) -> Any:
    """A basket with goods, for somebody."""
    basket = checkout.start(till)
    for code in codes:
        basket, _ = checkout.scan(till, basket, CODES[code])
    return replace(basket, customer=who)


def answered(counter: Any, ask_id: str, *, left: int | None = None) -> None:
    """The hub gives what was asked, or says what is left instead."""
    till = counter.till
    question = till.ledger.question(ask_id)
    said = msgspec.json.decode(question.body, type=RightAsk)
    form = "grant" if question.path.endswith("grants") else "hold"
    state = "REFUSED" if left is not None else {"grant": "ACTIVE", "hold": "HELD"}[form]
    reply = RightReply(
        *(said.id, form, state, till.identity.device, till.identity.epoch, said.ttl_s),
        (RightPart(said.kind, said.account, said.amount),),
        HUB_TIME,
        "not_enough" if left is not None else "",
        left or 0,
    )
    body = msgspec.json.encode(reply).decode()
    till.hear({"op": "answer", "id": ask_id, "status": 200, "code": "", "body": body})


def granted(counter: Any, basket: Any) -> Any:
    """The basket with the hub's grant for it."""
    asked = points.prefetch(counter.till, basket)
    assert asked
    answered(counter, asked)
    return basket


def sold(till: Any, basket: Any, tender: str = "cash") -> Any:
    checkout.keep(till, basket)
    return checkout.complete(till, basket, checkout.pay(till, basket, (), tender))
