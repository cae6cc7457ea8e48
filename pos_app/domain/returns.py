"""What of a sale can still come back, and every figure of the document that takes it back.

All amounts of a line are shared out by the quantity that came back *so far*: what a refund takes is
the share up to and with it, less the share up to it. So however a line comes back, in one piece or
in twenty, its refunds sum to the line to the last minor unit (its part of a discount over the whole
basket and its tax too), and a sale that came back whole is exactly zero: cash rounding, tax table
and each way it was paid.

Documents here are the facts and feed rows of the protocol, by the names of their fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from pos_app.domain.basket import QTY_MAX, TEXT_MAX
from pos_app.domain.bringing import CONDITIONS, DAMAGED, SELLABLE, SUPPLIER, Choice
from pos_app.domain.cash import round_to_step
from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import Refused
from pos_app.domain.money import MILLI, Rounding, cash_step, divide
from pos_app.domain.pricing import TaxTotal
from pos_app.domain.tender import EXCHANGE, Payment, paid_as, tender_of
from pos_app.domain.text import plain

__all__ = [
    "CONDITIONS",
    "DAMAGED",
    "REASONS",
    "SELLABLE",
    "SUPPLIER",
    "Back",
    "Before",
    "Choice",
    "Left",
    "Refund",
    "RefundFigures",
    "Sold",
    "SoldLine",
    "back_line",
    "days_left",
    "last_day",
    "left",
    "pays_order",
    "refund",
    "share",
    "still_paid",
]

REASONS = ("too_small", "too_big", "changed_mind", "faulty", "not_as_shown", "other")
"""Why it came back, as kept; a free text may follow after a colon: `other: gift twice`."""


class SoldLine(Protocol):
    """A line of a sale, as much of it as its return needs."""

    # ruff: noqa: D102 - each property is the field of that name, documented in the protocol
    @property
    def line(self) -> int: ...
    @property
    def sku(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def variant(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def qty(self) -> int: ...
    @property
    def unit_price(self) -> int: ...
    @property
    def gross(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def basket_disc(self) -> int: ...
    @property
    def tax_code(self) -> str: ...
    @property
    def rate_ppm(self) -> int: ...
    @property
    def net(self) -> int: ...
    @property
    def tax(self) -> int: ...
    @property
    def custom(self) -> bool: ...


class _TaxRow(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def exempt(self) -> bool: ...


class _Paid(Protocol):
    @property
    def tender(self) -> str: ...
    @property
    def amount(self) -> int: ...


class Sold(Protocol):
    """A sale, as much of it as its return needs."""

    @property
    def id(self) -> str: ...
    @property
    def doc_no(self) -> str: ...
    @property
    def store(self) -> str: ...
    @property
    def till(self) -> str: ...
    @property
    def biz_date(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def lines(self) -> Sequence[SoldLine]: ...
    @property
    def taxes(self) -> Sequence[_TaxRow]: ...
    @property
    def payments(self) -> Sequence[_Paid]: ...
    @property
    def total(self) -> int: ...
    @property
    def payable(self) -> int: ...
    @property
    def tax_included(self) -> bool: ...


class _BackLine(Protocol):
    @property
    def of(self) -> int: ...
    @property
    def qty(self) -> int: ...


class Refund(Protocol):
    """A refund of the sale that was made before; its amounts and quantities are negative."""

    @property
    def id(self) -> str: ...
    @property
    def lines(self) -> Sequence[_BackLine]: ...
    @property
    def payments(self) -> Sequence[_Paid]: ...
    @property
    def total(self) -> int: ...
    @property
    def payable(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Before:
    """What came back of a sale already; positive."""

    qty: Mapping[int, int] = field(default_factory=dict)
    """Line of the sale -> thousandths."""
    total: int = 0
    payable: int = 0
    """What was paid back: `total` and the cash rounding."""
    tenders: Mapping[str, int] = field(default_factory=dict)

    @staticmethod
    def of(refunds: Iterable[Refund]) -> Before:
        """The sum of refunds; one that is there twice (from here and from the hub) counts once."""
        qty: dict[int, int] = {}
        tenders: dict[str, int] = {}
        total = payable = 0
        for refund in {each.id: each for each in refunds}.values():
            for line in refund.lines:
                qty[line.of] = qty.get(line.of, 0) - line.qty
            for paid in refund.payments:
                tender = paid_as(paid)
                tenders[tender] = tenders.get(tender, 0) - paid.amount
            total -= refund.total
            payable -= refund.payable
        return Before(qty, total, payable, tenders)


@dataclass(frozen=True, slots=True)
class Left:
    """What of a line can still come back."""

    line: SoldLine
    qty: int
    """Thousandths; 0 where it is all back."""
    amount: int
    """What is paid back for all of it, tax in, minor units."""


@dataclass(frozen=True, slots=True)
class Back:
    """A line of a refund; amounts and quantity negative."""

    source: SoldLine
    before: int
    """How much of it had come back already, thousandths, positive."""
    qty: int
    gross: int
    basket_disc: int
    total: int
    net: int
    tax: int
    reason: str
    condition: str


@dataclass(frozen=True, slots=True)
class RefundFigures:
    """Every amount a refund's document states; all negative but `rounding`, which is signed."""

    lines: tuple[Back, ...]
    taxes: tuple[TaxTotal, ...]
    payments: tuple[Payment, ...]
    gross: int
    discount: int
    net: int
    tax: int
    total: int
    payable: int
    rounding: int


