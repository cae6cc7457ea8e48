"""A web order that comes back at the counter, as head office tells of it."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtTest import QTest

from pos_app.store.rights_held import Question
from pos_app.till import inquiries
from sync.protocol import ReturnAsk, RightPart, RightReply, SaleRefRow, SalesFound, SoldDoc
from sync.protocol.messages import RefLine, RefPayment, RefTax
from sync.protocol.returning import OnTheWay
from tests.ui.shop import Hand

ORDER = "0197a1c2-0000-7000-8000-0000000a0391"
SHOE, SOCK, TEE, BOTTLE = "K360-TEA-28", "A510-GRY-3942", "W110-WHT-XS", "BOTTLE-NAME"


def line(number: int, sku: str, label: str, variant: str, paid: int, listed: int = 0) -> RefLine:
    """One piece, with 20 % tax in its price."""
    listed = listed or paid
    tax = (paid * 200_000 + 600_000) // 1_200_000
    return RefLine(
        *(number, sku, label, variant, "piece", 1_000, listed, listed, paid, 0),
        *("standard", 200_000, paid - tax, tax),
    )


def order(**more: Any) -> SoldDoc:
    """Four things, two of them like each other in size; one has a name on it."""
    lines = (
        line(1, SHOE, "Kids Trail Shoe", "Teal \u00b7 28", 4_490, 4_990),
        line(2, TEE, "Ostrelle Linen Shirt", "White \u00b7 XS", 4_990),
        line(3, SOCK, "Merino Hike Sock", "Grey \u00b7 39\u201342", 1_200),
        line(4, BOTTLE, "Bottle with name print", "", 1_950),
    )
    total = sum(each.total for each in lines)
    sale = SaleRefRow(
        *(ORDER, "order", "", "W-10391", "", "", "2026-11-12", "2026-11-12T10:00:00.000+02:00"),
        *("web", "EUR", total, total, True, lines, (RefTax("standard", "VAT"),)),
        (RefPayment("shop", total),),
    )
    told = SoldDoc(
        sale,
        channel="web",
        paid_by="Visa \u20224242",
        steps=(
            ("ordered", "2026-11-12T08:00:00.000Z"),
            ("shipped", "2026-11-13T08:00:00.000Z"),
            ("delivered", "2026-11-15T08:00:00.000Z"),
        ),
        fixed=(4,),
    )
    return msgspec.structs.replace(told, **more)


def asked(hand: Hand) -> str:
    """The id of the question after a sale that waits for head office."""
    waits = [
        each
        for each, what in hand.till.inquiries.items()
        if what.path == inquiries.FIND_SALES and what.state == inquiries.WAITING
    ]
    return waits[-1]


def answer(hand: Hand, *docs: SoldDoc, more: bool = False) -> None:
    """Head office answers what was asked last."""
    body = msgspec.json.encode(SalesFound(docs, more)).decode()
    told = {"op": "answer", "id": asked(hand), "status": 200, "code": "", "body": body}
    heard = hand.window.returns.heard
    hand.window.run("ledger", lambda: hand.till.hear(told), lambda _told: heard())
    hand.settle()


def say(hand: Hand, path: str, reply: msgspec.Struct) -> None:
    """Head office answers what was asked last by that path."""
    waits = [each for each, what in hand.till.inquiries.items() if what.path == path]
    body = msgspec.json.encode(reply).decode()
    told = {"op": "answer", "id": waits[-1], "status": 200, "code": "", "body": body}
    heard = hand.window.returns.heard
    hand.window.run("ledger", lambda: hand.till.hear(told), lambda _told: heard())
    hand.settle()


def on_the_way(line_: int, kind: str = "word") -> OnTheWay:
    """Another store is at it."""
    return OnTheWay(line_, 1_000, "2", "3", "2026-11-25T09:00:00.000Z", kind)


def authorise(hand: Hand) -> str:
    """Head office gives its word on what is chosen; the id it was asked under."""
    back = hand.window.returns.back
    wanted = tuple((each.line, each.qty) for each in back.choices)
    for _turn in range(6_000):
        hand.settle()
        for question in hand.till.view.open_questions():
            if "return" not in question.path:
                continue
            said = msgspec.json.decode(question.body, type=ReturnAsk)
            if (said.sale, said.lines) == (back.sale.id, wanted):
                return _given(hand, question, said)
        QTest.qWait(10)
    raise AssertionError("nobody asked")


def _given(hand: Hand, question: Question, said: ReturnAsk) -> str:
    parts = tuple(RightPart("sold", f"{said.sale}/{line_}", qty) for line_, qty in said.lines)
    own = hand.till.identity
    reply = RightReply(
        *(question.ask_id, "return", "AUTHORISED", own.device, own.epoch, 1_800, parts),
        "2026-11-25T10:00:00Z",
    )
    body = msgspec.json.encode(reply).decode()
    told = {"op": "answer", "id": question.ask_id, "status": 200, "code": "", "body": body}
    word = hand.window.returns.word
    hand.window.run("ledger", lambda: hand.till.hear(told), lambda _heard: word.heard())
    hand.settle()
    return question.ask_id
