"""Patterns of fraud and of habits: each person's figures beside those of the others of the store.

Pure: facts in, findings out. A pattern is a count of something that happens to everybody now and then
(a void, a drawer opened, a refund without a customer), over what it may be counted by (sales, refunds,
shifts). Who has far more of it than the others is named, with the entries. It says that somebody
should look, never that somebody did wrong.

Far more means a robust z above 2.5: the distance from the median of the others, in units of what the
others vary by (1.4826 times the median absolute deviation) and of what chance alone does to so small a
count, both together. And a count below the pattern's least is chance whatever it is beside.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import isqrt
from statistics import median
from typing import Any, Final

from pos_app.domain.day import parse_utc
from sync.protocol import (
    AnyFact,
    BasketCancelled,
    DrawerOpened,
    LineRemoved,
    Overridden,
    ReceiptCopied,
    Refunded,
    Sale,
    ShiftClosed,
    SignedIn,
    Voided,
)

MILLI: Final = 1_000
MILLION: Final = 1_000_000
Z_MIN: Final = 2_500
"""Thousandths: beyond that somebody should look."""
EVIDENCE_MAX: Final = 6
QUICK: Final = dt.timedelta(minutes=2)
HOUR: Final = dt.timedelta(hours=1)
AFTER_COPY: Final = dt.timedelta(hours=24)
AFTER_LAST: Final = dt.timedelta(minutes=15)
OWN_A_DAY: Final = 3
SHORT_MAX: Final = 500
"""Minor units: a drawer short by more is a case of its own."""
SALES, REFUNDS, SHIFTS, AGREED = "sales", "refunds", "shifts", "agreed"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A row of the table."""

    name: str
    per: str
    """What it is counted by: the person's own sales, refunds or shifts; approvals by days there."""
    least: int
    """Fewer are never told."""
    of_value: bool = False
    """True where amounts are compared, and not counts."""


PATTERNS: Final = tuple(
    Pattern(*row)
    for row in (
        ("voids", SALES, 12),
        ("post_voids", SALES, 5),
        ("no_sales", SALES, 8),
        ("refund_value", SALES, 5, True),
        ("refunds_no_customer", REFUNDS, 8),
        ("refunds_one_receipt", SALES, 3),
        ("refunds_same_card", SALES, 2),
        ("reprint_refund", SALES, 3),
        ("discount_under_limit", SALES, 8),
        ("overrides", AGREED, 12),
        ("overrides_absent", AGREED, 3),
        ("line_void_lower", SALES, 4),
        ("void_quick", SALES, 4),
        ("refund_after_closing", SALES, 3),
        ("customer_often", SALES, 4),
        ("gift_card_quick", SALES, 2),
        ("cash_shorts", SHIFTS, 5),
        ("refunds_offline", REFUNDS, 5),
    )
)
BY_NAME: Final[dict[str, Pattern]] = {row.name: row for row in PATTERNS}


@dataclass(slots=True)
class Person:
    """What one person did in the days that are looked at."""

    counts: Counter[str] = field(default_factory=Counter)
    base: Counter[str] = field(default_factory=Counter)
    value: Counter[str] = field(default_factory=Counter)
    """Minor units behind a pattern; of `sales` what was sold, of `refund_value` what came back."""
    facts: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def saw(self, name: str, fact: str, value: int = 0, count: int = 1) -> None:
        """Something of a pattern."""
        self.counts[name] += count
        self.value[name] += value
        self.facts[name].append(fact)


@dataclass(frozen=True, slots=True)
class Finding:
    """Who has far more of something than the others."""

    pattern: str
    staff: str
    count: int
    per: int
    """Of so many sales, refunds, shifts."""
    rate: int
    """Millionths of what it is counted by; of values likewise."""
    others: int
    """The median of the others, the same way."""
    z: int
    """Thousandths."""
    value: int
    facts: tuple[str, ...]
    """Ids of the newest entries, oldest first."""


