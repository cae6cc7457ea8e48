"""Patterns: a person who does something far more than the others is found, an ordinary team is not."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from typing import Any

import pytest
import uuid_utils

from sync.hub.patterns import BY_NAME, PATTERNS, Finding, look
from sync.protocol import (
    AnyFact,
    BasketCancelled,
    ClockReading,
    DrawerOpened,
    FactDiscount,
    FactLine,
    FactPayment,
    LineRemoved,
    Overridden,
    ReceiptCopied,
    Refunded,
    RefundedLine,
    Sale,
    ShiftClosed,
    SignedIn,
    TenderTotal,
    Voided,
)

START = dt.datetime(2026, 10, 29, 8, tzinfo=dt.UTC)
TEAM = ("ada", "bob", "cyd", "dan", "eve", "fay")
LIMITS = dict.fromkeys((*TEAM, "mia", "max"), 500)
DAYS = 28


class Store:
    """Four weeks of a store with a manager: everybody does a little of everything."""

    def __init__(self, seed: int) -> None:
        self.rnd = random.Random(seed)
        self.facts: list[AnyFact] = []
        self.sales: list[Sale] = []

    def head(self, at: dt.datetime, who: str, **more: Any) -> dict[str, Any]:
        wall = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "dev": "d",
            "epoch": 1,
            "seq": 1,
            "id": str(uuid_utils.uuid7()),
            "store": "1",
            "till": "1",
            "biz_date": at.date().isoformat(),
            "t": ClockReading(wall),
            "actor": who,
            **more,
        }

    def add(self, fact: Any) -> Any:
        self.facts.append(fact)
        if isinstance(fact, Sale):
            self.sales.append(fact)
        return fact

    def line(self, amount: int, **more: Any) -> FactLine:
        said = {"sku": "A", "label": "A", "qty": 1_000, "unit_price": amount, "gross": amount}
        return FactLine(
            **{**said, "line": 1, "total": amount, "tax_code": "s", "rate_ppm": 0, **more},
            net=amount,
            tax=0,
        )

    def sale(self, at: dt.datetime, who: str, amount: int = 0, **more: Any) -> Sale:
        amount = amount or self.rnd.randrange(300, 6_000)
        lines = more.pop("lines", None) or [self.line(amount)]
        payments = more.pop("payments", None) or [FactPayment("cash", amount)]
        sums = dict.fromkeys(("gross", "net", "total", "payable"), amount)
        head = self.head(at, who)
        head["id"] = more.pop("id", head["id"])
        return self.add(
            Sale(
                **head,
                currency="EUR",
                opened=head["t"].wall,
                lines=lines,
                taxes=[],
                payments=payments,
                **sums,
                discount=0,
                tax=0,
                **more,
            )
        )

    def refund(self, at: dt.datetime, who: str, sale: Sale, **more: Any) -> Refunded:
        total = more.pop("total", -sale.total)
        back = RefundedLine(
            line=1,
            of=1,
            sku="A",
            label="A",
            qty=-1_000,
            sold=1_000,
            unit_price=-total,
            gross=total,
            total=total,
            net=total,
            tax=0,
            tax_code="s",
            rate_ppm=0,
        )
        sums = dict.fromkeys(("gross", "net", "total", "payable"), total)
        payments = more.pop("payments", [FactPayment("cash", total)])
        return self.add(
            Refunded(
                **self.head(at, who),
                sale=sale.id,
                sale_doc="",
                sale_date="",
                sale_store="1",
                sale_till="1",
                currency="EUR",
                lines=[back],
                taxes=[],
                **{"payments": payments, **sums, "discount": 0, "tax": 0},
                **{"customer": "c-1" if self.rnd.random() < 0.7 else "", **more},
            )
        )

    def void(self, at: dt.datetime, who: str, sale: Sale) -> Voided:
        sums = {"net": -sale.total, "tax": 0, "total": -sale.total, "payable": -sale.total}
        return self.add(
            Voided(
                **self.head(at, who),
                sale=sale.id,
                sale_doc="",
                currency="EUR",
                lines=[],
                taxes=[],
                **{"payments": [], "reason": "typed wrong", **sums},
            )
        )

    def month(self) -> Store:
        for day in range(DAYS):
            begin = START + dt.timedelta(days=day)
            for who in (*self.rnd.sample(TEAM, 4), "mia", "max"):
                self.day(begin, who)
        return self

    def day(self, begin: dt.datetime, who: str) -> None:
        rnd = self.rnd
        self.add(SignedIn(**self.head(begin, who)))
        for n in range(rnd.randrange(18, 32) if who in TEAM else rnd.randrange(4, 9)):
            at = begin + dt.timedelta(minutes=20 * n, seconds=rnd.randrange(600))
            self.one(at, who)
        off = rnd.choice((0, 0, 0, 0, 0, 0, 120, -90, -200, 30))
        self.close(begin + dt.timedelta(hours=11), who, off)

    def close(self, at: dt.datetime, who: str, off: int) -> None:
        figures = dict.fromkeys(
            ("sales", "voids", "gross", "discount", "net", "tax", "total", "rounding"), 0
        )
        tender = TenderTotal("cash", 10_000, 10_000 + off, off)
        self.add(
            ShiftClosed(
                **self.head(at, who),
                **{"number": 1, "z_no": 1, "currency": "EUR", "opened": "", **figures},
                taxes=[],
                tenders=[tender],
            )
        )

    def one(self, at: dt.datetime, who: str) -> None:
        rnd = self.rnd
        sale = self.sale(at, who, customer=f"c-{rnd.randrange(300)}" if rnd.random() < 0.4 else "")
        soon = at + dt.timedelta(minutes=4)
        chance = rnd.random()
        if chance < 0.02:
            self.void(soon, who, sale)
        elif chance < 0.06:
            old = rnd.choice(self.sales)
            self.refund(soon, who, old, offline=rnd.random() < 0.1)
        elif chance < 0.09:
            self.add(DrawerOpened(**self.head(soon, who), reason="change"))
        elif chance < 0.14:
            self.removed(soon, who, str(uuid_utils.uuid7()))
        elif chance < 0.15:
            self.add(BasketCancelled(**self.head(soon, who), currency="EUR", lines=1, total=900))
        elif chance < 0.17:
            self.discounted(soon, who, rnd.choice((200, 300, 500)))
        elif chance < 0.19 and who in TEAM:
            self.agreed(soon, who, rnd.choice(("mia", "max")))
        elif chance < 0.20:
            self.copied(soon, who, sale)

    def removed(self, at: dt.datetime, who: str, basket: str, total: int = 1_500) -> None:
        said = {"sku": "A", "label": "A", "qty": 1_000, "currency": "EUR"}
        self.add(LineRemoved(**self.head(at, who), basket=basket, total=total, **said))

    def discounted(self, at: dt.datetime, who: str, points: int) -> None:
        given = FactDiscount("percent", points, 50, "friend", who)
        self.sale(at, who, disc=[given])

    def agreed(self, at: dt.datetime, who: str, approver: str) -> None:
        said = {"action": "refund", "amount": 100, "unit": "money"}
        self.add(Overridden(**self.head(at, who, approver=approver), **said))

    def copied(self, at: dt.datetime, who: str, sale: Sale) -> None:
        self.add(ReceiptCopied(**self.head(at, who), sale=sale.id, sale_doc="", copy=1))

    def looked(self, **more: Any) -> list[Finding]:
        return look(sorted(self.facts, key=lambda fact: fact.t.wall), LIMITS, **more)


WHO = "dan"


def times(many: int) -> Iterable[dt.datetime]:
    for n in range(many):
        yield START + dt.timedelta(days=n * DAYS // many, hours=5, minutes=7)


def voids(store: Store) -> None:
    for at in times(60):
        store.removed(at, WHO, str(uuid_utils.uuid7()))


def post_voids(store: Store) -> None:
    for at in times(40):
        store.void(at + dt.timedelta(minutes=30), WHO, store.sale(at, WHO))


def no_sales(store: Store) -> None:
    for at in times(45):
        store.add(DrawerOpened(**store.head(at, WHO), reason="change"))


def refund_value(store: Store) -> None:
    for at in times(20):
        store.refund(at, WHO, store.sale(at - dt.timedelta(days=1), "ada", 30_000))


def refunds_no_customer(store: Store) -> None:
    for at in times(40):
        store.refund(at, WHO, store.sale(at, "ada", 500), customer="")


def refunds_one_receipt(store: Store) -> None:
    sale = store.sale(START, "ada", 9_000)
    for at in times(6):
        store.refund(at, WHO, sale, total=-1_000)


def refunds_same_card(store: Store) -> None:
    for at in times(6):
        sale = store.sale(at, "ada", 2_000)
        back = [FactPayment("card", -2_000, last4="4410")]
        store.refund(at + dt.timedelta(hours=1), WHO, sale, payments=back)


def reprint_refund(store: Store) -> None:
    for at in times(8):
        sale = store.sale(at, "ada", 2_000)
        store.copied(at + dt.timedelta(hours=1), WHO, sale)
        store.refund(at + dt.timedelta(hours=2), WHO, sale)


def discount_under_limit(store: Store) -> None:
    for at in times(50):
        store.discounted(at, WHO, 490)


def overrides(store: Store) -> None:
    for at in times(150):
        store.agreed(at, "bob", "max")


def overrides_absent(store: Store) -> None:
    for at in times(12):
        store.agreed(at + dt.timedelta(days=40), "bob", "max")


def line_void_lower(store: Store) -> None:
    for at in times(10):
        basket = str(uuid_utils.uuid7())
        store.removed(at, WHO, basket, 5_000)
        store.sale(at + dt.timedelta(minutes=1), WHO, 500, id=basket)


def void_quick(store: Store) -> None:
    for at in times(10):
        store.void(at + dt.timedelta(seconds=70), WHO, store.sale(at, WHO))


def refund_after_closing(store: Store) -> None:
    for at in times(6):
        night = at.replace(hour=22)
        store.refund(night, WHO, store.sale(at, WHO))


def customer_often(store: Store) -> None:
    for at in times(4):
        for n in range(7):
            store.sale(at + dt.timedelta(minutes=n), WHO, customer="c-own")


def gift_card_quick(store: Store) -> None:
    for at in times(5):
        account = uuid_utils.uuid7().hex
        paid = [FactPayment("card", 5_000, last4="1111")]
        loaded = [store.line(5_000, value=f"card/{account}")]
        store.sale(at, WHO, 5_000, lines=loaded, payments=paid)
        spent = [FactPayment("gift_card", 5_000, account=account)]
        store.sale(at + dt.timedelta(minutes=20), "ada", 5_000, payments=spent)


def cash_shorts(store: Store) -> None:
    for at in times(18):
        store.close(at, WHO, -400)


def refunds_offline(store: Store) -> None:
    for at in times(25):
        store.refund(at, WHO, store.sale(at, "ada", 500), offline=True)


PLANTED = {
    plant.__name__: plant
    for plant in (
        *(voids, post_voids, no_sales, refund_value, refunds_no_customer, refunds_one_receipt),
        *(refunds_same_card, reprint_refund, discount_under_limit, overrides, overrides_absent),
        *(line_void_lower, void_quick, refund_after_closing, customer_often, gift_card_quick),
        *(cash_shorts, refunds_offline),
    )
}


def test_every_pattern_of_the_table_has_a_plant() -> None:
    assert set(PLANTED) == set(BY_NAME)


@pytest.mark.parametrize("name", PLANTED)
def test_who_was_planted_is_found_by_that_pattern(name: str) -> None:
    for seed in (3, 11):
        store = Store(seed).month()
        who = "max" if name.startswith("overrides") else WHO
        before = {one.staff for one in store.looked() if one.pattern == name}
        assert who not in before
        PLANTED[name](store)
        found = {one.staff: one for one in store.looked() if one.pattern == name}
        assert who in found
        assert set(found) <= before | {who}
        one = found[who]
        assert one.z > 2_500
        assert one.count >= BY_NAME[name].least
        assert one.rate > one.others
        assert 0 < len(one.facts) <= 6
        known = {fact.id for fact in store.facts}
        assert set(one.facts) <= known


def test_an_ordinary_team_is_left_alone() -> None:
    """At most two people named for nothing in a week, over many stores: here far fewer."""
    told = [one for seed in range(40) for one in Store(seed).month().looked()]
    weeks = 40 * DAYS // 7
    assert len(told) <= weeks // 8, sorted((one.pattern, one.z) for one in told)


def test_one_person_alone_and_nobody_at_all_are_beside_nobody() -> None:
    store = Store(1)
    for at in times(30):
        store.void(at, WHO, store.sale(at, WHO))
    assert store.looked() == []
    assert look([]) == []


def test_opening_hours_decide_where_they_are_known() -> None:
    store = Store(2).month()
    refund_after_closing(store)
    found = store.looked(is_open=lambda at: at.hour < 22)
    assert [one.staff for one in found if one.pattern == "refund_after_closing"] == [WHO]
    assert not [
        one
        for one in store.looked(is_open=lambda _at: True)
        if one.pattern == "refund_after_closing"
    ]


def test_the_table_has_a_row_for_each_pattern_once() -> None:
    assert len({row.name for row in PATTERNS}) == len(PATTERNS) == 18
