"""The totals of a shift: a fold over its sales and voids, and what the drawer should hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pos_app.domain.document import Counted, CountedLine
from pos_app.domain.pricing import TaxTotal
from pos_app.domain.tender import ACCOUNT_KINDS, EXCHANGE, TENDERS, is_counted

CASH = "cash"


@dataclass(slots=True)
class HourTotal:
    """What one hour of the store's clock brought."""

    sales: int = 0
    total: int = 0


@dataclass(slots=True)
class ShiftTotals:
    """Everything a Z says, minor units of the shift's currency. Voids are already taken off."""

    currency: str
    float_amount: int = 0
    sales: int = 0
    voids: int = 0
    units: int = 0
    """Pieces sold, whole; a weighed line counts as one."""
    gross: int = 0
    discount: int = 0
    net: int = 0
    tax: int = 0
    total: int = 0
    rounding: int = 0
    voided: int = 0
    """What the voids took back, positive."""
    cash_in: int = 0
    cash_out: int = 0
    drops: int = 0
    """Cash out of the drawer and into the safe, positive."""
    cash_back: int = 0
    """What counter-documents gave back in cash, positive; `tenders` has it taken off already."""
    refunds: int = 0
    refunded: int = 0
    """What the refunds gave back, positive."""
    orders: int = 0
    """What was paid here of customers' orders: in the tenders, and in nothing above."""
    values: int = 0
    """What was put on gift cards and credit: in the tenders, and in nothing above."""
    drawer_opens: int = 0
    cancelled: int = 0
    copies: int = 0
    first_seq: int = 0
    last_seq: int = 0
    taxes: dict[tuple[str, int], TaxTotal] = field(default_factory=dict)
    tenders: dict[str, int] = field(default_factory=dict)
    """Tender -> what it brought, change and voids taken off, without the float."""
    hours: dict[int, HourTotal] = field(default_factory=dict)

    def add_sale(self, sale: Counted, hour: int) -> None:
        """Counts a sale made in `hour` (0 to 23) of the store's clock."""
        self.sales += 1
        self._add(sale, hour, 1)

    def add_void(self, void: Counted, hour: int) -> None:
        """Counts a counter-document: its amounts are negative, so it takes the sale off."""
        self.voids += 1
        self.voided -= void.total
        self._add(void, hour, -1)

    def add_refund(self, refund: Counted, hour: int) -> None:
        """Counts a refund: a counter-document over some of a sale's lines, amounts negative."""
        self.refunds += 1
        self.refunded -= refund.total
        self._add(refund, hour, 0)

    def add_move(self, kind: str, amount: int) -> None:
        """Counts cash, positive, that no sale brought: `in`, `out`, or `drop` into the safe."""
        if kind == "in":
            self.cash_in += amount
        elif kind == "drop":
            self.drops += amount
        else:
            self.cash_out += amount

    def _add(self, document: Counted, hour: int, count: int) -> None:
        goods = [line for line in document.lines if not (_order_of(line) or _value_of(line))]
        orders = sum(line.total for line in document.lines if _order_of(line))
        values = sum(line.total for line in document.lines if _value_of(line))
        due = orders + values
        line_gross = sum(line.gross for line in goods)
        line_total = sum(line.total for line in goods)
        self.orders += orders
        self.values += values
        self.gross += line_gross
        self.discount += line_gross - line_total
        sign = 1 if count > 0 else -1
        self.units += sign * sum(map(_units, goods))
        self.net += document.net - due
        self.tax += document.tax
        self.total += document.total - due
        self.rounding += document.rounding
        for row in document.taxes:
            key = (row.code, row.rate_ppm)
            old = self.taxes.get(key)
            net, tax, gross = (old.net, old.tax, old.gross) if old else (0, 0, 0)
            self.taxes[key] = TaxTotal(
                row.code,
                row.label,
                row.rate_ppm,
                row.exempt,
                net + row.net,
                tax + row.tax,
                gross + row.gross,
            )
        for payment in document.payments:
            if payment.tender == EXCHANGE:
                continue  # from a refund to a sale, and nobody's
            self.tenders[payment.tender] = self.tenders.get(payment.tender, 0) + payment.amount
            if payment.tender == CASH and payment.amount < 0:
                self.cash_back -= payment.amount
        bucket = self.hours.setdefault(hour, HourTotal())
        bucket.sales += count
        bucket.total += document.total - due

    @property
    def expected_cash(self) -> int:
        """What the drawer should hold: float, what came in and went out, what cash sales brought.

        Below zero where more went out than ever was in it.
        """
        moved = self.cash_in - self.cash_out - self.drops
        return self.float_amount + moved + self.tenders.get(CASH, 0)

    @property
    def redeemed(self) -> int:
        """What was paid by gift cards and credit, less what went back on them."""
        return sum(self.tenders.get(tender, 0) for tender in ACCOUNT_KINDS)

    @property
    def cash_sales(self) -> int:
        """What cash sales brought before anything was given back."""
        return self.tenders.get(CASH, 0) + self.cash_back

    def expected(self) -> dict[str, int]:
        """Per tender what a count should find: cash always, others where they were used."""
        found = {CASH: self.expected_cash}
        for tender in sorted(self.tenders, key=_tender_place):
            if tender != CASH:
                found[tender] = self.tenders[tender]
        return found

    def variance(self, counted: Mapping[str, int]) -> dict[str, int]:
        """Per tender counted less expected: negative is short. What was not counted is 0.

        What nobody can count is as it should be: gift cards, credit, what was carried over.
        """
        expected = self.expected()
        names = [*expected, *(name for name in counted if name not in expected)]
        return {
            name: counted.get(name, 0) - expected.get(name, 0) if is_counted(name) else 0
            for name in names
        }

    def tax_rows(self) -> list[TaxTotal]:
        """The tax table, highest rate first."""
        return sorted(self.taxes.values(), key=lambda row: (-row.rate_ppm, row.code))


def _order_of(line: CountedLine) -> str:
    """The customer's order of which a line is what was due; lines of a refund never are."""
    return getattr(line, "order", "")


def _value_of(line: CountedLine) -> str:
    """The account that a line put money on; lines of a refund never do."""
    return getattr(line, "value", "")


def _units(line: CountedLine) -> int:
    return abs(line.qty) // 1_000 if line.unit == "piece" else 1


def _tender_place(code: str) -> tuple[int, str]:
    known = list(TENDERS)
    return (known.index(code) if code in TENDERS else len(known), code)