@dataclass(slots=True)
class Look:
    """Facts of one store's tills, taken in the order in which they were made."""

    limits: Mapping[str, int] = field(default_factory=dict)
    """Staff id -> basis points of discount that this person may give alone."""
    is_open: Callable[[dt.datetime], bool] | None = None
    """Whether the store was open then; None where nobody said when it is."""
    people: defaultdict[str, Person] = field(default_factory=lambda: defaultdict(Person))
    _sold: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Sale -> (who, when)."""
    _removed: defaultdict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """Basket -> SKU -> unit price of what was taken out of it."""
    _copies: dict[tuple[str, str], str] = field(default_factory=dict)
    _refunds: defaultdict[tuple[str, str], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _cards: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    _loaded: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Gift card's account -> (who sold it by card, when, sale)."""
    _named: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _here: set[tuple[str, str]] = field(default_factory=set)
    """(who, business day) of everybody who signed in."""
    _agreed: list[Overridden] = field(default_factory=list)
    _last: dict[str, str] = field(default_factory=dict)
    """Business day -> when the store sold last."""
    _late: list[Refunded] = field(default_factory=list)

    def add(self, fact: AnyFact) -> None:
        """The next one."""
        take = _TAKES.get(type(fact))
        if take is not None and fact.actor:
            take(self, self.people[fact.actor], fact)

    # ---- what each type of fact says

    def _sale(self, person: Person, sale: Sale) -> None:
        person.base[SALES] += 1
        person.value[SALES] += sale.total
        self._sold[sale.id] = (sale.actor, sale.t.wall)
        self._last[sale.biz_date] = max(self._last.get(sale.biz_date, ""), sale.t.wall)
        self._here.add((sale.actor, sale.biz_date))
        limit = self.limits.get(sale.actor, 0)
        manual = [*sale.disc, *(one for line in sale.lines for one in line.disc)]
        near = [
            one
            for one in manual
            if one.kind == "percent" and limit and limit * 9 <= one.value * 10 <= limit * 10
        ]
        if near:
            person.saw("discount_under_limit", sale.id, sum(one.amount for one in near))
        removed = self._removed.pop(sale.id, {})
        lower = [line for line in sale.lines if line.unit_price < removed.get(line.sku, 0)]
        if lower:
            person.saw("line_void_lower", sale.id, sum(line.total for line in lower))
        if sale.customer:
            key = (sale.actor, sale.customer, sale.biz_date)
            self._named[key] += 1
            if self._named[key] > OWN_A_DAY:
                person.saw("customer_often", sale.id, sale.total)
        self._values(sale)

    def _values(self, sale: Sale) -> None:
        by_card = any(row.tender == "card" or row.last4 for row in sale.payments)
        for line in sale.lines:
            kind, _, account = line.value.partition("/")
            if by_card and kind == "card" and account:
                self._loaded[account] = (sale.actor, sale.t.wall, sale.id)
        for row in sale.payments:
            loaded = self._loaded.get(row.account) if row.account else None
            if loaded is not None and _within(loaded[1], sale.t.wall, HOUR):
                self.people[loaded[0]].saw("gift_card_quick", sale.id, row.amount)
                del self._loaded[row.account]

    def _void(self, person: Person, void: Voided) -> None:
        person.saw("post_voids", void.id, -void.total)
        sold = self._sold.get(void.sale)
        if sold is not None and _within(sold[1], void.t.wall, QUICK):
            person.saw("void_quick", void.id, -void.total)

    def _refund(self, person: Person, back: Refunded) -> None:
        amount = -back.total
        person.base[REFUNDS] += 1
        person.saw("refund_value", back.id, amount)
        if not back.customer:
            person.saw("refunds_no_customer", back.id, amount)
        if back.offline:
            person.saw("refunds_offline", back.id, amount)
        before = self._refunds[back.actor, back.sale]
        before.append(back.id)
        if len(before) > 1:
            person.saw("refunds_one_receipt", back.id, amount)
        copied = self._copies.pop((back.actor, back.sale), "")
        if copied and _within(copied, back.t.wall, AFTER_COPY):
            person.saw("reprint_refund", back.id, amount)
        for last4 in {row.last4 for row in back.payments if row.last4}:
            sales = self._cards[back.actor, last4]
            if sales and back.sale not in sales:
                person.saw("refunds_same_card", back.id, amount)
            sales.add(back.sale)
        if self.is_open is None:
            self._late.append(back)
        elif not self.is_open(parse_utc(back.t.wall)):
            person.saw("refund_after_closing", back.id, amount)

    def _line_out(self, person: Person, out: LineRemoved) -> None:
        person.saw("voids", out.id, out.total)
        if out.qty > 0:
            self._removed[out.basket][out.sku] = out.total * MILLI // out.qty

    def _basket_out(self, person: Person, out: BasketCancelled) -> None:
        person.saw("voids", out.id, out.total)

    def _drawer(self, person: Person, opened: DrawerOpened) -> None:
        person.saw("no_sales", opened.id)

    def _copy(self, _person: Person, copy: ReceiptCopied) -> None:
        if copy.copy:
            self._copies[copy.actor, copy.sale] = copy.t.wall

    def _signed_in(self, _person: Person, fact: SignedIn) -> None:
        self._here.add((fact.actor, fact.biz_date))

    def _override(self, _person: Person, fact: Overridden) -> None:
        if fact.approver:
            self._agreed.append(fact)

    def _closed(self, person: Person, z: ShiftClosed) -> None:
        person.base[SHIFTS] += 1
        short = -sum(row.difference for row in z.tenders if row.tender == "cash")
        if 0 < short <= SHORT_MAX:
            person.saw("cash_shorts", z.id, short)

    # ---- what is known at the end

    def findings(self) -> list[Finding]:
        """Who stands out, the furthest first."""
        self._end()
        found = [one for row in PATTERNS for one in _beside(row, self.people)]
        return sorted(found, key=lambda one: (-one.z, one.pattern, one.staff))

    def _end(self) -> None:
        for fact in self._agreed:
            person = self.people[fact.approver]
            person.saw("overrides", fact.id, 0)
            if (fact.approver, fact.biz_date) not in self._here:
                person.saw("overrides_absent", fact.id, 0)
        self._agreed.clear()
        for back in self._late:
            last = self._last.get(back.biz_date, "")
            if last and parse_utc(back.t.wall) - parse_utc(last) > AFTER_LAST:
                self.people[back.actor].saw("refund_after_closing", back.id, -back.total)
        self._late.clear()
        days = Counter(staff for staff, _day in self._here)
        for staff, person in self.people.items():
            if person.counts["overrides"]:
                person.base[AGREED] = max(days[staff], 1)


