"""Real journals for the hub's tests: facts priced by the domain, chained and signed by a key."""

from __future__ import annotations

import base64
import datetime as dt
import random
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import msgspec
import uuid_utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_app.domain.basket import Basket, Discount, Line
from pos_app.domain.pricing import price
from pos_app.domain.sale import Figures, figures, figures_of, reverse
from pos_app.domain.tax import TaxRate, TaxRounding, TaxRules
from pos_app.domain.tender import pay
from sync.protocol import (
    ClockReading,
    EnrolReply,
    Fact,
    FactDiscount,
    FactLine,
    FactPayment,
    FactTax,
    Head,
    Push,
    PushedEvent,
    Sale,
    ShiftOpened,
    Voided,
    encode,
    encode_fact,
    entry_hash,
    genesis_hash,
)

RULES = TaxRules(
    (TaxRate("standard", 200_000), TaxRate("reduced", 100_000)), True, TaxRounding.LINE
)
DAY = "2026-11-25"
T0 = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
GOODS = tuple(
    (
        f"SKU-{number:05}",
        f"Article number {number}",
        99 + 37 * (number % 90),
        ["standard", "reduced"][number % 3 == 0],
        f"20{number:011}",
    )
    for number in range(1, 5_001)
)

_POPULAR = tuple(accumulate(1_000 / place for place in range(1, len(GOODS) + 1)))
"""Few goods sell much, many sell little: the n-th sells a n-th of the first."""


@dataclass
class Journal:
    """A till's journal in memory: makes facts, chains and signs them."""

    key: Ed25519PrivateKey
    identity: EnrolReply
    seq: int = 0
    documents: int = 0
    entries: list[PushedEvent] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    rnd: random.Random = field(default_factory=lambda: random.Random(7))
    shift: str = "shift-1"
    now: dt.datetime = T0

    def __post_init__(self) -> None:
        own = self.identity
        self.hashes = [
            genesis_hash(
                own.device, own.epoch, bytes.fromhex(own.nonce), bytes.fromhex(own.prev_epoch_hash)
            )
        ]

    @property
    def head(self) -> Head:
        return Head(self.identity.epoch, self.seq, self.hashes[-1].hex())

    def stamp(self, *, document: bool = False, **more: Any) -> dict[str, Any]:
        own = self.identity
        number = ""
        if document:
            self.documents += 1
            number = f"{own.store}-{own.till}-{own.epoch}.{self.documents}"
        self.now += dt.timedelta(seconds=20)
        wall = self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "dev": own.device,
            "epoch": own.epoch,
            "seq": self.seq + 1,
            "id": str(uuid_utils.uuid7()),
            "store": own.store,
            "till": own.till,
            "shift": self.shift,
            "biz_date": DAY,
            "t": ClockReading(wall, 1, "boot", 0, 1),
            "actor": "7",
            "doc_no": number,
            **more,
        }

    def append(self, fact: Fact) -> PushedEvent:
        return self.append_bytes(encode_fact(fact))

    def append_bytes(self, body: bytes) -> PushedEvent:
        hashed = entry_hash(self.hashes[-1], body)
        entry = PushedEvent(
            msgspec.Raw(body), hashed.hex(), base64.b64encode(self.key.sign(hashed)).decode()
        )
        self.seq += 1
        self.hashes.append(hashed)
        self.entries.append(entry)
        return entry

    def open_shift(self, float_amount: int = 10_000) -> PushedEvent:
        return self.append(
            ShiftOpened(**self.stamp(), number=1, currency="EUR", float_amount=float_amount)
        )

    def sale(self, of: int = 5, **changed: Any) -> Sale:
        picked = self.rnd.choices(GOODS, cum_weights=_POPULAR, k=of)
        basket = Basket(
            str(uuid_utils.uuid7()),
            "EUR",
            "2026-11-25T09:00:00.000Z",
            DAY,
            tuple(
                Line(place, sku, label, 1_000 * self.rnd.choice((1, 1, 2)), amount, tax, code=code)
                for place, (sku, label, amount, tax, code) in enumerate(picked, 1)
            ),
        )
        fact = sale_of(self, basket, **changed)
        self.append(fact)
        return fact

    def void(self, sale: Sale, /, **changed: Any) -> Voided:
        back = reverse(figures_of(sale))
        parts: dict[str, Any] = {
            "sale": sale.id,
            "sale_doc": sale.doc_no,
            "currency": sale.currency,
            "lines": fact_lines(sale_lines(sale), back, -1),
            "taxes": fact_taxes(back),
            "payments": fact_payments(back),
            "net": back.priced.net,
            "tax": back.priced.tax,
            "total": back.priced.total,
            "payable": back.payable,
            "rounding": back.rounding,
            "reason": "wrong item",
        }
        fact = Voided(**(self.stamp(document=True) | parts | changed))
        self.append(fact)
        return fact

    def push(self, first: int = 1, last: int | None = None) -> Push:
        return Push(
            self.identity.epoch,
            first,
            self.hashes[first - 1].hex(),
            self.entries[first - 1 : last],
        )