def last_day(sold: str, days: int) -> str:
    """The last business day on which goods sold on that day may come back, both ISO dates."""
    return (date.fromisoformat(sold) + timedelta(days=days)).isoformat()


def days_left(sold: str, today: str, days: int) -> int:
    """How many days are left to bring goods back; below 0: so many days too late."""
    return (date.fromisoformat(last_day(sold, days)) - date.fromisoformat(today)).days


def share(amount: int, part: int, whole: int) -> int:
    """`amount` for `part` of `whole`, half up; all of it for all."""
    return amount if part == whole else divide(amount * part, whole, Rounding.HALF_UP)


def left(sale: Sold, before: Before) -> tuple[Left, ...]:
    """What can still come back, a row for each line of the sale, in its order."""
    rows = []
    for line in sale.lines:
        if pays_order(line):
            rows.append(Left(line, 0, 0))
            continue
        back = min(before.qty.get(line.line, 0), line.qty)
        rows.append(Left(line, line.qty - back, _worth(line, line.qty) - _worth(line, back)))
    return tuple(rows)


def pays_order(line: SoldLine) -> bool:
    """True of what was paid of a customer's order: its goods come back by the order, not by this."""
    return not line.sku and not line.custom


def _worth(line: SoldLine, qty: int) -> int:
    """What the customer paid for so much of a line, tax in."""
    net, tax = _net_and_tax(line, qty)
    return net + tax


def _net_and_tax(line: SoldLine, qty: int) -> tuple[int, int]:
    """Net and tax of so much of a line.

    Which of the two is left over once the other is rounded depends on how prices are stated: what
    was on the price tag is shared out, never what follows from it.
    """
    tax = share(line.tax, qty, line.qty)
    if line.total == line.net + line.tax:  # the price holds the tax
        return share(line.total, qty, line.qty) - tax, tax
    return share(line.net, qty, line.qty), tax