def look(
    facts: Iterable[AnyFact],
    limits: Mapping[str, int] | None = None,
    is_open: Callable[[dt.datetime], bool] | None = None,
) -> list[Finding]:
    """Who stands out among the people of one store."""
    seen = Look(limits or {}, is_open)
    for fact in facts:
        seen.add(fact)
    return seen.findings()


def _within(before: str, after: str, most: dt.timedelta) -> bool:
    return dt.timedelta(0) <= parse_utc(after) - parse_utc(before) <= most


def _beside(row: Pattern, people: Mapping[str, Person]) -> Iterable[Finding]:
    """Each person who has far more of a pattern than the others who do the same work."""
    able = {name: person for name, person in people.items() if person.base[row.per]}
    rates = {name: _rate(row, person) for name, person in able.items()}
    for name, person in able.items():
        count = person.counts[row.name]
        if count < row.least:
            continue
        others = [rate for other, rate in rates.items() if other != name]
        if not others:
            continue
        usual = int(median(others))
        z = _z(row, person, rates[name], usual, others)
        if z > Z_MIN:
            facts = tuple(person.facts[row.name][-EVIDENCE_MAX:])
            yield Finding(
                *(row.name, name, count, person.base[row.per], rates[name], usual, z),
                *(person.value[row.name], facts),
            )


def _rate(row: Pattern, person: Person) -> int:
    """Millionths, rounded down."""
    if row.of_value:
        return person.value[row.name] * MILLION // max(person.value[SALES], 1)
    return person.counts[row.name] * MILLION // person.base[row.per]


def _z(row: Pattern, person: Person, rate: int, usual: int, others: list[int]) -> int:
    """Thousandths, in units of what the others vary by and of what chance does, together."""
    spread = int(median([abs(one - usual) for one in others])) * 14_826 // 10_000
    base = person.base[row.per]
    if row.of_value:
        # A few dear things make as much of a difference as chance does to a count.
        count = max(person.counts[row.name], 1)
        chance = max(usual, rate // 2) * MILLI // isqrt(count * MILLION)
    else:
        expected = usual * base // MILLI  # thousandths of a count
        chance = isqrt((expected + MILLI) * MILLI) * MILLI // base
    return (rate - usual) * MILLI // max(isqrt(spread**2 + chance**2), 1)


_TAKES: Final[dict[type, Callable[[Look, Person, Any], None]]] = {
    Sale: Look._sale,  # noqa: SLF001 - the table of the class's own
    Voided: Look._void,  # noqa: SLF001 - the same
    Refunded: Look._refund,  # noqa: SLF001 - the same
    LineRemoved: Look._line_out,  # noqa: SLF001 - the same
    BasketCancelled: Look._basket_out,  # noqa: SLF001 - the same
    DrawerOpened: Look._drawer,  # noqa: SLF001 - the same
    ReceiptCopied: Look._copy,  # noqa: SLF001 - the same
    SignedIn: Look._signed_in,  # noqa: SLF001 - the same
    Overridden: Look._override,  # noqa: SLF001 - the same
    ShiftClosed: Look._closed,  # noqa: SLF001 - the same
}