def sale_lines(sale: Sale) -> list[Line]:
    return [
        Line(
            *(row.line, row.sku, row.label, row.qty, row.unit_price, row.tax_code),
            code=row.code,
            order=row.order,
        )
        for row in sale.lines
    ]


def fact_lines(lines: list[Line], stated: Figures, sign: int = 1) -> list[FactLine]:
    return [
        FactLine(
            line=line.line_id,
            sku=line.sku,
            label=line.label,
            code=line.code,
            order=line.order,
            qty=sign * line.qty,
            unit_price=line.unit_price,
            gross=row.gross,
            total=row.total,
            tax_code=row.tax_code,
            rate_ppm=row.rate_ppm,
            net=row.net,
            tax=row.tax,
            basket_disc=row.basket_discount,
            disc=_discounts(line.discounts, row.discounts),
        )
        for line, row in zip(lines, stated.priced.lines, strict=True)
    ]


def _discounts(given: tuple[Discount, ...], amounts: tuple[int, ...]) -> list[FactDiscount]:
    return [
        FactDiscount(one.kind.value, one.value, amount, one.reason, one.given_by)
        for one, amount in zip(given, amounts, strict=True)
    ]


def fact_taxes(stated: Figures) -> list[FactTax]:
    return [
        FactTax(row.code, row.rate_ppm, row.net, row.tax, row.gross) for row in stated.priced.taxes
    ]


def fact_payments(stated: Figures) -> list[FactPayment]:
    return [FactPayment(row.tender, row.amount, row.given, row.change) for row in stated.payments]


def sale_of(journal: Journal, basket: Basket, **changed: Any) -> Sale:
    """A sale priced by the domain, three quarters by card and the rest in cash."""
    priced = price(basket, RULES)
    payments = ()
    if priced.total > 3:
        payments = pay(priced.total, (), "card", priced.total * 3 // 4, "4711", basket.currency)
    if priced.total:
        payments = pay(priced.total, payments, "cash", None, "", basket.currency)
    stated = figures(priced, payments)
    parts: dict[str, Any] = {
        "currency": basket.currency,
        "opened": basket.opened_at,
        "lines": fact_lines(list(basket.lines), stated),
        "taxes": fact_taxes(stated),
        "payments": fact_payments(stated),
        "gross": priced.gross,
        "discount": priced.discount,
        "net": priced.net,
        "tax": priced.tax,
        "total": priced.total,
        "payable": stated.payable,
        "rounding": stated.rounding,
        "change": stated.change,
        "disc": _discounts(basket.discounts, priced.discounts),
    }
    return Sale(**(journal.stamp(document=True, id=basket.basket_id) | parts | changed))


def wire(push: Push) -> bytes:
    return encode(push)