def refund(
    sale: Sold,
    before: Before,
    choices: Sequence[Choice],
    tender: str = "",
    carried: int = 0,
) -> RefundFigures:
    """The document that takes `choices` of a sale back.

    `tender` empty pays back the way it was paid; a tender pays all of it that way. `carried` of it
    (positive) is not paid back but carried over to a sale by the tender `exchange`. Raises
    Refused("nothing_chosen" | "no_such_line" | "chosen_twice" | "quantity_out_of_range" |
    "quantity_not_whole" | "more_than_sold", label=, left=, unit= | "reason_missing" |
    "condition_unknown" | "tender_unknown" | "exchange_too_much").
    """
    if not choices:
        raise Refused("nothing_chosen")
    if len({choice.line for choice in choices}) != len(choices):
        raise Refused("chosen_twice")
    rows = {row.line.line: row for row in left(sale, before)}
    back = tuple(_back(rows, before, choice) for choice in choices)
    taxes = _tax_table(sale, back)
    net, tax = sum(row.net for row in back), sum(row.tax for row in back)
    whole = {choice.line: choice.qty for choice in choices}
    last = all(row.qty == whole.get(place, 0) for place, row in rows.items())
    last = last and not any(map(pays_order, sale.lines))  # then never all of it comes back
    payments = _pay_back(sale, before, -(net + tax), tender, carried, last=last)
    payable = sum(payment.amount for payment in payments)
    gross = sum(row.gross for row in back)
    return RefundFigures(
        lines=back,
        taxes=taxes,
        payments=payments,
        gross=gross,
        discount=gross - sum(row.total for row in back),
        net=net,
        tax=tax,
        total=net + tax,
        payable=payable,
        rounding=payable - net - tax,
    )


def _back(rows: Mapping[int, Left], before: Before, choice: Choice) -> Back:
    row = rows.get(choice.line)
    if row is None:
        raise Refused("no_such_line", line_id=choice.line)
    line, qty = row.line, choice.qty
    if type(qty) is not int or not 0 < qty <= QTY_MAX:
        raise Refused("quantity_out_of_range", limit=QTY_MAX, unit=line.unit)
    if line.unit == PIECE and qty % MILLI and qty != row.qty:
        raise Refused("quantity_not_whole", unit=line.unit)
    if qty > row.qty:
        raise Refused(
            "more_than_sold", line_id=line.line, label=line.label, left=row.qty, unit=line.unit
        )
    if not plain(choice.reason, TEXT_MAX):
        raise Refused("reason_missing", action="refund", line_id=line.line)
    if choice.condition not in CONDITIONS:
        raise Refused("condition_unknown", condition=choice.condition)
    return back_line(line, before.qty.get(line.line, 0), qty, choice.reason, choice.condition)


def back_line(
    line: SoldLine, before: int, qty: int, reason: str = "", condition: str = SELLABLE
) -> Back:
    """The figures of `qty` of a line, of which `before` had come back; refuses nothing.

    The line's own discounts are what is between `gross` and the rest, so gross is made of its
    parts: a cent is never left in a discount the line did not have.
    """
    upto = before + qty

    def part(amount: int) -> int:
        return share(amount, before, line.qty) - share(amount, upto, line.qty)

    net_was, tax_was = _net_and_tax(line, before)
    net, tax = _net_and_tax(line, upto)
    net, tax = net_was - net, tax_was - tax
    total = net + tax if line.total == line.net + line.tax else net
    shared = part(line.basket_disc)
    own = part(line.gross - line.total - line.basket_disc)
    return Back(
        source=line,
        before=before,
        qty=-qty,
        gross=total + own + shared,
        basket_disc=shared,
        total=total,
        net=net,
        tax=tax,
        reason=plain(reason, TEXT_MAX),
        condition=condition,
    )


def _tax_table(sale: Sold, back: Sequence[Back]) -> tuple[TaxTotal, ...]:
    """The refund's tax table, highest rate first: rates and names are the sale's own."""
    named = {row.code: row for row in sale.taxes}
    sums: dict[tuple[str, int], list[int]] = {}
    for row in back:
        both = sums.setdefault((row.source.tax_code, row.source.rate_ppm), [0, 0])
        both[0] += row.net
        both[1] += row.tax
    table = []
    for (code, rate_ppm), (net, tax) in sums.items():
        own = named.get(code)
        label, exempt = (own.label, own.exempt) if own else ("", False)
        table.append(TaxTotal(code, label, rate_ppm, exempt, net, tax, net + tax))
    return tuple(sorted(table, key=lambda row: (-row.rate_ppm, row.code)))


