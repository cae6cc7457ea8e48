"""Somebody who keeps a shop at a simulated till: sells, takes back, counts, and remembers.

The facts are made by the domain and the writers of the till's own verbs, at the prices and with the
feed positions that the till's catalogue has at that moment.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from random import Random
from typing import Any, Final

import msgspec

from pos_app.domain import returns
from pos_app.domain.basket import Basket, Line, add_line
from pos_app.domain.day import utc_text
from pos_app.domain.errors import PosError, Uncertain
from pos_app.domain.pricing import price
from pos_app.domain.returns import DAMAGED, SELLABLE, Before, Choice
from pos_app.domain.sale import figures, figures_of, reverse
from pos_app.domain.tender import Payment, pay
from pos_app.store.catalogue import Catalogue
from pos_app.store.ledger import Ledger
from pos_app.store.transaction import Transaction
from pos_app.till.documents import refunded_fact, sale_fact, voided_fact
from pos_app.till.shift import tender_totals, z_fields
from sync.protocol import (
    CardNoted,
    CashMove,
    CashMoved,
    DrawerOpened,
    Fact,
    FactBuyer,
    Invoiced,
    Sale,
    ShiftClosed,
    ShiftOpened,
    SignedIn,
)
from sync.simulation.chance import fresh_id
from sync.simulation.faults import Crash
from sync.simulation.ordering import Ordering
from sync.simulation.promises import Printed, Promises
from sync.simulation.righting import Righting
from sync.simulation.shop import RULES, amount_of, sku, tax_code_of

RIGHTS_SHARE: Final = 0.8
HUGE: Final = 1 << 63
"""One more than a column of any database holds."""


class HologramShown(Fact, frozen=True, tag="hologram_shown"):
    """A fact of a later program, of which nobody today knows anything."""

    colour: str = ""


class Keeper:
    """One person at one till. What goes wrong is told by the exceptions of the ledger."""

    def __init__(self, name: str, ledger: Ledger, rng: Random, promises: Promises) -> None:
        self.name = name
        self.ledger = ledger
        self.catalogue: Catalogue | None = None
        self.products = 40
        self.later = False
        """Whether the till runs a later program than the hub."""
        self.strange_facts = False
        """Whether it makes facts that no books can hold, and ids that are not its own."""
        self.borrowed: Callable[[], str] = str
        """An id that another till gave to a fact the hub has; empty for none."""
        self.righting: Righting | None = None
        """What is done about rights, where that is the subject."""
        self.ordering: Ordering | None = None
        """What is done about customers' orders, where that is."""
        self.rng = rng
        self._promises = promises
        self._sold: list[str] = []

    # what a person does

    def act(self) -> None:
        """What happens next at a till: mostly a sale."""
        shift = self.ledger.current_shift()
        if shift is None:
            self._open_shift()
            return
        if self.righting is not None:
            if self.rng.random() < self.righting.share:
                self.righting.act(self.ledger)
            else:
                self.rng.choice((Keeper._sell, Keeper._sell, Keeper._move_cash))(self)
            return
        if self.ordering is not None and self.rng.random() < RIGHTS_SHARE:
            self.ordering.act(self.ledger, self.catalogue)
            return
        dice = self.rng.random()
        for chance, act in self._ACTS:
            if dice < chance:
                act(self)
                return
            dice -= chance
        if self.later and self.rng.random() < 0.3:
            self._show_hologram()
        elif self.strange_facts and self.rng.random() < 0.3:
            self.rng.choice((self._impossible, self._reuse))()
        else:
            self._sell()

    def _open_shift(self) -> None:
        number = self.ledger.next_shift_number()
        shift = self._id()
        day = self.ledger.clock.now().date().isoformat()

        def fact(tx: Transaction, fact_id: str) -> Fact:
            tx.append(SignedIn(**self._stamp(tx, self._id(), shift, day)))
            return ShiftOpened(
                **self._stamp(tx, fact_id, shift, day),
                number=number,
                currency="EUR",
                float_amount=10_000,
            )

        self._write("shift", fact)

    def _sell(self) -> None:
        self.keep_basis()
        basket = self._basket()
        priced = price(basket, RULES)
        payments: tuple[Payment, ...] = ()
        if priced.total > 400 and self.rng.random() < 0.5:
            payments = pay(priced.total, payments, "card", priced.total // 2, "4711", "EUR")
        payments = pay(priced.total, payments, "cash", None, "", "EUR")

        def fact(tx: Transaction, fact_id: str) -> Fact:
            stamp = self._stamp(tx, fact_id, document=True)
            return sale_fact(stamp, basket, figures(priced, payments))

        if self._write("sale", fact, basket.basket_id):
            self._sold.append(basket.basket_id)

    def _void(self) -> None:
        sale = self._earlier_sale()
        if sale is None or self.ledger.refunds_of(sale.id):
            return
        row = self.ledger.sale_row(sale.id)
        if row is None or row.voided:
            return

        def fact(tx: Transaction, fact_id: str) -> Fact:
            stamp = self._stamp(tx, fact_id, document=True)
            return voided_fact(stamp, sale, reverse(figures_of(sale)), "wrong item")

        self._write("void", fact)

    def _refund(self) -> None:
        sale = self._earlier_sale()
        row = None if sale is None else self.ledger.sale_row(sale.id)
        if sale is None or row is None or row.voided:
            return
        known = Before.of(self.ledger.refunds_of(sale.id))
        open_lines = [one for one in returns.left(sale, known) if one.qty > 0]
        if not open_lines:
            return
        one = self.rng.choice(open_lines)
        back = self.rng.choice((one.qty, min(one.qty, 1_000)))
        condition = self.rng.choice((SELLABLE, SELLABLE, DAMAGED))
        choice = Choice(one.line.line, back, "too_small", condition)
        came = returns.refund(sale, known, (choice,))

        def fact(tx: Transaction, fact_id: str) -> Fact:
            return refunded_fact(self._stamp(tx, fact_id, document=True), sale, came)

        self._write("refund", fact)

    def _invoice(self) -> None:
        sale = self._earlier_sale()
        row = None if sale is None else self.ledger.sale_row(sale.id)
        if sale is None or row is None or row.voided:
            return

        def fact(tx: Transaction, fact_id: str) -> Fact:
            return Invoiced(
                **self._stamp(tx, fact_id, document=True),
                sale=sale.id,
                sale_doc=sale.doc_no,
                sale_date=sale.biz_date,
                currency=sale.currency,
                total=sale.total,
                buyer=FactBuyer("Muster GmbH"),
            )

        self._write("invoice", fact)

    def _move_cash(self) -> None:
        kind, amount = self.rng.choice(("in", "drop")), 100 * self.rng.randint(1, 20)

        def fact(tx: Transaction, fact_id: str) -> Fact:
            stamp = self._stamp(tx, fact_id)
            return CashMoved(**stamp, kind=kind, amount=amount, currency="EUR", reason="change")

        self._write("cash", fact)

    def _open_drawer(self) -> None:
        self._write(
            "drawer",
            lambda tx, fact_id: DrawerOpened(**self._stamp(tx, fact_id), reason="change"),
        )

    def _close_shift(self) -> None:
        shift = self.ledger.current_shift()
        if shift is None:
            return
        totals = self.ledger.shift_totals(shift.shift_id)
        found = totals.expected()  # everything is there, to the cent
        variance = totals.variance(found)
        moves = self.ledger.cash_moves(shift.shift_id)

        def fact(tx: Transaction, fact_id: str) -> Fact:
            return ShiftClosed(
                **self._stamp(tx, fact_id),
                **z_fields(shift, totals, 0, 0),
                tenders=tender_totals(totals, found, variance),
                moves=[CashMove(m.kind, m.amount, m.reason, m.reference, m.wall) for m in moves],
                left=totals.expected_cash,
            )

        self._write("z", fact)

    def _show_hologram(self) -> None:
        def fact(tx: Transaction, fact_id: str) -> Fact:
            self._promises.strange.add(fact_id)
            return HologramShown(**self._stamp(tx, fact_id), colour="green")

        self._write("hologram", fact)

    def _impossible(self) -> None:
        """An amount no column holds: a fault of a till, and no reason to lose the rest."""

        def fact(tx: Transaction, fact_id: str) -> Fact:
            self._promises.impossible.add(fact_id)
            stamp = self._stamp(tx, fact_id)
            return CardNoted(
                **stamp, reference="4711", basket="", state="stray", currency="EUR", amount=HUGE
            )

        self._write("impossible", fact)

    def _reuse(self) -> None:
        """Another till's id on a fact of ours: what a copied disk or bad luck may bring."""
        fact_id = self.borrowed()
        if not fact_id:
            return
        with contextlib.suppress(PosError), self.ledger.transaction() as tx:
            tx.append(DrawerOpened(**self._stamp(tx, fact_id), reason="change"))
            self._promises.reused.add((self.name, fact_id))

    _ACTS: Final = (
        (0.05, _open_drawer),
        (0.07, _void),
        (0.08, _refund),
        (0.04, _invoice),
        (0.06, _move_cash),
        (0.04, _close_shift),
    )

    # how it is done

    def _write(
        self, kind: str, make: Callable[[Transaction, str], Fact], fact_id: str = ""
    ) -> bool:
        """One fact in one transaction; True when it is durable. A crash passes through."""
        fact_id = fact_id or self._id()
        self._promises.begins(fact_id, self.name)
        try:
            with self.ledger.transaction() as tx:
                fact = make(tx, fact_id)
                tx.append(fact)
        except Crash:
            raise
        except Uncertain:
            return False
        except PosError:
            self._promises.refuses(fact_id)
            return False
        total = int(getattr(fact, "total", 0))
        kept = self.ledger.hash_of(fact_id) if fact.doc_no else ""
        printed = Printed(fact_id, self.name, kind, fact.doc_no, kept, total)
        self._promises.hands_out(printed)
        return True

    def _stamp(
        self,
        tx: Transaction,
        fact_id: str,
        shift: str = "",
        day: str = "",
        *,
        document: bool = False,
    ) -> dict[str, Any]:
        open_shift = None if shift else self.ledger.current_shift()
        if open_shift is not None:
            shift, day = open_shift.shift_id, open_shift.business_date
        return tx.stamp(
            actor="1", shift=shift, business_date=day, document=document, fact_id=fact_id
        )

    def keep_basis(self) -> None:
        """As the till does before it prices: what the catalogue stands on goes into the facts."""
        cursors = {} if self.catalogue is None else self.catalogue.cursors()
        self.ledger.set_basis({stream: pos for stream, (_, pos) in cursors.items()})

    def _basket(self) -> Basket:
        day = self.ledger.clock.now().date().isoformat()
        basket = Basket(self._id(), "EUR", utc_text(self.ledger.clock.now()), day)
        for _ in range(self.rng.randint(1, 4)):
            number = self.rng.randint(1, self.products)
            line = Line(
                line_id=0,
                sku=sku(number),
                label=f"Article number {number}",
                qty=1000 * self.rng.choice((1, 1, 1, 2)),
                unit_price=self._price(number),
                tax_code=tax_code_of(number),
            )
            basket, _ = add_line(basket, line)
        return basket

    def _price(self, number: int) -> int:
        article = None if self.catalogue is None else self.catalogue.by_sku(sku(number))
        found = None if article is None else article.price("2026-11-25")
        return amount_of(number) if found is None else found.amount

    def any_sale(self) -> Sale | None:
        """One of this till's, for a customer who brings its receipt anywhere."""
        return self._earlier_sale()

    def _earlier_sale(self) -> Sale | None:
        if not self._sold:
            return None
        return self.ledger.sale(self.rng.choice(self._sold[-20:]))

    def _id(self) -> str:
        return fresh_id(self.ledger.clock.now(), self.rng)


def reduced(body: bytes) -> bytes:
    """A body as a program of two versions ago would have told it: with less in it."""
    told: dict[str, Any] = msgspec.json.decode(body)
    for name in ("basis", "promo_basis", "coupons", "promo", "approver"):
        told.pop(name, None)
    for line in told.get("lines", ()):
        for name in ("department", "by", "age_checked"):
            line.pop(name, None)
    return msgspec.json.encode(told)


def extended(body: bytes) -> bytes:
    """A body as a later program tells it: with more in it than anybody here knows."""
    return msgspec.json.encode({**msgspec.json.decode(body), "mood": "cheerful"})