def still_paid(sale: Sold, before: Before) -> dict[str, int]:
    """Tender -> what of it was not paid back yet, in the order it was paid; below zero is over."""
    rest: dict[str, int] = {}
    for paid in sale.payments:
        tender = paid_as(paid)
        rest[tender] = rest.get(tender, 0) + paid.amount
    for tender, amount in before.tenders.items():
        rest[tender] = rest.get(tender, 0) - amount
    return rest


def _pay_back(
    sale: Sold, before: Before, amount: int, tender: str, carried: int, *, last: bool
) -> tuple[Payment, ...]:
    """How `amount` (exact, positive) goes back: what is carried over, and the rest.

    What is carried over is of the ways that would be paid back last, cash first: so a card gets
    back on the card what is not swapped for goods.
    """
    if not 0 <= carried <= amount:
        raise Refused("exchange_too_much", limit=amount, currency=sale.currency)
    if not carried:
        return _paid_back(sale, before, amount, tender, last=last)
    taken, rest = [], carried
    for by, part in reversed(_ways(sale, before, amount)):
        share_of_it = min(part, rest)
        if share_of_it:
            taken.append(Payment(EXCHANGE, -share_of_it, reference=by))
            rest -= share_of_it
    if carried == amount:
        return tuple(taken)
    tenders = dict(before.tenders)
    for paid in taken:
        tenders[paid.reference] = tenders.get(paid.reference, 0) - paid.amount
    after = Before(before.qty, before.total + carried, before.payable + carried, tenders)
    return (*taken, *_paid_back(sale, after, amount - carried, tender, last=last))


def _ways(sale: Sold, before: Before, amount: int) -> list[tuple[str, int]]:
    """Exact parts of `amount` by the ways it was paid, cash for what is left over."""
    parts, rest, cash = [], amount, "cash"
    for paid_by, still in still_paid(sale, before).items():
        if tender_of(paid_by).kind == "cash":
            cash = paid_by
            continue
        part = min(rest, max(0, still))
        if part:
            parts.append((paid_by, part))
            rest -= part
    return [*parts, (cash, rest)] if rest else parts


def _paid_back(
    sale: Sold, before: Before, amount: int, tender: str, *, last: bool
) -> tuple[Payment, ...]:
    """How `amount` (exact, positive) goes back: first to what takes exact amounts, then in cash.

    The last refund of a sale gives back in cash what is left of its cash part, so that the sale's
    own rounding goes with it; the ones before round what all of them together owe in cash.
    """
    if tender and tender_of(tender).kind != "cash":
        return (Payment(tender, -amount),)
    parts: list[tuple[str, int]] = []
    rest, in_cash = amount, bool(tender)
    for paid_by, still in () if tender else still_paid(sale, before).items():
        if tender_of(paid_by).kind == "cash":
            in_cash = True
            continue
        part = min(rest, max(0, still))
        if part:
            parts.append((paid_by, part))
            rest -= part
    if rest or (in_cash and last) or not parts:
        parts.append(("cash", _cash(sale, before, amount, rest, last=last and not tender)))
    used = [(by, part) for by, part in parts if part]
    cash = [each for each in parts if tender_of(each[0]).kind == "cash"]
    if cash and cash[0] not in used and sum(part for _by, part in used) != amount:
        used += cash  # too little for any coin: rounded away, and that is cash's doing
    return tuple(Payment(by, -part) for by, part in used)


def _cash(sale: Sold, before: Before, amount: int, rest: int, *, last: bool) -> int:
    step = cash_step(sale.currency)
    if last:
        exact = sale.payable - before.payable - (amount - rest)
        if exact >= 0 and exact % step == 0:
            return exact
    return max(0, round_to_step(rest - (before.payable - before.total), step))
